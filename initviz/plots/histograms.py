"""What each hidden layer says: a histogram of its activations, the saturated zone shaded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..measure.standards import is_saturated
from ..networks.activations import ACTIVATIONS
from ..networks.network import weighted_sums
from ..training.run import Run
from .fast import Label
from .style import BLUE, GREY, INK, ORANGE, PALE_ORANGE, Knee

BINS = 40


class ActivationHistograms:
    """One axes a hidden layer. Bars: all restarts, units and samples; the tallest fills the axes.

    The thin outline is what the bars are compared with: the pinned run at the same epoch, or, when
    nothing is pinned, the same run before training.
    """

    def __init__(self, axes: Sequence[Axes], run: Run) -> None:
        self._activation = ACTIVATIONS[run.experiment.activation]
        self._scale = _Axis(self._activation.range)
        self._alarm = 0.9 if self._activation.rectifies else 0.25
        self._brief = len(axes) > 5
        edges = np.linspace(self._scale.low, self._scale.high, BINS + 1)
        self._bars, self._outlines, self._shares = [], [], []
        for number, ax in enumerate(axes, start=1):
            self._frame(ax, number)
            self._bars.append(ax.stairs(np.zeros(BINS), edges, fill=True, color=BLUE))
            self._outlines.append(ax.stairs(np.zeros(BINS), edges, color=INK, lw=0.9, alpha=0.75))
            self._shares.append(
                Label(ax, 1, 1, dy=6, size=8, ha="right", color=GREY, transform=ax.transAxes)
            )
        self.artists = [*self._bars, *self._outlines, *self._shares]

    def _frame(self, ax: Axes, number: int) -> None:
        ax.set_xlim(self._scale.low, self._scale.high)
        ax.set_ylim(0, 1.05)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        positions, labels = self._scale.ticks(self._brief)
        ax.set_xticks(positions, labels)
        for low, high in _saturated_zones(self._activation.name):
            ends = self._scale(np.array([low, high]))
            if np.ptp(ends) == 0:  # ReLU is off at the single value 0, which is the first bar
                ends[1] += (self._scale.high - self._scale.low) / BINS
            ax.axvspan(*ends, color=PALE_ORANGE, lw=0, zorder=0)
        name = str(number) if self._brief else f"Layer {number}"
        ax.annotate(name, (0, 1), (0, 3), xycoords="axes fraction", textcoords="offset points")

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        zs, activations = _hidden(run, epoch)
        _, before = _hidden(run, 0) if pinned is None else _hidden(pinned, min(epoch, pinned.epoch))
        for layer, (z, a) in enumerate(zip(zs, activations, strict=True)):
            heights = self._scale.heights(a)
            share = float(is_saturated(z, self._activation.name).mean())
            self._bars[layer].set_data(heights)
            self._shares[layer].text = self._label(heights, share)
            self._shares[layer].color = ORANGE if share >= self._alarm else GREY
            there = layer < len(before)  # a pinned run may have fewer layers
            self._outlines[layer].set_data(
                self._scale.heights(before[layer]) if there else np.zeros(BINS)
            )

    def _label(self, heights: np.ndarray, share: float) -> str:
        if not heights.any():
            return "NaN" if self._brief else "overflow"
        return f"{share:.0%}" if self._brief else f"{share:.0%} saturated"


def _hidden(run: Run, epoch: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """z and a of every hidden layer on the samples that are looked at."""
    zs, activations = weighted_sums(run.network_at(epoch), run.probe)
    return zs[:-1], activations[1:-1]


class _Axis:
    """The horizontal axis: the activation's own range, or a knee scale where it has no end."""

    def __init__(self, limits: tuple[float, float]) -> None:
        self._bounded = bool(np.isfinite(limits).all())
        self._knee = Knee(1.0, share=0.25)
        self.low, self.high = (float(end) for end in self(np.array(limits)))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return values if self._bounded else self._knee(values)

    def ticks(self, brief: bool) -> tuple[list[float], list[str]]:
        if self._bounded:
            middle = (self.low + self.high) / 2
            values = [self.low, self.high] if brief else [self.low, middle, self.high]
            return values, [f"{v:.3g}".replace("-", "\N{MINUS SIGN}") for v in values]
        named = {-1e4: "−10⁴", -1: "−1", 0: "0", 1: "1", 100: "100", 1e4: "10⁴"}
        if brief or self.low < -1.5:
            del named[100]
        if brief:
            named = {0: "0", 1e4: "10⁴"}
        inside = {v: label for v, label in named.items() if self._knee(np.array(v)) >= self.low}
        return [float(self._knee(np.array(v))) for v in inside], list(inside.values())

    def heights(self, a: np.ndarray) -> np.ndarray:
        """How many values fall in each bin, the fullest bin being 1; NaN falls in none."""
        position = (self(a) - self.low) * (BINS / (self.high - self.low))
        position = np.clip(position[np.isfinite(position)], 0, BINS - 1)
        counts = np.bincount(position.astype(np.intp), minlength=BINS)
        return counts / max(counts.max(), 1)


def _saturated_zones(activation: str) -> list[tuple[float, float]]:
    """The intervals of a = f(z) where the slope is below 10 % of its maximum."""
    z = np.linspace(-60, 60, 120001)
    a = ACTIVATIONS[activation].function(z)
    stretches = [a[stretch] for stretch in flat_stretches(z, activation)]
    return [(stretch.min(), stretch.max()) for stretch in stretches]


def flat_stretches(z: np.ndarray, activation: str) -> list[slice]:
    """Where along a rising z, (points,), the slope stays below 10 % of its maximum."""
    edges = np.flatnonzero(np.diff(is_saturated(z, activation), prepend=False, append=False))
    return [slice(start, stop) for start, stop in edges.reshape(-1, 2)]
