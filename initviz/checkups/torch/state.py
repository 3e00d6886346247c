"""A PyTorch module as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]

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
    with generators_kept(), torch.random.fork_rng(devices=list(devices)):
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
