"""A few steps of Adam, after which a PyTorch module is as it was."""

from __future__ import annotations

from math import isfinite

import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]

from ..adapter import explained
from .batch import backward, inputs_of, tensor
from .loss import ends_in, find_loss
from .state import kept


def train(model: nn.Module, X, y, loss, rate: float, steps: int) -> tuple[float, ...]:
    """The losses of one batch, before each step and after the last; up to one that is not finite.

    Weights that are trained are kept meanwhile: that is one more copy of them.
    """
    trained = [p for p in model.parameters() if p.requires_grad]
    before = [p.grad for p in trained]
    losses: list[float] = []
    with explained("steps: they cannot be taken"), kept(model):
        inputs, named = inputs_of(model, X)
        y = None if y is None else tensor(model, "y", y)
        adam = torch.optim.Adam(trained, lr=rate)
        try:
            while len(losses) <= steps and all(map(isfinite, losses)):
                output = model(*inputs, **named)
                value = find_loss(loss, output, y, ends_in(output)).value
                losses.append(float(value.detach()))
                for p, slope in backward(model, value).items():
                    p.grad = slope
                if len(losses) <= steps:
                    adam.step()
        finally:
            for p, grad in zip(trained, before, strict=True):
                p.grad = grad
    return tuple(losses)
