"""A PyTorch module as it was before."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]
from torch.utils._python_dispatch import TorchDispatchMode  # pyright: ignore[reportMissingImports]

from ..adapter import Scope, generators_kept


@contextmanager
def untouched(model: nn.Module) -> Iterator[Kept]:
    """Within, the model trains, on random numbers of its own; afterwards it is as it was.

    What may write weights has to be done within ``Kept.writes``.
    """
    devices = {p.device for p in model.parameters() if p.is_cuda}
    random = torch.random.fork_rng(devices=list(devices))
    modes = torch.inference_mode(False), torch.enable_grad()
    with generators_kept(), random, _eager(), Kept(model) as held, modes[0], modes[1]:
        torch.manual_seed(0)
        model.train()
        yield held


@contextmanager
def kept(model: nn.Module) -> Iterator[Scope]:
    """Within, mends may change the model; afterwards it is as it was. Gives what they import."""
    with untouched(model) as held, held.writes():
        yield {"torch": torch}


def _eager():
    """What is compiled would be compiled again, since it is watched, which takes minutes."""
    if "torch._dynamo" in sys.modules and hasattr(torch.compiler, "set_stance"):
        return torch.compiler.set_stance("force_eager")
    return nullcontext()


def _place(values: torch.Tensor) -> int | None:
    """Where its numbers are, for all views of them; None of tensors that others are made of."""
    try:
        return values.untyped_storage().data_ptr() or None
    except (RuntimeError, NotImplementedError):
        return None


class Kept:
    """Whatever happens to a model within is undone afterwards: to its weights and buffers, its
    modules and attributes, and to what is trained.

    Weights are kept only when something is about to write them, so that there is no second copy.
    Buffers are kept from the start: steps such as batch norm's do not say that they write them.
    """

    def __init__(self, model: nn.Module) -> None:
        self._held = [(holder, holder.copy()) for m in model.modules() for holder in _holders(m)]
        tensors = dict.fromkeys(each for module in model.modules() for each in _tensors(module))
        self._buffers = [(each, each.detach().clone()) for each in tensors if not each.is_sparse]
        self._trained = [(W, W.requires_grad, W.data) for W in model.parameters()]
        self._there: dict[int | None, list[torch.Tensor]] = {}
        for W in model.parameters():
            self._there.setdefault(_place(W), []).append(W)
        self._written: dict[int, list[tuple[torch.Tensor, torch.Tensor]]] = {}

    def writes(self) -> TorchDispatchMode:
        """Within, weights are kept before they are written."""
        return _Writes(self)

    def keep(self, thing: object) -> None:
        for values in thing if isinstance(thing, list | tuple) else (thing,):
            place = _place(values) if isinstance(values, torch.Tensor) else None
            if place is not None and place in self._there and place not in self._written:
                self._written[place] = [(W.data, W.detach().clone()) for W in self._there[place]]

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *exception) -> None:
        for there in self._written.values():
            for W, values in there:
                W.copy_(values)
        for W, trained, data in self._trained:
            if W.data_ptr() != data.data_ptr():
                W.data = data
            W.requires_grad_(trained)
        for holder, before in self._held:
            holder.clear()
            (holder.extend if isinstance(holder, list) else holder.update)(before)
        with torch.no_grad():
            for buffer, values in self._buffers:
                if not torch.equal(buffer, values):
                    buffer.resize_(values.shape).copy_(values)


class _Writes(TorchDispatchMode):
    """Sees every step that says that it writes something."""

    def __init__(self, held: Kept) -> None:
        super().__init__()
        self._held = held

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """PyTorch would import its compiler, for a second, to be sure that it leaves us alone."""
        return False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func._schema.is_mutable:
            for each in (*args, *kwargs.values()):
                self._held.keep(each)
        return func(*args, **kwargs)


def _holders(thing: Any) -> Iterator[Any]:
    """All that a module keeps its parts in, its attributes among them."""
    held = vars(thing) if isinstance(thing, nn.Module) else thing
    yield held
    inside = held.values() if isinstance(held, dict) else held
    for each in [*inside]:
        if type(each) in (dict, list, set):
            yield from _holders(each)


def _tensors(module: nn.Module) -> Iterator[torch.Tensor]:
    """Buffers, and what else it keeps that is no weight."""
    for each in (*module._buffers.values(), *vars(module).values()):
        if isinstance(each, torch.Tensor):
            yield each
