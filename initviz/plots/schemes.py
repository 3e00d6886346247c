"""How large a scheme's weights are, and what becomes of signal and gradient on their ways."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes

from ..measure.formulas import formulas_in_lecun, weights_in_lecun
from ..measure.layers import backward_by_layer, factor_per_layer, most_of_restarts, signal_by_layer
from ..measure.standards import FAIR
from ..training.run import Run
from ..words.numbers import times
from .by_layer import ByLayer
from .charts import line_height, name_rows
from .curves import LossCurves, end_of, name_ends
from .scales import Decades, Knee, ten_to
from .scene import Panel, Scene, named_moments, start_against
from .style import BLUE, GREY, INK, PALE_BLUE, PALE_GREY, RUST, SOFT_BLUE, heading, note

DASHES = {"He": "-", "Glorot": (0, (5, 2)), "LeCun": (0, (1, 1.5))}
STROKES = {"He": "—", "Glorot": "– –", "LeCun": "···"}  # the same, as text beside the names


# In the explorer's picture dots are before training; thin are the same networks at the epoch shown,
# or the pinned ones before training.
START = {"compared": start_against, "dot": 4.5, "beyond": "D", "most": 8}


class WeightsByLayer(ByLayer):
    """The weights' standard deviation against what Glorot, He and LeCun ask for, in units of
    LeCun's 1 / sqrt(fan_in), so that layers of different width can be compared."""

    def __init__(self, axes: Axes, run: Run) -> None:
        layers, scale = len(run.experiment.hidden_layers) + 1, Knee(2.0, share=0.15)
        look = {"output": True, "joined": False, **START}
        super().__init__(axes, layers, weights_in_lecun, scale, **look)
        self._thin.set(ls="", marker="o", ms=7, mfc="none", mew=0.9, clip_on=False)
        axes.set_xlabel("layer", labelpad=2)
        heading(axes, "How large the weights are")
        axes.set_ylabel("std of w · √fan_in", labelpad=1)
        axes.set_ylim(-0.06, scale.high + 0.08)  # rings reach over the end
        axes.set_yticks(scale(np.array([0, 1, 2, 1e4])), ["0", "1", "2", ten_to(4)])
        scale.mark(axes)
        look = {"color": GREY, "lw": 1.1, "drawstyle": "steps-mid", "behind": True}
        self._lines = {name: self.line(ls=dashes, **look) for name, dashes in DASHES.items()}
        self._labels = [self.name(dx=4, color=c) for c in (*[GREY] * len(DASHES), BLUE, INK)]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        super().update(run, epoch, pinned)
        top = self._scale.high
        edges = [0.5, *self._x, self._x[-1] + 0.5]
        lines = {name: self._scale(sizes) for name, sizes in formulas_in_lecun(run).items()}
        for name, heights in lines.items():
            self._lines[name].set_data(edges, [heights[0], *heights, heights[-1]])
        ends = np.array([heights[-1] for heights in lines.values()])
        names = [f"{STROKES[name]} {name}" for name in lines]
        # What dots and rings are, beside those of the last layer.
        shown, thin = self._compared(run, epoch, pinned)
        moments = named_moments(shown, thin, pinned)
        for mark, name, line in zip("●○", moments, (self._median, self._thin), strict=True):
            names.append(f"{mark} {name}".replace("\n", " ") if name else "")
            ends = np.append(ends, end_of(line))
        name_ends(self._labels, names, edges[-1], ends, line_height(self.axes), top)


class OneWay(ByLayer):
    """A size on its way through the hidden layers. begin: the layer where that starts, 0 or -1."""

    def __init__(
        self, axes: Axes, run: Run, measure: Callable, *, begin: int, title: str, unit: str
    ) -> None:
        layers, scale = len(run.experiment.hidden_layers), Decades(-4, 1)
        super().__init__(axes, layers, measure, scale, named=True, **START)
        self._origin = begin
        axes.set_xlabel("layer", labelpad=2)
        axes.set_ylabel(unit, labelpad=1)
        heading(axes, title)
        axes.set_ylim(scale.low - 0.15, scale.high + 0.15)
        names = [ten_to(-4), ten_to(-3), "0.01", "0.1", "1", "10"]
        axes.set_yticks(range(-4, 2), names)
        self._level = self.line(color=GREY, lw=0.9, ls=(0, (2, 2)), behind=True)
        self._ending.append(self._level)
        self._factor = self.remark(1, 1, dy=6, color=INK)

    def _draw(self, values: np.ndarray, thin: np.ndarray | None) -> None:
        super()._draw(values, thin)
        if not len(self._x):
            return
        level = np.asarray(self._median.get_ydata())[self._origin]
        self._level.set_data([0.5, self._x[-1] + 0.5], [level, level])
        factor = factor_per_layer(values[:: -1 if self._origin else 1])
        fair, arrow = 1 / FAIR <= factor <= FAIR, "←" if self._origin else "→"
        what = "" if fair else ": it fades" if factor < 1 else ": it grows"
        said = f"× {times(factor)} a layer {arrow}{what}"
        self._factor.text = said if np.isfinite(factor) else ""
        self._factor.color = INK if fair else RUST

    def _name_lines(self, names: Sequence[str]) -> None:
        super()._name_lines([*names, "constant"])


FORWARD = {"begin": 0, "title": "Forward: the signal", "unit": "rms of a"}
SignalByLayer = partial(OneWay, measure=signal_by_layer, **FORWARD)
BACK = {"begin": -1, "title": "Backward: the gradient", "unit": "rms of ∂loss/∂z"}
BackwardByLayer = partial(OneWay, measure=backward_by_layer, **BACK)


class SchemesScene(Scene):
    """The weights and the losses on the left, the two ways through the layers on the right."""

    panels: ClassVar = {
        "weights": Panel((0.07, 0.585, 0.285, 0.285), left=0.56, right=1.15, view=WeightsByLayer),
        "losses": Panel((0.07, 0.11, 0.285, 0.285), left=0.56, view=LossCurves),
        "signal": Panel((0.575, 0.585, 0.335, 0.285), left=0.56, right=0.75, view=SignalByLayer),
        "backward": Panel((0.575, 0.11, 0.335, 0.285), left=0.56, right=0.75, view=BackwardByLayer),
    }


def two_ways(axes: Axes, factors: Mapping[str, tuple[float, float]], title: str) -> None:
    """Of every rule (factor forward, factor backward) on the rms of a layer; 1 keeps the size."""
    axes.axvline(1, color=GREY, lw=0.9, ls=(0, (2, 2)))
    for y, (onward, back) in enumerate(list(factors.values())[::-1]):
        axes.plot([onward, back], [y, y], color=PALE_GREY, lw=2, zorder=0)
        axes.plot(back, y, "o", ms=9, mfc="none", mec=INK, mew=1.1)
        axes.plot(onward, y, "o", ms=5, color=BLUE)
    first = next(iter(factors.values()))
    if max(first) > 1.2 * min(first):  # room for names
        for x, name, color in zip(first, ("forward", "back"), (BLUE, INK), strict=True):
            note(axes, name, (x, len(factors) - 1), (0, 6), color=color, ha="center", va="bottom")
    axes.set_xscale("log", base=2)
    axes.set_xlim(2**-1.3, 2**1.3)
    axes.set_xticks([0.5, 1, 2], ["× 0.5", "× 1", "× 2"])
    name_rows(axes, list(factors))
    axes.set_ylim(-0.6, len(factors) - 0.2)
    axes.grid(visible=False)
    heading(axes, title, dy=6)


def by_layer(axes: Axes, values: np.ndarray, name: str = "", at_layer: int = -1) -> None:
    """The restarts' median by layer, and the range that holds 95 % of them. (layers, restarts).

    name: written beside the line's last point, or its first (``at_layer=1``).
    """
    layers = np.arange(1, len(values) + 1)
    low, middle, high = most_of_restarts(values)
    axes.fill_between(layers, low, high, fc=PALE_BLUE, ec=SOFT_BLUE, lw=0.7)
    axes.plot(layers, middle, color=BLUE, lw=1.6)
    x, y, side = (1, middle[0], -4) if at_layer == 1 else (layers[-1], middle[-1], 4)
    note(axes, name, (x, y), (side, 0), color=BLUE, va="center", ha="left" if side > 0 else "right")
    axes.set(xlim=(0, layers[-1]), xlabel="layer")
    axes.grid(axis="y")
