"""How the report writes numbers."""

from __future__ import annotations

from ..intervals import Interval


def between(interval: Interval, form: str = ".2g") -> str:
    """A value with its limits: 0.48 (0.47 to 0.49). form: as ``format`` takes it."""
    low, value, high = (format(each, form) for each in interval)
    return f"{value} ({low} to {high})"
