"""Jobs that cross their settings, and what they measured as arrays."""

from collections.abc import Iterable
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from .result import Job, Measured


def crossed(**choices: Iterable) -> list[Job]:
    """A job for every combination of these choices; the last one changes fastest."""
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def rows(measured: list[Measured], **settings) -> list[Measured]:
    """What the jobs with these settings measured."""
    return [m for m in measured if settings.items() <= m.items()]


def table(measured: list[Measured], key: str, **settings) -> np.ndarray:
    """What the jobs with these settings measured under ``key``: (jobs, …), NaN for None."""
    return np.array([m[key] for m in rows(measured, **settings)], float)


def when(measured: list[Measured], key: str, **settings) -> np.ndarray:
    """When each network of the jobs with these settings got there: inf for None, which is never."""
    return np.nan_to_num(table(measured, key, **settings).ravel(), nan=np.inf)


def plain(values: ArrayLike) -> list:
    """An array as nested lists for JSON, None in place of what is not a finite number."""
    numbers = np.asarray(values, float)
    known = numbers.astype(object)
    known[~np.isfinite(numbers)] = None
    return known.tolist()
