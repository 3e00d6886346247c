"""What is seen of a layer while a batch goes through, whatever framework it is from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import nan
from typing import Any

import numpy as np

from ..errors import bad
from ..measure.standards import SATURATED, count_distinct
from ..networks.losses import guessing

ROUNDING = 1e-5  # of the largest: what float32 may make of equal units on a line
Fields = dict[str, Any]  # some of those of ``Layer``, by name
LINES = 2  # that units are thrown onto, to find out which of them are equal


@dataclass
class Answers:
    """What is seen of a layer while the batch goes through: one entry a call."""

    mean: list[float] = field(default_factory=list)
    std: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    saturated: list[float] = field(default_factory=list)
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

    def measured(self) -> Fields:
        """As fields of ``Layer``; the calls of a shared layer are averaged."""
        return {
            "output_mean": _mean(self.mean),
            "output_std": _mean(self.std),
            "spread": _mean(self.spread),
            "saturated": _mean(self.saturated),
            "dead_word": self.dead_word,
            "activation": self.activation,
            "normed": self.normed,
            "calls": self.calls,
        }


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else nan


GRID = np.linspace(-12, 12, 4801)  # where an activation's slope is looked up
GRID.flags.writeable = False  # an activation may work in place


def flat_ends(values: np.ndarray) -> tuple[float, float]:
    """(low, high): up to low and from high on, an activation is nearly flat.

    values: of the activation on ``GRID``. -inf and inf where it is not flat on that side: ReLU has
    (0, inf), tanh (-1.82, 1.82).
    """
    slope = np.abs(np.diff(np.asarray(values, float)))
    steep = np.flatnonzero(slope >= SATURATED * slope.max())
    low = GRID[steep[0]] if steep[0] > 0 else -np.inf
    high = GRID[steep[-1] + 1] if steep[-1] < len(slope) - 1 else np.inf
    return float(low), float(high)


def is_rectifier(ends: tuple[float, float]) -> bool:
    """Whether an activation is flat up to 0: ReLU and its likes, ReLU6 among them.

    To be saturated now and then is their nature, and only always is not.
    """
    low, high = ends
    return high == np.inf or abs(low) < 0.1


def distinct_points(weights: np.ndarray, gradients: np.ndarray) -> tuple[float, float]:
    """(different in both, different in weights): how many of the units differ.

    weights, gradients: (units, lines), each unit's thrown onto a few lines. Equal ones fall on the
    same points, up to rounding; others may do so on one line by chance, hardly on two. NaN where a
    number is not finite.
    """
    if not (np.isfinite(weights).all() and np.isfinite(gradients).all()):
        return nan, nan
    w, g = _scaled(weights), _scaled(gradients)
    return float(count_distinct(w + np.sqrt(2) * g, ROUNDING)), float(count_distinct(w, ROUNDING))


def _scaled(points: np.ndarray) -> np.ndarray:
    size = np.abs(points).max()
    return points / size if size > 0 else points


# The losses whose values without any knowledge are known: which of ours they are. Of several
# outputs they have the mean, and ours the sum.
OURS = {
    "cross_entropy": "softmax_cross_entropy",
    "sparse_categorical_crossentropy": "softmax_cross_entropy",
    "categorical_crossentropy": "softmax_cross_entropy",
    "binary_cross_entropy": "binary_cross_entropy",
    "binary_cross_entropy_with_logits": "binary_cross_entropy",
    "binary_crossentropy": "binary_cross_entropy",
    "mse_loss": "squared_error",
    "mean_squared_error": "squared_error",
}


def guessing_and_chance(
    name: str, loss: Callable, y: np.ndarray, value_at: Callable[[float], float], squashed: bool
) -> tuple[float, float]:
    """The losses of guessing and of chance, as ``networks.losses`` has them; NaN if not known.

    y: numbers of classes (samples,), shares of them (samples, classes), or one target for each
        output (samples, …).
    value_at: the loss where all outputs are the same number. squashed: whether a sigmoid is last.
    """
    if name not in OURS:
        return nan, nan
    guess = _guessing(OURS[name], loss, y)
    if OURS[name] == "squared_error" and not squashed:
        return guess, guess
    logits = name.endswith("with_logits") or getattr(loss, "from_logits", False)
    return guess, value_at(0.0 if logits else 0.5)  # of a softmax, any equal numbers would do


def _guessing(ours: str, loss: Callable, y: np.ndarray) -> float:
    """NaN where weights of classes, smoothed targets or sums make another loss of it."""
    options = [getattr(loss, option, None) for option in ("weight", "pos_weight", "ignore_class")]
    changed = getattr(loss, "label_smoothing", 0) or getattr(loss, "reduction", "") == "sum"
    own = loss.__module__.startswith(("torch.nn.", "keras."))  # and not only of the same name
    if changed or not own or options != [None] * 3:
        return nan
    targets = y if ours == "softmax_cross_entropy" else y.reshape(len(y), -1)
    try:
        return guessing(targets, ours) / (1 if targets is y else targets.shape[1])
    except ValueError:  # shares that do not sum to 1, for one
        return nan


def finite_batch(name: str, samples: int, numbers: int, not_finite: int) -> None:
    """Raise ValueError unless a batch has samples to compare, and all its numbers are finite."""
    if samples < 2 or not numbers:
        raise bad(name, f"{samples} samples", "give a batch of at least 2")
    if not_finite:
        raise ValueError(
            f"{name}: {not_finite:,} of its {numbers:,} numbers are not finite (NaN or infinite): "
            "mend the data first"
        )
