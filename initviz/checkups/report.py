"""The report of a check-up: findings, and a table of the layers, for a notebook or a terminal."""

import html
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import isfinite, isnan, prod

from ..measure.examination import DEFAULT, Examination, Layer, asked_for, size_against
from ..words.numbers import short
from ..words.rules import SERIOUS, SIGNS, Finding, concerned, sizes_allowed

MARKS = {"serious": "✗", "worth a look": "?", "fine": "✓"}
COLOURS = {"serious": "#b3520a", "worth a look": "#8a6d1a", "fine": "#2b6cb0"}


@dataclass(frozen=True)
class Report:
    """What ``checkup`` found. It prints as text, and shows itself as a table in a notebook.

    examination: the batch's way through the model. findings: the worst first.
    """

    examination: Examination
    findings: tuple[Finding, ...]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Every array of weights, and every activation that stands on its own, in forward order."""
        return self.examination.layers

    @property
    def listed(self) -> tuple[Layer, ...]:
        """What the check-up does not understand, and so only lists."""
        return tuple(layer for layer in self.layers if layer.role == "other")

    @property
    def serious(self) -> bool:
        """Whether there is a finding that will keep the model from learning well."""
        return any(finding.level == SERIOUS for finding in self.findings)

    @property
    def loss(self) -> float:
        """Before any step; NaN where there was no loss."""
        return self.examination.loss

    @property
    def guessing(self) -> float:
        """The loss of the best output that is the same for every input; NaN if it is not known."""
        return self.examination.guessing

    @property
    def gradient_ratio(self) -> float:
        """The first layer's gradient, divided by the last one's, each against its own weights."""
        return self.examination.gradient_ratio

    def to_frame(self):
        """A pandas DataFrame with a row for every layer; its columns are the fields of ``Layer``,
        and the weights' std divided by what each scheme aims at."""
        import pandas as pd

        rows = []
        for layer in self.layers:
            against = {f"std / {name}": ratio for name, ratio in layer.against.items()}
            rows.append({**asdict(layer), **against, "drawn_by": drawn_by(layer)})
        return pd.DataFrame(rows)

    def plot(self):
        """A matplotlib Figure: weights, outputs, saturated units and gradient, layer by layer.

        Orange is what a finding speaks of, whether it is told or explained by another one.
        """
        from ..plots.vitals import checkup_figure

        e = self.examination
        return checkup_figure(self.layers, size_against, sizes_allowed(e), concerned(e))

    @property
    def verdict(self) -> str:
        serious = sum(finding.level == SERIOUS for finding in self.findings)
        return f"{serious or 'No'} serious finding{'s' * (serious > 1)}."

    @property
    def summary(self) -> str:
        """One line on the whole."""
        e = self.examination
        shapes = {layer.parameter: layer.shape for layer in e.layers if layer.parameter}
        parts = [f"{e.framework}, {sum(map(prod, shapes.values())):,} weights"]  # tied ones once
        if e.loss_name:
            guess = f" (guessing: {short(e.guessing)})" if isfinite(e.guessing) else ""
            parts.append(f"{e.loss_name} {short(e.loss)} before any step{guess}")
        if isfinite(e.gradient_ratio):
            against = "gradient of the first layer / of the last, against their weights"
            parts.append(f"{against}: {short(e.gradient_ratio)}")
        return " · ".join(parts)

    def __str__(self) -> str:
        lines = [f"{self.verdict} {self.summary}"]
        for finding in self.findings:
            lines.append(f"{MARKS[finding.level]} {finding.level}: {finding.sentence}")
            lines += [f"    {line}" for line in finding.mend.splitlines()]
        if self.listed:
            lines.append(f"Listed, not judged: {', '.join(layer.name for layer in self.listed)}")
        return "\n".join([*lines, "", *_aligned([[*COLUMNS], *map(_cells, self.layers)])])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        said = "".join(map(_html_finding, self.findings))
        listed = ", ".join(f"<code>{html.escape(layer.name)}</code>" for layer in self.listed)
        listed = f"<p>Listed, not judged: {listed}</p>" if listed else ""
        head = "".join(f"<th style='text-align:left'>{name}</th>" for name in COLUMNS)
        rows = "".join(self._html_row(layer) for layer in self.layers)
        return (
            f"<div><p><b>{self.verdict}</b> {html.escape(self.summary)}</p>"
            f"<ul style='list-style:none;padding-left:0'>{said}</ul>{listed}"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )

    def _html_row(self, layer: Layer) -> str:
        """The cells of which serious findings speak are bold and coloured."""
        serious = [f for f in self.findings if f.level == SERIOUS and layer.name in f.layers]
        ill = {column for finding in serious for column in SEEN_IN[finding.sign]}
        bold = f";font-weight:bold;color:{COLOURS[SERIOUS]}"
        row = ""
        for column, cell in zip(COLUMNS, _cells(layer), strict=True):
            look = bold if column in ill else ""
            row += f"<td style='text-align:left{look}'>{html.escape(cell)}</td>"
        return f"<tr>{row}</tr>"


def _html_finding(finding: Finding) -> str:
    sentence = _code(html.escape(finding.sentence))
    mend = "".join(f"<br><code>{html.escape(line)}</code>" for line in finding.mend.splitlines())
    label = f"<b style='color:{COLOURS[finding.level]}'>{MARKS[finding.level]} {finding.level}</b>"
    return f"<li style='margin:0.4em 0'>{label}: {sentence}{mend}</li>"


def _code(text: str) -> str:
    parts = text.split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))


def drawn_by(layer: Layer) -> str:
    """The schemes that may have drawn the weights, or by how much they miss the one asked for."""
    if layer.role == "embedding":
        return DEFAULT if abs(layer.weight_std / layer.default_std - 1) < 0.1 else ""
    if layer.role != "matrix":
        return ""
    if layer.weight_std == 0:
        return "all 0" if layer.zero else "all equal"
    if layer.schemes:
        return " = ".join(layer.schemes)
    scheme = asked_for(layer)
    return f"{short(layer.against[scheme])} × {scheme}"


def _kind(layer: Layer) -> str:
    bent = f" + {layer.activation}" if layer.activation and layer.role != "activation" else ""
    return layer.kind + bent + (f" (called {layer.calls} times)" if layer.calls > 1 else "")


def _outputs(layer: Layer) -> str:
    said = f"{short(layer.output_mean)} ± {short(layer.output_std)}"
    return _known(layer.output_std, said)


def _known(value: float, text: str) -> str:
    return "" if isnan(value) else text


def _number(value: float) -> str:
    return _known(value, short(value))


COLUMNS: dict[str, Callable[[Layer], str]] = {
    "layer": lambda layer: layer.name,
    "kind": _kind,
    "weights": lambda layer: " × ".join(map(str, layer.shape)),
    "std": lambda layer: _number(layer.weight_std) if layer.role != "norm" else "",
    "drawn by": drawn_by,
    "outputs": _outputs,
    "saturated": lambda layer: _known(layer.saturated, f"{layer.saturated:.0%} {layer.dead_word}"),
    "distinct": lambda layer: _known(layer.distinct, f"{layer.distinct:.0f} of {layer.units}"),
    "gradient": lambda layer: _number(layer.gradient_std) if layer.trainable else "not trained",
    "update": lambda layer: _number(layer.update),
}


# The columns in which a finding can be seen, by its sign.
SEEN_IN: dict[str, tuple[str, ...]] = dict.fromkeys(SIGNS, ()) | {
    "not finite": ("std", "outputs", "gradient"),
    "inputs": ("outputs",),
    "zeros": ("std", "drawn by"),
    "symmetry": ("distinct",),
    "weights": ("std", "drawn by"),
    "saturated": ("saturated",),
    "gradient": ("gradient",),
    "signal": ("outputs",),
    "scheme": ("drawn by",),
    "update": ("update",),
    "targets": ("outputs",),
    "loss": ("outputs",),
}


def _cells(layer: Layer) -> list[str]:
    return [cell(layer) for cell in COLUMNS.values()]


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)) for row in rows)
    return [line.rstrip() for line in lines]
