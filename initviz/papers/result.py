"""What one result of a paper is: what it says, how to measure it, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

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


def agreement(*claims: bool) -> Agreement:
    """Whether a paper is right where each of its claims is true or not."""
    return "yes" if all(claims) else "partly" if any(claims) else "no"


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
