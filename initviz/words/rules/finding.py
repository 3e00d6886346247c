"""What a finding is, and what all rules have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from ...measure import standards
from ...measure.examination import Examination, Layer, asked_for
from ..numbers import listed

LEVELS = ("serious", "worth a look", "fine")
SERIOUS, LOOK, FINE = LEVELS

# Causes come before effects.
ENDS = ("output", "labels", "not finite", "shapes", "inputs")
CAUSES = (*ENDS, "zeros", "symmetry", "norms", "weights", "scheme", "priors")
EFFECTS = ("saturated", "gradient", "signal", "targets", "update", "loss")
ASIDE = ("unlisted", "detached", "twins", "unbent", "summed", "unused")
SIGNS = (*CAUSES, *EFFECTS, *ASIDE)

# What a finding explains: mended, it takes these with it, and so they are not told, unless they
# are worse.
EXPLAINS = {
    "not finite": set(standards.ZONES),  # nothing else that was measured means anything
    "output": {"not finite", "saturated", "gradient", "loss", "symmetry", "zeros"},
    "labels": {"not finite", "loss", "saturated", "gradient"},
    "shapes": {"loss"},
    "inputs": {"weights", "saturated", "gradient", "signal", "scheme", "update", "loss"},
    "zeros": {"symmetry", "saturated", "gradient", "signal", "weights", "update"},
    "symmetry": {"weights", "saturated", "gradient", "signal", "update"},
    "norms": {"weights", "signal", "gradient"},
    "weights": {"saturated", "gradient", "signal", "scheme", "update", "loss"},
    "saturated": {"gradient", "signal"},
    "gradient": {"signal", "update"},
    "scheme": {"signal"},
    "priors": {"gradient"},
    "targets": {"update", "loss"},
}


@dataclass(frozen=True)
class Finding:
    """One thing that a check-up has found.

    sign: what was looked at. level: one of ``LEVELS``. sentence: with the number behind it.
    mend: a line of code or two, for a model called ``model``; "" where there is nothing to mend, or
        no mend is known. others: what else might help, if that does not.
    layers: the names of those concerned.
    """

    sign: str
    level: str
    sentence: str
    mend: str
    layers: tuple[str, ...]
    others: tuple[str, ...] = ()


def finding(
    sign: str, level: str, layers: Sequence[Layer], sentence: str, mend: str, *others: str
) -> Finding:
    return Finding(sign, level, sentence, mend, tuple(layer.name for layer in layers), others)


def rank(found: Finding) -> int:
    """0 is the worst."""
    return LEVELS.index(found.level)


def level_of(sign: str, value: float) -> str:
    """How bad it is if a sign has this value; "" where it is healthy."""
    if standards.outside(value, standards.SERIOUS.get(sign, (-inf, inf))):
        return SERIOUS
    return LOOK if standards.outside(value, standards.ZONES[sign]) else ""


def named(layers: Sequence[Layer]) -> str:
    names = [f"`{layer.name}`" for layer in layers]
    if len(names) > 3:
        return f"{len(names)} layers ({names[0]} to {names[-1]})"
    return listed(names)


def calm(e: Examination) -> str:
    """Branches that add less, where what they have added up is too large; "" without branches."""
    ends = [layer for layer in e.layers if layer.joins]
    grown = any(layer.spread > standards.ZONES["signal"][1] for layer in e.layers)
    return e.mends.silence(ends) if ends and grown else ""


def redraw(e: Examination, layers: Sequence[Layer]) -> str:
    """By the scheme that most of them ask for, those with an activation counting first."""
    schemes = [asked_for(layer) for layer in layers if layer.activation]
    schemes = schemes or [asked_for(layer) for layer in layers]
    return e.mends.redraw(layers, max(schemes, key=schemes.count)) if schemes else ""
