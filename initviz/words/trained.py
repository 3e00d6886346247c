"""In words: what a few steps of training made of a model that was checked up."""

from collections.abc import Sequence
from math import isfinite

from ..measure.standards import A_LITTLE
from .numbers import short


def of_steps(losses: Sequence[float], serious: bool) -> str:
    """losses: before each step, and after the last. serious: whether the verdict was.

    >>> of_steps([1.4, 0.9, 0.5], serious=False)
    'In 2 steps of Adam the loss went from 1.4 to 0.5: it learns, and nothing serious was found.'
    """
    steps = len(losses) - 1
    went = f"In {steps} steps of Adam the loss went from {short(losses[0])} to {short(losses[-1])}"
    gone = [n for n, loss in enumerate(losses) if not isfinite(loss)]
    learnt = not gone and losses[-1] < A_LITTLE * losses[0]
    if gone:
        became = f"the loss is not finite after step {gone[0]}"
        return f"Of {steps} steps of Adam, {became}: {_held(serious)}."
    if learnt:
        found = (
            "so the serious finding did not keep it" if serious else "and nothing serious was found"
        )
        return f"{went}: it learns, {found}."
    return f"{went}: it has hardly learnt anything, {_held(serious)}."


def _held(serious: bool) -> str:
    return "as was to be expected" if serious else "though nothing serious was found at the start"
