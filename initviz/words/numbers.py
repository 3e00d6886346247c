"""How numbers are written, in the sentences and in the pictures alike."""

from __future__ import annotations

from math import inf, isfinite

from ..measure.intervals import Interval


def times(factor: float) -> str:
    """A factor with two digits after the point, where that says something: 0.71, 1.00, 12."""
    return f"{factor:.2f}" if 0.1 <= factor < 10 else short(factor)


SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def short(value: float) -> str:
    """Two digits, as people write them: 0.033, 12, 4,100, 3·10⁻⁷; "overflow" for inf and NaN."""
    if not isfinite(value):
        return "overflow"
    rounded = float(f"{value:.2g}")
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
    low, value, high = (format(each, form) for each in interval)
    return f"{value} ({low} to {high})"


def or_never(interval: Interval, never: str = "never") -> str:
    """Whole epochs or steps with their limits, an infinite one as never.

    never: what is said when all of it is infinite.
    """
    if interval.low == inf:
        return never
    return between(interval, ".0f").replace("inf", "never")
