"""The table of a report: a row for every layer, of which those are shown that matter."""

from collections.abc import Callable, Collection, Sequence
from math import isnan

from ..measure.examination import DEFAULT, Layer, asked_for, size_against
from ..words.numbers import short
from ..words.rules import SIGNS

SHOWN, ILL = 12, 4  # rows: up to so many all are shown, and else so many of those that are ill

# What the columns mean, for whoever meets them for the first time.
LEGEND = """\
std: of the weights. drawn like: the scheme whose std they have, or how many times that of the one
that suits the activation (Glorot √(2 / (fan-in + fan-out)), He √(2 / fan-in), LeCun √(1 / fan-in),
default: what the framework does). outputs: mean ± std over the batch, behind the activation.
saturated: units that pass hardly any gradient, and dead ones none. distinct: units that differ from
all others. gradient: std of d loss / d weight. update: the first step, divided by the weights."""


def drawn_like(layer: Layer) -> str:
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
    """The std is that over the batch, which is what is judged, and not that between units."""
    return _known(layer.spread, f"{short(layer.output_mean)} ± {short(layer.spread)}")


def _known(value: float, text: str) -> str:
    return "" if isnan(value) else text


def _number(value: float) -> str:
    return _known(value, short(value))


COLUMNS: dict[str, Callable[[Layer], str]] = {
    "layer": lambda layer: layer.name,
    "kind": _kind,
    "weights": lambda layer: " × ".join(map(str, layer.shape)),
    "std": lambda layer: _number(layer.weight_std) if layer.role != "norm" else "",
    "drawn like": drawn_like,
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
    "zeros": ("std", "drawn like"),
    "symmetry": ("distinct",),
    "weights": ("std", "drawn like"),
    "saturated": ("saturated",),
    "gradient": ("gradient",),
    "signal": ("outputs",),
    "scheme": ("drawn like",),
    "update": ("update",),
    "targets": ("outputs",),
    "loss": ("outputs",),
}


def cells(layer: Layer) -> list[str]:
    return [cell(layer) for cell in COLUMNS.values()]


def that_matter(layers: Sequence[Layer], ill: Collection[str]) -> list[Layer | int]:
    """The rows to show; a number says how many are left out there.

    Of a long table these are the first and the last, and those of which a finding speaks.
    """
    if len(layers) <= SHOWN:
        return [*layers]
    sick = [n for n, layer in enumerate(layers) if layer.name in ill]
    if len(sick) > ILL:  # some of them, evenly
        sick = [sick[(len(sick) - 1) * n // (ILL - 1)] for n in range(ILL)]
    shown: list[Layer | int] = []
    before = -1
    for n in sorted({0, *sick, len(layers) - 1}):
        between = n - before - 1
        shown += [layers[n - 1]] if between == 1 else [between] if between else []
        shown.append(layers[n])
        before = n
    return shown


def left_out(count: int, ill: int) -> str:
    """ill: how many of them findings speak of."""
    if ill == count:
        return f"… {count:,} more like this"
    return f"… {count:,} more, {ill:,} of them with a finding" if ill else f"… {count:,} more"


def row_of(layer: Layer, findings: str) -> dict[str, object]:
    """For ``Report.to_frame``: what the table shows, as numbers."""
    return {
        "layer": layer.name,
        "kind": _kind(layer),
        "shape": layer.shape,
        "std": layer.weight_std,
        "drawn_like": drawn_like(layer),
        "std_ratio": size_against(layer),
        "output_std": layer.spread,
        "saturated": layer.saturated,
        "distinct": layer.distinct,
        "gradient": layer.gradient_rms,
        "update": layer.update,
        "findings": findings,
    }


def aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)) for row in rows)
    return [line.rstrip() for line in lines]
