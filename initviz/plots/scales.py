"""Where on an axis values stand: a scale is a function that ends at ``low`` and ``high``."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from matplotlib.axes import Axes

from .charts import corner
from .style import EDGE, GROUND

LOGARITHMIC = "shaded: log scale"


def ten_to(power: int) -> str:
    """A power of ten at an axis. The minus of a plain ⁻ is so thin that a browser loses it when it
    shrinks the picture.

    >>> ten_to(-6)
    '$10^{-6}$'
    """
    return f"$10^{{{power}}}$"


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

    def mark(self, axes: Axes) -> None:
        """Shade what is logarithmic, with a line at its edge, and say so where no line comes."""
        axes.axhspan(1, self.high, color=GROUND, lw=0, zorder=0)
        axes.axhline(1, color=EDGE, lw=0.8, zorder=0.5)
        corner(axes, LOGARITHMIC, dy=4)


@dataclass(frozen=True)
class Decades:
    """A log axis from 10^low to 10^high; what lies beyond stands on its ends."""

    low: int
    high: int

    def __call__(self, values: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.clip(np.log10(values), self.low, self.high)

    def mark(self, axes: Axes, every: int, margin: float, text=ten_to) -> None:
        """Ticks, and room for the marks at the ends."""
        ticks = range(self.low, self.high + 1, every)
        axes.set_yticks(ticks, [text(power) for power in ticks])
        axes.set_ylim(self.low - margin, self.high + margin)


@dataclass(frozen=True)
class Root:
    """Heights from 0 to 1 of a histogram's bars: the square root of the share of its values that a
    bin holds, as a part of ``full``; what holds more is as high as that.

    The same height is the same share in every layer, at every epoch and with every setting. Were it
    the share itself, one bin with nearly all values (a silent layer has it) would leave the others
    too low to be seen, and were the tallest bar the unit, nothing could be compared.
    """

    full: float = 0.25

    def __call__(self, shares: np.ndarray) -> np.ndarray:
        return np.sqrt(np.minimum(shares / self.full, 1))

    def mark(self, axes: Axes, named: bool) -> None:
        """An axis at the left, where this one is ``named``: the first of a row."""
        axes.spines["left"].set_visible(named)
        ticks = {0.05: "5%", self.full: f"≥{self.full:.0%}"} if named else {}
        axes.set_yticks(self(np.array([*ticks])), [*ticks.values()])


@dataclass(frozen=True)
class Linear:
    """An axis of the values themselves."""

    low: float = 0.0
    high: float = 1.0

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return np.clip(values, self.low, self.high)
