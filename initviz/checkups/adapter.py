"""What the adapters for PyTorch and Keras have in common: none of it needs a framework."""

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from math import nan
from typing import Any, Protocol

import numpy as np

from ..errors import bad
from ..measure.examination import Examination, Layer
from ..networks.losses import guessing
from .layer import Fields, Outputs

Scope = dict[str, Any]  # what a mend's line of code finds, by name


class Adapter(Protocol):
    """What each framework's package has, for the check-up to be the same for all.

    is_model: whether something is a model of that framework. examine: see ``checkups.checkup``.
    kept: within, mends may change the model, which is as before afterwards; gives what they import.
    train: the losses of so many steps of Adam, after which the model is as before.
    """

    def is_model(self, thing: object, /) -> bool: ...
    def examine(self, model, X, y, loss, learning_rate: float | None, /) -> Examination: ...
    def kept(self, model, /) -> AbstractContextManager[Scope]: ...
    def train(self, model, X, y, loss, rate: float, steps: int, /) -> tuple[float, ...]: ...


CUT_OFF = "no gradient leads back to the weights: is it detached?"


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Whatever is raised within becomes a ValueError of one line."""
    try:
        yield
    except Exception as error:
        raise ValueError(f"{what}: {said(error)}") from error


def said(error: Exception) -> str:
    """In one line that is not too long: without Keras' bold print, and its list of arguments."""
    text = re.sub(r"\\n|\\x1b\[\d+m|\x1b\[\d+m", " ", str(error).split("Arguments received by")[0])
    return " ".join(text.split())[:300] or type(error).__name__


def check_batch(name: str, samples: int, numbers: int, not_finite: int) -> None:
    """Raise ValueError unless a batch has samples to compare, and all its numbers are finite."""
    if samples < 2 or not numbers:
        raise bad(name, f"{samples} samples", "give a batch of at least 2")
    if not_finite:
        raise ValueError(
            f"{name}: {not_finite:,} of its {numbers:,} numbers are not finite (NaN or infinite): "
            "mend the data first"
        )


def no_tensor(output: object, arguments: str) -> ValueError:
    remedy = (
        f"the model gives a {type(output).__name__}, not one tensor: give a function of "
        f"({arguments}), or of the output alone where there is no y"
    )
    return bad("loss", None, remedy)


def misfit(y, output) -> ValueError:
    return ValueError(
        f"y of shape {tuple(y.shape)} does not fit the model's outputs of shape "
        f"{tuple(output.shape)}: give one target for each of them"
    )


@contextmanager
def generators_kept() -> Iterator[None]:
    """Afterwards, the random generators of NumPy and of Python are as they were before."""
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)


def depended_on(
    apart: Mapping[str, Any], output_with: Callable[[list], np.ndarray]
) -> frozenset[str]:
    """The names of those weights without a gradient that the output depends on all the same.

    output_with: of some of the weights changed; empty where there is no output to compare.
    """
    if not apart:
        return frozenset()
    try:
        before = output_with([])
        if np.array_equal(before, output_with([*apart.values()])):
            return frozenset()
        each = (name for name, W in apart.items() if not np.array_equal(before, output_with([W])))
        return frozenset(each)
    except Exception:  # with other weights it may not go through
        return frozenset()


# What knowing nothing gives: the losses for which it is known, and which of ours they are. Of
# several outputs they have the mean, and ours the sum.

OURS = {
    "cross_entropy": "softmax_cross_entropy",
    "nll_loss": "softmax_cross_entropy",
    "sparse_categorical_crossentropy": "softmax_cross_entropy",
    "categorical_crossentropy": "softmax_cross_entropy",
    "binary_cross_entropy": "binary_cross_entropy",
    "binary_cross_entropy_with_logits": "binary_cross_entropy",
    "binary_crossentropy": "binary_cross_entropy",
    "mse_loss": "squared_error",
    "mean_squared_error": "squared_error",
}


def guessing_and_chance(
    name: str,
    loss: Callable,
    y: np.ndarray,
    value_at: Callable[[float], float],
    squashed: bool,
    neutral: float,
) -> tuple[float, float]:
    """The losses of guessing and of chance, as ``networks.losses`` has them; NaN if not known.

    y: numbers of classes (samples,), shares of them (samples, classes), or one target for each
        output (samples, …).
    value_at: the loss where all outputs are the same number. squashed: whether a sigmoid is last.
    neutral: the output that says nothing, for the losses that take logits or logarithms.
    """
    if name not in OURS:
        return nan, nan
    guess = _guessing(OURS[name], loss, y)
    if OURS[name] == "squared_error" and not squashed:
        return guess, guess
    return guess, value_at(neutral)


def _guessing(ours: str, loss: Callable, y: np.ndarray) -> float:
    """NaN where weights of classes, smoothed targets or sums make another loss of it."""
    options = [getattr(loss, option, None) for option in ("weight", "pos_weight", "ignore_class")]
    changed = getattr(loss, "label_smoothing", 0) or getattr(loss, "reduction", "") == "sum"
    home = str(getattr(loss, "__module__", ""))  # a user's loss may have the same name
    if changed or not home.startswith(("torch.nn.", "keras.")) or options != [None] * 3:
        return nan
    targets = y if ours == "softmax_cross_entropy" else y.reshape(len(y), -1)
    try:
        return guessing(targets, ours) / (1 if targets is y else targets.shape[1])
    except ValueError:  # shares that do not sum to 1, for one
        return nan


class Watch:
    """Sees what every layer gives, and every activation, be it a layer or a function."""

    def __init__(self) -> None:
        self.outputs: dict[Any, Outputs] = {}  # in the order of their first call
        self.last: Any = None  # whose output is the model's
        self.output_spread = nan
        self._newest: Any = None  # output of a layer; who gave it, the axis of its units, and
        self._who: Any = None
        self._axis = -1
        self._bent: Any = None  # what has bent it already

    @property
    def last_activation(self) -> str | None:
        """What the model's output has gone through, where that was seen."""
        return self.outputs.get(self.last, Outputs()).activation

    def measured(self, layer) -> Fields:
        seen = self.outputs.get(layer, Outputs())
        return seen.measured() | {"last": layer == self.last}

    def _called(self, layer, first: object = None, is_norm: bool = False) -> Outputs:
        """Count a call of a layer; a norm forgives any scale of the layer whose output it takes."""
        seen = self.outputs.setdefault(layer, Outputs())
        seen.calls += 1
        if is_norm and self._is_newest(first):
            self.outputs[self._who].normed = True
        return seen

    def _is_newest(self, z: object) -> bool:
        return z is not None and z is self._newest

    def _taker(self, name: str, z, alone) -> Outputs:
        """Whose activation this is: of the layer that gave z just now, else of ``alone``.

        A layer that is called several times may be followed by several activations.
        """
        if self._is_newest(z) and not self._bent:
            seen = self.outputs[self._who]
            if seen.activation in (None, name):
                seen.forget()
                seen.activation = name
                return seen
        seen, self._who = self._called(alone), alone
        seen.activation = name
        return seen


def in_order(seen: Iterable, uncalled: Iterable, inside: Callable, model: object) -> Iterator:
    """What was seen, in that order; what was not comes behind the layer that it is part of.

    inside: of a layer, all that is part of it. Parts of the model itself come last.
    """
    left = dict.fromkeys(layer for layer in uncalled if layer not in seen)
    for layer in seen:
        yield layer
        for part in () if layer is model else inside(layer):
            if part in left:
                del left[part]
                yield part
    yield from left


def rows(name: str, kind: str, seen: Fields, arrays: dict[str, Fields]) -> Iterator[Layer]:
    """A ``Layer`` for every weight array of a layer; for one without, of its outputs alone.

    arrays: {name of the array in the model: what is known of it}.
    """
    if not arrays and seen["calls"]:  # it only bends, or has only biases
        yield Layer(name=name, kind=kind, role="activation", **seen)
    for n, (array, fields) in enumerate(arrays.items(), start=1):
        alone = len(arrays) == 1 and name and fields["role"] != "other"
        outputs = seen if n == len(arrays) else {key: seen[key] for key in ("calls", "normed")}
        bent = outputs.get("activation") or fields.get("activation")
        known: Fields = {**outputs, **fields, "activation": bent}
        yield Layer(name=name if alone else array, kind=kind, **known)
