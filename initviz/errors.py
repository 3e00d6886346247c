"""One sentence for every bad argument: which one, what it was, and what would do.

Nothing here knows what initviz is about; every module above uses it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from math import isfinite
from numbers import Integral, Real
from typing import Any


def bad(argument: str, value: Any, remedy: str) -> ValueError:
    """The error to raise: ``learning_rate=-1: give a positive, finite number``."""
    return ValueError(f"{argument}={value!r}: {remedy}")


def one_of(argument: str, value: Any, allowed: Iterable[str]) -> None:
    """Raise ValueError unless ``value`` is one of the names, with the nearest one suggested."""
    allowed = list(allowed)
    if not (isinstance(value, str) and value in allowed):
        near = difflib.get_close_matches(str(value), allowed, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise bad(argument, value, f"{hint}Give one of {', '.join(allowed)}")


def whole(argument: str, value: Any, least: int) -> int:
    """``value`` as an int, or ValueError unless it is a whole number of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise bad(argument, value, f"give a whole number of at least {least}")
    return int(value)


def number(
    argument: str,
    value: Any,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
) -> float:
    """``value`` as a float, or ValueError unless it is finite and inside the limits."""
    if (
        isinstance(value, bool)
        or not isinstance(value, Real)
        or not _finite(value)
        or (above is not None and value <= above)
        or (least is not None and value < least)
        or (below is not None and value >= below)
    ):
        limits = [("above", above), ("of at least", least), ("below", below)]
        words = " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
        raise bad(argument, value, f"give a finite number {words}".rstrip())
    return float(value)


def _finite(value: Real) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # an int beyond every float
        return False
