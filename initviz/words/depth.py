"""In words: the signal and the gradient through many layers."""

from __future__ import annotations

import numpy as np

from ..measure.layers import always_saturated, gradient_statistics, signal_spread
from ..networks.network import Network
from ..training.run import Run
from .explain import outcome
from .numbers import short

KEPT = 1.1  # a layer that changes the signal by less than this factor keeps it, for our purposes
ALIKE = 2  # gradients within this factor are about as large
MANY = 0.5  # from this share of a layer's units on, it is worth a word


def explain_depth(run: Run, epoch: int) -> str:
    """What became of it; then the signal on its way forward, and the gradient on its way back."""
    network = run.network_at(epoch)
    return " ".join([outcome(run), *_forward(run, network, epoch), *_back(run, network)])


def _forward(run: Run, network: Network, epoch: int) -> list[str]:
    """The spread from layer to layer, the restarts' median; and the units that pass no gradient."""
    sizes = np.median(np.nan_to_num(signal_spread(network, run.probe), nan=np.inf), axis=1)
    first, last, layers = sizes[0], sizes[-1], len(sizes)
    moment = f"At epoch {epoch:,}"
    if layers == 1:
        sentences = [f"{moment} the signal in the hidden layer is {short(first)}."]
    elif not np.isfinite(last):
        return [f"{moment} the signal overflows on its way through {layers} layers."]
    elif last == 0:
        sentences = [f"{moment} nothing of the signal arrives in layer {layers}."]
    else:
        sentences = [
            f"{moment} {_a_layer((last / first) ** (1 / (layers - 1)))}: "
            f"{short(first)} in layer 1, {short(last)} in layer {layers}."
        ]
    shares = always_saturated(network, run.probe).mean(axis=1)
    worst = int(shares.argmax())
    if shares[worst] >= MANY:
        sentences.append(
            f"In layer {worst + 1}, {shares[worst]:.0%} of the units are saturated on every "
            "input: hardly any gradient passes them."
        )
    return sentences


def _a_layer(factor: float) -> str:
    if 1 / KEPT <= factor <= KEPT:
        return "the signal is kept from layer to layer"
    return f"every layer multiplies the signal by {short(factor)}"


def _back(run: Run, network: Network) -> list[str]:
    """The gradient in the first hidden layer against the last, the restarts' median."""
    sizes = gradient_statistics(network, run.probe, run.probe_targets, run.loss_name).rms
    *hidden, _ = np.median(np.nan_to_num(sizes, nan=np.inf), axis=1)
    first, last, layers = hidden[0], hidden[-1], len(hidden)
    if first == 0:
        return ["Nothing of the gradient gets back to layer 1."]
    if layers == 1 or last == 0 or not np.isfinite([first, last]).all():
        return []
    ratio = max(last / first, first / last)
    if ratio < ALIKE:
        return [f"The gradients of layers 1 and {layers} are about as large."]
    side = "smaller" if last > first else "larger"
    return [f"The gradient of layer 1 is {short(ratio)} times {side} than that of layer {layers}."]
