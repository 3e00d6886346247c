"""How the sizes of activations, and of their first changes, follow the width of a model.

Tensor Programs V (Yang & Hu 2022, arXiv 2203.03466), appendix D.1, calls it a coordinate check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from math import sqrt
from typing import Literal, NamedTuple

import numpy as np

from .intervals import Interval
from .standards import CONFIDENCE, STEADY

GROWS = 2 * STEADY  # the nearest slope that a usual parametrisation has
NOWHERE = Interval(np.nan, np.nan, np.nan)


class Trend(NamedTuple):
    """Sizes that go as width ** slope, and what that means.

    slope: with its limits; NaN where no line can be drawn.
    kind: "steady" stays put; "zero" is 0 at every width; "overflows" is not finite somewhere;
        "unsure" could be steady or not, as far as these widths and seeds can tell.
    """

    slope: Interval
    kind: Literal["steady", "grows", "shrinks", "unsure", "zero", "overflows"]

    @property
    def factor(self) -> float:
        """By how much the size is multiplied each time that the width doubles."""
        return float(2**self.slope.value)

    @property
    def moves(self) -> bool:
        return self.kind in ("grows", "shrinks", "overflows")


@dataclass(frozen=True, eq=False)
class Coordinates:
    """What a few steps of training did to models of several widths. Arrays are read-only.

    layers: their names, in the order of the forward pass.
    starts: (seeds, widths, layers), the rms of each layer's outputs before training.
    changes: (steps, seeds, widths, layers), the rms of what the outputs have changed by since then,
        after each step. NaN where training has overflowed before.
    readout: (layers,) bool, whether a layer has as many outputs at every width, and is no wider.
    """

    widths: tuple[int, ...]
    layers: tuple[str, ...]
    starts: np.ndarray
    changes: np.ndarray
    readout: np.ndarray

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def steps(self) -> int:
        return len(self.changes)

    @property
    def seeds(self) -> int:
        return len(self.starts)

    @cached_property
    def start_trends(self) -> tuple[Trend, ...]:
        """Of every layer's outputs before training.

        Those of a readout may shrink: in μP they do so as 1/√width, and all that has to stay put is
        their change.
        """
        return _trends(self.widths, self.starts)

    @cached_property
    def change_trends(self) -> tuple[Trend, ...]:
        """Of what all steps together have changed every layer's outputs by."""
        return _trends(self.widths, self.changes[-1])

    @cached_property
    def astray(self) -> tuple[list[int], list[int]]:
        """The numbers of the layers whose starts, and whose changes, do not stay put."""
        starts = [n for n, trend in enumerate(self.start_trends) if trend.moves]
        changes = [n for n, trend in enumerate(self.change_trends) if trend.moves]
        return [n for n in starts if not self._may_shrink(n)], changes

    @cached_property
    def untold(self) -> tuple[list[int], list[int]]:
        """The same of those that could be steady or not; of a readout's start, could grow."""
        starts = [n for n, trend in enumerate(self.start_trends) if trend.kind == "unsure"]
        changes = [n for n, trend in enumerate(self.change_trends) if trend.kind == "unsure"]
        return [n for n in starts if not self._may_shrink(n)], changes

    def _may_shrink(self, n: int) -> bool:
        """Whether it is a readout whose start does not grow, as far as can be told."""
        trend = self.start_trends[n]
        return bool(self.readout[n]) and trend.kind != "overflows" and not trend.slope.high >= GROWS


def middle(sizes: np.ndarray) -> np.ndarray:
    """(seeds, …) to (…): the geometric mean over the seeds, in which the lines are fitted."""
    with np.errstate(all="ignore"):
        return np.exp(np.log(sizes).mean(axis=0))


def _trends(widths: Sequence[int], sizes: np.ndarray) -> tuple[Trend, ...]:
    return tuple(trend(widths, sizes[..., n]) for n in range(sizes.shape[-1]))


def trend(widths: Sequence[int], sizes: np.ndarray) -> Trend:
    """The straight line through log size over log width, by least squares. sizes: (seeds, widths).

    The limits are Student's. Whether a size stays put is a choice between the slope 0 and the
    nearest that a usual parametrisation has, 1/2 or -1/2: the nearer one is said where the limits
    leave the other one out.

    >>> trend((64, 128, 256), np.array([[1.0, 2.1, 3.9], [1.1, 1.9, 4.1]])).kind
    'grows'
    """
    if not np.isfinite(sizes).all():
        return Trend(NOWHERE, "overflows")
    if not sizes.any():
        return Trend(NOWHERE, "zero")
    if not sizes.all():  # such as units that are dead in narrow models only
        return Trend(NOWHERE, "unsure")
    slope = _slope(np.tile(np.log2(widths), len(sizes)), np.log2(sizes).ravel())
    rival = 0.0 if abs(slope.value) > STEADY else GROWS
    if any(slope.low <= one <= slope.high for one in (rival, -rival)):
        return Trend(slope, "unsure")
    if rival:
        return Trend(slope, "steady")
    return Trend(slope, "grows" if slope.value > 0 else "shrinks")


def _slope(x: np.ndarray, y: np.ndarray) -> Interval:
    from scipy.stats import t  # here, because it would slow `import initviz` down

    x, y, free = x - x.mean(), y - y.mean(), len(x) - 2
    slope = float(x @ y / (x @ x))
    error = np.linalg.norm(y - slope * x) / sqrt(free * (x @ x))
    half = float(t.ppf((1 + CONFIDENCE) / 2, free) * error)
    return Interval(slope - half, slope, slope + half)
