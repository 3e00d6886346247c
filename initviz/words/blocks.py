"""In words: what norms and skips make of the signal and of the gradient, and who has learnt."""

from collections.abc import Sequence

import numpy as np

from ..measure.layers import factor_per_layer
from ..measure.ways import measured, predicted
from ..training.run import Run
from .common import NO_LAYER, change
from .explain import outcome
from .numbers import times


@np.errstate(all="ignore")
def explain_blocks(run: Run, epoch: int, views: Sequence[str] = ("gradient",)) -> str:
    """The two ways before training, what theory says of them, and what became of it.

    views: those that are shown. Of a gradient that is not nothing is said: a question is about it.
    """
    last = len(run.experiment.hidden_layers)
    if not last:
        return f"{outcome(run, epoch)} {NO_LAYER}"
    if last == 1:
        return f"With one hidden layer there is no way to go. {outcome(run, epoch)}"
    signal, gradient = measured(run)
    forward = change("the signal", signal, 1, last)
    back = change("the gradient", gradient[::-1], last, 1)
    said, both = f"Before training, {forward}.", "gradient" in views
    said = f"{said} On the way back {back}." if both else said
    parts = (said, _theory(run, both), _closed(run), outcome(run, epoch))
    return " ".join(filter(None, parts))


def _theory(run: Run, both: bool) -> str:
    """By what layers without end to their width would multiply the two."""
    signal, gradient = (each[:, np.newaxis] for each in predicted(run))
    factors = factor_per_layer(signal), factor_per_layer(gradient[::-1])
    if not np.isfinite(factors).all():
        return ""
    forward, back = map(times, factors)
    back = f", × {back} back" if both else ""
    return f"Theory has × {forward} a layer for the signal of wide layers{back}."


def _closed(run: Run) -> str:
    alphas = run.network_at(0).alphas
    if not alphas or any(alpha.any() for alpha in alphas):
        return ""
    return "Every α is 0 at first, so a layer with a skip hands on what it gets."
