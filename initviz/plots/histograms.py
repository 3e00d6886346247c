"""What each hidden layer says: a histogram of its activations, the saturated zone shaded."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..measure.layers import activation_bars, saturation_by_layer
from ..measure.saturation import flat_stretches
from ..networks.activations import ACTIVATIONS
from ..training.run import Run
from .fast import Label
from .scales import Knee, Linear
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
        limits = np.array(self._activation.range, float)  # infinite where it has no end
        bounded = np.isfinite(limits).all()
        self._scale = Linear(*limits.tolist()) if bounded else Knee(1.0, share=0.25)
        self._low, self._high = self._scale(limits).tolist()
        self._alarm = 0.9 if self._activation.rectifies else 0.25
        self._brief = len(axes) > 5
        edges = np.linspace(self._low, self._high, BINS + 1)
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
        ax.set(xlim=(self._low, self._high), ylim=(0, 1.05), yticks=[])
        ax.spines["left"].set_visible(False)
        ax.set_xticks(*_ticks(self._scale, self._low, self._high, self._brief))
        for low, high in _saturated_zones(self._activation.name):
            ends = self._scale(np.array([low, high]))
            if np.ptp(ends) == 0:  # ReLU saturates at the single value 0, which is the first bar
                ends[1] += (self._high - self._low) / BINS
            ax.axvspan(*ends, color=PALE_ORANGE, lw=0, zorder=0)
        name = str(number) if self._brief else f"Layer {number}"
        note(ax, name, (0, 1), (0, 3), xycoords="axes fraction", color=INK)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        now, then = against_start(run, epoch, pinned)
        ends = self._low, self._high
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


def _ticks(scale: Knee | Linear, low: float, high: float, brief: bool) -> tuple[list, list]:
    """Where the ticks of the horizontal axis are, and their names."""
    if isinstance(scale, Linear):
        values = [low, high] if brief else [low, (low + high) / 2, high]
        return values, [f"{v:.3g}".replace("-", "\N{MINUS SIGN}") for v in values]
    named = {-1e4: "−10⁴", -1: "−1", 0: "0", 1: "1", 100: "100", 1e4: "10⁴"}
    if low < -1.5:
        del named[100]
    if brief:
        named = {0: "0", 1e4: "10⁴"}
    places = {float(scale(np.array(v))): label for v, label in named.items()}
    inside = {place: label for place, label in places.items() if place >= low}
    return list(inside), list(inside.values())


def _saturated_zones(activation: str) -> list[tuple[float, float]]:
    """The intervals of a = f(z) where the slope is below 10 % of its maximum."""
    z = np.linspace(-60, 60, 120001)
    a = ACTIVATIONS[activation].function(z)
    stretches = [a[stretch] for stretch in flat_stretches(z, activation)]
    return [(stretch.min(), stretch.max()) for stretch in stretches]
