"""Signal and gradient through layers with norms and skips, before training, and the losses."""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from ..measure import ways
from ..measure.layers import factor_per_layer
from ..measure.ways import Ways
from ..training.run import Run
from ..words.numbers import times
from .by_layer import ByLayer
from .curves import LossCurves
from .scales import Decades
from .scene import Panel, Scene, against_pinned
from .style import GREY, INK, heading

LOOK = {"bar": 2, "dot": 3.6, "joined": False, "compared": against_pinned, "most": 6}


class OneWay(ByLayer):
    """A size in every hidden layer before training: the line is theory, dashed the pinned run.

    part: of ``Ways``. begin: the layer where the way begins, 0 or -1.
    """

    def __init__(
        self, axes: Axes, run: Run, part: Callable[[Ways], np.ndarray], begin: int, title: str
    ) -> None:
        layers, scale = len(run.experiment.hidden_layers), Decades(-4, 6)
        self._part, self._begin = part, begin
        super().__init__(axes, layers, self._measured, scale, beyond="D", **LOOK)
        self._thin.set(color=GREY, alpha=1, ls=(0, (2, 1.5)))
        self._line = self.line(color=INK, lw=1.2)
        self._factor = self.remark(1, 1, dy=6, color=INK)
        scale.mark(axes, every=2, margin=0.4)
        axes.set_xlabel("layer", labelpad=2)
        heading(axes, title)

    def _measured(self, run: Run, epoch: int) -> np.ndarray:
        return self._part(ways.measured(run))

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        super().update(run, epoch, pinned)
        self._line.set_data(self._x, self._scale(self._part(ways.predicted(run))))
        values = self._part(ways.measured(run))
        factor = factor_per_layer(values[:: -1 if self._begin else 1])
        arrow = "←" if self._begin else "→"
        self._factor.text = f"× {times(factor)} a layer {arrow}" if np.isfinite(factor) else ""


class BlocksScene(Scene):
    """The two ways through the layers above, and below what came of it."""

    size = (8.0, 4.1)
    panels = MappingProxyType(
        {
            "signal": Panel(
                (0.065, 0.575, 0.385, 0.285),
                right=0.3,
                view=lambda axes, run: OneWay(axes, run, lambda w: w.signal, 0, "Signal"),
            ),
            "gradient": Panel(
                (0.56, 0.575, 0.385, 0.285),
                right=0.3,
                view=lambda axes, run: OneWay(axes, run, lambda w: w.gradient, -1, "Gradient"),
            ),
            "losses": Panel((0.065, 0.115, 0.76, 0.265), view=LossCurves),
        }
    )

    def legend(self, run: Run, pinned: Run | None) -> str:
        said = []
        if self.panels.keys() & {"signal", "gradient"}:
            said.append("dots: before training, median and range   ·   line: theory")
        if pinned is not None:
            said.append("dashed: the pinned run")
        return "   ·   ".join(said)
