"""The vital signs of a start: one small panel a sign, layer by layer, its healthy zone shaded."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..measure.intervals import Interval
from ..measure.standards import ZONES, outside, saturated_word
from ..measure.vitals import vitals_of
from ..training.run import Run
from ..words.numbers import power_of_ten, short
from .axes import name_rows
from .by_layer import ByLayer, GradientByLayer, name_layers
from .curves import LossCurves
from .fast import Label
from .histograms import ActivationHistograms
from .main import row_of_axes
from .scales import Decades, Linear
from .scene import Scene, against_start, picture, start_against
from .style import BLUE, GREY, HEALTHY, ORANGE, PALE_BLUE, PALE_ORANGE, heading, note

# Of each sign: its name, its unit, and the axis.
PANELS = {
    "weights": ("Weights", "std ÷ {scheme}'s", Decades(-3, 3)),
    "signal": ("Signal", "std over samples", Decades(-6, 4)),
    "saturated": ("{saturated} units", "share", Linear(0, 1)),
    "distinct": ("Distinct units", "share", Linear(0, 1)),
    "gradient": ("Gradient", "rms ÷ output layer's", Decades(-6, 4)),
    "update": ("First step", "rms ÷ weights'", Decades(-6, 4)),
}


class VitalSign(ByLayer):
    """One sign: a dot a layer, the median restart; pale, from the least to the greatest.

    A dot outside of the healthy zone is orange, and so is the number in the corner, which is that
    of the layer furthest out. compared: what is shown and what is the thin line, as in ``scene``.
    """

    def __init__(self, axes: Axes, run: Run, sign: str, compared: Callable = start_against) -> None:
        name, self._unit_text, scale = PANELS[sign]
        self._sign, hidden = sign, len(run.experiment.hidden_layers)
        output = sign in ("weights", "gradient", "update")
        look = {"bar": 4, "dot": 4.5, "joined": False, "beyond": "o"}
        super().__init__(
            axes, hidden + output, self._values, scale, output=output, compared=compared, **look
        )
        axes.set_xlim(0.5, hidden + 1.5)
        name_layers(axes, hidden, output)
        axes.grid(visible=False)
        self._frame(axes)
        word = saturated_word(run.experiment.activation).capitalize()
        heading(axes, name.format(saturated=word))
        high = {"dy": 6, "color": GREY, "transform": axes.transAxes}
        self._unit = Label(axes, 0, 1, size=7, **high)
        self._worst = Label(axes, 1, 1, ha="right", size=8, **high)
        self.artists += [self._unit, self._worst]

    def _frame(self, axes: Axes) -> None:
        low, high = self._scale.low, self._scale.high
        margin = 0.06 * (high - low)
        axes.set_ylim(low - margin, high + margin)
        axes.axhspan(*self._scale(np.array(ZONES[self._sign])), color=HEALTHY, lw=0, zorder=0)
        if isinstance(self._scale, Decades):
            ticks = (self._scale.low, 0, self._scale.high)
            axes.set_yticks(ticks, [power_of_ten(n) if n else "1" for n in ticks])
        else:
            axes.set_yticks([0, 1], ["0%", "100%"])

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        super().update(run, epoch, pinned)
        found = vitals_of(*self._compared(run, epoch, pinned)[0])
        self._unit.text = self._unit_text.format(scheme=found.scheme)
        if len(self._x):
            _, value = found.worst(self._sign)
            self._worst.text = self._number(value)
            self._worst.color = ORANGE if outside(value, ZONES[self._sign]) else GREY

    def _values(self, run: Run, epoch: int) -> np.ndarray:
        return vitals_of(run, epoch).values[self._sign]

    def _trouble(self, middle: np.ndarray, height: np.ndarray) -> np.ndarray:
        return outside(middle, ZONES[self._sign])

    def _number(self, value: float) -> str:
        if np.isnan(value):
            return ""
        return f"{value:.0%}" if isinstance(self._scale, Linear) else short(value)


class CheckupScene(Scene):
    """The six signs in two rows, the losses beside them."""

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        boxes = [(left, bottom) for bottom in (0.575, 0.105) for left in (0.045, 0.265, 0.485)]
        axes = [figure.add_axes((left, bottom, 0.165, 0.26)) for left, bottom in boxes]
        for ax in axes[3:]:
            ax.set_xlabel("layer", labelpad=2)
        self.views = [
            *(VitalSign(ax, run, sign) for sign, ax in zip(PANELS, axes, strict=True)),
            LossCurves(figure.add_axes((0.715, 0.105, 0.175, 0.73)), run),
        ]
        line = "the epoch shown" if pinned is None else "the pinned run before training"
        figure.text(0.045, 0.955, "Vital signs before training", fontsize=10, fontweight="bold")
        text = f"shaded: healthy   ·   orange: out of it   ·   thin line: {line}"
        figure.text(0.98, 0.955, text, color=GREY, ha="right")


class ClinicScene(Scene):
    """What the doctor sees of a patient: activations, losses, gradients, distinct units."""

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        hidden = len(run.experiment.hidden_layers)
        distinct = figure.add_axes((0.80, 0.105, 0.18, 0.315))
        distinct.set_xlabel("layer", labelpad=2)
        self.views = [
            ActivationHistograms(row_of_axes(figure, hidden), run),
            LossCurves(figure.add_axes((0.05, 0.105, 0.30, 0.315)), run),
            GradientByLayer(figure.add_axes((0.50, 0.105, 0.205, 0.315)), run),
            VitalSign(distinct, run, "distinct", against_start),
        ]
        figure.text(0.05, 0.952, "What each hidden layer says", fontsize=10, fontweight="bold")
        outline = "before training" if pinned is None else "the pinned run"
        figure.text(0.98, 0.952, f"outline and thin lines: {outline}", color=GREY, ha="right")


def before_and_after(
    axes: Axes, before: np.ndarray, after: np.ndarray, moment: str = "epoch"
) -> None:
    """Losses of networks before and after a mend, each (moments, networks): the first in orange,
    the second in blue, their medians bold."""
    kinds = (("before", before, ORANGE, PALE_ORANGE), ("after", after, BLUE, PALE_BLUE))
    for name, losses, color, pale in kinds:
        axes.plot(losses, color=pale, lw=0.7)
        median = np.median(losses, axis=1)
        axes.plot(median, color=color, lw=1.6)
        end = (len(losses) - 1, median[-1])
        note(axes, f"{name} {short(median[-1])}", end, (4, 0), color=color, va="center")
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


class CardScene(ClinicScene):
    """The same, less high, for a page with many patients."""

    size = (9.0, 3.9)


def card(run: Run, epoch: int | None = None) -> Image.Image:
    """A patient's card as a still picture, in few colours: eight of them fit a notebook."""
    canvas = FigureCanvasAgg(picture(CardScene, run, epoch))
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").quantize(64)
