"""The loss of a PyTorch module: which it is, and what guessing and chance give."""

from __future__ import annotations

from math import nan

import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]

from ...errors import bad, one_of
from ..adapter import explained, guessing_and_chance, misfit, no_tensor

# Losses that are recognised, as functions and as modules.
LOSSES = {
    "cross_entropy": nn.CrossEntropyLoss,
    "binary_cross_entropy": nn.BCELoss,
    "binary_cross_entropy_with_logits": nn.BCEWithLogitsLoss,
    "mse_loss": nn.MSELoss,
}


def find_loss(loss, output, y, bent: str | None) -> tuple[torch.Tensor, str, tuple[float, float]]:
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
    """Classes are whole numbers, and everything else is regression; so are the whole numbers of a
    single output, unless they are 0 and 1."""
    if y.is_floating_point():
        return "mse_loss"
    if output.dim() > 1 and output.shape[1] > 1:
        return "cross_entropy"
    if not ((y == 0) | (y == 1)).all():
        return "mse_loss"
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


def twice(name: str, output) -> str:
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
