"""How sure a measurement is: an interval around what was counted or measured over the seeds."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import bad, number
from ..networks.arrays import real_array
from .standards import CONFIDENCE


class Interval(NamedTuple):
    """A measured value, and the limits between which the true one probably lies."""

    low: float
    value: float
    high: float


def proportion_interval(hits: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """The share of ``hits`` that are true, with Wilson's interval, which is sound even at 0 and 1.

    E. B. Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
    """
    hits, tail = _checked("hits", hits, confidence)
    if not np.isin(hits, (0, 1)).all():
        raise bad("hits", hits[~np.isin(hits, (0, 1))][0], "give True or False, one a seed")
    n, share = len(hits), float(hits.mean())
    z = NormalDist().inv_cdf(1 - tail)
    middle = share + z**2 / (2 * n)
    half = z * sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    low, high = ((middle + side * half) / (1 + z**2 / n) for side in (-1, 1))
    return Interval(low if share > 0 else 0.0, share, high if share < 1 else 1.0)


def median_interval(values: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """The median, with limits that are themselves values of the sample and assume no distribution.

    Of n sorted values, the k-th and the k-th from above enclose the median with probability
    1 - 2 P(Binomial(n, 1/2) < k). A value may be inf: a network that never got there counts.
    With so few values that none encloses it (5 or fewer at 95 %), the limits are -inf and inf.
    """
    from scipy.stats import binom  # here, because it would make up most of `import initviz`

    values, tail = _checked("values", values, confidence)
    if values.dtype.kind == "b":
        raise bad("values", values, "give numbers; of True and False take proportion_interval")
    values = np.sort(values)
    if np.isnan(values).any():
        raise bad("values", float("nan"), "give numbers only; inf for what never happened")
    k = int(binom.ppf(tail, len(values), 0.5))
    low, high = (values[k - 1], values[-k]) if k else (-np.inf, np.inf)
    middle = values[(len(values) - 1) // 2], values[len(values) // 2]
    return Interval(float(low), float(np.mean(middle)), float(high))


def _checked(name: str, values: ArrayLike, confidence: float):
    """(the values as an array, the chance beyond either limit)."""
    remedy = "give a row of at least one number, one a seed"
    array = real_array(values, name, remedy)
    if array.ndim != 1 or array.size == 0:
        raise bad(name, values, remedy)
    return array, (1 - number("confidence", confidence, above=0, below=1)) / 2
