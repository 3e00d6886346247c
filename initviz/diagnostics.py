"""What to measure on a network: saturation, symmetry, signal and gradients, layer by layer.

All but the Jacobian is per layer and restart, shape (layers, restarts). Overflow gives inf or NaN,
which are results like any other, and never a warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .activations import ACTIVATIONS
from .errors import number
from .network import Network, forward, gradients, weighted_sums


def saturation(network: Network, X: np.ndarray, threshold: float = 0.1) -> np.ndarray:
    """The share of units, over the samples, that hardly pass a gradient: (hidden layers, restarts).

    A unit counts on a sample when |f'(z)| is below ``threshold`` times the largest |f'| there is.
    For ReLU that is a unit that is off. A z that is not a number counts too: nothing passes it.

    X: (samples, features).
    """
    number("threshold", threshold, above=0)
    zs = weighted_sums(network, X)[0][:-1]
    shares = [is_saturated(z, network.activation, threshold).mean(axis=(1, 2)) for z in zs]
    return np.reshape(shares, (len(zs), network.restarts))


def is_saturated(z: np.ndarray, activation: str, threshold: float = 0.1) -> np.ndarray:
    """Where |f'(z)| is below ``threshold`` times its maximum, or z is not a number; shape of z."""
    f = ACTIVATIONS[activation]
    with np.errstate(all="ignore"):
        return np.isnan(z) | (np.abs(f.derivative(z)) < threshold * f.steepest)


def stuck(network: Network, X: np.ndarray) -> np.ndarray:
    """The share of units that are saturated on every sample: (hidden layers, restarts).

    A unit that is saturated (see ``saturation``) on some samples may be telling them apart. One
    that is on all of them says the same to all, and hardly any gradient passes it.

    X: (samples, features).
    """
    zs = weighted_sums(network, X)[0][:-1]
    shares = [is_saturated(z, network.activation).all(axis=2).mean(axis=1) for z in zs]
    return np.reshape(shares, (len(zs), network.restarts))


def mean_slope(network: Network, X: np.ndarray) -> np.ndarray:
    """The mean of |f'(z)| over units and samples: (hidden layers, restarts).

    Through a z that is not a number no gradient passes: it counts as 0.

    X: (samples, features).
    """
    derivative = ACTIVATIONS[network.activation].derivative
    zs = weighted_sums(network, X)[0][:-1]
    with np.errstate(all="ignore"):
        slopes = [np.where(np.isnan(z), 0, np.abs(derivative(z))).mean(axis=(1, 2)) for z in zs]
    return np.reshape(slopes, (len(zs), network.restarts))


def jacobian(network: Network, x: np.ndarray) -> np.ndarray:
    """How the last hidden layer changes with the first, at one input: (restarts, last, first).

    The product of diag(f'(z)) W over the hidden layers after the first, the matrix whose singular
    values Saxe, McClelland & Ganguli 2014 and Pennington, Schoenholz & Ganguli 2017 look at. With
    one hidden layer it is the identity.

    x: (features,).

    Raises ValueError where the network has no hidden layer.
    """
    if len(network.weights) == 1:
        raise ValueError("the Jacobian is one between hidden layers, and this network has none")
    units = network.layers[1]
    product = np.broadcast_to(np.eye(units), (network.restarts, units, units))
    with np.errstate(all="ignore"):
        for factor in layer_jacobians(network, x)[1:-1]:
            product = factor @ product
    return product


@dataclass(frozen=True, eq=False)
class Stretch:
    """By how much a network stretches directions: singular values, each row falling.

    whole: of the Jacobian from the input to the output layer's z, (restarts, k), where k is the
        smaller number of units of the two.
    layers: of each layer's own, from the activations below to its own (the output's z), likewise.

    NaN where the Jacobian overflows.
    """

    whole: np.ndarray
    layers: tuple[np.ndarray, ...]


def jacobian_singular_values(network: Network, x: np.ndarray) -> Stretch:
    """What the network and each of its layers do to a small change of one input.

    A layer's Jacobian is diag(f'(z)) W; the network's is their product. Orthogonal weights hold the
    singular values of a product together, Gaussian ones let them drift apart (Saxe et al. 2014,
    Pennington et al. 2017).

    x: (features,).
    """
    factors = layer_jacobians(network, x)
    product = factors[0]
    with np.errstate(all="ignore"):
        for factor in factors[1:]:
            product = factor @ product
    return Stretch(singular_values(product), tuple(map(singular_values, factors)))


def layer_jacobians(network: Network, x: np.ndarray) -> list[np.ndarray]:
    """diag(f'(z)) W of every layer, (restarts, fan_out, fan_in); the output's z has no f."""
    zs, _ = weighted_sums(network, np.asarray(x)[np.newaxis])
    derivative = ACTIVATIONS[network.activation].derivative
    with np.errstate(all="ignore"):
        hidden = [derivative(z) * W for W, z in zip(network.weights, zs[:-1], strict=False)]
    return [*hidden, network.weights[-1]]


def singular_values(matrices: np.ndarray) -> np.ndarray:
    """(restarts, rows, columns) to (restarts, min(rows, columns)), falling; NaN if not finite."""
    finite = np.isfinite(matrices).all(axis=(1, 2))
    values = np.linalg.svd(np.where(finite[:, None, None], matrices, 0), compute_uv=False)
    return np.where(finite[:, None], values, np.nan)


def cosine(network: Network, x: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The cosine of the angle between a layer's answers to two inputs: (hidden layers, restarts).

    1 is the same direction, 0 a right angle. NaN where one of the answers is zero or overflows.

    x, other: (features,).
    """
    hidden = forward(network, np.stack([x, other]))[1:-1]
    with np.errstate(all="ignore"):
        directions = [a / np.linalg.norm(a, axis=1, keepdims=True) for a in hidden]
        cosines = [(a[..., 0] * a[..., 1]).sum(axis=1) for a in directions]
    return np.reshape(cosines, (len(hidden), network.restarts))


def dead(network: Network, X: np.ndarray) -> np.ndarray:
    """The share of units whose slope is exactly 0 on every sample: (hidden layers, restarts).

    Of ReLU these are the units that are off on all of them: no gradient reaches their weights, and
    no step of training wakes them. (For units that are all but dead see ``stuck``.)

    X: (samples, features).
    """
    derivative = ACTIVATIONS[network.activation].derivative
    zs = weighted_sums(network, X)[0][:-1]
    with np.errstate(all="ignore"):
        shares = [(derivative(z) == 0).all(axis=2).mean(axis=1) for z in zs]
    return np.reshape(shares, (len(zs), network.restarts))


def participation(network: Network, X: np.ndarray) -> np.ndarray:
    """Along how many directions a layer's answers differ: (hidden layers, restarts).

    The participation ratio (Σλ)² / Σλ² of the eigenvalues λ of the units' covariance over the
    samples: all units count if they vary equally and apart, one if they all say the same. 0 where
    nothing varies, NaN where the answers overflow.

    X: (samples, features).
    """
    hidden = forward(network, X)[1:-1]
    return np.reshape([_participation(a) for a in hidden], (len(hidden), network.restarts))


def _participation(a: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        a = a - a.mean(axis=2, keepdims=True, dtype=np.float64)
        a /= np.where((size := np.abs(a).max(axis=(1, 2), keepdims=True)) > 0, size, 1)
        covariance = a @ a.swapaxes(1, 2)
        trace, square = np.trace(covariance, axis1=1, axis2=2), (covariance**2).sum(axis=(1, 2))
        return np.where(trace == 0, 0.0, trace**2 / square)


@dataclass(frozen=True, eq=False)
class Symmetry:
    """How alike the units of each hidden layer are; every array is (hidden layers, restarts).

    distinct: how many units differ in what comes in (weights and bias).
    spread: rms distance of the units' incoming weights and bias from the layer's mean unit.
    effective_rank: exp of the entropy of the weights' singular values, normalised to sum 1
        (Roy & Vetterli 2007); 0 for a matrix of zeros, NaN where the weights are not finite.
    """

    distinct: np.ndarray
    spread: np.ndarray
    effective_rank: np.ndarray


def symmetry(network: Network, tolerance: float = 1e-6) -> Symmetry:
    """Count the units that are really different, in every hidden layer and restart.

    tolerance: two units are the same when no weight of theirs differs by more than about this
        share of the layer's largest weight.
    """
    number("tolerance", tolerance, least=0)
    hidden = list(zip(network.weights[:-1], network.biases[:-1], strict=True))
    units = [np.concatenate([W, b], axis=2).astype(np.float64) for W, b in hidden]
    shape = (len(hidden), network.restarts)
    distinct = [[_distinct(u, tolerance) for u in layer] for layer in units]
    ranks = [effective_rank(W.astype(np.float64)) for W, _ in hidden]
    return Symmetry(
        distinct=np.reshape(distinct, shape),
        spread=np.reshape([_spread(layer) for layer in units], shape),
        effective_rank=np.reshape(ranks, shape),
    )


def _distinct(units: np.ndarray, tolerance: float) -> int:
    """How many of the rows differ from all the rows before them."""
    limit = tolerance * np.abs(units, where=np.isfinite(units), out=np.zeros_like(units)).max()
    different = [units[0]]
    for unit in units[1:]:
        same = np.isclose(unit, different, rtol=0, atol=limit, equal_nan=True)
        if not same.all(axis=1).any():
            different.append(unit)
    return len(different)


def _spread(units: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        offsets = units - units.mean(axis=1, keepdims=True)
        return np.sqrt((offsets**2).sum(axis=2).mean(axis=1))


def effective_rank(W: np.ndarray) -> np.ndarray:
    """Of matrices (restarts, rows, columns), one number each: see ``Symmetry``."""
    finite = np.isfinite(W).all(axis=(1, 2))
    W = np.where(finite[:, None, None], W, 0)
    largest = np.abs(W).max(axis=(1, 2), keepdims=True)
    W = W / np.where(largest > 0, largest, 1)  # rank knows no size, and the sums cannot overflow
    values = np.linalg.svd(W, compute_uv=False)
    total = values.sum(axis=1, keepdims=True)
    p = values / np.where(total > 0, total, 1)
    entropy = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=1)
    return np.where(finite, np.where(total[:, 0] > 0, np.exp(entropy), 0.0), np.nan)


@dataclass(frozen=True, eq=False)
class Statistics:
    """Mean, standard deviation and root mean square; every array is (layers, restarts)."""

    mean: np.ndarray
    std: np.ndarray
    rms: np.ndarray


def rms(values: np.ndarray) -> np.ndarray:
    """Root mean square of each restart's values: (restarts, …) to (restarts,)."""
    with np.errstate(all="ignore"):
        flat = values.reshape(len(values), -1).astype(np.float64)  # tiny float32 squares vanish
        return np.sqrt((flat**2).mean(axis=1))


def _statistics(layers: Sequence[np.ndarray]) -> Statistics:
    with np.errstate(all="ignore"):
        return Statistics(
            mean=np.array([a.mean(axis=(1, 2), dtype=np.float64) for a in layers]),
            std=np.array([a.std(axis=(1, 2), dtype=np.float64) for a in layers]),
            rms=np.array([rms(a) for a in layers]),
        )


def activation_statistics(network: Network, X: np.ndarray) -> Statistics:
    """Of the activations of every layer, hidden and output, over units and samples."""
    return _statistics(forward(network, X)[1:])


def signal_spread(network: Network, X: np.ndarray) -> np.ndarray:
    """How far a layer's answers to different inputs lie apart: (hidden layers, restarts).

    The standard deviation of each unit over the samples, then the root mean square over the units.
    A layer that says 0.5 to every input has a size, but no spread.

    X: (samples, features).
    """
    hidden = forward(network, X)[1:-1]
    with np.errstate(all="ignore"):
        spreads = [np.sqrt(a.var(axis=2, dtype=np.float64).mean(axis=1)) for a in hidden]
    return np.reshape(spreads, (len(hidden), network.restarts))


def gradient_statistics(network: Network, X: np.ndarray, y: np.ndarray, loss: str) -> Statistics:
    """Of d loss / d weight in every layer, over the layer's weights."""
    return _statistics(gradients(network, X, y, loss)[1])
