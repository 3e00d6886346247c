"""The loss of a Keras model: which it is, and what guessing and chance give."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from typing import NamedTuple, cast

import keras  # pyright: ignore[reportMissingImports]
import numpy as np

from ...errors import bad
from ...measure.examination import Head
from ..adapter import explained, guessing_and_chance, misfit, no_tensor
from ..head import check_classes, head_of, neutral
from .kinds import as_numpy, is_float, ops

# Losses whose targets have to be of the output's shape; a missing last axis of 1 aside.
ELEMENTWISE = ("mean_squared_error", "binary_crossentropy")


class Found(NamedTuple):
    """A loss: a function of the output; its name, "" where there is none; what is known of it."""

    function: Callable
    name: str = ""
    guessing: float = nan
    chance: float = nan
    head: Head = Head()


def find_loss(model, loss, output, y, bent) -> Found:
    if loss is None and y is None:
        return Found(_projection(_only(output)))
    if y is None and isinstance(loss, str | keras.losses.Loss):
        raise bad("loss", loss, "it compares with targets: give y as well")
    if loss is None:
        loss = getattr(model, "compiled", False) and model.loss
        loss = loss or _usual_loss(_only(output), y, bent)
    chosen = _chosen(loss)
    name = getattr(chosen, "name", None) or getattr(chosen, "__name__", type(chosen).__name__)
    y = y if y is None else _matched(name, output, y)

    def value(output, y=y):
        """Over all that it gives, and of outputs in full precision, as ``compile`` has it."""
        if is_float(output):
            output = ops.cast(output, keras.config.floatx())
        return ops.mean(chosen(output) if y is None else chosen(y, output))

    with explained(f"loss={name}: it does not fit the output and y"):
        value(output)
    head = _head(chosen, value, output, y, bent)
    known = _guessing_and_chance(name, chosen, output, y, value, bent, head)
    return Found(value, name, *known, head)


def _head(chosen: Callable, value: Callable, output, y, bent: str | None) -> Head:
    if not (is_float(output) and ops.is_tensor(y) and len(output.shape) and len(y) == len(output)):
        return Head()

    def loss(outputs: np.ndarray, targets: np.ndarray) -> float:
        whole = targets if targets.dtype.itemsize < 8 else targets.astype("int32")
        given = ops.convert_to_tensor(whole)
        return float(as_numpy(value(ops.convert_to_tensor(outputs), given)))

    numbers, targets = as_numpy(output), as_numpy(y)
    mean = "sum_over_batch_size" if hasattr(chosen, "reduction") else ""
    return head_of(loss, numbers, targets, None, bent or "", output.shape[-1], mean, crossed=False)


def _only(output):
    if not ops.is_tensor(output):
        raise no_tensor(output, "y, output")
    return output


def _projection(output) -> Callable:
    noise = np.random.default_rng(0).standard_normal(output.shape) / len(output)
    noise = ops.convert_to_tensor(noise.astype(keras.config.floatx()))
    return lambda out: ops.sum(ops.cast(out, noise.dtype) * noise)


def _chosen(loss) -> Callable:
    remedy = "give a loss of Keras, or a function of (y, output)"
    if isinstance(loss, dict | list | tuple):
        raise bad("loss", loss, f"it is one for each of several outputs: {remedy}")
    try:
        return cast(Callable, keras.losses.get(loss))
    except ValueError:
        raise bad("loss", loss, remedy) from None


def _usual_loss(output, y, bent: str | None) -> keras.losses.Loss:
    if not ops.is_tensor(y):
        raise bad("loss", None, "y has several parts: give a function of (y, output)")
    if is_float(y):
        return keras.losses.MeanSquaredError()
    yes_or_no = len(output.shape) < 2 or output.shape[-1] == 1
    if yes_or_no or (bent == "sigmoid" and y.shape == output.shape):
        return keras.losses.BinaryCrossentropy(from_logits=bent not in ("sigmoid", "softmax"))
    p = as_numpy(output)  # of a softmax, of whatever make?
    shares = (p >= 0).all() and (np.abs(p.sum(axis=-1) - 1) < 0.01).all()
    return keras.losses.SparseCategoricalCrossentropy(from_logits=not (shares or bent == "sigmoid"))


def _matched(name: str, output, y):
    """(N,) and (N, 1) are the same targets; some losses would compare each with each."""
    if not (ops.is_tensor(y) and ops.is_tensor(output)):
        return y
    shape, wanted = tuple(y.shape), tuple(output.shape)
    if name == "sparse_categorical_crossentropy":
        check_classes(as_numpy(y), wanted[-1])
    if (*shape, 1) == wanted or shape == (*wanted, 1):
        return ops.reshape(y, wanted)
    if name in ELEMENTWISE and shape != wanted:
        raise misfit(y, output)
    return y


def _guessing_and_chance(
    name, loss, output, y, value: Callable, bent, head: Head
) -> tuple[float, float]:
    if not (ops.is_tensor(output) and ops.is_tensor(y)):
        return nan, nan
    targets = as_numpy(y)
    if name == "sparse_categorical_crossentropy":
        targets = targets.ravel()
    elif name == "categorical_crossentropy":
        targets = targets.reshape(-1, targets.shape[-1])

    def value_at(number: float) -> float:
        return float(value(ops.full_like(output, number)))

    return guessing_and_chance(name, loss, targets, value_at, bent == "sigmoid", neutral(head))
