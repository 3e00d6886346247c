"""Between order and chaos: where a network stands, and theory beside what is measured."""

from functools import cache

import numpy as np

from ..errors import bad
from ..networks.network import Network, backpropagated, weighted_sums
from ..training.experiment import Experiment
from ..training.run import Run
from . import theory
from .layers import by_layer, rms
from .once import once_per_run


def check_plain(experiment: Experiment) -> None:
    """ValueError for norms and skips, which order and chaos are not those of σ_w and σ_b with."""
    if experiment.norm != "none":
        raise bad("norm", experiment.norm, "this theory is of networks without; give 'none'")
    if experiment.skip:
        raise bad("skip", experiment.skip, "this theory is of networks without; give False")


@np.errstate(all="ignore")
def sigmas(network: Network) -> tuple[float, float]:
    """(σ_w, σ_b) of the hidden layers, the median of layers and restarts.

    They are measured: √(fan_in · mean square of a weight), and the biases' root mean square. The
    first layer, whose fan-in is another one, counts only where it is the only one.
    """
    inner = slice(1, -1) if len(network.weights) > 2 else slice(0, 1)
    weights = [np.sqrt(W.shape[2]) * rms(W) for W in network.weights[inner]]
    return float(np.median(weights)), float(np.median([rms(b) for b in network.biases[inner]]))


@once_per_run
@np.errstate(all="ignore")
def measured(run: Run) -> theory.Propagation:
    """What theory predicts, measured on the networks before training: each (layers, restarts).

    The two inputs are the first two of the data. In place of χ stands the size of ∂loss/∂z in every
    hidden layer, divided by that in the last.
    """
    network, X, y = run.network_at(0), run.dataset.X[:2], run.dataset.y[:2]
    zs = [z.astype(np.float64) for z in weighted_sums(network, X)[0][:-1]]
    variance = by_layer(network, zs, lambda z: (z**2).mean(axis=(1, 2)))
    correlation = by_layer(network, zs, _correlation)
    deltas = backpropagated(network, X, y, run.loss_name).deltas
    sizes = by_layer(network, deltas[:-1], rms)
    return theory.Propagation(variance, correlation, sizes / sizes[-1:])


def _correlation(z: np.ndarray) -> np.ndarray:
    return z.prod(axis=2).mean(axis=1) / np.sqrt((z**2).mean(axis=1).prod(axis=1))


@once_per_run
@np.errstate(all="ignore")
def predicted(run: Run) -> theory.Propagation:
    """The same by theory, (layers,) each; NaN where layer 1 has nothing to start from."""
    found = measured(run)
    layers = len(found.variance)
    if not layers:
        return found
    q, c = np.mean(found.variance[0]), np.mean(np.nan_to_num(found.correlation[0], nan=1.0))
    where = run.experiment.activation, *sigmas(run.network_at(0))
    if not np.isfinite([q, *where[1:]]).all():
        return theory.Propagation(*np.full((3, layers), np.nan))
    course = theory.propagate(layers, q, np.clip(c, -1, 1), *where)
    growth = np.cumsum(np.log(course.chi[::-1]))[::-1] / 2
    return course._replace(chi=np.exp(growth - np.log(course.chi[-1]) / 2))


SIGMA_W, SIGMA_B = (0.25, 16.0), (0.0, 2.0)  # of the plane
COLUMNS, ROWS = 61, 25
SETTLED = 60  # layers after which the plane is shown


def plane() -> tuple[np.ndarray, np.ndarray]:
    """σ_w and σ_b all over the plane, each (ROWS, COLUMNS)."""
    return np.meshgrid(np.geomspace(*SIGMA_W, COLUMNS), np.linspace(*SIGMA_B, ROWS))


@cache
@np.errstate(all="ignore")
def growth(activation: str) -> np.ndarray:
    """log10 of what a layer does to the gradient, far from the input, (ROWS, COLUMNS)."""
    sigma_w, sigma_b = plane()
    q = np.ones((ROWS, COLUMNS))
    for _ in range(SETTLED):
        q = np.minimum(sigma_w**2 * theory.mean_square(activation, q) + sigma_b**2, 1e12)
    return np.log10(sigma_w**2 * theory.mean_square_slope(activation, q)) / 2


@cache
def edge_of_chaos(activation: str) -> np.ndarray:
    """Points (σ_w, σ_b) at which χ = 1, from σ_b = 0 upwards; those that there are."""
    heights = np.linspace(0, 1, 13) ** 2 * SIGMA_B[1]  # it bends most near 0
    edge = [(theory.critical_sigma_w(activation, float(b)), b) for b in heights]
    return np.array([point for point in edge if point[0] is not None]).reshape(-1, 2)
