"""A batch through a Keras 3 model, on any of its backends, watched and left as it was."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import keras  # pyright: ignore[reportMissingImports]
import numpy as np

from ...errors import bad
from ...measure.examination import USUAL_RATE, Examination
from ..adapter import CUT_OFF, depended_on, explained
from .batch import batch
from .gradients import GRADIENTS
from .kinds import as_numpy, is_float
from .layers import addresses, layers
from .loss import find_loss
from .mends import KerasMends
from .state import kept, untouched
from .steps import train
from .watch import KerasWatch

__all__ = ["examine", "is_model", "kept", "train"]


def is_model(thing: object) -> bool:
    return isinstance(thing, keras.Layer)


def examine(
    model: keras.Layer, X, y=None, loss=None, learning_rate: float | None = None
) -> Examination:
    """See ``checkups.checkup``. Only PyTorch differentiates the pass that was watched; with the
    other backends there is a second one.

    loss: a function of (y, output), in Keras' own order; None takes that of a compiled model.
    """
    if not model.built:
        raise bad("model", model.name, "it has no weights yet: run model(X) once first")
    if not model.trainable_variables:
        raise bad("model", model.name, "it has no weights that are trained")
    X = batch("X", X)
    y = None if y is None else batch("y", y)
    shape = keras.tree.map_structure(lambda x: tuple(x.shape), X)
    through = explained(f"X of shape {shape} does not go through the model")
    with untouched(model):
        with KerasWatch(model) as watch, through:
            output = model(X, training=True)
        watch.see_output(output)
        found = find_loss(model, loss, output, y, watch.last_activation)
        differentiate = GRADIENTS[keras.backend.backend()]
        with explained("loss: the gradient does not go back through the model"):
            value, slopes, ways = differentiate(model, X, found.function, output)
        if all(slope is None for slope in slopes):
            raise bad("loss", float(value), CUT_OFF)
    gradients = dict(zip(map(id, model.trainable_variables), slopes, strict=True))
    apart = [v for v in model.trainable_variables if gradients[id(v)] is None]
    rate = USUAL_RATE if learning_rate is None else learning_rate
    return Examination(
        framework="Keras",
        layers=tuple(layers(model, watch, gradients, ways, rate)),
        output_spread=watch.output_spread,
        loss_name=found.name,
        loss=float(value) if found.name else nan,
        guessing=found.guessing,
        chance=found.chance,
        learning_rate=rate,
        rate_told=learning_rate is not None,
        mends=KerasMends(model, watch.output_bender),
        head=found.head,
        input_size=watch.input_size if is_float(X) else nan,
        input_normed=watch.input_normed,
        detached=_detached(model, X, apart),
    )


def _detached(model: keras.Layer, X, apart: Sequence[keras.Variable]) -> frozenset[str]:
    def output_with(weights: list[keras.Variable]) -> np.ndarray:
        with kept(model):
            for v in weights:
                v.assign(2 * v + 1)
            outputs = keras.tree.flatten(model(X, training=True))
        return np.concatenate([as_numpy(output).ravel() for output in outputs])

    paths = addresses(model)
    return depended_on({paths[id(v)]: v for v in apart}, output_with)
