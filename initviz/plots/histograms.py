"""What each hidden layer says: a histogram of its activations, the saturated zone shaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from ..measure.layers import activation_bars, saturation_by_layer
from ..measure.saturation import flat_stretches
from ..networks.activations import ACTIVATIONS
from ..training.run import Run
from .fast import Label
from .scales import Knee
from .scene import against_start
from .style import BLUE, GREY, INK, ORANGE, PALE_ORANGE, note

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
        ax.set(xlim=(self._scale.low, self._scale.high), ylim=(0, 1.05), yticks=[])
        ax.spines["left"].set_visible(False)
        positions, labels = self._scale.ticks(self._brief)
        ax.set_xticks(positions, labels)
        for low, high in _saturated_zones(self._activation.name):
            ends = self._scale(np.array([low, high]))
            if np.ptp(ends) == 0:  # ReLU saturates at the single value 0, which is the first bar
                ends[1] += (self._scale.high - self._scale.low) / BINS
            ax.axvspan(*ends, color=PALE_ORANGE, lw=0, zorder=0)
        name = str(number) if self._brief else f"Layer {number}"
        note(ax, name, (0, 1), (0, 3), xycoords="axes fraction", color=INK)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        now, then = against_start(run, epoch, pinned)
        ends = self._scale.low, self._scale.high
        filled, thin = (activation_bars(*m, self._scale, ends, BINS) for m in (now, then))
        nothing = [np.zeros(BINS)] * len(filled)  # a pinned run may have fewer layers
        views = zip(self._bars, self._outlines, self._shares, strict=True)
        for (bars, outline, label), heights, other, share in zip(
            views, filled, thin + nothing, saturation_by_layer(*now), strict=False
        ):
            bars.set_data(heights)
            outline.set_data(other)
            label.text = self._label(heights, share)
            label.color = ORANGE if share >= self._alarm else GREY

    def _label(self, heights: np.ndarray, share: float) -> str:
        if not heights.any():
            return "NaN" if self._brief else "overflow"
        return f"{share:.0%}" if self._brief else f"{share:.0%} saturated"


@dataclass(frozen=True)
class _Axis:
    """The horizontal axis: the activation's own range, or a knee scale where it has no end."""

    limits: tuple[float, float]
    knee = Knee(1.0, share=0.25)

    @property
    def bounded(self) -> bool:
        return bool(np.isfinite(self.limits).all())

    @property
    def low(self) -> float:
        return float(self(np.array(self.limits[0])))

    @property
    def high(self) -> float:
        return float(self(np.array(self.limits[1])))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return values if self.bounded else self.knee(values)

    def ticks(self, brief: bool) -> tuple[list[float], list[str]]:
        low, high = self.low, self.high
        if self.bounded:
            values = [low, high] if brief else [low, (low + high) / 2, high]
            return values, [f"{v:.3g}".replace("-", "\N{MINUS SIGN}") for v in values]
        named = {-1e4: "−10⁴", -1: "−1", 0: "0", 1: "1", 100: "100", 1e4: "10⁴"}
        if brief or low < -1.5:
            del named[100]
        if brief:
            named = {0: "0", 1e4: "10⁴"}
        inside = {v: label for v, label in named.items() if self.knee(np.array(v)) >= low}
        return [float(self.knee(np.array(v))) for v in inside], list(inside.values())


def _saturated_zones(activation: str) -> list[tuple[float, float]]:
    """The intervals of a = f(z) where the slope is below 10 % of its maximum."""
    z = np.linspace(-60, 60, 120001)
    a = ACTIVATIONS[activation].function(z)
    stretches = [a[stretch] for stretch in flat_stretches(z, activation)]
    return [(stretch.min(), stretch.max()) for stretch in stretches]
