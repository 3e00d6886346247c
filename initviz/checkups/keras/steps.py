"""A few steps of Adam, after which a Keras model is as it was."""

from __future__ import annotations

from math import isfinite

import keras  # pyright: ignore[reportMissingImports]

from ..adapter import explained
from .batch import batch
from .gradients import GRADIENTS
from .kinds import as_numpy
from .loss import find_loss
from .state import kept


def train(model: keras.Layer, X, y, loss, rate: float, steps: int) -> tuple[float, ...]:
    """The losses of one batch, before each step and after the last; up to one that is not finite.

    Weights that are trained are kept meanwhile: that is one more copy of them.
    """
    X, y = batch("X", X), None if y is None else batch("y", y)
    losses: list[float] = []
    with explained("steps: they cannot be taken"), kept(model):
        adam = keras.optimizers.Adam(rate)
        for v in model.trainable_variables:
            v.assign(v.value)  # for it to be kept: optimizers may write it without a word
        while len(losses) <= steps and all(map(isfinite, losses)):
            output = model(X, training=True)
            found = find_loss(model, loss, output, y, None)
            value, slopes, _ = GRADIENTS[keras.backend.backend()](model, X, found.function, output)
            losses.append(float(as_numpy(value)))
            moved = [
                (slope, v)
                for slope, v in zip(slopes, model.trainable_variables, strict=True)
                if slope is not None
            ]
            if moved and len(losses) <= steps:
                adam.apply_gradients(moved)
    return tuple(losses)
