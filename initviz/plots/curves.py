"""One line per restart over the epochs: the loss, or the accuracy."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Polygon

from ..measure.speed import median_over_restarts
from ..networks.losses import guessing_accuracy
from ..training.run import Run, guessing_loss
from ..words.numbers import power_of_ten, short
from .axes import axis_size, cursor, dashed, lines_behind
from .fast import Label
from .scales import Knee
from .style import BLUE, GREY, INK, ORANGE, PALE_BLUE, heading


class _Curves:
    """All restarts pale, their median and the best restart marked and named at their end."""

    _measure: str  # what the curve of a single restart is called
    _number = staticmethod(short)

    def __init__(self, axes: Axes, run: Run, top: float, guess: float) -> None:
        """top: where the axis ends; guess: what a network reaches that has learnt nothing."""
        self._top, self._guess = top, guess
        axes.set(xlim=(0, run.experiment.epochs), ylim=(0, top))
        axes.set_xlabel("epoch", labelpad=2)
        lines_behind(axes)
        self._restarts = LineCollection([], colors=PALE_BLUE, linewidths=0.7)
        axes.add_collection(self._restarts, autolim=False)
        self._pinned = dashed(axes)
        (self._median,) = axes.plot([], [], color=INK, lw=1.4)
        (self._best,) = axes.plot([], [], color=BLUE, lw=1.4)
        self._cursor = cursor(axes)
        (self._lost,) = axes.plot([], [], "x", color=ORANGE, ms=4, mew=1.2, clip_on=False)
        self._labels = [Label(axes, dx=4, color=INK) for _ in range(4)]
        lines = [self._restarts, self._pinned, self._median, self._best, self._cursor]
        self.artists = [*lines, self._lost, *self._labels]

    def _draw(self, run: Run, epoch: int, values, position, pinned_values) -> None:
        """values: (epochs + 1, restarts), as measured; position(values): where on the axis."""
        epochs = np.arange(len(values), dtype=float)
        heights = position(values)
        points = np.empty((values.shape[1], len(epochs), 2))
        points[:, :, 0], points[:, :, 1] = epochs, heights.T
        self._restarts.set_segments(list(points))
        median, best = median_over_restarts(values), values[:, run.best]
        self._median.set_data(epochs, position(median))
        self._best.set_data(epochs, heights[:, run.best])
        self._cursor.set_data([epoch, epoch], [0, self._top])
        self._mark_the_lost(values, heights)
        ends = [("median", median[-1], INK), ("best", best[-1], BLUE)]
        if values.shape[1] == 1:  # then these two are the same
            ends = [(self._measure, best[-1], BLUE)]
        ends.append(("guessing", self._guess, GREY))
        self._pinned.set_data([], [])
        if pinned_values is not None:
            pinned = median_over_restarts(pinned_values[: run.experiment.epochs + 1])
            self._pinned.set_data(np.arange(len(pinned)), position(pinned))
            ends.append(("pinned", pinned[-1], GREY))
        self._name_ends(run.experiment.epochs, ends, position)

    def _mark_the_lost(self, values: np.ndarray, heights: np.ndarray) -> None:
        """A cross where a restart's last finite value lies."""
        lost = ~np.isfinite(values).all(axis=0)
        last = np.maximum(np.isfinite(values).argmin(axis=0) - 1, 0)[lost]
        at = np.nan_to_num(heights[last, lost], nan=self._top)
        self._lost.set_data(last, at)

    def _name_ends(self, epochs: int, ends, position) -> None:
        """Put each line's name at its end, moved apart where they would run into each other."""
        at = [float(np.nan_to_num(position(np.array(v)), nan=self._top)) for _, v, _ in ends]
        for label in self._labels:
            label.text = ""
        heights = apart(at, self._top / 12, self._top)
        for (name, value, color), y, label in zip(ends, heights, self._labels, strict=False):
            label.x, label.y, label.color = epochs, y, color
            label.text = f"{name} {self._number(value)}"


class LossCurves(_Curves):
    """The loss of every restart: linear up to a little above guessing, logarithmic beyond."""

    _measure = "loss"

    def __init__(self, axes: Axes, run: Run) -> None:
        guess = guessing_loss(run)
        self._knee = Knee(_round_up(axis_size(1.15 * guess)))
        decades = round(np.log10(self._knee.last))
        super().__init__(axes, run, self._knee.high, guess)
        ticks = np.array([0, self._knee.knee / 2, self._knee.knee, self._knee.last])
        axes.set_yticks(self._knee(ticks), [*map(short, ticks[:-1]), power_of_ten(decades)])
        self._knee.mark(axes)
        axes.axhline(float(self._knee(np.array(guess))), color=GREY, lw=0.8, ls=(0, (1, 2)))
        restarts = run.experiment.restarts
        heading(axes, "Loss" if restarts == 1 else f"Loss of {restarts} restarts")

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        self._draw(run, epoch, run.losses, self._knee, None if pinned is None else pinned.losses)


class AccuracyCurves(_Curves):
    """The share of samples put into the right class, on the test part where there is one."""

    _measure = "accuracy"
    _number = staticmethod("{:.0%}".format)

    def __init__(self, axes: Axes, run: Run) -> None:
        guess = guessing_accuracy(run.dataset.y)
        super().__init__(axes, run, 1.0, guess)
        axes.axhline(guess, color=GREY, lw=0.8, ls=(0, (1, 2)))
        axes.set_yticks([0, 0.5, 1], ["0%", "50%", "100%"])
        heading(axes, "Accuracy" if run.dataset.X_test is None else "Test accuracy")

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        pinned_values = None if pinned is None else pinned.accuracies
        self._draw(run, epoch, run.accuracies, np.asarray, pinned_values)


def _round_up(value: float) -> float:
    """To the next of 1, 2, 3, 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 3, 5, 10) if step * power >= value))


class Fan:
    """Bands around a line, such as the middle half of many networks; the wider ones first."""

    def __init__(self, axes: Axes, colors: Sequence[str], alpha: float = 1) -> None:
        self.bands = [Polygon(np.zeros((1, 2)), color=c, alpha=alpha, lw=0) for c in colors]
        for band in self.bands:
            axes.add_patch(band)

    def draw(self, x: np.ndarray, limits: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
        """limits: of each band its lower and its upper edge, (points,) like x."""
        for band, (low, high) in zip(self.bands, limits, strict=True):
            outline = np.column_stack([np.r_[x, x[::-1]], np.r_[low, high[::-1]]])
            band.set_xy(outline if len(x) else np.zeros((1, 2)))


def apart(positions: Sequence[float] | np.ndarray, gap: float, ceiling: float) -> list[float]:
    """The same positions from 0 to ``ceiling``, but each at least ``gap`` from the next."""
    order = np.argsort(positions, kind="stable")
    spaced = np.maximum(np.array(positions, float)[order], 0)
    for i in range(1, len(spaced)):
        spaced[i] = max(spaced[i], spaced[i - 1] + gap)
    spaced[-1] = min(spaced[-1], ceiling)
    for i in reversed(range(len(spaced) - 1)):
        spaced[i] = min(spaced[i], spaced[i + 1] - gap)
    result = np.empty_like(spaced)
    result[order] = spaced
    return result.tolist()


def pair_apart(
    ends: Sequence[float] | np.ndarray, gap: float, bottom: float, top: float
) -> np.ndarray:
    """Two places from ``bottom`` to ``top``, moved alike until they are ``gap`` from one another.

    The first stays above, unless the second is clearly higher.
    """
    half = max(abs(ends[0] - ends[1]), gap) / 2
    middle = np.clip(np.mean(ends), bottom + half, max(top - half, bottom))
    return middle + half * np.array([-1, 1] if ends[1] > ends[0] + gap / 10 else [1, -1])
