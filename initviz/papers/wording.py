"""How the report writes numbers."""

from __future__ import annotations

from math import inf

from ..measure.intervals import Interval


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
