"""A batch through a PyTorch module, forward and backward, watched by hooks that leave no trace."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from math import nan, prod, sqrt

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]
from torch.overrides import TorchFunctionMode  # pyright: ignore[reportMissingImports]

from ..errors import bad, one_of
from ..measure.examination import Examination, Layer
from .arrays import finite_or_inf, measured
from .layer import (
    GRID,
    LINES,
    Answers,
    Fields,
    finite_batch,
    flat_ends,
    guessing_and_chance,
    is_rectifier,
)

# Functions of one tensor, elementwise, as PyTorch names them (an underscore at the end aside).
ACTIVATIONS = {
    "celu",
    "elu",
    "gelu",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "logsigmoid",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "tanh",
}

CHUNK = 2**20  # numbers that are centred at once, so that no copy is made of all

NORMS = (
    nn.modules.batchnorm._NormBase,
    nn.LayerNorm,
    nn.GroupNorm,
    *([nn.RMSNorm] if hasattr(nn, "RMSNorm") else []),
)
RECURRENT = (nn.RNNBase, nn.RNNCellBase)

# Losses that are recognised.
LOSSES = ("cross_entropy", "binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss")
LOSS_MODULES = {
    "CrossEntropyLoss": "cross_entropy",
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "MSELoss": "mse_loss",
}


def is_ours(model: object) -> bool:
    return isinstance(model, nn.Module)


def examine(model: nn.Module, X, y=None, loss=None, learning_rate: float = 0.01) -> Examination:
    """See ``checkups.checkup``."""
    model = getattr(model, "_orig_mod", model)  # what torch.compile has wrapped
    _check_model(model)
    with untouched(model), torch.inference_mode(False), torch.enable_grad():
        inputs, named = _inputs(model, X)
        y = None if y is None else _tensor(model, "y", y)
        size = _size(inputs)  # before a model that works in place may change them
        with Watch(model) as watch:
            output = _forward(model, inputs, named)
        watch.see_output(output)
        value, name, guess, by_chance = _loss(loss, output, y, watch)
        gradients = _backward(model, value)
    return Examination(
        framework="PyTorch",
        layers=tuple(_layers(model, watch, gradients, learning_rate)),
        output_spread=watch.output_spread,
        loss_name=name,
        loss=float(value.detach()) if name else nan,
        guessing=guess,
        chance=by_chance,
        learning_rate=learning_rate,
        mends=TorchMends(model),
        input_size=size,
        twice=_twice(name, output),
    )


def _check_model(model: nn.Module) -> None:
    parameters = list(model.parameters())
    lazy = any(isinstance(p, nn.parameter.UninitializedParameter) for p in parameters)
    troubles = {
        "it has lazy layers that have seen no data yet: run model(X) once before": lazy,
        "a ScriptModule cannot be watched: give the module that it was made of": isinstance(
            model, torch.jit.ScriptModule
        ),
        "its weights are on the meta device, where there are no numbers: load them": any(
            p.is_meta for p in parameters
        ),
        "it has no weights that are trained: give it some with requires_grad": not any(
            p.requires_grad for p in parameters
        ),
    }
    for trouble, there in troubles.items():
        if there:
            raise bad("model", type(model).__name__, trouble)


# The batch.


def _inputs(model: nn.Module, X) -> tuple[list[torch.Tensor], dict[str, torch.Tensor]]:
    """X as the arguments of ``model(…)``: a tuple or list of several, a dict of named ones."""
    if isinstance(X, dict):
        return [], {name: _tensor(model, f"X[{name!r}]", x) for name, x in X.items()}
    several = X if isinstance(X, tuple | list) and not _is_numbers(X) else [X]
    names = [f"X[{i}]" for i in range(len(several))] if len(several) > 1 else ["X"]
    return [_tensor(model, name, x) for name, x in zip(names, several, strict=True)], {}


def _is_numbers(X) -> bool:
    """A nested list of plain numbers is one array, not several inputs."""
    return not any(isinstance(x, np.ndarray | torch.Tensor) for x in X)


def _tensor(model: nn.Module, name: str, values) -> torch.Tensor:
    """On the device of the model; floating point numbers in its precision."""
    if not isinstance(values, torch.Tensor):
        try:
            values = torch.tensor(np.asarray(values))  # a copy: an array may be read-only
        except (TypeError, ValueError):
            raise bad(name, type(values).__name__, "give an array of numbers") from None
    not_finite = int(values.numel() - torch.isfinite(values).sum())
    finite_batch(name, len(values) if values.dim() else 0, values.numel(), not_finite)
    first = next(model.parameters())
    precise = first.dtype if values.is_floating_point() else values.dtype
    return values.detach().to(first.device, precise, copy=True)  # a model may work in place


def _size(inputs: list[torch.Tensor]) -> float:
    """The rms of the numbers that are not 0, where X is one array of them and no indices."""
    if len(inputs) != 1 or not inputs[0].is_floating_point() or not inputs[0].any():
        return nan
    return _norm(inputs[0].flatten()) / sqrt(inputs[0].count_nonzero())


def _forward(model: nn.Module, inputs, named):
    try:
        return model(*inputs, **named)
    except Exception as error:
        shapes = [tuple(x.shape) for x in (*inputs, *named.values())]
        shape = shapes[0] if len(shapes) == 1 else shapes
        raise ValueError(
            f"X of shape {shape} does not go through the model: {_said(error)}"
        ) from error


# The loss.


def _loss(loss, output, y, watch: Watch) -> tuple[torch.Tensor, str, float, float]:
    """(a scalar, its name, the losses of guessing and of chance); no name without a loss."""
    name = _loss_name(loss, output, y, watch)
    if not name:
        return (_only_tensor(output) * torch.randn_like(output)).sum() / len(output), "", nan, nan
    function = getattr(nn.functional, name) if isinstance(loss, str | None) else loss
    if name in LOSSES and y is not None:
        output, y = _matched(_only_tensor(output), y, name)
    try:
        value = function(output) if y is None else function(output, y)
    except Exception as error:
        raise ValueError(
            f"loss={name}: it does not fit the output and y: {_said(error)}"
        ) from error
    if not isinstance(value, torch.Tensor) or value.numel() != 1:
        raise bad("loss", name, "it should give one number")
    known = _guessing_and_chance(name, function, output, y, watch) if y is not None else (nan, nan)
    return value.reshape(()), name, *known


def _guessing_and_chance(name: str, loss, output, y: torch.Tensor, watch) -> tuple[float, float]:
    if name not in LOSSES:
        return nan, nan
    targets = y
    if name == "cross_entropy" and y.is_floating_point():
        targets = y.movedim(1, -1).flatten(0, -2)
    elif name == "cross_entropy":
        targets = y[y != getattr(loss, "ignore_index", -100)]
    return guessing_and_chance(
        name,
        loss,
        targets.double().cpu().numpy(),
        lambda number: float(loss(torch.full_like(output, number), y)),
        watch.last_activation == "sigmoid",
    )


def _loss_name(loss, output, y, watch: Watch) -> str:
    if isinstance(loss, str):
        loss = one_of("loss", loss, LOSSES)
    if isinstance(loss, str) and y is None:
        raise bad("loss", loss, "it compares with targets: give y as well")
    if loss is None:
        return "" if y is None else _usual_loss(_only_tensor(output), y, watch)
    if isinstance(loss, str):
        return loss
    if not callable(loss):
        raise bad("loss", loss, f"give a function of (output, y), or one of {', '.join(LOSSES)}")
    name = getattr(loss, "__name__", type(loss).__name__)
    return LOSS_MODULES.get(name, name)


def _usual_loss(output: torch.Tensor, y: torch.Tensor, watch: Watch) -> str:
    """Classes are whole numbers, and everything else is regression."""
    if y.is_floating_point():
        return "mse_loss"
    if output.dim() > 1 and output.shape[1] > 1:
        return "cross_entropy"
    squashed = watch.last_activation == "sigmoid"
    return "binary_cross_entropy" if squashed else "binary_cross_entropy_with_logits"


def _matched(output: torch.Tensor, y: torch.Tensor, name: str):
    """(output, y) as PyTorch's losses take them, or ValueError.

    The classes come second, also of a sequence's (N, T, K). (N, 1) and (N,) are the same targets;
    PyTorch would compare each with each.
    """
    if name == "cross_entropy":
        if y.is_floating_point():  # probabilities
            return output, y
        if output.dim() > 2 and y.shape == output.shape[:-1] != output[:, 0].shape:
            output = output.movedim(-1, 1)
        return output, y.long()
    if output.numel() != y.numel() or len(output) != len(y):
        raise ValueError(
            f"y of shape {tuple(y.shape)} does not fit the model's answers of shape "
            f"{tuple(output.shape)}: give one target for each of them"
        )
    return output.reshape(y.shape), y.to(output.dtype)


def _twice(name: str, output) -> str:
    """What the output has been through already, where the loss does the same to it again."""
    if name == "cross_entropy":
        total = output.detach().float().sum(1)
        shares = (output >= 0).all() and ((total - 1).abs() < 0.01).all()
        return "softmax" if shares else ""
    bent = name == "binary_cross_entropy_with_logits" and output.grad_fn
    return "sigmoid" if bent and bent.name().startswith("Sigmoid") else ""


def _only_tensor(output) -> torch.Tensor:
    if isinstance(output, torch.Tensor):
        return output
    remedy = (
        f"the model gives a {type(output).__name__}, not one tensor: give a function of "
        "(output, y), or of the output alone where there is no y"
    )
    raise bad("loss", None, remedy)


def _backward(model: nn.Module, value: torch.Tensor) -> dict[nn.Parameter, torch.Tensor | None]:
    """d value / d parameter; ``.grad`` is left alone."""
    trained = [p for p in model.parameters() if p.requires_grad]
    if not value.requires_grad:
        raise bad("loss", value.item(), "no gradient leads back to the weights: is it detached?")
    try:
        slopes = torch.autograd.grad(value, trained, allow_unused=True)
    except Exception as error:
        raise ValueError(
            f"loss: the gradient does not go back through the model: {_said(error)}"
        ) from error
    return dict(zip(trained, slopes, strict=True))


def _said(error: Exception) -> str:
    """In one line, and not in too long a one."""
    return " ".join(str(error).split())[:300] or type(error).__name__


# Watching.


class Watch(TorchFunctionMode):
    """Sees what every layer answers, and every activation, be it a module or a function."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.answers: dict[nn.Module | tuple, Answers] = {}  # in the order of their first call
        self.last: nn.Module | tuple | None = None  # whose answer is the model's
        self.output_spread = nan
        self._answer = None  # the newest answer of a layer, and who gave it
        self._who: nn.Module | tuple[str, nn.Module | None] = ("", None)
        self._axis = -1
        self._names = {module: name for name, module in model.named_modules()}
        self._model = model

    def __enter__(self) -> Watch:
        self._hooks = ExitStack()
        for module in self._names:
            if any(True for _ in module.parameters(recurse=False)):
                hook = module.register_forward_hook(self._see_layer, with_kwargs=False)
                self._hooks.callback(hook.remove)
        super().__enter__()
        return self

    def __exit__(self, *exception) -> None:
        super().__exit__(*exception)
        self._hooks.close()

    def see_output(self, output) -> None:
        self.last = self._who if output is self._answer else None
        z = _first_tensor(output)
        if z is not None:
            seen = Answers()
            seen.note(*_by_unit(z, self._axis))
            (self.output_spread,) = seen.spread

    @property
    def last_activation(self) -> str | None:
        """What the model's output has gone through, where that was seen."""
        return self.answers[self.last].activation if self.last else None

    def _see_layer(self, module: nn.Module, inputs, output) -> None:
        seen = self.answers.setdefault(module, Answers())
        seen.calls += 1
        z = _first_tensor(output)
        if z is None or z is self._answer:  # which a module inside of this one gave
            return
        if isinstance(module, NORMS) and inputs and inputs[0] is self._answer:
            self.answers[self._who].normed = True
        self._axis = _units_axis(module, z)
        seen.note(*_by_unit(z, self._axis))
        self._answer, self._who = z, module

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "").removesuffix("_")
        z = args[0] if args else kwargs.get("input")
        if name not in ACTIVATIONS or not isinstance(z, torch.Tensor):
            return func(*args, **kwargs)
        seen = self._taker(name, z)
        with torch.no_grad():
            _note_saturated(seen, func, z, args[1:], kwargs, self._axis)
        answer = func(*args, **kwargs)
        seen.note(*_by_unit(answer, self._axis))
        self._answer = answer
        return answer

    def _taker(self, name: str, z: torch.Tensor) -> Answers:
        """Whose activation this is: of the layer that gave z just now, else one of its own."""
        if z is self._answer and self._who in self.answers:
            seen = self.answers[self._who]
            if seen.activation in (None, name):
                seen.activation = name
                for values in (seen.mean, seen.std, seen.spread):
                    values.pop()  # of z; what counts is the answer behind the activation
                return seen
        self._who = (name, self._who if not isinstance(self._who, tuple) else self._who[1])
        seen = self.answers.setdefault(self._who, Answers())
        seen.calls, seen.activation = seen.calls + 1, name
        return seen


def _first_tensor(output) -> torch.Tensor | None:
    if isinstance(output, tuple | list):  # a packed sequence too, which begins with its data
        return _first_tensor(output[0]) if len(output) else None
    if isinstance(output, torch.Tensor) and output.is_floating_point() and output.dim() > 1:
        return output
    return None


def _units_axis(module: nn.Module, z: torch.Tensor) -> int:
    """Images and their likes have the units second, all others have them last."""
    channels_first = (nn.modules.conv._ConvNd, nn.modules.batchnorm._NormBase, nn.GroupNorm)
    return 1 if isinstance(module, channels_first) else -1


def _by_unit(z: torch.Tensor, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """(mean, std) of every unit's answers. (torch.var_mean takes forty times as long.)"""
    z, others = _with_places(z, axis)
    mean = z.mean(others, keepdim=True)
    std = torch.linalg.vector_norm(z - mean, dim=others) / sqrt(z.numel() / mean.numel())
    return mean.flatten().cpu().double().numpy(), std.cpu().double().numpy()


def _note_saturated(seen: Answers, func, z: torch.Tensor, others, kwargs, axis: int) -> None:
    low, high = _flat(func, others, kwargs)
    z, places = _with_places(z, axis)
    if is_rectifier((low, high)):
        flat, seen.dead_word = (z.amax(places) <= low) | (z.amin(places) >= high), "dead"
    else:
        flat, seen.dead_word = ((z <= low) | (z >= high)), "saturated"
    seen.saturated.append(float(flat.float().mean()))


def _flat(func, others, kwargs) -> tuple[float, float]:
    options = {name: value for name, value in kwargs.items() if name not in ("input", "inplace")}
    return flat_ends(func(torch.tensor(GRID, device="cpu"), *others, **options).numpy())


def _with_places(z: torch.Tensor, axis: int) -> tuple[torch.Tensor, list[int]]:
    """(z in full precision, all its axes but that of the units)."""
    axis = axis % z.dim() if z.dim() > 2 else 1
    return z.detach().float(), [n for n in range(z.dim()) if n != axis]


@contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """Within, the model trains on random numbers of its own; afterwards it is as it was.

    What the pass changes in a training step is kept and put back: buffers (the statistics of batch
    norms), training modes and the states of all generators. Weights and ``.grad`` are not touched.
    """
    modes = {module: module.training for module in model.modules()}
    holders = [(module._buffers, dict(module._buffers)) for module in model.modules()]
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    with torch.random.fork_rng(devices=_devices(model)):
        torch.manual_seed(0)
        try:
            model.train()
            yield
        finally:
            for module, training in modes.items():
                module.training = training
            with torch.no_grad():
                for holder, kept in holders:
                    holder.clear()
                    holder.update(kept)
                for buffer, values in buffers:
                    if not torch.equal(buffer, values):
                        buffer.copy_(values)
            np.random.set_state(numpy_state)  # noqa: NPY002
            random.setstate(python_state)


def _devices(model: nn.Module) -> list[torch.device]:
    return list({p.device for p in model.parameters() if p.is_cuda})


# From what was seen to layers.


def _layers(model, watch: Watch, gradients, learning_rate: float) -> Iterator[Layer]:
    """In the order of the forward pass."""
    names = {module: name for name, module in model.named_modules()}
    paths = {parameter: name for name, parameter in model.named_parameters()}
    for key in _in_order(names, watch):
        seen = watch.answers.get(key, Answers()).measured()
        seen["last"] = key is watch.last
        if isinstance(key, tuple):
            name, before = key
            where = f"{name} after {names[before]}" if before in names else name
            yield Layer(name=where, kind=name, role="activation", **seen)
        else:
            yield from _weights(key, names[key], paths, seen, gradients, learning_rate)


def _in_order(names: dict[nn.Module, str], watch: Watch) -> Iterator[nn.Module | tuple]:
    """What was called, in that order; what was not comes behind the module that it is part of."""
    uncalled = {name: m for m, name in names.items() if m not in watch.answers and m._parameters}
    for key in watch.answers:
        yield key
        if key in names:  # and of the root, no part begins with a dot
            inside = [name for name in uncalled if name.startswith(f"{names[key]}.")]
            yield from map(uncalled.pop, inside)
    yield from uncalled.values()


def _weights(module, name: str, paths, seen, gradients, learning_rate) -> Iterator[Layer]:
    """A layer for every weight array of a module; what is tied goes by the name of its first."""
    arrays = [
        (parameter, W)
        for parameter, W in module._parameters.items()
        if W is not None and not _is_bias(parameter, W, module)
    ]
    if not arrays and seen["calls"]:  # its weights are made of others, or it has only biases
        yield Layer(name=name, kind=type(module).__name__, role="activation", **seen)
    for parameter, W in arrays:
        described = _described(module, parameter, W)
        alone = len(arrays) == 1 and name and described["role"] != "other"
        units = _units_of(module) if described["role"] == "matrix" else None
        answers = seen if parameter == arrays[-1][0] else {"calls": seen["calls"]}
        yield Layer(
            name=name if alone else f"{name}.{parameter}".removeprefix("."),
            kind=type(module).__name__,
            parameter=paths[W],
            shape=tuple(W.shape),
            **described,
            **measured(W.detach(), gradients.get(W), units, learning_rate, _moments, _on_lines),
            bias_mean=_bias_mean(module),
            trainable=W.requires_grad,
            **answers,
        )


def _is_bias(parameter: str, W: torch.Tensor, module: nn.Module) -> bool:
    return "bias" in parameter and W.dim() <= 1


def _bias_mean(module: nn.Module) -> float:
    bias = module._parameters.get("bias")
    return nan if bias is None else finite_or_inf(float(bias.detach().mean()))[0]


def _described(module: nn.Module, parameter: str, W: torch.Tensor) -> Fields:
    """Role, fans and the std of PyTorch's default; nothing but a role for what we do not know."""
    if parameter == "weight":
        if isinstance(module, NORMS):
            return {"role": "norm"}
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            return {"role": "embedding", "default_std": 1.0}
        if isinstance(module, nn.Linear):
            return _matrix(W.shape[1], W.shape[0], 1 / sqrt(3 * W.shape[1]))
        if isinstance(module, nn.modules.conv._ConvNd):
            return _convolution(module, W)
    if isinstance(module, RECURRENT) and parameter.startswith("weight"):
        return _matrix(W.shape[1], module.hidden_size, 1 / sqrt(3 * module.hidden_size))
    if isinstance(module, nn.MultiheadAttention) and parameter.endswith("proj_weight"):
        default = sqrt(2 / sum(W.shape))  # Glorot's, of the three matrices in one
        return _matrix(W.shape[1], module.embed_dim, default)
    return {"role": "other"}


def _matrix(fan_in: float, fan_out: float, default_std: float) -> Fields:
    return {"role": "matrix", "fan_in": fan_in, "fan_out": fan_out, "default_std": default_std}


def _convolution(module, W: torch.Tensor) -> Fields:
    """The fans as ``nn.init`` has them, but those of transposed convolutions the right way round.

    PyTorch takes the second axis for the inputs, of transposed ones too.
    """
    fans = W[0].numel(), W.shape[0] * prod(module.kernel_size)
    fan_in, fan_out = reversed(fans) if module.transposed else fans
    return _matrix(fan_in, fan_out, 1 / sqrt(3 * W[0].numel()))


def _units_of(module: nn.Module) -> int | None:
    """The axis of the units in the weights; None where equal units are no matter."""
    if isinstance(module, nn.modules.conv._ConvTransposeNd):
        return 1 if module.groups == 1 else None
    known = (nn.Linear, nn.modules.conv._ConvNd, nn.MultiheadAttention, *RECURRENT)
    return 0 if isinstance(module, known) else None


def _moments(values: torch.Tensor) -> tuple[float, float, float]:
    """(mean, std, rms); equal numbers have the std 0, without the rounding."""
    values = (values.to_dense() if values.is_sparse else values).detach()
    mean, root = float(values.mean(dtype=_in_full(values))), sqrt(values.numel())
    rms = _norm(values) / root
    if abs(mean) < 0.1 * rms:  # as of nearly all weights: the mean hardly counts
        return mean, sqrt(rms**2 - mean**2), rms
    std = _norm(values, mean) / root
    return mean, (0.0 if std < 1e-6 * rms else std), rms


def _norm(values: torch.Tensor, mean: float = 0.0) -> float:
    """The length of (values - mean), without a copy of all."""
    full = _in_full(values)
    parts = (part.to(full) - mean if mean else part.to(full) for part in _parts(values))
    return float(torch.stack([torch.linalg.vector_norm(part) for part in parts]).norm())


def _parts(values: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Along the first axis, of about so many numbers as are copied at once."""
    values = values if values.dim() else values[None]
    return values.split(max(1, CHUNK * len(values) // values.numel()))


def _on_lines(values: torch.Tensor, units: int) -> np.ndarray:
    """(units, LINES): every unit's products with random numbers, equal for equal units."""
    rows = values.movedim(units, 0).flatten(1)
    rng = torch.Generator("cpu").manual_seed(0)
    lines = torch.randn(rows.shape[1], LINES, generator=rng, device="cpu")
    lines = lines.to(rows.device, _in_full(rows))
    return torch.cat([part.to(lines) @ lines for part in _parts(rows)]).cpu().double().numpy()


def _in_full(values: torch.Tensor) -> torch.dtype:
    """The precision to measure in: half precision cannot tell many units apart."""
    return torch.promote_types(values.dtype, torch.float32)


MANY = 4  # layers, beyond which a line that names them all is too long
PLAIN = {"Linear", "Conv1d", "Conv2d", "Conv3d"}


class TorchMends:
    """The lines of code that mend a module called ``model``, with ``torch`` imported."""

    def __init__(self, model: nn.Module) -> None:
        self._kinds = {
            f"{name}.weight".removeprefix("."): kind
            for name, module in model.named_modules()
            for kind in PLAIN
            if isinstance(module, getattr(nn, kind))
        }
        self._kept = {  # what must not be drawn again just because it stands beside ill layers
            path
            for path in self._kinds
            if not _is_drawn(model.get_submodule(path.removesuffix("weight").removesuffix(".")))
        }
        *modules, last = model.modules()
        self._sigmoids = any(isinstance(module, nn.Sigmoid) for module in modules)
        self._but_the_last = "[:-1]" if isinstance(last, nn.Sigmoid) else ""

    def redraw(self, layers: Sequence[Layer], scheme: str) -> str:
        draw = _draw(layers, scheme)
        kinds = sorted({layer.kind for layer in layers})
        alike = {path for path, kind in self._kinds.items() if kind in kinds}
        others = alike - {layer.parameter for layer in layers}
        if len(layers) > MANY and len(others) <= 1 and not others & self._kept:
            them = " | ".join(f"torch.nn.{kind}" for kind in kinds)
            loop = "for m in model.modules(): isinstance(m, {}) and {}"
            return loop.format(them, draw.format("m.weight"))
        return _for_all(draw, [layer.parameter for layer in layers])

    def unbias(self, layers: Sequence[Layer]) -> str:
        biases = [layer.parameter.removesuffix("weight") + "bias" for layer in layers]
        return _for_all("torch.nn.init.zeros_({})", biases)

    def shrink(self, layer: Layer) -> str:
        return f"{_get(repr(layer.parameter))}.data *= 0.1"

    def bend(self, layers: Sequence[Layer]) -> str:
        if not self._sigmoids:  # but functions, which only larger weights can make up for
            weights = [layer.parameter for layer in layers if layer.role == "matrix"]
            return _for_all("torch.nn.init.xavier_normal_({}, gain=4)", weights) if weights else ""
        return (
            f"for name, m in list(model.named_modules()){self._but_the_last}: "
            "isinstance(m, torch.nn.Sigmoid) and model.set_submodule(name, torch.nn.Tanh())"
        )

    def freeze(self, layers: Sequence[Layer]) -> str:
        return _for_all("{}.requires_grad_(False)", [layer.parameter for layer in layers])


def _is_drawn(module: nn.Module) -> bool:
    """Whether its weights are trained, not 0 on purpose, and not made of others."""
    W = module._parameters.get("weight")
    return W is not None and W.requires_grad and bool(W.detach().norm() != 0)


def _draw(layers: Sequence[Layer], scheme: str) -> str:
    """The function that draws. Arrays of one axis have no fans; transposed ones swap them."""
    if all(layer.role == "norm" for layer in layers):
        return "torch.nn.init.ones_({})"
    if all(layer.role == "embedding" for layer in layers):
        return "torch.nn.init.normal_({})"
    if any(len(layer.shape) < 2 for layer in layers):
        return "torch.nn.init.normal_({}, std=0.02)"
    fan = ", mode='fan_out'" if all("Transpose" in layer.kind for layer in layers) else ""
    return {
        "Glorot": "torch.nn.init.xavier_normal_({})",
        "He": f"torch.nn.init.kaiming_normal_({{}}{fan}, nonlinearity='relu')",
        "LeCun": f"torch.nn.init.kaiming_normal_({{}}{fan}, nonlinearity='linear')",
    }[scheme]


def _for_all(line: str, parameters: Sequence[str]) -> str:
    parameters = list(dict.fromkeys(parameters))  # what is tied once
    if len(parameters) == 1:
        return line.format(_get(repr(parameters[0])))
    return f"for name in {parameters}: {line.format(_get('name'))}"


def _get(name: str) -> str:
    return f"model.get_parameter({name})"
