"""What to measure on a network: saturation, symmetry, signal and gradients, layer by layer.

All but the Jacobian is per layer and restart, shape (layers, restarts). Overflow gives inf or NaN,
which are results like any other, and never a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import number
from ..networks.activations import ACTIVATIONS
from ..networks.arrays import check_input
from ..networks.network import (
    Network,
    backpropagated,
    check_network,
    forward,
    gradients,
    weighted_sums,
)
from ..training.run import Run
from .once import once_per_run
from .standards import SATURATED, is_always_saturated, is_dead, is_saturated


def saturation(network: Network, X: np.ndarray, threshold: float = SATURATED) -> np.ndarray:
    """The share of units, over the samples, that hardly pass a gradient: (hidden layers, restarts).

    A unit counts on a sample when |f'(z)| is below ``threshold`` times the largest |f'| there is.
    For ReLU these are the units that say 0. A sine is flat on its crests alone, so however large z
    is, it is 6 % of them. A z that is not a number counts too: nothing passes it.
    X: (samples, features).
    """
    number("threshold", threshold, above=0)
    check_network(network)
    f = network.activation
    return _of_sums(network, X, lambda z: is_saturated(z, f, threshold).mean(axis=(1, 2)))


def always_saturated(network: Network, X: np.ndarray) -> np.ndarray:
    """The share of units that are saturated on every sample: (hidden layers, restarts).

    A unit that is saturated (see ``saturation``) on some samples may be telling them apart. One
    that is on all of them says the same to all, and hardly any gradient passes it.
    X: (samples, features).
    """
    return _of_sums(network, X, lambda z: is_always_saturated(z, network.activation).mean(axis=1))


def passing_little(network: Network, X: np.ndarray) -> np.ndarray:
    """(hidden layers, restarts): the share that is saturated; of a rectifier, on every sample."""
    rectifies = ACTIVATIONS[network.activation].rectifies
    return (always_saturated if rectifies else saturation)(network, X)


def dead(network: Network, X: np.ndarray) -> np.ndarray:
    """The share of units with the slope 0, up to rounding, on every sample: (hidden layers,
    restarts).

    Of ReLU these are the units that give 0 on all of them: no gradient reaches their weights, and
    no step of training revives them. (For all but dead units see ``always_saturated``.)
    X: (samples, features).
    """
    return _of_sums(network, X, lambda z: is_dead(z, network.activation).mean(axis=1))


def mean_slope(network: Network, X: np.ndarray) -> np.ndarray:
    """The mean of |f'(z)| over units and samples: (hidden layers, restarts).

    Through a z that is not a number no gradient passes: it counts as 0. X: (samples, features).
    """

    def slope(z):
        slopes = np.abs(ACTIVATIONS[network.activation].derivative(z))
        return np.where(np.isnan(z), 0, slopes).mean(axis=(1, 2))

    return _of_sums(network, X, slope)


def cosine(network: Network, x: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The cosine of the angle between a layer's answers to two inputs: (hidden layers, restarts).

    1 is the same direction, 0 a right angle. NaN where one of the answers is zero or overflows.
    x, other: (features,).
    """

    def between(a):
        a = a.astype(np.float64) / np.abs(a).max(axis=1, keepdims=True)  # or squares are inf or 0
        directions = a / np.linalg.norm(a, axis=1, keepdims=True)
        return directions.prod(axis=2).sum(axis=1)

    check_network(network)
    given = (("x", x), ("other", other))
    pair = [check_input(one, name, network.layers[0]) for name, one in given]
    return of_answers(network, np.concatenate(pair), between)


def signal_spread(network: Network, X: np.ndarray) -> np.ndarray:
    """How far a layer's answers to different inputs lie apart: (hidden layers, restarts).

    The standard deviation of each unit over the samples, then the root mean square over the units.
    A layer that says 0.5 to every input has a size, but no spread. X: (samples, features).
    """
    return of_answers(network, X, lambda a: np.sqrt(a.var(axis=2, dtype=float).mean(axis=1)))


def _of_sums(network: Network, X: ArrayLike, measure: Callable) -> np.ndarray:
    return by_layer(network, weighted_sums(network, X)[0][:-1], measure)


def of_answers(network: Network, X: ArrayLike, measure: Callable) -> np.ndarray:
    """What ``measure`` makes of every hidden layer's activations, (hidden layers, restarts)."""
    return by_layer(network, forward(network, X)[1:-1], measure)


@np.errstate(all="ignore")
def by_layer(network: Network, layers: Sequence[np.ndarray], measure: Callable) -> np.ndarray:
    """(layers, restarts): what ``measure`` makes of each, (restarts, …)."""
    return np.reshape([measure(layer) for layer in layers], (len(layers), network.restarts))


def in_units(values: np.ndarray) -> np.ndarray:
    """(restarts, rows, columns), divided by the largest of each restart: no square overflows."""
    largest = np.abs(values).max(axis=(1, 2), keepdims=True)
    return values / np.where(largest > 0, largest, 1)


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


def gradient_statistics(network: Network, X: np.ndarray, y: np.ndarray, loss: str) -> Statistics:
    """Of d loss / d weight in every layer, over the layer's weights."""
    return _statistics(gradients(network, X, y, loss)[1])


@np.errstate(all="ignore")
def gradient_sizes(network: Network, X: np.ndarray, y: np.ndarray, loss: str) -> np.ndarray:
    """rms of d (a sample's loss) / d z in every hidden layer: Glorot & Bengio 2010, figure 7."""
    deltas = backpropagated(network, X, y, loss).deltas  # of the mean over the samples
    return len(X) * by_layer(network, deltas[:-1], rms)


@np.errstate(all="ignore")
def factor_per_layer(sizes: np.ndarray) -> float:
    """How many times larger every next layer is on (geometric) average; the restarts' median.

    NaN where there is no second layer to compare with, or nothing but zeros and overflow.
    """
    if len(sizes) < 2:
        return np.nan
    return float(np.median((sizes[-1] / sizes[0]) ** (1 / (len(sizes) - 1))))


# Of a run, as the pictures and the words show it: on the samples of its probe.


def at_epoch(measure: Callable[[Network, Run], np.ndarray]) -> Callable[[Run, int], np.ndarray]:
    """``measure`` of a run's networks at an epoch, with infinity where there is no number."""

    @once_per_run
    @np.errstate(all="ignore")
    def measured(run: Run, epoch: int) -> np.ndarray:
        values = measure(run.network_at(epoch), run)
        return np.where(np.isnan(values), np.inf, values)

    return measured


def _probed(run: Run) -> tuple[np.ndarray, np.ndarray, str]:
    return run.probe, run.probe_targets, run.loss_name


# The rms of ∂loss/∂w, (layers, restarts); of what flows back, of the activations, and how far these
# lie apart: see ``gradient_sizes`` and ``signal_spread``, (hidden layers, restarts).
gradient_by_layer = at_epoch(lambda n, run: by_layer(n, gradients(n, *_probed(run))[1], rms))
backward_by_layer = at_epoch(lambda n, run: gradient_sizes(n, *_probed(run)))
signal_by_layer = at_epoch(lambda n, run: of_answers(n, run.probe, rms))
spread_by_layer = at_epoch(lambda n, run: signal_spread(n, run.probe))
saturation_by_layer = at_epoch(lambda n, run: saturation(n, run.probe).mean(axis=1))  # no restarts


@once_per_run
def activation_bars(
    run: Run, epoch: int, place: Callable, ends: tuple[float, float], bins: int
) -> list[np.ndarray]:
    """See ``bars``: of where ``place`` puts every hidden layer's activations, between ``ends``."""
    hidden = forward(run.network_at(epoch), run.probe)[1:-1]
    return [bars(place(a), *ends, bins) for a in hidden]


def bars(values: np.ndarray, low: float, high: float, bins: int) -> np.ndarray:
    """``bin_counts``, as shares of all that are counted; of nothing, 0."""
    counts = bin_counts(values, low, high, bins)
    return counts / max(counts.sum(), 1)


def bin_counts(values: np.ndarray, low: float, high: float, bins: int) -> np.ndarray:
    """How many values are in each bin: what lies beyond is in the last, and no NaN in any."""
    inside = np.clip(values[~np.isnan(values)], low, high)
    places = np.minimum((inside - low) * (bins / (high - low)), bins - 1)
    return np.bincount(places.astype(np.intp), minlength=bins)


def range_of_restarts(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(layers, restarts) to the least, the median and the greatest, (layers,) each."""
    return values.min(axis=1), np.median(values, axis=1), values.max(axis=1)


def most_of_restarts(values: np.ndarray) -> np.ndarray:
    """(layers, restarts) to (3, layers): the median between limits that hold 95 % of them."""
    return np.quantile(values, [0.025, 0.5, 0.975], axis=1)


SAMPLES = 40  # for the map: enough to see whether a layer tells inputs apart, and quick


@once_per_run
@np.errstate(all="ignore")
def signal_and_trouble(
    run: Run, epochs: int, columns: int, faintest: float
) -> tuple[np.ndarray, np.ndarray]:
    """What is left of the signal over the epochs, and where it is in trouble: shares from 0 to 1,
    (hidden layers, columns), of the columns from epoch 0 to ``epochs`` that ``run`` has reached.
    The signal is 1 where the spread is 1 or more, and 0 from ``faintest`` decades down. Trouble
    begins where half of the units are always saturated, or the spread beyond 10.
    """
    wanted = np.linspace(0, epochs, columns).round().astype(int)
    size, fixed = signal_over_epochs(run, wanted[wanted <= run.epoch])
    decades = np.nan_to_num(np.log10(size), nan=np.inf, posinf=9, neginf=-9)
    signal = np.clip(1 - decades / faintest, 0, 1)
    return signal, np.maximum(2 * fixed - 1, np.clip((decades - 1) / 2, 0, 1))


@np.errstate(all="ignore")
def signal_over_epochs(run: Run, epochs: Iterable[int]) -> tuple[np.ndarray, np.ndarray]:
    """(spread, share of always saturated units), (hidden layers, epochs), the restarts' median."""
    # The networks of all these epochs go through as one ensemble
    kept = np.searchsorted(run.snapshots, [run.snapshot_at(int(epoch)) for epoch in epochs])

    arrays = (each[kept].reshape(-1, *each.shape[2:]) for each in run.arrays)
    network = run.network_at(0).with_arrays(arrays)
    measured = (each(network, run.probe[:SAMPLES]) for each in (signal_spread, always_saturated))
    shape = (len(network.weights) - 1, len(kept), run.experiment.restarts)
    size, fixed = (np.median(np.reshape(each, shape), axis=2) for each in measured)
    return size, fixed


def statistics_by_epoch(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the first restart's hidden layers, (snapshots, layers)."""
    networks = [run.network_at(int(epoch)).restart(0) for epoch in run.snapshots]
    each = [activation_statistics(network, run.probe) for network in networks]
    mean, std = (np.array([getattr(s, part)[:-1, 0] for s in each]) for part in ("mean", "std"))
    return mean, std


def densities(layers: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """How the values of each layer are distributed: the middles of 80 bins, and the share of the
    values in each. The bins reach as far as the widest layer has more than a few values."""
    end = max(min(3.5 * layer.std(), 1.05 * np.abs(layer).max()) for layer in layers)
    edges = np.linspace(-end, end, 81)
    shares = [np.histogram(layer, edges)[0] / layer.size for layer in layers]
    return (edges[1:] + edges[:-1]) / 2, shares
