"""What several chapters say."""

import numpy as np

from ..measure.layers import gradient_by_layer
from ..measure.standards import KEPT
from ..training.run import Run, guessing_loss
from .explain import outcome
from .numbers import short

NO_LAYER = "There is no hidden layer: the inputs go straight to the output."


def no_line(run: Run, epoch: int) -> str:
    """Why no share of guessing's loss can be reached; empty where it can."""
    guess = guessing_loss(run)
    if guess == 0:
        return "All targets are equal: one guess is always right, and there is nothing to learn."
    return "" if np.isfinite(guess) else outcome(run, epoch)


def gradient_back(run: Run, epoch: int) -> str:
    """The gradient in the first hidden layer, and against the last; the restarts' median."""
    *hidden, _ = np.median(gradient_by_layer(run, epoch), axis=1)
    first, last, layers = hidden[0], hidden[-1], len(hidden)
    if not np.isfinite(hidden).all():
        return "The gradient overflows."
    if first == 0:
        return "Nothing of the gradient reaches layer 1."
    text = f"The gradient in layer 1 is {short(first)}"
    if layers == 1 or last == 0:
        return f"{text}."
    ratio = max(last / first, first / last)
    if ratio < KEPT:
        return f"{text}, about as large as in layer {layers}."
    side = "smaller" if last > first else "larger"
    return f"{text}, {short(ratio)} times {side} than in layer {layers}."


def kept(factor: float) -> bool:
    """Whether what is multiplied by this stays as large as it is, for our purposes."""
    return 1 / KEPT <= factor <= KEPT
