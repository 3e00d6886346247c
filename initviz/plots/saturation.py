"""Where a layer's weighted sums z fall on the activation's curve, and how steep it is there."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from ..measure.intervals import Interval
from ..measure.saturation import BINS, NOTHING, LayerSaturation, end_of_axis, measure
from ..measure.standards import NEARLY_ALL
from ..networks.activations import ACTIVATIONS, Activation
from ..training.run import Run
from ..words.numbers import short
from .by_layer import GradientByLayer
from .charts import corner, inches_wide, lines_behind
from .curves import LossCurves
from .histograms import (
    HEIGHTS,
    TINY,
    flat_zones,
    is_brief,
    name_layer,
    say_share,
    side_by_side,
    zones_and,
)
from .scene import Panel, Scene, View, against_start
from .style import BLUE, GREY, INK, PALE_BLUE, SATURATED_ZONE, SOFT_BLUE, THIN, heading, note

CROWDED = 0.33  # inches: narrower axes have no room for a number beside their neighbours'


class SaturationScene(Scene):
    """Where z falls on the curve, how steep it is there, the gradient that is left, the losses."""

    size = (8.0, 4.6)
    draws_activation = True
    panels: ClassVar = {
        "curve": Panel(
            (0.0675, 0.555, 0.9125, 0.325), True, high=1.2, left=0.54, right=0.16, below=0.28
        ),
        "gradient": Panel((0.0675, 0.1, 0.32, 0.27), right=0.65, view=GradientByLayer),
        "losses": Panel((0.53, 0.1, 0.335, 0.27), view=LossCurves),
    }

    def curve(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        """The activation f and its slope, one column a hidden layer, with the layer's z on them."""
        left, bottom, whole, height = box
        hidden, key = len(run.experiment.hidden_layers), zones_and("thin", pinned, self.size[0])
        self.title(figure, box, "Where z falls on the curve", key)
        if not hidden:
            figure.text(
                left + whole / 2, bottom + height / 2, "no hidden layer", color=GREY, ha="center"
            )
        return [OnTheCurve(_columns(figure, box, hidden), run)]


def _columns(figure: Figure, box: tuple, count: int) -> list[tuple[Axes, Axes]]:
    """Axes for f and, below, for f': one column a hidden layer."""
    left, bottom, whole, height = box
    lefts, width = side_by_side(left, whole, count, 1 / figure.get_figwidth())
    width = min(width, 0.45)
    upper, lower = (bottom + 0.46 * height, 0.54 * height), (bottom, 0.32 * height)
    return [
        (
            figure.add_axes((x, upper[0], width, upper[1])),
            figure.add_axes((x, lower[0], width, lower[1])),
        )
        for x in lefts
    ]


class OnTheCurve:
    """For each hidden layer the activation f, the layer's z on it, and its slope f' below.

    columns: for each layer the axes of f and those of f'. Under f lies a histogram of z over all
    restarts, units and samples; the mean of |f'| is a line and a number. Thin: ``against_start``.
    """

    def __init__(self, columns: Sequence[tuple[Axes, Axes]], run: Run) -> None:
        activation, numbered = ACTIVATIONS[run.experiment.activation], enumerate(columns, start=1)
        self._panels = [_Panel(*both, activation, number) for number, both in numbered]
        self.artists = [artist for panel in self._panels for artist in panel.artists]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        now, then = (measure(*moment) for moment in against_start(run, epoch, pinned))
        for number, (panel, layer) in enumerate(zip(self._panels, now, strict=True)):
            panel.show(layer, then[number] if number < len(then) else NOTHING)


class _Panel(View):
    """The axes of one hidden layer: f with the bars of z on top, f' with its mean below. What the
    heights of the two curves are is said once, at the first layer."""

    def __init__(self, top: Axes, bottom: Axes, activation: Activation, number: int) -> None:
        super().__init__(top)
        below, first = View(bottom), number == 1
        brief, tiny = is_brief(inches_wide(top)), inches_wide(top) < TINY
        self._brief = brief
        # Where it is that narrow, the numbers of every other layer leave room for their neighbours.
        self._silent = inches_wide(top) < CROWDED and number % 2 == 0
        end = self._end = end_of_axis(activation.name)
        z = np.linspace(-end, end, 201)
        for axes in (top, bottom):
            axes.set_xlim(-end, end)
            ticks = {0: "0"}
            if end > 1:  # there is no room for longer numbers
                ticks = {-end / 2: f"−{end / 2:g}", 0: "0", end / 2: f"{end / 2:g}"}
            if tiny:  # then the layer's number is all that there is room for
                ticks = {0: str(number)}
            elif not brief:  # in the outer bars is all that lies beyond
                ticks = {-end: f"≤−{end:.2g}", **ticks, end: f"≥{end:.2g}"}
            axes.set_xticks([*ticks], ticks.values() if axes is bottom else [""] * len(ticks))
            if -end in ticks:  # and their names stay inside
                first_label, *_, last_label = axes.get_xticklabels()
                first_label.set_horizontalalignment("left")
                last_label.set_horizontalalignment("right")
            _shade_flat(axes, activation.name)
        low, high = self._low, self._high = _ends(activation)
        top.set_ylim(low, high + 0.04 * (high - low))
        names = [f"{end:.2g}".replace("-", "−") for end in (low, high)]
        top.set_yticks([low, high], [names[0], f"f = {names[1]}"] if first else ["", ""])
        name_layer(top, "" if tiny else str(number) if brief else f"Layer {number}")

        steepest = activation.steepest
        bottom.set_ylim(0, 1.08 * max(1, steepest))
        slopes = [steepest] if steepest > 0.6 else [steepest, 1]  # 1 keeps a gradient's size
        names = [f"{slope:.2g}" for slope in slopes[:-1]] + [f"f′ = {slopes[-1]:.2g}"]
        bottom.set_yticks(slopes, names if first else [""] * len(slopes))
        bottom.plot(z, np.abs(activation.derivative(z)), color=INK, lw=1.2)
        if not brief:
            note(bottom, "slope there", (0, 1), (0, 3), xycoords="axes fraction", color=INK)

        flat = np.full(BINS, low), np.linspace(-end, end, BINS + 1)
        fill, thin = {"fill": True, "color": SOFT_BLUE}, {**THIN, "lw": 0.8}
        self._filled = self.live(top.stairs(*flat, baseline=low, **fill))
        self._outline = self.live(top.stairs(*flat, baseline=low, **thin))
        self.line(color=INK, lw=1.2).set_data(z, activation.function(z))
        self._then, self._mean = below.line(**thin), below.line(color=BLUE, lw=1.8)
        self._share = self.remark(1, 1, dy=6, color=GREY)
        self._slope = below.remark(1, 1, dy=6, color=BLUE)
        self.artists += below.artists

    def show(self, layer: LayerSaturation, other: LayerSaturation) -> None:
        """other: the layer that it is compared with."""
        for stairs, bars in ((self._filled, layer.bars), (self._outline, other.bars)):
            stairs.set_data(self._low + HEIGHTS(bars) * (self._high - self._low))
        for line, slope in ((self._mean, layer.slope), (self._then, other.slope)):
            line.set_data([-self._end, self._end], [slope, slope])
        if self._silent:
            return
        self._slope.text = short(layer.slope) if self._brief else f"mean {short(layer.slope)}"
        say_share(self._share, layer.saturated, bool(layer.bars.any()), NEARLY_ALL, self._brief)


def _ends(activation: Activation) -> tuple[float, float]:
    """Where the axis of f begins and ends: its range, or what it reaches on the axis of z."""
    if np.isfinite(activation.range).all():
        return activation.range
    end = end_of_axis(activation.name)
    f = activation.function(np.linspace(-end, end, 201))
    return float(f.min()), float(f.max())


def _flat_zones(activation: str) -> list[tuple[float, float]]:
    end = end_of_axis(activation)
    z = np.linspace(-end, end, 16001)
    return flat_zones(activation, z, z)


def _shade_flat(axes: Axes, activation: str) -> None:
    for zone in _flat_zones(activation):
        axes.axvspan(*zone, **SATURATED_ZONE, zorder=0)


def curve(axes: Axes, name: str) -> None:
    """An activation f and its slope f' over z, the flat zones hatched and their edge named."""
    activation, end = ACTIVATIONS[name], end_of_axis(name)
    z = np.linspace(-end, end, 401)
    f, slope = activation.function(z), activation.derivative(z)
    _shade_flat(axes, name)
    axes.plot(z, f, color=INK, lw=1.6)
    axes.plot(z, slope, color=BLUE, lw=1.6)
    axes.set(xlim=(-end, end), xlabel="z")
    steepest = activation.steepest
    axes.text(end - 0.2, f[-1] - 0.05, "f", color=INK, ha="right", va="top", fontsize=9)
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
        axes.plot(ends, line, color=SOFT_BLUE, lw=1.4, zorder=1)
        axes.plot(fans, spreads, "o", color=BLUE, ms=4.5)
        axes.plot(scale**-2, 1, "o", mfc="none", mec=INK, ms=11)
        note(axes, f"× {scale:g}", (ends[1], line[1]), (12, 0), color=INK, va="center", fontsize=9)
    axes.set(xscale="log", yscale="log", xlabel="inputs n of a unit")
    middle = (np.sqrt(ends.prod()), 1)
    note(axes, "right size: 1", middle, (-12, 4), color=INK, ha="right", fontsize=9)
    heading(axes, "Standard deviation of z", dy=6)


def gradient_lines(axes: Axes, sizes: Mapping[str, np.ndarray]) -> None:
    """Of every name the gradient by layer, (layers, restarts), its median on a log scale."""
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
    """A pale dot a network, (restarts,) for every name: its saturated share, its last loss."""
    middles = [(np.median(x), np.median(y)) for x, y in zip(shares, losses, strict=True)]
    lowest = min(loss for _, loss in middles)
    for share, loss, middle, name in zip(shares, losses, middles, names, strict=True):
        axes.plot(share, loss, "o", color=SOFT_BLUE, ms=2.5, zorder=1)
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
    """A hill for every name, the first on top: the share of networks that get there, by scale."""
    rows = range(len(rates) - 1, -1, -1)
    for base, intervals in zip(rows, rates.values(), strict=True):
        low, middle, high = base + 0.8 * np.transpose([tuple(each) for each in intervals])
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
