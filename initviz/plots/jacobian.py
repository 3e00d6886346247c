"""How a network stretches directions: the singular values of its Jacobian, and Gaussian ones."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ..measure.jacobian import FLAT, gaussian, spectra, uneven
from ..training.run import Run
from ..words.numbers import power_of_ten, short
from .curves import LossCurves
from .fast import Label
from .scene import Scene
from .style import BLUE, GREY, INK, ORANGE, PALE_BLUE, heading

LOWEST, HIGHEST = -6, 2  # decades; what lies beyond is drawn at the edge
NAME = 1.2  # decades that the name of a line takes


class _Stretch:
    """Axes on which singular values are drawn as powers of ten."""

    def _set_up(self, axes: Axes, title: str) -> None:
        axes.set_ylim(LOWEST - 0.4, HIGHEST + 0.4)
        ticks = range(LOWEST, HIGHEST + 1, 2)
        axes.set_yticks(ticks, ["1" if power == 0 else power_of_ten(power) for power in ticks])
        axes.grid(axis="y")
        axes.set_axisbelow(True)
        heading(axes, title, dy=6)

    @staticmethod
    def _height(values: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.clip(np.log10(np.nan_to_num(values, nan=np.inf)), LOWEST, HIGHEST)


class Spectrum(_Stretch):
    """All singular values from the first hidden layer to the last, from the largest down.

    Dots: the restarts' median, pale bars their range. Grey: Gaussian weights of the same variance
    before training. Thin: the pinned run.
    """

    def __init__(self, axes: Axes, run: Run) -> None:
        units = min(run.experiment.hidden_layers)
        self._x = np.arange(1, units + 1)
        self._set_up(axes, "End to end")
        axes.set_xlim(0.3, units + 0.7)
        axes.set_xticks([1, *range(5, units + 1, 5)])
        axes.set_xlabel("singular value, from the largest", labelpad=2)
        self._range = LineCollection([], colors=PALE_BLUE, linewidths=5)
        axes.add_collection(self._range, autolim=False)
        (self._gaussian,) = axes.plot([], [], color=GREY, lw=1.4)
        (self._pinned,) = axes.plot([], [], color=INK, lw=0.9, alpha=0.75)
        (self._dots,) = axes.plot([], [], "o-", color=BLUE, lw=1.2, ms=4)
        self._ratio = Label(
            axes, 1, 1, dy=12, ha="right", size=8.5, color=INK, transform=axes.transAxes
        )
        self.artists = [self._range, self._gaussian, self._pinned, self._dots, self._ratio]

    def show(self, now: np.ndarray, start: np.ndarray, pinned: np.ndarray | None) -> None:
        """Each (layers, restarts, units)."""
        last = np.nan_to_num(now[-1], nan=np.inf)
        low, middle, high = (
            self._height(each(last, axis=0)) for each in (np.min, np.median, np.max)
        )
        self._range.set_segments(np.stack([[self._x, low], [self._x, high]]).transpose(2, 0, 1))
        self._dots.set_data(self._x, middle)
        self._gaussian.set_data(self._x, self._height(np.median(start[-1], axis=0)))
        thin = np.array([]) if pinned is None else np.median(pinned[-1], axis=0)[: len(self._x)]
        self._pinned.set_data(self._x[: len(thin)], self._height(thin))
        ratio = uneven(now)
        self._ratio.text = f"largest : middle = {short(ratio)}"
        self._ratio.color = INK if ratio <= FLAT else ORANGE


class StretchByLayer(_Stretch):
    """The largest, the middle and the smallest singular value up to every layer, the medians."""

    def __init__(self, axes: Axes, run: Run) -> None:
        layers = len(run.experiment.hidden_layers)
        self._x = np.arange(1, layers + 1)
        self._set_up(axes, "Up to each layer")
        axes.set_xlim(0.5, layers + 0.5)
        axes.set_xticks([1, *range(5, layers + 1, 5)])
        axes.set_xlabel("layer", labelpad=2)
        self._start = [axes.plot([], [], color=GREY, lw=1)[0] for _ in range(3)]
        self._now = [axes.plot([], [], color=BLUE, lw=1.5)[0] for _ in range(3)]
        self._names = [Label(axes, dx=4, color=BLUE) for _ in range(3)]
        self.artists = [*self._start, *self._now, *self._names]

    def show(self, now: np.ndarray, start: np.ndarray, pinned: np.ndarray | None) -> None:
        columns = {"largest": 0, "middle": now.shape[2] // 2, "smallest": -1}
        for (name, column), line, thin, label in zip(
            columns.items(), self._now, self._start, self._names, strict=True
        ):
            heights = self._height(np.median(now[..., column], axis=1))
            line.set_data(self._x, heights)
            thin.set_data(self._x, self._height(np.median(start[..., column], axis=1)))
            label.text, label.x, label.y = name, self._x[-1], float(heights[-1])
        largest, middle, smallest = self._names
        middle.y = max(middle.y, smallest.y + NAME)
        largest.y = max(largest.y, middle.y + NAME)


class SpectrumScene(Scene):
    """Singular values end to end and by layer; below, what the networks make of it."""

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        self._spectra = [
            Spectrum(figure.add_axes((0.065, 0.115, 0.40, 0.73)), run),
            StretchByLayer(figure.add_axes((0.555, 0.62, 0.335, 0.225)), run),
        ]
        self._losses = LossCurves(figure.add_axes((0.555, 0.115, 0.335, 0.3)), run)
        self.views = [*self._spectra, self._losses]
        figure.text(0.065, 0.957, "this start", color=BLUE, fontweight="bold")
        figure.text(
            0.145,
            0.957,
            "Gaussian weights of the same variance, before training",
            color=GREY,
            fontweight="bold",
        )
        if pinned is not None:
            figure.text(0.985, 0.957, "thin: the pinned run", color=GREY, ha="right")

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        now, start = spectra(run.network_at(epoch), run.probe[0]), gaussian(run)
        other = None
        if pinned is not None:
            other = spectra(pinned.network_at(min(epoch, pinned.epoch)), pinned.probe[0])
        for view in self._spectra:
            view.show(now, start, other)
        self._losses.update(run, epoch, pinned)

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        return (*super().frame(run, pinned), min(run.experiment.hidden_layers))
