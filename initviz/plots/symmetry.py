"""Units that are equal, and how they part: their paths, how many differ, and the effective rank."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ..measure.intervals import Interval
from ..measure.symmetry import parting
from ..training.run import Run
from ..words.numbers import power_of_ten
from .axes import cursor, dashed, lines_behind
from .curves import LossCurves, pair_apart
from .fast import Label
from .maps import cells
from .scales import Decades, Knee, Linear
from .scene import Scene
from .style import BLUE, GREY, GROUND, INK, PALE_GREY, heading, note

PLANE = Knee(5.0)  # the plane of two weights: linear up to 5


class UnitPaths:
    """The units of layer 1 in the plane of their two weights, and the way they have come."""

    def __init__(self, axes: Axes, run: Run) -> None:
        self._frame(axes)
        self._pinned = LineCollection([], colors=GREY, linewidths=0.7, alpha=0.6)
        self._paths = LineCollection([], colors=BLUE, linewidths=1.0, alpha=0.55)
        for paths in (self._pinned, self._paths):
            axes.add_collection(paths, autolim=False)
        (self._pinned_dots,) = axes.plot([], [], "o", mfc="white", mec=GREY, mew=0.9, ms=5)
        (self._start,) = axes.plot([], [], "o", mfc="none", mec=GREY, mew=0.9, ms=5)
        (self._dots,) = axes.plot([], [], "o", color=BLUE, mec="white", mew=0.6, ms=6.5)
        units = run.experiment.hidden_layers[0]
        self._counts = [Label(axes, dx=7, dy=6, color=INK, size=9) for _ in range(units)]
        self._start_name = Label(axes, dx=-8, dy=-8, ha="right", color=GREY)
        theirs, ours = [self._pinned, self._pinned_dots], [self._paths, self._start, self._dots]
        self.artists = [*theirs, *ours, *self._counts, self._start_name]

    def _frame(self, axes: Axes) -> None:
        """Linear in the middle, logarithmic in the shaded rest: one frame for every run."""
        end = PLANE.high
        axes.set(xlim=(-end, end), ylim=(-end, end), facecolor=GROUND)
        axes.fill_between([-1, 1], -1, 1, color="white", lw=0, zorder=0)
        marks = np.array([-PLANE.knee, 0, PLANE.knee])
        names = [f"{mark:g}".replace("-", "\N{MINUS SIGN}") for mark in marks]
        axes.set_xticks(PLANE(marks), names)
        axes.set_yticks(PLANE(marks), names)
        axes.set_xlabel("weight from input 1", labelpad=2)
        axes.set_ylabel("weight from input 2", labelpad=0)
        axes.axhline(0, color=PALE_GREY, lw=0.8, zorder=0)
        axes.axvline(0, color=PALE_GREY, lw=0.8, zorder=0)
        small = {"fontsize": 6.5, "ha": "right", "transform": axes.transAxes}
        axes.text(0.99, 0.015, "log scale outside", color=GREY, **small)
        heading(axes, "The units of layer 1")

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        walked = _walk(run, epoch)
        self._paths.set_segments(list(walked.swapaxes(0, 1)))
        self._start.set_data(*walked[0].T)
        self._dots.set_data(*walked[-1].T)
        for label in self._counts:
            label.text = ""
        for label, (spot, units) in zip(self._counts, _spots(walked[-1]), strict=False):
            (label.x, label.y), label.text = spot, f"×{units}" if units > 1 else ""
        self._name_the_start(walked)
        other = np.empty((0, 0, 2)) if pinned is None else _walk(pinned, min(epoch, pinned.epoch))
        self._pinned.set_segments(list(other.swapaxes(0, 1)))
        self._pinned_dots.set_data(*(other[-1].T if len(other) else ([], [])))

    def _name_the_start(self, walked: np.ndarray) -> None:
        """Only where it is one spot, and nobody stands on it any more."""
        moved = np.abs(walked[-1] - walked[0]).max() > 0.1
        self._start_name.text = "start" if moved and len(_spots(walked[0])) == 1 else ""
        self._start_name.x, self._start_name.y = walked[0, 0]


def _walk(run: Run, epoch: int) -> np.ndarray:
    """(snapshots up to ``epoch``, units, 2): where on the axes the units of layer 1 have been."""
    past = run.snapshots <= epoch
    return PLANE(parting(run).units[0][past, :, :2])


def _spots(dots: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """Where dots lie, and how many on one another."""
    spots: list[tuple[np.ndarray, int]] = []
    for dot in dots:
        near = [np.abs(dot - spot).max() < 0.02 for spot, _ in spots]
        if True in near:
            spot, units = spots[near.index(True)]
            spots[near.index(True)] = (spot, units + 1)
        else:
            spots.append((dot, 1))
    return spots


class _OverEpochs:
    """A line for each hidden layer over the epochs, named at its end.

    field: what ``parting`` calls it.
    """

    title: str
    field: str

    def __init__(self, axes: Axes, run: Run, scale: Decades | Linear) -> None:
        axes.set(xlim=(0, run.experiment.epochs), ylim=(scale.low, scale.high))
        axes.set_xlabel("epoch", labelpad=2)
        lines_behind(axes)
        heading(axes, self.title)
        colors = (BLUE, INK)
        self._scale = scale
        self._pinned = [dashed(axes, 0.9) for _ in colors]
        self._lines = [axes.plot([], [], color=c, lw=1.5)[0] for c in colors]
        self._cursor = cursor(axes)
        self._names = [Label(axes, dx=4, color=c) for c in colors]
        self.artists = [*self._pinned, self._cursor, *self._lines, *self._names]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        layers = self._heights(run)
        self._cursor.set_data([epoch, epoch], [self._scale.low, self._scale.high])
        for line, heights in zip(self._lines, layers, strict=True):
            line.set_data(run.snapshots, heights)
        for line in self._pinned:
            line.set_data([], [])
        if pinned is not None:
            for line, heights in zip(self._pinned, self._heights(pinned), strict=True):
                line.set_data(pinned.snapshots, heights)
        self._name_ends(run.snapshots[-1], np.nan_to_num(layers[:, -1]))

    def _name_ends(self, epoch: int, ends: np.ndarray) -> None:
        """The layer that ends higher is named higher, and the names keep apart."""
        bottom, top = self._scale.low, self._scale.high
        gap = 0.15 * (top - bottom)
        heights = pair_apart(ends, gap, bottom + gap / 4, top - gap / 4)
        for number, (name, y) in enumerate(zip(self._names, heights, strict=True), start=1):
            name.x, name.y, name.text = epoch, y, f"layer {number}"

    def _heights(self, run: Run) -> np.ndarray:
        """(hidden layers, snapshots): where on the axis the lines run."""
        return self._scale(getattr(parting(run), self.field))


class _Counted(_OverEpochs):
    """A number of units or directions: 1 is the least that there can be, and all are the most."""

    def __init__(self, axes: Axes, run: Run) -> None:
        most = max(run.experiment.hidden_layers)
        super().__init__(axes, run, Linear(0, 1.08 * most))
        axes.set_yticks([0, 1, most])


class DistinctUnits(_Counted):
    """How many units of each layer differ from all others."""

    title, field = "Different units", "distinct"


class EffectiveRank(_Counted):
    """In how many directions the weight matrix of each layer reaches."""

    title, field = "Effective rank", "rank"


class LargestGap(_OverEpochs):
    """How far the two most different units of each layer are from one another, on a log scale."""

    title, field = "Largest difference", "gap"
    scale = Decades(-17, 2)  # what is smaller, and 0 itself, lies on the bottom line

    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes, run, self.scale)
        decades = (-12, -6, 0)
        axes.set_yticks([self.scale.low, *decades], ["0", *map(power_of_ten, decades)])


class SymmetryScene(Scene):
    """Two hidden layers on data with two features."""

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        left, right, upper, lower = 0.53, 0.8, 0.615, 0.105
        size = (0.135, 0.28)
        self.views = [
            UnitPaths(figure.add_axes((0.06, lower, 0.395, 0.79)), run),
            DistinctUnits(figure.add_axes((left, upper, *size)), run),
            EffectiveRank(figure.add_axes((right, upper, *size)), run),
            LossCurves(figure.add_axes((left, lower, *size)), run),
            LargestGap(figure.add_axes((right, lower, *size)), run),
        ]

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        return (*super().frame(run, pinned), run.experiment.hidden_layers)


# The still pictures of the notebook.


def counts(
    axes: Axes, values: np.ndarray, most: int, rows: Sequence[str], columns: Sequence[str]
) -> None:
    """A table (rows, columns) of numbers from 1 to ``most``: the more, the darker."""
    values = np.asarray(values)
    written = [[f"{value:g}" for value in row] for row in values]
    cells(axes, (values - 1) / (most - 1), written, rows, columns)


def escape(axes: Axes, times: Mapping[float, Interval], line: tuple[float, float]) -> None:
    """The epoch at which networks escape, over the logarithm of the noise they start with.

    times: for every size of noise. line: slope, for one decade, and intercept of the straight line.
    """
    decades = np.log10(list(times))
    for decade, time in zip(decades, times.values(), strict=True):
        axes.plot([decade, decade], [time.low, time.high], color=BLUE, lw=2, alpha=0.45)
        axes.plot([decade], [time.value], "o", color=BLUE, ms=5)
    ends = np.array([decades.min() - 0.7, decades.max() + 0.7])
    axes.plot(ends, np.polyval(line, ends), color=GREY, lw=1, zorder=1.5)
    axes.set_xticks(decades, [power_of_ten(round(decade)) for decade in decades])
    axes.set(
        ylim=(0, None),
        xlabel="ε, the size of the noise",
        ylabel="epochs until the loss is below 0.2",
    )
    lines_behind(axes)
    heading(axes, "A ten times smaller noise: about a hundred epochs more")


def gaps(axes: Axes, runs: Mapping[str, Run]) -> None:
    """The largest difference between two units of layer 1 over the epochs, for up to three runs."""
    scale = LargestGap.scale
    places = np.linspace(0.2, 0.8, len(runs))  # of the names, apart even where the lines are one
    lines = zip(runs.items(), places, (BLUE, INK, GREY), strict=False)
    for (name, run), place, color in lines:
        part = parting(run)
        heights = scale(part.gap[0])
        axes.plot(part.epochs, heights, color=color, lw=1.4)
        axes.set_xlim(0, part.epochs[-1])
        at = int(place * (len(heights) - 1))
        note(axes, name, (part.epochs[at], heights[at]), (-4, 4), color=color, ha="right")
    decades = range(-15, 1, 5)
    axes.set_yticks([scale.low, *decades], ["0", *map(power_of_ten, decades)])
    axes.set(ylim=(scale.low - 0.3, 2), xlabel="epoch")
    lines_behind(axes)
    heading(axes, "The largest difference between two units, without any noise", dy=6)
