"""Where a network stands between order and chaos, and what theory and measurement say of it."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ..measure import theory
from ..measure.phase import measured, predicted, sigmas
from ..training.run import Run
from .fast import Label
from .scene import Scene
from .style import BLUE, GREY, INK, PALE_BLUE, heading

SIGMA_W, SIGMA_B = (0.25, 16.0), (0.0, 2.0)  # of the plane
COLUMNS, ROWS = 61, 25
SETTLED = 60  # layers after which the plane is shown
FASTEST = 0.3  # decades a layer; a gradient that changes as fast has the full colour
FADES_OR_GROWS = LinearSegmentedColormap.from_list("phase", ["#9cc3e6", "#ffffff", "#f3c08d"])


class PhasePlane:
    """The plane of σ_w and σ_b: where gradients fade, where they grow, and the edge between.

    The dot is the network, the ring the pinned one.
    """

    def __init__(self, axes: Axes, run: Run) -> None:
        activation = run.experiment.activation
        axes.set_xscale("log", base=2)
        axes.set_xlim(*SIGMA_W)
        axes.set_ylim(*SIGMA_B)
        ticks = [0.25, 0.5, 1, 2, 4, 8, 16]
        axes.set_xticks(ticks, ["¼", "½", "1", "2", "4", "8", "16"])
        axes.set_xlabel("σ_w, size of the weights · √fan-in", labelpad=2)
        axes.set_ylabel("σ_b, size of the biases", labelpad=3)
        heading(axes, "Order and chaos", dy=20)
        for x, ha, text in ((0, "left", "order: gradients fade"), (1, "right", "chaos: they grow")):
            axes.annotate(
                text,
                (x, 1),
                (0, 4),
                xycoords="axes fraction",
                color=GREY,
                ha=ha,
                textcoords="offset points",
            )
        axes.pcolormesh(
            *_grid(),
            _growth(activation),
            cmap=FADES_OR_GROWS,
            vmin=-FASTEST,
            vmax=FASTEST,
            shading="gouraud",
        )
        line = edge_of_chaos(activation)
        axes.plot(*line.T, color=INK, lw=1.2, marker="o" if len(line) == 1 else "", ms=4)
        if len(line):
            x, y = line[len(line) * 2 // 3]
            side, ha = (6, "left") if x < 4 else (-6, "right")
            axes.annotate(
                "edge of chaos",
                (x, y),
                (side, 0 if len(line) > 1 else 9),
                ha=ha,
                textcoords="offset points",
                color=INK,
                va="center",
            )
        (self._ring,) = axes.plot([], [], "o", mfc="none", mec=INK, ms=9, mew=1, clip_on=False)
        (self._dot,) = axes.plot([], [], "o", color=BLUE, mec="white", ms=9, clip_on=False)
        self._chi = Label(
            axes, 1, 1, dy=26, ha="right", size=8.5, color=INK, transform=axes.transAxes
        )
        self.artists = [self._ring, self._dot, self._chi]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        sigma_w, sigma_b = sigmas(run.network_at(0))
        self._dot.set_data(*_inside(sigma_w, sigma_b))
        self._ring.set_data(*([], []) if pinned is None else _inside(*sigmas(pinned.network_at(0))))
        factor = theory.gradient_factor(run.experiment.activation, sigma_w, sigma_b)
        self._chi.text = f"gradient × {factor:.3g} a layer"


def _inside(sigma_w: float, sigma_b: float) -> tuple[list[float], list[float]]:
    return [float(np.clip(sigma_w, *SIGMA_W))], [float(np.clip(sigma_b, *SIGMA_B))]


def _grid() -> tuple[np.ndarray, np.ndarray]:
    """σ_w and σ_b all over the plane, each (ROWS, COLUMNS)."""
    return np.meshgrid(np.geomspace(*SIGMA_W, COLUMNS), np.linspace(*SIGMA_B, ROWS))


@cache
def _growth(activation: str) -> np.ndarray:
    """log10 of what a layer does to the gradient, far from the input, (ROWS, COLUMNS)."""
    sigma_w, sigma_b = _grid()
    q = np.ones((ROWS, COLUMNS))
    for _ in range(SETTLED):
        q = np.minimum(sigma_w**2 * theory.mean_square(activation, q) + sigma_b**2, 1e12)
    return np.log10(sigma_w**2 * theory.mean_square_slope(activation, q)) / 2


@cache
def edge_of_chaos(activation: str) -> np.ndarray:
    """Points (σ_w, σ_b) at which χ = 1, from σ_b = 0 upwards; those that there are."""
    heights = np.linspace(0, 1, 13) ** 2 * SIGMA_B[1]  # it bends most near 0
    edge = [(theory.critical_sigma_w(activation, float(b)), b) for b in heights]
    return np.array([point for point in edge if point[0] is not None]).reshape(-1, 2)


class _Through:
    """A quantity by layer: dots and bars are measured, the line is theory, grey is the pinned run.

    field: of ``theory.Course``. limits: of the axis; what lies beyond is drawn at its edge.
    """

    title, field, limits, decades = "", "", (0.0, 1.0), True

    def __init__(self, axes: Axes, run: Run, last: bool = False) -> None:
        layers = len(run.experiment.hidden_layers)
        self._x = np.arange(1, layers + 1)
        axes.set_xlim(0, layers + 1)
        axes.set_ylim(*self.limits)
        ticks = [1, *range(10, layers + 1, 10)]
        axes.set_xticks(ticks, ticks if last else [""] * len(ticks))
        if last:
            axes.set_xlabel("layer", labelpad=2)
        self._mark_scale(axes)
        axes.grid(axis="y")
        axes.set_axisbelow(True)
        heading(axes, self.title, dy=4)
        self._range = LineCollection([], colors=PALE_BLUE, linewidths=3)
        axes.add_collection(self._range, autolim=False)
        (self._pinned,) = axes.plot([], [], color=GREY, lw=0.9, ls=(0, (2, 1.5)))
        (self._dots,) = axes.plot([], [], "o", color=BLUE, ms=2.6)
        (self._line,) = axes.plot([], [], color=INK, lw=1.4)
        self.artists = [self._range, self._pinned, self._dots, self._line]

    def _mark_scale(self, axes: Axes) -> None:
        raise NotImplementedError

    def show(self, found: theory.Propagation, expected: theory.Propagation, pinned) -> None:
        values = getattr(found, self.field)
        values = np.where(np.isnan(values), np.inf if self.decades else np.nan, values)
        low, middle, high = (
            self._height(each(values, axis=1)) for each in (np.min, np.median, np.max)
        )
        self._range.set_segments(np.stack([[self._x, low], [self._x, high]]).transpose(2, 0, 1))
        self._dots.set_data(self._x, middle)
        self._line.set_data(self._x, self._height(getattr(expected, self.field)))
        other = [] if pinned is None else np.median(getattr(pinned, self.field), axis=1)
        shown = min(len(other), len(self._x))
        self._pinned.set_data(self._x[:shown], self._height(np.asarray(other[:shown], float)))

    def _height(self, values: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.clip(np.log10(values) if self.decades else values, *self.limits)


class _Decades(_Through):
    def _mark_scale(self, axes: Axes) -> None:
        low, high = self.limits
        ticks = range(round(low), round(high) + 1, 4)
        axes.set_yticks(ticks, [f"$10^{{{power}}}$" for power in ticks])


class VarianceByLayer(_Decades):
    title, field, limits = "Variance of the sums z", "variance", (-8.0, 4.0)


class CorrelationByLayer(_Through):
    title, field, limits, decades = "Correlation of two inputs", "correlation", (-0.05, 1.05), False

    def _mark_scale(self, axes: Axes) -> None:
        axes.set_yticks([0, 0.5, 1])


class GradientThroughLayers(_Decades):
    title, field, limits = "Gradient, in units of the last layer's", "chi", (-8.0, 8.0)


class PhaseScene(Scene):
    """The plane on the left; variance, correlation and gradient through the layers on the right."""

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        self._plane = PhasePlane(figure.add_axes((0.065, 0.105, 0.37, 0.715)), run)
        places = [figure.add_axes((0.53, bottom, 0.455, 0.185)) for bottom in (0.70, 0.40, 0.10)]
        kinds = VarianceByLayer, CorrelationByLayer, GradientThroughLayers
        self._through = [
            kind(axes, run, axes is places[-1]) for kind, axes in zip(kinds, places, strict=True)
        ]
        self.views = [self._plane, *self._through]
        count = run.experiment.restarts
        networks = f"median and range of {count} networks" if count > 1 else "one network"
        dashed = "" if pinned is None else "   ·   dashed: pinned"
        figure.text(0.985, 0.965, f"{networks}{dashed}", color=GREY, ha="right")
        figure.text(0.53, 0.965, "theory", color=INK, fontweight="bold")
        figure.text(0.585, 0.965, "measured", color=BLUE, fontweight="bold")

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        self._plane.update(run, epoch, pinned)
        found = measured(run)
        expected = predicted(run, found)
        other = None if pinned is None else measured(pinned)
        for view in self._through:
            view.show(found, expected, other)


# The still picture of the notebook.


def laid_over(axes: Axes, found: np.ndarray, expected: np.ndarray, name: str = "") -> None:
    """Theory as a line over what is measured: medians as dots, and a band that holds 95 %.

    found: (layers, restarts). expected: (layers,). name: written behind the last layer.
    """
    layers = np.arange(1, len(found) + 1)
    low, middle, high = np.quantile(found, [0.025, 0.5, 0.975], axis=1)
    axes.fill_between(layers, low, high, color=PALE_BLUE, alpha=0.6, lw=0)
    axes.plot(layers, middle, "o", color=BLUE, ms=2.6)
    axes.plot(layers, expected, color=INK, lw=1.3)
    axes.annotate(
        name, (layers[-1], expected[-1]), (5, 0), textcoords="offset points", color=INK, va="center"
    )
    axes.set_xlim(0, layers[-1] + 0.5)
    axes.set_xlabel("layer")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
