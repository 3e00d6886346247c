"""Which units differ, and when equal ones part."""

from dataclasses import dataclass

import numpy as np

from ..errors import number
from ..networks.memory import check_room
from ..networks.network import Network, check_network
from ..training.run import Run
from .jacobian import check_widths, singular_values
from .layers import by_layer, in_units, of_answers
from .once import once_per_run
from .standards import EQUAL, count_distinct


def participation_ratio(network: Network, X: np.ndarray) -> np.ndarray:
    """Along how many directions a layer's answers differ: (hidden layers, restarts).

    The participation ratio (Σλ)² / Σλ² of the eigenvalues λ of the units' covariance over the
    samples: all units count if they vary equally and apart, one if they all say the same. 0 where
    nothing varies, NaN where the answers overflow. X: (samples, features).
    """

    def ratio(a):
        a = in_units(a - a.mean(axis=2, keepdims=True, dtype=np.float64))
        covariance = a @ a.swapaxes(1, 2)
        trace, square = np.trace(covariance, axis1=1, axis2=2), (covariance**2).sum(axis=(1, 2))
        return np.where(trace == 0, 0.0, trace**2 / square)

    check_network(network)
    needed = 2 * 8 * network.restarts * max(network.layers[1:-1], default=0) ** 2
    check_room("network.layers", network.layers, needed, "give one with fewer units")
    return of_answers(network, X, ratio)


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


@np.errstate(all="ignore")
def symmetry(network: Network, tolerance: float = EQUAL) -> Symmetry:
    """Count the units that are really different, in every hidden layer and restart.

    tolerance: two units are the same when no weight of theirs differs by more than about this
        share of the layer's largest weight.
    """

    def spread(layer):
        offsets = layer - layer.mean(axis=1, keepdims=True)
        return np.sqrt((offsets**2).sum(axis=2).mean(axis=1))

    check_network(network)
    number("tolerance", tolerance, least=0)
    check_widths(network)
    hidden = zip(network.weights[:-1], network.biases[:-1], strict=True)
    units = [np.concatenate([W, b], axis=2).astype(np.float64) for W, b in hidden]
    return Symmetry(
        distinct=by_layer(network, units, lambda layer: count_distinct(layer, tolerance)),
        spread=by_layer(network, units, spread),
        effective_rank=by_layer(network, network.weights[:-1], effective_rank),
    )


@np.errstate(all="ignore")
def effective_rank(W: np.ndarray) -> np.ndarray:
    """Of matrices (restarts, rows, columns), one number each: see ``Symmetry``."""
    values = singular_values(in_units(W.astype(np.float64)))  # rank knows no size
    total = values.sum(axis=1, keepdims=True)
    p = values / np.where(total > 0, total, 1)
    entropy = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=1)
    return np.where(total[:, 0] == 0, 0.0, np.exp(entropy))


@dataclass(frozen=True, eq=False)
class Parting:
    """How alike the units of a run's best restart are, at every epoch that was kept.

    Weights that are zero up to rounding count as equal, and so does what nobody could see.
    epochs: (snapshots,). units: one array a hidden layer, (snapshots, units, fan_in + 1), the bias
        last. distinct, rank, gap: (hidden layers, snapshots); the gap is the largest difference
        between two units of a layer in one of their weights.
    """

    epochs: np.ndarray
    units: tuple[np.ndarray, ...]
    distinct: np.ndarray
    rank: np.ndarray
    gap: np.ndarray


@once_per_run
@np.errstate(all="ignore")
def parting(run: Run) -> Parting:
    weights, biases = ([p[:, run.best] for p in each[:-1]] for each in (run.weights, run.biases))
    units = tuple(np.concatenate(p, axis=2) for p in zip(weights, biases, strict=True))
    return Parting(
        epochs=run.snapshots,
        units=units,
        distinct=np.array([count_distinct(each, least=1.0) for each in units]),
        rank=np.array([effective_rank(W.astype(float).round(14)) for W in weights]),
        gap=np.array([np.ptp(each, axis=1).max(axis=1) for each in units]),
    )
