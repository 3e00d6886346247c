"""A batch through a PyTorch module, forward and backward, watched by hooks that leave no trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from math import nan, prod, sqrt

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]
from torch.overrides import TorchFunctionMode  # pyright: ignore[reportMissingImports]

from ..errors import bad, one_of
from ..measure.examination import Examination, Layer, size_of_inputs
from ..words.rules import RECTIFIERS
from . import adapter
from .adapter import check_batch, explained, guessing_and_chance, in_order, misfit, no_tensor, rows
from .layer import GRID, PART, Fields, Outputs, finite_or_inf, flat_parts, matrix, measured

# Functions of one tensor, elementwise, as PyTorch names them (an underscore at the end aside).
SQUASHERS = {"hardsigmoid", "hardtanh", "logsigmoid", "sigmoid", "softsign", "tanh"}
ACTIVATIONS = RECTIFIERS | SQUASHERS | {"selu"}

NORMS = (
    nn.modules.batchnorm._NormBase,
    nn.LayerNorm,
    nn.GroupNorm,
    *([nn.RMSNorm] if hasattr(nn, "RMSNorm") else []),
)
ARRAYS = (np.ndarray, torch.Tensor)
RECURRENT = (nn.RNNBase, nn.RNNCellBase)

# Losses that are recognised, as functions and as modules.
LOSSES = {
    "cross_entropy": nn.CrossEntropyLoss,
    "binary_cross_entropy": nn.BCELoss,
    "binary_cross_entropy_with_logits": nn.BCEWithLogitsLoss,
    "mse_loss": nn.MSELoss,
}


def examine(model: nn.Module, X, y=None, loss=None, learning_rate: float = 0.01) -> Examination:
    """See ``checkups.checkup``."""
    model = getattr(model, "_orig_mod", model)  # what torch.compile has wrapped
    _check_model(model)
    with untouched(model), torch.inference_mode(False), torch.enable_grad():
        inputs, named = _inputs(model, X)
        y = None if y is None else _tensor(model, "y", y)
        alone = len(inputs) == 1 and inputs[0].is_floating_point()
        # Before a model that works in place may change them.
        size = size_of_inputs(inputs[0].cpu().double().numpy()) if alone else nan
        shapes = [tuple(x.shape) for x in (*inputs, *named.values())]
        shape = shapes[0] if len(shapes) == 1 else shapes
        through = explained(f"X of shape {shape} does not go through the model")
        with TorchWatch(model) as watch, through:
            output = model(*inputs, **named)
        watch.see_output(output)
        value, name, known = _loss(loss, output, y, watch.last_activation)
        gradients = _backward(model, value)
    return Examination(
        framework="PyTorch",
        layers=tuple(_layers(model, watch, gradients, learning_rate)),
        output_spread=watch.output_spread,
        loss_name=name,
        loss=float(value.detach()) if name else nan,
        guessing=known[0],
        chance=known[1],
        learning_rate=learning_rate,
        mends=TorchMends(model),
        input_size=size,
        twice=_twice(name, output),
    )


def _check_model(model: nn.Module) -> None:
    parameters = list(model.parameters())
    lazy = any(isinstance(p, nn.parameter.UninitializedParameter) for p in parameters)
    scripted = isinstance(model, torch.jit.ScriptModule)
    nowhere = any(p.is_meta for p in parameters)
    frozen = not any(p.requires_grad for p in parameters)
    for trouble, there in {
        "it has lazy layers that have seen no data yet: run model(X) once before": lazy,
        "a ScriptModule cannot be watched: give the module that it was made of": scripted,
        "its weights are on the meta device, where there are no numbers: load them": nowhere,
        "it has no weights that are trained: give it some with requires_grad": frozen,
    }.items():
        if there:
            raise bad("model", type(model).__name__, trouble)


def _inputs(model: nn.Module, X) -> tuple[list[torch.Tensor], dict[str, torch.Tensor]]:
    """X as the arguments of ``model(…)``: a tuple or list of several, a dict of named ones."""
    if isinstance(X, dict):
        return [], {name: _tensor(model, f"X[{name!r}]", x) for name, x in X.items()}
    # A nested list of plain numbers is one array, not several inputs.
    apart = isinstance(X, tuple | list) and any(isinstance(x, ARRAYS) for x in X)
    several = X if apart else [X]
    names = [f"X[{i}]" for i in range(len(several))] if len(several) > 1 else ["X"]
    return [_tensor(model, name, x) for name, x in zip(names, several, strict=True)], {}


def _tensor(model: nn.Module, name: str, values) -> torch.Tensor:
    """On the device of the model; floating point numbers in its precision."""
    if not isinstance(values, torch.Tensor):
        try:
            values = torch.tensor(np.asarray(values))  # a copy: an array may be read-only
        except (TypeError, ValueError):
            raise bad(name, type(values).__name__, "give an array of numbers") from None
    not_finite = int(values.numel() - torch.isfinite(values).sum())
    check_batch(name, len(values) if values.dim() else 0, values.numel(), not_finite)
    first = next(model.parameters())
    precise = first.dtype if values.is_floating_point() else values.dtype
    return values.detach().to(first.device, precise, copy=True)  # a model may work in place


def _loss(loss, output, y, bent: str | None) -> tuple[torch.Tensor, str, tuple[float, float]]:
    """(a scalar, its name, the losses of guessing and of chance); no name without a loss."""
    name = _loss_name(loss, output, y, bent)
    if not name:
        return (_only(output) * torch.randn_like(output)).sum() / len(output), "", (nan, nan)
    function = getattr(nn.functional, name) if isinstance(loss, str | None) else loss
    if name in LOSSES and y is not None:
        output, y = _matched(_only(output), y, name)
    with explained(f"loss={name}: it does not fit the output and y"):
        value = function(output) if y is None else function(output, y)
    if not isinstance(value, torch.Tensor) or value.numel() != 1:
        raise bad("loss", name, "it should give one number")
    return value.reshape(()), name, _guessing_and_chance(name, function, output, y, bent)


def _guessing_and_chance(name: str, loss, output, y, bent: str | None) -> tuple[float, float]:
    if name not in LOSSES or y is None:
        return nan, nan
    targets = y
    if name == "cross_entropy" and y.is_floating_point():
        targets = y.movedim(1, -1).flatten(0, -2)
    elif name == "cross_entropy":
        targets = y[y != getattr(loss, "ignore_index", -100)]

    def value_at(number: float) -> float:
        return float(loss(torch.full_like(output, number), y))

    numbers = targets.cpu().double().numpy()
    return guessing_and_chance(name, loss, numbers, value_at, bent == "sigmoid")


def _loss_name(loss, output, y, bent: str | None) -> str:
    if loss is None:
        return "" if y is None else _usual_loss(_only(output), y, bent)
    if isinstance(loss, str):
        loss = one_of("loss", loss, LOSSES)
        if y is None:
            raise bad("loss", loss, "it compares with targets: give y as well")
        return loss
    if not callable(loss):
        raise bad("loss", loss, f"give a function of (output, y), or one of {', '.join(LOSSES)}")
    modules = {kind.__name__: name for name, kind in LOSSES.items()}
    name = getattr(loss, "__name__", type(loss).__name__)
    return modules.get(name, name)


def _usual_loss(output: torch.Tensor, y: torch.Tensor, bent: str | None) -> str:
    """Classes are whole numbers, and everything else is regression."""
    if y.is_floating_point():
        return "mse_loss"
    if output.dim() > 1 and output.shape[1] > 1:
        return "cross_entropy"
    return "binary_cross_entropy" if bent == "sigmoid" else "binary_cross_entropy_with_logits"


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
        raise misfit(y, output)
    return output.reshape(y.shape), y.to(output.dtype)


def _twice(name: str, output) -> str:
    """What the output has been through already, where the loss does the same to it again."""
    if name == "cross_entropy":
        total = output.detach().float().sum(1)
        shares = (output >= 0).all() and ((total - 1).abs() < 0.01).all()
        return "softmax" if shares else ""
    bent = name == "binary_cross_entropy_with_logits" and output.grad_fn
    return "sigmoid" if bent and bent.name().startswith("Sigmoid") else ""


def _only(output) -> torch.Tensor:
    if not isinstance(output, torch.Tensor):
        raise no_tensor(output, "output, y")
    return output


def _backward(model: nn.Module, value: torch.Tensor) -> dict[nn.Parameter, torch.Tensor | None]:
    """d value / d parameter; ``.grad`` is left alone."""
    trained = [p for p in model.parameters() if p.requires_grad]
    if not value.requires_grad:
        raise bad("loss", value.item(), "no gradient leads back to the weights: is it detached?")
    with explained("loss: the gradient does not go back through the model"):
        slopes = torch.autograd.grad(value, trained, allow_unused=True)
    return dict(zip(trained, slopes, strict=True))


class TorchWatch(adapter.Watch, TorchFunctionMode):
    def __init__(self, model: nn.Module) -> None:
        adapter.Watch.__init__(self)
        TorchFunctionMode.__init__(self)
        self._model, self._hooks = model, ExitStack()

    def __enter__(self) -> TorchWatch:
        for module in self._model.modules():
            if any(True for _ in module.parameters(recurse=False)):
                self._hooks.callback(module.register_forward_hook(self._see_layer).remove)
        super().__enter__()
        return self

    def __exit__(self, *exception) -> None:
        super().__exit__(*exception)
        self._hooks.close()

    def see_output(self, output) -> None:
        self.last = self._who if self._is_newest(output) else None
        z = _first_tensor(output)
        if z is not None:
            seen = Outputs()
            seen.note(*_by_unit(z.reshape(len(z), -1), 1))
            (self.output_spread,) = seen.spread

    def _see_layer(self, module: nn.Module, inputs, output) -> None:
        seen = self._called(module, next(iter(inputs), None), isinstance(module, NORMS))
        z = _first_tensor(output)
        if z is None or z is self._newest:  # which a module inside of this one gave
            return
        # Images and their likes have the units second, all others have them last.
        kinds = (nn.modules.conv._ConvNd, nn.modules.batchnorm._NormBase, nn.GroupNorm)
        self._axis = 1 if isinstance(module, kinds) else -1
        seen.note(*_by_unit(z, self._axis))
        self._newest, self._who, self._bent = z, module, False

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "").removesuffix("_")
        z = args[0] if args else kwargs.get("input")
        if name not in ACTIVATIONS or not isinstance(z, torch.Tensor):
            return func(*args, **kwargs)
        before = self._who[1] if isinstance(self._who, tuple) else self._who
        seen = self._taker(name, z, (name, before))
        options = {key: kwargs[key] for key in kwargs.keys() - {"input", "inplace"}}
        with torch.no_grad():
            values = func(torch.tensor(GRID, device="cpu"), *args[1:], **options)
            z = _by_axis(z, self._axis).cpu().numpy()
            seen.note_saturated(z, flat_parts(values.numpy()))
        output = func(*args, **kwargs)
        seen.note(*_by_unit(output, self._axis))
        self._newest, self._bent = output, True
        return output


def _first_tensor(output) -> torch.Tensor | None:
    if isinstance(output, tuple | list):  # a packed sequence too, which begins with its data
        return _first_tensor(output[0]) if len(output) else None
    if isinstance(output, torch.Tensor) and output.is_floating_point() and output.dim() > 1:
        return output
    return None


def _by_axis(z: torch.Tensor, axis: int) -> torch.Tensor:
    """(units, …), in full precision."""
    return z.detach().float().movedim(axis if z.dim() > 2 else 1, 0)


def _by_unit(z: torch.Tensor, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """(mean, std) of every unit's outputs. (torch.var_mean takes forty times as long.)"""
    z = _by_axis(z, axis)
    others = tuple(range(1, z.dim()))
    mean = z.mean(others, keepdim=True)
    std = torch.linalg.vector_norm(z - mean, dim=others) / sqrt(z.numel() / len(z))
    return mean.flatten().cpu().double().numpy(), std.cpu().double().numpy()


@contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """Within, the model trains on random numbers of its own; afterwards it is as it was.

    What the pass changes in a training step is kept and put back: buffers (the statistics of batch
    norms), training modes and the states of all generators. Weights and ``.grad`` are not touched.
    """
    modes = {module: module.training for module in model.modules()}
    holders = [(module._buffers, dict(module._buffers)) for module in model.modules()]
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    devices = {p.device for p in model.parameters() if p.is_cuda}
    with adapter.generators_kept(), torch.random.fork_rng(devices=list(devices)):
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


def _layers(model: nn.Module, watch, gradients, learning_rate: float) -> Iterator[Layer]:
    """In the order of the forward pass; what is tied goes by the name of its first."""
    names = {module: name for name, module in model.named_modules()}
    paths = {W: path for path, W in model.named_parameters()}

    def fields(module: nn.Module, parameter: str, W: nn.Parameter) -> Fields:
        described, axis = _described(module, parameter, W)
        slope = gradients.get(W)
        slopes = None if slope is None else _parts(slope, axis or 0)
        bias = module._parameters.get("bias")
        return {
            "parameter": paths[W],
            "shape": tuple(W.shape),
            "trainable": W.requires_grad,
            "bias_mean": nan if bias is None else finite_or_inf(float(bias.detach().mean())),
            **described,
            **measured(_parts(W, axis or 0), slopes, learning_rate, axis is not None),
        }

    def inside(key: nn.Module | tuple) -> Iterable[nn.Module]:
        return () if isinstance(key, tuple) else key.modules()

    owners = [module for module in names if module._parameters]
    for key in in_order(watch.outputs, owners, inside, model):
        seen = watch.measured(key)
        if isinstance(key, tuple):
            name, before = key
            where = f"{name} after {names[before]}" if before is not None else name
            yield from rows(where, name, seen, {})
        else:
            arrays = {
                f"{names[key]}.{parameter}".removeprefix("."): fields(key, parameter, W)
                for parameter, W in key._parameters.items()
                if W is not None and not ("bias" in parameter and W.dim() <= 1)
            }
            yield from rows(names[key], type(key).__name__, seen, arrays)


def _parts(values: torch.Tensor, axis: int) -> Iterator[np.ndarray]:
    """For ``moments``: (rows, numbers), the rows along an axis."""
    values = (values.to_dense() if values.is_sparse else values).detach()
    values = values.movedim(axis, 0) if values.dim() else values[None]
    rows = values.reshape(len(values), -1)
    for part in rows.split(max(1, PART // rows.shape[1])):
        full = torch.promote_types(part.dtype, torch.float32)  # half precision has no arrays
        yield part.to("cpu", full).numpy()


def _described(module: nn.Module, parameter: str, W: torch.Tensor) -> tuple[Fields, int | None]:
    """(role, fans and the std of PyTorch's default; the axis of the units).

    Nothing but a role for what we do not know; no axis where equal units are no matter.
    """
    if parameter == "weight":
        if isinstance(module, NORMS):
            return {"role": "norm"}, None
        if isinstance(module, nn.Embedding | nn.EmbeddingBag):
            return {"role": "embedding", "default_std": 1.0}, None
        if isinstance(module, nn.Linear):
            return matrix(W.shape[1], W.shape[0], 1 / sqrt(3 * W.shape[1])), 0
        if isinstance(module, nn.modules.conv._ConvNd):
            return _convolution(module, W)
    if isinstance(module, RECURRENT) and parameter.startswith("weight"):
        return matrix(W.shape[1], module.hidden_size, 1 / sqrt(3 * module.hidden_size)), 0
    if isinstance(module, nn.MultiheadAttention) and parameter.endswith("proj_weight"):
        default = sqrt(2 / sum(W.shape))  # Glorot's, of the three matrices in one
        return matrix(W.shape[1], module.embed_dim, default), 0
    return {"role": "other"}, None


def _convolution(module, W: torch.Tensor) -> tuple[Fields, int | None]:
    """The fans as ``nn.init`` has them, but those of transposed convolutions the right way round.

    PyTorch takes the second axis for the inputs, of transposed ones too.
    """
    fan_in, fan_out = W[0].numel(), W.shape[0] * prod(module.kernel_size)
    default = 1 / sqrt(3 * fan_in)
    if module.transposed:
        return matrix(fan_out, fan_in, default), 1 if module.groups == 1 else None
    return matrix(fan_in, fan_out, default), 0


MANY = 4  # layers, beyond which a line that names them all is too long
PLAIN = {"Linear", "Conv1d", "Conv2d", "Conv3d"}


class TorchMends:
    """The lines of code that mend a module called ``model``, with ``torch`` imported."""

    def __init__(self, model: nn.Module) -> None:
        self._kinds: dict[str, str] = {}
        self._kept = set()  # which must not be drawn again just because they stand beside ill ones
        for name, module in model.named_modules():
            path, W = f"{name}.weight".removeprefix("."), module._parameters.get("weight")
            for kind in PLAIN:
                if isinstance(module, getattr(nn, kind)):
                    self._kinds[path] = kind
            if W is None or not W.requires_grad or not W.detach().any():  # or made of others
                self._kept.add(path)
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
        return _for_all("{}.data *= 0.1", [layer.parameter])

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
    names = list(dict.fromkeys(parameters))  # what is tied once
    if len(names) == 1:
        return line.format(f"model.get_parameter({names[0]!r})")
    return f"for name in {names}: {line.format('model.get_parameter(name)')}"
