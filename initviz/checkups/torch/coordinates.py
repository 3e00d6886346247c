"""PyTorch modules of several widths, trained for a few steps: what each layer gives before and
after every one of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise, zip_longest
from math import sqrt
from typing import Any

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]
from torch.nn.utils import parametrize  # pyright: ignore[reportMissingImports]

from ...errors import bad, one_of
from ...measure.coordinates import Coordinates
from ..adapter import explained, generators_kept
from .batch import backward, check_model, inputs_of, tensor
from .loss import ends_in, find_loss
from .watch import first_tensor

OPTIMIZERS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
USUAL_RATES = {"adam": 1e-3, "sgd": 0.1}
PAIR = "give a function of the width that returns a torch.nn.Module, or (module, its optimizer)"
WHOLE = "the model"  # the name of a model with weights of its own, as a layer

Pass = dict[str, torch.Tensor]  # by layer all the numbers that it gives


def coordinates(
    make: Callable[[int], Any],
    widths: tuple[int, ...],
    X,
    y,
    loss,
    optimizer,
    learning_rate: float | None,
    steps: int,
    seeds: int,
) -> Coordinates:
    """See ``checkups.coordinate_check``."""
    with _own_generators(), torch.inference_mode(False), torch.enable_grad():
        maker = Maker(make, optimizer, learning_rate)
        maker.check(widths)
        layers: list[str] = []
        starts, changes, counts = [], [], []
        for seed in range(seeds):
            for width in widths:
                model, stepper = maker.made(width, seed)
                passes = _passes(model, stepper, X, y, loss, steps, seed)
                layers = _same_layers(layers or [*passes[0]], passes, width)
                starts.append([_rms(z) for z in passes[0].values()])
                changes.append(_changes(passes, steps))
                counts.append([len(z) for z in passes[0].values()])
    shape = (seeds, len(widths), len(layers))
    return Coordinates(
        widths=widths,
        layers=tuple(layers),
        starts=np.array(starts).reshape(shape),
        changes=np.moveaxis(np.array(changes), 1, 0).reshape(steps, *shape),
        readout=np.ptp(np.array(counts), axis=0) == 0,
    )


@contextmanager
def _own_generators() -> Iterator[None]:
    """Afterwards, all random generators are as they were."""
    devices = range(torch.cuda.device_count())
    with generators_kept(), torch.random.fork_rng(devices=devices):
        yield


class Maker:
    """Calls the user's factory, each time with the random numbers of a seed."""

    def __init__(self, make: Callable, optimizer, learning_rate: float | None) -> None:
        self._make, self._rate = make, learning_rate
        self._told = {"optimizer": optimizer, "learning_rate": learning_rate}
        self._optimizer = "adam" if optimizer is None else optimizer
        if not callable(self._optimizer):
            self._optimizer = one_of("optimizer", self._optimizer, OPTIMIZERS)

    def check(self, widths: Sequence[int]) -> None:
        """Raise ValueError unless every call gives new weights, and more of them the wider it is.

        Models that share weights would be trained one after the other, and the user's with them.
        """
        sizes = [sum(p.numel() for p in self.made(width, 0)[0].parameters()) for width in widths]
        if any(wide <= narrow for narrow, wide in pairwise(sizes)):
            remedy = "its models have to grow with the width, and have {} weights"
            raise bad("make", self._make, remedy.format(", ".join(f"{size:,}" for size in sizes)))
        one, other = (self.made(widths[0], 0)[0] for _ in range(2))
        places = {p.data_ptr() for p in one.parameters() if p.numel()}
        if any(p.data_ptr() in places for p in other.parameters()):
            raise bad(
                "make", self._make, "two of its models share weights: make new ones each time"
            )

    def made(self, width: int, seed: int) -> tuple[nn.Module, torch.optim.Optimizer]:
        _sow(seed)
        with explained(f"make({width}) fails"):
            made = self._make(width)
        model, *rest = made if isinstance(made, tuple) and len(made) == 2 else (made,)
        model = getattr(model, "_orig_mod", model)  # what torch.compile has wrapped
        if not isinstance(model, nn.Module):
            raise bad("make", self._make, f"it gives a {type(made).__name__}: {PAIR}")
        check_model(model)
        model.train()
        return model, self._of_user(model, rest[0]) if rest else self._ours(model)

    def _of_user(self, model: nn.Module, optimizer) -> torch.optim.Optimizer:
        for name, told in self._told.items():
            if told is not None:
                raise bad(name, told, "make brings an optimizer of its own: leave this out")
        if not hasattr(optimizer, "step") or not hasattr(optimizer, "param_groups"):
            raise bad(
                "make", self._make, f"beside its model is a {type(optimizer).__name__}: {PAIR}"
            )
        theirs = {p for group in optimizer.param_groups for p in group["params"]}
        if theirs.isdisjoint(model.parameters()):
            raise bad("make", self._make, "its optimizer has none of its model's weights")
        return optimizer

    def _ours(self, model: nn.Module) -> torch.optim.Optimizer:
        kind, rate = self._optimizer, self._rate
        if isinstance(kind, str):
            rate = USUAL_RATES[kind] if rate is None else rate
            kind = OPTIMIZERS[kind]
        rates = {} if rate is None else {"lr": rate}
        with explained("optimizer: it cannot be made"):
            return kind(model.parameters(), **rates)


def _sow(seed: int) -> None:
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)


def _passes(
    model: nn.Module, optimizer: torch.optim.Optimizer, X, y, loss, steps: int, seed: int
) -> list[Pass]:
    """What all layers give before training and after every step, up to where it overflows."""
    y = None if y is None else tensor(model, "y", y)
    seen = []
    for step in range(steps + 1):
        _sow(seed)  # the same dropout each time, which is no change
        inputs, named = inputs_of(model, X)  # anew: the model may have worked in place
        with explained("X does not go through the model"), Watch(model) as watch:
            output = model(*inputs, **named)
        watch.see_output(output)
        seen.append(watch)
        if step == steps or not watch.finite:
            break
        found = find_loss(loss, output, y, ends_in(output))
        for parameter, slope in backward(model, found.value).items():
            parameter.grad = slope
        with explained("the optimizer cannot take a step"):
            optimizer.step()
    scaled = all(watch.scaled for watch in seen)
    return [watch.numbers(scaled) for watch in seen]


class Watch:
    """What every layer gives in one pass; a layer is a module with weights of its own."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._hooks = []
        self._calls: dict[str, list[torch.Tensor]] = {}
        self._newest: torch.Tensor | None = None
        self._last: tuple[str, torch.Tensor] | None = None  # the last layer, as the output has it

    def __enter__(self) -> Watch:
        for name, module in self._model.named_modules():
            if module is not self._model and _is_layer(module):
                self._hooks.append(module.register_forward_hook(self._hook(name)))
        return self

    def __exit__(self, *exception) -> None:
        for hook in self._hooks:
            hook.remove()

    def _hook(self, name: str) -> Callable:
        def see(module: nn.Module, inputs, output) -> None:
            z = first_tensor(output)
            if z is not None and z is not self._newest:  # which a module inside of this one gave
                self._note(name, z)

        return see

    def _note(self, name: str, z: torch.Tensor) -> None:
        self._newest = z
        self._calls.setdefault(name, []).append(_flat(z))
        self._last = None

    def see_output(self, output) -> None:
        """Many a μP model multiplies its last layer's outputs by 1/width: then the product counts,
        and not what the layer gives."""
        z = output if isinstance(output, torch.Tensor) else first_tensor(output)
        name = next(reversed(self._calls), None)
        if z is None or z is self._newest:
            return
        if name is not None and _is_multiple(self._calls[name][-1], z):
            self._last = name, _flat(z)
        elif _is_layer(self._model):
            self._note(WHOLE, z)

    @property
    def scaled(self) -> bool:
        return self._last is not None

    @property
    def finite(self) -> bool:
        return all(bool(torch.isfinite(z).all()) for calls in self._calls.values() for z in calls)

    def numbers(self, scaled: bool) -> Pass:
        """All calls of a layer, one after the other. scaled: whether the last layer's are as the
        output has them."""
        if scaled and self._last is not None:
            name, z = self._last
            self._calls[name][-1] = z
        return {name: torch.cat(calls) for name, calls in self._calls.items()}


def _is_layer(module: nn.Module) -> bool:
    if isinstance(module, parametrize.ParametrizationList):  # gives weights, and no activations
        return False
    own = any(True for _ in module.parameters(recurse=False))
    return own or parametrize.is_parametrized(module)


def _flat(z: torch.Tensor) -> torch.Tensor:
    """A copy, in full precision: what follows may work in place."""
    return z.detach().to("cpu", torch.float64, copy=True).flatten()


def _is_multiple(z: torch.Tensor, output: torch.Tensor) -> bool:
    """Whether an output is one number times z, up to rounding."""
    other, rounding = _flat(output), 4 * torch.finfo(output.dtype).eps
    if len(z) != len(other):
        return False
    factor = (z @ other) / (z @ z) if z.any() else z.new_zeros(())
    return bool((other - factor * z).norm() <= rounding * other.norm())


def _same_layers(layers: list[str], passes: list[Pass], width: int) -> list[str]:
    """Raise ValueError unless every pass has these layers, and as many numbers as the first."""
    if not layers:
        raise bad(
            "make", f"a model of width {width}", "none of its layers gives a tensor of numbers"
        )
    for each in passes:
        for there, here in zip_longest(layers, each):
            if there != here:
                here, there = (f"`{name}`" if name else "no layer" for name in (here, there))
                raise ValueError(
                    f"make: at width {width} it has {here} where it first had {there}: its models "
                    "may differ in nothing but their width"
                )
        for name, z in each.items():
            if len(z) != len(passes[0][name]):
                raise ValueError(
                    f"make: `{name}` gives another number of outputs after a step: what has "
                    "changed in them cannot be told"
                )
    return layers


def _changes(passes: list[Pass], steps: int) -> list[list[float]]:
    """(steps, layers); NaN for steps that were not taken."""
    start, *later = passes
    taken = [[_rms(z - start[name]) for name, z in each.items()] for each in later]
    return taken + [[np.nan] * len(start)] * (steps - len(later))


def _rms(z: torch.Tensor) -> float:
    return float(z.norm()) / sqrt(len(z))
