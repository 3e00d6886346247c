"""A still picture of the edge of stability: the sharpness over the epochs, and 2 / η."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from .charts import lines_behind
from .style import BLUE, GREY, heading, note


def at_the_edge(
    panels: Sequence[Axes], epochs: np.ndarray, sharpness: Mapping[float, np.ndarray]
) -> None:
    """A panel for each learning rate: every network's sharpness, their median, and the line 2 / η.

    epochs: (points,). sharpness: learning rate → (points, restarts).
    """
    for axes, (rate, values) in zip(panels, sharpness.items(), strict=True):
        axes.plot(epochs, values, color=to_rgba(BLUE, 0.35), lw=0.6)
        axes.plot(epochs, np.median(values, axis=1), color=BLUE, lw=1.8)
        axes.axhline(2 / rate, color=GREY, lw=1.2, ls="--")
        note(axes, f"2 / η = {2 / rate:g}", (epochs[-1], 2 / rate), (0, 4), ha="right")
        axes.set(xlim=(0, epochs[-1]), ylim=(0, 1.5 * 2 / rate), xlabel="epoch")
        lines_behind(axes)
        heading(axes, f"Sharpness at η = {rate:g}", 6)
