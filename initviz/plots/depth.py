"""Pictures of chapter 07: what is left of the signal after many layers, and over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure

from ..measure.layers import _statistics_by_epoch, signal_over_epochs, signal_spread
from ..training.run import Run
from ..words.numbers import power_of_ten, short
from .curves import LossCurves, apart
from .fast import Label, SmoothImage
from .gradients import GradientByLayer, free_side
from .scene import Scene
from .style import BLUE, GREY, INK, ORANGE, PALE_BLUE, PALE_ORANGE, heading

# The explorer's picture.

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
            SignalByLayer(figure.add_axes((0.645, 0.56, 0.335, 0.29)), run),
            GradientByLayer(figure.add_axes((0.645, 0.105, 0.335, 0.285)), run),
        ]
        _key(figure)
        thin = "before training" if pinned is None else "the pinned run"
        figure.text(0.98, 0.962, f"thin: {thin}", color=GREY, ha="right")

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        depth = 0 if pinned is None else len(pinned.experiment.hidden_layers)
        return (*super().frame(run, pinned), depth)


def _key(figure: Figure) -> None:
    """What the colours of the map mean."""
    figure.text(0.055, 0.962, "What is left of the signal", fontsize=10, fontweight="bold")
    strip = figure.add_axes((0.088, 0.902, 0.072, 0.02))
    strip.imshow(np.linspace(0, 1, 64)[np.newaxis], cmap=SIGNAL, aspect="auto")
    patch = figure.add_axes((0.285, 0.902, 0.015, 0.02))
    patch.set_facecolor(ORANGE)
    for axes in (strip, patch):
        axes.set_xticks([])
        axes.set_yticks([])
    words = {
        0.055: power_of_ten(FAINTEST),
        0.165: "1: inputs told apart",
        0.305: "most units stuck, or exploding",
    }
    for x, text in words.items():
        figure.text(x, 0.912, text, color=GREY, fontsize=7.5, va="center")


class SignalMap:
    """The spread of every hidden layer over the epochs, the median of the restarts, as colours.

    White: all inputs get the same answer. Blue: they are told apart. Orange: most units are stuck,
    that is, no input gets them out of saturation, or the spread lies beyond 10.
    axes: one, and below it one of the pinned run.
    """

    def __init__(self, axes: Sequence[Axes], run: Run, pinned: Run | None = None) -> None:
        self._maps = [_Map(ax, r) for ax, r in zip(axes, (run, pinned), strict=False)]
        axes[0].set_ylabel("layer", labelpad=2)
        if pinned is not None:
            for ax, name in zip(axes, ("now", "pinned"), strict=True):
                ax.annotate(
                    name,
                    (1, 0.5),
                    (4, 0),
                    xycoords="axes fraction",
                    va="center",
                    textcoords="offset points",
                    color=GREY,
                    fontsize=7.5,
                )
        self.artists = [artist for each in self._maps for artist in each.artists]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        for each, shown in zip(self._maps, (run, pinned), strict=False):
            each.show(shown, epoch, run.experiment.epochs)


class _Map:
    """One run's map."""

    def __init__(self, axes: Axes, run: Run) -> None:
        layers = len(run.experiment.hidden_layers)
        axes.set_xlim(0, 1)
        axes.set_ylim(0.5, layers + 0.5)
        axes.set_xticks([])
        axes.set_yticks([1] if layers == 1 else [1, layers])
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(True)
        self._seen: tuple = (None, 0)
        self._image = SmoothImage(axes)
        (self._cursor,) = axes.plot([], [], color=INK, lw=0.9)
        self.artists = [self._image, self._cursor]

    def show(self, run: Run, epoch: int, epochs: int) -> None:
        """epochs: of the run that the axis belongs to."""
        if self._seen != (run, epochs):
            self._seen = (run, epochs)
            self._image.colours = np.kron(_colours(run, epochs), np.ones((CELL, CELL, 1), np.uint8))
        self._cursor.set_data([epoch / epochs] * 2, self._cursor.axes.get_ylim())


def _colours(run: Run, epochs: int) -> np.ndarray:
    """(layers, COLUMNS, 4), uint8; grey where the run has no such epoch, or not yet."""
    wanted = np.linspace(0, epochs, COLUMNS).round().astype(int)
    known = wanted[wanted <= run.epoch]
    size, fixed = signal_over_epochs(run, known)
    with np.errstate(divide="ignore"):
        decades = np.nan_to_num(np.log10(size), nan=np.inf, posinf=9, neginf=-9)
    colours = np.full((len(size), COLUMNS, 4), (0.965, 0.973, 0.98, 1.0))
    shown = SIGNAL(np.clip(1 - decades / FAINTEST, 0, 1))
    trouble = np.maximum(2 * fixed - 1, np.clip((decades - 1) / 2, 0, 1))
    shown[trouble > 0] = TROUBLE(trouble[trouble > 0])
    colours[:, : len(known)] = shown
    return (255 * colours).round().astype(np.uint8)


class SignalByLayer:
    """The spread of every hidden layer at one epoch: median and range of the restarts, log scale.

    The thin line is the pinned run at the same epoch, or the same run before training.
    """

    lowest, highest = -8, 2  # decades; what lies beyond is drawn at the edge and marked

    def __init__(self, axes: Axes, run: Run) -> None:
        layers = len(run.experiment.hidden_layers)
        self._x = np.arange(1, layers + 1)
        axes.set_xlim(0.5, layers + 1.5)  # as wide as the gradient's axis, which has the output
        axes.set_ylim(self.lowest - 1, self.highest + 1)
        axes.set_xticks(self._x, [""] * layers)
        decades = range(self.lowest, self.highest + 1, 2)
        axes.set_yticks(decades, [f"$10^{{{p}}}$" for p in decades])
        axes.grid(axis="y")
        axes.set_axisbelow(True)
        heading(axes, "Signal by layer")
        axes.annotate(
            "spread over the inputs",
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
        (self._thin,) = axes.plot([], [], color=INK, lw=0.9, alpha=0.75)
        (self._median,) = axes.plot([], [], "o-", color=BLUE, lw=1.4, ms=5)
        (self._beyond,) = axes.plot([], [], "v", color=ORANGE, ms=6, clip_on=False)
        self._last = Label(axes, ha="right", dx=12, color=BLUE)
        self._last.set_zorder(3)
        self.artists = [self._range, self._thin, self._median, self._beyond, self._last]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        sizes = self._sizes(run, epoch)
        median = np.median(sizes, axis=1)
        height, low, high = map(self._height, (median, sizes.min(axis=1), sizes.max(axis=1)))
        self._range.set_segments(np.stack([[self._x, low], [self._x, high]]).transpose(2, 0, 1))
        self._median.set_data(self._x, height)
        beyond = (height <= self.lowest) | (height >= self.highest)
        self._beyond.set_data(self._x[beyond], height[beyond])
        other = self._sizes(run, 0) if pinned is None else self._sizes(pinned, epoch)
        thin = self._height(np.median(other, axis=1)[: len(self._x)])
        self._thin.set_data(self._x[: len(thin)], thin)
        self._name_last(median[-1], height[-1], low, high)

    def _name_last(self, size: float, height: float, low: np.ndarray, high: np.ndarray) -> None:
        """Write the last layer's number beside its dot."""
        label, lines = self._last, (self._median, self._thin)
        label.x, label.y, label.text = self._x[-1], height, short(size)
        label.color = ORANGE if height in (self.lowest, self.highest) else BLUE
        label.dy = free_side(label, -1, lines, self._x, low, high)

    def _sizes(self, run: Run, epoch: int) -> np.ndarray:
        sizes = signal_spread(run.network_at(min(epoch, run.epoch)), run.probe)
        return np.where(np.isnan(sizes), np.inf, sizes)

    def _height(self, sizes: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.clip(np.log10(sizes), self.lowest, self.highest)


# The still pictures.


def through_training(runs: Mapping[str, Run]) -> Figure:
    """Mean and standard deviation of every hidden layer's activations over the epochs.

    Figure 2 of Glorot & Bengio 2010, one panel a run, of its first restart; the top layer orange.
    """
    figure, panels = _panels(len(runs), height=2.4, wspace=0.24, sharey=True)
    for axes, (name, run) in zip(panels, runs.items(), strict=True):
        mean, std = _statistics_by_epoch(run)
        colors = [*_shades(mean.shape[1])[:-1], ORANGE]
        for middle, half, color in zip(mean.T, std.T, colors, strict=True):
            axes.fill_between(
                run.snapshots, middle - half, middle + half, color=color, alpha=0.13, lw=0
            )
            axes.plot(run.snapshots, middle, color=color, lw=1.5)
        heights = apart(list(mean[-1]), gap=0.075, ceiling=1.0)
        for layer, (height, color) in enumerate(zip(heights, colors, strict=True), start=1):
            axes.annotate(
                str(layer),
                (run.epoch, height),
                (4, 0),
                textcoords="offset points",
                va="center",
                color=color,
                fontweight="bold",
            )
        heading(axes, name, dy=9)
        axes.set_xlim(0, run.epoch)
        axes.set_ylim(0, 1)
        axes.set_xlabel("epoch")
    panels[0].set_ylabel("activation, mean ± std")
    panels[0].annotate(
        "layer",
        (1, 1),
        (-2, 2),
        xycoords="axes fraction",
        color=GREY,
        textcoords="offset points",
        fontsize=8,
    )
    return figure


def by_layer(values: Mapping[str, Sequence[np.ndarray]], label: str) -> Figure:
    """How a quantity is distributed in every layer: one panel a name, one curve a layer.

    Figures 6 to 8 of Glorot & Bengio 2010. values: of each layer, any shape.
    """
    figure, panels = _panels(len(values), height=1.7, wspace=0.55)
    for axes, (name, layers) in zip(panels, values.items(), strict=True):
        end = max(min(3.5 * layer.std(), 1.05 * np.abs(layer).max()) for layer in layers)
        edges = np.linspace(-end, end, 81)
        middles = (edges[1:] + edges[:-1]) / 2
        densities = [np.histogram(layer, edges)[0] / layer.size for layer in layers]
        top = 1.1 * max(density.max() for density in densities)
        for number, (density, color) in enumerate(
            zip(densities, _shades(len(layers)), strict=True), start=1
        ):
            axes.plot(middles, density / top, color=color, lw=1.4)
            text = f"layer {number}: std {short(layers[number - 1].std())}"
            axes.text(
                1.01, 1.05 - 0.17 * number, text, color=color, fontsize=8, transform=axes.transAxes
            )
        axes.set_xlim(-end, end)
        axes.locator_params("x", nbins=5)
        axes.set_ylim(0, 1)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(label)
        heading(axes, name, dy=5)
    return figure


def singular_values(values: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """Of a Jacobian, from the largest to the smallest, on a log scale: one panel a name.

    values: panel → line → (restarts, units), each row falling. Line: the median of the restarts.
    """
    lowest = -6
    figure, panels = _panels(len(values), height=2.0, wspace=0.12, sharey=True)
    for axes, (name, lines) in zip(panels, values.items(), strict=True):
        for at, ((line, rows), color) in enumerate(zip(lines.items(), (GREY, BLUE), strict=True)):
            with np.errstate(divide="ignore"):
                heights = np.clip(np.log10(np.median(rows, axis=0)), lowest - 1, None)
            axes.plot(np.arange(1, len(heights) + 1), heights, "o-", ms=3, lw=1.2, color=color)
            axes.text(0.98, 0.6 - 0.1 * at, line, color=color, ha="right", transform=axes.transAxes)
        heading(axes, name, dy=5)
        axes.set_ylim(lowest, 1)
        axes.set_yticks(range(lowest, 1, 2), [power_of_ten(p) for p in range(lowest, 1, 2)])
        axes.grid(axis="y")
        axes.set_xlabel("singular value, from the largest")
    return figure


def mean_and_median(axes: Axes, sizes: np.ndarray) -> None:
    """Two lines over the layers; sizes: (layers, restarts)."""
    x = np.arange(1, len(sizes) + 1)
    for name, line, color in (
        ("mean", sizes.mean(axis=1), GREY),
        ("median", np.median(sizes, axis=1), BLUE),
    ):
        axes.plot(x, line, "o-", ms=3, lw=1.4, color=color)
        axes.annotate(
            name, (x[-1], line[-1]), (6, 0), textcoords="offset points", va="center", color=color
        )


def _panels(count: int, height: float, wspace: float, **options) -> tuple[Figure, np.ndarray]:
    """Axes side by side on a figure of so many inches; wspace: between them."""
    figure = Figure(figsize=(8, height), dpi=84)  # at more, a notebook of them exceeds 1 MB
    FigureCanvasAgg(figure)
    options["gridspec_kw"] = {"wspace": wspace}
    return figure, figure.subplots(1, count, squeeze=False, **options)[0]


def _shades(count: int) -> list[str]:
    """From pale for the first layer to dark for the last."""
    return [to_hex(SHADES(x)) for x in np.linspace(0, 1, count)]
