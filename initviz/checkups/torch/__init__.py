"""A batch through a PyTorch module, forward and backward, watched by hooks that leave no trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan
from typing import Any

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]

from ...errors import bad
from ...measure.examination import USUAL_RATE, Examination
from ..adapter import CUT_OFF, check_batch, explained
from .graph import ways as ways_to
from .layers import layers, unlisted
from .loss import Found, find_loss
from .mends import TorchMends
from .state import kept, untouched
from .watch import TorchWatch, first_tensor

__all__ = ["examine", "is_model", "kept"]

ARRAYS = (np.ndarray, torch.Tensor)


def is_model(thing: object) -> bool:
    return isinstance(thing, nn.Module)


def examine(
    model: nn.Module, X, y=None, loss=None, learning_rate: float | None = None
) -> Examination:
    """See ``checkups.checkup``."""
    model = getattr(model, "_orig_mod", model)  # what torch.compile has wrapped
    _check_model(model)
    with untouched(model):
        inputs, named = _inputs(model, X)
        y = None if y is None else _tensor(model, "y", y)
        shapes = [tuple(x.shape) for x in (*inputs, *named.values())]
        shape = shapes[0] if len(shapes) == 1 else shapes
        through = explained(f"X of shape {shape} does not go through the model")
        with TorchWatch(model) as watch, through:
            output = model(*inputs, **named)
        watch.see_output(output)
        if watch.overflows:
            found = Found(torch.tensor(nan))
            ways, gradients = {}, {}
        else:
            found = find_loss(loss, output, y, watch.last_activation)
            ways = ways_to(found.value)
            gradients = _backward(model, found.value)
    apart = [W for W, slope in gradients.items() if slope is None]
    rate = USUAL_RATE if learning_rate is None else learning_rate
    return Examination(
        framework="PyTorch",
        layers=tuple(layers(model, watch, gradients, ways, rate)),
        output_spread=watch.output_spread,
        loss_name=found.name,
        loss=float(found.value.detach()) if found.name else nan,
        guessing=found.guessing,
        chance=found.chance,
        learning_rate=rate,
        rate_told=learning_rate is not None,
        mends=TorchMends(model),
        input_size=watch.input_size if len(inputs) == 1 else nan,
        input_normed=watch.input_normed,
        unlisted=unlisted(model, ways),
        head=found.head,
        detached=_detached(model, lambda: model(*inputs, **named), apart),
    )


def _detached(
    model: nn.Module, forward: Callable[[], Any], apart: Sequence[nn.Parameter]
) -> frozenset[str]:
    """Those of the weights without a gradient that the output depends on all the same."""

    def changed(weights: Sequence[nn.Parameter]) -> Any:
        with untouched(model), torch.no_grad():
            for W in weights:
                W.mul_(2).add_(1)
            return first_tensor(forward())

    before = changed([]) if apart else None
    if before is None or torch.equal(before, changed(apart)):
        return frozenset()
    names = {W: name for name, W in model.named_parameters()}
    return frozenset(names[W] for W in apart if not torch.equal(before, changed([W])))


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
    device, precise = next(model.parameters()).device, values.dtype
    if values.is_floating_point():
        precise = _precision(model, precise)
    return values.detach().to(device, precise, copy=True)  # a model may work in place


def _precision(model: nn.Module, precise: torch.dtype) -> torch.dtype:
    """That of the numbers given, where the model has weights of it; else that of its first ones."""
    known = [p.dtype for p in model.parameters() if p.is_floating_point()]
    return precise if precise in known or not known else known[0]


def _backward(model: nn.Module, value: torch.Tensor) -> dict[nn.Parameter, torch.Tensor | None]:
    """d value / d parameter; ``.grad`` is left alone."""
    trained = [p for p in model.parameters() if p.requires_grad]
    if not value.requires_grad:
        raise bad("loss", value.item(), CUT_OFF)
    with explained("loss: the gradient does not go back through the model"):
        slopes = torch.autograd.grad(value, trained, allow_unused=True)
    return dict(zip(trained, slopes, strict=True))
