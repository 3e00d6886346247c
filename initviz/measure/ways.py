"""The two ways through layers with norms and skips: what is measured, and theory beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..networks.network import Network, backpropagated, forward
from ..training.run import Run
from .blocks import propagate_blocks
from .layers import by_layer, rms
from .once import once_per_run
from .phase import sigmas


class Ways(NamedTuple):
    """signal: rms of a hidden layer's activations; gradient: of d (a sample's loss) / d these."""

    signal: np.ndarray
    gradient: np.ndarray


@np.errstate(all="ignore")
def sent_back(network: Network, deltas: Sequence[np.ndarray]) -> list[np.ndarray]:
    """d loss / d the activations of every hidden layer, (restarts, units, samples) each.

    Where there is a skip, it comes on both ways, and they add up. deltas: see ``Backward``.
    """
    found: list[np.ndarray] = []
    for layer in range(len(deltas) - 1, 0, -1):
        through = network.weights[layer].swapaxes(1, 2) @ deltas[layer]
        found.append(through + found[-1] if layer in network.skips else through)
    return found[::-1]


@once_per_run
@np.errstate(all="ignore")
def measured(run: Run) -> Ways:
    """Before training, on the samples of the probe, which norms take as one batch: (hidden layers,
    restarts) each."""
    network = run.network_at(0)
    through = backpropagated(network, run.probe, run.probe_targets, run.loss_name)
    signal = by_layer(network, through.inputs[1:], rms)
    gradient = len(run.probe) * by_layer(network, sent_back(network, through.deltas), rms)
    return Ways(*(np.where(np.isnan(each), np.inf, each) for each in (signal, gradient)))


@once_per_run
@np.errstate(all="ignore")
def predicted(run: Run) -> Ways:
    """What theory makes of the signal in layer 1 and of the gradient in the last hidden one:
    (hidden layers,) each. NaN where it does not hold, or has nothing to start from."""
    network, found = run.network_at(0), measured(run)
    layers = len(found.signal)
    nothing = Ways(*np.full((2, layers), np.nan))
    sigma_w, sigma_b = sigmas(network)
    if layers < 2 or not (_holds(network) and np.isfinite([*found.signal[0], sigma_w]).all()):
        return nothing
    first = forward(network, run.probe)[1].astype(np.float64)
    square = float((first**2).mean())
    if not 0 < square < np.inf:
        return nothing
    course = propagate_blocks(
        layers - 1,
        network.activation,
        sigma_w,
        sigma_b,
        norm=network.norm,
        skip=bool(network.alphas),
        alpha=float(network.alphas[0].flat[0]) if network.alphas else 1.0,
        mean=float(first.mean()),
        square=square,
        cosine=float((first.mean(axis=2) ** 2).mean() / square),
    )
    back = np.append(np.sqrt(course.gradient), 1.0)[::-1].cumprod()[::-1]
    return Ways(np.sqrt(course.square), np.median(found.gradient[-1]) * back)


def _holds(network: Network) -> bool:
    """Whether all hidden layers are as wide, and their weights drawn, each for itself."""
    hidden = network.weights[1:-1]
    alike = len(set(network.layers[1:-1])) == 1
    return alike and all(np.ptp(W) > 0 and np.median(np.abs(W)) > 0 for W in hidden)
