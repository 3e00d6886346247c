"""Where a network stands between order and chaos, and what theory and measurement say of it."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from .. import theory
from ..diagnostics import rms
from ..network import Network, backpropagated, weighted_sums
from ..training import Run
from .fast import Label
from .scene import Scene
from .style import BLUE, GREY, INK, PALE_BLUE, heading

SIGMA_W, SIGMA_B = (0.25, 16.0), (0.0, 2.0)  # of the plane
COLUMNS, ROWS = 61, 25
SETTLED = 60  # layers after which the plane is shown
FASTEST = 0.3  # decades a layer; a gradient that changes as fast has the full colour
FADES_OR_GROWS = LinearSegmentedColormap.from_list("phase", ["#9cc3e6", "#ffffff", "#f3c08d"])


def sigmas(network: Network) -> tuple[float, float]:
    """(σ_w, σ_b) of the hidden layers, the median of layers and restarts.

    They are measured: √(fan_in · mean square of a weight), and the biases' root mean square. The
    first layer, whose fan-in is another one, counts only where it is the only one.
    """
    inner = slice(1, -1) if len(network.weights) > 2 else slice(0, -1)
    weights = [np.sqrt(W.shape[2]) * rms(W) for W in network.weights[inner]]
    return float(np.median(weights)), float(np.median([rms(b) for b in network.biases[inner]]))


def measured(run: Run) -> theory.Course:
    """What theory predicts, measured on the networks before training: each (layers, restarts).

    The two inputs are the first two of the data. In place of χ stands the gradient: the size of
    ∂loss/∂z in every hidden layer, divided by that in the last.
    """
    network, X, y = run.network_at(0), run.dataset.X[:2], run.dataset.y[:2]
    zs = [z.astype(np.float64) for z in weighted_sums(network, X)[0][:-1]]
    with np.errstate(all="ignore"):
        squares = [(z**2).mean(axis=1) for z in zs]  # (restarts, 2)
        variance = [square.mean(axis=1) for square in squares]
        shared = [(z[..., 0] * z[..., 1]).mean(axis=1) for z in zs]
        correlation = [s / np.sqrt(q.prod(axis=1)) for s, q in zip(shared, squares, strict=True)]
        _, deltas, _ = backpropagated(network, X, y, run.loss)
        sizes = np.array([rms(delta) for delta in deltas[:-1]])
        gradient = sizes / sizes[-1]
    return theory.Course(np.array(variance), np.array(correlation), gradient)


def predicted(run: Run, found: theory.Course) -> theory.Course:
    """The same by theory, each (layers,), from what is measured in layer 1 and the network's σ.

    NaN, where the first layer has nothing to start from.
    """
    layers = len(found.variance)
    q, c = np.mean(found.variance[0]), np.mean(np.nan_to_num(found.correlation[0], nan=1.0))
    if not np.isfinite(q):
        return theory.Course(*np.full((3, layers), np.nan))
    where = run.experiment.activation, *sigmas(run.network_at(0))
    course = theory.course(layers, q, np.clip(c, -1, 1), *where)
    with np.errstate(all="ignore"):
        growth = np.cumsum(np.log(course.chi[::-1]))[::-1] / 2
        return course._replace(chi=np.exp(growth - np.log(course.chi[-1]) / 2))


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
            axes.annotate(text, (x, 1), (0, 4), xycoords="axes fraction", color=GREY, ha=ha,
                          textcoords="offset points")  # fmt: skip
        axes.pcolormesh(*_grid(), _growth(activation), cmap=FADES_OR_GROWS, vmin=-FASTEST,
                        vmax=FASTEST, shading="gouraud")  # fmt: skip
        line = edge_of_chaos(activation)
        axes.plot(*line.T, color=INK, lw=1.2, marker="o" if len(line) == 1 else "", ms=4)
        if len(line):
            x, y = line[len(line) * 2 // 3]
            side, ha = (6, "left") if x < 4 else (-6, "right")
            axes.annotate("edge of chaos", (x, y), (side, 0 if len(line) > 1 else 9), ha=ha,
                          textcoords="offset points", color=INK, va="center")  # fmt: skip
        (self._ring,) = axes.plot([], [], "o", mfc="none", mec=INK, ms=9, mew=1, clip_on=False)
        (self._dot,) = axes.plot([], [], "o", color=BLUE, mec="white", ms=9, clip_on=False)
        self._chi = Label(axes, 1, 1, dy=26, ha="right", size=8.5, color=INK,
                          transform=axes.transAxes)  # fmt: skip
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

    def show(self, found: theory.Course, expected: theory.Course, pinned) -> None:
        values = getattr(found, self.field)
        values = np.where(np.isnan(values), np.inf if self.decades else np.nan, values)
        low, middle, high = (self._height(each(values, axis=1))
                             for each in (np.min, np.median, np.max))  # fmt: skip
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
        self._through = [kind(axes, run, axes is places[-1])
                         for kind, axes in zip(kinds, places, strict=True)]  # fmt: skip
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
    axes.annotate(name, (layers[-1], expected[-1]), (5, 0), textcoords="offset points",
                  color=INK, va="center")  # fmt: skip
    axes.set_xlim(0, layers[-1] + 0.5)
    axes.set_xlabel("layer")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
