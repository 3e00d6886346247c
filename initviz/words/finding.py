"""What a finding is, and what the rules that find it have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan

from ..measure import standards
from ..measure.examination import Examination, Layer

LEVELS = ("serious", "worth a look", "fine")
SERIOUS, LOOK, FINE = LEVELS

# Which scheme an activation asks for. What is not named here gets Glorot's.
RECTIFIERS = {"celu", "elu", "gelu", "leaky_relu", "mish", "relu", "silu", "softplus", "swish"}
RECTIFIERS |= {"relu6", "hardswish", "hard_swish", "hard_silu"}  # as frameworks spell them
ASKS_FOR = dict.fromkeys(RECTIFIERS, "He") | {"selu": "LeCun"}

CALLED = {"dead": "dead (no slope at any sample)", "saturated": "saturated"}


@dataclass(frozen=True)
class Finding:
    """One thing that a check-up has found.

    sign: what was looked at. level: one of ``LEVELS``. sentence: with the number behind it.
    mend: one line of code, for a model called ``model``; "" where there is nothing to mend.
    layers: the names of those concerned.
    """

    sign: str
    level: str
    sentence: str
    mend: str
    layers: tuple[str, ...]


def finding(sign: str, level: str, layers: Sequence[Layer], sentence: str, mend: str) -> Finding:
    return Finding(sign, level, sentence, mend, tuple(layer.name for layer in layers))


def level_of(sign: str, value: float) -> str:
    """How bad it is if a sign has this value; "" where it is healthy."""
    if standards.outside(value, standards.SERIOUS.get(sign, (-inf, inf))):
        return SERIOUS
    return LOOK if standards.outside(value, standards.ZONES[sign]) else ""


def misfit(ratio: float) -> float:
    """How many times too large or too small."""
    return max(ratio, 1 / ratio) if ratio > 0 else inf if ratio == 0 else 0.0


def named(layers: Sequence[Layer]) -> str:
    names = [f"`{layer.name}`" for layer in layers]
    if len(names) > 3:
        return f"{len(names)} layers ({names[0]} to {names[-1]})"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def asked_for(layer: Layer) -> str:
    """The scheme that fits what the layer's output goes into."""
    return ASKS_FOR.get(layer.activation or "", "Glorot")


def redraw(e: Examination, layers: Sequence[Layer]) -> str:
    """By the scheme that most of them ask for, those with an activation counting first."""
    schemes = [asked_for(layer) for layer in layers if layer.activation]
    schemes = schemes or [asked_for(layer) for layer in layers]
    return e.mends.redraw(layers, max(schemes, key=schemes.count)) if schemes else ""


def size_against(layer: Layer) -> float:
    """The weights' std, divided by what the activation asks for; without one, by the nearest.

    NaN where weights have no fan-in.
    """
    if layer.activation or not layer.against:
        return layer.against.get(asked_for(layer), nan)
    return min(layer.against.values(), key=misfit)
