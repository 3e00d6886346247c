"""In words: a vital sign that is out of its healthy zone."""

import numpy as np

from ..measure.standards import ZONES, outside, saturated_word
from ..measure.vitals import Vitals, weight_sizes
from .numbers import CALLED, INFINITE, are, count, how_many_times, short


def is_out(v: Vitals, sign: str) -> bool:
    """Whether a sign is out of its zone in the median restart's worst layer."""
    if sign not in ZONES or not len(v.values[sign]):
        return False
    value = v.worst(sign)[1]
    no_step = sign == "update" and value == 0  # "gradient" says that
    return bool(outside(value, ZONES[sign])) and not no_step


@np.errstate(all="ignore")
def said(v: Vitals, sign: str) -> str:
    """The sentence on a sign's worst layer."""
    layer, value = v.worst(sign)
    is_last = layer == len(v.network.weights) - 1
    return SENTENCES[sign](v, layer, "the output layer" if is_last else f"layer {layer + 1}", value)


# In the order of the zones. Each takes vitals, the layer from 0, its name, and the value there.


def _weights(v: Vitals, layer: int, name: str, value: float) -> str:
    if value == 0:
        return f"All weights of {name} are equal: they were not drawn at random."
    std = short(float(np.median(weight_sizes(v.network)[layer])))
    drawn = f"than {v.scheme} would draw them (std {std})"
    return f"The weights of {name} are {how_many_times(value)} {drawn}."


def _signal(v: Vitals, layer: int, name: str, value: float) -> str:
    if value > 1:
        size = "overflow" if np.isinf(value) else f"vary by {short(value)} from sample to sample"
        return f"The signal has grown too large: the units of {name} {size}."
    if value == 0:
        return f"No signal gets through {name}: its output is the same for every sample."
    size = f"vary by only {short(value)} from sample to sample"
    return f"The signal has faded: the units of {name} {size}."


def _saturated(v: Vitals, layer: int, name: str, value: float) -> str:
    word = CALLED[saturated_word(v.network.activation)]
    return f"In {name}, {value:.0%} of the units are {word}."


def _distinct(v: Vitals, layer: int, name: str, value: float) -> str:
    units, differ = v.network.layers[layer + 1], round(value * v.network.layers[layer + 1])
    only = f"only {differ} of them {are(differ)} distinct"
    return f"{name.capitalize()} has {count(units, 'unit')}, but {only}."


def _gradient(v: Vitals, layer: int, name: str, value: float) -> str:
    if value == 0:
        return f"The gradient of {name} is exactly zero."
    if np.isinf(value):
        return f"The gradient of {name} overflows."
    return f"The gradient of {name} is {how_many_times(value)} than that of the output layer."


def _update(v: Vitals, layer: int, name: str, value: float) -> str:
    if np.isinf(value):
        return f"In {name} the first step overflows."
    if value > 1:
        return f"In {name} the first step is {short(value)} times as large as the weights."
    steps = short(1 / value, INFINITE)
    return f"Steps are short: {name} needs {steps} of them to move its weights by their own size."


def _loss(v: Vitals, layer: int, name: str, value: float) -> str:
    start, chance = short(float(np.median(v.losses))), short(v.chance)
    return f"The first loss is far too high: {start}, where knowing nothing gives {chance}."


OF_EACH = (_weights, _signal, _saturated, _distinct, _gradient, _update, _loss)
SENTENCES = dict(zip(ZONES, OF_EACH, strict=True))
