"""Losses over the learning rates at several widths, the best rate over the width, and what the
first step does at each."""

from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from ..measure.coordinates import Trend, middle
from ..measure.width import Widths
from ..words.numbers import times
from .charts import line_height, lines_behind
from .curves import name_ends
from .scales import Decades
from .scene import Panel, Scene, View
from .style import BLUE, GREY, ORANGE, RUST, SOFT_BLUE, heading

LOSS = Decades(-2, 1)
SIZE = Decades(-4, 2)
NAMES = ("#2b6cb0", "#2b6cb0", "#2b6cb0", "#1f4e80", "#16304d")  # of letters, which are darker
SHADES = ("#6a92c1", "#4a7fb8", "#2b6cb0", "#1f4e80", "#16304d")  # of the narrow, of the wide
THIN, THICK = 0.9, 2.1  # points of their lines


class LossesOverRates(View):
    """A line a width, the restarts' median; a dot at the lowest."""

    def __init__(self, axes: Axes, run: Widths) -> None:
        super().__init__(axes)
        self._x = np.log2(run.rates)
        axes.set_xlim(self._x[0] - 0.3, self._x[-1] + 0.3)
        _rates_along(axes.xaxis, run.rates)
        axes.set_xlabel("learning rate", labelpad=2)
        LOSS.mark(axes, 1, 0.1)
        lines_behind(axes)
        heading(axes, f"Loss after {run.epoch} epochs" if run.epoch > 1 else "Loss after 1 epoch")
        thick = np.linspace(THIN, THICK, len(run.widths))
        look = [{"color": c, "lw": w} for c, w in zip(SHADES, thick, strict=False)]
        self._lines = [self.line(**each) for each in look]
        self._dots = [self.line("o", color=each["color"], ms=5) for each in look]
        self._names = [self.name(dx=4, color=color) for color in NAMES[: len(look)]]

    def update(self, run: Widths, epoch: int, pinned: Widths | None = None) -> None:
        heights, best = LOSS(run.median), np.log2(run.best)
        for line, dot, y, x in zip(self._lines, self._dots, heights, best, strict=True):
            line.set_data(self._x, y)
            dot.set_data([x], [y.min() if np.isfinite(x) else np.nan])
        there = [w for w, y in enumerate(heights) if np.isfinite(y[-1])]
        for label in self._names:
            label.text = ""
        names = [f"width {run.widths[w]}" for w in there]
        low, high = self.axes.get_ylim()
        ends = heights[there, -1]
        labels = [self._names[w] for w in there]
        name_ends(labels, names, self._x[-1] + 0.3, ends, line_height(self.axes), high, low)


class BestRates(View):
    """The best rate of each width by the median loss, and how far the restarts' are apart."""

    def __init__(self, axes: Axes, run: Widths) -> None:
        super().__init__(axes)
        self._x, y = np.log2(run.widths), np.log2(run.rates)
        _widths_along(axes, run.widths)
        axes.set_ylim(y[0] - 0.4, y[-1] + 0.4)
        _rates_along(axes.yaxis, run.rates)
        lines_behind(axes)
        heading(axes, "Best learning rate")
        self._range = self.segments(colors=SOFT_BLUE, linewidths=3)
        self._pinned = self.dashed()
        self._line = self.line("o-", color=BLUE, lw=1.4, ms=5)
        self._names = [self.name(dx=6, color=GREY)]

    def update(self, run: Widths, epoch: int, pinned: Widths | None = None) -> None:
        ranges = zip(self._x, np.log2(run.best_of_each), strict=True)
        self._range.set_segments([np.array([(x, y.min()), (x, y.max())]) for x, y in ranges])
        self._line.set_data(self._x, np.log2(run.best))
        self._pinned.set_data([], [])
        self._names[0].text = ""
        if pinned is not None and pinned.rates == run.rates:
            best = np.log2(pinned.best)
            self._pinned.set_data(self._x, best)
            low, high = self.axes.get_ylim()
            limits = line_height(self.axes), high, low
            name_ends(self._names, ["pinned"], self._x[-1], best[-1:], *limits)


class OverWidths(View):
    """A line a layer, the geometric mean over the restarts; orange what does not stay put.

    changes: draw what the step changes sums by, in place of what they are before it.
    """

    def __init__(self, axes: Axes, run: Widths, changes: bool) -> None:
        super().__init__(axes)
        self._changes = changes
        _widths_along(axes, run.step_widths)
        SIZE.mark(axes, 2, 0.1)
        lines_behind(axes)
        layers = len(run.coordinates.layers)
        self._pinned = [self.dashed(0.9) for _ in range(layers)]
        self._lines = [self.line("o-", lw=1.4, ms=3.5) for _ in range(layers)]
        self._names = [self.name(dx=6, color=BLUE) for _ in range(layers)]
        self._words = self.remark(0, 1, dy=4, color=GREY)

    def update(self, run: Widths, epoch: int, pinned: Widths | None = None) -> None:
        sizes, trends, astray = self._of(run)
        x, heights = np.log2(run.coordinates.widths), SIZE(middle(sizes)).T
        for n, line in enumerate(self._lines):
            line.set_data(x, heights[n])
            line.set_color(ORANGE if n in astray else BLUE)
            self._names[n].color = RUST if n in astray else BLUE
        layers = run.coordinates.layers
        names = [f"{layer}{_factor(each)}" for layer, each in zip(layers, trends, strict=True)]
        (_, right), (low, high) = self.axes.get_xlim(), self.axes.get_ylim()
        ends = np.nan_to_num(heights[:, -1], nan=SIZE.high)
        name_ends(self._names, names, right, ends, line_height(self.axes), high, low)
        for n, line in enumerate(self._pinned):
            line.set_data([], [])
            if pinned is not None:
                then = np.log2(pinned.coordinates.widths)
                line.set_data(then, SIZE(middle(self._of(pinned)[0])).T[n])
        self._words.text = f"at the rate {run.experiment.learning_rate:g}" if self._changes else ""

    def _of(self, run: Widths) -> tuple[np.ndarray, tuple[Trend, ...], list[int]]:
        c, which = run.coordinates, int(self._changes)
        sizes = c.changes[-1] if self._changes else c.starts
        return sizes, (c.start_trends, c.change_trends)[which], c.astray[which]


def _factor(trend: Trend) -> str:
    return f" × {times(trend.factor)}" if np.isfinite(trend.factor) else ""


def starts(axes: Axes, run: Widths) -> OverWidths:
    heading(axes, "Sums before training")
    return OverWidths(axes, run, changes=False)


def changes(axes: Axes, run: Widths) -> OverWidths:
    heading(axes, "Their change in one step")
    return OverWidths(axes, run, changes=True)


def _widths_along(axes: Axes, widths: tuple[int, ...]) -> None:
    x = np.log2(widths)
    axes.set_xlim(x[0] - 0.3, x[-1] + 0.3)
    axes.set_xticks(x, [str(width) for width in widths])
    axes.set_xlabel("width", labelpad=2)


def _rates_along(axis: Any, rates: tuple[float, ...]) -> None:
    """Every second one, as a power of two."""
    powers = np.log2(rates)[::2]
    axis.set_ticks(powers, [f"$2^{{{power:.0f}}}$" for power in powers])
    axis.set_minor_locator(NullLocator())


class WidthScene(Scene):
    """Where the best rate lies at each width, and what the first step does there."""

    size = (8.0, 4.2)
    panels = MappingProxyType(
        {
            "losses": Panel((0.055, 0.585, 0.43, 0.285), view=LossesOverRates),
            "best": Panel((0.655, 0.585, 0.27, 0.285), right=0.6, view=BestRates),
            "starts": Panel((0.055, 0.105, 0.27, 0.285), right=1.3, view=starts),
            "changes": Panel((0.555, 0.105, 0.27, 0.285), right=1.3, view=changes),
        }
    )

    def legend(self, run: Any, pinned: Any) -> str:
        said = ["sums of a layer: rms, and its factor at each doubling of the width"]
        if not {"starts", "changes"} & self.panels.keys():
            said = []
        return "   ·   ".join([*said, *(["dashed: pinned"] if pinned is not None else [])])

    @classmethod
    def frame(cls, run: Any, pinned: Any = None) -> tuple:
        return (*super().frame(run, pinned), run.rates)
