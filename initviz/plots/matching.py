"""Still pictures of two networks: the loss on the way between them, and how high it rises."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from ..measure.intervals import Interval
from .charts import lines_behind
from .style import BLUE, ORANGE, RUST, heading, note

LOOKS = ((ORANGE, RUST, "--"), (BLUE, BLUE, "-"))  # line, letters, dashes: of two kinds of way


def ways_between(axes: Axes, losses: Mapping[str, np.ndarray]) -> None:
    """The loss on the straight way from one network to another, their medians drawn bold.

    losses: name → (places, pairs), of one or two kinds of way.
    """
    for (name, heights), (color, letters, dashes) in zip(losses.items(), LOOKS, strict=False):
        way = np.linspace(0, 1, len(heights))
        median = np.median(heights, axis=1)
        axes.plot(way, heights, color=color, lw=0.5, alpha=0.4)
        axes.plot(way, median, color=color, lw=1.8, ls=dashes)
        top = (0.5, float(median[len(way) // 2]))
        note(axes, name, top, (0, 5), color=letters, ha="center", fontweight="bold")
    axes.set(xlim=(0, 1), ylim=(0, None), ylabel="loss")
    axes.set_xticks([0, 0.5, 1], ["one network", "the mean of both", "the other"])
    lines_behind(axes)
    heading(axes, "Loss on the way between two networks", 6)


def barriers(axes: Axes, heights: Mapping[str, Mapping[int, Interval]]) -> None:
    """How high the loss rises between two networks, over their width.

    heights: name → width → interval, of two kinds of way.
    """
    widths = list(next(iter(heights.values())))
    x = np.log2(widths)
    for (name, intervals), (color, letters, dashes) in zip(heights.items(), LOOKS, strict=True):
        low, value, high = np.transpose([tuple(intervals[width]) for width in widths])
        axes.plot(x, value, "o", color=color, ms=4.5, ls=dashes, lw=1.2)
        axes.vlines(x, low, high, color=color, lw=1.2)
        end = (x[-1], value[-1])
        note(axes, name, end, (8, 0), color=letters, va="center", fontweight="bold")
    axes.set(yscale="log", xlabel="hidden units", xlim=(x[0] - 0.3, x[-1] + 0.3))
    axes.set_xticks(x, [f"{width}" for width in widths])
    axes.minorticks_off()
    lines_behind(axes)
    heading(axes, "The barrier between two networks", 6)
