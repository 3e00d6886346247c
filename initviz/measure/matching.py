"""Two seeds, one network? The units of one put in the order of another's, and the hill between.

A network's hidden units can stand in any order without changing what it computes. Ainsworth, Hayase
& Srinivasa 2022, https://arxiv.org/abs/2209.04836, look for the order in which two networks are
nearest, and find that what seemed to lie in two valleys often lies in one.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ..networks.network import Network, check_network, losses_of
from ..training.blas import one_blas_thread
from .landscape import as_network, as_points
from .movement import check_like, check_pairs

PLACES = 25  # from one network to the other at which the loss is measured, both ends among them
GAIN = 1e-9  # of the weights' products: a new order that gains less is rounding


@np.errstate(all="ignore")
def match_units(network: Network, other: Network) -> Network:
    """``other``, with its hidden units in the order in which they fit those of ``network`` best.

    It computes what it did before; restart r is fitted to restart r. Every unit is assigned to one
    of the other network so that their weights' products sum to the most, which makes the squared
    distance least: layer after layer, first by what comes in, then by what comes in and goes out,
    until no layer gains. For one hidden layer that is the best order of all, for more of them one
    that no other order of a single layer improves (Ainsworth et al. 2022, algorithm 1).

    >>> from initviz import init_network
    >>> network = init_network((2, 3, 1))
    >>> turned = permuted(network, [np.array([[2, 0, 1]])])
    >>> np.array_equal(match_units(network, turned).weights[0], network.weights[0])
    True
    """
    check_network(network)
    check_like(network, "other", other)
    check_pairs(network, 3)
    orders = [_orders(network.restart(r), other.restart(r)) for r in range(network.restarts)]
    return permuted(other, [np.array(layer) for layer in zip(*orders, strict=True)])


def permuted(network: Network, orders: Sequence[np.ndarray]) -> Network:
    """The network with its hidden units in other orders: one a hidden layer, (restarts, units).
    Where a skip joins two layers they have to be the same."""
    weights, biases = list(network.weights), list(network.biases)
    for layer, order in enumerate(orders):
        weights[layer] = _taken(weights[layer], order)
        biases[layer] = _taken(biases[layer], order)
        columns = order[:, np.newaxis]
        weights[layer + 1] = np.take_along_axis(weights[layer + 1], columns, axis=2)
    gains, shifts = (
        tuple(_taken(each, order) for each, order in zip(arrays, orders, strict=False))
        for arrays in (network.gains, network.shifts)
    )
    changed = {"weights": tuple(weights), "biases": tuple(biases), "gains": gains}
    return replace(network, **changed, shifts=shifts)


def _taken(array: np.ndarray, order: np.ndarray) -> np.ndarray:
    return np.take_along_axis(array, order[:, :, np.newaxis], axis=1)


def _orders(network: Network, other: Network) -> list[np.ndarray]:
    """Which units of ``other``, a single restart like the first, fit: one array a hidden layer."""
    from scipy.optimize import linear_sum_assignment  # here, because few need it, and it is slow

    orders = [np.arange(units) for units in other.layers[1:-1]]

    def turned() -> Network:
        return permuted(other, [order[np.newaxis] for order in orders])

    def assign(group: list[int], whole: bool) -> None:
        likeness = _likeness(network, turned(), group, whole)
        _, best = linear_sum_assignment(likeness, maximize=True)
        for layer in group:
            orders[layer] = orders[layer][best]

    def product() -> float:
        return float((as_points(network) * as_points(turned())).sum(dtype=float))

    groups = _groups(network)
    for group in groups:
        assign(group, whole=False)
    best, gained = product(), True
    while gained:
        gained = False
        for group in groups:
            before = orders.copy()
            assign(group, whole=True)
            if product() > best + GAIN * abs(best):
                best, gained = product(), True
            else:
                orders[:] = before
    return orders


def _groups(network: Network) -> list[list[int]]:
    """The hidden layers, those together that a skip joins: their units are added one by one."""
    groups: list[list[int]] = []
    for layer in range(len(network.weights) - 1):
        if layer in network.skips:
            groups[-1].append(layer)
        else:
            groups.append([layer])
    return groups


def _likeness(network: Network, other: Network, group: list[int], whole: bool) -> np.ndarray:
    """The products of the weights of each unit of one and each of the other, (units, units), over
    the layers of a group; 0 for an overflow. whole: whether what goes out counts as well, and what
    comes in from a layer of the same group."""
    total = np.zeros((network.layers[group[0] + 1],) * 2)
    for layer in group:
        mine, theirs = (_of_units(n, layer, whole, layer == group[0]) for n in (network, other))
        total += mine @ theirs.T
    return np.nan_to_num(total, posinf=0, neginf=0)


def _of_units(network: Network, layer: int, whole: bool, first: bool) -> np.ndarray:
    """The numbers that belong to each unit of a layer, (units, numbers)."""
    parts = [each[layer][0] for each in (network.biases, network.gains, network.shifts) if each]
    if whole or first:
        parts.append(network.weights[layer][0])
    if whole:
        parts.append(network.weights[layer + 1][0].T)
    return np.hstack(parts).astype(float)


@np.errstate(all="ignore")
def barrier(network: Network, other: Network, X: ArrayLike, y: ArrayLike, loss: str) -> np.ndarray:
    """By how much the loss between two networks rises above the line between theirs: (restarts,).

    On the straight way from the weights of one to those of the other, at 25 places: the most by
    which the loss of the mean is above the mean of the losses. 0 where it nowhere is; NaN where a
    loss is not finite (Entezari et al. 2021, https://arxiv.org/abs/2110.06296, definition 1). X:
    (samples, features). y: (samples,) or (samples, outputs). loss: a name in ``LOSSES``.
    """
    return highest(losses_between(network, other, X, y, loss))


@np.errstate(all="ignore")
def highest(losses: np.ndarray) -> np.ndarray:
    """How far losses rise above the line between their ends: (places, restarts) → (restarts,)."""
    share = np.linspace(0, 1, len(losses))[:, np.newaxis]
    return (losses - ((1 - share) * losses[0] + share * losses[-1])).max(axis=0)


@np.errstate(all="ignore")
def losses_between(
    network: Network, other: Network, X: ArrayLike, y: ArrayLike, loss: str
) -> np.ndarray:
    """The losses at ``PLACES`` on the straight way from one to the other: (places, restarts)."""
    check_network(network)
    check_like(network, "other", other)
    here, there = (as_points(each).astype(np.float64) for each in (network, other))
    like = network.each_array(lambda array: array.astype(np.float64))
    ways = [as_network(here + s * (there - here), like) for s in np.linspace(0, 1, PLACES)]
    with one_blas_thread:  # more of them only wait for each other
        return np.array([losses_of(each, X, y, loss) for each in ways])
