"""Checks of what a network is asked to be, shared by all who ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import bad, number, one_of, whole
from .initializers import INITIALIZERS


def check_layers(argument: str, layers: Sequence[int]) -> tuple[int, ...]:
    if isinstance(layers, str) or not isinstance(layers, Sequence | np.ndarray):
        raise bad(argument, layers, "give the units a layer as a tuple, such as (16, 16)")
    return tuple(whole(argument, units, least=1) for units in layers)


def check_scale(scale: float) -> float:
    return number("scale", scale, least=0)


def check_initializer(initializer: str | Sequence[str]) -> str | tuple[str, ...]:
    if isinstance(initializer, tuple | list):
        for name in initializer:
            one_of("initializer", name, INITIALIZERS)
        return tuple(initializer)
    one_of("initializer", initializer, INITIALIZERS)
    return initializer


def each_layer(argument: str, value: Any, layers: int) -> tuple:
    """One value a layer: the tuple that was given, or the same value for all."""
    if not isinstance(value, tuple):
        return (value,) * layers
    if len(value) != layers:
        raise bad(
            argument,
            value,
            f"give one value, or {layers}: one a layer, the output's last; "
            f"hidden_layers has {layers - 1}",
        )
    return value


def check_bias(bias: float | str | Sequence) -> float | str | tuple:
    if isinstance(bias, tuple | list):
        return tuple(_check_constant(each) for each in bias)
    return _check_constant(bias)


def _check_constant(bias: float | str) -> float | str:
    if isinstance(bias, str):
        if bias == "same" or bias in INITIALIZERS:
            return bias
        raise bad("bias", bias, 'give a number, a scheme, or "same" for that of the weights')
    return number("bias", bias)
