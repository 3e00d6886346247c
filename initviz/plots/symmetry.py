"""Units that are equal, and how they part: their paths, how many differ, and the effective rank."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..measure.intervals import Interval
from ..measure.symmetry import parting
from ..training.run import Run
from .charts import corner, lines_behind, say_nothing_to_see, whisker
from .curves import LossCurves, end_of, name_ends
from .maps import cells
from .scales import LOGARITHMIC, Decades, Knee, Linear, ten_to
from .scene import Panel, Scene, View
from .style import BLUE, EDGE, GREY, GROUND, INK, PALE_GREY, heading, note

PLANE = Knee(5.0)  # the plane of two weights: linear up to 5
FIRST_TO_LAST = LinearSegmentedColormap.from_list("layers", [BLUE, INK])
TITLES = {"distinct": "Different units", "rank": "Effective rank", "gap": "Largest difference"}
GAP = Decades(-17, 2)  # of the largest difference; what is smaller, and 0, lies on the bottom line
NAMED = 6  # lines at whose ends there is room for a name


class UnitPaths(View):
    """The units of layer 1 by two weights (or one, and the bias), and the way they have come."""

    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes)
        self._frame(axes, run)
        ring = {"marker": "o", "ls": "", "mec": GREY, "mew": 0.9, "ms": 5}
        self._pinned = self.segments(colors=GREY, linewidths=0.8)
        self._pinned_dots = self.line(mfc="white", **ring)
        self._paths = self.segments(colors=BLUE, linewidths=1.0, alpha=0.8)
        self._start = self.line(mfc="none", **ring)
        self._dots = self.line("o", color=BLUE, mec="white", mew=0.6, ms=6.5)
        units = run.experiment.hidden_layers[0]
        self._counts = [self.name(dx=7, dy=6, color=INK, size=9) for _ in range(units)]
        self._start_name = self.name(dx=-8, dy=-8, ha="right", color=GREY)

    def _frame(self, axes: Axes, run: Run) -> None:
        """Linear in the middle, logarithmic in the shaded rest: one frame for every run."""
        end = PLANE.high
        axes.set(xlim=(-end, end), ylim=(-end, end), facecolor=GROUND)
        axes.fill_between([-1, 1], -1, 1, color="white", ec=EDGE, lw=0.8, zorder=0)
        marks = np.array([-PLANE.knee, 0, PLANE.knee])
        names = [f"{mark:g}".replace("-", "\N{MINUS SIGN}") for mark in marks]
        axes.set_xticks(PLANE(marks), names)
        axes.set_yticks(PLANE(marks), names)
        axes.set_xlabel("weight from input 1", labelpad=2)
        axes.set_ylabel("weight from input 2" if run.dataset.features > 1 else "bias", labelpad=0)
        for line in (axes.axhline, axes.axvline):
            line(0, color=PALE_GREY, lw=0.8, zorder=0)
        corner(axes, LOGARITHMIC, dy=4, fontsize=8.25)
        heading(axes, "The units of layer 1")

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        walked = _walk(run, epoch)
        self._paths.set_segments(list(walked.swapaxes(0, 1)))
        self._start.set_data(*walked[0].T)
        self._dots.set_data(*walked[-1].T)
        spots, starts = _spots(walked[-1]), _spots(walked[0])
        for label in self._counts:
            label.text = ""
        for label, (spot, units) in zip(self._counts, spots, strict=False):
            (label.x, label.y), label.text = spot, f"×{units}" if units > 1 else ""
        # The start is named where it is one spot, and nobody stands on it any more or beside it.
        moved = np.abs(walked[-1] - walked[0]).max() > 0.1
        self._start_name.text = "start" if moved and len(starts) == 1 and not pinned else ""
        self._start_name.x, self._start_name.y = walked[0, 0]
        other = np.empty((1, 0, 2))
        if pinned is not None and pinned.experiment.hidden_layers:
            other = _walk(pinned, min(epoch, pinned.epoch))
        self._pinned.set_segments(list(other.swapaxes(0, 1)))
        self._pinned_dots.set_data(*other[-1].T)


def _walk(run: Run, epoch: int) -> np.ndarray:
    """(snapshots up to ``epoch``, units, 2): where on the axes the units of layer 1 have been."""
    past = run.snapshots <= epoch
    return PLANE(parting(run).units[0][past, :, :2])


def _spots(dots: np.ndarray) -> list[tuple[np.ndarray, int]]:
    spots: list[tuple[np.ndarray, int]] = []
    for dot in dots:
        near = [np.abs(dot - spot).max() < 0.02 for spot, _ in spots]
        if True in near:
            spot, units = spots[near.index(True)]
            spots[near.index(True)] = (spot, units + 1)
        else:
            spots.append((dot, 1))
    return spots


class OverEpochs(View):
    """A line for each hidden layer over the epochs, named at its end. field: of ``parting``."""

    def __init__(self, axes: Axes, run: Run, field: str) -> None:
        super().__init__(axes)
        self._field, hidden = field, run.experiment.hidden_layers
        counted = Linear(0, 1.08 * max(hidden))  # 1 is the least that there can be
        self._scale = scale = GAP if field == "gap" else counted
        axes.set(xlim=(0, run.experiment.epochs), ylim=(scale.low, scale.high))
        axes.set_xlabel("epoch", labelpad=2)
        if scale is GAP:
            _name_decades(axes, (-12, -6, 0))
        else:
            axes.set_yticks([0, 1, max(hidden)])
        lines_behind(axes)
        heading(axes, TITLES[field])
        colors = [to_hex(FIRST_TO_LAST(x)) for x in np.linspace(0, 1, len(hidden))]
        self._pinned = [self.dashed(0.9) for _ in colors]
        self._cursor = self.cursor()
        self._lines = [self.line(color=c, lw=1.5) for c in colors]
        self._names = [self.name(dx=4, color=c) for c in colors]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        low, high = self._scale.low, self._scale.high
        self._cursor.set_data([epoch, epoch], [low, high])
        self._draw(self._lines, run)
        self._draw(self._pinned, pinned)
        ends = np.nan_to_num([end_of(line) for line in self._lines])
        names = [f"layer {number}" for number in range(1, len(ends) + 1)]
        step, gap = -(-len(ends) // NAMED), 0.15 * (high - low)
        limits = gap, high - gap / 4, low + gap / 4
        name_ends(self._names[::step], names[::step], run.snapshots[-1], ends[::step], *limits)

    def _draw(self, lines: Sequence[Line2D], run: Run | None) -> None:
        """Of a run of another depth, only the layers that both have; without a run, nothing."""
        for line in lines:
            line.set_data([], [])
        if run is not None:
            for line, values in zip(lines, getattr(parting(run), self._field), strict=False):
                line.set_data(run.snapshots, self._scale(values))


def _name_decades(axes: Axes, decades: Sequence[int]) -> None:
    axes.set_yticks([GAP.low, *decades], ["0", *map(ten_to, decades)])


class SymmetryScene(Scene):
    """The units of layer 1, and what becomes of every layer's."""

    size = (8.0, 4.1)
    panels = MappingProxyType(
        {
            "units": Panel((0.065, 0.115, 0.362, 0.707), left=0.55, right=0.25, square=True),
            "distinct": Panel((0.494, 0.62, 0.12, 0.232), left=0.35, right=0.6),
            "rank": Panel((0.8, 0.62, 0.12, 0.232), left=0.35, right=0.6),
            "losses": Panel((0.494, 0.115, 0.12, 0.232), right=1.05, view=LossCurves),
            "gap": Panel((0.8, 0.115, 0.12, 0.232), left=0.5, right=0.6),
        }
    )

    def legend(self, run: Run, pinned: Run | None) -> str:
        return "" if pinned is None else "dashed lines, hollow dots: the pinned run"

    def units(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        axes = figure.add_axes(box)
        if not run.experiment.hidden_layers:
            say_nothing_to_see(axes)
            return []
        return [UnitPaths(axes, run)]

    def distinct(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        return self._over_epochs(figure, box, run, "distinct")

    def rank(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        return self._over_epochs(figure, box, run, "rank")

    def gap(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        return self._over_epochs(figure, box, run, "gap")

    def _over_epochs(self, figure: Figure, box: tuple, run: Run, field: str) -> list:
        """Without a hidden layer "units" says that there is none, unless it is not shown."""
        if run.experiment.hidden_layers:
            return [OverEpochs(figure.add_axes(box), run, field)]
        if "units" not in self.panels:
            say_nothing_to_see(figure.add_axes(box))
        return []

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        return (*super().frame(run, pinned), run.experiment.hidden_layers)


def counts(
    axes: Axes, values: np.ndarray, most: int, rows: Sequence[str], columns: Sequence[str]
) -> None:
    """A table (rows, columns) of numbers from 1 to ``most``: the more, the darker."""
    values = np.asarray(values)
    written = [[f"{value:g}" for value in row] for row in values]
    cells(axes, (values - 1) / (most - 1), written, rows, columns)


def escape(axes: Axes, times: Mapping[float, Interval], line: tuple[float, float]) -> None:
    """Epochs of escape over the log of the noise; line: its slope, for a decade, and intercept."""
    decades = np.log10(list(times))
    for decade, time in zip(decades, times.values(), strict=True):
        whisker(axes, decade, time)
    ends = np.array([decades.min() - 0.7, decades.max() + 0.7])
    axes.plot(ends, np.polyval(line, ends), color=GREY, lw=1, zorder=1.5)
    axes.set_xticks(decades, [ten_to(round(decade)) for decade in decades])
    axes.set(ylim=(0, None), xlabel="ε, the size of the noise")
    axes.set_ylabel("epochs until the loss is below 0.2")
    lines_behind(axes)
    heading(axes, "A ten times smaller noise: about a hundred epochs more")


def gaps(axes: Axes, runs: Mapping[str, Run]) -> None:
    """The largest difference between two units of layer 1 over the epochs, for up to three runs."""
    places = np.linspace(0.2, 0.8, len(runs))  # of the names, apart even where the lines are one
    lines = zip(runs.items(), places, (BLUE, INK, GREY), strict=False)
    for (name, run), place, color in lines:
        part = parting(run)
        heights = GAP(part.gap[0])
        axes.plot(part.epochs, heights, color=color, lw=1.4)
        axes.set_xlim(0, part.epochs[-1])
        at = int(place * (len(heights) - 1))
        note(axes, name, (part.epochs[at], heights[at]), (-4, 4), color=color, ha="right")
    _name_decades(axes, range(-15, 1, 5))
    axes.set(ylim=(GAP.low - 0.3, GAP.high), xlabel="epoch")
    lines_behind(axes)
    heading(axes, "The largest difference between two units, without any noise", dy=6)
