"""The loss of a PyTorch module: which it is, and what guessing and chance give."""

from __future__ import annotations

import warnings
from math import isclose, nan
from typing import NamedTuple

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]

from ...errors import bad, one_of
from ...measure.examination import Head
from ..adapter import explained, guessing_and_chance, misfit, no_tensor
from ..graph import VIEWS
from ..head import check_classes, head_of, neutral
from .graph import name_of

# Losses that are recognised, as functions and as modules.
LOSSES = {
    "cross_entropy": nn.CrossEntropyLoss,
    "binary_cross_entropy": nn.BCELoss,
    "binary_cross_entropy_with_logits": nn.BCEWithLogitsLoss,
    "mse_loss": nn.MSELoss,
    "nll_loss": nn.NLLLoss,
}
TAKES = {
    "cross_entropy": ("logits", True),
    "binary_cross_entropy": ("probabilities", False),
    "binary_cross_entropy_with_logits": ("logits", False),
    "mse_loss": ("numbers", False),
    "nll_loss": ("log-probabilities", True),
}
OF_CLASSES = ("cross_entropy", "nll_loss")
# Steps at the end of a model, by autograd's names and by ours.
ENDS = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Sigmoid": "sigmoid", "Relu": "relu"}
ENDS |= dict.fromkeys(("Clamp", "ClampMin", "ClampMax"), "clamp")
ENDS |= {"Tanh": "tanh", "Softplus": "softplus", "LogSigmoid": "log_sigmoid"}


class Found(NamedTuple):
    """A loss: its value, a scalar; its name, "" where there is none; and what is known of it."""

    value: torch.Tensor
    name: str = ""
    guessing: float = nan
    chance: float = nan
    head: Head = Head()


def find_loss(loss, output, y, bent: str | None) -> Found:
    if loss is None and y is None and isinstance(output, torch.Tensor) and output.numel() == 1:
        return Found(output.reshape(()), "the model's own loss")
    if loss is None and y is not None and isinstance(output, torch.Tensor):
        y = _classes(output, y)
    if isinstance(loss, type):
        raise bad("loss", loss, f"it is a class; give a loss that it makes, {loss.__name__}()")
    name = _loss_name(loss, output, y, bent)
    if not name:
        return Found((_only(output) * torch.randn_like(output)).sum() / len(output))
    function = getattr(nn.functional, name) if isinstance(loss, str | None) else loss
    crossed = loss is not None and _is_crossed(function, output, y)
    if name in LOSSES and y is not None and not crossed:
        output, y = _matched(_only(output), y, name, function)
    with explained(f"loss={name}: it does not fit the output and y"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it says of shapes, we say
        value = function(output) if y is None else function(output, y)
    if not isinstance(value, torch.Tensor) or value.numel() != 1:
        raise bad("loss", name, "it should give one number")
    head = _head(name, function, output, y, bent, crossed)
    known = _guessing_and_chance(name, function, output, y, bent, head)
    return Found(value.reshape(()), name, *known, head)


def _classes(output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Whole numbers, each on an axis of its own or as a 1 in a row of zeros, as plain ones."""
    several = output.dim() == y.dim() == 2 and output.shape[1] > 1 and not y.is_floating_point()
    if several and y.shape[1] == 1:
        return y[:, 0]
    if several and y.shape == output.shape and bool((y.sum(1) == 1).all() and (y >= 0).all()):
        return y.long().argmax(1)
    return y


def _is_crossed(function, output, y) -> bool:
    """Whether (N, 1) and (N,) are compared each with each, by PyTorch's rules for shapes."""
    if not (isinstance(output, torch.Tensor) and isinstance(y, torch.Tensor)):
        return False
    if output.numel() != y.numel() or output.shape == y.shape:
        return False
    shares = torch.rand(output.shape), torch.rand(y.shape)  # whatever the numbers are
    output, y = (each.to(output.device, output.dtype) for each in shares)
    right = y.reshape(output.shape)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tried = (output, right, output.reshape(y.shape), y)
            crossed, even_right, other, none = (float(function(each, y)) for each in tried)
    except Exception:  # it takes only one of them
        return False
    return not isclose(crossed, other, rel_tol=1e-3) and even_right > none == 0 < other


def _head(name: str, function, output, y, bent: str | None, crossed: bool) -> Head:
    if not (isinstance(output, torch.Tensor) and isinstance(y, torch.Tensor)) or output.dim() < 1:
        return Head()

    def loss(outputs: np.ndarray, targets: np.ndarray) -> float:
        asked = torch.as_tensor(outputs, dtype=output.dtype, device=output.device)
        with torch.no_grad():
            return float(function(asked, torch.as_tensor(targets, device=y.device)))

    axis = 1 if output.dim() > 1 and y.shape == output[:, 0].shape else -1
    if output.is_complex() or len(y) != len(output):
        return Head()
    numbers, targets = (each.detach().cpu().numpy() for each in (_full(output), _full(y)))
    units = output.shape[axis] if output.dim() > 1 else 1
    mean = "mean" if hasattr(function, "reduction") else ""
    return head_of(
        loss, numbers, targets, TAKES.get(name), bent or ends_in(output), units, mean, crossed
    )


def _full(values: torch.Tensor) -> torch.Tensor:
    return values.float() if values.is_floating_point() else values


def ends_in(output) -> str:
    """The function that a tensor comes from, as autograd has noted it; "" for all but these."""
    step = getattr(output, "grad_fn", None)
    while step is not None and name_of(step) in VIEWS:
        step = step.next_functions[0][0]
    return "" if step is None else ENDS.get(name_of(step), "")


def _guessing_and_chance(
    name: str, loss, output, y, bent: str | None, head: Head
) -> tuple[float, float]:
    if name not in LOSSES or y is None:
        return nan, nan
    targets = y
    if name in OF_CLASSES and y.is_floating_point():
        targets = y.movedim(1, -1).flatten(0, -2)
    elif name in OF_CLASSES:
        targets = y[y != getattr(loss, "ignore_index", -100)]

    def value_at(number: float) -> float:
        return float(loss(torch.full_like(output, number), y))

    numbers = targets.cpu().double().numpy()
    return guessing_and_chance(name, loss, numbers, value_at, bent == "sigmoid", neutral(head))


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
    """Classes are whole numbers, and everything else is regression; so are the whole numbers of a
    single output, unless they are 0 and 1."""
    if y.is_floating_point():
        return "mse_loss"
    if output.dim() > 1 and output.shape[1] > 1:
        return "cross_entropy"
    if not ((y == 0) | (y == 1)).all():
        return "mse_loss"
    return "binary_cross_entropy" if bent == "sigmoid" else "binary_cross_entropy_with_logits"


def _matched(output: torch.Tensor, y: torch.Tensor, name: str, loss):
    """(output, y) as PyTorch's losses take them, or ValueError.

    The classes come second, also of a sequence's (N, T, K). (N, 1) and (N,) are the same targets;
    PyTorch would compare each with each.
    """
    if name in OF_CLASSES:
        if y.is_floating_point() and y.shape == output.shape:  # probabilities
            return output, y
        if output.dim() > 2 and y.shape == output.shape[:-1] != output[:, 0].shape:
            output = output.movedim(-1, 1)
        classes = y[y != getattr(loss, "ignore_index", -100)].cpu().double().numpy()
        check_classes(classes, output.shape[1] if output.dim() > 1 else len(output))
        return output, y.long()
    if output.numel() != y.numel() or len(output) != len(y):
        raise misfit(y, output)
    return output.reshape(y.shape), y.to(output.dtype)


def _only(output) -> torch.Tensor:
    if not isinstance(output, torch.Tensor):
        raise no_tensor(output, "output, y")
    return output
