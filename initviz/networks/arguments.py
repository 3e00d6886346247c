"""Checks of what a network is asked to be, shared by all who ask."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

import numpy as np

from ..errors import bad, items, number, one_of, same_name, whole
from .initializers import ALIASES, INITIALIZERS

# What α of a skip can be, beside a number; see ``network.init_network``.
ALPHAS = ("1/sqrt(depth)", "rezero")


def check_layers(argument: str, layers: object) -> tuple[int, ...]:
    remedy = "give the units a layer as a tuple, such as (16, 16)"
    if not isinstance(layers, Sequence | np.ndarray):
        raise bad(argument, layers, remedy)
    given = items(argument, layers, remedy)
    plain = (each.tolist() if isinstance(each, np.ndarray) else each for each in given)
    return tuple(whole(argument, units, least=1) for units in plain)


def check_seed(seed: object) -> int:
    """The last 128 bits, as many as NumPy mixes; an int of a million digits cannot be printed."""
    return whole("seed", seed, least=0, below=inf) % 2**128


def check_initializer(initializer: object) -> str | tuple[str, ...]:
    return _one_or_each("initializer", _check_scheme, initializer)


def _check_scheme(name: object) -> str:
    own = "register your function with @iv.initializers.initializer"
    remedy = f"give the name of an initializer; {own}"
    known = one_of("initializer", name, INITIALIZERS, function=remedy)
    return ALIASES.get(known, known)


def each_layer(argument: str, value: Any, layers: int) -> tuple:
    """One value a layer: the tuple that was given, or the same value for all."""
    if not isinstance(value, tuple):
        return (value,) * layers
    if len(value) != layers:
        remedy = f"give one value, or {layers}: one a layer, the output's last"
        raise bad(argument, value, f"{remedy}; hidden_layers has {layers - 1}")
    return value


def check_bias(bias: object) -> float | str | tuple[float | str, ...]:
    return _one_or_each("bias", _check_constant, bias)


def check_alpha(alpha: object) -> float | str:
    if not isinstance(alpha, str):
        return number("alpha", alpha)
    return one_of("alpha", alpha, ALPHAS)


def _one_or_each(argument: str, check: Callable[[object], Any], value: object) -> Any:
    if not isinstance(value, tuple | list):
        return check(value)
    return tuple(map(check, items(argument, value, "give one for all layers, or one a layer")))


def _check_constant(bias: object) -> float | str:
    if not isinstance(bias, str):
        return number("bias", bias)
    known = same_name(bias, ("same", *INITIALIZERS))
    if known is None:
        raise bad("bias", bias, 'give a number, a scheme, or "same" for that of the weights')
    return ALIASES.get(known, known)
