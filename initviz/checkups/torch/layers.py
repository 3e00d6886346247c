"""The weights of a PyTorch module, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import nan, prod, sqrt

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]

from ...measure.examination import Layer
from ..adapter import in_order, rows
from ..graph import multiplied
from ..layer import PART, Fields, drawn_apart, finite_or_inf, matrix, measured
from .watch import is_norm

RECURRENT = (nn.RNNBase, nn.RNNCellBase)
GATES = {  # the rows of their arrays, in this order
    (nn.LSTM, nn.LSTMCell): ("input", "forget", "cell", "output"),
    (nn.GRU, nn.GRUCell): ("reset", "update", "new"),
    nn.MultiheadAttention: ("query", "key", "value"),
}


def layers(model: nn.Module, watch, gradients, ways, learning_rate: float) -> Iterator[Layer]:
    """In the order of the forward pass; what is tied goes by the name of its first."""
    names = {module: name for name, module in model.named_modules()}
    paths = {W: path for path, W in model.named_parameters()}

    def fields(module: nn.Module, parameter: str, W: nn.Parameter, gate: slice) -> Fields:
        described, axis = _described(module, parameter, W)
        way = ways.get(W)
        if described["role"] == "other" and way:
            described, axis = multiplied(way, W.shape)
        slope, part = gradients.get(W), _rows(W, gate)
        slopes = None if slope is None else _parts(_rows(slope, gate), axis or 0)
        bias = module._parameters.get("bias")
        return {
            "parameter": paths[W],
            "shape": tuple(part.shape),
            "trainable": W.requires_grad,
            **(way.among(paths) if way else {}),
            "bias_mean": nan if bias is None else finite_or_inf(float(_real(bias).mean())),
            **described,
            **measured(_parts(part, axis or 0), slopes, learning_rate, axis is not None),
        }

    def inside(key: nn.Module | tuple) -> Iterable[nn.Module]:
        return () if isinstance(key, tuple) else key.modules()

    owners = [
        module
        for module in names
        if not isinstance(module, torch.jit.ScriptModule) and module._parameters
    ]
    for key in in_order(watch.outputs, owners, inside, model):
        seen = watch.measured(key)
        if isinstance(key, tuple):
            name, before = key
            where = f"{name} after {names[before]}" if before is not None else name
            yield from rows(where, name, seen, {})
        else:
            arrays = {
                f"{names[key]}.{parameter}{name}".removeprefix("."): fields(key, parameter, W, gate)
                for parameter, W in key._parameters.items()
                if W is not None and W.numel() and not ("bias" in parameter and W.dim() <= 1)
                for name, gate in _gates(key, parameter, W).items()
            }
            yield from rows(names[key], type(key).__name__, seen, arrays)


def _gates(module: nn.Module, parameter: str, W: torch.Tensor) -> dict[str, slice]:
    """The rows of an array's gates, where they were not drawn alike; else all of them as one."""
    named = parameter.startswith(("weight_ih", "weight_hh", "in_proj_weight"))
    gates = next((gates for kind, gates in GATES.items() if isinstance(module, kind)), ())
    if not (named and gates and drawn_apart(map(_std, W.detach().chunk(len(gates))))):
        return {"": slice(None)}
    size = len(W) // len(gates)
    return {f"[{name}]": slice(n * size, (n + 1) * size) for n, name in enumerate(gates)}


def _rows(values: torch.Tensor, gate: slice) -> torch.Tensor:
    """Of an embedding's gradient there may be only the rows that were looked up."""
    values = values.to_dense() if values.is_sparse else values
    return values if gate == slice(None) else values[gate]


def _std(values: torch.Tensor) -> float:
    return float(values.float().std())


def _parts(values: torch.Tensor, axis: int) -> Iterator[np.ndarray]:
    """For ``moments``: (rows, numbers), the rows along an axis."""
    values = _real(values)
    values = values.movedim(axis, 0) if values.dim() else values[None]
    rows = values.reshape(len(values), -1)
    for part in rows.split(max(1, PART // rows.shape[1])):
        full = torch.promote_types(part.dtype, torch.float32)  # half precision has no arrays
        yield part.to("cpu", full).numpy()


def _real(values: torch.Tensor) -> torch.Tensor:
    """Of complex numbers both parts."""
    values = values.detach()
    return torch.view_as_real(values) if values.is_complex() else values


def _described(module: nn.Module, parameter: str, W: torch.Tensor) -> tuple[Fields, int | None]:
    """(role, fans and the std of PyTorch's default; the axis of the units).

    Nothing but a role for what we do not know; no axis where equal units are no matter.
    """
    if is_norm(module):
        return {"role": "norm"}, None
    if parameter == "weight":
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


def unlisted(model: nn.Module, weights: Iterable[torch.Tensor], loss: object) -> tuple[str, ...]:
    """The names of weights that are not among the model's parameters.

    Of those in plain lists and dicts of its modules, as Python has them; of others, a shape.
    """
    known, names = set(model.parameters()), {}
    known |= set(loss.parameters()) if isinstance(loss, nn.Module) else set()
    for path, module in model.named_modules():
        for attribute, held in vars(module).items():
            if not attribute.startswith("_") and isinstance(held, list | tuple | dict):
                for key, each in held.items() if isinstance(held, dict) else enumerate(held):
                    place = f"{path}.{attribute}[{key!r}]".removeprefix(".")
                    names |= {W: f"{place}{end}" for W, end in _weights(each)}
    # Tensors that are neither weights nor anybody's may be inputs whose gradient is wanted.
    left = (W for W in weights if W not in known)
    left = (W for W in left if W in names or isinstance(W, nn.Parameter))
    return tuple(names.get(W, f"one of shape {tuple(W.shape)}") for W in left)


def _weights(thing: object) -> Iterator[tuple[torch.Tensor, str]]:
    if isinstance(thing, nn.Module):
        yield from ((W, f".{name}") for name, W in thing.named_parameters())
    elif isinstance(thing, torch.Tensor):
        yield thing, ""
