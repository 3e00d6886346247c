"""What each hidden layer says: a histogram of its activations, the saturated zone hatched."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..measure.layers import activation_bars, saturation_by_layer
from ..measure.saturation import flat_stretches
from ..measure.standards import NEARLY_ALL, QUARTER, SATURATED
from ..networks.activations import ACTIVATIONS
from ..training.run import Run
from .charts import inches_wide
from .fast import Label
from .scales import Knee, Linear, Root
from .scene import WIDTH, View, against_start
from .style import ALARM, FILL, GREY, INK, RUST, SATURATED_ZONE, THIN, note

BINS = 40
HEIGHTS = Root()
TINY = 0.5  # inches: narrower axes have no room for a layer and its share over them


class ActivationHistograms:
    """One axes a hidden layer. Bars: all restarts, units and samples; outlines: what they are
    compared with, as in ``against_start``. All of them share one scale of heights, ``Root``."""

    def __init__(self, axes: Sequence[Axes], run: Run) -> None:
        activation = ACTIVATIONS[run.experiment.activation]
        limits = np.array(activation.range, float)  # infinite where it has no end
        bounded = np.isfinite(limits).all()
        self._scale = Linear(*limits.tolist()) if bounded else Knee(1.0, share=0.25)
        self._ends = low, high = tuple(self._scale(limits).tolist())
        self._alarm = NEARLY_ALL if activation.rectifies else QUARTER
        inches = inches_wide(axes[0]) if axes else 0.0
        self._brief, tiny = is_brief(inches), inches < TINY
        z = activation.unit * np.linspace(-60, 60, 120001)
        zones = flat_zones(activation.name, z, self._scale(activation.function(z)))
        self._bars, self._outlines, self._shares, self.artists = [], [], [], []
        for number, ax in enumerate(axes, start=1):
            ax.set(xlim=(low, high), ylim=(0, 1.05))
            HEIGHTS.mark(ax, named=number == 1)
            ax.set_xticks(*_ticks(self._scale, low, high, self._brief))
            if tiny:  # then its number is all that there is room for
                ax.set_xticks([(low + high) / 2], [str(number)], color=INK)
            elif self._brief:  # the ends' names stay inside
                for label, side in zip(ax.get_xticklabels(), ("left", "right"), strict=False):
                    label.set_horizontalalignment(side)
            for start, end in zones:  # ReLU's is the single value 0, which is the first bar
                end += (high - low) / BINS if start == end else 0
                ax.axvspan(start, end, **SATURATED_ZONE, zorder=0)
            name_layer(ax, "" if tiny else str(number) if self._brief else f"Layer {number}")
            panel, flat = View(ax), (np.zeros(BINS), np.linspace(low, high, BINS + 1))
            self._bars.append(panel.live(ax.stairs(*flat, fill=True, color=FILL)))
            self._outlines.append(panel.live(ax.stairs(*flat, **THIN)))
            self._shares.append(panel.remark(1, 1, dy=6, color=GREY))
            self.artists += panel.artists

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        now, then = against_start(run, epoch, pinned)
        filled, thin = (activation_bars(*m, self._scale, self._ends, BINS) for m in (now, then))
        thin = thin + [np.zeros(BINS)] * len(filled)  # a pinned run may have fewer layers
        for layer, share in enumerate(saturation_by_layer(*now)):
            self._bars[layer].set_data(HEIGHTS(filled[layer]))
            self._outlines[layer].set_data(HEIGHTS(thin[layer]))
            there = bool(filled[layer].any())
            say_share(self._shares[layer], share, there, self._alarm, self._brief)


def is_brief(width: float) -> bool:
    """Whether axes of so many inches leave room for numbers only."""
    return width < 1.5


def side_by_side(left: float, whole: float, count: int, inch: float) -> tuple[list[float], float]:
    """The left edges, and the width, of so many axes in a row. inch: in the same unit."""
    for gap in (0.34 * inch, 0.16 * inch):
        width = (whole - gap * (count - 1)) / max(count, 1)
        if not is_brief(width / inch):
            break
    return [left + n * (width + gap) for n in range(count)], width


def name_layer(axes: Axes, text: str) -> None:
    note(axes, text, (0, 1), (0, 3), xycoords="axes fraction", color=INK)


def say_share(label: Label, share: float, there: bool, alarm: float, brief: bool) -> None:
    """The share that is saturated, orange and marked from ``alarm`` on. there: whether there is any
    number."""
    label.color = RUST if share >= alarm else GREY
    mark = ALARM[: 1 if brief else None] if share >= alarm else ""
    label.text = mark + (f"{share:.0%}" if brief else f"{share:.0%} saturated")
    if not there:
        label.text = "NaN" if brief else "overflow"


def zones_and(lines: str, pinned: Run | None, width: float) -> str:
    """What hatched zones are on a picture of so many inches, and what thin ``lines``."""
    zone = f"slope below {SATURATED:.0%} of its maximum" if width >= WIDTH else "saturated"
    thin = "before training" if pinned is None else "the pinned run"
    return f"hatched: {zone}   ·   {lines}: {thin}"


def flat_zones(activation: str, z: np.ndarray, place: np.ndarray) -> list[tuple[float, float]]:
    """Where the slope is below 10 % of its maximum. place: of each z on the axis."""
    stretches = [place[stretch] for stretch in flat_stretches(z, activation)]
    zones: list[tuple[float, float]] = []
    for low, high in sorted((float(s.min()), float(s.max())) for s in stretches):
        if zones and low <= zones[-1][1]:  # a sine's crests are all at one height
            low, high = zones[-1][0], max(high, zones.pop()[1])
        zones.append((low, high))
    return zones


def _ticks(scale: Knee | Linear, low: float, high: float, brief: bool) -> tuple[list, list]:
    if isinstance(scale, Linear):
        values = [low, high] if brief else [low, (low + high) / 2, high]
        return values, [f"{v:.{2 if brief else 3}g}".replace("-", "\N{MINUS SIGN}") for v in values]
    named = {-1e4: "−10⁴", -1: "−1", 0: "0", 1: "1", 100: "100", 1e4: "10⁴"}
    if low < -1.5:
        del named[100]
    if brief:
        named = {0: "0", 1e4: "10⁴"}
    places = {float(scale(np.array(v))): label for v, label in named.items()}
    inside = {place: label for place, label in places.items() if place >= low}
    return list(inside), list(inside.values())
