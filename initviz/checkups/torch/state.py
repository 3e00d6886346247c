"""A PyTorch module as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]
from torch.utils._python_dispatch import TorchDispatchMode  # pyright: ignore[reportMissingImports]

from ..adapter import generators_kept


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
    kept = generators_kept(), torch.random.fork_rng(devices=list(devices))
    with kept[0], kept[1], torch.inference_mode(False), torch.enable_grad():
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
                        buffer.resize_(values.shape).copy_(values)


def _place(values: torch.Tensor) -> int | None:
    """Where its numbers are, for all views of them; None of tensors that others are made of."""
    try:
        return values.data_ptr()
    except RuntimeError:
        return None


class Kept(TorchDispatchMode):
    """Within, a model's weights may change, and its modules, and which weights are trained;
    afterwards it is as it was. Only weights that do change are kept."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._held = [(m, dict(vars(m)), dict(m._modules)) for m in model.modules()]
        self._trained = [(W, W.requires_grad) for W in model.parameters()]
        self._weights = {_place(W): W for W in model.parameters()}
        self._kept: dict[int | None, torch.Tensor] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func._schema.is_mutable:
            for each in args:
                if isinstance(each, torch.Tensor) and (place := _place(each)) in self._weights:
                    self._keep(place)
        return func(*args, **(kwargs or {}))

    def _keep(self, place: int | None) -> None:
        if place not in self._kept:
            self._kept[place] = self._weights[place].detach().clone()

    def __exit__(self, *exception) -> None:
        super().__exit__(*exception)
        for place, values in self._kept.items():
            self._weights[place].data.copy_(values)
        for W, trained in self._trained:
            W.requires_grad_(trained)
        for module, attributes, parts in self._held:
            vars(module).clear()
            vars(module).update(attributes)
            module._modules.clear()
            module._modules.update(parts)


@contextmanager
def kept(model: nn.Module) -> Iterator[dict[str, object]]:
    """Within, mends may change the model; afterwards it is as it was. Gives what they import."""
    with untouched(model), Kept(model):
        yield {"torch": torch}
