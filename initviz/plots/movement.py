"""How far weights go from their start, and where the units look: lazy, or condensed."""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from ..measure.movement import Course, course, looks
from ..training.run import Run
from ..words.numbers import short
from .charts import bare, line_height, lines_behind, say_nothing_to_see
from .curves import LossCurves, name_ends
from .maps import DecisionMap
from .scales import Decades, Linear
from .scene import Panel, Scene, View
from .style import BLUE, EDGE, GREY, INK, ORANGE, PALE_GREY, SOFT_BLUE, heading, note

MOVED = Decades(-2, 2)


class Looks(View):
    """The units of layer 1 of the best restart, each by where it looks and what it weighs."""

    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes)
        axes.set(xlim=(-1.15, 1.15), ylim=(-1.15, 1.15))
        bare(axes, framed=False)
        axes.add_patch(Circle((0, 0), 1, fc="none", ec=PALE_GREY, lw=0.8))
        axes.plot([0], [0], "+", color=GREY, ms=5)
        heading(axes, "Where the units look")
        ring = {"marker": "o", "ls": "", "mfc": "none", "mew": 0.8, "ms": 4}
        self._start, self._pinned = self.line(mec=EDGE, **ring), self.line(mec=GREY, **ring)
        looks = ((BLUE, "o", 4.5), (ORANGE, "s", 4))  # as a map has the class that they speak for
        self._rays = [self.segments(colors=c, linewidths=0.9, alpha=0.7) for c, *_ in looks]
        self._dots = [self.line(m, color=c, ms=s, mec="white", mew=0.5) for c, m, s in looks]
        self._words = self.remark(1, 0, dy=-8, color=GREY)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        ends, raises = (each[run.best] for each in looks(run.network_at(epoch)))
        for rays, dots, which in zip(self._rays, self._dots, (raises, ~raises), strict=True):
            rays.set_segments([np.array([(0, 0), end]) for end in ends[which]])
            dots.set_data(*ends[which].T)
        self._start.set_data(*looks(run.network_at(0))[0][run.best].T)
        self._pinned.set_data([], [])
        if pinned is not None and pinned.experiment.hidden_layers:
            then = looks(pinned.network_at(min(epoch, pinned.epoch)))[0][pinned.best]
            self._pinned.set_data(*then.T)
        self._words.text = "pale: before training" if epoch else ""


class OverEpochs(View):
    """A line for each restart over the epochs, and their median, which is named at its end.

    measured: which part of a ``Course``. scale: where its values stand. text: how one is written.
    """

    def __init__(
        self,
        axes: Axes,
        run: Run,
        measured: Callable[[Course], np.ndarray],
        scale: Decades | Linear,
        text: Callable[[float], str],
    ) -> None:
        super().__init__(axes)
        self._measured, self._scale, self._text = measured, scale, text
        axes.set(xlim=(0, run.experiment.epochs), ylim=(scale.low, scale.high))
        axes.set_xlabel("epoch", labelpad=2)
        lines_behind(axes)
        self._restarts = self.segments(colors=SOFT_BLUE, linewidths=0.6)
        self._pinned = self.dashed()
        self._median = self.line(color=INK, lw=1.4)
        self._cursor = self.cursor()
        self._names = [self.name(dx=4, color=color) for color in (INK, GREY)]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        low, high = self._scale.low, self._scale.high
        self._cursor.set_data([epoch, epoch], [low, high])
        epochs, heights = self._heights(run)
        self._restarts.set_segments([np.column_stack([epochs, each]) for each in heights.T])
        ends = [self._draw(self._median, run)]
        self._pinned.set_data([], [])
        if pinned is not None and pinned.experiment.hidden_layers:
            ends.append(self._draw(self._pinned, pinned))
        places = np.nan_to_num(self._scale(np.array(ends)), nan=high)
        names = [f"{who}{self._text(end)}" for who, end in zip(("", "pinned "), ends, strict=False)]
        height = line_height(self.axes)
        name_ends(self._names, names, run.experiment.epochs, places, height, high, low)

    def _heights(self, run: Run) -> tuple[np.ndarray, np.ndarray]:
        found = course(run)
        return found.epochs, self._scale(self._measured(found))

    def _draw(self, line: Line2D, run: Run) -> float:
        """The median over the epochs, and what it is in the end."""
        found = course(run)
        median = np.median(self._measured(found), axis=1)
        line.set_data(found.epochs, self._scale(median))
        return float(median[-1])


def moved(axes: Axes, run: Run) -> OverEpochs:
    axes.axhline(0, color=GREY, lw=0.9, ls=(0, (1, 2)))
    view = OverEpochs(axes, run, lambda found: found.distance, MOVED, lambda d: f"{short(d)} ×")
    ticks = range(MOVED.low, MOVED.high + 1)
    axes.set_yticks(ticks, [f"{10.0**power:g} ×" for power in ticks])
    note(axes, "as long as they were", (run.experiment.epochs, 0), (-3, 3), ha="right")
    heading(axes, "How far the weights have moved")
    return view


def directions(axes: Axes, run: Run) -> OverEpochs:
    units = run.experiment.hidden_layers[0]
    scale = Linear(0, 1.05 * units)
    view = OverEpochs(axes, run, lambda found: found.directions, scale, "{:.1f}".format)
    axes.set_yticks(sorted({1, units}))
    heading(axes, "Directions in use")
    return view


class MovementScene(Scene):
    """Where the units of layer 1 look, how far they have come for it, and what came of it."""

    size = (8.0, 4.1)
    panels = MappingProxyType(
        {
            "units": Panel((0.03, 0.515, 0.177, 0.345), left=0.25, right=0.25, square=True),
            "moved": Panel((0.315, 0.6, 0.215, 0.26), left=0.6, right=0.6),
            "directions": Panel((0.69, 0.6, 0.2, 0.26), left=0.45, right=0.6),
            "decision": Panel(
                (0.03, 0.075, 0.18, 0.275), left=0.25, right=0.25, square=True, view=DecisionMap
            ),
            "losses": Panel((0.315, 0.115, 0.48, 0.26), left=0.6, right=1.05, view=LossCurves),
        }
    )

    def legend(self, run: Run, pinned: Run | None) -> str:
        said = ["blue: for class 1", "orange: for class 0"] if "units" in self.panels else []
        if pinned is not None:
            said.append("dashed lines, hollow dots: the pinned run")
        return "   ·   ".join(said)

    def units(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        return self._of_layer_1(figure, box, run, Looks)

    def moved(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        return self._of_layer_1(figure, box, run, moved)

    def directions(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        return self._of_layer_1(figure, box, run, directions)

    def _of_layer_1(self, figure: Figure, box: tuple, run: Run, view: Callable) -> list:
        axes = figure.add_axes(box)
        if not run.experiment.hidden_layers:
            say_nothing_to_see(axes)
            return []
        return [view(axes, run)]

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        return (*super().frame(run, pinned), run.experiment.hidden_layers)
