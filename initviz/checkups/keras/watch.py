"""What every layer and activation of a Keras model gives while a batch goes through."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

import keras  # pyright: ignore[reportMissingImports]
import numpy as np
from keras import layers as kinds  # pyright: ignore[reportMissingImports]

from ...measure.examination import size_of_inputs
from .. import adapter
from ..layer import GRID, Outputs, flat_parts
from .kinds import (
    NORMS,
    STANDALONE,
    activation_of,
    all_layers,
    as_numpy,
    is_float,
    name_of,
    ops,
    own_weights,
)


class KerasWatch(adapter.Watch):
    """``call`` and ``activation`` are wrapped for the time."""

    def __init__(self, model: keras.Layer) -> None:
        super().__init__()
        self.input_size, self.input_normed = nan, False
        self.output_bender: keras.Layer | None = None  # which has the activation of the output
        self._model = model
        self._wrapped: list[tuple[dict, str, object]] = []

    def __enter__(self) -> KerasWatch:
        layers = all_layers(self._model)
        recurrent = [layer for layer in layers if isinstance(layer, kinds.RNN)]
        # Cells are called in a loop of the backend; an activation may be a layer of its own.
        apart = {part for layer in recurrent for part in all_layers(layer.cell)}
        apart |= {activation_of(layer) for layer in layers if own_weights(layer)}
        for layer in layers:
            if layer in apart:
                continue
            if layer in recurrent:
                self._wrap(layer, "call", self._watched(layer.cell, layer.call, None))
            elif isinstance(layer, STANDALONE):
                self._wrap(layer, "call", self._standing_alone(layer, layer.call))
            elif own_weights(layer):
                activation = activation_of(layer)
                self._wrap(layer, "call", self._watched(layer, layer.call, activation))
                if activation:
                    self._wrap(layer, "activation", self._bending(layer, activation))
        return self

    def _wrap(self, layer: keras.Layer, name: str, function: Callable) -> None:
        """Past Keras' and PyTorch's own way of setting attributes, which would track it."""
        self._wrapped.append((layer.__dict__, name, layer.__dict__.get(name)))
        layer.__dict__[name] = function

    def __exit__(self, *exception) -> None:
        for attributes, name, before in reversed(self._wrapped):
            if before is None:
                del attributes[name]
            else:
                attributes[name] = before

    def see_output(self, output) -> None:
        if not is_float(output):
            return
        if self._newest is not None:  # the same numbers, be it in another shape or precision?
            given, newest = (as_numpy(each).ravel() for each in (output, self._newest))
            if given.shape == newest.shape and np.array_equal(given, newest):
                self.last, self.output_bender = self._who, self._bent
        seen = Outputs()
        seen.see(as_numpy(ops.reshape(output, (len(output), -1))).T)
        (self.output_spread,) = seen.spread

    def _watched(self, layer: keras.Layer, call: Callable, activation) -> Callable:
        def watched(*args, **kwargs):
            if not self.outputs:
                self._see_input(layer, _first(args, kwargs))
            seen = self._called(layer, _first(args, kwargs), isinstance(layer, NORMS))
            output = call(*args, **kwargs)
            first = output[0] if isinstance(output, tuple | list) else output
            if not self._is_newest(first):  # else a layer inside of this one gave it
                self._see(seen, first, _axis_of_units(layer), layer, layer if activation else None)
            return output

        return watched

    def _see_input(self, layer: keras.Layer, x) -> None:
        """As it reaches the first layer that has weights: what scales it may be in the model."""
        self.input_normed = isinstance(layer, NORMS)
        numbers = _seen(x, 0) if is_float(x) else None
        self.input_size = nan if numbers is None else size_of_inputs(numbers)

    def _bending(self, layer: keras.Layer, activation: Callable) -> Callable:
        """In place of the layer's own activation."""

        def bending(z, *args, **kwargs):
            seen = self.outputs[layer]
            seen.activation = name_of(activation)
            _note_saturated(seen, activation, z, _axis_of_units(layer))
            return activation(z, *args, **kwargs)

        return bending

    def _standing_alone(self, layer: keras.Layer, call: Callable) -> Callable:
        """An activation belongs to the layer that gave z just now, else it has a row of its own."""
        name = name_of(layer.activation if isinstance(layer, kinds.Activation) else layer)

        def bending(*args, **kwargs):
            if name == "linear":
                return call(*args, **kwargs)
            z, axis = _first(args, kwargs), self._axis
            seen = self._taker(name, z, layer)
            _note_saturated(seen, call, z, axis)
            output = call(*args, **kwargs)
            self._see(seen, output, axis, self._who, layer)
            return output

        return bending

    def _see(self, seen: Outputs, output, axis: int, who, bender) -> None:
        if not is_float(output) or len(output.shape) < 2:
            return
        numbers = _seen(output, axis)
        if numbers is not None:
            seen.see(numbers)
            self._newest, self._axis, self._who, self._bent = output, axis, who, bender


def _first(args: tuple, kwargs: dict):
    return next(iter((*args, *kwargs.values())), None)


def _axis_of_units(layer: keras.Layer) -> int:
    if isinstance(layer, kinds.BatchNormalization | kinds.GroupNormalization):
        return layer.axis
    return 1 if getattr(layer, "data_format", None) == "channels_first" else -1


def _seen(tensor, axis: int) -> np.ndarray | None:
    """(units, …); None within a loop that the backend compiles, where there are no numbers."""
    try:
        return np.moveaxis(as_numpy(tensor), axis, 0)
    except (TypeError, RuntimeError, AttributeError):  # of JAX, PyTorch and TensorFlow
        return None


def _note_saturated(seen: Outputs, function: Callable, z, axis: int) -> None:
    """Not of softmax and its likes, which are no functions of one number."""
    numbers, grid = _seen(z, axis), ops.convert_to_tensor(GRID.astype(keras.config.floatx()))
    try:
        values, few = as_numpy(function(grid)), as_numpy(function(grid[-2:]))
    except Exception:  # it may need several axes
        return
    alone = values.shape == GRID.shape and np.allclose(values[-2:], few)
    if numbers is not None and alone and np.ptp(values) > 0:
        seen.note_saturated(numbers, flat_parts(values))
