"""Many restarts of one experiment: the ways they go, where they end, what trying again gives."""

from types import MappingProxyType

import numpy as np
from contourpy import contour_generator
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from ..measure.intervals import proportion_interval
from ..measure.landscape import best_of, groups_of, levels, on_levels, solved, typical_stuck
from ..measure.layers import bin_counts
from ..measure.speed import median_over_restarts
from ..networks.network import forward
from ..training.run import WELL, Run, guessing_loss
from ..words.numbers import short
from .charts import axis_size, lines_behind
from .curves import ways
from .fast import Label
from .maps import OutputMap, on_the_plane
from .scene import Panel, Scene, View
from .style import BLUE, GREY, INK, ORANGE, RUST, SOFT_BLUE, THIN, heading, note

BINS = 48  # so many that no two levels of XOR share one
TRIES = (1, 2, 4, 8, 16)
FLOOR = "#eef4fa"  # under a quarter of guessing: solved


def _loss_axis(axes: Axes, run: Run) -> float:
    """The vertical axis of ``Ways`` and of ``Ends``, its plateaus marked; where it ends."""
    guess = axis_size(guessing_loss(run))
    top = 1.6 * guess
    axes.set_ylim(-top / BINS, top)
    axes.axhspan(-top / BINS, WELL * guess, fc=FLOOR, ec=GREY, lw=0.7, zorder=0)
    named = levels(run) or {short(guess): guess}
    axes.set_yticks([0, *named.values(), top], ["0", *named, f"{short(top)}+"])
    for value in {guess, *levels(run).values()}:
        axes.axhline(value, color=GREY, lw=0.7, ls=(0, (1, 2)), zorder=1)
    return top


class Ways(View):
    """The loss of every restart over the epochs, coloured by whether it ends solved."""

    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes)
        self._top = _loss_axis(axes, run)
        guess = axis_size(guessing_loss(run))
        axes.set_xlim(0, run.experiment.epochs)
        axes.set_xlabel("epoch", labelpad=2)
        note(axes, "solved", (0, WELL * guess), (3, -3), va="top")
        end = (run.experiment.epochs, guess)
        note(axes, "guessing", end, (-3, 4), ha="right")
        restarts = run.experiment.restarts
        heading(axes, "Loss" if restarts == 1 else f"Loss of {restarts} restarts")
        # Many thin lines need no smoothing; without it they are drawn faster, and saved smaller.
        self._ways = self.segments(linewidths=0.6, antialiaseds=False)
        self._pinned, self._cursor = self.dashed(), self.cursor()

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        order = np.argsort(~solved(run), kind="stable")  # the stuck ones on top
        self._ways.set_segments(ways(np.minimum(run.losses, self._top)[:, order]))
        self._ways.set_color(np.where(solved(run)[order], SOFT_BLUE, ORANGE).tolist())
        self._cursor.set_data([epoch, epoch], [0, self._top])
        self._pinned.set_data([], [])
        if pinned is not None:
            median = median_over_restarts(pinned.losses[: run.experiment.epochs + 1])
            self._pinned.set_data(np.arange(len(median)), np.minimum(median, self._top))


class Ends(View):
    """How many restarts have which loss at the epoch shown, beside the losses' own axis."""

    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes)
        self._top = _loss_axis(axes, run)
        edges = (np.arange(BINS + 1) - 0.5) * self._top / BINS
        axes.set_xlim(0, 1.9 * run.experiment.restarts)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        heading(axes, "Where they are")
        self._solved, self._others, self._pinned = (
            self.live(axes.stairs(np.zeros(BINS), edges, orientation="horizontal", **look))
            for look in ({"fill": True, "color": BLUE}, {"fill": True, "color": ORANGE}, THIN)
        )
        self._labels = [self.name(dx=4, color=INK) for _ in range(1 + max(1, len(levels(run))))]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        done, losses, top = solved(run, epoch), run.losses[epoch], self._top
        right, wrong = self._counts(losses[done]), self._counts(losses[~done])
        self._solved.set_data(right)
        self._others.set_data(wrong)
        then = np.zeros(BINS)
        if pinned is not None:
            before = pinned.losses[min(epoch, pinned.epoch)]
            then = self._counts(before) * (len(losses) / len(before))
        self._pinned.set_data(then)
        # What stands at the end of which bar: words, its height, its length.
        names = [(f"{done.sum()} solved", top / 16, right.max())]
        found = on_levels(run, epoch)
        for name, level in levels(run).items():
            bar = wrong[min(int(level / top * BINS + 0.5), BINS - 1)]
            names.append((f"{found[name]} at {name}" if found[name] else "", level, bar))
        if not levels(run) and not done.all():
            middle = np.nan_to_num(np.median(losses[~done]), nan=top)
            names.append((f"{(~done).sum()} not", min(middle, 0.95 * top), wrong.max()))
        self._labels[-1].text = ""
        for label, (text, y, x) in zip(self._labels, names, strict=False):
            label.text, label.y, label.x = text, y, x

    def _counts(self, losses: np.ndarray) -> np.ndarray:
        """Restarts in each bin; levels lie in the middle of theirs. What is lost goes on top."""
        half = self._top / BINS / 2
        return bin_counts(np.nan_to_num(losses, nan=np.inf), -half, self._top - half, BINS)


class Law(View):
    """The chance that the best of k restarts solves it: the law, and groups of k as measured."""

    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes)
        self._k = np.geomspace(1, TRIES[-1], 61)
        self._tries = [k for k in TRIES if k <= run.experiment.restarts]
        law_axes(axes)
        self._pinned = self.dashed()
        self._line = self.line(color=INK, lw=1.2)
        self._whiskers = self.segments(colors=[to_rgba(BLUE, 0.45)], linewidths=2)
        self._dots = self.line("o", color=BLUE, ms=4.5, clip_on=False)
        self._share = self.remark(0, 1, dy=23, color=BLUE, size=18)
        beside = {"x": 0, "y": 1, "dx": 58}
        self._meaning = self.live(Label(axes, INK, axes.transAxes, dy=29, **beside))
        self._interval = self.live(Label(axes, GREY, axes.transAxes, dy=17, **beside))
        self._name = self.name(dx=5, x=TRIES[-1], color=GREY)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        done = solved(run, epoch)
        groups = [proportion_interval(groups_of(done, k)) for k in self._tries]
        chance = groups[0]
        self._line.set_data(self._k, best_of(chance.value, self._k))
        low, value, high = np.transpose([tuple(group) for group in groups])
        ends = np.stack([[self._tries, low], [self._tries, high]])
        self._whiskers.set_segments(list(ends.transpose(2, 0, 1)))
        self._dots.set_data(self._tries, value)
        self._share.text = f"{chance.value:.0%}"
        self._share.color = BLUE if done.any() else RUST
        solve = "solves" if done.sum() == 1 else "solve"
        self._meaning.text = f"p: {done.sum()} of {len(done)} {solve} it"
        self._interval.text = f"95% sure: {chance.low:.0%} to {chance.high:.0%}"
        self._pinned.set_data([], [])
        self._name.text = ""
        if pinned is not None:
            p = solved(pinned, min(epoch, pinned.epoch)).mean()
            self._pinned.set_data(self._k, best_of(p, self._k))
            self._name.text, self._name.y = f"pinned {p:.0%}", float(best_of(p, TRIES[-1]))


def law_axes(axes: Axes) -> None:
    axes.set_xscale("log", base=2)
    axes.set(xlim=(0.93, TRIES[-1] * 1.08), ylim=(0, 1.03))
    axes.set_xticks(TRIES, [str(k) for k in TRIES])
    axes.set_yticks([0, 0.5, 1], ["0%", "50%", "100%"])
    axes.minorticks_off()
    axes.set_xlabel("k restarts, the best is taken", labelpad=2)
    lines_behind(axes)


class OneRestart(OutputMap):
    """What one restart answers all over the plane; where the samples are few, each in numbers.

    choose(run): which restart, or None where there is none to show. The dashed line is where
    the pinned run's says 1/2.
    """

    def __init__(self, axes: Axes, run: Run, title: str, choose) -> None:
        self._choose, X = choose, on_the_plane(run)
        few = len(X) <= 10
        reach = (0.8 if few else 0.55) * np.ptp(X) or 1.0
        super().__init__(axes, run, reach, 48, dot=6 if few else 3)
        heading(axes, title, dy=5)
        self._pinned = LineCollection([], colors=GREY, linewidths=1.2, linestyles=[(0, (2, 1.5))])
        axes.add_collection(self._pinned, autolim=False)
        self.artists.insert(1, self._pinned)
        look = {"dx": -8, "dy": 10, "color": INK}
        self._numbers = [self.name(x=x, y=y, **look) for x, y in X] if few else []

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        self.show(run, epoch, self._choose(run))
        self._pinned.set_segments([])
        if pinned is not None and (other := self._choose(pinned)) is not None:
            then = self._over_the_plane(pinned, min(epoch, pinned.epoch), other)
            half = contour_generator(self._xs, self._ys, then).lines(0.5)
            self._pinned.set_segments([np.asarray(line) for line in half])

    def show(self, run: Run, epoch: int, restart: int | None) -> None:
        if restart is None:
            self._map.colours = np.full((1, 1, 4), 255, np.uint8)
            self._words.text = "none fails"
            for number in self._numbers:
                number.text = ""
            return
        self._colour(run, epoch, restart)
        loss = run.losses[epoch, restart]
        self._words.text = f"loss {loss:.3f}" if loss >= 0.001 else f"loss {short(loss)}"
        if self._numbers:
            outputs = forward(run.network_at(epoch).restart(restart), run.dataset.X)[-1][0, 0]
            for number, output in zip(self._numbers, outputs, strict=True):
                number.text = f"{output:.2f}"


class RestartsScene(Scene):
    """The ways of all restarts, where they end, what the best of k is worth, and two of them."""

    panels = MappingProxyType(
        {
            "ways": Panel((0.06, 0.115, 0.275, 0.73), left=0.5, right=0.2, view=Ways),
            "ends": Panel((0.39, 0.115, 0.15, 0.73), left=0.4, right=0.2, view=Ends),
            "best_of": Panel(
                (0.625, 0.555, 0.275, 0.245), left=0.55, right=0.75, above=0.7, view=Law
            ),
            "best": Panel(
                (0.615, 0.06, 0.16, 0.285),
                left=0.25,
                right=0.25,
                square=True,
                view=lambda axes, run: OneRestart(axes, run, "The best one", lambda run: run.best),
            ),
            "failing": Panel(
                (0.82, 0.06, 0.16, 0.285),
                left=0.25,
                right=0.25,
                square=True,
                view=lambda axes, run: OneRestart(axes, run, "One that fails", typical_stuck),
            ),
        }
    )

    def legend(self, run: Run, pinned: Run | None) -> str:
        said = []
        if {"ways", "ends"} & self.panels.keys():
            said.append("orange: not solved")
        if "best_of" in self.panels:
            said.append("line: 1 − (1 − p)ᵏ, dots: groups of k")
        if pinned is not None:
            marks = {"outline": {"ends"}, "dashed": self.panels.keys() - {"ends"}}
            there = [mark for mark, names in marks.items() if names & self.panels.keys()]
            said.append(f"{' and '.join(there)}: the pinned run")
        return "   ·   ".join(said)

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        """Few other settings shape what stays: the axes and the plateaus are the data's."""
        kept = run.experiment.epochs, run.experiment.restarts, run.dataset, run.loss_name
        return *kept, pinned is None
