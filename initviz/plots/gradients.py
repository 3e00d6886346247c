"""How large the gradient is in every layer, on a log scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from ..measure.layers import rms
from ..networks.network import gradients
from ..training.run import Run
from ..words.numbers import short
from .fast import Label
from .style import BLUE, GREY, INK, ORANGE, PALE_BLUE, heading

LOW, HIGH = -10, 2  # decades; what lies beyond is drawn at the edge and named by its number
MARGIN = 1  # decades below and above, for the marks at the edge
SIDES = (9, -9, 13, -13, 18, -18)  # points above or below a dot where its number may stand
LETTER, LINE = 4.6, 8  # points: width of a letter of a number, and the height that it needs


class GradientByLayer:
    """Root mean square of d loss / d weight in each layer: median and range of the restarts.

    The thin line is the pinned run at the same epoch, or the same run before training.
    """

    def __init__(self, axes: Axes, run: Run) -> None:
        layers = len(run.experiment.hidden_layers) + 1
        self._x = np.arange(1, layers + 1)
        axes.set_xlim(0.5, layers + 0.5)
        axes.set_ylim(LOW - MARGIN, HIGH + MARGIN)
        names = [str(n) if layers <= 6 or n % 2 else "" for n in self._x[:-1]] + ["out"]
        axes.set_xticks(self._x, names)
        axes.set_yticks(range(LOW, HIGH + 1, 4), [f"$10^{{{p}}}$" for p in range(LOW, HIGH + 1, 4)])
        axes.set_xlabel("layer", labelpad=2)
        axes.grid(axis="y")
        axes.set_axisbelow(True)
        heading(axes, "Gradient by layer")
        axes.annotate(
            "rms of ∂loss/∂w",
            (1, 1),
            (0, 1),
            xycoords="axes fraction",
            ha="right",
            textcoords="offset points",
            color=GREY,
            fontsize=7.5,
        )
        self._range = LineCollection([], colors=PALE_BLUE, linewidths=5)
        axes.add_collection(self._range, autolim=False)
        (self._reference,) = axes.plot([], [], color=INK, lw=0.9, alpha=0.75)
        (self._median,) = axes.plot([], [], "o-", color=BLUE, lw=1.4, ms=5)
        (self._beyond,) = axes.plot([], [], "v", color=ORANGE, ms=6, clip_on=False)
        ends = (("left", 4), ("right", -4))  # beside the bar of its own layer
        self._labels = [Label(axes, ha=side, dx=dx, color=BLUE) for side, dx in ends]
        for label in self._labels:
            label.set_zorder(3)
        self.artists = [self._range, self._reference, self._median, self._beyond, *self._labels]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        sizes = _sizes(run, epoch)
        median = np.median(sizes, axis=1)
        height = _height(median)
        low, high = _height(sizes.min(axis=1)), _height(sizes.max(axis=1))
        self._range.set_segments(np.stack([[self._x, low], [self._x, high]]).transpose(2, 0, 1))
        self._median.set_data(self._x, height)
        beyond = (height <= LOW) | (height >= HIGH)
        self._beyond.set_data(self._x[beyond], height[beyond])
        reference = np.median(
            _sizes(run, 0) if pinned is None else _sizes(pinned, min(epoch, pinned.epoch)), axis=1
        )
        thin = _height(reference)
        hidden = min(len(thin), len(self._x)) - 1  # a pinned run may have another depth
        ends = [*range(hidden), -1]
        self._reference.set_data(self._x[ends], thin[ends])
        lines = (self._median, self._reference)
        for label, layer, inward in zip(self._labels, (0, -1), (1, -1), strict=True):
            label.x, label.y, label.text = self._x[layer], height[layer], short(median[layer])
            label.color = ORANGE if beyond[layer] else BLUE
            label.dy = free_side(label, inward, lines, self._x, low, high)


def free_side(
    label: Label,
    inward: int,
    lines: Sequence[Line2D],
    x: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
) -> float:
    """Of the places above and below its dot, in points, the one where a number covers least.

    inward: 1 if it reaches to the right of its place, -1 if to the left. lines: to keep off.
    x, low, high: the pale bars that it may cross, each (layers,).
    """
    axes = label.axes
    point = axes.figure.dpi / 72
    bottom, top = axes.get_ylim()
    decade = axes.bbox.height / point / (top - bottom)
    layer = axes.bbox.width / point / np.ptp(axes.get_xlim())
    start = label.x + label.dx / layer
    under = start + inward * np.linspace(0, LETTER * len(label.text) / layer, 12)
    heights = np.concatenate([np.interp(under, *line.get_data()) for line in lines])
    bars = (under.min() <= x) & (x <= under.max()) & (x != label.x)

    y = label.y + np.array(SIDES)[:, np.newaxis] / decade
    near = np.clip(LINE - np.abs(heights - y) * decade, 0, None).sum(axis=1)
    crossed = ((low[bars] < y) & (y < high[bars])).sum(axis=1)
    half = LINE / 2 / decade
    outside = (y - half < bottom) | (y + half > top)
    return SIDES[np.where(outside[:, 0], np.inf, near + crossed).argmin()]


def _sizes(run: Run, epoch: int) -> np.ndarray:
    """(layers, restarts): the rms of the gradient; not a number counts as infinite."""
    network = run.network_at(epoch)
    _, layers, _ = gradients(network, run.probe, run.probe_targets, run.loss_name)
    sizes = np.array([rms(layer) for layer in layers])
    return np.where(np.isnan(sizes), np.inf, sizes)


def _height(sizes: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.clip(np.log10(sizes), LOW, HIGH)
