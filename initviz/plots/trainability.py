"""The map of what can be trained, by depth and scale, and the depth that theory predicts."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..measure.trainability import Trainability, above_guessing, deepest, predicted_depth
from .maps import SHARE, key
from .scene import Scene, View
from .style import GREY, INK, ORANGE, heading


class TrainabilityScene(Scene):
    """One map: how well the networks of each depth and scale have learnt."""

    size = (9.0, 4.2)

    def __init__(self, figure: Figure, run: Trainability, pinned: Trainability | None = None):
        self.views = [TrainabilityMap(figure.add_axes((0.075, 0.115, 0.80, 0.70)), run)]
        heading(figure.axes[0], "Which depths can be trained?", dy=16)
        strip = figure.add_axes((0.51, 0.905, 0.10, 0.025))
        key(strip, SHARE)
        kind = "accuracy" if run.dataset.X_test is None else "test accuracy"
        figure.text(0.50, 0.917, "guessing", color=GREY, ha="right", va="center")
        figure.text(0.62, 0.917, f"all right: {kind}", color=GREY, va="center")
        if pinned is not None:
            figure.text(0.875, 0.86, "thin: the edge of the pinned map", color=GREY, ha="right")


class TrainabilityMap(View):
    """The median accuracy of every cell as a colour; dashed the depth of about 6 ξ by theory; thin
    the edge of the pinned map: the deepest networks that learnt at each scale."""

    def __init__(self, axes: Axes, run: Trainability) -> None:
        super().__init__(axes)
        x, y = np.log2(run.scales), np.log2(run.depths)
        dx, dy = (x[1] - x[0]) / 2, 0.5
        extent = (x[0] - dx, x[-1] + dx, y[0] - dy, y[-1] + dy)
        blank, colours = np.zeros((len(y), len(x))), SHARE.with_extremes(bad="#eef1f4")  # not yet
        look = {"aspect": "auto", "origin": "lower", "interpolation": "nearest", "extent": extent}
        self._image = self.live(axes.imshow(blank, colours, vmin=0, vmax=1, **look))
        whole = [scale for scale in (0.25, 0.5, 1, 2, 4) if scale in run.scales]
        axes.set_xticks(np.log2(whole), [f"{scale:g}" for scale in whole])
        axes.set_yticks(y, [f"{depth}" for depth in run.depths])
        axes.set_xlim(extent[:2])
        self._ylim = axes.set_ylim(extent[2:])
        axes.set_xlabel("scale", labelpad=2)
        axes.set_ylabel("hidden layers")
        axes.tick_params(length=0)
        self._edge = self.line(color=INK, lw=1.1, drawstyle="steps-mid")
        self._line = self.line(color=ORANGE, lw=2, ls=(0, (4, 1.5)))
        self._name = self.name(x=extent[1], dx=5, size=8.5, color=ORANGE)

    def update(self, run: Trainability, epoch: int, pinned: Trainability | None = None) -> None:
        self._image.set_data(above_guessing(run))
        x, depth = predicted_depth(run)
        bottom, top = self._ylim
        y = np.clip(np.log2(depth), bottom - 1, top + 1)
        self._line.set_data(x, y)
        self._name.text = "6 ξ, theory"
        self._name.y = float(np.clip(y[-1], bottom + 0.1, top - 0.1))
        self._edge.set_data([], [])
        if pinned is not None:
            with np.errstate(divide="ignore"):
                height = np.log2(deepest(pinned))
            self._edge.set_data(np.log2(pinned.scales), np.maximum(height, -1) + 0.5)
