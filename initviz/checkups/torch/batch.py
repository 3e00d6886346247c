"""A batch as a PyTorch module takes it, and its gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]

from ...errors import bad
from ...networks.arrays import real_array
from ..adapter import CUT_OFF, check_batch, explained

ARRAYS = (np.ndarray, torch.Tensor)


def check_model(model: nn.Module) -> None:
    parameters = list(model.parameters())
    lazy = any(isinstance(p, nn.parameter.UninitializedParameter) for p in parameters)
    scripted = isinstance(model, torch.jit.ScriptModule)
    nowhere = any(p.is_meta for p in parameters)
    frozen = not any(p.requires_grad for p in parameters)
    inferring = not lazy and any(p.is_inference() for p in parameters)
    for trouble, there in {
        "it has lazy layers that have seen no data yet: run model(X) once first": lazy,
        "a ScriptModule cannot be watched: give the module that it was made of": scripted,
        "its weights are on the meta device, where there are no numbers: load them": nowhere,
        "it has no weights that are trained: give it some with requires_grad": frozen,
        "it was made in inference_mode, which lets nothing be trained": inferring,
    }.items():
        if there:
            raise bad("model", type(model).__name__, trouble)


def inputs_of(model: nn.Module, X) -> tuple[list[Any], dict[str, Any]]:
    """X as the arguments of ``model(…)``: a tuple or list of several, a dict of named ones."""
    if isinstance(X, Mapping):
        return [], {
            name: tensor(model, f"X[{name!r}]", x) if _is_batch(x) else x for name, x in X.items()
        }
    # A nested list of plain numbers is one array, not several inputs.
    apart = isinstance(X, tuple | list) and any(isinstance(x, ARRAYS) for x in X)
    several = X if apart else [X]
    names = [f"X[{i}]" for i in range(len(several))] if len(several) > 1 else ["X"]
    pairs = zip(names, several, strict=True)
    return [tensor(model, name, x) if _is_batch(x) else x for name, x in pairs], {}


def _is_batch(x: object) -> bool:
    """Whether it is one of the arrays, and no switch or missing input beside them."""
    return not (x is None or isinstance(x, bool | str))


def tensor(model: nn.Module, name: str, values) -> torch.Tensor:
    """On the device of the model; floating point numbers in its precision."""
    if not isinstance(values, torch.Tensor):
        array = real_array(values, name, "give an array of numbers")
        try:
            values = torch.tensor(array)  # a copy: an array may be read-only
        except TypeError:  # PyTorch has no long doubles
            raise bad(name, array.dtype, "give an array of float64 or float32") from None
    dense = values.layout == torch.strided and not values.is_nested
    not_finite = int(values.numel() - torch.isfinite(values).sum()) if dense else 0
    check_batch(name, len(values) if values.dim() else 0, values.numel(), not_finite)
    device, precise = next(model.parameters()).device, values.dtype
    if values.is_floating_point():
        precise = _precision(model, precise)
    return values.detach().to(device, precise, copy=True)  # a model may work in place


def _precision(model: nn.Module, precise: torch.dtype) -> torch.dtype:
    """That of the numbers given, where the model has weights of it; else that of its first ones."""
    known = [p.dtype for p in model.parameters() if p.is_floating_point()]
    return precise if precise in known or not known else known[0]


def backward(model: nn.Module, value: torch.Tensor) -> dict[nn.Parameter, torch.Tensor | None]:
    """d value / d parameter; ``.grad`` is left alone."""
    trained = [p for p in model.parameters() if p.requires_grad]
    if not value.requires_grad:
        raise bad("loss", value.item(), CUT_OFF)
    with explained("loss: the gradient does not go back through the model"):
        slopes = torch.autograd.grad(value, trained, allow_unused=True)
    return dict(zip(trained, slopes, strict=True))
