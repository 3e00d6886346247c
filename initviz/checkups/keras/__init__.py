"""A batch through a Keras 3 model, on any of its backends, watched and left as it was."""

from __future__ import annotations

from math import nan

import keras  # pyright: ignore[reportMissingImports]
import numpy as np

from ...errors import bad
from ...measure.examination import USUAL_RATE, Examination, size_of_inputs
from .. import adapter
from ..adapter import CUT_OFF, check_batch, explained
from .gradients import GRADIENTS
from .kinds import SCALERS, all_layers, as_numpy, is_float, ops
from .layers import layers
from .loss import find_loss
from .mends import KerasMends
from .state import kept, untouched
from .watch import KerasWatch

__all__ = ["examine", "is_model", "kept"]


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
        raise bad("model", model.name, "it has no weights yet: run model(X) once before")
    if not model.trainable_variables:
        raise bad("model", model.name, "it has no weights that are trained")
    X = _batch("X", X)
    y = None if y is None else _batch("y", y)
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
    scaled = any(isinstance(layer, SCALERS) for layer in all_layers(model))
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
        input_size=size_of_inputs(as_numpy(X)) if is_float(X) and not scaled else nan,
    )


def _batch(name: str, values):
    """Arrays as Keras takes them: one, or a list, tuple or dict of several."""
    if isinstance(values, dict):
        return {key: _batch(f"{name}[{key!r}]", value) for key, value in values.items()}
    if isinstance(values, tuple | list) and any(
        ops.is_tensor(each) or isinstance(each, np.ndarray) for each in values
    ):  # a list of plain numbers is one array, NumPy's numbers among them
        return [_batch(f"{name}[{n}]", value) for n, value in enumerate(values)]
    try:
        values = as_numpy(values) if ops.is_tensor(values) else np.asarray(values)
        if values.dtype.kind == "f":
            values = values.astype(keras.config.floatx())
        not_finite = int(values.size - np.isfinite(values).sum())
    except (TypeError, ValueError) as error:
        remedy = f"give an array of numbers ({adapter.said(error)})"
        raise bad(name, type(values).__name__, remedy) from None
    check_batch(name, len(values) if values.ndim else 0, values.size, not_finite)
    # Booleans stay; JAX has no integers of 64 bits, and warns.
    whole = "int32" if values.dtype.itemsize == 8 else str(values.dtype)
    return ops.convert_to_tensor(values, dtype=None if values.dtype.kind == "f" else whole)
