"""How numbers and settings are written, in the sentences and in the pictures alike."""

from collections.abc import Sequence
from math import inf, isfinite
from numbers import Real
from typing import Any

import numpy as np

from ..measure.intervals import Interval


def times(factor: float) -> str:
    """A factor with two digits after the point, where that says something.

    >>> times(0.714), times(1), times(12.3)
    ('0.71', '1.00', '12')
    """
    return f"{factor:.2f}" if 0.1 <= factor < 10 else short(factor)


@np.errstate(all="ignore")
def how_many_times(ratio: float) -> str:
    """
    >>> how_many_times(12), how_many_times(0.25), how_many_times(inf)
    ('12 times larger', '4 times smaller', 'infinitely many times larger')
    """
    side, factor = ("larger", ratio) if ratio >= 1 else ("smaller", np.divide(1, ratio))
    return f"{short(factor, INFINITE)} times {side}"


INFINITE = "infinitely many"  # more than a float can hold
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def short(value: float, beyond: str = "overflow") -> str:
    """Two digits, as people write them; ``beyond`` for inf and NaN.

    >>> [short(value) for value in (0.0333, 12, 4123, 3e-7, float("inf"))]
    ['0.033', '12', '4,100', '3·10⁻⁷', 'overflow']
    """
    if not isfinite(value):
        return beyond
    rounded = float(f"{value:z.2g}")
    if rounded == 0 or 1e-3 <= abs(rounded) < 100:
        return f"{rounded:.2g}"
    if 100 <= abs(rounded) < 1e6:
        return f"{rounded:,.0f}"
    digits, power = f"{value:.1e}".replace(".0e", "e").split("e")
    ten = power_of_ten(int(power))
    return ten if digits == "1" else f"{digits}·{ten}"


def power_of_ten(exponent: int) -> str:
    """10⁴"""
    return "10" + str(exponent).translate(SUPERSCRIPTS)


def between(interval: Interval, form: str = ".2g") -> str:
    """A value with its limits: 0.48 (0.47 to 0.49). form: as ``format`` takes it."""
    low, value, high = (format(each, f"z{form}") for each in interval)
    return f"{value} ({low} to {high})"


def or_never(interval: Interval, never: str = "never") -> str:
    """Whole epochs or steps with their limits, an infinite one as never.

    never: what is said when all of it is infinite.
    """
    if interval.low == inf:
        return never
    return between(interval, ".0f").replace("inf", "never")


def count(number: float, thing: str) -> str:
    """
    >>> count(1, "epoch"), count(2000, "unit")
    ('1 epoch', '2,000 units')
    """
    return f"{number:,.10g} {thing}{'' if number == 1 else 's'}"


def after(epochs: int) -> str:
    """
    >>> after(0), after(1)
    ('Before training', 'After 1 epoch')
    """
    return f"After {count(epochs, 'epoch')}" if epochs else "Before training"


def listed(names: Sequence[str]) -> str:
    """
    >>> listed(["weights", "signal", "gradient"])
    'weights, signal and gradient'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def are(number: float) -> str:
    return "is" if number == 1 else "are"


def share(part: float) -> str:
    """A part of a whole, as people say the usual ones.

    >>> share(0.25), share(0.3)
    ('a quarter', '30%')
    """
    return {0.25: "a quarter", 0.5: "half", 0.75: "three quarters"}.get(part, f"{part:.0%}")


def how_many(some: int, total: int, thing: str, one: str, many: str, *, no: str = "") -> str:
    """How many do something. one, many, no: what one does, several do, a single one does not.

    >>> how_many(3, 16, "network", "has", "have"), how_many(0, 16, "network", "is", "are")
    ('3 of 16 networks have', 'none of 16 networks is')
    >>> how_many(0, 1, "network", "solves", "solve", no="does not solve")
    'the network does not solve'
    """
    if total == 1:
        return f"the {thing} {one if some else no}"
    return f"{some_of(some, total, thing)} {one if some < 2 else many}"


def some_of(some: int, total: int, thing: str) -> str:
    """
    >>> some_of(0, 12, "unit"), some_of(3, 12, "unit"), some_of(2, 2, "unit")
    ('none of 12 units', '3 of 12 units', 'both units')
    """
    if some == total == 2:
        return f"both {thing}s"
    who = {0: "none of", total: "all"}.get(some, f"{some} of")
    return f"{who} {count(total, thing)}"


CALLED = {"dead": "dead (no slope at any sample)", "saturated": "saturated"}
TITLES = {"initializer": "scheme", "dataset": "data", "bias_std": "σ_b"}  # as the controls say it


def title(setting: str) -> str:
    """A setting as people say it."""
    return TITLES.get(setting, setting.replace("_", " "))


def value_name(value: Any) -> str:
    """One of its values as people say it.

    >>> value_name(0.01), value_name("he_normal"), value_name((16, 16, 16)), value_name(())
    ('0.01', 'he_normal', '3 × 16', 'none')
    >>> value_name(True)
    'yes'
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, tuple) and len(value) > 1 and len(set(value)) == 1:
        return f"{len(value)} × {value_name(value[0])}"
    if isinstance(value, tuple | list):
        return ", ".join(map(value_name, value)) or "none"
    return f"{value:g}" if isinstance(value, Real) else str(value)
