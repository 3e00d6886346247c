"""What many pictures do to their axes, and the still one that many notebooks need."""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import is_color_like
from matplotlib.lines import Line2D

from ..errors import bad
from ..measure.intervals import Interval
from .style import BLUE, GREY, LETTERS, literal, note

MOST_ROWS = 1000  # with a name each
FAR = 1e100  # where a line to infinity goes: beyond every axis, and yet a number


def corner(axes: Axes, text: str, dy: float = 1, **how) -> None:
    """A small line over the right edge of the axes."""
    note(axes, text, (1, 1), (0, dy), xycoords="axes fraction", ha="right", **how)


def line_height(axes: Axes, points: float = 1.2 * LETTERS) -> float:
    """So many points, by default a line of text, in the units of the axes' data."""
    bottom, top = axes.get_ylim()
    return points / 72 * (top - bottom) * axes.figure.dpi / axes.bbox.height


def inches_wide(axes: Axes) -> float:
    return axes.bbox.width / axes.figure.dpi


def lines_behind(axes: Axes, axis: Literal["x", "y"] = "y") -> None:
    """Faint lines at the ticks, under all that is drawn."""
    axes.grid(axis=axis)
    axes.set_axisbelow(True)


def name_rows(axes: Axes, names: Sequence[str]) -> list[int]:
    """A row for every name, the first on top. Returns the heights of their middles."""
    axes.set_yticks(range(len(names)), [literal(name) for name in names[::-1]])
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    lines_behind(axes, "x")
    return list(range(len(names)))[::-1]


def bare(axes: Axes, framed: bool = True) -> None:
    """Axes without ticks, with a line all around them or none at all."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(framed)


def say_nothing_to_see(axes: Axes, text: str = "no hidden layer") -> None:
    """One line in the middle of axes on which nothing can be drawn."""
    axes.text(0.5, 0.5, text, color=GREY, ha="center", va="center", transform=axes.transAxes)


def axis_size(size: float) -> float:
    """The same, where an axis can be that long: more than nothing, and less than infinity."""
    return float(np.clip(np.nan_to_num(size, nan=np.inf), 1e-6, 1e300))


def check_axes(axes: object) -> None:
    """ValueError where somebody gives a figure, or what else is no axes."""
    if not isinstance(axes, Axes):
        remedy = "give matplotlib's axes, such as figure.add_subplot()"
        raise bad("axes", type(axes).__name__, remedy)


def dots(
    axes: Axes, intervals: Mapping[str, Interval], colors: Mapping[str, str] | None = None
) -> None:
    """A row for every name, the first on top: a dot at the value, a line between its limits.

    colors: of some or all rows; the others are blue. What is infinite ends at the axis.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().add_subplot()
    >>> dots(axes, {"he_normal": Interval(0.6, 0.7, 0.8), "zeros": Interval(0.0, 0.0, 0.1)})
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['zeros', 'he_normal']
    """
    check_axes(axes)
    if not isinstance(intervals, Mapping) or not all(map(_is_interval, intervals.values())):
        raise bad("intervals", intervals, "give an initviz.Interval for each name")
    if len(intervals) > MOST_ROWS:
        remedy = f"give at most {MOST_ROWS:,}, which can be read"
        raise bad("intervals", f"{len(intervals):,} rows", remedy)
    colors = {} if colors is None else colors
    if not isinstance(colors, Mapping) or not all(map(is_color_like, colors.values())):
        raise bad("colors", colors, "give a color of matplotlib's for some of the names")
    heights = name_rows(axes, list(intervals))
    for y, (name, interval) in zip(heights, intervals.items(), strict=True):
        color = colors.get(name, BLUE)
        limits = np.clip([interval.low, interval.high], -FAR, FAR)
        axes.add_artist(Line2D(limits, [y, y], color=color, lw=1.2))
        axes.update_datalim([(x, y) for x in interval if np.isfinite(x)])
        axes.plot([interval.value], [y], "o", color=color, ms=5)


def _is_interval(each: object) -> bool:
    return isinstance(each, Interval) and all(isinstance(x, Real) for x in each)


def whisker(axes: Axes, x: float, interval: Sequence[float]) -> None:
    """An upright line between the limits, a dot at the value. interval: low, value, high."""
    low, value, high = interval
    axes.plot([x, x], [low, high], color=BLUE, lw=1.2)
    axes.plot([x], [value], "o", color=BLUE, ms=5)
