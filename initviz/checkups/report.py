"""The report of a check-up: findings, and a table of the layers, for a notebook or a terminal."""

from dataclasses import dataclass
from math import isfinite, prod

from ..errors import printable
from ..measure.examination import Examination, Layer, size_against
from ..measure.standards import ZONES
from ..words.numbers import short
from ..words.rules import FINE, LOOK, SERIOUS, Finding, concerned, sizes_allowed
from ..words.text import escaped
from ..words.trained import of_steps
from . import table

MARKS = {"serious": "✗", "worth a look": "?", "fine": "✓"}
COLOURS = {"serious": "#b3520a", "worth a look": "#8a6d1a", "fine": "#2b6cb0"}


@dataclass(frozen=True)
class Report:
    """What ``checkup`` found. It prints as text, and shows itself as a table in a notebook.

    examination: the batch's way through the model. findings: the worst first. tried: how many
    mends have been tried, each with one more batch. losses: before each step of the training that
    was asked for, and after the last; none where none was.
    """

    examination: Examination
    findings: tuple[Finding, ...]
    tried: int = 0
    losses: tuple[float, ...] = ()

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
        """A pandas DataFrame with a row for every layer, and twelve columns.

        layer, kind, shape; std of the weights; drawn_like, the schemes whose std that is, and
        std_ratio, by how much it differs from the one that suits the activation; output_std;
        saturated (a share); distinct (units); gradient (rms of d loss / d weight); update (the
        first step of plain gradient descent, divided by the weights); findings, by their signs.
        """
        import pandas as pd

        signs = {layer.name: "" for layer in self.layers}
        for finding in self.findings:
            for name in finding.layers if finding.level != FINE else ():
                signs[name] = ", ".join(filter(None, (signs.get(name), finding.sign)))
        return pd.DataFrame([table.row_of(layer, signs[layer.name]) for layer in self.layers])

    def plot(self):
        """A matplotlib Figure: weights, outputs, saturated units and gradient, layer by layer.

        Orange is what a finding speaks of, whether it is told or explained by another one.
        """
        from ..plots.vitals import checkup_figure

        e = self.examination
        return checkup_figure(self.layers, size_against, sizes_allowed(e), concerned(e))

    @property
    def verdict(self) -> str:
        serious, look = (sum(f.level == level for f in self.findings) for level in (SERIOUS, LOOK))
        seen = f" {look} worth a look." if look else ""
        return f"{serious or 'No'} serious finding{'s' * (serious > 1)}.{seen}"

    @property
    def summary(self) -> str:
        """One line on the whole."""
        e = self.examination
        own = (x for x in e.layers if x.parameter)
        shapes = {(x.parameter, x.name.partition("[")[2]): x.shape for x in own}
        parts = [f"{e.framework}, {sum(map(prod, shapes.values())):,} weights"]  # tied ones once
        if e.loss_name:
            guess = f" (guessing: {short(e.guessing)})" if isfinite(e.guessing) else ""
            parts.append(f"{e.loss_name} {short(e.loss)} before any step{guess}")
        if isfinite(e.gradient_ratio):
            usual = "{:.2g} to {:.2g}".format(*ZONES["gradient"])
            ratio = "first layer's gradient / last one's, relative to their weights"
            parts.append(f"{ratio}: {short(e.gradient_ratio)} (usual: {usual})")
        return " · ".join(parts)

    @property
    def asides(self) -> list[str]:
        """What is said below the table, sentence by sentence."""
        said = []
        if self.listed:
            said.append(f"Listed, not judged: {', '.join(x.name for x in self.listed)}.")
        if self.tried:
            leave = "mend=False leaves that out"
            said.append(f"Mends tried: {self.tried}, with a batch each ({leave}).")
        return said

    @property
    def trained(self) -> str:
        """What the steps made of the loss, and whether that bears the verdict out; or ""."""
        ill = any(finding.level != FINE for finding in self.findings)
        return of_steps(self.losses, self.guessing, ill) if self.losses else ""

    def _rows(self) -> list[Layer | str]:
        """Those of the table, with a sentence where some are left out.

        Ill are the layers that findings speak of, told or explained by another one.
        """
        ill: set[str] = set().union(*concerned(self.examination).values())
        rows: list[Layer | str] = []
        place = 0
        for row in table.that_matter(self.layers, ill):
            if isinstance(row, int):
                left = self.layers[place : place + row]
                rows.append(table.left_out(row, sum(layer.name in ill for layer in left)))
            else:
                rows.append(row)
            place += row if isinstance(row, int) else 1
        return rows

    def __str__(self) -> str:
        lines = [self.verdict]
        for finding in self.findings:
            lines.append(f"{MARKS[finding.level]} {finding.level}: {finding.sentence}")
            lines += [f"    {line}" for line in finding.mend.splitlines()]
        lines += [self.trained] * bool(self.trained)
        rows = [(r if isinstance(r, str) else "", r) for r in self._rows()]
        cells = [table.cells(row) for _, row in rows if isinstance(row, Layer)]
        head, *body = table.aligned([[*table.COLUMNS], *cells])
        shown = [said or body.pop(0) for said, _ in rows]
        parts = [*lines, self.summary, "", head, *shown, *self.asides]
        return printable("\n".join(parts))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        said = "".join(map(_html_finding, self.findings))
        trained = f"<p>{escaped(self.trained)}</p>" if self.trained else ""
        asides = "".join(f"<p>{escaped(each)}</p>" for each in self.asides)
        head = "".join(f"<th style='text-align:left'>{name}</th>" for name in table.COLUMNS)
        rows = "".join(map(self._html_row, self._rows()))
        legend = f"<details><summary>The columns</summary>{table.LEGEND}</details>"
        return (
            f"<div><p><b>{self.verdict}</b></p>"
            f"<ul style='list-style:none;padding-left:0'>{said}</ul>{trained}"
            f"<p>{escaped(self.summary)}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{asides}{legend}</div>"
        )

    def _html_row(self, layer: Layer | str) -> str:
        """The cells of which serious findings speak are bold and coloured."""
        left = "text-align:left"
        if isinstance(layer, str):
            return f"<tr><td style='{left}' colspan='{len(table.COLUMNS)}'>{layer}</td></tr>"
        serious = [f for f in self.findings if f.level == SERIOUS and layer.name in f.layers]
        ill = {column for finding in serious for column in table.SEEN_IN[finding.sign]}
        bold = f";font-weight:bold;color:{COLOURS[SERIOUS]}"
        row = ""
        for column, cell in zip(table.COLUMNS, table.cells(layer), strict=True):
            look = bold if column in ill else ""
            row += f"<td style='{left}{look}'>{escaped(cell)}</td>"
        return f"<tr>{row}</tr>"


def _html_finding(finding: Finding) -> str:
    sentence = _code(escaped(finding.sentence))
    mend = "".join(f"<br><code>{escaped(line)}</code>" for line in finding.mend.splitlines())
    label = f"<b style='color:{COLOURS[finding.level]}'>{MARKS[finding.level]} {finding.level}</b>"
    return f"<li style='margin:0.4em 0'>{label}: {sentence}{mend}</li>"


def _code(text: str) -> str:
    parts = text.split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))
