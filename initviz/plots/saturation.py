"""Where a layer's weighted sums z fall on the activation's curve, and how steep it is there."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from ..measure.intervals import Interval
from ..measure.saturation import BINS, END, NOTHING, LayerSaturation, flat_stretches, measure
from ..networks.activations import ACTIVATIONS, Activation
from ..training.run import Run
from ..words.numbers import short
from .axes import lines_behind
from .by_layer import GradientByLayer
from .curves import LossCurves
from .fast import Label
from .scene import Scene, against_start
from .style import BLUE, GREY, INK, ORANGE, PALE_BLUE, PALE_ORANGE, corner, heading, note

ALARM = 0.9  # so many units without slope are trouble; half of them may be a decided network


class SaturationScene(Scene):
    """Where z falls on the curve, how steep it is there, the gradient that is left, the losses."""

    size = (9.0, 4.8)

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        self.views = [
            OnTheCurve(_columns(figure, len(run.experiment.hidden_layers)), run),
            GradientByLayer(figure.add_axes((0.06, 0.1, 0.36, 0.265)), run),
            LossCurves(figure.add_axes((0.53, 0.1, 0.35, 0.265)), run),
        ]
        figure.text(0.06, 0.957, "Where z falls on the curve", fontsize=10, fontweight="bold")
        outline = "before training" if pinned is None else "the pinned run"
        notes = (
            "shaded: slope below 10% of its maximum",
            f"outer bars: all beyond ±{END:g}",
            f"thin: {outline}",
        )
        figure.text(0.985, 0.957, "   ·   ".join(notes), color=GREY, ha="right")
        if not run.experiment.hidden_layers:
            figure.text(0.5, 0.7, "no hidden layer", color=GREY, ha="center")


class OnTheCurve:
    """For each hidden layer the activation f, the layer's z on it, and its slope f' below.

    columns: for each layer the axes of f and those of f'. Under f lies a histogram of z over all
    restarts, units and samples; the mean of |f'| is a line and a number. Thin: the pinned run at
    the same epoch, or, when nothing is pinned, the same run before training.
    """

    def __init__(self, columns: Sequence[tuple[Axes, Axes]], run: Run) -> None:
        activation = ACTIVATIONS[run.experiment.activation]
        brief = len(columns) > 5
        self._panels = [_Panel(top, bottom, activation, brief) for top, bottom in columns]
        for number, (top, _) in enumerate(columns, start=1):
            _caption(top, str(number) if brief else f"LayerSaturation {number}")
        self.artists = [artist for panel in self._panels for artist in panel.artists]
        for top, bottom in columns[:1]:
            _name_ticks(top, bottom, activation)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        now, then = (measure(*moment) for moment in against_start(run, epoch, pinned))
        for number, (panel, layer) in enumerate(zip(self._panels, now, strict=True)):
            panel.show(layer, then[number] if number < len(then) else NOTHING)


class _Panel:
    """The axes of one hidden layer: f with the bars of z on top, f' with its mean below."""

    def __init__(self, top: Axes, bottom: Axes, activation: Activation, brief: bool) -> None:
        self._brief = brief
        z = np.linspace(-END, END, 201)
        for axes in (top, bottom):
            axes.set_xlim(-END, END)
            axes.set_xticks([-4, 0, 4], ["−4", "0", "4"] if axes is bottom else [""] * 3)
            for zone in _flat_zones(activation.name):
                axes.axvspan(*zone, color=PALE_ORANGE, lw=0, zorder=0)
        low, high = _ends(activation)
        top.set_ylim(low, high + 0.04 * (high - low))
        top.set_yticks([low, high], ["", ""])
        bottom.set_ylim(0, 1.08 * max(1, activation.steepest))
        bottom.set_yticks(_slope_ticks(activation), [""] * len(_slope_ticks(activation)))
        bottom.plot(z, np.abs(activation.derivative(z)), color=INK, lw=1.2)
        if not brief:
            _caption(bottom, "slope there")

        self._low, self._high = low, high
        edges = np.linspace(-END, END, BINS + 1)
        flat = {"values": np.full(BINS, low), "edges": edges, "baseline": low}
        self._filled = top.stairs(**flat, fill=True, color=PALE_BLUE)
        self._outline = top.stairs(**flat, color=INK, lw=0.8, alpha=0.75)
        (curve,) = top.plot(z, activation.function(z), color=INK, lw=1.2)
        (self._then,) = bottom.plot([], [], color=INK, lw=0.8, alpha=0.75)
        (self._mean,) = bottom.plot([], [], color=BLUE, lw=1.8)
        self._share, self._slope = (
            Label(axes, 1, 1, dy=6, size=8, ha="right", color=color, transform=axes.transAxes)
            for axes, color in ((top, GREY), (bottom, BLUE))
        )
        lines = [curve, self._then, self._mean]
        self.artists = [self._filled, self._outline, *lines, self._share, self._slope]

    def show(self, layer: LayerSaturation, other: LayerSaturation) -> None:
        """other: the layer that it is compared with."""
        for stairs, bars in ((self._filled, layer.bars), (self._outline, other.bars)):
            stairs.set_data(self._low + bars * (self._high - self._low))
        for line, slope in ((self._mean, layer.slope), (self._then, other.slope)):
            line.set_data([-END, END], [slope, slope])
        self._slope.text = short(layer.slope) if self._brief else f"mean {short(layer.slope)}"
        self._share.color = ORANGE if layer.saturated >= ALARM else GREY
        self._share.text = f"{layer.saturated:.0%}" + ("" if self._brief else " saturated")
        if not layer.bars.any():
            self._share.text = "NaN" if self._brief else "overflow"


def _name_ticks(top: Axes, bottom: Axes, activation: Activation) -> None:
    """What the heights of the two curves are, said once, at the left of the first layer."""
    low, high = (f"{end:.2g}".replace("-", "−") for end in _ends(activation))
    top.set_yticklabels([low, f"f = {high}"])
    *lower, last = _slope_ticks(activation)
    bottom.set_yticklabels([*(f"{slope:.2g}" for slope in lower), f"f′ = {last:.2g}"])


def _slope_ticks(activation: Activation) -> list[float]:
    """0, the steepest slope there is, and 1, with which a gradient passes as it came."""
    steepest = activation.steepest
    return [0, steepest] if steepest > 0.6 else [0, steepest, 1]


def _ends(activation: Activation) -> tuple[float, float]:
    """Where the axis of f begins and ends: its range, or what it reaches on the axis of z."""
    if np.isfinite(activation.range).all():
        return activation.range
    f = activation.function(np.linspace(-END, END, 201))
    return float(f.min()), float(f.max())


def _flat_zones(activation: str) -> list[tuple[float, float]]:
    """The stretches of the axis of z where the slope is below 10 % of its maximum."""
    z = np.linspace(-END, END, 16001)
    stretches = [z[stretch] for stretch in flat_stretches(z, activation)]
    return [(float(stretch[0]), float(stretch[-1])) for stretch in stretches]


def _caption(axes: Axes, text: str) -> None:
    note(axes, text, (0, 1), (0, 3), xycoords="axes fraction", color=INK)


def _columns(figure: Figure, count: int) -> list[tuple[Axes, Axes]]:
    """Axes for f and, below, for f': one column a hidden layer."""
    left, right, gap = 0.06, 0.985, 0.028 if count <= 5 else 0.018
    width = min((right - left - gap * (count - 1)) / max(count, 1), 0.45)
    return [
        (figure.add_axes((x, 0.68, width, 0.21)), figure.add_axes((x, 0.5, width, 0.125)))
        for x in left + np.arange(count) * (width + gap)
    ]


# The still pictures of the notebook.


def curve(axes: Axes, name: str) -> None:
    """An activation f and its slope f' over z, the flat zones shaded and their edge named."""
    activation = ACTIVATIONS[name]
    z = np.linspace(-END, END, 401)
    f, slope = activation.function(z), activation.derivative(z)
    for zone in _flat_zones(name):
        axes.axvspan(*zone, color=PALE_ORANGE, lw=0, zorder=0)
    axes.plot(z, f, color=INK, lw=1.6)
    axes.plot(z, slope, color=BLUE, lw=1.6)
    axes.set(xlim=(-END, END), xlabel="z")
    steepest = activation.steepest
    axes.text(END - 0.2, f[-1] - 0.05, "f", color=INK, ha="right", va="top", fontsize=9)
    words = f"f′, at most {steepest:.2g}"
    axes.text(-1.8, 0.9 * steepest, words, color=BLUE, ha="right", fontsize=9)
    edge = _flat_zones(name)[-1][0]
    axes.set_xticks([-edge, 0, edge], [f"−{edge:.2f}", "0", f"{edge:.2f}"])
    axes.set_yticks([-1, 0, 0.25, 1], ["−1", "0", "¼", "1"])
    lines_behind(axes)
    heading(axes, name, dy=6)


def spread_by_fan_in(
    axes: Axes, fans: Sequence[int], measured: Mapping[float, Sequence[float]]
) -> None:
    """The std of z over the number of inputs: for each scale a line, scale · sqrt(n), and dots.

    measured: scale → the std measured at each of ``fans``. A circle marks where it should be 1.
    """
    ends = np.array([min(fans), max(fans)], float)
    axes.plot(ends, [1, 1], color=GREY, lw=1)
    for scale, spreads in measured.items():
        line = scale * np.sqrt(ends)
        axes.plot(ends, line, color=PALE_BLUE, lw=1.4, zorder=1)
        axes.plot(fans, spreads, "o", color=BLUE, ms=4.5)
        axes.plot(scale**-2, 1, "o", mfc="none", mec=INK, ms=11)
        note(axes, f"× {scale:g}", (ends[1], line[1]), (12, 0), color=INK, va="center", fontsize=9)
    axes.set(xscale="log", yscale="log", xlabel="inputs n of a unit")
    middle = (np.sqrt(ends.prod()), 1)
    note(axes, "right size: 1", middle, (-12, 4), color=INK, ha="right", fontsize=9)
    heading(axes, "Standard deviation of z", dy=6)


def gradient_lines(axes: Axes, sizes: Mapping[str, np.ndarray]) -> None:
    """The gradient by layer on a log scale, the median of the restarts, a line for every name.

    sizes: name → (layers, restarts), the rms of d loss / d weight, as ``gradient_statistics`` has.
    """
    for (name, each), color in zip(sizes.items(), (BLUE, INK, GREY), strict=False):
        median = np.median(each, axis=1)
        axes.plot(np.arange(1, len(median) + 1), median, "o-", color=color, lw=1.4, ms=4)
        left = {"ha": "right", "va": "center", "fontsize": 9}
        note(axes, name, (1, median[0]), (-8, 0), color=color, **left)
    layers = max(len(each) for each in sizes.values())
    axes.set(yscale="log", xlim=(-0.6, layers + 0.4))
    axes.set_xticks(range(1, layers + 1), [*map(str, range(1, layers)), "out"])
    axes.set_xlabel("layer")
    axes.grid(axis="y")
    heading(axes, "Gradient by layer, rms of ∂loss/∂w", dy=6)


def share_against_loss(
    axes: Axes, shares: Sequence[np.ndarray], losses: Sequence[np.ndarray], names: Sequence[str]
) -> None:
    """A pale dot a network: its saturated share at the start, its loss at the end; medians on top.

    shares, losses: for every name an array (restarts,).
    """
    middles = [(np.median(x), np.median(y)) for x, y in zip(shares, losses, strict=True)]
    lowest = min(loss for _, loss in middles)
    for share, loss, middle, name in zip(shares, losses, middles, names, strict=True):
        axes.plot(share, loss, "o", color=PALE_BLUE, ms=2.5, zorder=1)
        side, away = ("left", 7) if middle[0] < 0.5 else ("right", -7)
        up = -15 if middle[1] == lowest else 5  # from there the line goes up on both sides
        outline = [withStroke(linewidth=3, foreground="white")]
        look = {"color": INK, "fontsize": 9, "zorder": 4, "path_effects": outline}
        note(axes, name, middle, (away, up), ha=side, **look)
    axes.plot(*np.transpose(middles), "o-", color=BLUE, lw=1.4, ms=5, zorder=3)
    axes.set(yscale="log", xlabel="saturated at the start")
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    lines_behind(axes)
    heading(axes, "Loss after training, by scale", dy=6)


def windows(axes: Axes, scales: Sequence[float], rates: Mapping[str, Sequence[Interval]]) -> None:
    """A hill for every name, the first on top: the share of networks that get there, by scale.

    rates: name → an interval for each of ``scales``, drawn as whiskers.
    """
    rows = range(len(rates) - 1, -1, -1)
    for base, intervals in zip(rows, rates.values(), strict=True):
        low, middle, high = base + 0.8 * np.transpose(intervals)
        axes.fill_between(scales, base, middle, color=PALE_BLUE, lw=0)
        axes.plot(scales, middle, "o-", color=BLUE, lw=1.2, ms=3.5)
        axes.vlines(scales, low, high, color=BLUE, lw=0.9)
        axes.axhline(base, color=GREY, lw=0.6)
        axes.axhline(base + 0.8, color=GREY, lw=0.6, ls=(0, (1, 3)))
    corner(axes, "dotted: all of them", dy=6)
    axes.set_xscale("log")
    axes.set_xticks(scales, [f"{scale:g}" for scale in scales])
    axes.minorticks_off()
    axes.set_yticks(rows, list(rates), va="bottom")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("scale")
    heading(axes, "Networks that get there, by scale", dy=6)
