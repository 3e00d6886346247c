"""What each hidden layer says: a histogram of its activations, the saturated zone shaded."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..measure.layers import activation_bars, saturation_by_layer
from ..measure.saturation import flat_stretches
from ..measure.standards import NEARLY_ALL, QUARTER
from ..networks.activations import ACTIVATIONS
from ..training.run import Run
from .fast import Label
from .scales import Knee, Linear
from .scene import View, against_start
from .style import BLUE, GREY, INK, ORANGE, PALE_ORANGE, THIN, note

BINS = 40


class ActivationHistograms:
    """One axes a hidden layer. Bars: all restarts, units and samples; the tallest fills the axes.
    Thin outlines: what they are compared with, as in ``against_start``."""

    def __init__(self, axes: Sequence[Axes], run: Run) -> None:
        activation = ACTIVATIONS[run.experiment.activation]
        limits = np.array(activation.range, float)  # infinite where it has no end
        bounded = np.isfinite(limits).all()
        self._scale = Linear(*limits.tolist()) if bounded else Knee(1.0, share=0.25)
        self._ends = low, high = tuple(self._scale(limits).tolist())
        self._alarm = NEARLY_ALL if activation.rectifies else QUARTER
        self._brief = is_brief(len(axes))
        z = np.linspace(-60, 60, 120001)
        zones = flat_zones(activation.name, z, self._scale(activation.function(z)))
        self._bars, self._outlines, self._shares, self.artists = [], [], [], []
        for number, ax in enumerate(axes, start=1):
            ax.set(xlim=(low, high), ylim=(0, 1.05), yticks=[])
            ax.spines["left"].set_visible(False)
            ax.set_xticks(*_ticks(self._scale, low, high, self._brief))
            for start, end in zones:  # ReLU's is the single value 0, which is the first bar
                end += (high - low) / BINS if start == end else 0
                ax.axvspan(start, end, color=PALE_ORANGE, lw=0, zorder=0)
            name_layer(ax, number, self._brief)
            panel, flat = View(ax), (np.zeros(BINS), np.linspace(low, high, BINS + 1))
            self._bars.append(panel.live(ax.stairs(*flat, fill=True, color=BLUE)))
            self._outlines.append(panel.live(ax.stairs(*flat, **THIN)))
            self._shares.append(panel.remark(1, 1, dy=6, size=8, color=GREY))
            self.artists += panel.artists

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        now, then = against_start(run, epoch, pinned)
        filled, thin = (activation_bars(*m, self._scale, self._ends, BINS) for m in (now, then))
        thin = thin + [np.zeros(BINS)] * len(filled)  # a pinned run may have fewer layers
        for layer, share in enumerate(saturation_by_layer(*now)):
            self._bars[layer].set_data(filled[layer])
            self._outlines[layer].set_data(thin[layer])
            there = bool(filled[layer].any())
            say_share(self._shares[layer], share, there, self._alarm, self._brief)


def is_brief(layers: int) -> bool:
    """Whether so many panels side by side leave room for numbers only."""
    return layers > 5


def name_layer(axes: Axes, number: int, brief: bool) -> None:
    text = str(number) if brief else f"Layer {number}"
    note(axes, text, (0, 1), (0, 3), xycoords="axes fraction", color=INK)


def say_share(label: Label, share: float, there: bool, alarm: float, brief: bool) -> None:
    """The share that is saturated, orange from ``alarm`` on. there: whether there is any number."""
    label.color = ORANGE if share >= alarm else GREY
    label.text = f"{share:.0%}" if brief else f"{share:.0%} saturated"
    if not there:
        label.text = "NaN" if brief else "overflow"


def flat_zones(activation: str, z: np.ndarray, place: np.ndarray) -> list[tuple[float, float]]:
    """Where the slope is below 10 % of its maximum. place: of each z on the axis."""
    stretches = [place[stretch] for stretch in flat_stretches(z, activation)]
    return [(float(stretch.min()), float(stretch.max())) for stretch in stretches]


def _ticks(scale: Knee | Linear, low: float, high: float, brief: bool) -> tuple[list, list]:
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
