"""The weights of a Keras model, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import nan, prod, sqrt

import keras  # pyright: ignore[reportMissingImports]
import numpy as np
from keras import layers as kinds  # pyright: ignore[reportMissingImports]

from ...measure.examination import Layer
from ..adapter import in_order, rows
from ..graph import multiplied
from ..layer import PART, Fields, drawn_apart, finite_or_inf, matrix, measured
from .kinds import (
    DEPTHWISE,
    NORMS,
    STANDALONE,
    TRANSPOSED,
    all_layers,
    as_numpy,
    known,
    own_weights,
)

CELLS = known("SimpleRNNCell", "GRUCell", "LSTMCell")
PLAIN = known("Dense", "Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D")
KERNELS = ("kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel")
GATES = {  # the columns of their arrays, in this order
    "LSTM": ("input", "forget", "cell", "output"),
    "GRU": ("update", "reset", "new"),
}
EMBEDDED = 0.1 / sqrt(12)  # Keras draws embeddings from U(-0.05, 0.05)


def layers(model, watch, gradients, ways, learning_rate: float) -> Iterator[Layer]:
    paths, layers = addresses(model), all_layers(model)
    numbers = {id(v): n for n, v in enumerate(model.trainable_variables)}
    by_number = {n: paths[key] for key, n in numbers.items()}
    # Their paths inside of the model; what was never called has none.
    inner = ((layer.path or layer.name).removeprefix(f"{model.name}/") for layer in layers)
    names = dict(zip(layers, _unique(inner), strict=True))

    def fields(layer: keras.Layer, v: keras.Variable, gate: slice) -> Fields:
        described, units = _described(layer, v)
        way = ways.get(numbers.get(id(v)))
        if described["role"] == "other" and way:
            described, units = multiplied(way, v.shape)
        slope, axis = gradients.get(id(v)), units or 0
        part = _columns(v.value, gate)
        slopes = None if slope is None else _parts(_columns(slope, gate), axis)
        biases = [as_numpy(b.value) for b in own_weights(layer) if b.name == "bias"][:1]
        return {
            "parameter": paths[id(v)],
            "shape": tuple(part.shape),
            "trainable": id(v) in gradients,
            **(way.among(by_number) if way else {}),
            "bias_mean": finite_or_inf(float(biases[0].mean())) if biases else nan,
            **described,
            **measured(_parts(part, axis), slopes, learning_rate, units is not None),
        }

    owners = [layer for layer in layers if own_weights(layer)]
    for layer in in_order(watch.outputs, owners, all_layers, model):
        seen = watch.measured(layer)
        kind = seen["activation"] if isinstance(layer, STANDALONE) else type(layer).__name__
        arrays = {
            f"{names[layer]}/{paths[id(v)].rsplit('/', 1)[-1]}{name}": fields(layer, v, gate)
            for v in own_weights(layer)
            if not (v.name in ("bias", "beta") and len(v.shape) < 3)
            for name, gate in _gates(layer, v).items()
        }
        yield from rows(names[layer], kind, seen, arrays)


def _gates(layer: keras.Layer, v: keras.Variable) -> dict[str, slice]:
    """The columns of an array's gates, where they were not drawn alike; else all as one."""
    gates = GATES.get(type(layer).__name__.removesuffix("Cell"), ())
    if not (gates and v.name in KERNELS):
        return {"": slice(None)}
    parts = np.split(as_numpy(v.value), len(gates), axis=-1)
    if not drawn_apart(float(part.std()) for part in parts):
        return {"": slice(None)}
    size = parts[0].shape[-1]
    return {f"[{name}]": slice(n * size, (n + 1) * size) for n, name in enumerate(gates)}


def _columns(tensor, gate: slice):
    return tensor if gate == slice(None) else tensor[..., gate]


def _parts(tensor, axis: int) -> Iterator[np.ndarray]:
    """For ``moments``: (rows, numbers), the rows along an axis."""
    values = np.atleast_1d(as_numpy(tensor))
    rows = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
    yield from np.array_split(rows, -(-rows.size // PART))


def addresses(model: keras.Layer) -> dict[int, str]:
    """{id of a variable: its path}. Layers of equal names have equal paths: these get a number."""
    return dict(zip(map(id, model.weights), _unique(v.path for v in model.weights), strict=True))


def _unique(names: Iterable[str]) -> Iterator[str]:
    met: dict[str, int] = {}
    for name in names:
        met[name] = met.get(name, 0) + 1
        yield name if met[name] == 1 else f"{name} ({met[name]})"


def _described(layer: keras.Layer, v: keras.Variable) -> tuple[Fields, int | None]:
    """(role, fans and the std of Keras' default; the axis of the units)."""
    shape = tuple(v.shape)
    if isinstance(layer, NORMS):
        return {"role": "norm"}, None
    if isinstance(layer, kinds.Embedding):
        return {"role": "embedding", "default_std": EMBEDDED}, None
    if v.name in KERNELS and isinstance(layer, kinds.EinsumDense):
        return _einsum(layer.equation, shape)
    if v.name in KERNELS and isinstance(layer, (*PLAIN, *TRANSPOSED, *DEPTHWISE, *CELLS)):
        return _kernel(layer, v.name, shape)
    return {"role": "other"}, None


def _einsum(equation: str, shape: tuple[int, ...]) -> tuple[Fields, int]:
    """The axes of the kernel that are not in the output are those that are summed over."""
    inputs, output = equation.split("->")
    kept = [axis for axis, letter in enumerate(inputs.split(",")[1]) if letter in output]
    fan_out = prod(shape[axis] for axis in kept)
    fan_in = prod(shape) // fan_out
    return matrix(fan_in, fan_out, sqrt(2 / (fan_in + fan_out))), kept[-1] if kept else 0


def _kernel(layer: keras.Layer, name: str, shape) -> tuple[Fields, int]:
    """(window…, in, out), of transposed convolutions (window…, out, in), of depthwise ones
    (window…, channels, copies). Keras' default counts all of them alike."""
    window, glorot = prod(shape[:-2]), sqrt(2 / sum(keras_fans(shape)))
    if name == "recurrent_kernel":  # orthogonal: its shorter side has length 1
        return matrix(shape[0], shape[0], 1 / sqrt(max(shape))), -1
    if name == "depthwise_kernel" or isinstance(layer, DEPTHWISE):
        return matrix(window, window * shape[-1], glorot), -1
    if isinstance(layer, TRANSPOSED):
        return matrix(shape[-1] * window, shape[-2] * window, glorot), -2
    return matrix(*keras_fans(shape), glorot), -1


def keras_fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """As ``keras.initializers`` count them, whatever the layer makes of the array."""
    window = prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window
