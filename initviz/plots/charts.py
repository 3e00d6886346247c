"""Two still pictures that many notebooks need: measured values with their limits, and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D

from ..errors import bad
from ..measure.intervals import Interval
from .style import BLUE, INK

# From nothing to all. Dark enough at the end for white letters, pale at the start for black ones.
SHARE = LinearSegmentedColormap.from_list("share", ["#ffffff", "#bcd3ea", "#2b6cb0"])


FAR = 1e100  # where a line to infinity goes: beyond every axis, and yet a number


def dots(
    axes: Axes, intervals: Mapping[str, Interval], colors: Mapping[str, str] | None = None
) -> None:
    """A row for every name, the first on top: a dot at the value, a line between its limits.

    colors: of some or all rows; the others are blue. What is infinite ends at the axis.
    """
    heights = range(len(intervals) - 1, -1, -1)
    for y, (name, interval) in zip(heights, intervals.items(), strict=True):
        color = (colors or {}).get(name, BLUE)
        limits = np.clip([interval.low, interval.high], -FAR, FAR)
        axes.add_artist(Line2D(limits, [y, y], color=color, lw=2, alpha=0.45))
        axes.update_datalim([(x, y) for x in interval if np.isfinite(x)])
        axes.plot([interval.value], [y], "o", color=color, ms=5)
    axes.set_yticks(heights, list(intervals))
    axes.set_ylim(-0.6, len(intervals) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_axisbelow(True)


def matrix(
    axes: Axes,
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    text: str = "{:.0%}",
) -> None:
    """A table (rows, columns) of shares from 0 to 1, the first row on top, each cell its number.

    text: how a number is written. A cell that is NaN stays empty.
    """
    values = np.asarray(values, float)
    if values.shape != (len(rows), len(columns)):
        raise bad("values.shape", values.shape, f"give {(len(rows), len(columns))}")
    written = [[text.format(v) if np.isfinite(v) else "" for v in row] for row in values]
    cells(axes, values, written, rows, columns)


def cells(
    axes: Axes,
    shades: np.ndarray,
    written: Sequence[Sequence[str]],
    rows: Sequence[str],
    columns: Sequence[str],
) -> None:
    """A table (rows, columns) of text on shades from 0 (white) to 1 (blue)."""
    axes.imshow(shades, cmap=SHARE, vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for (row, column), shade in np.ndenumerate(shades):
        if written[row][column]:
            color = "white" if shade > 0.85 else INK
            axes.text(column, row, written[row][column], color=color, ha="center", va="center")
