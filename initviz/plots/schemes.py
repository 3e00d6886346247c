"""Pictures of chapter 04: how large a scheme's weights are, and what becomes of the signal on its
way forward and of the gradient on its way back.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ..measure.layers import (
    activation_statistics,
    factor_per_layer,
    gradient_sizes,
    reference_sizes,
)
from ..measure.vitals import weight_sizes
from ..networks.network import Network
from ..training.run import Run
from ..words.numbers import power_of_ten, times
from .curves import LossCurves, apart
from .fast import Label
from .scene import Scene
from .style import BLUE, GREY, INK, ORANGE, PALE_BLUE, PALE_GREY, Knee, heading

KNEE = Knee(2.0, share=0.15)
FAIR = 1.25  # a factor per layer within which no orange is called for
DASHES = {"He": "-", "Glorot": (0, (5, 2)), "LeCun": (0, (1, 1.5))}
STROKES = {"He": "──", "Glorot": "╌╌", "LeCun": "┈┈"}  # the same, as text beside the names


# The explorer's picture.


class _ByLayer:
    """Sizes by layer: the restarts' median and range before training, as dots, ``joined`` or not.

    Thin: the same networks at the epoch shown, or the pinned ones before training.
    lowest, highest: of the axis; a median there lies beyond it, and is marked.
    """

    lowest, highest = -np.inf, np.inf

    def __init__(self, axes: Axes, names: list[str], joined: bool) -> None:
        self._x = np.arange(1, len(names) + 1)
        axes.set_xlim(0.5, len(names) + 0.5)
        axes.set_xticks(self._x, names)
        axes.set_xlabel("layer", labelpad=2)
        axes.grid(axis="y")
        axes.set_axisbelow(True)
        self._range = LineCollection([], colors=PALE_BLUE, linewidths=5)
        axes.add_collection(self._range, autolim=False)
        circles = {"ls": "", "marker": "o", "ms": 7, "mfc": "none", "mew": 0.9, "clip_on": False}
        thin = {"lw": 0.9} if joined else circles
        (self._thin,) = axes.plot([], [], color=INK, alpha=0.75, **thin)
        line = "-" if joined else ""
        (self._median,) = axes.plot([], [], "o", ls=line, color=BLUE, lw=1.4, ms=4.5, clip_on=False)
        (self._beyond,) = axes.plot([], [], "D", color=ORANGE, ms=4.5, clip_on=False)
        self.artists = [self._range, self._thin, self._median, self._beyond]

    def _draw(self, sizes: np.ndarray, thin: np.ndarray) -> None:
        """Both (layers, restarts); a pinned run may have another number of layers."""
        sizes = np.where(np.isnan(sizes), np.inf, sizes)
        low, high = self._height(sizes.min(axis=1)), self._height(sizes.max(axis=1))
        self._range.set_segments(np.stack([[self._x, low], [self._x, high]]).transpose(2, 0, 1))
        height = self._height(_median(sizes))
        self._median.set_data(self._x, height)
        beyond = (height == self.lowest) | (height == self.highest)
        self._beyond.set_data(self._x[beyond], height[beyond])
        layers = min(len(thin), len(self._x))
        self._thin.set_data(self._x[:layers], self._height(_median(thin[:layers])))

    def _height(self, sizes: np.ndarray) -> np.ndarray:
        """Where on the axis a size lies; infinity at its end."""
        raise NotImplementedError


class WeightsByLayer(_ByLayer):
    """The weights' standard deviation against what Glorot, He and LeCun ask for.

    Its unit is LeCun's 1 / sqrt(fan_in), so that layers of different width can be compared.
    """

    highest = KNEE.end

    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes, _names(run, output=True), joined=False)
        heading(axes, "How large the weights are")
        axes.set_ylabel("std of w · √fan_in", labelpad=1)
        axes.set_ylim(-0.06, KNEE.end)
        axes.set_yticks(KNEE(np.array([0, 1, 2, 1e4])), ["0", "1", "2", power_of_ten(4)])
        axes.axhspan(1, KNEE.end, color="#f6f8fa", lw=0, zorder=0)
        axes.text(
            0.01,
            (1 + KNEE.end) / 2,
            "log scale above",
            color=GREY,
            fontsize=6.5,
            va="center",
            transform=axes.get_yaxis_transform(),
        )
        self._lines = {
            name: axes.plot([], [], color=GREY, lw=1.1, ls=dashes, drawstyle="steps-mid")[0]
            for name, dashes in DASHES.items()
        }
        self._labels = {name: Label(axes, dx=4, color=GREY) for name in DASHES}
        self.artists = [*self._lines.values(), *self.artists, *self._labels.values()]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        start, thin = run.network_at(0), _thin_network(run, epoch, pinned)
        self._draw(_relative(start, weight_sizes(start)), _relative(thin, weight_sizes(thin)))
        edges = [0.5, *self._x, self._x[-1] + 0.5]
        lines = {name: KNEE(_relative(start, s)) for name, s in reference_sizes(start).items()}
        last = np.array([heights[-1] for heights in lines.values()])
        ends = np.array(apart(last.tolist(), KNEE.end / 8, KNEE.end))
        ends -= (ends - last).mean()  # some up, some down, so that none is far from its line
        for (name, heights), end in zip(lines.items(), ends, strict=True):
            self._lines[name].set_data(edges, [heights[0], *heights, heights[-1]])
            label = self._labels[name]
            label.x, label.y, label.text = edges[-1], end, f"{STROKES[name]} {name}"

    def _height(self, sizes: np.ndarray) -> np.ndarray:
        return KNEE(sizes)


class SignalByLayer(_ByLayer):
    """The signal on its way forward, from layer 1 to the last hidden one, on a log scale."""

    lowest, highest = -4, 1  # decades
    title, unit, way, origin = "Forward: the signal", "rms of a", "→", 0

    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes, _names(run, output=False), joined=True)
        heading(axes, self.title)
        axes.set_ylabel(self.unit, labelpad=1)
        axes.set_ylim(self.lowest - 0.15, self.highest + 0.15)
        axes.set_yticks(
            range(-4, 2), [power_of_ten(-4), power_of_ten(-3), "0.01", "0.1", "1", "10"]
        )
        (self._level,) = axes.plot([], [], color=GREY, lw=0.9, ls=(0, (2, 2)))
        self._constant = Label(axes, dx=4, color=GREY)
        self._factor = Label(
            axes, 1, 1, dy=17, ha="right", size=8.5, color=INK, transform=axes.transAxes
        )
        self.artists = [self._level, *self.artists, self._constant, self._factor]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        sizes = self._sizes(run.network_at(0), run)
        self._draw(sizes, self._sizes(_thin_network(run, epoch, pinned), run))
        level, last = self._height(_median(sizes))[self.origin], self._x[-1] + 0.5
        self._level.set_data([0.5, last], [level, level])
        self._constant.x, self._constant.y, self._constant.text = last, level, "constant"
        factor = factor_per_layer(sizes[:: -1 if self.origin else 1])
        known = np.isfinite(factor)
        self._factor.text = f"× {times(factor)} a layer {self.way}" if known else ""
        self._factor.color = INK if 1 / FAIR <= factor <= FAIR else ORANGE

    def _sizes(self, network: Network, run: Run) -> np.ndarray:
        return activation_statistics(network, run.probe).rms[:-1]

    def _height(self, sizes: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.clip(np.log10(sizes), self.lowest, self.highest)


class BackwardByLayer(SignalByLayer):
    """The gradient on its way back, from the last hidden layer to layer 1."""

    title, unit, way, origin = "Backward: the gradient", "rms of ∂loss/∂z", "←", -1

    def _sizes(self, network: Network, run: Run) -> np.ndarray:
        return gradient_sizes(network, run.probe, run.probe_targets, run.loss_name)


class SchemesScene(Scene):
    """The weights and the losses on the left, the two ways through the layers on the right."""

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        self.views = [
            WeightsByLayer(figure.add_axes((0.065, 0.585, 0.32, 0.255)), run),
            LossCurves(figure.add_axes((0.065, 0.105, 0.30, 0.285)), run),
            SignalByLayer(figure.add_axes((0.56, 0.585, 0.36, 0.255)), run),
            BackwardByLayer(figure.add_axes((0.56, 0.105, 0.36, 0.285)), run),
        ]
        thin = "the same at the epoch shown" if pinned is None else "the pinned run before training"
        figure.text(
            0.98, 0.965, f"blue: before training   ·   thin: {thin}", color=GREY, ha="right"
        )


def _thin_network(run: Run, epoch: int, pinned: Run | None) -> Network:
    return run.network_at(epoch) if pinned is None else pinned.network_at(0)


def _names(run: Run, output: bool) -> list[str]:
    hidden = len(run.experiment.hidden_layers)
    names = [str(n) if hidden <= 8 or n % 2 else "" for n in range(1, hidden + 1)]
    return [*names, "out"] if output else names


def _relative(network: Network, sizes: np.ndarray) -> np.ndarray:
    """Sizes (layers, …) in units of 1 / sqrt(fan_in)."""
    fan_in = np.array(network.layers[:-1])
    return (sizes.T * np.sqrt(fan_in)).T


def _median(sizes: np.ndarray) -> np.ndarray:
    """(layers,), of the restarts; not a number counts as infinite."""
    return np.median(np.where(np.isnan(sizes), np.inf, sizes), axis=1)


# Still pictures for the notebook.


def two_ways(axes: Axes, factors: Mapping[str, tuple[float, float]], title: str) -> None:
    """What a layer does to the size of the signal and of the gradient, a row for every rule.

    factors: rule → (factor forward, factor backward); 1 keeps the size.
    """
    axes.axvline(1, color=GREY, lw=0.9, ls=(0, (2, 2)))
    for y, (onward, back) in enumerate(reversed(factors.values())):
        axes.plot([onward, back], [y, y], color=PALE_GREY, lw=2, zorder=0)
        axes.plot(back, y, "o", ms=9, mfc="none", mec=INK, mew=1.1)
        axes.plot(onward, y, "o", ms=5, color=BLUE)
    first = next(iter(factors.values()))
    if max(first) > 1.2 * min(first):  # room for names
        for x, name, color in zip(first, ("forward", "back"), (BLUE, INK), strict=True):
            axes.annotate(
                name,
                (x, len(factors) - 1),
                (0, 6),
                textcoords="offset points",
                color=color,
                ha="center",
                va="bottom",
            )
    axes.set_xscale("log", base=2)
    axes.set_xlim(2**-1.3, 2**1.3)
    axes.set_xticks([0.5, 1, 2], ["× 0.5", "× 1", "× 2"])
    axes.set_yticks(range(len(factors)), list(reversed(factors)))
    axes.set_ylim(-0.6, len(factors) - 0.2)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    heading(axes, title, dy=6)


def recipes(axes: Axes, fixed: Mapping[str, float]) -> None:
    """The standard deviation of the weights against fan_in: a formula follows it, a recipe cannot.

    fixed: name → the standard deviation that it gives every layer.
    """
    fan_in = np.array([1, 1e7])
    for name, size in fixed.items():
        axes.plot(fan_in, [size, size], color=ORANGE, lw=1.2)
        axes.text(fan_in[1], size, f" {name}", color=ORANGE, va="center")
        axes.plot(size**-2.0, size, "o", ms=6, color=INK, zorder=3, clip_on=False)
    axes.plot(fan_in, fan_in**-0.5, color=BLUE, lw=1.6)
    axes.text(3e5, 3e-3, "$1/\\sqrt{n_{in}}$", color=BLUE, va="bottom")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*fan_in)
    axes.set_xlabel("$n_{in}$, inputs of a unit")
    axes.set_ylabel("std of its weights")


def by_layer(axes: Axes, values: np.ndarray, name: str = "", at_layer: int = -1) -> None:
    """The restarts' median by layer, and the range that holds 95 % of them. (layers, restarts).

    name: written beside the line's last point, or its first (``at_layer=1``).
    """
    layers = np.arange(1, len(values) + 1)
    low, middle, high = np.quantile(values, [0.025, 0.5, 0.975], axis=1)
    axes.fill_between(layers, low, high, color=BLUE, alpha=0.2, lw=0)
    axes.plot(layers, middle, color=BLUE, lw=1.6)
    x, y, side = (1, middle[0], -4) if at_layer == 1 else (layers[-1], middle[-1], 4)
    axes.annotate(
        name,
        (x, y),
        (side, 0),
        textcoords="offset points",
        color=BLUE,
        va="center",
        ha="left" if side > 0 else "right",
    )
    axes.set_xlim(0, layers[-1])
    axes.set_xlabel("layer")
    axes.grid(axis="y")
