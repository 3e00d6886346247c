"""In words: what a few steps of training made of a model that was checked up."""

from collections.abc import Sequence
from math import isfinite

from ..measure.standards import A_LITTLE
from .numbers import short


def of_steps(losses: Sequence[float], guessing: float, ill: bool) -> str:
    """losses: before each step, and after the last. guessing: the loss of the best constant answer;
    NaN where it is not known. ill: whether something was found at the start.

    >>> of_steps([1.4, 0.9, 0.5], 1.1, ill=False)
    'In 2 steps of Adam the loss went from 1.4 to 0.5: it learns.'
    """
    steps, first, last = len(losses) - 1, losses[0], losses[-1]
    gone = [n for n, loss in enumerate(losses) if not isfinite(loss)]
    if gone:
        end = f"the loss is not finite after step {gone[0]}"
        return f"Of {steps} steps of Adam, {end}{_found(ill)}."
    went = f"In {steps} steps of Adam the loss went from {short(first)} to {short(last)}"
    if not last < first - (1 - A_LITTLE) * abs(first):
        return f"{went}: it has hardly learnt anything{_found(ill)}."
    if last > A_LITTLE * guessing:
        still = f"the same answer to everything would give {short(guessing)}"
        return f"{went}, and {still}: it has not learnt anything yet{_found(ill)}."
    return f"{went}: it learns{', in spite of what was found' if ill else ''}."


def _found(ill: bool) -> str:
    return ", as what was found lets expect" if ill else ", though nothing was found at the start"
