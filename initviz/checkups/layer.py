"""What is measured of a layer while a batch goes through, whatever framework it is from."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf, isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from ..measure.standards import SATURATED, STILL, count_distinct
from ..training.blas import one_blas_thread

Fields = dict[str, Any]  # some of those of ``Layer``, by name
PART = 2**16  # numbers that are measured in full precision at once, so that no copy is made of all
APART = 2  # times that one gate's weights are larger than another's, to have a row of its own
LINES = 2  # random directions that units are projected onto, to find out which of them are equal
ROUNDING = 1e-5  # of the largest projection: what float32 may make of equal units
GRID = np.linspace(-12, 12, 4801)  # where an activation's slope is looked up
GRID.flags.writeable = False  # an activation may work in place


class Flat(NamedTuple):
    """Where an activation's slope is below a tenth of the steepest: up to low, and from high on.

    -inf and inf where there is no such side: ReLU has (0, inf), tanh (-1.82, 1.82).
    zero: whether the slope there is 0, so that no gradient passes.
    """

    low: float
    high: float
    zero: bool

    @property
    def rectifies(self) -> bool:
        """Flat up to 0, as ReLU, leaky ReLU and ReLU6 are: on some samples that is their nature."""
        return abs(self.low) < 0.1


def flat_parts(values: np.ndarray) -> Flat:
    """values: of the activation, on ``GRID``."""
    slope = np.abs(np.diff(np.asarray(values, float)))
    steep = np.flatnonzero(slope >= SATURATED * slope.max())
    first, last = steep[0], steep[-1]
    if not first < len(slope) * 0.9 or not last > len(slope) * 0.1:  # ever steeper, as exp is
        return Flat(-inf, inf, False)
    low = GRID[first] if first > 0 else -inf
    high = GRID[last + 1] if last < len(slope) - 1 else inf
    return Flat(float(low), float(high), not slope[:first].any() and not slope[last + 1 :].any())


@dataclass
class Outputs:
    """What is seen of a layer's outputs, by the fields of ``Layer``: one number a call."""

    output_mean: list[float] = field(default_factory=list)
    output_std: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    saturated: list[float] = field(default_factory=list)
    dead_word: str = ""
    activation: str | None = None
    normed: bool = False
    calls: int = 0

    @np.errstate(all="ignore")
    def see(self, outputs: np.ndarray) -> None:
        """One call: (units, …)."""
        others = tuple(range(1, outputs.ndim))
        self.note(outputs.mean(others, dtype=float), outputs.std(others, dtype=float))

    def note(self, mean: np.ndarray, spread: np.ndarray) -> None:
        """One call: the mean and the std of every unit's outputs. What is only rounding is 0.

        Infinite all of them where one is not finite.
        """
        if not (np.isfinite(mean).all() and np.isfinite(spread).all()):
            mean, spread = np.full(1, inf), np.full(1, inf)  # NaN would say nothing
        with np.errstate(all="ignore"):
            spread = np.where(spread < 1e-6 * np.abs(mean), 0, spread)
            self.output_mean.append(float(mean.mean()))
            self.spread.append(float(np.sqrt((spread**2).mean())))
            self.output_std.append(float(np.hypot(self.spread[-1], np.std(mean))))

    def forget(self) -> None:
        """Take the newest call back: what counts is the output behind the activation."""
        for values in (self.output_mean, self.output_std, self.spread):
            values.pop()

    def note_saturated(self, z: np.ndarray, flat: Flat) -> None:
        """z: (units, …). Of rectifiers, units count that are so on every sample."""
        saturated = (z <= flat.low) | (z >= flat.high)
        if flat.rectifies:
            saturated = saturated.all(axis=tuple(range(1, z.ndim)))
        self.saturated.append(float(saturated.mean()))
        self.dead_word = "dead" if flat.rectifies and flat.zero else "saturated"

    def measured(self) -> Fields:
        """The calls of a shared layer are averaged."""
        return {name: _mean(seen) for name, seen in vars(self).items()}


def _mean(seen: Any) -> Any:
    return float(np.mean(seen or nan)) if isinstance(seen, list) else seen


def matrix(fan_in: float, fan_out: float, default_std: float) -> Fields:
    """A matrix whose framework draws it with ``default_std``."""
    return {"role": "matrix", "fan_in": fan_in, "fan_out": fan_out, "default_std": default_std}


def finite_or_inf(number: float) -> float:
    """Infinite instead of NaN, which would say nothing."""
    return number if isfinite(number) else inf


@lru_cache(maxsize=64)
def _lines(width: int) -> np.ndarray:
    """The same directions for every array of this width."""
    lines = np.random.default_rng(0).standard_normal((width, LINES))
    lines.flags.writeable = False
    return lines


@np.errstate(all="ignore")
def moments(parts: Iterable[np.ndarray]) -> tuple[float, float, float, np.ndarray]:
    """(mean, std, rms) of all numbers, and every row's projections onto random directions.

    parts: of (rows, numbers) each, all of the same width. The std of equal numbers is 0, without
    the rounding. The projections, (rows, LINES), are equal for equal rows.
    """
    sums, points, lines = [], [], np.empty(0)
    with one_blas_thread:  # more of them only wait for each other
        for part in parts:
            if not points:
                lines = _lines(part.shape[1])
            part = np.asarray(part, float)
            sums.append((part.size, part.sum(), np.vdot(part, part)))
            points.append(part @ lines)
    size, total, squares = np.sum(sums, axis=0)
    mean, rms = total / size, np.sqrt(squares / size)
    std = np.sqrt(np.maximum(rms**2 - mean**2, 0))
    return float(mean), 0.0 if std < 1e-6 * rms else float(std), float(rms), np.concatenate(points)


def distinct_points(weights: np.ndarray, gradients: np.ndarray) -> tuple[float, float]:
    """(different in both, different in weights): how many of the units are no others' equals.

    weights, gradients: (units, LINES), each unit's projections. Equal units have the same ones, up
    to rounding; others may do so on one line by chance, hardly on two. NaN where a number is not
    finite.
    """
    if not (np.isfinite(weights).all() and np.isfinite(gradients).all()):
        return nan, nan
    w, g = (each / (np.abs(each).max() or 1) for each in (weights, gradients))
    if (np.diff(np.sort(w[:, 0])) > ROUNDING).all():  # as a rule: one line tells all of them apart
        return float(len(w)), float(len(w))
    both = np.concatenate([w, STILL / ROUNDING * g], axis=1)  # gradients differ by rounding
    return float(count_distinct(both, STILL, 1.0)), float(count_distinct(w, ROUNDING))


def drawn_apart(stds: Iterable[float]) -> bool:
    """Whether the gates of an array have weights of so different sizes that each is looked at."""
    sizes = [*stds]
    return max(sizes) > APART * min(sizes)


def measured(W: Iterable, gradient: Iterable | None, learning_rate: float, units: bool) -> Fields:
    """Fields of ``Layer`` about the weights and their gradient (None where there is none).

    Both in parts, as ``moments`` takes them. units: whether their rows are units.
    """
    mean, std, rms, points = moments(W)
    slope_std, slope_rms, slopes = nan, nan, np.zeros_like(points)
    if gradient is not None:
        _, *sizes, slopes = moments(gradient)
        slope_std, slope_rms = map(finite_or_inf, sizes)
    fields = {
        "weight_mean": mean,
        "weight_std": std,
        "weight_rms": rms,
        "gradient_std": slope_std,
        "gradient_rms": slope_rms,
        "update": learning_rate * slope_rms / rms if rms else nan,
    }
    if units:
        distinct, differing = distinct_points(points, slopes)
        fields |= {"units": len(points), "distinct": distinct, "differing": differing}
    return fields
