"""One line per restart over the epochs: the loss, or the accuracy."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression

from ..measure.speed import median_over_restarts
from ..networks.losses import guessing_accuracy
from ..training.run import WELL, Run, guessing_loss
from ..words.numbers import short
from .charts import axis_size, line_height, lines_behind
from .fast import Label
from .scales import Knee, ten_to
from .scene import View
from .style import BLUE, GREY, INK, ORANGE, SOFT_BLUE, heading

WELL_LEARNT = "learnt well"  # the name of a line; its value stands nowhere else


class _Curves(View):
    """All restarts pale, their median and the best restart marked and named at their end."""

    _field: str  # of the run: the values, (epochs + 1, restarts)
    _measure: str  # what the curve of a single restart is called
    _number = staticmethod(short)

    def __init__(
        self, axes: Axes, run: Run, levels: Mapping[str, float], place: Callable, top: float
    ) -> None:
        """levels: name → a value that is marked by a dotted line. place(values): where they stand
        on the axis, which ends at ``top``."""
        super().__init__(axes)
        self._levels, self._place, self._top = levels, place, top
        axes.set(xlim=(0, run.experiment.epochs), ylim=(0, top))
        axes.set_xlabel("epoch", labelpad=2)
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
        lines_behind(axes)
        for height in place(np.array([*levels.values()])):
            axes.axhline(float(height), color=GREY, lw=0.9, ls=(0, (1, 2)))
        self._restarts = self.segments(colors=SOFT_BLUE, linewidths=0.6)
        self._pinned = self.dashed()
        self._median = self.line(color=INK, lw=1.4)
        self._best = self.line(color=BLUE, lw=1.4)
        self._cursor = self.cursor()
        self._lost = self.line("x", color=ORANGE, ms=4, mew=1.2, clip_on=False)
        colors = [INK, BLUE] if run.experiment.restarts > 1 else [BLUE]
        colors += [GREY] * (len(levels) + 1)
        self._labels = [self.name(dx=4, color=color) for color in colors]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        last, values, top = run.experiment.epochs, getattr(run, self._field), self._top
        heights = self._place(values)
        self._restarts.set_segments(ways(heights))
        self._cursor.set_data([epoch, epoch], [0, top])
        # A cross where a restart's last finite value lies.
        finite = np.isfinite(values)
        lost = ~finite.all(axis=0)
        ends = np.maximum(finite.argmin(axis=0) - 1, 0)[lost]
        self._lost.set_data(ends, np.nan_to_num(heights[ends, lost], nan=top))

        median, best = median_over_restarts(values), values[:, run.best]
        self._draw(self._median, median)
        self._draw(self._best, best)
        named = {"median": median[-1], "best": best[-1]}
        if values.shape[1] == 1:  # then these two are the same
            named = {self._measure: best[-1]}
        named |= self._levels
        self._draw(self._pinned, median[:0])
        if pinned is not None:
            median = median_over_restarts(getattr(pinned, self._field)[: last + 1])
            self._draw(self._pinned, median)
            named["pinned"] = median[-1]
        at = np.nan_to_num(self._place(np.array([*named.values()])), nan=top)
        names = [
            name if name == WELL_LEARNT else f"{name} {self._number(value)}"
            for name, value in named.items()
        ]
        name_ends(self._labels, names, last, at, line_height(self.axes), top)

    def _draw(self, line: Line2D, values: np.ndarray) -> None:
        line.set_data(np.arange(len(values)), self._place(values))


class LossCurves(_Curves):
    """The loss of every restart: linear up to a little above guessing, logarithmic beyond.

    Dotted are what guessing gives, and the quarter of it below which a network has learnt well.
    """

    _field, _measure = "losses", "loss"

    def __init__(self, axes: Axes, run: Run) -> None:
        guess = guessing_loss(run)
        knee = Knee(_round_up(axis_size(1.15 * guess)))
        levels = {"guessing": guess, WELL_LEARNT: WELL * guess}
        super().__init__(axes, run, levels if guess else {"guessing": guess}, knee, knee.high)
        ticks = np.array([0, knee.knee / 2, knee.knee, knee.last])
        last = ten_to(round(np.log10(knee.last)))
        axes.set_yticks(knee(ticks), [*map(short, ticks[:-1]), last])
        knee.mark(axes)
        restarts = run.experiment.restarts
        heading(axes, "Loss" if restarts == 1 else f"Loss of {restarts} restarts")


class AccuracyCurves(_Curves):
    """The share of samples put into the right class, on the test part where there is one."""

    _field, _measure = "accuracies", "accuracy"
    _number = staticmethod("{:.0%}".format)

    def __init__(self, axes: Axes, run: Run) -> None:
        levels = {"guessing": guessing_accuracy(run.dataset.y)}
        super().__init__(axes, run, levels, np.asarray, 1.0)
        axes.set_yticks([0, 0.5, 1], ["0%", "50%", "100%"])
        heading(axes, "Accuracy" if run.dataset.X_test is None else "Test accuracy")


def _round_up(value: float) -> float:
    """To the next of 1, 2, 3, 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 3, 5, 10) if step * power >= value))


def ways(heights: np.ndarray) -> list:
    """(epochs + 1, restarts) to a line for every restart, (epochs + 1, 2) each."""
    points = np.empty((*heights.T.shape, 2))
    points[..., 0], points[..., 1] = np.arange(len(heights)), heights.T
    return list(points)


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


def apart(positions: ArrayLike, gap: float, ceiling: float, floor: float = 0.0) -> np.ndarray:
    """Of all places from ``floor`` to ``ceiling`` that are ``gap`` apart, those nearest to these.

    The first of two that are about equal stands above.
    """
    number = np.arange(np.size(positions))
    order = np.lexsort((-number, np.round(np.divide(positions, gap / 10))))
    steps = gap * number
    lowest = isotonic_regression(np.asarray(positions, float)[order] - steps).x
    places = np.empty(len(number))
    places[order] = np.clip(lowest, floor, max(floor, ceiling - gap * (len(number) - 1))) + steps
    return places


def end_of(line: Line2D) -> float:
    return float(np.asarray(line.get_ydata())[-1])


def name_ends(
    labels: Sequence[Label], names: Sequence[str], x: float, ends: np.ndarray, *limits: float
) -> None:
    """Put names at the ends of lines; the labels left over stay empty. limits: of ``apart``."""
    for label in labels:
        label.text = ""
    for label, name, y in zip(labels, names, apart(ends, *limits), strict=False):
        label.x, label.y, label.text = x, y, name
