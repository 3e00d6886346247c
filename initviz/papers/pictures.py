"""What the pictures of the papers have in common."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ..plots.style import heading

PERCENT = (0, 0.5, 1), ("0 %", "50 %", "100 %")  # ticks of a share, and what they are called


def panel(
    title: str, size: tuple[float, float], dy: float = 6, *, fitted: bool = False
) -> tuple[Figure, Axes]:
    """A picture of one panel, its heading ``dy`` points above. fitted: its margins to the text."""
    figure = Figure(figsize=size, layout="constrained" if fitted else None)
    axes = figure.subplots()
    heading(axes, title, dy)
    return figure, axes


def name(axes: Axes, text: str, at: tuple[float, float], color: str, shift=(5, 0), **style) -> None:
    """The name of what is drawn, beside the point ``at`` of the data. shift: in points."""
    style = {"va": "center", "textcoords": "offset points", "color": color, **style}
    axes.annotate(text, at, shift, **style)


def limits(axes: Axes, x: ArrayLike, intervals: ArrayLike, color: str) -> None:
    """Over each x a dot at the value, and a line between its limits: (n, 3), as in ``Interval``."""
    low, value, high = np.transpose(intervals)
    axes.vlines(x, low, high, color=color, lw=2, alpha=0.45)
    axes.plot(x, value, "o", color=color, ms=3.5)
