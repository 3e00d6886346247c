"""A batch through a Keras 3 model, on any of its backends, watched and left as it was."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from math import inf, isfinite, nan, prod, sqrt
from typing import Any, cast

import keras  # pyright: ignore[reportMissingImports]
import numpy as np
from keras import layers as kinds  # pyright: ignore[reportMissingImports]

from ..errors import bad
from ..measure.examination import SCHEMES, Examination, Layer, size_of_inputs
from .arrays import measured, note_answers, note_saturated
from .layer import GRID, Answers, Fields, finite_batch, flat_ends, guessing_and_chance

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


def is_ours(model: object) -> bool:
    return isinstance(model, keras.Layer)


def examine(model: keras.Layer, X, y=None, loss=None, learning_rate: float = 0.01) -> Examination:
    """See ``checkups.checkup``. Watched in one pass, and differentiated in a second one.

    loss: a function of (y, output), in Keras' own order; None takes that of a compiled model.
    """
    _check_model(model)
    X = _batch("X", X)
    y = None if y is None else _batch("y", y)
    with untouched(model):
        with Watch(model) as watch:
            output = _forward(model, X)
        watch.see_output(output)
    name, function, guess, by_chance = _loss(model, loss, output, y, watch)
    with untouched(model):
        value, gradients = _differentiated(model, X, function)
    return Examination(
        framework="Keras",
        layers=tuple(_layers(model, watch, gradients, learning_rate)),
        output_spread=watch.output_spread,
        loss_name=name,
        loss=float(value) if name else nan,
        guessing=guess,
        chance=by_chance,
        learning_rate=learning_rate,
        mends=KerasMends(model, watch.output_bender),
        input_size=_size(model, X),
    )


def _check_model(model: keras.Layer) -> None:
    if not model.built:
        raise bad("model", model.name, "it has no weights yet: run model(X) once before")
    if not model.trainable_variables:
        raise bad("model", model.name, "it has no weights that are trained")


# The batch.


def _batch(name: str, values):
    """Arrays as Keras takes them: one, or a list, tuple or dict of several."""
    if isinstance(values, dict):
        return {key: _batch(f"{name}[{key!r}]", value) for key, value in values.items()}
    if isinstance(values, tuple | list) and any(map(_is_array, values)):
        return [_batch(f"{name}[{n}]", value) for n, value in enumerate(values)]
    try:
        values = _numpy(values) if ops.is_tensor(values) else np.asarray(values)
        if values.dtype.kind == "f":
            values = values.astype(keras.config.floatx())
        not_finite = int(values.size - np.isfinite(values).sum())
    except (TypeError, ValueError) as error:
        remedy = f"give an array of numbers ({_said(error)})"
        raise bad(name, type(values).__name__, remedy) from None
    finite_batch(name, len(values) if values.ndim else 0, values.size, not_finite)
    return ops.convert_to_tensor(values, dtype=None if values.dtype.kind == "f" else _whole(values))


def _is_array(values) -> bool:
    """A list of plain numbers is one array, NumPy's numbers among them."""
    return ops.is_tensor(values) or isinstance(values, np.ndarray)


def _whole(values: np.ndarray) -> str:
    """Booleans stay; JAX has no integers of 64 bits, and warns."""
    return "int32" if values.dtype.itemsize == 8 else str(values.dtype)


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


def _size(model: keras.Layer, X) -> float:
    """NaN where X is not one array of floating point numbers, or the model scales it by itself."""
    scaled = any(isinstance(layer, SCALERS) for layer in _all_layers(model))
    return size_of_inputs(_numpy(X)) if _is_float(X) and not scaled else nan


def _forward(model: keras.Layer, X):
    try:
        return model(X, training=True)
    except Exception as error:
        shape = keras.tree.map_structure(lambda x: tuple(x.shape), X)
        raise ValueError(
            f"X of shape {shape} does not go through the model: {_said(error)}"
        ) from error


def _said(error: Exception) -> str:
    """In one line that is not too long: without Keras' bold print, and its list of arguments."""
    said = str(error).split("Arguments received by")[0]
    return " ".join(re.sub(r"\x1b\[\d+m", "", said).split())[:300] or type(error).__name__


# The loss.


def _loss(model, loss, output, y, watch: Watch) -> tuple[str, Callable, float, float]:
    """(its name, a function of the output, guessing and chance); no name where there is none."""
    if loss is None and y is None:
        return "", _projection(_one_tensor(output)), nan, nan
    if y is None and isinstance(loss, str | keras.losses.Loss):
        raise bad("loss", loss, "it compares with targets: give y as well")
    if loss is None:
        loss = getattr(model, "compiled", False) and model.loss
        loss = loss or _usual_loss(_one_tensor(output), y, watch)
    chosen = _chosen(loss)
    name = getattr(chosen, "name", None) or getattr(chosen, "__name__", type(chosen).__name__)
    if y is None:
        return name, _averaged(name, chosen), nan, nan
    y = _matched(name, output, y)
    value = _averaged(name, lambda out: chosen(y, out))
    return name, value, *_guessing_and_chance(name, chosen, output, y, value, watch)


def _one_tensor(output):
    if ops.is_tensor(output):
        return output
    remedy = (
        f"the model gives a {type(output).__name__}, not one tensor: give a function of "
        "(y, output), or of the output alone where there is no y"
    )
    raise bad("loss", None, remedy)


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


def _averaged(name: str, function: Callable) -> Callable:
    """Over all that the loss gives, and of outputs in full precision, as ``compile`` has it."""

    def value(output):
        if _is_float(output):
            output = ops.cast(output, keras.config.floatx())
        try:
            return ops.mean(function(output))
        except Exception as error:
            raise ValueError(
                f"loss={name}: it does not fit the output and y: {_said(error)}"
            ) from error

    return value


def _usual_loss(output, y, watch: Watch) -> keras.losses.Loss:
    """Classes are whole numbers, and everything else is regression."""
    if not ops.is_tensor(y):
        raise bad("loss", None, "y has several parts: give a function of (y, output)")
    if _is_float(y):
        return keras.losses.MeanSquaredError()
    bent = watch.last_activation
    yes_or_no = len(output.shape) < 2 or output.shape[-1] == 1
    if yes_or_no or (bent == "sigmoid" and y.shape == output.shape):
        return keras.losses.BinaryCrossentropy(from_logits=bent != "sigmoid")
    squashed = bent == "sigmoid" or _are_shares(_numpy(output))
    return keras.losses.SparseCategoricalCrossentropy(from_logits=not squashed)


def _are_shares(output: np.ndarray) -> bool:
    """Whether the output has been through a softmax, of whatever make."""
    return bool((output >= 0).all() and (np.abs(output.sum(axis=-1) - 1) < 0.01).all())


def _matched(name: str, output, y):
    """(N,) and (N, 1) are the same targets; some losses would compare each with each."""
    if not (ops.is_tensor(y) and ops.is_tensor(output)):
        return y
    shape, wanted = tuple(y.shape), tuple(output.shape)
    if (*shape, 1) == wanted or shape == (*wanted, 1):
        return ops.reshape(y, wanted)
    if name in ELEMENTWISE and shape != wanted:
        raise ValueError(
            f"y of shape {shape} does not fit the model's answers of shape {wanted}: "
            "give one target for each of them"
        )
    return y


def _guessing_and_chance(name, loss, output, y, value: Callable, watch) -> tuple[float, float]:
    if not (ops.is_tensor(output) and ops.is_tensor(y)):
        return nan, nan
    targets = _numpy(y)
    if name == "sparse_categorical_crossentropy":
        targets = targets.ravel()
    elif name == "categorical_crossentropy":
        targets = targets.reshape(-1, targets.shape[-1])
    return guessing_and_chance(
        name,
        loss,
        targets,
        lambda number: float(value(ops.full_like(output, number))),
        watch.last_activation == "sigmoid",
    )


# The gradients, as each backend has them. All take the model, X, and a function of the output,
# and give None for a weight that the loss does not depend on.


def _differentiated(model, X, function):
    """(the loss, {id of a variable: its gradient, or None})."""
    try:
        value, gradients = GRADIENTS[keras.backend.backend()](model, X, function)
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(
            f"loss: the gradient does not go back through the model: {_said(error)}"
        ) from error
    return value, dict(zip(map(id, model.trainable_variables), gradients, strict=True))


def _torch_gradients(model, X, function):
    import torch  # pyright: ignore[reportMissingImports]

    with torch.enable_grad():
        value = function(_forward(model, X))
        weights = [v.value for v in model.trainable_variables]
        return value.detach(), torch.autograd.grad(value, weights, allow_unused=True)


def _jax_gradients(model, X, function):
    import jax  # pyright: ignore[reportMissingImports]

    def value(weights):
        with keras.StatelessScope(zip(model.trainable_variables, weights, strict=True)):
            return function(_forward(model, X))

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
        value = function(_forward(model, X))
    gradients = tape.gradient(value, [v.value for v in model.trainable_variables])
    # That of an embedding comes as the rows that were looked up.
    return value, [None if slope is None else tf.convert_to_tensor(slope) for slope in gradients]


GRADIENTS = {"torch": _torch_gradients, "jax": _jax_gradients, "tensorflow": _tensorflow_gradients}


# Watching.


class Watch:
    """Sees what every layer answers; ``call`` and ``activation`` are wrapped for the time."""

    def __init__(self, model: keras.Layer) -> None:
        self.answers: dict[keras.Layer, Answers] = {}  # in the order of their first call
        self.last: keras.Layer | None = None  # whose answer is the model's
        self.output_bender: keras.Layer | None = None  # which has the activation of that answer
        self.output_spread = nan
        self._answer = None  # the newest answer of a layer, who gave it, and who bent it
        self._who: keras.Layer | None = None
        self._bender: keras.Layer | None = None
        self._axis = -1  # of the units in it
        self._model = model
        self._wrapped: list[tuple[dict, str, object]] = []

    def __enter__(self) -> Watch:
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
        if self._answer is not None and _equal(output, self._answer):
            self.last, self.output_bender = self._who, self._bender
        seen = Answers()
        note_answers(seen, _numpy(ops.reshape(output, (len(output), -1))))
        (self.output_spread,) = seen.spread

    @property
    def last_activation(self) -> str | None:
        """What the model's output has gone through, where that was seen."""
        return self.answers[self.last].activation if self.last else None

    def _watched(self, layer: keras.Layer, call: Callable, activation) -> Callable:
        def watched(*args, **kwargs):
            seen = self.answers.setdefault(layer, Answers())
            seen.calls += 1
            if isinstance(layer, NORMS) and _first(args, kwargs) is self._answer:
                self.answers[self._who].normed = True
            output = call(*args, **kwargs)
            answer = output[0] if isinstance(output, tuple | list) else output
            if answer is not self._answer:  # else a layer inside of this one gave it
                bender = layer if activation else None
                self._note(seen, answer, _axis_of_units(layer), layer, bender)
            return output

        return watched

    def _bending(self, layer: keras.Layer, activation: Callable) -> Callable:
        """In place of the layer's own activation."""

        def bending(z, *args, **kwargs):
            _note_bend(self.answers[layer], _name(activation), activation, z, _axis_of_units(layer))
            return activation(z, *args, **kwargs)

        return bending

    def _standing_alone(self, layer: keras.Layer, call: Callable) -> Callable:
        """An activation belongs to the layer that gave z just now, else it has a row of its own."""
        name = _name(layer.activation if isinstance(layer, kinds.Activation) else layer)

        def bending(*args, **kwargs):
            z, who, axis = _first(args, kwargs), self._who, self._axis
            if name == "linear":
                return call(*args, **kwargs)
            if z is self._answer and not self._bender and self._may_take(name):
                seen = self.answers[who]
                for values in (seen.mean, seen.std, seen.spread):
                    values.pop()  # of z; what counts is the answer behind the activation
            else:
                who, seen = layer, self.answers.setdefault(layer, Answers())
                seen.calls += 1
            _note_bend(seen, name, call, z, axis)
            answer = call(*args, **kwargs)
            self._note(seen, answer, axis, who, layer)
            return answer

        return bending

    def _may_take(self, name: str) -> bool:
        """A layer that is called several times may be followed by several activations."""
        return self.answers[self._who].activation in (None, name)

    def _note(self, seen: Answers, answer, axis: int, who, bender) -> None:
        if not _is_float(answer) or len(answer.shape) < 2:
            return
        numbers = _seen(answer, axis)
        if numbers is not None:
            note_answers(seen, numbers)
            self._answer, self._axis, self._who, self._bender = answer, axis, who, bender


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
    """(…, units); None within a loop that the backend compiles, where there are no numbers."""
    try:
        return np.moveaxis(_numpy(tensor), axis, -1)
    except (TypeError, RuntimeError, AttributeError):  # of JAX, PyTorch and TensorFlow
        return None


def _note_bend(seen: Answers, name: str, function: Callable, z, axis: int) -> None:
    seen.activation = name
    numbers = _seen(z, axis)
    if numbers is not None and (ends := _ends(function)):
        note_saturated(seen, numbers, ends)


def _ends(function: Callable) -> tuple[float, float] | None:
    """Of ``flat_ends``; None of softmax and its likes, which are no functions of one number."""
    grid = ops.convert_to_tensor(GRID.astype(keras.config.floatx()))
    try:
        values, few = function(grid), function(grid[-2:])
    except Exception:  # it may need several axes
        return None
    values, few = _numpy(values), _numpy(few)
    alone = values.shape == GRID.shape and np.allclose(values[-2:], few)
    return flat_ends(values) if alone and np.ptp(values) > 0 else None


def _equal(a, b) -> bool:
    """Whether they hold the same numbers, be it in another shape or precision."""
    if a is b:
        return True
    a, b = _numpy(a).ravel(), _numpy(b).ravel()
    return a.shape == b.shape and np.array_equal(a, b)


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
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    with ExitStack() as stack:
        stack.enter_context(keras.StatelessScope())
        if keras.backend.backend() == "torch":
            from . import pytorch

            stack.enter_context(pytorch.untouched(model))
        try:
            yield
        finally:
            np.random.set_state(numpy_state)  # noqa: NPY002
            random.setstate(python_state)


# From what was seen to layers.


def _layers(model, watch: Watch, gradients, learning_rate: float) -> Iterator[Layer]:
    """In the order of the forward pass."""
    parameters, names = addresses(model), _names(model)
    for layer in _in_order(model, watch):
        seen = watch.answers.get(layer, Answers()).measured()
        seen["last"] = layer is watch.last
        arrays = [v for v in own_weights(layer) if not _is_bias(v)]
        if not arrays and seen["calls"]:  # it only bends, or has only biases
            kind = seen["activation"] if isinstance(layer, STANDALONE) else type(layer).__name__
            yield Layer(name=names[layer], kind=kind, role="activation", **seen)
        for v in arrays:
            described, units = _described(layer, v)
            alone = len(arrays) == 1 and described["role"] != "other"
            answers = seen if v is arrays[-1] else {key: seen[key] for key in ("calls", "normed")}
            slope, path = gradients.get(id(v)), parameters[id(v)]
            yield Layer(
                name=names[layer] if alone else f"{names[layer]}/{path.rsplit('/', 1)[-1]}",
                kind=type(layer).__name__,
                parameter=path,
                shape=tuple(v.shape),
                bias_mean=_bias_mean(layer),
                trainable=id(v) in gradients,
                **described,
                **measured(
                    _numpy(v.value), None if slope is None else _numpy(slope), units, learning_rate
                ),
                **answers,
            )


def _in_order(model: keras.Layer, watch: Watch) -> Iterator[keras.Layer]:
    """What was called, in that order; what was not comes behind the layer that it is part of."""
    uncalled = [x for x in _all_layers(model) if x not in watch.answers and own_weights(x)]
    for layer in watch.answers:
        yield layer
        inside = [part for part in _all_layers(layer) if part in uncalled and layer is not model]
        yield from inside
        uncalled = [part for part in uncalled if part not in inside]
    yield from uncalled


def addresses(model: keras.Layer) -> dict[int, str]:
    """{id of a variable: its path}. Layers of equal names have equal paths: these get a number."""
    return dict(zip(map(id, model.weights), _unique(v.path for v in model.weights), strict=True))


def _names(model: keras.Layer) -> dict[keras.Layer, str]:
    """The paths inside of the model; what was never called has none."""
    layers = _all_layers(model)
    paths = ((layer.path or layer.name).removeprefix(f"{model.name}/") for layer in layers)
    return dict(zip(layers, _unique(paths), strict=True))


def _unique(names: Iterable[str]) -> Iterator[str]:
    met: dict[str, int] = {}
    for name in names:
        met[name] = met.get(name, 0) + 1
        yield name if met[name] == 1 else f"{name} ({met[name]})"


def _is_bias(v: keras.Variable) -> bool:
    return v.name in ("bias", "beta") and len(v.shape) < 3


def _bias_mean(layer: keras.Layer) -> float:
    """inf where it is not finite: NaN says that there is none."""
    biases = [v for v in own_weights(layer) if v.name == "bias"]
    mean = float(_numpy(biases[0].value).mean()) if biases else nan
    return inf if biases and not isfinite(mean) else mean


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
    return _matrix(fan_in, fan_out, sqrt(2 / (fan_in + fan_out))), kept[-1] if kept else 0


def _kernel(layer: keras.Layer, name: str, shape) -> tuple[Fields, int]:
    """(window…, in, out), of transposed convolutions (window…, out, in), of depthwise ones
    (window…, channels, copies). Keras' default counts all of them alike."""
    window, glorot = prod(shape[:-2]), sqrt(2 / sum(keras_fans(shape)))
    if name == "recurrent_kernel":  # orthogonal: its shorter side has length 1
        return _matrix(shape[0], shape[0], 1 / sqrt(max(shape))), -1
    if name == "depthwise_kernel" or isinstance(layer, DEPTHWISE):
        return _matrix(window, window * shape[-1], glorot), -1
    if isinstance(layer, TRANSPOSED):
        return _matrix(shape[-1] * window, shape[-2] * window, glorot), -2
    return _matrix(*keras_fans(shape), glorot), -1


def _matrix(fan_in: int, fan_out: int, default_std: float) -> Fields:
    return {"role": "matrix", "fan_in": fan_in, "fan_out": fan_out, "default_std": default_std}


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
        stds = {self._numbers[layer.parameter]: _std(layer, scheme) for layer in layers}
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


def _std(layer: Layer, scheme: str) -> float:
    """What is no matrix has no fans: 0.02 is what transformers take."""
    std = SCHEMES[scheme](layer.fan_in, layer.fan_out) if layer.role == "matrix" else 0.02
    return float(f"{std:.3g}")


def _for_all(numbers: Iterable[int], line: str) -> str:
    return f"for n in {list(dict.fromkeys(numbers))}: model.weights[n]{line}"
