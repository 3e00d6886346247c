"""What many pictures do to their axes."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from .style import GREY


def lines_behind(axes: Axes, axis: Literal["x", "y"] = "y") -> None:
    """Faint lines at the ticks, under all that is drawn."""
    axes.grid(axis=axis)
    axes.set_axisbelow(True)


def name_rows(axes: Axes, names: Sequence[str]) -> list[int]:
    """A row for every name, the first on top. Returns the heights of their middles."""
    axes.set_yticks(range(len(names)), names[::-1])
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


def dashed(axes: Axes, width: float = 1.2) -> Line2D:
    """The line of a pinned run."""
    return axes.plot([], [], color=GREY, lw=width, ls=(0, (2, 1.5)))[0]


def cursor(axes: Axes) -> Line2D:
    """The upright line at the epoch shown."""
    return axes.plot([], [], color=GREY, lw=0.7)[0]


def axis_size(size: float) -> float:
    """The same, where an axis can be that long: more than nothing, and less than infinity."""
    return float(np.clip(np.nan_to_num(size, nan=np.inf), 1e-6, 1e300))
