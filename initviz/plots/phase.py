"""Where a network stands between order and chaos, and what theory and measurement say of it."""

from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from ..measure import phase, theory
from ..measure.layers import most_of_restarts
from ..training.run import Run
from .by_layer import ByLayer
from .charts import corner, lines_behind
from .scales import Decades, Linear
from .scene import Panel, Scene, View, against_pinned
from .style import BLUE, GREY, INK, PALE_BLUE, heading, note

FASTEST = 0.3  # decades a layer; a gradient that changes as fast has the full colour
FADES_OR_GROWS = LinearSegmentedColormap.from_list("phase", ["#9cc3e6", "#ffffff", "#f3c08d"])
# The panels on the right, from above: title, what it counts, field of ``theory.Propagation``, axis.
THROUGH = {
    "variance": ("Variance", "of the sums z", "variance", Decades(-8, 4)),
    "correlation": ("Correlation", "of two inputs", "correlation", Linear(-0.05, 1.05)),
    "gradient": ("Gradient", "÷ the last layer's", "chi", Decades(-8, 8)),
}


class PhasePlane(View):
    """The plane of σ_w and σ_b: where gradients fade, where they grow, and the edge between. The
    dot is the network, the ring the pinned one."""

    def __init__(self, axes: Axes, run: Run) -> None:
        super().__init__(axes)
        activation = run.experiment.activation
        axes.set_xscale("log", base=2)
        axes.set(xlim=phase.SIGMA_W, ylim=phase.SIGMA_B)
        ticks = [0.25, 0.5, 1, 2, 4, 8, 16]
        axes.set_xticks(ticks, ["¼", "½", "1", "2", "4", "8", "16"])
        axes.set_xlabel("σ_w, size of the weights · √fan-in", labelpad=2)
        axes.set_ylabel("σ_b, size of the biases", labelpad=3)
        heading(axes, "Order and chaos", dy=19)
        inside = {"xycoords": "axes fraction", "color": INK}
        note(axes, "order:\ngradients\nfade", (0, 1), (5, -5), va="top", **inside)
        note(axes, "chaos:\ngradients\ngrow", (1, 0), (-5, 5), ha="right", **inside)
        colours = {"cmap": FADES_OR_GROWS, "vmin": -FASTEST, "vmax": FASTEST}
        axes.pcolormesh(*phase.plane(), phase.growth(activation), shading="gouraud", **colours)
        line = phase.edge_of_chaos(activation)
        axes.plot(*line.T, color=INK, lw=1.2, marker="o" if len(line) == 1 else "", ms=4)
        if len(line):
            x, y = line[len(line) * 2 // 3]
            side, ha = (6, "left") if x < 4 else (-6, "right")
            up = 0 if len(line) > 1 else 9
            note(axes, "edge of chaos", (x, y), (side, up), ha=ha, color=INK, va="center")
        self._ring = self.line("o", mfc="none", mec=INK, ms=9, mew=1, clip_on=False)
        self._dot = self.line("o", color=BLUE, mec="white", ms=9, clip_on=False)
        self._chi = self.remark(0, 1, dy=10, color=INK)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        sigma_w, sigma_b = phase.sigmas(run.network_at(0))
        self._dot.set_data(*_inside(sigma_w, sigma_b))
        ring = ([], []) if pinned is None else _inside(*phase.sigmas(pinned.network_at(0)))
        self._ring.set_data(*ring)
        self._chi.text = "too large to be measured"
        if np.isfinite([sigma_w, sigma_b]).all():
            factor = theory.gradient_factor(run.experiment.activation, sigma_w, sigma_b)
            self._chi.text = f"gradient × {factor:.3g} a layer"


def _inside(sigma_w: float, sigma_b: float) -> tuple[list[float], list[float]]:
    return [float(np.clip(sigma_w, *phase.SIGMA_W))], [float(np.clip(sigma_b, *phase.SIGMA_B))]


class Through(ByLayer):
    """A quantity through the layers, before training: the line is theory, dashed the pinned run."""

    def __init__(
        self, axes: Axes, run: Run, title: str, unit: str, field: str, scale: Decades | Linear
    ) -> None:
        layers = len(run.experiment.hidden_layers)
        self._field, self._log = field, isinstance(scale, Decades)
        look = {"bar": 0.9, "dot": 2.8, "joined": False, "compared": against_pinned}
        super().__init__(axes, layers, self._measured, scale, **look)
        self._thin.set(color=GREY, alpha=1, ls=(0, (2, 1.5)))
        self._beyond.set_visible(False)
        axes.set_xlim(0, max(layers, 1) + 1)
        ticks = [1, *range(10, layers + 1, 10)]
        axes.set_xticks(ticks)
        axes.set_xlabel("layer", labelpad=1)
        if isinstance(scale, Decades):
            scale.mark(axes, every=4, margin=0)
        else:
            axes.set(ylim=(scale.low, scale.high), yticks=[0, 0.5, 1])
        heading(axes, title, dy=4)
        corner(axes, unit, dy=4)
        self._line = self.line(color=INK, lw=1.4)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        super().update(run, epoch, pinned)
        self._line.set_data(self._x, self._scale(getattr(phase.predicted(run), self._field)))

    def _measured(self, run: Run, epoch: int) -> np.ndarray:
        values = getattr(phase.measured(run), self._field)
        return np.nan_to_num(values, nan=np.inf, posinf=np.inf) if self._log else values


class PhaseScene(Scene):
    """The plane on the left; variance, correlation and gradient through the layers on the right."""

    size = (8.0, 4.6)
    draws_activation = True
    panels = MappingProxyType(
        {
            "plane": Panel(
                (0.075, 0.1, 0.36, 0.73), left=0.55, right=0.15, above=0.6, view=PhasePlane
            ),
            "variance": Panel(
                (0.535, 0.73, 0.45, 0.16),
                left=0.6,
                right=0.15,
                view=lambda axes, run: Through(axes, run, *THROUGH["variance"]),
            ),
            "correlation": Panel(
                (0.535, 0.415, 0.45, 0.16),
                right=0.15,
                view=lambda axes, run: Through(axes, run, *THROUGH["correlation"]),
            ),
            "gradient": Panel(
                (0.535, 0.1, 0.45, 0.16),
                left=0.6,
                right=0.15,
                view=lambda axes, run: Through(axes, run, *THROUGH["gradient"]),
            ),
        }
    )

    def legend(self, run: Run, pinned: Run | None) -> str:
        said = []
        if self.panels.keys() & THROUGH.keys():
            count = run.experiment.restarts
            networks = f"{count} networks, median and range" if count > 1 else "one network"
            said = ["line: theory", f"dots: {networks}"]
        if pinned is not None:
            marks = {"ring": {"plane"}, "dashed": THROUGH.keys()}
            there = [mark for mark, names in marks.items() if names & self.panels.keys()]
            said.append(f"{' and '.join(there)}: the pinned run")
        return "   ·   ".join(said)


def laid_over(axes: Axes, found: np.ndarray, expected: np.ndarray, name: str = "") -> None:
    """Theory, (layers,), as a line over what is measured, (layers, restarts): median and 95 %."""
    layers = np.arange(1, len(found) + 1)
    low, middle, high = most_of_restarts(found)
    axes.fill_between(layers, low, high, color=PALE_BLUE, alpha=0.6, lw=0)
    axes.plot(layers, middle, "o", color=BLUE, ms=2.6)
    axes.plot(layers, expected, color=INK, lw=1.3)
    note(axes, name, (layers[-1], expected[-1]), (5, 0), color=INK, va="center")
    axes.set(xlim=(0, layers[-1] + 0.5), xlabel="layer")
    lines_behind(axes)
