"""Pictures of chapter 07: what is left of the signal after many layers, and over the epochs."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgba
from matplotlib.figure import Figure

from ..measure.layers import densities, signal_and_trouble, spread_by_layer, statistics_by_epoch
from ..training.run import Run
from ..words.numbers import power_of_ten, short
from .by_layer import ByLayer, GradientByLayer
from .charts import bare, corner, say_nothing_to_see
from .curves import LossCurves, apart
from .fast import SmoothImage
from .maps import key
from .scales import Decades
from .scene import Scene, View
from .style import BLUE, GREY, GROUND, INK, ORANGE, PALE_BLUE, PALE_ORANGE, heading, note

COLUMNS = 20  # moments of the training in the map
FAINTEST = -4  # decades of spread; below, the map is white
CELL = 8  # a cell is drawn from so many pixels a side, so that smoothing leaves its colour alone
SIGNAL = LinearSegmentedColormap.from_list("signal", ["#ffffff", PALE_BLUE, BLUE])
SHADES = LinearSegmentedColormap.from_list("shades", ["#6ea6d9", BLUE, INK])
TROUBLE = LinearSegmentedColormap.from_list("trouble", [PALE_ORANGE, ORANGE])


class DepthScene(Scene):
    """On the left what happens over the epochs, on the right what happens over the layers."""

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        halves = [(0.055, 0.56, 0.40, 0.29)]
        if pinned is not None:
            halves = [(0.055, 0.715, 0.40, 0.135), (0.055, 0.56, 0.40, 0.135)]
        self.views = [
            SignalMap([figure.add_axes(half) for half in halves], run, pinned),
            LossCurves(figure.add_axes((0.055, 0.105, 0.40, 0.285)), run),
            SpreadByLayer(figure.add_axes((0.645, 0.56, 0.335, 0.29)), run),
            GradientByLayer(figure.add_axes((0.645, 0.105, 0.335, 0.285)), run),
        ]
        # What the colours of the map mean.
        figure.text(0.055, 0.962, "What is left of the signal", fontsize=10, fontweight="bold")
        key(figure.add_axes((0.088, 0.902, 0.072, 0.02)), SIGNAL)
        patch = figure.add_axes((0.285, 0.902, 0.015, 0.02), facecolor=ORANGE)
        bare(patch)
        trouble = "most units saturated for every input, or exploding"
        words = {0.055: power_of_ten(FAINTEST), 0.165: "1: inputs told apart", 0.305: trouble}
        for x, text in words.items():
            figure.text(x, 0.912, text, color=GREY, fontsize=7.5, va="center")
        thin = "before training" if pinned is None else "the pinned run"
        figure.text(0.98, 0.962, f"thin: {thin}", color=GREY, ha="right")


class SignalMap:
    """The spread of every hidden layer over the epochs, the median of the restarts, as colours.

    White: all inputs get the same answer. Blue: they are told apart. Orange: most units are
    saturated, whatever the input, or the spread lies beyond 10.
    axes: one, and below it one of the pinned run.
    """

    def __init__(self, axes: Sequence[Axes], run: Run, pinned: Run | None = None) -> None:
        shown = {"now": run} if pinned is None else {"now": run, "pinned": pinned}
        self._maps = [_Map(ax, each) for ax, each in zip(axes, shown.values(), strict=True)]
        axes[0].set_ylabel("layer", labelpad=2)
        small = {"xycoords": "axes fraction", "va": "center", "fontsize": 7.5}
        for ax, name in zip(axes, shown, strict=True):
            note(ax, name if pinned is not None else "", (1, 0.5), (4, 0), **small)
        self.artists = [artist for each in self._maps for artist in each.artists]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        for each, shown in zip(self._maps, filter(None, (run, pinned)), strict=True):
            each.show(shown, epoch, run.experiment.epochs)


class _Map(View):
    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes)
        layers = len(run.experiment.hidden_layers)
        axes.set_xlim(0, 1)
        self._ylim = axes.set_ylim(0.5, max(layers, 1) + 0.5)
        bare(axes)
        axes.set_yticks(sorted({1, layers} - {0}))
        axes.tick_params(length=0)
        self._seen: tuple = (None, 0)
        self._image = self.live(SmoothImage(axes))
        self._cursor = self.line(color=INK, lw=0.9)
        if not layers:
            say_nothing_to_see(axes)
            self.artists = []

    def show(self, run: Run, epoch: int, epochs: int) -> None:
        """epochs: of the run that the axis belongs to."""
        if self._seen != (run, epochs) and self.artists:
            self._seen = (run, epochs)
            self._image.colours = np.kron(_colours(run, epochs), np.ones((CELL, CELL, 1), np.uint8))
        self._cursor.set_data([epoch / epochs] * 2, self._ylim)


def _colours(run: Run, epochs: int) -> np.ndarray:
    """(layers, COLUMNS, 4), uint8; grey where the run has no such epoch, or not yet."""
    left, trouble = signal_and_trouble(run, epochs, COLUMNS, FAINTEST)
    colours = np.full((len(left), COLUMNS, 4), to_rgba(GROUND))
    known = left.shape[1]
    colours[:, :known] = np.where(trouble[..., np.newaxis] > 0, TROUBLE(trouble), SIGNAL(left))
    return (255 * colours).round().astype(np.uint8)


class SpreadByLayer(ByLayer):
    """The spread of every hidden layer at one epoch, on a log scale."""

    def __init__(self, axes: Axes, run: Run) -> None:
        layers, scale = len(run.experiment.hidden_layers), Decades(-8, 2)
        super().__init__(axes, layers, spread_by_layer, scale, numbers={-1: ("right", 12)})
        scale.mark(axes, every=2, margin=1)
        axes.set_xlim(0.5, layers + 1.5)  # as wide as the gradient's axis, which has the output
        axes.set_xticks(self._x, [""] * layers)
        heading(axes, "Signal by layer")
        corner(axes, "spread over the inputs", fontsize=7.5)


def through_training(runs: Mapping[str, Run]) -> Figure:
    """Mean and std of every layer of a run's first restart by epoch: Glorot's figure 2."""
    figure, panels = _panels(len(runs), height=2.4, wspace=0.24, sharey=True)
    for axes, (name, run) in zip(panels, runs.items(), strict=True):
        mean, std = statistics_by_epoch(run)
        colors = [*_shades(mean.shape[1])[:-1], ORANGE]
        for middle, half, color in zip(mean.T, std.T, colors, strict=True):
            band = {"color": color, "alpha": 0.13, "lw": 0}
            axes.fill_between(run.snapshots, middle - half, middle + half, **band)
            axes.plot(run.snapshots, middle, color=color, lw=1.5)
        heights = apart(list(mean[-1]), gap=0.075, ceiling=1.0)
        for layer, (height, color) in enumerate(zip(heights, colors, strict=True), start=1):
            bold = {"va": "center", "color": color, "fontweight": "bold"}
            note(axes, str(layer), (run.epoch, height), (4, 0), **bold)
        heading(axes, name, dy=9)
        axes.set(xlim=(0, run.epoch), ylim=(0, 1), xlabel="epoch")
    panels[0].set_ylabel("activation, mean ± std")
    note(panels[0], "layer", (1, 1), (-2, 2), xycoords="axes fraction", fontsize=8)
    return figure


def by_layer(values: Mapping[str, Sequence[np.ndarray]], label: str) -> Figure:
    """One panel a name, in it the distribution of each layer's values: Glorot's figures 6 to 8."""
    figure, panels = _panels(len(values), height=1.7, wspace=0.55)
    for axes, (name, layers) in zip(panels, values.items(), strict=True):
        middles, curves = densities(layers)
        end = middles[-1] + (middles[1] - middles[0]) / 2
        colors = _shades(len(layers))
        for number, (density, color) in enumerate(zip(curves, colors, strict=True), start=1):
            axes.plot(middles, density / (1.1 * np.max(curves)), color=color, lw=1.4)
            text = f"layer {number}: std {short(layers[number - 1].std())}"
            place = {"color": color, "fontsize": 8, "transform": axes.transAxes}
            axes.text(1.01, 1.05 - 0.17 * number, text, **place)
        axes.set(xlim=(-end, end), ylim=(0, 1), xlabel=label)
        axes.locator_params("x", nbins=5)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        heading(axes, name, dy=5)
    return figure


def singular_values(values: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """Of Jacobians, falling, on a log scale: panel → line → (restarts, units), their median."""
    scale = Decades(-7, 2)
    figure, panels = _panels(len(values), height=2.0, wspace=0.12, sharey=True)
    for axes, (name, lines) in zip(panels, values.items(), strict=True):
        for (line, rows), color, y in zip(lines.items(), (GREY, BLUE), (0.6, 0.5), strict=True):
            heights = scale(np.median(rows, axis=0))
            axes.plot(np.arange(1, len(heights) + 1), heights, "o-", ms=3, lw=1.2, color=color)
            axes.text(0.98, y, line, color=color, ha="right", transform=axes.transAxes)
        heading(axes, name, dy=5)
        axes.set_ylim(-6, 1)
        axes.set_yticks(range(-6, 1, 2), [power_of_ten(p) for p in range(-6, 1, 2)])
        axes.grid(axis="y")
        axes.set_xlabel("singular value, from the largest")
    return figure


def mean_and_median(axes: Axes, sizes: np.ndarray) -> None:
    """Two lines over the layers; sizes: (layers, restarts)."""
    x = np.arange(1, len(sizes) + 1)
    lines = {"mean": (sizes.mean(axis=1), GREY), "median": (np.median(sizes, axis=1), BLUE)}
    for name, (line, color) in lines.items():
        axes.plot(x, line, "o-", ms=3, lw=1.4, color=color)
        note(axes, name, (x[-1], line[-1]), (6, 0), va="center", color=color)


def _panels(count: int, height: float, wspace: float, **options) -> tuple[Figure, np.ndarray]:
    """Axes side by side on a figure of so many inches; wspace: between them."""
    figure = Figure(figsize=(8, height), dpi=84)  # at more, a notebook of them exceeds 1 MB
    FigureCanvasAgg(figure)
    options["gridspec_kw"] = {"wspace": wspace}
    return figure, figure.subplots(1, count, squeeze=False, **options)[0]


def _shades(count: int) -> list[str]:
    return [to_hex(SHADES(x)) for x in np.linspace(0, 1, count)]
