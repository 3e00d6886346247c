"""The vital signs of a start, and a check-up: one small panel a sign, its healthy zone shaded."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..measure.intervals import Interval
from ..measure.standards import ZONES, outside, saturated_word
from ..measure.vitals import vitals_of
from ..training.run import Run
from ..words.numbers import short
from .by_layer import ByLayer, GradientByLayer
from .charts import corner, name_rows
from .curves import LossCurves
from .main import Overview
from .scales import Decades, Linear, ten_to
from .scene import Panel, Scene, against_start, picture, start_against
from .style import BLUE, GREY, HEALTHY_ZONE, ORANGE, RUST, Drawn, heading, literal, note, styled

# Of each sign: its name, its unit, and the axis.
PANELS = {
    "weights": ("Weights", "std ÷ {scheme}'s", Decades(-3, 3)),
    "signal": ("Signal", "std over samples", Decades(-6, 4)),
    "saturated": ("{saturated} units", "share", Linear(0, 1)),
    "symmetry": ("Distinct units", "share", Linear(0, 1)),
    "gradient": ("Gradient", "rms ÷ output layer's", Decades(-6, 4)),
    "update": ("First step", "rms ÷ weights'", Decades(-6, 4)),
}


# Of a number by its dot: which side of it stands there, and how far away in points.
PLACES = [(*side, dy) for dy in (-10, 10) for side in (("left", -4.0), ("right", 4.0))]
PLACES += [("left", 7.0, 0.0), ("right", -7.0, 0.0)]
NAMED = 14  # layers whose names stand below the picture, and letters of a name
BOXES = [(left, bottom, 0.41, 0.25) for bottom in (0.58, 0.17) for left in (0.07, 0.56)]


class VitalSign(ByLayer):
    """One sign: a dot a layer, the median restart; pale, from the least to the greatest.

    A dot outside of the healthy zone is orange, and so is its number; the layer that is furthest
    out, or nearest to it, has one. compared, named: what is shown and what is the thin line, and
    whether they are named where they end, as in ``ByLayer``.
    """

    def __init__(
        self,
        axes: Axes,
        run: Run,
        sign: str,
        compared: Callable = start_against,
        named: bool = False,
    ) -> None:
        name, self._unit_text, scale = PANELS[sign]
        self._sign, hidden = sign, len(run.experiment.hidden_layers)
        output = sign in ("weights", "gradient", "update")

        def measured(run: Run, epoch: int) -> np.ndarray:
            return vitals_of(run, epoch).values[sign]

        look = {"output": output, "compared": compared, "most": 6, "joined": False}
        look |= {"named": named, "bar": 4, "dot": 4.5, "beyond": "o"}
        super().__init__(axes, hidden + output, measured, scale, **look)
        axes.set_xlim(0.5, hidden + 1.5)
        axes.set_xlabel("layer", labelpad=1)
        axes.grid(visible=False)
        low, high = scale.low, scale.high
        margin = 0.06 * (high - low)
        axes.set_ylim(low - margin, high + margin)
        axes.axhspan(*scale(np.array(ZONES[sign])), **HEALTHY_ZONE, zorder=0)
        if isinstance(scale, Decades):
            axes.set_yticks((low, 0, high), [ten_to(low), "1", ten_to(high)])
        else:
            axes.set_yticks([0, 1], ["0%", "100%"])
        word = saturated_word(run.experiment.activation).capitalize()
        heading(axes, name.format(saturated=word), dy=16)
        self._unit = self.remark(0, 1, dy=9, color=GREY)
        self._worst = self.name(GREY, dy=9)

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        super().update(run, epoch, pinned)
        found = vitals_of(*self._compared(run, epoch, pinned)[0])
        self._unit.text = self._unit_text.format(scheme=found.scheme)
        if len(self._x):
            layer, value = found.worst(self._sign)
            number = f"{value:.0%}" if isinstance(self._scale, Linear) else short(value)
            self._worst.text = "" if np.isnan(value) else number
            self._worst.color = RUST if outside(value, ZONES[self._sign]) else GREY
            if self._worst.text:
                self._put_beside(layer, value)

    def _put_beside(self, layer: int, value: float) -> None:
        """The number near its dot, where the fewest dots and edges of the zone are behind it."""
        label, axes, scale = self._worst, self.axes, self._scale
        label.x, label.y = layer + 1, float(scale(np.array(value)))
        inside, near = axes.bbox, 4  # pixels
        x, y = axes.transData.transform(np.column_stack(self._median.get_data())).T
        limits = [(label.x, limit) for limit in scale(np.array(ZONES[self._sign]))]
        edges = axes.transData.transform(limits)[:, 1]

        def cost(place: tuple[str, float, float]) -> float:
            label.ha, label.dx, label.dy = place
            left, bottom, right, top = label.get_window_extent().extents
            across = (left - near < x) & (x < right + near)
            covered = across & (bottom - near < y) & (y < top + near)
            crossed = (bottom < edges) & (edges < top)
            beyond = left < inside.x0 or right > inside.x1 or bottom < inside.y0 or top > inside.y1
            return 4 * covered.sum() + crossed.sum() + 3 * beyond

        label.ha, label.dx, label.dy = min(PLACES, key=cost)

    def _trouble(self, middle: np.ndarray, height: np.ndarray) -> np.ndarray:
        return outside(middle, ZONES[self._sign])


def _sign(box: tuple[float, float, float, float], sign: str) -> Panel:
    view = partial(VitalSign, sign=sign)
    return Panel(box, left=0.45, right=0.25, above=0.6, view=view)


class CheckupScene(Scene):
    """The six signs in two rows, the losses beside them."""

    size = (8.0, 4.6)
    panels = MappingProxyType(
        {
            "weights": _sign((0.055, 0.575, 0.165, 0.22), "weights"),
            "signal": _sign((0.285, 0.575, 0.165, 0.22), "signal"),
            "saturated": _sign((0.515, 0.575, 0.165, 0.22), "saturated"),
            "distinct": _sign((0.055, 0.11, 0.165, 0.22), "symmetry"),
            "gradient": _sign((0.285, 0.11, 0.165, 0.22), "gradient"),
            "step": _sign((0.515, 0.11, 0.165, 0.22), "update"),
            "losses": Panel((0.745, 0.11, 0.13, 0.685), right=1.05, view=LossCurves),
        }
    )

    def legend(self, run: Run, pinned: Run | None) -> str:
        if not self.panels.keys() - {"losses"}:
            return "" if pinned is None else "dashed: the pinned run"
        line = "at the epoch shown" if pinned is None else "the pinned run"
        return f"before training   ·   shaded: healthy   ·   orange: out of it   ·   line: {line}"

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        word = saturated_word(run.experiment.activation)  # of a heading
        return (*super().frame(run, pinned), word)


class ClinicScene(Overview):
    """What the doctor sees of a patient: activations, losses, gradients, distinct units."""

    panels = MappingProxyType(
        {
            "activations": Overview.panels["activations"],
            "losses": Panel((0.0575, 0.11, 0.21, 0.31), view=LossCurves),
            "gradient": Panel((0.4475, 0.11, 0.18, 0.31), right=0.65, view=GradientByLayer),
            "distinct": Panel(
                (0.765, 0.11, 0.15, 0.294),
                right=0.65,
                above=0.6,
                view=lambda axes, run: VitalSign(axes, run, "symmetry", against_start, named=True),
            ),
        }
    )


class CardScene(ClinicScene):
    """The same, less high, for a page with many patients."""

    size = (8.0, 3.9)


def before_and_after(
    axes: Axes, before: np.ndarray, after: np.ndarray, moment: str = "epoch"
) -> None:
    """Losses before a mend, orange, and after, blue: (moments, networks), the medians bold."""
    kinds = (("before", before, ORANGE, RUST), ("after", after, BLUE, BLUE))
    for name, losses, color, letters in kinds:
        axes.plot(losses, color=color, lw=0.35)
        median = np.median(losses, axis=1)
        axes.plot(median, color=color, lw=1.6)
        end = (len(losses) - 1, median[-1])
        note(axes, f"{name} {short(median[-1])}", end, (4, 0), color=letters, va="center")
    axes.set_xlim(0, len(after) - 1)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(moment)
    axes.grid(axis="y")
    heading(axes, f"Loss of {np.shape(after)[1]} networks", dy=6)


def healed(axes: Axes, before: Mapping[int, Interval], after: Mapping[int, Interval]) -> None:
    """A row a patient: the loss untreated in orange, cured in blue, each with its limits."""
    heights = name_rows(axes, [f"patient {n}" for n in before])
    rows = dict(zip(before, heights, strict=True))
    kinds = (("untreated", before, ORANGE, "left"), ("cured", after, BLUE, "right"))
    for name, losses, color, side in kinds:
        first = next(n for n in rows if np.isfinite(losses[n].value))
        note(axes, name, (losses[first].value, rows[first]), (0, 7), color=color, ha=side)
        for n, loss in losses.items():
            if np.isfinite(loss.value):
                axes.plot([loss.low, loss.high], [rows[n]] * 2, color=color, lw=2, alpha=0.45)
                axes.plot(loss.value, rows[n], "o", color=color, ms=5)
            else:
                edge = {"xycoords": ("axes fraction", "data"), "ha": "right", "va": "center"}
                note(axes, "overflow", (1, rows[n]), color=color, **edge)
    axes.set(xscale="log", ylim=(-0.4, len(rows) - 0.2), xlabel="loss after the training")


def card(run: Run, epoch: int | None = None) -> Image.Image:
    """A patient's card as a still picture, in few colours: a dozen of them fit a notebook."""
    canvas = FigureCanvasAgg(picture(CardScene, run, epoch))
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").quantize(64)


def checkup_figure(
    layers: Sequence[Any],
    asked_for: Callable[[Any], float],
    sizes: tuple[float, float],
    concerned: Mapping[str, Collection[str]],
) -> Figure:
    """Four panels over the layers of a check-up.

    layers: ``checkups.Layer`` of a report. asked_for: the weights' std of a layer, divided by what
        its activation asks for; sizes: how small and how large that may be.
    concerned: by sign the names of the layers that findings speak of, which are orange. What is out
        of the healthy zone and in no finding is hollow: it does no harm here.
    """
    spread, saturated = ([getattr(x, name) for x in layers] for name in ("spread", "saturated"))
    # Of each panel: its name, its unit, the values, what is drawn as healthy, and the signs.
    panels = (
        (
            "Weights",
            "std ÷ what the activation asks for",
            map(asked_for, layers),
            sizes,
            ("weights", "zeros", "scheme"),
        ),
        ("Outputs", "std over the batch", spread, ZONES["signal"], ("signal",)),
        ("Saturated or dead units", "share", saturated, ZONES["saturated"], ("saturated",)),
        ("Gradient", "rms ÷ the last layer's", _gradients(layers), ZONES["gradient"], ()),
    )
    with styled():
        figure = Drawn((8.0, 3.9))
        said = "shaded: healthy   ·   orange: a finding   ·   hollow: outside, but not judged"
        figure.text(0.98, 0.95, said, color=GREY, ha="right")
        for box, (name, unit, values, zone, signs) in zip(BOXES, panels, strict=True):
            axes = figure.add_axes(box)
            axes.set_xlim(0.3, len(layers) + 0.7)
            axes.axhspan(*zone, **HEALTHY_ZONE, zorder=0)
            values = np.array([*values], float)
            out = outside(values, zone)
            ill = np.array([_is_ill(layer, signs, concerned) for layer in layers], bool)
            # A fading gradient is a finding of the whole way through.
            everywhere = {"not finite", *(() if signs else ("gradient",))} & concerned.keys()
            _draw(axes, values, zone, out, ill | (out & bool(everywhere)), share=unit == "share")
            heading(axes, name, dy=5)
            corner(axes, unit, dy=6)
            _name_layers(axes, layers, named=box[1] == BOXES[-1][1])
    return figure


def _is_ill(layer: Any, signs: Sequence[str], concerned: Mapping[str, Collection[str]]) -> bool:
    return any(layer.name in concerned.get(sign, ()) for sign in signs)


def _gradients(layers: Sequence[Any]) -> list[float]:
    """Of every matrix, in units of the last one's that has any; of other layers NaN."""
    sizes = [layer.gradient_rms if layer.role == "matrix" else np.nan for layer in layers]
    last = next((size for size in reversed(sizes) if size > 0), np.nan)
    return [size / last for size in sizes]


def _draw(
    axes: Axes,
    values: np.ndarray,
    zone: tuple[float, float],
    out: np.ndarray,
    ill: np.ndarray,
    share: bool,
) -> None:
    """From end to end of what is healthy, and of what there is; at most 12 decades each way."""
    if share:
        axes.set_ylim(-0.05, 1.05)
        axes.set_yticks([0, 1], ["0%", "100%"])
    else:
        there = values[np.isfinite(values) & (values > 0)]
        lowest = max(np.log10(min([zone[0], *there])), -12) - 0.3
        highest = min(np.log10(max([zone[1], *there])), 12) + 0.3
        axes.set(yscale="log", ylim=(10**lowest, 10**highest))
        axes.minorticks_off()
    bottom, top = axes.get_ylim()
    shown = np.clip(np.where(np.isinf(values), top, values), bottom, top)
    x = np.arange(1, len(values) + 1)
    looks: Sequence[tuple[np.ndarray, dict[str, Any]]] = (
        (~out & ~ill, {"color": BLUE}),
        (ill, {"color": ORANGE}),
        (out & ~ill, {"mfc": "white", "mec": BLUE}),
    )
    for which, look in looks:
        axes.plot(x[which], shown[which], "o", ms=4.5, clip_on=False, **look)


def _name_layers(axes: Axes, layers: Sequence[Any], named: bool) -> None:
    places = np.arange(1, len(layers) + 1)
    if len(layers) > NAMED:  # some of them, evenly
        places = np.unique(np.linspace(1, len(layers), NAMED // 2).round().astype(int))
        axes.set_xlabel("layer" if named else "")
    full = [layers[int(place) - 1].name for place in places]
    names = [name if len(name) <= NAMED else "…" + name[1 - NAMED :] for name in full]
    turned = {"rotation": 25, "ha": "right"} if max(map(len, names)) > 4 else {}
    axes.set_xticks(places, [*map(literal, names)] if named else [], **turned)
