"""A batch through a Keras 3 model, on any of its backends, watched and left as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from math import nan, prod, sqrt
from typing import Any, cast

import keras  # pyright: ignore[reportMissingImports]
import numpy as np
from keras import layers as kinds  # pyright: ignore[reportMissingImports]

from ..errors import bad
from ..measure.examination import SCHEMES, Examination, Layer, size_of_inputs
from . import adapter
from .adapter import check_batch, explained, guessing_and_chance, in_order, misfit, no_tensor, rows
from .layer import GRID, PART, Fields, Outputs, finite_or_inf, flat_parts, matrix, measured

ops: Any = keras.ops  # whose tensors are those of the backend


def _known(*names: str) -> tuple[type, ...]:
    """The layers of these names that this version of Keras has."""
    return tuple(getattr(kinds, name) for name in names if hasattr(kinds, name))


NORMS = _known("BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization")
BENDS = {kinds.ReLU: "relu", kinds.LeakyReLU: "leaky_relu", kinds.ELU: "elu"}
STANDALONE = (kinds.Activation, *BENDS)
SCALERS = (kinds.Rescaling, kinds.Normalization)
DEPTHWISE = _known("DepthwiseConv1D", "DepthwiseConv2D")
TRANSPOSED = _known("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
CELLS = _known("SimpleRNNCell", "GRUCell", "LSTMCell")
PLAIN = _known("Dense", "Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D")
KERNELS = ("kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel")
EMBEDDED = 0.1 / sqrt(12)  # Keras draws embeddings from U(-0.05, 0.05)

# Losses whose targets have to be of the output's shape; a missing last axis of 1 aside.
ELEMENTWISE = ("mean_squared_error", "binary_crossentropy")


def examine(model: keras.Layer, X, y=None, loss=None, learning_rate: float = 0.01) -> Examination:
    """See ``checkups.checkup``. Watched in one pass, and differentiated in a second one.

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
    with untouched(model), KerasWatch(model) as watch, through:
        output = model(X, training=True)
    watch.see_output(output)
    name, function, known = _loss(model, loss, output, y, watch.last_activation)
    with untouched(model), explained("loss: the gradient does not go back through the model"):
        value, slopes = GRADIENTS[keras.backend.backend()](model, X, function)
    gradients = dict(zip(map(id, model.trainable_variables), slopes, strict=True))
    scaled = any(isinstance(layer, SCALERS) for layer in _all_layers(model))
    return Examination(
        framework="Keras",
        layers=tuple(_layers(model, watch, gradients, learning_rate)),
        output_spread=watch.output_spread,
        loss_name=name,
        loss=float(value) if name else nan,
        guessing=known[0],
        chance=known[1],
        learning_rate=learning_rate,
        mends=KerasMends(model, watch.output_bender),
        input_size=size_of_inputs(_numpy(X)) if _is_float(X) and not scaled else nan,
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
        values = _numpy(values) if ops.is_tensor(values) else np.asarray(values)
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


def _numpy(tensor) -> np.ndarray:
    """In single precision at least: half precision cannot tell many units apart."""
    if keras.backend.standardize_dtype(tensor.dtype) in ("float16", "bfloat16"):
        tensor = ops.cast(tensor, "float32")
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu()
    # Of ``keras.ops.convert_to_numpy``, NumPy warns with PyTorch and TensorFlow.
    return tensor.numpy() if hasattr(tensor, "numpy") else np.asarray(tensor)


def _is_float(tensor) -> bool:
    return ops.is_tensor(tensor) and "float" in keras.backend.standardize_dtype(tensor.dtype)


def _loss(model, loss, output, y, bent) -> tuple[str, Callable, tuple[float, float]]:
    """(its name, a function of the output, guessing and chance); no name where there is none."""
    if loss is None and y is None:
        return "", _projection(_only(output)), (nan, nan)
    if y is None and isinstance(loss, str | keras.losses.Loss):
        raise bad("loss", loss, "it compares with targets: give y as well")
    if loss is None:
        loss = getattr(model, "compiled", False) and model.loss
        loss = loss or _usual_loss(_only(output), y, bent)
    chosen = _chosen(loss)
    name = getattr(chosen, "name", None) or getattr(chosen, "__name__", type(chosen).__name__)
    y = y if y is None else _matched(name, output, y)

    def value(output):
        """Over all that it gives, and of outputs in full precision, as ``compile`` has it."""
        if _is_float(output):
            output = ops.cast(output, keras.config.floatx())
        return ops.mean(chosen(output) if y is None else chosen(y, output))

    with explained(f"loss={name}: it does not fit the output and y"):
        value(output)
    return name, value, _guessing_and_chance(name, chosen, output, y, value, bent)


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
    if _is_float(y):
        return keras.losses.MeanSquaredError()
    yes_or_no = len(output.shape) < 2 or output.shape[-1] == 1
    if yes_or_no or (bent == "sigmoid" and y.shape == output.shape):
        return keras.losses.BinaryCrossentropy(from_logits=bent != "sigmoid")
    p = _numpy(output)  # of a softmax, of whatever make?
    shares = (p >= 0).all() and (np.abs(p.sum(axis=-1) - 1) < 0.01).all()
    return keras.losses.SparseCategoricalCrossentropy(from_logits=not (shares or bent == "sigmoid"))


def _matched(name: str, output, y):
    """(N,) and (N, 1) are the same targets; some losses would compare each with each."""
    if not (ops.is_tensor(y) and ops.is_tensor(output)):
        return y
    shape, wanted = tuple(y.shape), tuple(output.shape)
    if (*shape, 1) == wanted or shape == (*wanted, 1):
        return ops.reshape(y, wanted)
    if name in ELEMENTWISE and shape != wanted:
        raise misfit(y, output)
    return y


def _guessing_and_chance(name, loss, output, y, value: Callable, bent) -> tuple[float, float]:
    if not (ops.is_tensor(output) and ops.is_tensor(y)):
        return nan, nan
    targets = _numpy(y)
    if name == "sparse_categorical_crossentropy":
        targets = targets.ravel()
    elif name == "categorical_crossentropy":
        targets = targets.reshape(-1, targets.shape[-1])

    def value_at(number: float) -> float:
        return float(value(ops.full_like(output, number)))

    return guessing_and_chance(name, loss, targets, value_at, bent == "sigmoid")


# The gradients, as each backend has them: (the loss, those of all weights that are trained). All
# take the model, X, and a function of the output, and give None where the loss does not depend.


def _torch_gradients(model, X, function):
    import torch  # pyright: ignore[reportMissingImports]

    with torch.enable_grad():
        value = function(model(X, training=True))
        weights = [v.value for v in model.trainable_variables]
        return value.detach(), torch.autograd.grad(value, weights, allow_unused=True)


def _jax_gradients(model, X, function):
    import jax  # pyright: ignore[reportMissingImports]

    def value(weights):
        with keras.StatelessScope(zip(model.trainable_variables, weights, strict=True)):
            return function(model(X, training=True))

    weights = [v.value for v in model.trainable_variables]
    loss, gradients = jax.value_and_grad(value)(weights)
    if all(slope.any() for slope in gradients):
        return loss, gradients
    reached = _reached(jax.make_jaxpr(value)(weights).jaxpr)  # JAX has 0 where others have None
    return loss, [slope if leads else None for slope, leads in zip(gradients, reached, strict=True)]


def _reached(jaxpr) -> list[bool]:
    """Which of its inputs lead to an output of a JAX programme."""
    live = set(map(id, jaxpr.outvars))
    for step in reversed(jaxpr.eqns):
        if live & set(map(id, step.outvars)):
            live |= set(map(id, step.invars))
    return [id(variable) in live for variable in jaxpr.invars]


def _tensorflow_gradients(model, X, function):
    import tensorflow as tf  # pyright: ignore[reportMissingImports, reportMissingModuleSource]

    with tf.GradientTape() as tape:
        value = function(model(X, training=True))
    gradients = tape.gradient(value, [v.value for v in model.trainable_variables])
    # That of an embedding comes as the rows that were looked up.
    return value, [None if slope is None else tf.convert_to_tensor(slope) for slope in gradients]


GRADIENTS = {"torch": _torch_gradients, "jax": _jax_gradients, "tensorflow": _tensorflow_gradients}


class KerasWatch(adapter.Watch):
    """``call`` and ``activation`` are wrapped for the time."""

    def __init__(self, model: keras.Layer) -> None:
        super().__init__()
        self.output_bender: keras.Layer | None = None  # which has the activation of the output
        self._model = model
        self._wrapped: list[tuple[dict, str, object]] = []

    def __enter__(self) -> KerasWatch:
        layers = _all_layers(self._model)
        recurrent = [layer for layer in layers if isinstance(layer, kinds.RNN)]
        # Cells are called in a loop of the backend; an activation may be a layer of its own.
        apart = {part for layer in recurrent for part in _all_layers(layer.cell)}
        apart |= {_activation(layer) for layer in layers if own_weights(layer)}
        for layer in layers:
            if layer in apart:
                continue
            if layer in recurrent:
                self._wrap(layer, "call", self._watched(layer.cell, layer.call, None))
            elif isinstance(layer, STANDALONE):
                self._wrap(layer, "call", self._standing_alone(layer, layer.call))
            elif own_weights(layer):
                activation = _activation(layer)
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
        if not _is_float(output):
            return
        if self._newest is not None:  # the same numbers, be it in another shape or precision?
            given, newest = (_numpy(each).ravel() for each in (output, self._newest))
            if given.shape == newest.shape and np.array_equal(given, newest):
                self.last, self.output_bender = self._who, self._bent
        seen = Outputs()
        seen.see(_numpy(ops.reshape(output, (len(output), -1))).T)
        (self.output_spread,) = seen.spread

    def _watched(self, layer: keras.Layer, call: Callable, activation) -> Callable:
        def watched(*args, **kwargs):
            seen = self._called(layer, _first(args, kwargs), isinstance(layer, NORMS))
            output = call(*args, **kwargs)
            first = output[0] if isinstance(output, tuple | list) else output
            if not self._is_newest(first):  # else a layer inside of this one gave it
                self._see(seen, first, _axis_of_units(layer), layer, layer if activation else None)
            return output

        return watched

    def _bending(self, layer: keras.Layer, activation: Callable) -> Callable:
        """In place of the layer's own activation."""

        def bending(z, *args, **kwargs):
            seen = self.outputs[layer]
            seen.activation = _name(activation)
            _note_saturated(seen, activation, z, _axis_of_units(layer))
            return activation(z, *args, **kwargs)

        return bending

    def _standing_alone(self, layer: keras.Layer, call: Callable) -> Callable:
        """An activation belongs to the layer that gave z just now, else it has a row of its own."""
        name = _name(layer.activation if isinstance(layer, kinds.Activation) else layer)

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
        if not _is_float(output) or len(output.shape) < 2:
            return
        numbers = _seen(output, axis)
        if numbers is not None:
            seen.see(numbers)
            self._newest, self._axis, self._who, self._bent = output, axis, who, bender


def _first(args: tuple, kwargs: dict):
    return next(iter((*args, *kwargs.values())), None)


def _activation(layer: keras.Layer) -> Callable | None:
    """The layer's own, a function or a layer, unless it does nothing."""
    activation = getattr(layer, "activation", None)
    return activation if callable(activation) and _name(activation) != "linear" else None


def _name(activation: Callable) -> str:
    known = [name for kind, name in BENDS.items() if isinstance(activation, kind)]
    return (known or [getattr(activation, "__name__", type(activation).__name__.lower())])[0]


def _axis_of_units(layer: keras.Layer) -> int:
    if isinstance(layer, kinds.BatchNormalization | kinds.GroupNormalization):
        return layer.axis
    return 1 if getattr(layer, "data_format", None) == "channels_first" else -1


def _seen(tensor, axis: int) -> np.ndarray | None:
    """(units, …); None within a loop that the backend compiles, where there are no numbers."""
    try:
        return np.moveaxis(_numpy(tensor), axis, 0)
    except (TypeError, RuntimeError, AttributeError):  # of JAX, PyTorch and TensorFlow
        return None


def _note_saturated(seen: Outputs, function: Callable, z, axis: int) -> None:
    """Not of softmax and its likes, which are no functions of one number."""
    numbers, grid = _seen(z, axis), ops.convert_to_tensor(GRID.astype(keras.config.floatx()))
    try:
        values, few = _numpy(function(grid)), _numpy(function(grid[-2:]))
    except Exception:  # it may need several axes
        return
    alone = values.shape == GRID.shape and np.allclose(values[-2:], few)
    if numbers is not None and alone and np.ptp(values) > 0:
        seen.note_saturated(numbers, flat_parts(values))


def _all_layers(model: keras.Layer) -> list[keras.Layer]:
    """The model itself, and all that is inside of it. There is no public way to those in layers."""
    return list(dict.fromkeys(model._flatten_layers()))


def own_weights(layer: keras.Layer) -> list[keras.Variable]:
    """The variables that are the layer's and not of a layer inside of it; no statistics.

    What is public, such as ``layer.weights``, has those of the layers inside as well. What is
    frozen stays in this list.
    """
    return layer._trainable_variables


@contextmanager
def untouched(model: keras.Layer) -> Iterator[None]:
    """Within, no variable of Keras changes; afterwards, the generators are as they were before.

    With PyTorch, parts of the model may be PyTorch's own, with buffers and modes.
    """
    others = nullcontext()
    if keras.backend.backend() == "torch":
        from . import pytorch

        others = pytorch.untouched(model)
    with adapter.generators_kept(), keras.StatelessScope(), others:
        yield


def _layers(model, watch, gradients, learning_rate: float) -> Iterator[Layer]:
    paths, layers = addresses(model), _all_layers(model)
    # Their paths inside of the model; what was never called has none.
    inner = ((layer.path or layer.name).removeprefix(f"{model.name}/") for layer in layers)
    names = dict(zip(layers, _unique(inner), strict=True))

    def fields(layer: keras.Layer, v: keras.Variable) -> Fields:
        described, units = _described(layer, v)
        slope, axis = gradients.get(id(v)), units or 0
        slopes = None if slope is None else _parts(slope, axis)
        biases = [_numpy(b.value) for b in own_weights(layer) if b.name == "bias"][:1]
        return {
            "parameter": paths[id(v)],
            "shape": tuple(v.shape),
            "trainable": id(v) in gradients,
            "bias_mean": finite_or_inf(float(biases[0].mean())) if biases else nan,
            **described,
            **measured(_parts(v.value, axis), slopes, learning_rate, units is not None),
        }

    owners = [layer for layer in layers if own_weights(layer)]
    for layer in in_order(watch.outputs, owners, _all_layers, model):
        seen = watch.measured(layer)
        kind = seen["activation"] if isinstance(layer, STANDALONE) else type(layer).__name__
        arrays = {
            f"{names[layer]}/{paths[id(v)].rsplit('/', 1)[-1]}": fields(layer, v)
            for v in own_weights(layer)
            if not (v.name in ("bias", "beta") and len(v.shape) < 3)
        }
        yield from rows(names[layer], kind, seen, arrays)


def _parts(tensor, axis: int) -> Iterator[np.ndarray]:
    """For ``moments``: (rows, numbers), the rows along an axis."""
    values = np.atleast_1d(_numpy(tensor))
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


class KerasMends:
    """The lines of code that mend a model called ``model``, with ``keras`` imported.

    Weights go by their number in ``model.weights``: their names need not be unique.
    """

    def __init__(self, model: keras.Layer, output_bender: keras.Layer | None) -> None:
        numbers = {id(v): n for n, v in enumerate(model.weights)}
        parameters, layers = addresses(model), _all_layers(model)
        self._numbers = {parameters[key]: n for key, n in numbers.items()}
        self._biases = {
            parameters[id(v)]: numbers[id(bias)]
            for layer in layers
            for v in own_weights(layer)
            for bias in own_weights(layer)
            if bias.name == "bias"
        }
        self._sigmoids = [
            n
            for n, layer in enumerate(layers)
            if layer is not output_bender
            and not isinstance(layer, kinds.RNN)  # whose cell has it
            and (bend := _activation(layer))
            and _name(bend) == "sigmoid"
        ]

    def redraw(self, layers: Sequence[Layer], scheme: str) -> str:
        stds = {}
        for layer in layers:  # what is no matrix has no fans: 0.02 is what transformers take
            is_matrix = layer.role == "matrix"
            std = SCHEMES[scheme](layer.fan_in, layer.fan_out) if is_matrix else 0.02
            stds[self._numbers[layer.parameter]] = float(f"{std:.3g}")
        return _for_all(stds, f".assign({_draw(layers, scheme, stds)}(model.weights[n].shape))")

    def unbias(self, layers: Sequence[Layer]) -> str:
        biases = [self._biases[layer.parameter] for layer in layers]
        return _for_all(biases, ".assign(keras.ops.zeros(model.weights[n].shape))")

    def shrink(self, layer: Layer) -> str:
        return _for_all([self._numbers[layer.parameter]], ".assign(0.1 * model.weights[n])")

    def bend(self, layers: Sequence[Layer]) -> str:
        """Those inside of layers too, for which Keras has no public way; not the output's."""
        if not self._sigmoids:
            return ""
        return (
            f"for n in {self._sigmoids}: "
            "list(model._flatten_layers())[n].activation = keras.activations.tanh"
        )

    def freeze(self, layers: Sequence[Layer]) -> str:
        return _for_all([self._numbers[layer.parameter] for layer in layers], ".trainable = False")


def _draw(layers: Sequence[Layer], scheme: str, stds: dict[int, float]) -> str:
    """The initializer; with a std of our own where Keras' would not count the fans right."""
    if all(layer.role == "norm" for layer in layers):
        return "keras.initializers.Ones()"
    if all(layer.role == "embedding" for layer in layers):
        return "keras.initializers.RandomUniform()"
    if all(
        layer.role == "matrix" and keras_fans(layer.shape) == (layer.fan_in, layer.fan_out)
        for layer in layers
    ):
        name = {"Glorot": "GlorotNormal", "He": "HeNormal", "LeCun": "LecunNormal"}[scheme]
        return f"keras.initializers.{name}()"
    return f"keras.initializers.RandomNormal(stddev={stds}[n])"


def _for_all(numbers: Iterable[int], line: str) -> str:
    return f"for n in {list(dict.fromkeys(numbers))}: model.weights[n]{line}"
