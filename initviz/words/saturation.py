"""In words: the slopes where z falls, and the gradient that is left."""

import numpy as np

from ..measure.layers import spread_by_layer
from ..measure.saturation import measure
from ..measure.standards import FEW, KEPT, MANY, SOME, saturated_word
from ..networks.activations import ACTIVATIONS
from ..training.run import Run
from .common import NO_LAYER, gradient_back
from .explain import outcome
from .numbers import short


def explain_saturation(run: Run, epoch: int) -> str:
    """What became of it; then the slopes where z falls, and the gradient that is left of them."""
    if not run.experiment.hidden_layers:
        return f"{outcome(run, epoch)} {NO_LAYER}"
    return f"{outcome(run, epoch)} {_slopes(run, epoch)} {gradient_back(run, epoch)}"


def _slopes(run: Run, epoch: int) -> str:
    moment, lost = f"At epoch {epoch:,}", 1 - np.isfinite(spread_by_layer(run, epoch)).mean(axis=1)
    if lost.max() > MANY:
        first = int((lost > MANY).argmax()) + 1
        return f"{moment} z overflows in layer {first}, so there is no slope to measure."
    layers = measure(run, epoch)
    share = np.mean([each.saturated for each in layers])
    always = np.mean([each.always_saturated for each in layers])
    many = "hardly any unit is" if share < FEW else f"{share:.0%} of the units are"
    dead = saturated_word(run.experiment.activation) == "dead"
    how = "are dead" if dead else "at every point"
    everywhere = f", {always:.0%} {how}" if always >= SOME else ""
    slopes = _first_and_last([each.slope for each in layers])
    most = f"the steepest there is: {short(ACTIVATIONS[run.experiment.activation].steepest)}"
    told = f"{many[0].upper()}{many[1:]} saturated{everywhere}."
    return f"{moment} the mean slope {slopes} ({most}). {told}"


def _first_and_last(slopes: list[float]) -> str:
    first, last = slopes[0], slopes[-1]
    if len(slopes) == 1:
        return f"is {short(first)}"
    if max(first, last) <= KEPT * min(first, last):
        return f"is about {short(first)} in layer 1 and in layer {len(slopes)}"
    return f"is {short(first)} in layer 1 and {short(last)} in layer {len(slopes)}"
