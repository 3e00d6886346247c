"""What one result of a paper is: what it says, how it is measured, and how it is judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from matplotlib.figure import Figure

Job = dict[str, Any]  # keyword arguments of ``measure``, plain values only
Measured = dict[str, Any]  # plain values only, to and from JSON
Agreement = Literal["yes", "partly", "no"]


class Paper(NamedTuple):
    """Where a result was published."""

    authors: str  # "Glorot & Bengio 2010"
    title: str
    link: str


class Verdict(NamedTuple):
    """What came of measuring a result."""

    measured: str  # the numbers, with their intervals over the seeds
    agrees: Agreement
    why: str


class Study(NamedTuple):
    """How a result is measured and judged.

    jobs(full) → the measurements that it takes, each on its own and under a minute unless ``full``,
        which is the paper's own setting as far as this machine can go.
    measure(**job) → what one of them gives. Its numbers depend on the job alone.
    conclude(measured) → the verdict; measured: of all jobs, in their order.
    draw(measured) → a picture of it.
    """

    jobs: Callable[[bool], list[Job]]
    measure: Callable[..., Measured]
    conclude: Callable[[list[Measured]], Verdict]
    draw: Callable[[list[Measured]], Figure]


@dataclass(frozen=True)
class Result:
    """One result of a paper.

    name: short and unique; also the name of its picture. title: what it is about.
    says: what the paper says, in our words, with its numbers.
    setting: the paper's own setting, and what the default scales down.
    """

    name: str
    title: str
    paper: Paper
    says: str
    setting: str
    study: Study


class Claim(NamedTuple):
    """Whether something that a paper says is seen, and our words for it if so, and if not."""

    seen: bool
    so: str
    otherwise: str

    def __str__(self) -> str:
        return self.so if self.seen else self.otherwise


def agreement(*claims: bool) -> Agreement:
    """Whether a paper is right where each of its claims is true or not."""
    return "yes" if all(claims) else "partly" if any(claims) else "no"


def judged(measured: str, *claims: Claim, partly: bool = True, more: str = "") -> Verdict:
    """The verdict on claims, why in the words for each. partly: whether one is enough for that.

    more: what is said after them.
    """
    agrees = agreement(*(claim.seen for claim in claims))
    if agrees == "partly" and not partly:
        agrees = "no"
    return Verdict(measured, agrees, "; ".join(map(str, claims)) + more)


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
