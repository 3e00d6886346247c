"""What a check-up measures of a layer, whatever framework the layer is from."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan, sqrt

import numpy as np

from ..measure import standards

# The standard deviation that each scheme aims at, from (fan_in, fan_out).
SCHEMES = {name: standards.SCHEMES[name] for name in ("Glorot", "He", "LeCun")}
DEFAULT = "default"  # what the framework does when nobody says anything

LINES = 2  # that units are thrown onto, to find out which of them are equal

FLAT = 0.1  # a unit is idle where its slope is below this share of the steepest one


@dataclass(frozen=True)
class Layer:
    """One weight array of a model, or one activation that stands on its own. NaN says nothing.

    name: as the model calls it. parameter: of the weights; "" where there are none.
    kind: the class of the layer, or the name of the activation that stands on its own.
    role: "matrix" (its rows are units, and their sums have a fan-in), "embedding", "norm",
        "activation", or "other": listed, and not judged by anything that needs a fan-in.
    shape, fan_in, fan_out: of the weights; fans are NaN where there is no such thing.
    default_std: the standard deviation that the framework's own default aims at.
    weight_mean, weight_std, weight_rms: of the weights, not of the bias.
    bias_mean: of the bias.
    units, distinct: how many there are, and how many of them differ in their weights or in the
        gradient of these; differing: in their weights alone.
    activation: what its answer goes straight into; None where that was not seen.
    normed: whether its answer goes straight into a norm, which forgives any scale.
    output_mean, output_std: of its answers, behind the activation if there is one.
    spread: the std of a unit's answers over samples and places (rms over the units).
    idle: share of units that pass hardly any gradient; dead_word: "dead" or "saturated".
    gradient_std, gradient_rms: of d loss / d weight; infinite where it is NaN, and NaN where the
        loss does not depend on the weights. trainable: whether they are to get one.
    update: rms of the first step of plain gradient descent, divided by that of the weights.
    calls: how often the batch went through; 0 where that could not be seen.
    last: whether its answer, activation included, is the model's.
    """

    name: str
    kind: str
    role: str
    parameter: str = ""
    shape: tuple[int, ...] = ()
    fan_in: float = nan
    fan_out: float = nan
    default_std: float = nan
    weight_mean: float = nan
    weight_std: float = nan
    weight_rms: float = nan
    bias_mean: float = nan
    units: int = 0
    distinct: float = nan
    differing: float = nan
    activation: str | None = None
    normed: bool = False
    output_mean: float = nan
    output_std: float = nan
    spread: float = nan
    idle: float = nan
    dead_word: str = ""
    trainable: bool = True
    gradient_std: float = nan
    gradient_rms: float = nan
    update: float = nan
    calls: int = 0
    last: bool = False

    @property
    def zero(self) -> bool:
        return self.weight_rms == 0

    @property
    def asleep(self) -> bool:
        """All weights are 0, and yet they get a gradient: they move in step 1."""
        return self.zero and self.gradient_rms > 0

    @property
    def against(self) -> dict[str, float]:
        """The weights' std, divided by what each scheme aims at."""
        if self.role != "matrix":
            return {}
        targets = {name: std(self.fan_in, self.fan_out) for name, std in SCHEMES.items()}
        return {n: self.weight_std / t for n, t in {**targets, DEFAULT: self.default_std}.items()}

    @property
    def schemes(self) -> list[str]:
        """The schemes that may have drawn the weights: more than one where their targets agree.

        The std of N numbers has a relative error of about 1 / √(2N); four of them are allowed, and
        at least 3 %.
        """
        if not self.weight_std > 0:
            return []
        allowed = max(0.03, 4 / sqrt(2 * np.prod(self.shape)))
        return [name for name, ratio in self.against.items() if abs(np.log(ratio)) < allowed]


@dataclass
class Answers:
    """What is seen of a layer while the batch goes through: one entry a call."""

    mean: list[float] = field(default_factory=list)
    std: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    dead_word: str = ""
    activation: str | None = None
    normed: bool = False
    calls: int = 0

    def note(self, mean: np.ndarray, spread: np.ndarray) -> None:
        """One call: the mean and the std of every unit's answers. What is only rounding is 0.

        Infinite all of them where one is not finite.
        """
        if not (np.isfinite(mean).all() and np.isfinite(spread).all()):
            mean, spread = np.full(1, np.inf), np.full(1, np.inf)  # NaN would say nothing
        with np.errstate(all="ignore"):
            spread = np.where(spread < 1e-6 * np.abs(mean), 0, spread)
            self.mean.append(float(mean.mean()))
            self.spread.append(float(np.sqrt((spread**2).mean())))
            self.std.append(float(np.hypot(self.spread[-1], np.std(mean))))

    def measured(self) -> dict[str, float | str | bool | None]:
        """As fields of ``Layer``; the calls of a shared layer are averaged."""
        return {
            "output_mean": _mean(self.mean),
            "output_std": _mean(self.std),
            "spread": _mean(self.spread),
            "idle": _mean(self.idle),
            "dead_word": self.dead_word,
            "activation": self.activation,
            "normed": self.normed,
            "calls": self.calls,
        }


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else nan


GRID = np.linspace(-12, 12, 4801)  # where an activation's slope is looked up
GRID.flags.writeable = False  # an activation may work in place


def quiet_ends(values: np.ndarray) -> tuple[float, float]:
    """(low, high): up to low and from high on, an activation is nearly flat.

    values: of the activation on ``GRID``. -inf and inf where it is not flat on that side: ReLU has
    (0, inf), tanh (-1.82, 1.82).
    """
    slope = np.abs(np.diff(np.asarray(values, float)))
    steep = np.flatnonzero(slope >= FLAT * slope.max())
    low = GRID[steep[0]] if steep[0] > 0 else -np.inf
    high = GRID[steep[-1] + 1] if steep[-1] < len(slope) - 1 else np.inf
    return float(low), float(high)


def is_rectifier(ends: tuple[float, float]) -> bool:
    """Whether an activation is off up to 0: ReLU and its likes, ReLU6 among them.

    To be off now and then is their nature, and only always is not.
    """
    low, high = ends
    return high == np.inf or abs(low) < 0.1


def distinct_points(weights: np.ndarray, gradients: np.ndarray) -> tuple[float, float]:
    """(different in both, different in weights): how many of the units are not twins of another.

    weights, gradients: (units, lines), each unit's thrown onto a few lines. Twins fall on the same
    points, up to rounding; others may do so on one line by chance, hardly on two. NaN where a
    number is not finite.
    """
    if not (np.isfinite(weights).all() and np.isfinite(gradients).all()):
        return nan, nan
    w, g = _scaled(weights), _scaled(gradients)
    return _distinct(w + np.sqrt(2) * g), _distinct(w)


def _scaled(points: np.ndarray) -> np.ndarray:
    size = np.abs(points).max()
    return points / size if size > 0 else points


def _distinct(points: np.ndarray, tolerance: float = 1e-5) -> int:
    """Groups that are near on every line: each line splits those of the line before."""
    groups = np.zeros(len(points), dtype=int)
    for line in points.T:
        order = np.lexsort((line, groups))
        splits = (np.diff(groups[order]) > 0) | (np.diff(line[order]) > tolerance)
        groups[order] = np.concatenate([[0], np.cumsum(splits)])
    return int(groups.max()) + 1
