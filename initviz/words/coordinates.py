"""In words: a coordinate check."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ..measure.coordinates import Coordinates, Trend
from .numbers import count, listed, times

MOST = 4  # layers that a sentence names


def verdict(c: Coordinates) -> str:
    """What stays put as the width grows and what does not, and what that means."""
    found = [*_overflows(c), *_moves(c), *_stands_still(c)]
    said = found or [_steady(c)]
    return " ".join([*said, *_allowed(c), *_untold(c)])


def goes(trend: Trend) -> str:
    """How a size follows the width, in a few words.

    >>> from initviz.measure.intervals import Interval
    >>> goes(Trend(Interval(0.9, 1.0, 1.1), "grows")), goes(Trend(Interval(-1, 0, 1), "unsure"))
    ('× 2.00 grows', '× 0.50 to 2.00, unsure')
    """
    if trend.kind in ("zero", "overflows"):
        return {"zero": "0 at every width", "overflows": "overflows"}[trend.kind]
    if trend.kind == "unsure":
        low, _, high = 2.0 ** np.array(trend.slope)
        return "0 at some widths" if np.isnan(low) else f"× {times(low)} to {times(high)}, unsure"
    return _factor(trend) + ("" if trend.kind == "steady" else f" {trend.kind}")


def by_steps(c: Coordinates) -> str:
    return f"in {count(c.steps, 'step')}"


def _factor(trend: Trend) -> str:
    return f"× {times(trend.factor)}"


def _steady(c: Coordinates) -> str:
    far = ", as far as can be told" if any(c.untold) else ""
    but = f" but those of {_named(c, some)}" if (some := _smaller(c)) else ""
    return (
        f"The same from width {c.widths[0]:,} to {c.widths[-1]:,}{far}: all outputs{but} start "
        f"about as large, and all change by about as much {by_steps(c)}."
    )


def _stands_still(c: Coordinates) -> Iterator[str]:
    if all(trend.kind == "zero" for trend in c.change_trends):
        yield f"No output changes at all {by_steps(c)}: is anything trained?"


def _overflows(c: Coordinates) -> Iterator[str]:
    """Where numbers are not finite: before training, else in it."""
    if wide := _not_finite(c, c.starts[np.newaxis]):
        yield f"Outputs overflow before any step at width {wide}: the weights are too large there."
    elif wide := _not_finite(c, c.changes):
        yield f"Training overflows at width {wide}: the learning rate is too large there."


def _not_finite(c: Coordinates, sizes: np.ndarray) -> str:
    there = [bool(np.isfinite(sizes[:, :, w]).all()) for w in range(len(c.widths))]
    return listed([f"{width:,}" for width, ok in zip(c.widths, there, strict=True) if not ok])


def _moves(c: Coordinates) -> Iterator[str]:
    starts, changes = c.astray
    for kind in ("grows", "shrinks"):
        if some := _those(starts, c.start_trends, kind):
            where = _where(c, some, c.start_trends)
            yield f"The size at the start {kind} with the width in {where}."
    for kind, meaning in (
        ("grows", "A learning rate that suits a narrow model is too large for a wide one."),
        ("shrinks", "The wider the model, the less is learnt there at the same learning rate."),
    ):
        if some := _those(changes, c.change_trends, kind):
            where = _where(c, some, c.change_trends)
            yield f"The change {by_steps(c)} {kind} with the width in {where}. {meaning}"


def _those(layers: Iterable[int], trends: Sequence[Trend], kind: str) -> list[int]:
    return [n for n in layers if trends[n].kind == kind]


def _where(c: Coordinates, layers: Sequence[int], trends: Sequence[Trend]) -> str:
    """Such as: `a` and `b` (× 1.80 to × 2.10 for each doubling)."""
    by_size = sorted((trends[n] for n in layers), key=lambda trend: trend.factor)
    ends = dict.fromkeys([_factor(by_size[0]), _factor(by_size[-1])])
    return f"{_named(c, layers)} ({' to '.join(ends)} for each doubling)"


def _named(c: Coordinates, layers: Sequence[int]) -> str:
    if len(layers) > MOST:
        most = len(c.layers)
        return f"all {most} layers" if len(layers) == most else f"{len(layers)} of {most} layers"
    return listed([f"`{c.layers[n]}`" for n in layers])


def _smaller(c: Coordinates) -> list[int]:
    """Layers that are no wider in wider models, and may start smaller there, as they do."""
    return [n for n, t in enumerate(c.start_trends) if t.kind == "shrinks" and c.readout[n]]


def _allowed(c: Coordinates) -> Iterator[str]:
    if some := _smaller(c):
        start = "starts" if len(some) == 1 else "start"
        yield (
            f"{_where(c, some, c.start_trends)} {start} smaller in wider models, as μP lets an "
            "output layer do: there only the change has to stay put."
        )


def _untold(c: Coordinates) -> Iterator[str]:
    starts, changes = c.untold
    for what, some in (("start", starts), (f"change {by_steps(c)}", changes)):
        if some:
            where = _named(c, some)
            yield (
                f"Whether the {what} stays put in {where} cannot be told from "
                f"{count(c.seeds, 'seed')} and {count(len(c.widths), 'width')}: give more."
            )
