"""The map of what can be trained, by depth and scale, and the depth that theory predicts."""

from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..measure.trainability import Trainability, above_guessing, deepest, predicted_depth
from .maps import SHARE, key
from .scene import Panel, Scene, View
from .style import GREY, INK, ORANGE, heading


class TrainabilityScene(Scene):
    """One map: how well the networks of each depth and scale have learnt."""

    size = (8.0, 4.2)
    panels = MappingProxyType(
        {"map": Panel((0.085, 0.12, 0.775, 0.675), left=0.65, right=1.1, above=0.7)}
    )

    def legend(self, run: Any, pinned: Any) -> str:
        return "" if pinned is None else "dotted: the edge of the pinned map"

    def map(self, figure: Figure, box: tuple, run: Trainability, pinned) -> list:
        """Over its right end a strip with the colours."""
        made = TrainabilityMap(figure.add_axes(box), run)
        heading(made.axes, "Which depths can be trained?", dy=10)
        (left, bottom, width, height), (_, inches) = box, self.size
        top = bottom + height + 0.15 / inches
        key(figure.add_axes((left + 0.62 * width, top, 0.10, 0.12 / inches)), SHARE)
        kind = "accuracy" if run.dataset.X_test is None else "test accuracy"
        middle = top + 0.06 / inches
        beside: dict[str, Any] = {"color": GREY, "va": "center"}
        figure.text(left + 0.62 * width - 0.01, middle, "guessing", ha="right", **beside)
        figure.text(left + 0.62 * width + 0.11, middle, f"all right: {kind}", **beside)
        return [made]


class TrainabilityMap(View):
    """The median accuracy of every cell as a colour; dashed the depth of about 6 ξ by theory;
    dotted the edge of the pinned map: the deepest networks that learnt at each scale."""

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
        self._edge = self.line(color=INK, lw=1.6, ls=(0, (1, 1)), drawstyle="steps-mid")
        self._line = self.line(color=ORANGE, lw=2, ls=(0, (4, 1.5)))
        self._name = self.name(x=extent[1], dx=5, color=ORANGE)

    def update(self, run: Trainability, epoch: int, pinned: Trainability | None = None) -> None:
        self._image.set_data(above_guessing(run))
        x, depth = predicted_depth(run)
        bottom, top = self._ylim
        with np.errstate(divide="ignore"):  # a large sine makes one layer too deep
            y = np.clip(np.log2(depth), bottom - 1, top + 1)
        self._line.set_data(x, y)
        self._name.text = "6 ξ, theory"
        self._name.y = float(np.clip(y[-1], bottom + 0.1, top - 0.1))
        self._edge.set_data([], [])
        if pinned is not None:
            with np.errstate(divide="ignore"):
                height = np.log2(deepest(pinned))
            self._edge.set_data(np.log2(pinned.scales), np.maximum(height, -1) + 0.5)
