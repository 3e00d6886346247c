"""What chance allows: whether numbers agree with a theory, and whether one row is the better."""

from collections.abc import Sequence

import numpy as np


def enough(inside: Sequence[bool]) -> bool:
    """Whether a true theory would leave so few of its values inside their 95 % intervals.

    All of them inside would be too much to ask: each has a chance of 5 % to lie outside. Here the
    number inside is one that a true theory would fall below once in a hundred times.
    """
    from scipy.stats import binom  # here, because it would make up most of the import

    return bool(sum(inside) >= binom.ppf(0.01, len(inside), 0.95))


def better(errors: np.ndarray, others: np.ndarray) -> bool:
    """Whether networks of one row err less than those of another.

    Mann & Whitney's test at 5 %, both ways together, since either row might be the better one.
    """
    from scipy.stats import mannwhitneyu  # here, because it would make up most of the import

    return bool(mannwhitneyu(errors, others, alternative="less").pvalue < 0.05 / 2)
