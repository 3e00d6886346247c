"""In words: the signal and the gradient through many layers."""

import numpy as np

from ..measure.layers import always_saturated, spread_by_layer
from ..measure.standards import MANY, saturated_word
from ..training.run import Run
from .common import NO_LAYER, gradient_back, kept
from .explain import outcome
from .numbers import short, times


@np.errstate(all="ignore")
def explain_depth(run: Run, epoch: int) -> str:
    """What became of it; then the signal on its way forward, and the gradient on its way back."""
    if not run.experiment.hidden_layers:
        return f"{outcome(run, epoch)} {NO_LAYER}"
    parts = (outcome, _forward, _saturated, gradient_back)
    return " ".join(filter(None, (part(run, epoch) for part in parts)))


def _forward(run: Run, epoch: int) -> str:
    """The spread from layer to layer, the restarts' median."""
    sizes = np.median(spread_by_layer(run, epoch), axis=1)
    first, last, layers = sizes[0], sizes[-1], len(sizes)
    moment = f"At epoch {epoch:,}"
    if not np.isfinite(last):
        way = "in the hidden layer" if layers == 1 else f"on its way through {layers} layers"
        return f"{moment} the signal overflows {way}."
    if layers == 1:
        return f"{moment} the signal in the hidden layer is {short(first)}."
    if first == 0 or last == 0:  # behind a layer without any there is only rounding
        return f"{moment} nothing of the signal arrives in layer {1 if last else layers}."
    factor = np.exp((np.log(last) - np.log(first)) / (layers - 1))
    what = f"every layer multiplies the signal by {times(factor)} on average"
    # Of the whole way: many factors that are nearly 1 still make a large one.
    what = "the signal is kept from layer to layer" if kept(last / first) else what
    return f"{moment} {what}: it is {short(first)} in layer 1 and {short(last)} in layer {layers}."


def _saturated(run: Run, epoch: int) -> str:
    """The units that tell no input from another, where they are many."""
    arrives = np.isfinite(spread_by_layer(run, epoch))  # what overflows is no saturation
    shares = (arrives * always_saturated(run.network_at(epoch), run.probe)).mean(axis=1)
    worst = int(shares.argmax())
    if shares[worst] < MANY:
        return ""
    dead = saturated_word(run.experiment.activation) == "dead"
    how = "dead, and pass no" if dead else "saturated on every input, and pass hardly any"
    return f"In layer {worst + 1}, {shares[worst]:.0%} of the units are {how} gradient."
