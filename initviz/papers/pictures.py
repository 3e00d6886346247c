"""What the pictures of the papers have in common."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ..measure.intervals import Interval
from ..plots.curves import apart
from ..plots.style import Drawn, heading, note

PERCENT = (0, 0.5, 1), ("0 %", "50 %", "100 %")  # ticks of a share, and what they are called


def panels(
    titles: Sequence[str],
    size: tuple[float, float],
    dy: float = 6,
    *,
    fitted: bool = False,
    margins: dict[str, float] | None = None,
) -> tuple[Figure, list[Axes]]:
    """Pictures side by side on one scale, each under its heading ``dy`` points above.

    fitted: margins to the text. margins: others than matplotlib's own, as ``GridSpec`` takes them.
    """
    figure = Drawn(figsize=size, layout="constrained" if fitted else None)
    row = figure.subplots(1, len(titles), sharey=True, squeeze=False, gridspec_kw=margins)[0]
    for axes, title in zip(row, titles, strict=True):
        heading(axes, title, dy)
    return figure, list(row)


def name(axes: Axes, text: str, at: tuple[float, float], color: str, shift=(5, 0), **style) -> None:
    """The name of what is drawn, beside the point ``at`` of the data. shift: in points."""
    note(axes, text, at, shift, **{"va": "center", "color": color, **style})


def limits(axes: Axes, x: ArrayLike, intervals: ArrayLike, color: str) -> None:
    """Over each x a dot at the value, and a line between its limits: (n, 3), as in ``Interval``."""
    low, value, high = np.transpose(intervals)
    axes.vlines(x, low, high, color=color, lw=2, alpha=0.45)
    axes.plot(x, value, "o", color=color, ms=3.5)


def medians(
    axes: Axes, x: ArrayLike, rows: Mapping[str, tuple[Sequence[Interval], str]], logarithmic: bool
) -> None:
    """A line through the values of every row, with their limits, and its name at its right end.

    rows: name → (intervals, color). logarithmic: whether the upright axis is, whose limits are
        set before.
    """
    place = np.log10 if logarithmic else np.asarray
    low, high = place(axes.get_ylim())
    last = [intervals[-1].value for intervals, _ in rows.values()]
    ends = apart(place(np.maximum(last, axes.get_ylim()[0])), 0.13 * (high - low), high, low)
    for (text, (intervals, color)), end in zip(rows.items(), ends, strict=True):
        limits(axes, x, intervals, color)
        axes.plot(x, [each.value for each in intervals], color=color, lw=1.2)
        at = float(10**end if logarithmic else end)
        name(axes, text, (float(np.asarray(x)[-1]), at), color, shift=(8, 0))
