"""A quantity by layer: the restarts' median as a dot, their range as a bar, thin what it was."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from ..measure.layers import gradient_by_layer, range_of_restarts
from ..training.run import Run
from ..words.numbers import short
from .axes import lines_behind, say_nothing_to_see
from .fast import Label
from .scales import Decades, Knee, Linear
from .scene import against_start
from .style import BLUE, INK, ORANGE, PALE_BLUE, corner, heading

SIDES = (9, -9, 13, -13, 18, -18)  # points above or below a dot where its number may stand
LETTER, LINE = 4.6, 8  # points: width of a letter of a number, and the height that it needs


class ByLayer:
    """One row of values a layer. A median at an end of the scale lies beyond it, and is orange.

    measure(run, epoch): what is drawn, (layers, restarts); layers: how many. output: whether the
        last is the output layer, which a pinned run of another depth has at another place.
    compared(run, epoch, pinned): the moments of dots and thin line, as in ``scene``.
    bar, dot: widths in points. joined: whether the dots are. beyond: the mark at an end.
    numbers: layer → (side, points) of the number beside its dot.
    """

    def __init__(
        self,
        axes: Axes,
        layers: int,
        measure: Callable[[Run, int], np.ndarray],
        scale: Decades | Knee | Linear,
        *,
        output: bool = False,
        compared: Callable = against_start,
        bar: float = 5,
        dot: float = 5,
        joined: bool = True,
        beyond: str = "v",
        numbers: Mapping[int, tuple[str, float]] | None = None,
    ) -> None:
        self._axes, self._x = axes, np.arange(1, layers + 1)
        self._measure, self._scale, self._compared = measure, scale, compared
        self._output = output
        axes.set_xlim(0.5, max(layers, 1) + 0.5)
        lines_behind(axes)
        if not layers:
            say_nothing_to_see(axes)
        self._range = LineCollection([], colors=PALE_BLUE, linewidths=bar)
        axes.add_collection(self._range, autolim=False)
        (self._thin,) = axes.plot([], [], color=INK, lw=0.9, alpha=0.75)
        dots = {"marker": "o", "ls": "-" if joined else "", "ms": dot, "clip_on": False}
        (self._median,) = axes.plot([], [], color=BLUE, lw=1.4, **dots)
        size = dot + (beyond == "v")  # a triangle looks smaller than a dot
        (self._beyond,) = axes.plot([], [], beyond, color=ORANGE, ms=size, clip_on=False)
        self._numbers = {
            layer: Label(axes, ha=side, dx=dx, color=BLUE)
            for layer, (side, dx) in (numbers or {}).items()
        }
        for label in self._numbers.values():
            label.set_zorder(3)
        self.artists = [self._range, self._thin, self._median, self._beyond]
        self.artists += self._numbers.values()

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        shown, thin = self._compared(run, epoch, pinned)
        self._draw(self._measure(*shown), None if thin is None else self._measure(*thin))

    def _draw(self, values: np.ndarray, thin: np.ndarray | None) -> None:
        """Both (layers, restarts)."""
        x, (least, middle, most) = self._x, range_of_restarts(values)
        low, height, high = map(self._scale, (least, middle, most))
        self._range.set_segments(list(np.stack([[x, low], [x, high]]).transpose(2, 0, 1)))
        self._median.set_data(x, height)
        beyond = self._trouble(middle, height)
        self._beyond.set_data(x[beyond], height[beyond])
        self._thin.set_data(*self._place(thin))
        for layer, label in self._numbers.items():
            if len(x):
                label.x, label.y, label.text = x[layer], height[layer], short(middle[layer])
                label.color = ORANGE if beyond[layer] else BLUE
                label.dy = self._free_side(label, low, high)

    def _free_side(self, label: Label, low: np.ndarray, high: np.ndarray) -> float:
        """Of the places above and below its dot, in points, the one where a number covers least.

        low, high: the ends of the pale bars that it may cross, (layers,) each.
        """
        axes, x = self._axes, self._x
        point = axes.figure.dpi / 72
        bottom, top = axes.get_ylim()
        unit = axes.bbox.height / point / (top - bottom)
        layer = axes.bbox.width / point / np.ptp(axes.get_xlim())
        start, inward = label.x + label.dx / layer, 1 if label.ha == "left" else -1
        under = start + inward * np.linspace(0, LETTER * len(label.text) / layer, 12)
        lines = [np.asarray(line.get_data()) for line in (self._median, self._thin)]
        heights = np.concatenate([np.interp(under, *line) for line in lines if line.size])
        bars = (under.min() <= x) & (x <= under.max()) & (x != label.x)

        y = label.y + np.array(SIDES)[:, np.newaxis] / unit
        near = np.clip(LINE - np.abs(heights - y) * unit, 0, None).sum(axis=1)
        crossed = ((low[bars] < y) & (y < high[bars])).sum(axis=1)
        half = LINE / 2 / unit
        outside = (y - half < bottom) | (y + half > top)
        return SIDES[np.where(outside[:, 0], np.inf, near + crossed).argmin()]

    def _trouble(self, middle: np.ndarray, height: np.ndarray) -> np.ndarray:
        """(layers,) bool: which medians are orange."""
        return (height <= self._scale.low) | (height >= self._scale.high)

    def _place(self, values: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """The line through the medians of another network, which may be deeper or less deep."""
        if values is None:
            return np.empty(0), np.empty(0)
        hidden = min(len(values), len(self._x)) - self._output
        ends = [*range(hidden), -1] if self._output else np.arange(hidden)
        return self._x[ends], self._scale(range_of_restarts(values)[1])[ends]


def name_layers(axes: Axes, hidden: int, output: bool, most: int = 6) -> None:
    """Number the layers, each up to ``most`` hidden ones, else every other."""
    names = [str(n) if hidden <= most or n % 2 else "" for n in range(1, hidden + 1)]
    names += ["out"] * output
    axes.set_xticks(range(1, len(names) + 1), names)


class GradientByLayer(ByLayer):
    """Root mean square of ∂loss/∂w in each layer, on a log scale.

    The thin line is the pinned run at the same epoch, or the same run before training.
    """

    def __init__(self, axes: Axes, run: Run) -> None:
        hidden, scale = len(run.experiment.hidden_layers), Decades(-10, 2)
        sides = {0: ("left", 4), -1: ("right", -4)}  # beside the bar of its own layer
        super().__init__(axes, hidden + 1, gradient_by_layer, scale, output=True, numbers=sides)
        scale.mark(axes, every=4, margin=1)
        name_layers(axes, hidden, output=True, most=5)
        axes.set_xlabel("layer", labelpad=2)
        heading(axes, "Gradient by layer")
        corner(axes, "rms of ∂loss/∂w", fontsize=7.5)
