"""How a network stretches directions: the singular values of its Jacobian, and Gaussian ones."""

from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes

from ..measure.jacobian import equally_long, gaussian, spectra_at, uneven
from ..training.run import Run
from ..words.numbers import short
from .by_layer import ByLayer
from .charts import lines_behind, say_nothing_to_see
from .curves import LossCurves, end_of, name_ends
from .scales import Decades, ten_to
from .scene import Panel, Scene, View, against_pinned
from .style import ALARM, BLUE, GREY, INK, RUST, heading

STRETCH = Decades(-6, 2)  # what lies beyond is drawn at the edge
NAME = 1.2  # decades that the name of a line takes
DOTTED = (0, (1, 1.2))  # Gaussian weights
RANKS = ("largest", "middle", "smallest")


def _mark(axes: Axes, title: str, dy: float = 6) -> None:
    """The axis on which singular values are drawn as powers of ten."""
    STRETCH.mark(axes, 2, margin=0.4, text=lambda power: ten_to(power) if power else "1")
    heading(axes, title, dy)


class Spectrum(ByLayer):
    """All singular values from the first hidden layer to the last, from the largest down.

    Dots: the restarts' median, bars their range. Dotted: Gaussian weights of the same variance
    before training. Dashed: the pinned run.
    """

    def __init__(self, axes: Axes, run: Run) -> None:
        units = min(run.experiment.hidden_layers, default=0)
        look = {"dot": 4, "compared": against_pinned}

        def end_to_end(run: Run, epoch: int) -> np.ndarray:
            values = spectra_at(run, epoch)
            return values[-1].T if len(values) else np.empty((0, 1))

        super().__init__(axes, units, end_to_end, STRETCH, **look)
        self._median.set_linewidth(1.2)
        self._thin.set(color=GREY, alpha=1, ls=(0, (2, 1.5)))
        self._beyond.set_visible(False)
        _mark(axes, "End to end", dy=19)
        axes.set(xlim=(0.3, max(units, 1) + 0.7), xticks=[1, *range(5, units + 1, 5)])
        axes.set_xlabel("singular value, from the largest", labelpad=2)
        self._gaussian = self.line(color=GREY, lw=1.6, ls=DOTTED, zorder=1.5, behind=True)
        self._ratio = self.remark(0, 1, dy=10, color=INK)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        super().update(run, epoch, pinned)
        if len(self._x):
            self._gaussian.set_data(self._x, STRETCH(np.median(gaussian(run)[-1], axis=0)))
            values = spectra_at(run, epoch)
            even = equally_long(values)
            self._ratio.text = f"{'' if even else ALARM}largest : middle = {short(uneven(values))}"
            self._ratio.color = INK if even else RUST


class StretchByLayer(View):
    """The largest, the middle and the smallest singular value up to every layer, the medians."""

    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes)
        layers = len(run.experiment.hidden_layers)
        self._x = np.arange(1, layers + 1)
        _mark(axes, "Up to each layer")
        lines_behind(axes)
        axes.set(xlim=(0.5, max(layers, 1) + 0.5), xticks=[1, *range(5, layers + 1, 5)])
        axes.set_xlabel("layer", labelpad=2)
        if not layers:
            say_nothing_to_see(axes)
        self._start = [self.line(color=GREY, lw=1.3, ls=DOTTED) for _ in RANKS]
        self._now = [self.line(color=BLUE, lw=1.5) for _ in RANKS]
        self._names = [self.name(dx=4, color=BLUE) for _ in RANKS]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        if not len(self._x):
            return
        now, start = spectra_at(run, epoch), gaussian(run)
        columns = [0, now.shape[2] // 2, -1]
        for lines, values in ((self._now, now), (self._start, start)):
            medians = STRETCH(np.median(values[..., columns], axis=1))
            for line, heights in zip(lines, medians.T, strict=True):
                line.set_data(self._x, heights)
        ends = np.array([end_of(line) for line in self._now])
        name_ends(self._names, RANKS, self._x[-1], ends, NAME, STRETCH.high, STRETCH.low)


class SpectrumScene(Scene):
    """Singular values end to end and by layer; below, what the networks make of it."""

    panels = MappingProxyType(
        {
            "spectrum": Panel(
                (0.075, 0.115, 0.38, 0.715), left=0.6, right=0.2, above=0.6, view=Spectrum
            ),
            "stretch": Panel((0.555, 0.62, 0.315, 0.24), left=0.6, right=0.7, view=StretchByLayer),
            "losses": Panel((0.555, 0.115, 0.315, 0.265), right=1.05, view=LossCurves),
        }
    )

    def legend(self, run: Run, pinned: Run | None) -> str:
        said = [] if pinned is None else ["dashed: the pinned run"]
        if {"spectrum", "stretch"} & self.panels.keys():
            said.insert(0, "dotted: Gaussian weights of the same variance, before training")
        return "   ·   ".join(said)

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        return (*super().frame(run, pinned), min(run.experiment.hidden_layers, default=0))
