"""The vital signs of a start: one small panel a sign, layer by layer, its healthy zone shaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from PIL import Image

from ..measure.intervals import Interval
from ..measure.standards import ZONES, outside
from ..measure.vitals import Vitals, typical, vitals_of
from ..networks.activations import ACTIVATIONS
from ..training.run import Run
from ..words.numbers import power_of_ten, short
from .curves import LossCurves
from .fast import Label
from .gradients import GradientByLayer
from .histograms import ActivationHistograms
from .overview import row_of_axes
from .scene import Scene, picture
from .style import BLUE, GREY, HEALTHY, INK, ORANGE, PALE_BLUE, PALE_ORANGE, heading


@dataclass(frozen=True)
class _Panel:
    """How one sign is drawn. decades: the ends of a log axis; None is a share from 0 to 1."""

    name: str
    unit: str
    decades: tuple[int, int] | None = None


PANELS = {
    "weights": _Panel("Weights", "std ÷ {scheme}'s", (-3, 3)),
    "signal": _Panel("Signal", "std over samples", (-6, 4)),
    "saturated": _Panel("{saturated} units", "share"),
    "distinct": _Panel("Distinct units", "share"),
    "gradient": _Panel("Gradient", "rms ÷ output layer's", (-6, 4)),
    "update": _Panel("First step", "rms ÷ weights'", (-6, 4)),
}


class VitalSigns:
    """Before training: a dot a layer, the median restart; pale, from the least to the greatest.

    axes: by the name of the sign. A dot outside of the healthy zone is orange, and so is the number
    in the corner, which is that of the layer furthest out. The thin line is the pinned run's start,
    or the same run at the epoch shown.
    """

    def __init__(self, axes: Mapping[str, Axes], run: Run) -> None:
        self._panels = {sign: _SignPanel(ax, sign, run) for sign, ax in axes.items()}
        self.artists = [artist for panel in self._panels.values() for artist in panel.artists]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        dots, line = self._moments(run, epoch, pinned)
        for panel in self._panels.values():
            panel.show(dots, line)

    def _moments(self, run: Run, epoch: int, pinned: Run | None) -> tuple[Vitals, Vitals]:
        line = vitals_of(run, epoch) if pinned is None else vitals_of(pinned, 0)
        return vitals_of(run, 0), line


class VitalSignsNow(VitalSigns):
    """The same at the epoch shown; the thin line is the pinned run then, or before training."""

    def _moments(self, run: Run, epoch: int, pinned: Run | None) -> tuple[Vitals, Vitals]:
        other = (run, 0) if pinned is None else (pinned, min(epoch, pinned.epoch))
        return vitals_of(run, epoch), vitals_of(*other)


class _SignPanel:
    def __init__(self, axes: Axes, sign: str, run: Run) -> None:
        self._sign, self._panel = sign, PANELS[sign]
        self._low, self._high = self._panel.decades or (0, 1)
        hidden = len(run.experiment.hidden_layers)
        layers = hidden + (sign in ("weights", "gradient", "update"))
        self._x = np.arange(1, layers + 1)
        axes.set_xlim(0.5, hidden + 1.5)
        names = [str(n) if hidden <= 6 or n % 2 else "" for n in range(1, hidden + 1)]
        axes.set_xticks(range(1, layers + 1), [*names, "out"][:layers])
        self._frame(axes)
        name = self._panel.name.format(saturated=saturated_word(run).capitalize())
        heading(axes, name)
        self._range = LineCollection([], colors=PALE_BLUE, linewidths=4)
        axes.add_collection(self._range, autolim=False)
        (self._line,) = axes.plot([], [], color=INK, lw=0.9, alpha=0.75)
        (self._inside,) = axes.plot([], [], "o", color=BLUE, ms=4.5, clip_on=False)
        (self._outside,) = axes.plot([], [], "o", color=ORANGE, ms=4.5, clip_on=False)
        corner = {"dy": 6, "transform": axes.transAxes}
        self._unit = Label(axes, 0, 1, color=GREY, size=7, **corner)
        self._worst = Label(axes, 1, 1, ha="right", color=GREY, size=8, **corner)
        self.artists = [
            self._range,
            self._line,
            self._inside,
            self._outside,
            self._unit,
            self._worst,
        ]

    def _frame(self, axes: Axes) -> None:
        margin = 0.06 * (self._high - self._low)
        axes.set_ylim(self._low - margin, self._high + margin)
        zone = self._height(np.array(ZONES[self._sign]))
        axes.axhspan(*zone, color=HEALTHY, lw=0, zorder=0)
        if self._panel.decades is None:
            axes.set_yticks([0, 1], ["0%", "100%"])
        else:
            ticks = (self._low, 0, self._high)
            axes.set_yticks(ticks, [power_of_ten(n) if n else "1" for n in ticks])

    def show(self, dots: Vitals, line: Vitals) -> None:
        values = dots.values[self._sign]
        middle = typical(values)
        x, height = self._x, self._height(middle)
        ends = self._height(np.stack([values.min(axis=1), values.max(axis=1)]))
        self._range.set_segments(np.stack([np.stack([x, x]), ends], axis=-1).swapaxes(0, 1))
        out = outside(middle, ZONES[self._sign])
        self._inside.set_data(x[~out], height[~out])
        self._outside.set_data(x[out], height[out])
        self._line.set_data(*_matched(x, self._height(typical(line.values[self._sign]))))
        self._unit.text = self._panel.unit.format(scheme=dots.scheme)
        if not len(middle):  # a network without a hidden layer
            return
        layer, value = dots.worst(self._sign)
        self._worst.text = self._number(value)
        self._worst.color = ORANGE if out[layer] else GREY

    def _height(self, values: np.ndarray) -> np.ndarray:
        """Where a value stands on the axis; what lies beyond its ends stands on them."""
        if self._panel.decades is not None:
            with np.errstate(divide="ignore"):
                values = np.log10(values)
        return np.clip(values, self._low, self._high)

    def _number(self, value: float) -> str:
        if np.isnan(value):
            return ""
        return f"{value:.0%}" if self._panel.decades is None else short(value)


def _matched(x: np.ndarray, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A line of another network's layers; it may be deeper, or not as deep."""
    shown = min(len(x), len(heights))
    return x[:shown], heights[:shown]


def saturated_word(run: Run) -> str:
    return "dead" if ACTIVATIONS[run.experiment.activation].rectifies else "saturated"


class CheckupScene(Scene):
    """The six signs in two rows, the losses beside them."""

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        boxes = [(left, bottom) for bottom in (0.575, 0.105) for left in (0.045, 0.265, 0.485)]
        axes = [figure.add_axes((left, bottom, 0.165, 0.26)) for left, bottom in boxes]
        for ax in axes[3:]:
            ax.set_xlabel("layer", labelpad=2)
        self.views = [
            VitalSigns(dict(zip(PANELS, axes, strict=True)), run),
            LossCurves(figure.add_axes((0.715, 0.105, 0.175, 0.73)), run),
        ]
        line = "the epoch shown" if pinned is None else "the pinned run before training"
        figure.text(0.045, 0.955, "Vital signs before training", fontsize=10, fontweight="bold")
        figure.text(
            0.98,
            0.955,
            f"shaded: healthy   ·   orange: out of it   ·   thin line: {line}",
            color=GREY,
            ha="right",
        )


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
            VitalSignsNow({"distinct": distinct}, run),
        ]
        figure.text(0.05, 0.952, "What each hidden layer says", fontsize=10, fontweight="bold")
        outline = "before training" if pinned is None else "the pinned run"
        figure.text(0.98, 0.952, f"outline and thin lines: {outline}", color=GREY, ha="right")


def before_and_after(
    axes: Axes, before: np.ndarray, after: np.ndarray, moment: str = "epoch"
) -> None:
    """Losses of networks before and after a mend, each (moments, networks): the first in orange,
    the second in blue, their medians bold."""
    for losses, name, color, pale in (
        (before, "before", ORANGE, PALE_ORANGE),
        (after, "after", BLUE, PALE_BLUE),
    ):
        axes.plot(losses, color=pale, lw=0.7)
        median = np.median(losses, axis=1)
        axes.plot(median, color=color, lw=1.6)
        axes.annotate(
            f"{name} {short(median[-1])}",
            (len(losses) - 1, median[-1]),
            (4, 0),
            textcoords="offset points",
            color=color,
            va="center",
        )
    axes.set_xlim(0, len(after) - 1)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(moment)
    axes.grid(axis="y")
    heading(axes, f"Loss of {np.shape(after)[1]} networks", dy=6)


def healed(axes: Axes, before: Mapping[int, Interval], after: Mapping[int, Interval]) -> None:
    """A row a patient: the loss untreated in orange, cured in blue, each with its limits."""
    rows = {n: -row for row, n in enumerate(before)}
    for name, losses, color, side in (
        ("untreated", before, ORANGE, "left"),
        ("cured", after, BLUE, "right"),
    ):
        first = next(n for n in rows if np.isfinite(losses[n].value))
        axes.annotate(
            name,
            (losses[first].value, rows[first]),
            (0, 7),
            color=color,
            ha=side,
            textcoords="offset points",
        )
        for n, loss in losses.items():
            if np.isfinite(loss.value):
                axes.plot([loss.low, loss.high], [rows[n]] * 2, color=color, lw=2, alpha=0.45)
                axes.plot(loss.value, rows[n], "o", color=color, ms=5)
            else:
                axes.annotate(
                    "overflow",
                    (1, rows[n]),
                    xycoords=("axes fraction", "data"),
                    color=color,
                    ha="right",
                    va="center",
                )
    axes.set_xscale("log")
    axes.set_ylim(0.6 - len(rows), 0.8)
    axes.set_yticks(list(rows.values()), [f"patient {n}" for n in rows])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.set_xlabel("loss after the training")


class CardScene(ClinicScene):
    """The same, less high, for a page with many patients."""

    size = (9.0, 3.9)


def card(run: Run, epoch: int | None = None) -> Image.Image:
    """A patient's card as a still picture, in few colours: eight of them fit a notebook."""
    figure = picture(CardScene, run, epoch)
    figure.canvas.draw()
    return Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB").quantize(64)
