"""A batch through a PyTorch module, forward and backward, watched by hooks that leave no trace."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import nullcontext
from math import nan
from typing import Any

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]

from ...measure.examination import USUAL_RATE, Examination
from ...training.blas import one_blas_thread
from ..adapter import depended_on, explained
from .batch import backward, check_model, inputs_of, tensor
from .graph import ways as ways_to
from .layers import layers, unlisted
from .loss import Found, find_loss
from .mends import TorchMends
from .state import Kept, kept, untouched
from .steps import train
from .watch import TorchWatch, first_tensor

__all__ = ["examine", "is_model", "kept", "train"]


def is_model(thing: object) -> bool:
    return isinstance(thing, nn.Module)


def examine(
    model: nn.Module, X, y=None, loss=None, learning_rate: float | None = None
) -> Examination:
    """See ``checkups.checkup``."""
    model = getattr(model, "_orig_mod", model)  # what torch.compile has wrapped
    check_model(model)
    others = Kept(loss) if isinstance(loss, nn.Module) else nullcontext()
    with others, untouched(model) as held:
        inputs, named = inputs_of(model, X)
        y = None if y is None else tensor(model, "y", y)
        shapes = [tuple(x.shape) for x in (*inputs, *named.values()) if hasattr(x, "shape")]
        shape = shapes[0] if len(shapes) == 1 else shapes
        through = explained(f"X of shape {shape} does not go through the model")
        with held.writes(), TorchWatch(model) as watch, through:
            output = model(*inputs, **named)
        watch.see_output(output)
        if watch.overflows:
            found = Found(torch.tensor(nan))
            ways, gradients = {}, {}
        else:
            found = find_loss(loss, output, y, watch.last_activation)
            ways = ways_to(found.value)
            gradients = backward(model, found.value)
    apart = {W for W, slope in gradients.items() if slope is None}
    rate = USUAL_RATE if learning_rate is None else learning_rate
    with one_blas_thread:  # for all of them at once
        rows = tuple(layers(model, watch, gradients, ways, rate))
    return Examination(
        framework="PyTorch",
        layers=rows,
        output_spread=watch.output_spread,
        loss_name=found.name,
        loss=float(found.value.detach()) if found.name else nan,
        guessing=found.guessing,
        chance=found.chance,
        learning_rate=rate,
        rate_told=learning_rate is not None,
        mends=TorchMends(model, rows),
        input_size=watch.input_size if len(inputs) == 1 else nan,
        input_normed=watch.input_normed,
        unlisted=unlisted(model, ways, loss),
        head=found.head,
        detached=_detached(model, lambda: model(*inputs, **named), apart),
    )


def _detached(
    model: nn.Module, forward: Callable[[], Any], apart: Collection[nn.Parameter]
) -> frozenset[str]:
    def output_with(weights: list[nn.Parameter]) -> np.ndarray:
        with kept(model):
            for W in weights:
                W.data.mul_(2).add_(1)
            z = first_tensor(forward())
        return np.empty(0) if z is None else z.detach().float().cpu().numpy()

    named = {name: W for name, W in model.named_parameters() if W in apart}
    return depended_on(named, output_with)
