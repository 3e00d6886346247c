"""What to measure on a network: saturation, symmetry, signal and gradients, layer by layer.

All but the Jacobian is per layer and restart, shape (layers, restarts). Overflow gives inf or NaN,
which are results like any other, and never a warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..errors import number
from ..networks.activations import ACTIVATIONS
from ..networks.network import Network, backpropagated, forward, gradients, weighted_sums
from ..training.run import Run
from .standards import SATURATED, SCHEMES, is_dead, is_saturated


@np.errstate(all="ignore")
def saturation(network: Network, X: np.ndarray, threshold: float = SATURATED) -> np.ndarray:
    """The share of units, over the samples, that hardly pass a gradient: (hidden layers, restarts).

    A unit counts on a sample when |f'(z)| is below ``threshold`` times the largest |f'| there is.
    For ReLU that is a unit that is off. A z that is not a number counts too: nothing passes it.

    X: (samples, features).
    """
    number("threshold", threshold, above=0)
    zs = weighted_sums(network, X)[0][:-1]
    shares = [is_saturated(z, network.activation, threshold).mean(axis=(1, 2)) for z in zs]
    return np.reshape(shares, (len(zs), network.restarts))


@np.errstate(all="ignore")
def always_saturated(network: Network, X: np.ndarray) -> np.ndarray:
    """The share of units that are saturated on every sample: (hidden layers, restarts).

    A unit that is saturated (see ``saturation``) on some samples may be telling them apart. One
    that is on all of them says the same to all, and hardly any gradient passes it.

    X: (samples, features).
    """
    zs = weighted_sums(network, X)[0][:-1]
    shares = [is_dead(z, network.activation).mean(axis=1) for z in zs]
    return np.reshape(shares, (len(zs), network.restarts))


@np.errstate(all="ignore")
def mean_slope(network: Network, X: np.ndarray) -> np.ndarray:
    """The mean of |f'(z)| over units and samples: (hidden layers, restarts).

    Through a z that is not a number no gradient passes: it counts as 0.

    X: (samples, features).
    """
    derivative = ACTIVATIONS[network.activation].derivative
    zs = weighted_sums(network, X)[0][:-1]
    slopes = [np.where(np.isnan(z), 0, np.abs(derivative(z))).mean(axis=(1, 2)) for z in zs]
    return np.reshape(slopes, (len(zs), network.restarts))


@np.errstate(all="ignore")
def cosine(network: Network, x: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The cosine of the angle between a layer's answers to two inputs: (hidden layers, restarts).

    1 is the same direction, 0 a right angle. NaN where one of the answers is zero or overflows.

    x, other: (features,).
    """
    hidden = [a.astype(np.float64) for a in forward(network, np.stack([x, other]))[1:-1]]
    scaled = [a / np.abs(a).max(axis=1, keepdims=True) for a in hidden]  # or squares are inf or 0
    directions = [a / np.linalg.norm(a, axis=1, keepdims=True) for a in scaled]
    cosines = [(a[..., 0] * a[..., 1]).sum(axis=1) for a in directions]
    return np.reshape(cosines, (len(hidden), network.restarts))


@np.errstate(all="ignore")
def dead(network: Network, X: np.ndarray) -> np.ndarray:
    """The share of units whose slope is 0, up to rounding, on every sample: (hidden layers,
    restarts).

    Of ReLU these are the units that give 0 on all of them: no gradient reaches their weights, and
    no step of training wakes them. (For units that are all but dead see ``always_saturated``.)

    X: (samples, features).
    """
    f = ACTIVATIONS[network.activation]
    zs = weighted_sums(network, X)[0][:-1]
    flat = [np.abs(f.derivative(z)) <= np.finfo(z.dtype).eps * f.steepest for z in zs]
    shares = [each.all(axis=2).mean(axis=1) for each in flat]
    return np.reshape(shares, (len(zs), network.restarts))


@dataclass(frozen=True, eq=False)
class Statistics:
    """Mean, standard deviation and root mean square; every array is (layers, restarts)."""

    mean: np.ndarray
    std: np.ndarray
    rms: np.ndarray


@np.errstate(all="ignore")
def rms(values: np.ndarray) -> np.ndarray:
    """Root mean square of each restart's values: (restarts, …) to (restarts,)."""
    flat = values.reshape(len(values), -1).astype(np.float64)  # tiny float32 squares vanish
    return np.sqrt((flat**2).mean(axis=1))


@np.errstate(all="ignore")
def _statistics(layers: Sequence[np.ndarray]) -> Statistics:
    return Statistics(
        mean=np.array([a.mean(axis=(1, 2), dtype=np.float64) for a in layers]),
        std=np.array([a.std(axis=(1, 2), dtype=np.float64) for a in layers]),
        rms=np.array([rms(a) for a in layers]),
    )


def activation_statistics(network: Network, X: np.ndarray) -> Statistics:
    """Of the activations of every layer, hidden and output, over units and samples."""
    return _statistics(forward(network, X)[1:])


@np.errstate(all="ignore")
def signal_spread(network: Network, X: np.ndarray) -> np.ndarray:
    """How far a layer's answers to different inputs lie apart: (hidden layers, restarts).

    The standard deviation of each unit over the samples, then the root mean square over the units.
    A layer that says 0.5 to every input has a size, but no spread.

    X: (samples, features).
    """
    hidden = forward(network, X)[1:-1]
    spreads = [np.sqrt(a.var(axis=2, dtype=np.float64).mean(axis=1)) for a in hidden]
    return np.reshape(spreads, (len(hidden), network.restarts))


def gradient_statistics(network: Network, X: np.ndarray, y: np.ndarray, loss: str) -> Statistics:
    """Of d loss / d weight in every layer, over the layer's weights."""
    return _statistics(gradients(network, X, y, loss)[1])


SAMPLES = 40  # for the map: enough to see whether a layer tells inputs apart, and quick


@np.errstate(all="ignore")
def signal_over_epochs(run: Run, epochs: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """(spread, share of stuck units), each (hidden layers, epochs), the median of the restarts.

    The networks of all these epochs go through as one ensemble.
    """
    kept = np.searchsorted(run.snapshots, [run.snapshot_at(int(epoch)) for epoch in epochs])
    restarts = run.experiment.restarts

    def together(arrays):
        return tuple(a[kept].reshape(-1, *a.shape[2:]) for a in arrays)

    activation = run.experiment.activation
    network = Network(together(run.weights), together(run.biases), activation, run.output)
    measured = (each(network, run.probe[:SAMPLES]) for each in (signal_spread, always_saturated))
    shape = (-1, len(kept), restarts)
    size, fixed = (np.median(np.reshape(each, shape), axis=2) for each in measured)
    return size, fixed


def _statistics_by_epoch(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the first restart's hidden layers, (snapshots, layers)."""
    networks = [run.network_at(int(epoch)).restart(0) for epoch in run.snapshots]
    each = [activation_statistics(network, run.probe) for network in networks]
    return tuple(
        np.array([part[:-1, 0] for part in parts])
        for parts in zip(*((s.mean, s.std) for s in each), strict=True)
    )


@np.errstate(all="ignore")
def gradient_sizes(network: Network, X: np.ndarray, y: np.ndarray, loss: str) -> np.ndarray:
    """Root mean square of d (loss of one sample) / d z in every hidden layer.

    That is the back-propagated gradient of Glorot & Bengio 2010, figure 7.
    """
    _, deltas, _ = backpropagated(network, X, y, loss)  # of the mean over the samples
    sizes = [len(X) * rms(delta) for delta in deltas[:-1]]
    return np.reshape(sizes, (len(sizes), network.restarts))


@np.errstate(all="ignore")
def factor_per_layer(sizes: np.ndarray) -> float:
    """How many times larger every next layer is on (geometric) average; the restarts' median.

    NaN where there is no second layer to compare with, or nothing but zeros and overflow.
    """
    if len(sizes) < 2:
        return np.nan
    return float(np.median((sizes[-1] / sizes[0]) ** (1 / (len(sizes) - 1))))


def reference_sizes(network: Network) -> dict[str, np.ndarray]:
    """The standard deviation that each of the three formulas asks for, (layers,)."""
    fans = list(pairwise(network.layers))
    return {
        name: np.array([SCHEMES[name](*fan) for fan in fans]) for name in ("He", "Glorot", "LeCun")
    }
