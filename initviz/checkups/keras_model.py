"""A batch through a Keras 3 model, on any of its backends, watched and put back as it was."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import log, nan, prod, sqrt

import keras
import numpy as np
from keras import ops

from ..errors import bad
from .arrays import measured, note_answers, note_idle
from .examination import Examination, finite_batch
from .layer import GRID, Answers, Layer, quiet_ends

Model = keras.Model
NORMS = (
    keras.layers.BatchNormalization,
    keras.layers.LayerNormalization,
    keras.layers.GroupNormalization,
)
BENDS = (keras.layers.Activation, keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.ELU)
SMALL = keras.initializers.RandomUniform()  # the default of embeddings


def is_ours(model: object) -> bool:
    return isinstance(model, keras.Model)


def examine(model: Model, X, y=None, loss=None, learning_rate: float = 0.01) -> Examination:
    """See ``checkups.checkup``. Watched in one pass, and differentiated in a second one."""
    _check_model(model)
    X = _batch("X", X)
    y = None if y is None else _batch("y", y)
    with untouched(model):
        with Watch(model) as watch:
            output = _forward(model, X)
        name, function, guessing = _loss(model, loss, output, y, watch)
    with untouched(model):
        value, gradients = GRADIENTS[keras.backend.backend()](model, X, function)
    if not ops.shape(value) == ():
        raise bad("loss", name, "it should give one number a sample, or one at all")
    return Examination(
        framework="Keras",
        layers=tuple(_layers(model, watch, gradients, learning_rate)),
        output_spread=_spread(output),
        loss_name=name,
        loss=float(value) if name else nan,
        guessing=guessing,
        learning_rate=learning_rate,
        mends=KerasMends(),
    )


def _check_model(model: Model) -> None:
    if not model.built:
        raise bad("model", model.name, "it has no weights yet: run model(X) once before")
    if not model.trainable_variables:
        raise bad("model", model.name, "it has no weights that are trained")


def _batch(name: str, values):
    """Arrays as Keras takes them: one, or a list, tuple or dict of several."""
    if isinstance(values, dict):
        return {key: _batch(f"{name}[{key!r}]", value) for key, value in values.items()}
    if isinstance(values, tuple | list) and any(hasattr(value, "shape") for value in values):
        return [_batch(f"{name}[{n}]", value) for n, value in enumerate(values)]
    try:
        values = np.asarray(_numpy(values) if ops.is_tensor(values) else values)
        not_finite = int((~np.isfinite(values)).sum()) if values.dtype.kind == "f" else 0
    except (TypeError, ValueError) as error:
        raise bad(name, type(values).__name__, f"give an array of numbers ({error})") from None
    finite_batch(name, len(values) if values.ndim else 0, values.size, not_finite)
    return ops.convert_to_tensor(values.astype(keras.config.floatx()) if values.dtype.kind == "f"
                                 else values)  # fmt: skip


def _numpy(values) -> np.ndarray:
    return ops.convert_to_numpy(values)


def _forward(model: Model, X):
    try:
        return model(X, training=True)
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        shape = keras.tree.map_structure(lambda x: tuple(x.shape), X)
        raise ValueError(f"X of shape {shape} does not go through the model: {reason}") from error


# The loss.


def _loss(model: Model, loss, output, y, watch: Watch) -> tuple[str, Callable, float]:
    """(its name, a function of the output, the loss of guessing); no name without a loss."""
    loss = loss if loss is not None else getattr(model, "loss", None) if y is not None else None
    if loss is None and y is None:
        noise = ops.convert_to_tensor(
            np.random.default_rng(0).standard_normal(output.shape).astype(keras.config.floatx())
        )
        return "", lambda out: ops.sum(out * noise) / len(noise), nan
    if loss is None:
        loss = _usual_loss(output, y, watch)
    try:
        chosen = keras.losses.get(loss) if y is not None else loss
    except ValueError:
        chosen = None
    if not callable(chosen):
        raise bad("loss", loss, "give a loss of Keras, or a function of (y, output)")
    name = getattr(chosen, "name", None) or getattr(chosen, "__name__", type(chosen).__name__)
    if y is None:
        return name, lambda out: ops.mean(chosen(out)), nan
    return name, lambda out: ops.mean(chosen(y, out)), _guessing(name, output, y)


def _usual_loss(output, y, watch: Watch) -> keras.losses.Loss:
    """Classes are whole numbers, and everything else is regression."""
    if "float" in keras.backend.standardize_dtype(y.dtype):
        return keras.losses.MeanSquaredError()
    squashed = watch.last_activation in ("softmax", "sigmoid")
    if output.shape[-1] > 1:
        return keras.losses.SparseCategoricalCrossentropy(from_logits=not squashed)
    return keras.losses.BinaryCrossentropy(from_logits=not squashed)


def _guessing(name: str, output, y) -> float:
    if "categorical_crossentropy" in name:
        return log(output.shape[-1])
    if name == "binary_crossentropy":
        return log(2)
    return float(_numpy(y).var(axis=0).mean()) if name == "mean_squared_error" else nan


# The gradients, as each backend has them. All take the model, X, and a function of the output.


def _torch_gradients(model: Model, X, function):
    import torch

    with torch.enable_grad():
        value = function(_forward(model, X))
        weights = [v.value for v in model.trainable_variables]
        return value.detach(), torch.autograd.grad(value, weights, allow_unused=True)


def _jax_gradients(model: Model, X, function):
    import jax

    fixed = [v.value for v in model.non_trainable_variables]

    def value(weights):
        return function(model.stateless_call(weights, fixed, X, training=True)[0])

    return jax.value_and_grad(value)([v.value for v in model.trainable_variables])


def _tensorflow_gradients(model: Model, X, function):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        value = function(_forward(model, X))
    return value, tape.gradient(value, [v.value for v in model.trainable_variables])


GRADIENTS = {
    "torch": _torch_gradients,
    "jax": _jax_gradients,
    "tensorflow": _tensorflow_gradients,
}


# Watching.


class Watch:
    """Sees what every layer answers; ``call`` and ``activation`` are wrapped for the time."""

    def __init__(self, model: Model) -> None:
        self.answers: dict[keras.Layer, Answers] = {}
        self.last: keras.Layer | None = None
        self._answer = None
        self._model = model
        self._wrapped: list[tuple[dict, str, object]] = []

    def __enter__(self) -> Watch:
        for layer in _all_layers(self._model):
            if isinstance(layer, keras.layers.RNN):  # its cell is called in a loop of the backend
                self._wrap(layer, "call", self._watched(layer.cell, layer.call))
            elif (own_weights(layer) or isinstance(layer, BENDS)) and not _is_cell(layer):
                self._wrap(layer, "call", self._watched(layer, layer.call))
                if callable(layer.__dict__.get("activation")):
                    self._wrap(layer, "activation", self._bending(layer, layer.activation))
        return self

    def _wrap(self, layer, name: str, function) -> None:
        self._wrapped.append((layer.__dict__, name, layer.__dict__.get(name)))
        layer.__dict__[name] = function

    def __exit__(self, *exception) -> None:
        for attributes, name, before in reversed(self._wrapped):
            if before is None:
                del attributes[name]
            else:
                attributes[name] = before

    @property
    def last_activation(self) -> str | None:
        return self.answers[self.last].activation if self.last else None

    def _watched(self, layer, call):
        def watched(*args, **kwargs):
            seen = self.answers.setdefault(layer, Answers())
            seen.calls += 1
            if args and args[0] is self._answer and self.last is not None:
                self.answers[self.last].normed |= isinstance(layer, NORMS)
            if isinstance(layer, BENDS) and not isinstance(layer, keras.layers.Activation):
                _note_bend(seen, type(layer).__name__.lower(), call, args[0])
            output = call(*args, **kwargs)
            answer = output[0] if isinstance(output, tuple | list) else output
            if ops.is_tensor(answer) and len(answer.shape) > 1:
                note_answers(seen, _units_last(layer, _numpy(answer)))
                self._answer, self.last = answer, layer
            return output

        return watched

    def _bending(self, layer, activation):
        def bending(z, *args, **kwargs):
            name = getattr(activation, "__name__", type(activation).__name__)
            if name != "linear":
                _note_bend(self.answers[layer], name, activation, z)
            return activation(z, *args, **kwargs)

        return bending


def _is_cell(layer) -> bool:
    return hasattr(layer, "state_size")


def _note_bend(seen: Answers, name: str, function, z) -> None:
    seen.activation = name
    if name not in ("softmax", "log_softmax"):  # these are no functions of one number
        grid = ops.convert_to_tensor(GRID.astype(keras.config.floatx()))
        note_idle(seen, _numpy(z), quiet_ends(_numpy(function(grid))))


def _units_last(layer, answers: np.ndarray) -> np.ndarray:
    first = getattr(layer, "data_format", None) == "channels_first"
    return np.moveaxis(answers, 1, -1) if first else answers


def _spread(output) -> float:
    if not ops.is_tensor(output):
        return nan
    seen = Answers()
    note_answers(seen, _numpy(output))
    return seen.spread[0]


def _all_layers(model: Model) -> list[keras.Layer]:
    return list(dict.fromkeys(model._flatten_layers()))


def own_weights(layer) -> list[keras.Variable]:
    """The variables that are the layer's and not of a layer inside of it; no statistics."""
    return layer._trainable_variables


@contextmanager
def untouched(model: Model) -> Iterator[None]:
    """Afterwards, statistics, seeds and the global generators are as they were before."""
    kept = [(v, np.array(_numpy(v.value))) for v in model.non_trainable_variables]
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        yield
    finally:
        for variable, values in kept:
            variable.assign(values)
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)


# From what was seen to layers.


def _layers(model: Model, watch: Watch, gradients, learning_rate: float) -> Iterator[Layer]:
    slopes = dict(zip((v.path for v in model.trainable_variables), gradients, strict=True))
    layers = _all_layers(model)
    uncalled = [layer for layer in layers if layer not in watch.answers and own_weights(layer)]
    for layer in (*watch.answers, *uncalled):
        seen = watch.answers.get(layer, Answers()).measured()
        arrays = [v for v in own_weights(layer) if v.name not in ("bias", "beta")]
        if not arrays:
            yield Layer(name=layer.name, kind=type(layer).__name__, role="activation", **seen)
        for v in arrays:
            answers = seen if v is arrays[-1] else {"calls": seen["calls"]}
            name = layer.name if len(arrays) == 1 else f"{layer.name}/{v.name}"
            yield _weights(layer, v, name, answers, slopes.get(v.path), learning_rate,
                           layer is watch.last)  # fmt: skip


def _weights(layer, v, name: str, answers, gradient, learning_rate: float, last: bool) -> Layer:
    described, units = _described(layer, v)
    slope = None if gradient is None else _dense(gradient)
    bias = next((b for b in own_weights(layer) if b.name == "bias"), None)
    return Layer(
        name=name,
        kind=type(layer).__name__,
        parameter=v.path,
        shape=tuple(v.shape),
        bias_mean=nan if bias is None else float(_numpy(bias.value).mean()),
        trainable=bool(v.trainable),
        last=last,
        **described,
        **measured(_numpy(v.value), slope, units, learning_rate),
        **answers,
    )


def _dense(gradient) -> np.ndarray:
    """TensorFlow gives the gradient of an embedding as the rows that were looked up."""
    return _numpy(ops.convert_to_tensor(gradient))


def _described(layer, v) -> tuple[dict[str, object], int | None]:
    """(role, fans and the std of Keras' default; the axis of the units)."""
    shape = tuple(v.shape)
    if isinstance(layer, NORMS):
        return {"role": "norm"}, None
    if isinstance(layer, keras.layers.Embedding):
        return {"role": "embedding", "default_std": (SMALL.maxval - SMALL.minval) / sqrt(12)}, None
    if isinstance(layer, keras.layers.EinsumDense) and v.name == "kernel":
        fan_in = prod(shape[axis] for axis in _summed_axes(layer.equation))
        fan_out = prod(shape) // fan_in
        return _matrix(fan_in, fan_out, fan_in + fan_out), len(shape) - 1
    if v.name == "recurrent_kernel":  # orthogonal: its shorter side has length 1
        return {**_matrix(shape[0], shape[0], 1), "default_std": 1 / sqrt(max(shape))}, 1
    if v.name in ("kernel", "pointwise_kernel"):
        return _kernel(layer, shape)
    return {"role": "other"}, None


def _kernel(layer, shape: tuple[int, ...]) -> tuple[dict[str, object], int]:
    """(window…, in, out), of transposed convolutions (window…, out, in), of depthwise ones
    (window…, channels, copies). Keras' default counts all of them alike."""
    window, counted = prod(shape[:-2]), prod(shape[:-2]) * (shape[-2] + shape[-1])
    kind = type(layer).__name__
    if kind.startswith("Depthwise"):
        return _matrix(window, window * shape[-1], counted), -1
    if "Transpose" in kind:
        return _matrix(shape[-1] * window, shape[-2] * window, counted), -2
    return _matrix(shape[-2] * window, shape[-1] * window, counted), -1


def _matrix(fan_in: int, fan_out: int, counted: int) -> dict[str, object]:
    """counted: the sum of the fans that Keras' default, Glorot's, goes by."""
    default = sqrt(2 / counted)
    return {"role": "matrix", "fan_in": fan_in, "fan_out": fan_out, "default_std": default}


def _summed_axes(equation: str) -> list[int]:
    """The axes of the kernel that an einsum sums over: they are in the input, not in the output."""
    inputs, output = equation.split("->")
    kernel = inputs.split(",")[1]
    return [axis for axis, letter in enumerate(kernel) if letter not in output]


class KerasMends:
    """The lines of code that mend a model called ``model``, with ``keras`` imported."""

    def redraw(self, layers: Sequence[Layer], scheme: str) -> str:
        draw = {"Glorot": "GlorotNormal", "He": "HeNormal", "LeCun": "LecunNormal"}[scheme]
        return _for_all([layer.parameter for layer in layers],
                        f"v.assign(keras.initializers.{draw}()(v.shape))")  # fmt: skip

    def unbias(self, layers: Sequence[Layer]) -> str:
        biases = [layer.parameter.rsplit("/", 1)[0] + "/bias" for layer in layers]
        return _for_all(biases, "v.assign(0 * v)")

    def shrink(self, layer: Layer) -> str:
        return _for_all([layer.parameter], "v.assign(0.1 * v)")

    def bend(self, layers: Sequence[Layer]) -> str:
        is_sigmoid = "getattr(layer, 'activation', 0) is keras.activations.sigmoid"
        bent = "setattr(layer, 'activation', keras.activations.tanh)"
        return f"for layer in model.layers: {is_sigmoid} and {bent}"

    def standardise(self) -> str:
        return "X = (X - X.mean(0)) / X.std(0)"

    def freeze(self, layers: Sequence[Layer]) -> str:
        return _for_all([layer.parameter for layer in layers], "setattr(v, 'trainable', False)")


def _for_all(paths: list[str], line: str) -> str:
    return f"for v in model.variables: v.path in {paths} and {line}"
