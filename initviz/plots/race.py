"""Who gets there first: epochs to a finish line, start against start and seed against seed."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..measure import speed
from ..measure.intervals import median_interval
from ..measure.standards import WELL
from ..training.run import Run, guessing_loss
from ..words.numbers import power_of_ten, short
from .axes import axis_size, cursor, dashed, lines_behind, name_rows
from .curves import Fan, pair_apart
from .fast import Label
from .scales import Knee
from .scene import Scene
from .style import BLUE, GREY, GROUND, INK, ORANGE, PALE_BLUE, PALE_GREY, heading, note

# On an axis whose last epoch is at 1: where "never" stands, the ground it stands on, the end.
NEVER, GROUND_FROM, END = 1.16, 1.08, 1.24


class RaceScene(Scene):
    """The losses on their way to the finish line, how many are across, and who beats whom."""

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        seeds = figure.add_axes((0.655, 0.105, 0.325, 0.773))
        paired = pinned if speed.is_paired(run, pinned) else None
        self.views = [
            LossFan(figure.add_axes((0.095, 0.545, 0.41, 0.345)), run),
            ShareAcross(figure.add_axes((0.095, 0.105, 0.41, 0.275)), run),
            SeedBySeed(seeds, run, paired) if paired else SortedSeeds(seeds, run, pinned),
        ]

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        paired = pinned if speed.is_paired(run, pinned) else None
        return (*super().frame(run, pinned), paired and paired.experiment.epochs)


class LossFan:
    """The median loss and the middle half of the restarts; the finish line is on the axis."""

    def __init__(self, axes: Axes, run: Run) -> None:
        guess = axis_size(guessing_loss(run))
        self._knee = Knee(1.2 * guess, share=0.05)
        axes.set(xlim=(0, run.experiment.epochs), ylim=(0, self._knee.high))
        ticks = {
            0: "0",
            WELL * guess: f"finish {short(WELL * guess)}",
            guess: f"guessing {short(guess)}",
            self._knee.last: power_of_ten(round(np.log10(self._knee.last))),
        }
        heights = self._knee(np.array(list(ticks)))
        axes.set_yticks(heights, list(ticks.values()))
        self._knee.mark(axes, 0.99, "right")
        axes.axhline(heights[2], color=GREY, lw=0.8, ls=(0, (1, 2)))
        heading(axes, f"Loss: median and middle half of {run.experiment.restarts}")
        theirs, ours = Fan(axes, [PALE_GREY]), Fan(axes, [PALE_BLUE])
        finish = axes.axhline(heights[1], color=INK, lw=1.0)  # moves not, but lies on the bands
        self._pinned = dashed(axes, 1.4)
        (self._median,) = axes.plot([], [], color=BLUE, lw=1.8)
        self._cursor = cursor(axes)
        self._labels = [Label(axes, dx=5, color=color) for color in (BLUE, GREY)]
        self._fans = {self._pinned: theirs, self._median: ours}
        lines = [finish, self._pinned, self._median, self._cursor]
        self.artists = [*theirs.bands, *ours.bands, *lines, *self._labels]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        epochs = run.experiment.epochs
        self._draw(self._median, run.losses)
        self._draw(self._pinned, run.losses[:0] if pinned is None else pinned.losses[: epochs + 1])
        self._cursor.set_data([epoch, epoch], [0, self._knee.high])
        _name_ends(self._labels, self._median, self._pinned, self._knee.high, epochs)

    def _draw(self, line: Line2D, losses: np.ndarray) -> None:
        low, middle, high = (self._knee(curve) for curve in speed.quartiles(losses))
        x = np.arange(len(losses))
        line.set_data(x, middle)
        self._fans[line].draw(x, [(low, high)])


class ShareAcross:
    """The share of restarts that have crossed the finish line, by epoch."""

    def __init__(self, axes: Axes, run: Run) -> None:
        axes.set(xlim=(0, run.experiment.epochs), ylim=(0, 1.04))
        axes.set_yticks([0, 0.5, 1], ["0%", "50%", "100%"])
        axes.set_xlabel("epoch", labelpad=2)
        lines_behind(axes)
        heading(axes, "Share across the finish line")
        self._pinned = dashed(axes, 1.4)
        (self._share,) = axes.plot([], [], color=BLUE, lw=1.8)
        (self._half,) = axes.plot([], [], "o", color=BLUE, ms=5)
        self._when = Label(axes, y=0.5, dx=7, dy=-7, color=BLUE)
        self._cursor = cursor(axes)
        self._labels = [Label(axes, dx=5, color=color) for color in (BLUE, GREY)]
        lines = [self._pinned, self._share, self._half]
        self.artists = [*lines, self._when, self._cursor, *self._labels]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        epochs = run.experiment.epochs
        self._draw(self._share, run, run.epoch)
        self._pinned.set_data([], [])
        if pinned is not None:
            self._draw(self._pinned, pinned, min(pinned.epoch, epochs))
        self._cursor.set_data([epoch, epoch], [0, 1.04])
        half = float(speed.median_over_restarts(speed.finish_epochs(run)))
        self._half.set_data([half], [0.5])
        self._when.x, self._when.text = half, f"median {half:g}" if np.isfinite(half) else ""
        _name_ends(self._labels, self._share, self._pinned, 1.04, epochs)

    def _draw(self, line: Line2D, run: Run, last: int) -> None:
        """A staircase that rises where a restart crosses the line."""
        x, share = np.arange(last + 1), speed.share_across(run, last)
        line.set_data(np.repeat(x, 2)[1:], np.repeat(share, 2)[:-1])


class _Finishers:
    """Axes with a dot for every seed. A dot at the edge has not got there; no dot is dropped."""

    def __init__(self, axes: Axes, run: Run, epochs: int) -> None:
        """epochs: the last one on the axis."""
        self._last = epochs
        axes.set_ylim(0, END * epochs)
        axes.set_yticks(*edge_ticks(epochs))
        axes.set_ylabel("epoch at the finish line", labelpad=0)
        axes.axhspan(GROUND_FROM * epochs, END * epochs, color=GROUND, lw=0, zorder=0)
        self._theirs = axes.scatter([], [], s=[], color=GREY, clip_on=False, zorder=3)
        self._ours = axes.scatter([], [], s=[], lw=0.4, edgecolors="white", clip_on=False, zorder=4)
        self._words = Label(axes, 0, 1, dy=7, color=GREY, transform=axes.transAxes)
        self.artists = [self._theirs, self._ours, self._words]

    def _height(self, finish: np.ndarray) -> np.ndarray:
        return np.minimum(finish, NEVER * self._last)

    def _put(self, scatter, x: np.ndarray, y: np.ndarray, epoch: float) -> None:
        """Blue where the finish is behind us at ``epoch``, pale before, orange at the edge."""
        points, counts = np.unique(np.column_stack([x, y]), axis=0, return_counts=True)
        scatter.set_offsets(points)
        scatter.set_sizes(20 * counts**0.7)  # seeds on the same spot make a larger one
        waiting = np.where(points[:, 1] > epoch, PALE_BLUE, BLUE)
        scatter.set_facecolors(np.where(points[:, 1] > self._last, ORANGE, waiting))


class SeedBySeed(_Finishers):
    """This run's finish over the pinned one's, a dot for every seed that both have drawn from."""

    def __init__(self, axes: Axes, run: Run, pinned: Run) -> None:
        last = max(run.experiment.epochs, pinned.experiment.epochs)
        super().__init__(axes, run, last)
        axes.set_xlim(0, END * last)
        axes.set_xticks(*edge_ticks(last))
        axes.set_xlabel("the pinned run's, on the same seed", labelpad=2)
        axes.axvspan(GROUND_FROM * last, END * last, color=GROUND, lw=0, zorder=0)
        axes.plot([0, END * last], [0, END * last], color=GREY, lw=0.8, ls=(0, (1, 2)), zorder=1)
        for x, y, side, words in (
            (0.03, 0.8, "left", "above: pinned was faster"),
            (0.86, 0.03, "right", "below: this run is faster"),
        ):
            axes.text(x, y, words, color=GREY, fontsize=7.5, ha=side, transform=axes.transAxes)
        heading(axes, "Seed by seed against the pinned run", dy=16)

    def update(self, run: Run, epoch: int, pinned: Run) -> None:
        ours, theirs = (self._height(speed.finish_epochs(each)) for each in (run, pinned))
        pairs = min(len(ours), len(theirs))
        self._put(self._ours, theirs[:pairs], ours[:pairs], epoch)
        faster, slower, _ = speed.count_wins(run, pinned)
        words = f"this run faster on {faster} of {pairs}, slower on {slower}"
        self._words.text = words + _missing(run, speed.finish_epochs(run)[:pairs])


class SortedSeeds(_Finishers):
    """The finish of every seed, fastest first; a pinned run of another seed beside it in grey."""

    def __init__(self, axes: Axes, run: Run, pinned: Run | None) -> None:
        restarts = run.experiment.restarts
        super().__init__(axes, run, run.experiment.epochs)
        axes.set_xlim(0, restarts + 1)
        axes.set_xlabel(f"the {restarts} networks, fastest first", labelpad=2)
        axes.set_xticks([1, restarts] if restarts > 1 else [1])
        lines_behind(axes)
        heading(axes, "When each network finishes", dy=16)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        ours = np.sort(speed.finish_epochs(run))
        self._put(self._ours, np.arange(1, len(ours) + 1), self._height(ours), epoch)
        theirs = np.empty(0) if pinned is None else np.sort(speed.finish_epochs(pinned))
        grey = np.column_stack([np.arange(1, len(theirs) + 1), self._height(theirs)])
        self._theirs.set_offsets(grey)
        self._theirs.set_sizes(np.full(len(theirs), 6.0))
        self._words.text = f"{np.isfinite(ours).sum()} of {len(ours)}" + _missing(run, ours)


def _missing(run: Run, finish: np.ndarray) -> str:
    missing = int(np.isinf(finish).sum())
    return f" · {'never' if run.finished else 'not yet'}: {missing}" if missing else ""


def edge_ticks(epochs: int) -> tuple[list[float], list[str]]:
    """Three round epochs, and beyond them a place for what never got there."""
    return [0, epochs / 2, epochs, NEVER * epochs], ["0", f"{epochs / 2:g}", f"{epochs}", "never"]


def _name_ends(
    labels: Sequence[Label], ours: Line2D, theirs: Line2D, top: float, epochs: int
) -> None:
    """Name the run's line and the pinned one's at the right edge, where there are two."""
    labels[0].text = labels[1].text = ""
    drawn = [np.asarray(line.get_ydata()) for line in (ours, theirs)]
    if len(drawn[1]):
        heights = pair_apart([y[-1] for y in drawn], top / 9, 0, top)
        for label, text, y in zip(labels, ("this run", "pinned"), heights, strict=True):
            label.x, label.y, label.text = epochs, y, text


# Still pictures for the notebook.


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
    axes.set_xlim(0, 1.3 * epochs)  # room for a number beside the dots at "never"
    axes.set_xticks(*edge_ticks(epochs))
    axes.axvspan(GROUND_FROM * epochs, 1.3 * epochs, color=GROUND, lw=0, zorder=0)


def _row(axes: Axes, y: float, finish: np.ndarray, epochs: int) -> None:
    never = int(np.isinf(finish).sum())
    edge = NEVER * epochs
    if len(finish) > 1:
        jitter = 0.16 * np.cos(np.arange(len(finish)) * np.pi)  # two rows, so that equal ones show
        axes.plot(np.minimum(finish, edge), y + jitter, "o", color=PALE_BLUE, ms=2.5, zorder=1)
        low, middle, high = np.minimum(median_interval(finish), edge)
        axes.plot([low, high], [y, y], color=BLUE, lw=2, alpha=0.6, zorder=3)
    else:
        middle = min(finish[0], edge)
    axes.plot([middle], [y], "o", color=ORANGE if middle >= edge else BLUE, ms=5.5, zorder=4)
    if never and len(finish) > 1:
        note(axes, f"{never}", (edge, y), (6, 0), color=ORANGE, fontsize=8, va="center")


def by_scale(axes: Axes, factors: Sequence[float], finish: np.ndarray, epochs: int) -> None:
    """Finish epochs over the factor on the weights; a thin line is one draw, made larger.

    finish: (factors, restarts). epochs: the last one; "never" stands above it.
    """
    edge = 1.6 * epochs
    heights = np.minimum(finish, edge)
    axes.plot(factors, heights, color=PALE_BLUE, lw=0.7, zorder=1)
    middle = np.minimum(np.median(finish, axis=1), edge)
    axes.plot(factors, middle, "o-", color=BLUE, ms=4.5, lw=1.6, zorder=3)
    axes.axhspan(1.25 * epochs, 2 * epochs, color=GROUND, lw=0, zorder=0)
    axes.set(xscale="log", yscale="log", xlabel="factor on Glorot's weights")
    wide = epochs > 20 * heights.min()
    ticks = (5, 10, 20, 50, 100, 200, 500) if wide else (10, 15, 20, 30, 40, 60, 80, 100)
    ticks = [t for t in ticks if heights.min() <= t <= epochs]
    axes.set_yticks([*ticks, edge], [*map(str, ticks), "never"])
    axes.set_ylim(0.8 * heights.min(), 2 * epochs)
    axes.minorticks_off()
    lines_behind(axes)
