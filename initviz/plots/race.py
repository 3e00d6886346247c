"""Who gets there first: epochs to a finish line, start against start and seed against seed."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..measure import speed
from ..measure.intervals import median_interval
from ..measure.standards import WELL
from ..training.run import Run, guessing_loss
from ..words.numbers import short
from .charts import axis_size, corner, lines_behind, name_rows
from .curves import Fan, end_of, name_ends
from .scales import Knee, ten_to
from .scene import Panel, Scene, View
from .style import (
    BLUE,
    EDGE,
    GREY,
    GROUND,
    INK,
    ORANGE,
    PALE_BLUE,
    PALE_GREY,
    RUST,
    SOFT_BLUE,
    heading,
    note,
)

# On an axis whose last epoch is at 1: where "never" stands, the ground it stands on, the end.
NEVER, GROUND_FROM, END = 1.16, 1.08, 1.24


class _Race(View):
    """Two lines over the epochs, the pinned run's dashed; both are named where there are two."""

    def __init__(self, axes: Axes, run: Run, top: float, title: str) -> None:
        super().__init__(axes)
        self._top = top
        axes.set(xlim=(0, run.experiment.epochs), ylim=(0, top))
        axes.set_xlabel("epoch", labelpad=2)
        heading(axes, title)
        self._pinned = self.dashed(1.4)
        self._ours = self.line(color=BLUE, lw=1.8)
        self._cursor = self.cursor()
        self._labels = [self.name(dx=5, color=color) for color in (BLUE, GREY)]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        epochs = run.experiment.epochs
        self._draw(self._ours, run, run.epoch)
        self._cursor.set_data([epoch, epoch], [0, self._top])
        self._draw(self._pinned, pinned or run, min(pinned.epoch, epochs) if pinned else -1)
        lines = (self._ours, self._pinned) if pinned else ()
        ends = np.array([end_of(line) for line in lines])
        names = ("this run", "pinned")
        name_ends(self._labels, names, epochs, ends, self._top / 9, self._top)

    def _draw(self, line: Line2D, run: Run, last: int) -> None:
        """last: the epoch at which the line ends, -1 for none."""
        raise NotImplementedError


class LossFan(_Race):
    """The median loss and the middle half of the restarts; the finish line is on the axis."""

    def __init__(self, axes: Axes, run: Run) -> None:
        guess = axis_size(guessing_loss(run))
        self._knee = Knee(1.2 * guess, share=0.05)
        super().__init__(axes, run, self._knee.high, "Loss")
        restarts = run.experiment.restarts
        if restarts > 1:
            corner(axes, f"median, middle half of {restarts}", dy=4)
        finish, last = WELL * guess, self._knee.last
        names = ["0", f"learnt well\n{short(finish)}", f"guessing\n{short(guess)}"]
        heights = self._knee(np.array([0, finish, guess, last]))
        axes.set_yticks(heights, [*names, ten_to(round(np.log10(last)))])
        axes.axhspan(1, self._knee.high, color=GROUND, lw=0, zorder=0)
        axes.axhline(1, color=EDGE, lw=0.8, zorder=0.5)
        axes.axhline(heights[2], color=GREY, lw=0.8, ls=(0, (1, 2)))
        self._fans = {self._pinned: Fan(axes, [PALE_GREY]), self._ours: Fan(axes, [PALE_BLUE])}
        for line, fan in self._fans.items():  # an edge, since the area is pale
            fan.bands[0].set(ec=line.get_color(), lw=0.5)
        line = axes.axhline(heights[1], color=INK, lw=1.0, zorder=1.5)  # lies on the bands
        for artist in (line, *self._fans[self._ours].bands, *self._fans[self._pinned].bands):
            self.live(artist, behind=True)

    def _draw(self, line: Line2D, run: Run, last: int) -> None:
        low, middle, high = map(self._knee, speed.quartiles(run.losses[: last + 1]))
        x = np.arange(len(middle))
        line.set_data(x, middle)
        self._fans[line].draw(x, [(low, high)])


class ShareAcross(_Race):
    """The share of restarts that have crossed the finish line, by epoch."""

    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes, run, 1.04, "Share across the line")
        axes.set_yticks([0, 0.5, 1], ["0%", "50%", "100%"])
        lines_behind(axes)
        self._half = self.line("o", color=BLUE, ms=5)
        self._when = self.name(y=0.5, dx=7, dy=-7, color=BLUE)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        super().update(run, epoch, pinned)
        half = float(speed.median_over_restarts(speed.finish_epochs(run)))
        self._half.set_data([half], [0.5])
        self._when.x, self._when.text = half, f"median {half:g}" if np.isfinite(half) else ""

    def _draw(self, line: Line2D, run: Run, last: int) -> None:
        """A staircase that rises where a restart crosses the line."""
        x, share = np.arange(last + 1), speed.share_across(run, last)
        line.set_data(np.repeat(x, 2)[1:], np.repeat(share, 2)[:-1])


class _Finishers(View):
    """Axes with a dot for every seed. A dot at the edge has not got there; no dot is dropped."""

    def __init__(self, axes: Axes, epochs: int) -> None:
        """epochs: the last one on the axis."""
        super().__init__(axes)
        self._last = epochs
        _to_never(axes.set_ylim, axes.set_yticks, axes.axhspan, epochs)
        axes.set_ylabel("epoch across the line", labelpad=0)
        whole = {"s": [], "clip_on": False}
        self._theirs = self.live(axes.scatter([], [], color=GREY, zorder=3, **whole))
        self._ours = self.live(axes.scatter([], [], lw=0.8, zorder=4, **whole))
        self._words = self.remark(0, 1, dy=10, color=GREY)

    def _points(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.minimum(np.column_stack([x, y]), NEVER * self._last)

    def _put(self, x: np.ndarray, y: np.ndarray, epoch: float) -> None:
        """Filled where the finish is behind us at ``epoch``, hollow before, orange at the edge."""
        points, counts = np.unique(self._points(x, y), axis=0, return_counts=True)
        self._ours.set_offsets(points)
        self._ours.set_sizes(20 * counts**0.7)  # seeds on the same spot make a larger one
        color = np.where(points[:, 1] > self._last, ORANGE, BLUE)
        waiting = (points[:, 1] > epoch) & (points[:, 1] <= self._last)
        self._ours.set_facecolor(np.where(waiting, "white", color).tolist())
        self._ours.set_edgecolor(np.where(waiting, color, "white").tolist())


class SeedBySeed(_Finishers):
    """This run's finish over the pinned one's, a dot for every seed that both have drawn from."""

    def __init__(self, axes: Axes, run: Run, pinned: Run) -> None:
        last = max(run.experiment.epochs, pinned.experiment.epochs)
        super().__init__(axes, last)
        _to_never(axes.set_xlim, axes.set_xticks, axes.axvspan, last)
        axes.set_xlabel("epoch of the pinned run's", labelpad=2)
        axes.plot([0, END * last], [0, END * last], color=GREY, lw=0.8, ls=(0, (1, 2)), zorder=1)
        axes.set_xticks([0, last / 2, NEVER * last], ["0", f"{last / 2:g}", "never"])
        inside = {"xycoords": "axes fraction", "zorder": 1}
        note(axes, "pinned faster", (0, 0.84), (5, -5), va="top", **inside)
        note(axes, "this run faster", (0.84, 0), (-5, 5), ha="right", **inside)
        heading(axes, "Seed by seed", dy=19)

    def update(self, run: Run, epoch: int, pinned: Run) -> None:
        both = [speed.finish_epochs(each) for each in (run, pinned)]
        pairs = min(map(len, both))
        ours, theirs = (each[:pairs] for each in both)
        self._put(theirs, ours, epoch)
        faster, slower, _ = speed.count_wins(run, pinned)
        self._words.text = f"{faster} of {pairs} faster, {slower} slower"


class SortedSeeds(_Finishers):
    """The finish of every seed, fastest first; a pinned run of another seed beside it in grey."""

    def __init__(self, axes: Axes, run: Run, pinned: Run | None) -> None:
        restarts = run.experiment.restarts
        super().__init__(axes, run.experiment.epochs)
        axes.set_xlim(0, restarts + 1)
        axes.set_xlabel(f"{restarts} networks, fastest first", labelpad=2)
        axes.set_xticks([1, restarts] if restarts > 1 else [1])
        lines_behind(axes)
        heading(axes, "When each finishes", dy=19)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        ours = np.sort(speed.finish_epochs(run))
        self._put(np.arange(1, len(ours) + 1), ours, epoch)
        theirs = np.empty(0) if pinned is None else np.sort(speed.finish_epochs(pinned))
        self._theirs.set_offsets(self._points(np.arange(1, len(theirs) + 1), theirs))
        self._theirs.set_sizes(np.full(len(theirs), 6.0))
        self._words.text = f"{np.isfinite(ours).sum()} of {len(ours)}" + _missing(run, ours)


class RaceScene(Scene):
    """The losses on their way to the finish line, how many are across, and who beats whom."""

    panels = MappingProxyType(
        {
            "losses": Panel((0.105, 0.565, 0.40, 0.285), left=0.9, right=0.6, view=LossFan),
            "across": Panel((0.105, 0.115, 0.40, 0.265), left=0.5, right=0.6, view=ShareAcross),
            "seeds": Panel((0.665, 0.115, 0.31, 0.705), left=0.75, right=0.2, above=0.6),
        }
    )

    def legend(self, run: Run, pinned: Run | None) -> str:
        said = ["shaded: log scale"] if "losses" in self.panels else []
        said += ["hollow dots: later than the epoch shown"] if "seeds" in self.panels else []
        if pinned is not None and {"losses", "across"} & self.panels.keys():
            said.append("dashed: the pinned run")
        return "   ·   ".join(said)

    def seeds(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        axes = figure.add_axes(box)
        if pinned is not None and speed.is_paired(run, pinned):
            return [SeedBySeed(axes, run, pinned)]
        return [SortedSeeds(axes, run, pinned)]

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        paired = pinned if speed.is_paired(run, pinned) else None
        return (*super().frame(run, pinned), paired and paired.experiment.epochs)


def _missing(run: Run, finish: np.ndarray) -> str:
    missing = int(np.isinf(finish).sum())
    return f" · {'never' if run.finished else 'not yet'}: {missing}" if missing else ""


def _to_never(limit: Callable, ticks: Callable, span: Callable, last: int, end=END) -> None:
    """An axis of three round epochs, and beyond them a place for what never got there."""
    limit(0, end * last)
    ticks([0, last / 2, last, NEVER * last], ["0", f"{last / 2:g}", f"{last}", "never"])
    span(GROUND_FROM * last, end * last, fc=GROUND, ec=EDGE, lw=0.8, zorder=0)


def finishes(
    axes: Axes,
    results: Mapping[str, np.ndarray],
    epochs: int,
    before: Mapping[str, np.ndarray] | None = None,
) -> None:
    """A row for every start, the first on top: its seeds pale, their median with its interval.

    results: by name the finish epochs of the seeds, (restarts,), inf for never, which are counted
        beside their dot. A single value is a start without chance in it, and gets no interval.
    epochs: the last one of the race. before: medians of another race to mark with a hollow dot.
    """
    rows = name_rows(axes, list(results))
    for y, (name, finish) in zip(rows, results.items(), strict=True):
        _row(axes, y, np.asarray(finish, float), epochs)
        if before is not None:
            then = min(float(np.median(before[name])), NEVER * epochs)
            axes.plot([then], [y], "o", mfc="white", mec=GREY, ms=5, zorder=2)
    # There is room for a number beside the dots at "never".
    _to_never(axes.set_xlim, axes.set_xticks, axes.axvspan, epochs, end=1.3)


def _row(axes: Axes, y: float, finish: np.ndarray, epochs: int) -> None:
    edge, never = NEVER * epochs, np.isinf(finish).sum()
    middle = min(np.median(finish), edge)
    axes.plot([middle], [y], "o", color=ORANGE if middle >= edge else BLUE, ms=5.5, zorder=4)
    if len(finish) == 1:
        return
    jitter = 0.16 * np.cos(np.arange(len(finish)) * np.pi)  # two rows, so that equal ones show
    axes.plot(np.minimum(finish, edge), y + jitter, "o", color=SOFT_BLUE, ms=2.5, zorder=1)
    low, _, high = np.minimum(median_interval(finish), edge)
    axes.plot([low, high], [y, y], color=BLUE, lw=2, alpha=0.6, zorder=3)
    if never:
        note(axes, f"{never}", (edge, y), (6, 0), color=RUST, va="center")


def by_scale(axes: Axes, factors: Sequence[float], finish: np.ndarray, epochs: int) -> None:
    """Finish epochs (factors, restarts) over the factor on the weights; a thin line is one draw."""
    edge = 1.6 * epochs
    heights, middle = (np.minimum(y, edge) for y in (finish, np.median(finish, axis=1)))
    axes.plot(factors, heights, color=SOFT_BLUE, lw=0.6, zorder=1)
    axes.plot(factors, middle, "o-", color=BLUE, ms=4.5, lw=1.6, zorder=3)
    axes.axhspan(1.25 * epochs, 2 * epochs, fc=GROUND, ec=EDGE, lw=0.8, zorder=0)
    axes.set(xscale="log", yscale="log", xlabel="factor on Glorot's weights")
    wide = epochs > 20 * heights.min()
    ticks = (5, 10, 20, 50, 100, 200, 500) if wide else (10, 15, 20, 30, 40, 60, 80, 100)
    ticks = [t for t in ticks if heights.min() <= t <= epochs]
    axes.set_yticks([*ticks, edge], [*map(str, ticks), "never"])
    axes.set_ylim(0.8 * heights.min(), 2 * epochs)
    axes.minorticks_off()
    lines_behind(axes)
