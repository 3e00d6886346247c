"""A quantity by layer: the restarts' median as a dot, their range as a bar, thin what it was."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from ..measure.layers import gradient_by_layer, range_of_restarts
from ..training.run import Run
from ..words.numbers import short
from .charts import corner, inches_wide, line_height, lines_behind, say_nothing_to_see
from .curves import end_of, name_ends
from .fast import Label
from .scales import Decades, Knee, Linear
from .scene import View, against_start, named_moments
from .style import BLUE, GREY, INK, ORANGE, RUST, SOFT_BLUE, THIN, heading

# Points above or below a dot where its number may stand; the nearer ones first.
SIDES = np.array([side for away in (9, 13, 18, 24, 30, 36) for side in (away, -away)])
NUMBER = 0.21  # inches from one layer's number to the next
LETTER, LINE = 5.1, 9  # points: width of a letter of a number, and the height that it needs


class ByLayer(View):
    """One row of values a layer. A median at an end of the scale lies beyond it, and is orange.

    measure(run, epoch): what is drawn, (layers, restarts); layers: how many. output: whether the
        last is the output layer, which a pinned run of another depth has at another place.
    compared(run, epoch, pinned): the moments of dots and thin line, as in ``scene``.
    named: whether dots and thin line are named where they end. joined: whether the dots are.
    bar, dot: widths in points. beyond: the mark at an end.
    most: hidden layers up to which each has its number, where there is room; None: no numbers.
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
        named: bool = False,
        bar: float = 3,
        dot: float = 5,
        joined: bool = True,
        beyond: str = "v",
        most: int | None = None,
        numbers: Mapping[int, tuple[str, float]] | None = None,
    ) -> None:
        super().__init__(axes)
        self._x, self._output, self._bar = np.arange(1, layers + 1), output, bar
        self._measure, self._scale, self._compared = measure, scale, compared
        axes.set_xlim(0.5, max(layers, 1) + 0.5)
        lines_behind(axes)
        if most is not None:
            hidden = range(1, layers - output + 1)
            axes.set_xticks(self._x, _layer_names(axes, len(hidden), most) + ["out"] * output)
        if not layers:
            say_nothing_to_see(axes)
        self._range = self.segments(colors=SOFT_BLUE, linewidths=bar)
        self._thin = self.line(**THIN)
        dots = {"marker": "o", "ls": "-" if joined else "", "ms": dot, "clip_on": False}
        self._median = self.line(color=BLUE, lw=1.4, **dots)
        size = dot + (beyond == "v")  # a triangle looks smaller than a dot
        self._beyond = self.line(beyond, color=ORANGE, ms=size, clip_on=False)
        self._numbers = {
            layer: self.name(ha=side, dx=dx, color=BLUE)
            for layer, (side, dx) in (numbers or {}).items()
            if layers > 1 or layer == min(numbers or [0], key=abs)
        }
        for label in self._numbers.values():
            label.set_zorder(3)
        self._ending = [self._median, self._thin] if named else []
        self._names = [self.name(dx=4, color=color) for color in (BLUE, INK, GREY)]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        shown, thin = self._compared(run, epoch, pinned)
        self._draw(self._measure(*shown), None if thin is None else self._measure(*thin))
        if len(self._x):
            self._name_lines(named_moments(shown, thin, pinned))

    def _name_lines(self, names: Sequence[str]) -> None:
        """Say at the right edge what each of the lines is that end there; "" says nothing."""
        for label in self._names:
            label.text = ""
        lines = zip(self._names, names, self._ending, strict=False)
        ends = [(label, name, end_of(line)) for label, name, line in lines if name]
        said = [each for each in ends if np.isfinite(each[2])]  # what overflowed may have no end
        if said:
            labels, texts, heights = zip(*said, strict=True)
            (_, right), (low, high) = self.axes.get_xlim(), self.axes.get_ylim()
            gap = line_height(self.axes, (1 + max(text.count("\n") for text in texts)) * LINE * 1.1)
            name_ends(labels, texts, right, np.array(heights), gap, high - gap / 2, low + gap / 2)

    def _draw(self, values: np.ndarray, thin: np.ndarray | None) -> None:
        x, (least, middle, most) = self._x, range_of_restarts(values)
        low, height, high = map(self._scale, (least, middle, most))
        self._range.set_segments(list(np.stack([[x, low], [x, high]]).transpose(2, 0, 1)))
        self._median.set_data(x, height)
        beyond = self._trouble(middle, height)
        self._beyond.set_data(x[beyond], height[beyond])
        self._thin.set_data(*self._place(thin))
        taken: list[tuple] = []
        for layer, label in self._numbers.items():
            if len(x):
                label.x, label.y, label.text = x[layer], height[layer], short(middle[layer])
                label.color = RUST if beyond[layer] else BLUE
                label.dy = self._free_side(label, low, high, taken)

    def _free_side(
        self, label: Label, low: np.ndarray, high: np.ndarray, taken: list[tuple]
    ) -> float:
        """Of the places above and below its dot, in points, the one where a number is clear of the
        lines and of the pale bars from ``low`` to ``high``, (layers,) each; else the best of them.
        taken: left and right edge and height of the numbers that are there; this one is added.
        """
        axes, x = self.axes, self._x
        point = axes.figure.dpi / 72
        bottom, top = axes.get_ylim()
        unit = axes.bbox.height / point / (top - bottom)
        layer = axes.bbox.width / point / np.ptp(axes.get_xlim())
        start, inward = label.x + label.dx / layer, 1 if label.ha == "left" else -1
        under = start + inward * np.linspace(0, LETTER * len(label.text) / layer, 12)
        lines = [np.asarray(line.get_data()) for line in (self._median, self._thin)]
        heights = np.concatenate([np.interp(under, *line) for line in lines if line.size])
        wide = self._bar / 2 / layer
        bars = (under.min() < x + wide) & (x - wide < under.max())

        y, half = label.y + SIDES[:, np.newaxis] / unit, LINE / 2 / unit
        near = np.clip(LINE - np.abs(heights - y) * unit, 0, None).sum(axis=1)
        crossed = np.minimum(high[bars], y + half) - np.maximum(low[bars], y - half)
        covered = near + 4 * unit * np.clip(crossed, 0, None).sum(axis=1) + np.abs(SIDES)
        outside = (y - half < bottom) | (y + half > top)
        for left, right, there in taken:
            if left < under.max() and under.min() < right:
                outside |= np.abs(y - there) < 2 * half
        side = SIDES[np.where(outside[:, 0], np.inf, covered).argmin()]
        taken.append((under.min(), under.max(), label.y + side / unit))
        return side

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


def _layer_names(axes: Axes, hidden: int, most: int) -> list[str]:
    """The numbers of as many layers as there is room for, the first among them; else ""."""
    inches = inches_wide(axes)
    step = max(1, -(-hidden // min(most, max(1, int(inches / NUMBER)))))
    clear = NUMBER * (hidden + 1) / inches  # of the output's name
    named = [
        n % step == 1 % step and (n == 1 or hidden + 1 - n >= clear) for n in range(hidden + 1)
    ]
    return [str(n) if named[n] else "" for n in range(1, hidden + 1)]


class GradientByLayer(ByLayer):
    """Root mean square of ∂loss/∂w in each layer, on a log scale."""

    def __init__(self, axes: Axes, run: Run) -> None:
        layers, scale = len(run.experiment.hidden_layers) + 1, Decades(-10, 2)
        sides = {0: ("left", 4), -1: ("right", -4)}  # beside the bar of its own layer
        look = {"output": True, "named": True, "most": 5, "numbers": sides}
        super().__init__(axes, layers, gradient_by_layer, scale, **look)
        scale.mark(axes, every=4, margin=1)
        axes.set_xlabel("layer", labelpad=2)
        heading(axes, "Gradient by layer")
        corner(axes, "rms of ∂loss/∂w")
