"""Where the best restart draws the line between two classes, for data with two features."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ..networks.network import forward
from ..training.run import Run
from .fast import Label, SmoothImage
from .style import BLUE, DECISION, GREY, ORANGE, heading

GRID = 64  # points a side at which the network is asked


class DecisionMap:
    """The output of the best restart over the plane, the data on top."""

    def __init__(self, axes: Axes, run: Run) -> None:
        X, y = run.dataset.X, run.dataset.y
        middle = (X.max(axis=0) + X.min(axis=0)) / 2
        half = 0.55 * np.ptp(X, axis=0).max() or 1.0
        (left, bottom), (right, top) = middle - half, middle + half
        xs, ys = np.linspace(left, right, GRID), np.linspace(bottom, top, GRID)
        self._points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_visible(True)
        heading(axes, "Best restart's decision" if run.experiment.restarts > 1 else "Decision")
        axes.set_xlim(left, right)
        axes.set_ylim(bottom, top)
        self._map = SmoothImage(axes)
        classes = [
            axes.plot(*X[y == label].T, "o", ms=3, mew=0.4, mec="white", color=color)[0]
            for label, color in ((0, ORANGE), (1, BLUE))
        ]
        self._right = Label(axes, 1, 0, dy=-8, ha="right", color=GREY, transform=axes.transAxes)
        self.artists = [self._map, *classes, self._right]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        network = run.network_at(epoch).restart(run.best)
        probability = forward(network, self._points)[-1].reshape(GRID, GRID)
        self._map.colours = DECISION(probability, bytes=True)
        share = run.accuracies[epoch, run.best]
        lost = not np.isfinite(run.losses[epoch, run.best])
        self._right.text = "its output overflows" if lost else f"{share:.0%} classified correctly"
