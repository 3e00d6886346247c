"""In words: what a few steps of training made of a model that was checked up."""

from collections.abc import Sequence
from math import isfinite

from ..measure.standards import A_LITTLE
from .numbers import short

FEW = 20  # steps, which say nothing of what is learnt


def of_steps(losses: Sequence[float], guessing: float, ill: bool) -> str:
    """losses: before each step, and after the last. guessing: the loss of the best constant answer;
    NaN where it is not known. ill: whether something was found at the start.

    >>> of_steps([1.4, *[0.9] * 19, 0.5], 1.1, ill=False)
    'In 20 steps of Adam the loss went from 1.4 to 0.5: it learns.'
    """
    steps, first, last = len(losses) - 1, losses[0], losses[-1]
    gone = [n for n, loss in enumerate(losses) if not isfinite(loss)]
    if gone:
        taken = f"{gone[0]} step{'s' * (gone[0] != 1)}"
        return f"The loss is not finite after {taken} of Adam{_found(ill)}."
    went = f"In {steps} steps of Adam the loss went from {short(first)} to {short(last)}"
    if steps < FEW:
        return f"{went}."
    if not last < first - (1 - A_LITTLE) * abs(first):
        return f"{went}: it has hardly learnt anything{_found(ill)}."
    if last > A_LITTLE * guessing:
        still = f"the same answer to everything would give {short(guessing)}"
        return f"{went}, and {still}: it has not learnt anything yet{_found(ill)}."
    return f"{went}: it learns{', in spite of what was found' if ill else ''}."


def _found(ill: bool) -> str:
    return ", as what was found lets expect" if ill else ", though nothing was found at the start"
