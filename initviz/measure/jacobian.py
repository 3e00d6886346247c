"""How a network stretches small changes: its Jacobian and the singular values of that."""

from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from ..errors import bad
from ..networks.activations import ACTIVATIONS
from ..networks.arrays import check_input
from ..networks.memory import check_room
from ..networks.network import Network, check_network, weighted_sums
from ..training.experiment import initial_network
from ..training.run import Run
from .layers import at_epoch, rms
from .once import once_per_run
from .standards import FLAT

MOST_STEPS = 10**12  # multiplications, of which a core makes some billions a second


@np.errstate(all="ignore")
def jacobian(network: Network, x: np.ndarray) -> np.ndarray:
    """How the last hidden layer changes with the first, at one input: (restarts, last, first).

    The product of diag(f'(z)) W over the hidden layers after the first, the matrix whose singular
    values Saxe, McClelland & Ganguli 2014 and Pennington, Schoenholz & Ganguli 2017 look at. With
    one hidden layer it is the identity; without any, ValueError. x: (features,).
    """
    check_network(network)
    if len(network.weights) == 1:
        raise bad("network.layers", network.layers, "give one with hidden layers")
    _, units, *_ = network.layers
    needed = 8 * network.restarts * units * sum(network.layers[1:-1])
    check_room("network.layers", network.layers, needed, "give one with fewer units")
    return _between_hidden_layers(network, x)[-1]


@dataclass(frozen=True, eq=False)
class JacobianSpectrum:
    """By how much a network stretches directions: singular values, falling; NaN for an overflow.

    whole: of the Jacobian from the input to the output layer's z, (restarts, k), where k is the
        smaller number of units of the two.
    layers: of each layer's own, from the activations below to its own (the output's z), likewise.
    """

    whole: np.ndarray
    layers: tuple[np.ndarray, ...]


@np.errstate(all="ignore")
def jacobian_singular_values(network: Network, x: np.ndarray) -> JacobianSpectrum:
    """What the network and each of its layers do to a small change of one input.

    A layer's Jacobian is diag(f'(z)) W; the network's is their product. Orthogonal weights hold the
    singular values of a product together, Gaussian ones let them drift apart (Saxe et al. 2014,
    Pennington et al. 2017). x: (features,).
    """
    check_network(network)
    check_widths(network)
    factors = _layer_jacobians(network, x)
    whole = _products(factors)[-1]
    return JacobianSpectrum(singular_values(whole), tuple(map(singular_values, factors)))


def _layer_jacobians(network: Network, x: np.ndarray) -> list[np.ndarray]:
    """diag(f'(z)) W of every layer, (restarts, fan_out, fan_in); the output's z has no f.

    With a skip it is I + α diag(f'(z)) W.
    """
    check_network(network)
    if network.norm != "none":  # behind it, a change of one input changes more than one unit
        raise bad("network.norm", network.norm, "give a network without a norm")
    zs, _ = weighted_sums(network, check_input(x, "x", network.layers[0]))
    derivative = ACTIVATIONS[network.activation].derivative
    layers = [derivative(z) * W for W, z in zip(network.weights, zs[:-1], strict=False)]
    for layer, alpha in zip(network.skips, network.alphas, strict=True):
        layers[layer] = np.eye(layers[layer].shape[1]) + alpha * layers[layer]
    return [*layers, network.weights[-1]]


def _products(factors: list[np.ndarray]) -> list[np.ndarray]:
    """What the first factor, the first two, the first three … do one after the other."""
    return list(accumulate(factors, lambda product, factor: factor @ product))


def _between_hidden_layers(network: Network, x: np.ndarray) -> list[np.ndarray]:
    """From the first hidden layer to itself and to each later one: (restarts, units, first)."""
    units = network.layers[1]
    same = np.broadcast_to(np.eye(units), (network.restarts, units, units))
    return _products([same, *_layer_jacobians(network, x)[1:-1]])


def check_widths(network: Network) -> None:
    """ValueError where the singular values of its layers would take hours."""
    steps = sum(W.size * min(W.shape[1:]) for W in network.weights)
    if steps > MOST_STEPS:
        remedy = "the singular values of layers so wide take hours; give one with fewer units"
        raise bad("network.layers", network.layers, remedy)


@np.errstate(all="ignore")
def singular_values(matrices: np.ndarray) -> np.ndarray:
    """(restarts, rows, columns) to (restarts, min(rows, columns)), falling; NaN if not finite."""
    finite = np.asarray(np.isfinite(matrices).all(axis=(1, 2)))
    values = np.linalg.svd(np.where(finite[:, None, None], matrices, 0), compute_uv=False)
    return np.where(finite[:, None], values, np.nan)


ROUNDING = 1e-13  # a singular value that is so small a share of the largest is rounding, and lost


@np.errstate(all="ignore")
def spectra(network: Network, x: np.ndarray) -> np.ndarray:
    """Singular values of the way from the first hidden layer's answers to each later one's.

    (layers, restarts, k), each row falling; k units are shown, as many as the narrowest layer has.
    With a single hidden layer there is no way, and they are 1; without one there are none.
    Infinite where the way overflows.
    """
    narrowest = min(network.layers[1:-1], default=0)
    if not narrowest:
        return np.empty((0, network.restarts, 0))
    double = network.each_array(lambda array: array.astype(np.float64))
    ways = _between_hidden_layers(double, x)
    values = np.array([singular_values(way)[:, :narrowest] for way in ways])
    return np.where(np.isnan(values), np.inf, values)


def _check_norm(run: Run) -> None:
    """ValueError in the words of the experiment, where the network was somebody's setting."""
    if run.experiment.norm != "none":
        raise bad("norm", run.experiment.norm, "a Jacobian is of networks without; give 'none'")


@at_epoch
def spectra_at(network: Network, run: Run) -> np.ndarray:
    _check_norm(run)
    return spectra(network, run.probe[0])


@once_per_run
@np.errstate(all="ignore")
def gaussian(run: Run) -> np.ndarray:
    """The same of Gaussian weights of the same variance in every layer, before training."""
    _check_norm(run)
    e = replace(run.experiment, initializer="lecun_normal", scale=1.0, noise=0.0)
    drawn = initial_network(e, run.dataset)
    sizes = [np.sqrt(W.shape[2]) * np.median(rms(W)) for W in run.network_at(0).weights]
    weights = tuple(size * W for size, W in zip(sizes, drawn.weights, strict=True))
    return spectra(replace(drawn, weights=weights), run.probe[0])


@np.errstate(all="ignore")
def equally_long(values: np.ndarray) -> bool:
    """Whether even the smallest singular value, end to end, is about as large as the largest.

    values: (layers, restarts, units), of which the restarts' medians count.
    """
    if not values.size:
        return False
    largest, smallest = np.median(values[-1][:, [0, -1]], axis=0)
    return bool(np.isfinite(largest) and largest <= FLAT * smallest)


@np.errstate(all="ignore")
def uneven(values: np.ndarray) -> float:
    """How many times larger the largest singular value is than the middle one, end to end.

    values: (layers, restarts, units). The median of the restarts; inf where the middle one is 0.
    """
    if not values.size:
        return np.inf
    last = values[-1]
    ratios = last[:, 0] / last[:, last.shape[1] // 2]
    return float(np.median(np.where(ratios < 1 / ROUNDING, ratios, np.inf)))
