"""In words: which formula the weights follow, and what the layers do to signal and gradient."""

import numpy as np

from ..measure.formulas import closest_formula, ratios_to
from ..measure.layers import backward_by_layer, factor_per_layer, signal_by_layer, spread_by_layer
from ..measure.standards import KEPT
from ..networks.network import Network
from ..training.run import Run
from .common import NO_LAYER, change, kept
from .explain import outcome
from .numbers import short, times


@np.errstate(all="ignore")
def explain_schemes(run: Run, epoch: int) -> str:
    """Which formula the weights follow, what the layers do to signal and gradient, the outcome."""
    return f"Before training, {_weights(run.network_at(0))} {_two_ways(run)} {outcome(run, epoch)}"


def _weights(network: Network) -> str:
    if not any(np.ptp(W) for W in network.weights):
        return "all weights of a layer are equal: no formula here asks for that."
    found = closest_formula(network)
    if found is None:
        ratios = ratios_to(network)["He"]
        if not np.isfinite(ratios).all():
            return "the weights overflow."
        low, high = short(ratios.min()), short(ratios.max())
        sizes = f"they are {low} to {high} times as large as He's"
        return f"the weights follow none of the three formulas: {sizes}."
    name, factor = found
    size = "" if factor == 1 else f"{times(factor)} times "
    return f"the weights are {size}as large as {name} asks for."


def _two_ways(run: Run) -> str:
    """Of the start: what becomes of the signal and of the gradient from layer to layer."""
    last = len(run.experiment.hidden_layers)
    if last < 2:
        one = "With one hidden layer, nothing is handed on from layer to layer."
        return one if last else NO_LAYER
    signal, gradient = signal_by_layer(run, 0), backward_by_layer(run, 0)[::-1]
    forward, backward = factor_per_layer(signal), factor_per_layer(gradient)
    if kept(forward) and kept(backward):
        text = "Forward the signal and backward the gradient keep their size: "
        text += f"× {times(forward)} and × {times(backward)} a layer."
    else:
        text = f"Forward, {change('the signal', signal, 1, last)}. "
        text += f"Backward, {change('the gradient', gradient, last, 1)}."
    spread = factor_per_layer(spread_by_layer(run, 0))
    if spread < forward / KEPT:
        how = "fades faster" if spread < 0.995 else "grows less"
        text += f" What differs from input to input {how}: × {times(spread)} a layer."
    return text
