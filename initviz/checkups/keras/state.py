"""A Keras model as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import keras  # pyright: ignore[reportMissingImports]
import numpy as np

from .. import adapter
from .kinds import all_layers, as_numpy


@contextmanager
def untouched(model: keras.Layer) -> Iterator[None]:
    """Within, no variable of Keras changes; afterwards, the generators are as they were before."""
    with _kept(model), keras.StatelessScope():
        yield


@contextmanager
def _kept(model: keras.Layer) -> Iterator[None]:
    """Afterwards generators are as before, and attributes, which a layer may set when it is called.

    With PyTorch, parts of the model may be PyTorch's own, with buffers and modes.
    """
    with ExitStack() as stack:
        for layer in all_layers(model):
            stack.callback(_put_back, layer.__dict__, dict(layer.__dict__))
        stack.enter_context(adapter.generators_kept())
        if keras.backend.backend() == "torch":
            from ..torch import state

            stack.enter_context(state.kept(model))
        yield


def _put_back(attributes: dict, before: dict) -> None:
    """Past Keras' own way of setting them, which would track them anew."""
    for name in attributes.keys() - before.keys():
        del attributes[name]
    attributes.update(before)


@contextmanager
def kept(model: keras.Layer) -> Iterator[adapter.Scope]:
    """Within, mends may change variables, activations, and what is trained; afterwards the model
    is as it was. Only variables that do change are kept. Gives what mends import."""
    trainable = {id(v): (v, v.trainable) for v in model.weights}
    before: dict[int, tuple[keras.Variable, np.ndarray]] = {}
    assign, own = keras.Variable.assign, vars(keras.Variable).get("assign")

    def noted(v, value):
        before.setdefault(id(v), (v, np.array(as_numpy(v.value))))
        return assign(v, value)

    keras.Variable.assign = noted
    try:
        with _kept(model):
            yield {"keras": keras}
    finally:
        if own:  # that of an outer one of these
            keras.Variable.assign = own
        else:  # what it inherits is there again
            del keras.Variable.assign
        for v, values in before.values():
            v.assign(values)
        for v, is_trained in trainable.values():
            v.trainable = is_trained
