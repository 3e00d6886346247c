"""The still picture that many notebooks need: measured values with their limits."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..measure.intervals import Interval
from .axes import name_rows
from .style import BLUE

FAR = 1e100  # where a line to infinity goes: beyond every axis, and yet a number


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
    heights = name_rows(axes, list(intervals))
    for y, (name, interval) in zip(heights, intervals.items(), strict=True):
        color = (colors or {}).get(name, BLUE)
        limits = np.clip([interval.low, interval.high], -FAR, FAR)
        axes.add_artist(Line2D(limits, [y, y], color=color, lw=2, alpha=0.45))
        axes.update_datalim([(x, y) for x in interval if np.isfinite(x)])
        axes.plot([interval.value], [y], "o", color=color, ms=5)
