"""Pictures of chapter 07: what is left of the signal after many layers, and over the epochs."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgba
from matplotlib.figure import Figure

from ..measure.layers import densities, signal_and_trouble, spread_by_layer, statistics_by_epoch
from ..training.run import Run
from ..words.numbers import short
from .by_layer import ByLayer, GradientByLayer
from .charts import bare, corner, say_nothing_to_see
from .curves import LossCurves, apart
from .fast import SmoothImage
from .maps import key
from .scales import Decades, ten_to
from .scene import Panel, Scene, View
from .style import BLUE, GREY, GROUND, INK, ORANGE, PALE_BLUE, PALE_ORANGE, Drawn, heading, note

COLUMNS = 20  # moments of the training in the map
FAINTEST = -4  # decades of spread; below, the map is white
CELL = 8  # a cell is drawn from so many pixels a side, so that smoothing leaves its colour alone
SIGNAL = LinearSegmentedColormap.from_list("signal", ["#ffffff", PALE_BLUE, BLUE])
HATCH = 0.45  # of a colour is left in a stripe
SHADES = LinearSegmentedColormap.from_list("shades", ["#6ea6d9", BLUE, INK])
TROUBLE = LinearSegmentedColormap.from_list("trouble", [PALE_ORANGE, ORANGE])


class SignalMap:
    """The spread of every hidden layer over the epochs, the median of the restarts, as colours.

    White: all inputs get the same answer. Blue: they are told apart. Orange and hatched: most units
    are saturated, whatever the input, or the spread lies beyond 10.
    axes: one, and below it one of the pinned run.
    """

    def __init__(self, axes: Sequence[Axes], run: Run, pinned: Run | None = None) -> None:
        shown = {"now": run} if pinned is None else {"now": run, "pinned": pinned}
        self._maps = [
            _Map(ax, each, named=ax is axes[-1])
            for ax, each in zip(axes, shown.values(), strict=True)
        ]
        axes[0].set_ylabel("layer", labelpad=2)
        small = {"xycoords": "axes fraction", "va": "center"}
        for ax, name in zip(axes, shown, strict=True):
            note(ax, name if pinned is not None else "", (1, 0.5), (4, 0), **small)
        self.artists = [artist for each in self._maps for artist in each.artists]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        for each, shown in zip(self._maps, filter(None, (run, pinned)), strict=True):
            each.show(shown, epoch, run.experiment.epochs)


class _Map(View):
    def __init__(self, axes: Axes, run: Run, named: bool) -> None:
        """named: whether the ends of the epochs are."""
        super().__init__(axes)
        layers = len(run.experiment.hidden_layers)
        axes.set_xlim(0, 1)
        self._ylim = axes.set_ylim(0.5, max(layers, 1) + 0.5)
        bare(axes)
        ends = ("epoch 0", f"{run.experiment.epochs:,}") if named else ("", "")
        for label, side in zip(axes.set_xticks([0, 1], ends), ("left", "right"), strict=True):
            label.label1.set_horizontalalignment(side)
        axes.set_yticks(sorted({1, layers} - {0}))
        axes.tick_params(length=0)
        self._seen: tuple = (None, 0)
        cell = axes.bbox.width / COLUMNS, axes.bbox.height / max(layers, 1)
        self._aspect = int(np.clip(round(cell[0] / cell[1]), 1, 8))
        self._image = self.live(SmoothImage(axes))
        self._cursor = self.line(color=INK, lw=0.9)
        if not layers:
            say_nothing_to_see(axes)
            self.artists = []

    def show(self, run: Run, epoch: int, epochs: int) -> None:
        """epochs: of the run that the axis belongs to."""
        if self._seen != (run, epochs) and self.artists:
            self._seen = (run, epochs)
            self._image.colours = _pixels(run, epochs, self._aspect)
        self._cursor.set_data([epoch / epochs] * 2, self._ylim)


def _colours(run: Run, epochs: int) -> np.ndarray:
    """(layers, COLUMNS, 4), uint8; grey where the run has no such epoch, or not yet."""
    left, trouble = signal_and_trouble(run, epochs, COLUMNS, FAINTEST)
    colours = np.full((len(left), COLUMNS, 4), to_rgba(GROUND))
    known = left.shape[1]
    colours[:, :known] = np.where(trouble[..., np.newaxis] > 0, TROUBLE(trouble), SIGNAL(left))
    return (255 * colours).round().astype(np.uint8)


def _pixels(run: Run, epochs: int, aspect: int) -> np.ndarray:
    """The same with many pixels a cell, those in trouble hatched. aspect: of a cell's width to its
    height, so that stripes slope alike on every picture."""
    colours, trouble = _colours(run, epochs), np.zeros((len(run.weights) - 1, COLUMNS), bool)
    known = signal_and_trouble(run, epochs, COLUMNS, FAINTEST)[1] > 0
    trouble[:, : known.shape[1]] = known
    return _hatched(colours, trouble, aspect)


def _hatched(colours: np.ndarray, where: np.ndarray, aspect: int = 1) -> np.ndarray:
    cell = np.ones((CELL, CELL * aspect), np.uint8)
    pixels = np.kron(colours, cell[..., np.newaxis])
    rows, columns = np.indices(pixels.shape[:2])
    stripes = ((rows + columns) % CELL == 0) & (np.kron(where, cell) > 0)
    pixels[stripes, :3] = (HATCH * pixels[stripes, :3]).astype(np.uint8)
    return pixels


class SpreadByLayer(ByLayer):
    """The spread of every hidden layer at one epoch, on a log scale."""

    def __init__(self, axes: Axes, run: Run) -> None:
        layers, scale = len(run.experiment.hidden_layers), Decades(-8, 2)
        look = {"named": True, "most": 5, "numbers": {-1: ("right", 12)}}
        super().__init__(axes, layers, spread_by_layer, scale, **look)
        scale.mark(axes, every=2, margin=1)
        axes.set_xlim(0.5, layers + 1.5)  # as wide as the gradient's axis, which has the output
        axes.set_xlabel("layer", labelpad=2)
        heading(axes, "Signal by layer")
        corner(axes, "spread over the inputs")


class DepthScene(Scene):
    """On the left what happens over the epochs, on the right what happens over the layers."""

    size = (8.0, 4.4)
    panels: ClassVar = {
        "signal": Panel(
            (0.0625, 0.59, 0.395, 0.22), True, left=0.5, right=0.6, above=0.66, below=0.3
        ),
        "losses": Panel((0.0625, 0.105, 0.395, 0.28), view=LossCurves),
        "spread": Panel((0.645, 0.59, 0.27, 0.262), right=0.65, view=SpreadByLayer),
        "gradient": Panel((0.645, 0.105, 0.27, 0.28), right=0.65, view=GradientByLayer),
    }

    def signal(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        """The map of the signal, and below it that of the pinned run; over it what colours mean."""
        left, bottom, width, height = box
        boxes = [box]
        if pinned is not None:
            half = 0.46 * height
            boxes = [(left, bottom + height - half, width, half), (left, bottom, width, half)]
        inch, line = 1 / self.size[0], 0.15 / self.size[1]
        top = bottom + height
        self.title(figure, (left, bottom, width, height + line), "What is left of the signal")
        strip = (left + 0.32 * inch, top + 1.35 * line, 0.5 * inch, 0.6 * line)
        key(figure.add_axes(strip), SIGNAL)
        patch = figure.add_axes((left, top + 0.3 * line, 0.15 * inch, 0.6 * line))
        orange = np.tile(TROUBLE(1.0, bytes=True), (1, 2, 1)).astype(np.uint8)
        patch.imshow(_hatched(orange, np.ones((1, 2), bool)), aspect="auto")
        bare(patch)
        words = {
            (0, 1.65): ten_to(FAINTEST),
            (0.87, 1.65): "1: inputs told apart",
            (0.2, 0.6): "most units saturated for every input, or exploding",
        }
        for (x, y), text in words.items():
            figure.text(left + x * inch, top + y * line, text, color=GREY, va="center")
        return [SignalMap([figure.add_axes(each) for each in boxes], run, pinned)]


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
    note(panels[0], "layer", (1, 1), (-2, 2), xycoords="axes fraction")
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
            place = {"color": color, "transform": axes.transAxes}
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
        axes.set_yticks(range(-6, 1, 2), [ten_to(p) for p in range(-6, 1, 2)])
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
    figure = Drawn(figsize=(8, height), dpi=84)  # at more, a notebook of them exceeds 1 MB
    FigureCanvasAgg(figure)
    options["gridspec_kw"] = {"wspace": wspace}
    return figure, figure.subplots(1, count, squeeze=False, **options)[0]


def _shades(count: int) -> list[str]:
    return [to_hex(SHADES(x)) for x in np.linspace(0, 1, count)]
