"""What a loss takes, found out by asking it, whatever it is called and whatever its options are."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from math import exp, isclose, log, log1p, nan

import numpy as np

from ..errors import bad
from ..measure.examination import Head

FEW = 8  # samples that are enough to see it
Loss = Callable[[np.ndarray, np.ndarray], float]  # of (outputs, targets), samples first


def head_of(
    loss: Loss,
    output: np.ndarray,
    y: np.ndarray,
    known: tuple[str, bool] | None,
    bent: str,
    units: int,
    mean: str,
    crossed: bool,
) -> Head:
    """output: of the model. known: what the loss takes, and whether one of several classes, where
    its name says so. units: of the model's numbers for a sample, those among which classes are.

    loss: may fail on numbers that no model would give.
    """
    summed = _is_summed(loss, output[:FEW], y[:FEW])
    takes, several = known or _taken(loss, output[:FEW], y[:FEW], units, summed)
    low, high = (float(bound(output)) if output.size else nan for bound in (np.min, np.max))
    bent = bent or ("softmax" if _are_shares(output, units) else "")
    if units > 1 and len(output) != units and _are_shares(output.T, len(output)):
        bent = "softmax over the samples"
    return Head(takes, several, bent, units, low, high, y, summed, mean, crossed)


def _asked(loss: Loss, output: np.ndarray, y: np.ndarray) -> float:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(loss(output, y))
    except Exception:  # whatever it does not like
        return nan


def _is_summed(loss: Loss, output: np.ndarray, y: np.ndarray) -> bool:
    half = len(output) // 2
    first, second = (_asked(loss, output[of], y[of]) for of in (slice(half), slice(half, None)))
    whole = _asked(loss, output, y)
    return bool(whole) and isclose(first + second, whole, rel_tol=1e-3)


def _taken(
    loss: Loss, output: np.ndarray, y: np.ndarray, units: int, summed: bool
) -> tuple[str, bool]:
    """By what the loss is where the outputs say nothing: ln K, if they are equal for K classes.

    (Softmax makes equal probabilities of any equal logits; Keras, of any equal probabilities.)
    """
    counts = (output.size, output.size / max(units, 1)) if summed else (1,)

    def says_nothing(number: float, classes: int) -> bool:
        value = _asked(loss, np.full_like(output, number), y)
        return any(isclose(value, n * log(classes), rel_tol=1e-3) for n in counts)

    def denies(number: float, value: float) -> bool:
        """Of a yes or no, what it costs to say a number where no is right."""
        asked = _asked(loss, np.full_like(output, number), np.zeros_like(y))
        return any(isclose(asked, n * value, rel_tol=1e-3) for n in counts)

    if units > 1 and says_nothing(-1.0, units) and says_nothing(0.0, units):
        return "logits", True
    if says_nothing(0.0, 2) and denies(3.0, log1p(exp(3))):
        return "logits", False
    if units > 1 and says_nothing(1 / units, units):
        third = says_nothing(1 / 3, 3) or says_nothing(1 / 3, 2)
        return "probabilities", units > 2 or third
    if units > 1 and says_nothing(-log(units), units):
        return "log-probabilities", True
    if says_nothing(0.5, 2) and denies(0.25, -log(0.75)):
        return "probabilities", False
    if y.size == output.size and _asked(loss, y.reshape(output.shape).astype(output.dtype), y) == 0:
        return "numbers", False
    return "", False


def _are_shares(output: np.ndarray, units: int) -> bool:
    """Whether a softmax, of whatever make, has been there."""
    if units != output.shape[-1] or not (output >= 0).all():
        return False
    return bool((np.abs(output.sum(axis=-1) - 1) < 1e-2).all())


def neutral(h: Head) -> float:
    """The output that says nothing: the same for every class."""
    if h.takes == "log-probabilities":
        return -log(h.units)
    return 0.0 if h.takes == "logits" else 0.5  # of probabilities of several any equal ones do


def check_classes(y: np.ndarray, units: int) -> None:
    """Raise ValueError unless the targets are numbers of classes."""
    wrong = y[(y != np.round(y)) | (y < 0) | (y >= units)]
    if wrong.size:
        remedy = f"give class numbers from 0 to {units - 1}, as the model has {units} outputs"
        raise bad("y", wrong.ravel()[0].item(), remedy)
