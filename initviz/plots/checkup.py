"""A check-up in one picture: four measurements, layer by layer, what is out of bounds in orange."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..measure.standards import ZONES
from .style import BLUE, HEALTHY, ORANGE, corner, heading, styled

NAMED = 14  # layers whose names stand below the picture; more of them are numbered


@dataclass(frozen=True)
class _Panel:
    """value: of a layer, NaN where it has none. zone: what is drawn as healthy. log: the axis."""

    name: str
    unit: str
    value: Callable[[Any], float]
    zone: tuple[float, float]
    log: bool = True


BOXES = [(left, bottom, 0.41, 0.27) for bottom in (0.6, 0.17) for left in (0.07, 0.56)]


def checkup_figure(layers: Sequence[Any], asked_for: Callable[[Any], float], off: float) -> Figure:
    """Four panels over the layers of a check-up.

    layers: ``checkups.Layer`` of a report. asked_for: the weights' std of a layer, divided by what
        its activation asks for; off: by how much that may be off.
    """
    panels = (
        _Panel("Weights", "std ÷ what the activation asks for", asked_for, (1 / off, off)),
        _Panel("Answers", "std over the batch", lambda layer: layer.spread, ZONES["signal"]),
        _Panel(
            "Saturated or dead units",
            "share",
            lambda layer: layer.saturated,
            ZONES["saturated"],
            log=False,
        ),
        _Panel("Gradient", "rms ÷ the last layer's", _gradient_against(layers), ZONES["gradient"]),
    )
    with styled():
        figure = Figure((9.0, 3.4))
        axes = [figure.add_axes(box) for box in BOXES]
        for ax, panel in zip(axes, panels, strict=True):
            _draw(ax, panel, layers)
            _name_layers(ax, layers, named=ax in axes[2:])
    return figure


def _gradient_against(layers: Sequence[Any]) -> Callable[[Any], float]:
    matrices = [layer for layer in layers if layer.role == "matrix" and layer.gradient_rms > 0]
    last = matrices[-1].gradient_rms if matrices else np.nan
    return lambda layer: layer.gradient_rms / last if layer.role == "matrix" else np.nan


def _draw(axes: Axes, panel: _Panel, layers: Sequence[Any]) -> None:
    values = np.array([panel.value(layer) for layer in layers], dtype=float)
    low, high = panel.zone
    axes.set_xlim(0.3, len(layers) + 0.7)
    axes.axhspan(low, high, color=HEALTHY, lw=0, zorder=0)
    _scale(axes, panel, values)
    bottom, top = axes.get_ylim()
    shown = np.clip(np.where(np.isinf(values), top, values), bottom, top)
    out = (values < low) | (values > high)
    x = np.arange(1, len(layers) + 1)
    axes.plot(x[~out], shown[~out], "o", color=BLUE, ms=4.5, clip_on=False)
    axes.plot(x[out], shown[out], "o", color=ORANGE, ms=4.5, clip_on=False)
    heading(axes, panel.name, dy=5)
    corner(axes, panel.unit, dy=6, fontsize=8)


def _scale(axes: Axes, panel: _Panel, values: np.ndarray) -> None:
    """From end to end of what is healthy, and of what there is; at most 12 decades each way."""
    if not panel.log:
        axes.set_ylim(-0.05, 1.05)
        axes.set_yticks([0, 1], ["0%", "100%"])
        return
    low, high = panel.zone
    there = values[np.isfinite(values) & (values > 0)]
    bottom = max(np.log10(min([low, *there])), -12) - 0.3
    top = min(np.log10(max([high, *there])), 12) + 0.3
    axes.set(yscale="log", ylim=(10**bottom, 10**top))
    axes.minorticks_off()


def _name_layers(axes: Axes, layers: Sequence[Any], named: bool) -> None:
    if len(layers) > NAMED:
        axes.set_xlabel("layer, in the order of the forward pass" if named else "")
        return
    names = [layer.name if len(layer.name) <= 14 else "…" + layer.name[-13:] for layer in layers]
    turned = {"rotation": 25, "ha": "right"} if max(map(len, names)) > 4 else {}
    axes.set_xticks(range(1, len(layers) + 1), names if named else [], **turned)
