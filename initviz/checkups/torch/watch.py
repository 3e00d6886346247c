"""What every layer and activation of a PyTorch module gives while a batch goes through."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import is_dataclass
from math import nan, sqrt

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]
from torch._C._functorch import is_functorch_wrapped_tensor  # pyright: ignore[reportMissingImports, reportMissingModuleSource]
from torch.overrides import TorchFunctionMode  # pyright: ignore[reportMissingImports]

from ...measure.examination import RECTIFIERS, size_of_inputs
from .. import adapter
from ..layer import GRID, Outputs, flat_parts

# Functions of one tensor, elementwise, as PyTorch names them (an underscore at the end aside).
SQUASHERS = {"hardsigmoid", "hardtanh", "logsigmoid", "sigmoid", "softsign", "tanh"}
ACTIVATIONS = RECTIFIERS | SQUASHERS | {"selu"}


NORMS = (
    nn.modules.batchnorm._NormBase,
    nn.LayerNorm,
    nn.GroupNorm,
    *([nn.RMSNorm] if hasattr(nn, "RMSNorm") else []),
)


def is_norm(module: nn.Module) -> bool:
    """PyTorch's, and those that others have named so: without any matrix."""
    flat = all(W is None or W.dim() < 2 for W in module._parameters.values())
    return isinstance(module, NORMS) or (flat and "Norm" in type(module).__name__)


class TorchWatch(adapter.Watch, TorchFunctionMode):
    def __init__(self, model: nn.Module) -> None:
        adapter.Watch.__init__(self)
        TorchFunctionMode.__init__(self)
        self._model, self._hooks = model, ExitStack()
        self.input_size, self.input_normed = nan, False  # of what reaches the first layer
        self.overflows = False

    def __enter__(self) -> TorchWatch:
        for module in self._model.modules():
            scripted = isinstance(module, torch.jit.ScriptModule)  # which cannot be watched
            if not scripted and any(True for _ in module.parameters(recurse=False)):
                self._hooks.callback(module.register_forward_hook(self._see_layer).remove)
        super().__enter__()
        return self

    def __exit__(self, *exception) -> None:
        super().__exit__(*exception)
        self._hooks.close()

    def see_output(self, output) -> None:
        self.last = self._who if self._is_newest(output) else None
        z = first_tensor(output)
        if z is not None:
            self.overflows = not bool(torch.isfinite(z).all())
            seen = Outputs()
            seen.note(*_by_unit(z.reshape(len(z), -1), 1))
            (self.output_spread,) = seen.spread

    def _see_layer(self, module: nn.Module, inputs, output) -> None:
        first = next(iter(inputs), None)
        if _is_wrapped(first):
            return  # within vmap there are no numbers to look at
        if not self.outputs:
            self._see_input(module, first)
        seen = self._called(module, first, is_norm(module))
        z = first_tensor(output)
        if z is None or z is self._newest:  # which a module inside of this one gave
            return
        # Images and their likes have the units second, all others have them last.
        kinds = (nn.modules.conv._ConvNd, nn.modules.batchnorm._NormBase, nn.GroupNorm)
        self._axis = 1 if isinstance(module, kinds) else -1
        seen.note(*_by_unit(z, self._axis))
        self._newest, self._who, self._bent = z, module, False

    def _see_input(self, module: nn.Module, x) -> None:
        self.input_normed = is_norm(module)
        if isinstance(x, torch.Tensor) and x.is_floating_point():
            self.input_size = size_of_inputs(x.detach().cpu().double().numpy())

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "").removesuffix("_")
        z = args[0] if args else kwargs.get("input")
        if name not in ACTIVATIONS or not isinstance(z, torch.Tensor) or _is_wrapped(z):
            return func(*args, **kwargs)
        before = self._who[1] if isinstance(self._who, tuple) else self._who
        seen = self._taker(name, z, (name, before))
        options = {key: kwargs[key] for key in kwargs.keys() - {"input", "inplace"}}
        with torch.no_grad():
            values = func(torch.tensor(GRID, device="cpu"), *args[1:], **options)
            z = _by_axis(z, self._axis).cpu().numpy()
            seen.note_saturated(z, flat_parts(values.numpy()))
        output = func(*args, **kwargs)
        seen.note(*_by_unit(output, self._axis))
        self._newest, self._bent = output, True
        return output


def _is_wrapped(x: object) -> bool:
    return isinstance(x, torch.Tensor) and is_functorch_wrapped_tensor(x)


def first_tensor(output) -> torch.Tensor | None:
    """Of floating point, with samples and units; of several parts, the first that has one."""
    if isinstance(output, torch.Tensor):
        return output if output.is_floating_point() and output.dim() > 1 else None
    if is_dataclass(output) and not isinstance(output, Mapping):
        output = vars(output)
    if isinstance(output, Mapping):  # as transformers' outputs are, of which loss comes first
        output = output.values()
    elif not isinstance(output, tuple | list):  # a packed sequence is one, its data first
        return None
    return next((z for part in output if (z := first_tensor(part)) is not None), None)


def _by_axis(z: torch.Tensor, axis: int) -> torch.Tensor:
    """(units, …), in full precision."""
    return z.detach().float().movedim(axis if z.dim() > 2 else 1, 0)


def _by_unit(z: torch.Tensor, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """(mean, std) of every unit's outputs. (torch.var_mean takes forty times as long.)"""
    z = _by_axis(z, axis)
    others = tuple(range(1, z.dim()))
    mean = z.mean(others, keepdim=True)
    std = torch.linalg.vector_norm(z - mean, dim=others) / sqrt(z.numel() / len(z))
    return mean.flatten().cpu().double().numpy(), std.cpu().double().numpy()
