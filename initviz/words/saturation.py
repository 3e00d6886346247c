"""In words: the slopes where z falls, and the gradient that is left."""

from __future__ import annotations

import numpy as np

from ..measure.layers import gradient_statistics, signal_spread
from ..measure.saturation import measure
from ..networks.activations import ACTIVATIONS
from ..training.run import Run
from .explain import outcome
from .numbers import short

MANY = 0.1  # from this share of the units on, it is worth a word
ALIKE = 1.1  # slopes, and gradients, that differ by less are called the same
FEW = 0.005


def explain_saturation(run: Run, epoch: int) -> str:
    """What became of it; then the slopes where z falls, and the gradient that is left of them."""
    return f"{outcome(run)} {_slopes(run, epoch)} {_gradient(run, epoch)}"


def _slopes(run: Run, epoch: int) -> str:
    layers = measure(run, epoch)
    finite = np.isfinite(signal_spread(run.network_at(epoch), run.probe)).mean(axis=1)
    if finite.min() < 0.5:
        first = int((finite < 0.5).argmax()) + 1
        return f"At epoch {epoch:,} z overflows in layer {first}: no slope is left to speak of."
    activation = ACTIVATIONS[run.experiment.activation]
    first, last = layers[0].slope, layers[-1].slope
    if len(layers) == 1:
        where = f"is {short(first)}"
    elif max(first, last) <= ALIKE * min(first, last):
        where = f"is about {short(first)} in the first layer and the last"
    else:
        where = f"is {short(first)} in layer 1, {short(last)} in layer {len(layers)}"
    share, everywhere = (
        np.mean([getattr(each, s) for each in layers]) for s in ("saturated", "always_saturated")
    )
    many = "hardly any unit is" if share < FEW else f"{share:.0%} of the units are"
    always = f", and {everywhere:.0%} are so at every point" if everywhere >= MANY else ""
    return (
        f"At epoch {epoch:,} the mean slope {where} (at most {short(activation.steepest)} would be "
        f"possible); {many} saturated{always}."
    )


def _gradient(run: Run, epoch: int) -> str:
    network = run.network_at(epoch)
    sizes = gradient_statistics(network, run.probe, run.probe_targets, run.loss_name).rms
    *hidden, _ = np.median(sizes, axis=1)
    first, last = hidden[0], hidden[-1]
    if not np.isfinite(hidden).all():
        return "The gradient overflows."
    if first == 0:
        return "Nothing of the gradient reaches layer 1."
    text = f"The gradient in layer 1 is {short(first)}"
    if len(hidden) == 1 or last == 0:
        return f"{text}."
    ratio = max(last / first, first / last)
    if ratio < ALIKE:
        return f"{text}, about as large as in layer {len(hidden)}."
    side = "smaller" if last > first else "larger"
    return f"{text}, {short(ratio)} times {side} than in layer {len(hidden)}."
