"""In words: which formula the weights follow, and what the layers do to signal and gradient."""

from __future__ import annotations

import numpy as np

from ..measure.layers import (
    activation_statistics,
    factor_per_layer,
    gradient_sizes,
    reference_sizes,
    signal_spread,
)
from ..networks.network import Network
from ..training.run import Run
from .explain import outcome
from .numbers import power_of_ten, short, times

KEPT = 1.1  # a layer that changes a size by less than this factor keeps it, for our purposes


def explain_schemes(run: Run, epoch: int) -> str:
    """Which formula the weights follow, what the layers do to signal and gradient, the outcome."""
    start = run.network_at(0)
    shown = run.snapshot_at(epoch)
    moment = "" if shown == run.epoch else f" The picture shows epoch {shown:,}."
    return f"{_weights(start)} {_two_ways(run, start)} {outcome(run)}{moment}"


def _weights(network: Network) -> str:
    """The formula that fits the weights of every layer, up to chance and to one common factor."""
    with np.errstate(all="ignore"):
        stds = np.array([W.std(dtype=np.float64) for W in network.weights])
    if not stds.any():
        return "In each layer all weights are equal: no formula here asks for that."
    doubt = 0.02 + 4 / np.sqrt([2 * W.size for W in network.weights])  # the error of a measured std
    fits = {}
    for name, wanted in reference_sizes(network).items():
        ratios = np.log(np.maximum(stds, 1e-300) / wanted)
        middle = np.average(ratios, weights=1 / doubt**2)
        if (np.abs(ratios) < doubt).all():
            fits[name] = 0.0
        elif (np.abs(ratios - middle) < doubt).all():
            fits[name] = middle
    if not fits:
        ratios = stds / reference_sizes(network)["He"]
        low, high = short(ratios.min()), short(ratios.max())
        return f"The weights follow none of the three formulas: from {low} to {high} times He's."
    name = min(fits, key=lambda name: abs(fits[name]))
    if fits[name] == 0:
        return f"The weights are as large as {name} asks for."
    return f"The weights are {times(np.exp(fits[name]))} times as large as {name} asks for."


def _two_ways(run: Run, start: Network) -> str:
    last = len(run.experiment.hidden_layers)
    if last == 1:
        return "With one hidden layer, nothing is handed on from layer to layer."
    signal = activation_statistics(start, run.probe).rms[:-1]
    gradient = gradient_sizes(start, run.probe, run.probe_targets, run.loss_name)[::-1]
    forward, backward = factor_per_layer(signal), factor_per_layer(gradient)
    if _keeps(forward) and _keeps(backward):
        text = (
            "Forward the signal and backward the gradient keep their size: "
            f"× {times(forward)} and × {times(backward)} a layer."
        )
    else:
        text = (
            f"Forward, the signal {_change(signal, 1, last)}; "
            f"backward, the gradient {_change(gradient, last, 1)}."
        )
    spread = factor_per_layer(signal_spread(start, run.probe))
    if spread < forward / KEPT:
        text += f" What tells one input from another fades faster: × {times(spread)} a layer."
    return text


def _keeps(factor: float) -> bool:
    return 1 / KEPT <= factor <= KEPT


def _change(sizes: np.ndarray, first: int, last: int) -> str:
    """sizes: (layers, restarts), in the order of the way."""
    factor = factor_per_layer(sizes)
    if not np.isfinite(sizes).all() and not np.isfinite(factor):
        return "overflows"
    if not np.isfinite(factor):
        return f"is exactly zero{' in some networks' if sizes[0].any() else ''}"
    if factor == 0:
        return f"is lost: exactly zero in layer {last}"
    if _keeps(factor):
        return f"keeps its size (× {times(factor)} a layer)"
    decades = abs((last - first) * np.log10(factor))  # a float cannot hold every power of this
    total = short(10**decades) if decades < 300 else power_of_ten(round(decades))
    way = f"by a factor of {total} from layer {first} to {last}"
    if factor < 1:
        return f"shrinks to {times(factor)} of its size in every layer, {way}"
    return f"grows {times(factor)} times in every layer, {way}"
