"""The one look of every picture: white ground, one blue for data, one orange for trouble.

Blue and orange are told apart in every common form of colour blindness, and by their lightness.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from threading import RLock

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D

BLUE = "#2b6cb0"
PALE_BLUE = "#bcd3ea"
ORANGE = "#d9730d"
PALE_ORANGE = "#f7dfc8"
INK = "#22303c"
GREY = "#5f7183"
PALE_GREY = "#dfe5eb"
GROUND = "#f6f8fa"  # of what an axis shows on another scale, or outside of it
HEALTHY = "#e9f1f9"  # the ground of a healthy zone: a blue that is paler than any data

# From "surely class 0" over "no idea" to "surely class 1"; no number is no idea.
DECISION = LinearSegmentedColormap.from_list(
    "decision", ["#f0b884", "#ffffff", "#92bbe2"]
).with_extremes(bad="white")

STYLE = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "axes.edgecolor": "#b7c3ce",
    "axes.labelcolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "text.color": INK,
    "xtick.color": "#b7c3ce",
    "ytick.color": "#b7c3ce",
    "xtick.labelcolor": GREY,
    "ytick.labelcolor": GREY,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "grid.color": PALE_GREY,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}


def note(axes: Axes, text: str, at: tuple, shift: tuple[float, float] = (0, 0), **how) -> None:
    """Write ``text`` at a place of the data, or of ``xycoords``, moved from there by points."""
    axes.annotate(text, at, shift, textcoords="offset points", **{"color": GREY} | how)


def heading(axes: Axes, text: str, dy: float = 12) -> None:
    """A bold line that says what is seen, over the left edge of the axes."""
    bold = {"fontsize": 10, "fontweight": "bold", "color": INK}
    note(axes, text, (0, 1), (0, dy), xycoords="axes fraction", va="bottom", **bold)


def corner(axes: Axes, text: str, dy: float = 1, **how) -> None:
    """A small line over the right edge of the axes."""
    note(axes, text, (1, 1), (0, dy), xycoords="axes fraction", ha="right", **how)


def lines_behind(axes: Axes, axis: str = "y") -> None:
    """Faint lines at the ticks, under all that is drawn."""
    axes.grid(axis=axis)
    axes.set_axisbelow(True)


def name_rows(axes: Axes, names: Sequence[str]) -> list[int]:
    """A row for every name, the first on top. Returns the heights of their middles."""
    axes.set_yticks(range(len(names)), names[::-1])
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    lines_behind(axes, "x")
    return list(range(len(names)))[::-1]


def bare(axes: Axes, framed: bool = True) -> None:
    """Axes without ticks, with a line all around them or none at all."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(framed)


def say_nothing_to_see(axes: Axes, text: str = "no hidden layer") -> None:
    """One line in the middle of axes on which nothing can be drawn."""
    axes.text(0.5, 0.5, text, color=GREY, ha="center", va="center", transform=axes.transAxes)


def dashed(axes: Axes, width: float = 1.2) -> Line2D:
    """The line of a pinned run."""
    return axes.plot([], [], color=GREY, lw=width, ls=(0, (2, 1.5)))[0]


def cursor(axes: Axes) -> Line2D:
    """The upright line at the epoch shown."""
    return axes.plot([], [], color=GREY, lw=0.7)[0]


def axis_size(size: float) -> float:
    """The same, where an axis can be that long: more than nothing, and less than infinity."""
    return float(np.clip(np.nan_to_num(size, nan=np.inf), 1e-6, 1e300))


# Where on an axis values stand: each is a function of them, and ends at ``low`` and ``high``.


@dataclass(frozen=True)
class Knee:
    """A scale that is linear up to ``knee`` and logarithmic from there to ``last``, 10⁴ or more.

    It shows what matters at full size, and still keeps what explodes inside the axes. One unit of
    the axis is ``knee``; ``share`` of that is one decade beyond it. Values past the end stay on it.
    """

    knee: float
    share: float = 0.1
    low = -np.inf  # nothing is so small that it would lie beyond

    @cached_property
    def last(self) -> float:
        return max(1e4, 10.0 ** np.ceil(np.log10(100 * self.knee)))

    @cached_property
    def high(self) -> float:
        return 1 + self.share * float(np.log10(self.last / self.knee))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Values of any sign to positions on the axis, -high to high; NaN stays NaN."""
        with np.errstate(all="ignore"):
            size = np.abs(values) / self.knee
            beyond = 1 + self.share * np.log10(size)
        return np.copysign(np.minimum(np.where(size > 1, beyond, size), self.high), values)

    def mark(self, axes: Axes, x: float = 0.01, ha: str = "left") -> None:
        """Shade what is logarithmic, and say so."""
        axes.axhspan(1, self.high, color=GROUND, lw=0, zorder=0)
        where = {"x": x, "y": (1 + self.high) / 2, "ha": ha, "va": "center"}
        where["transform"] = axes.get_yaxis_transform()
        axes.text(s="log scale above", color=GREY, fontsize=6.5, **where)


@dataclass(frozen=True)
class Decades:
    """A log axis from 10^low to 10^high; what lies beyond stands on its ends."""

    low: int
    high: int

    def __call__(self, values: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.clip(np.log10(values), self.low, self.high)

    def mark(self, axes: Axes, every: int, margin: float, text="$10^{{{}}}$".format) -> None:
        """Ticks, and room for the marks at the ends."""
        ticks = range(self.low, self.high + 1, every)
        axes.set_yticks(ticks, [text(power) for power in ticks])
        axes.set_ylim(self.low - margin, self.high + margin)


@dataclass(frozen=True)
class Linear:
    """An axis of the values themselves."""

    low: float = 0.0
    high: float = 1.0

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return np.clip(values, self.low, self.high)


_STYLING = RLock()


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the house style, whatever the user has set. One thread at a time: matplotlib's
    settings belong to all of them, and two contexts that overlap would leave the style behind, or
    take it from one another."""
    with _STYLING, style.context(["default", STYLE]), np.errstate(all="ignore"):
        yield
