"""The loss surface: what a slice of it looks like, where training can end, what trying again gives.

A network with P weights and biases is a point in P dimensions, and its loss is the height there.
Training walks downhill from wherever it was put. A different start may lead to a different end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil, inf, log, log1p

import numpy as np
from numpy.typing import ArrayLike

from ..errors import bad, number, whole
from ..networks.losses import LOSSES, encode_targets
from ..networks.network import Network, gradient, weighted_sums
from ..training.run import Run
from .standards import CONFIDENCE, well


def as_points(network: Network) -> np.ndarray:
    """Every restart as one row of numbers, (restarts, parameters): layer by layer, W then b."""
    return np.concatenate([p.reshape(len(p), -1) for p in network.arrays], axis=1)


def as_network(points: np.ndarray, like: Network) -> Network:
    """The networks of these ``points``, (restarts, parameters), in the shape of ``like``."""
    points = np.asarray(points)
    shapes = [p.shape[1:] for p in like.arrays]
    sizes = [int(np.prod(shape)) for shape in shapes]
    if points.ndim != 2 or points.shape[1] != sum(sizes):
        raise bad("points.shape", points.shape, f"give (restarts, {sum(sizes)})")
    pieces = np.split(points, np.cumsum(sizes)[:-1], axis=1)
    parts = zip(pieces, shapes, strict=True)
    return like.with_arrays(piece.reshape(len(points), *shape) for piece, shape in parts)


@np.errstate(all="ignore")
def slopes_at(
    points: np.ndarray, like: Network, X: ArrayLike, y: ArrayLike, loss: str
) -> np.ndarray:
    """How the loss changes with each number of the networks at these points, which it is shaped
    like: (restarts, parameters)."""
    return as_points(gradient(as_network(points, like), X, y, loss)[1])


def path(run: Run, restart: int) -> np.ndarray:
    """The way one restart went, (snapshots, parameters)."""
    return np.concatenate([p[:, restart].reshape(len(p), -1) for p in run.arrays], axis=1)


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in the space of networks. ``Plane.through`` makes one.

    origin: (parameters,). along, across: two directions of length 1 at right angles.
    """

    origin: np.ndarray
    along: np.ndarray
    across: np.ndarray

    @classmethod
    def through(cls, first: np.ndarray, second: np.ndarray, third: np.ndarray) -> Plane:
        """The plane that holds three networks, each (parameters,).

        The first lies at (0, 0), the second on the horizontal axis to the right, the third above
        it. Raises ValueError when the three lie on one line.
        """
        first, second, third = (np.asarray(p, np.float64) for p in (first, second, third))
        along, side = second - first, third - first
        length = np.linalg.norm(along)
        along = along / (length or 1.0)
        across = side - along * (along @ side)
        height = np.linalg.norm(across)
        if length == 0 or height <= 1e-9 * np.linalg.norm(side):
            raise bad("third", third, "three networks on one line are on many planes")
        return cls(first, along, across / height)

    def coordinates(self, points: np.ndarray) -> np.ndarray:
        """Where points (…, parameters) stand, seen from straight above: (…, 2)."""
        return (points - self.origin) @ np.column_stack([self.along, self.across])

    def points(self, coordinates: np.ndarray) -> np.ndarray:
        """The networks (…, parameters) at the places (…, 2) of the plane."""
        return self.origin + np.asarray(coordinates) @ np.stack([self.along, self.across])

    def distance(self, points: np.ndarray) -> np.ndarray:
        """How far points (…, parameters) are from the plane, (…,)."""
        return np.linalg.norm(points - self.points(self.coordinates(points)), axis=-1)

    def grid(self, low: Sequence[float], high: Sequence[float], size: int) -> np.ndarray:
        """The networks at size × size places between two corners, (size², parameters), upwards."""
        x, y = np.linspace(low, high, size).T
        return self.points(np.stack(np.meshgrid(x, y), axis=-1)).reshape(size**2, -1)


@np.errstate(all="ignore")
def losses_at(points: np.ndarray, run: Run) -> np.ndarray:
    """The height of the surface that ``run`` trains on, at points (…, parameters): (…,)."""
    points = np.asarray(points)
    flat = points.reshape(-1, points.shape[-1])
    z = weighted_sums(as_network(flat, run.network_at(0)), run.dataset.X)[0][-1]
    targets = encode_targets(run.dataset.y, run.loss_name, run.dataset.outputs)
    return LOSSES[run.loss_name].value(z, targets, run.output).reshape(points.shape[:-1])


def heights_around(
    ways: Sequence[np.ndarray], plane: Plane, run: Run, margin: float, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y, (size,) each, and the heights, (size, size), of the piece that holds all ``ways``."""
    low = np.min([way.min(axis=0) for way in ways], axis=0) - margin
    high = np.max([way.max(axis=0) for way in ways], axis=0) + margin
    x, y = np.linspace(low, high, size).T
    return x, y, losses_at(plane.grid(low, high, size), run).reshape(size, size)


def lengths_over_epochs(run: Run, since: int, points: int) -> tuple[np.ndarray, np.ndarray]:
    """(epochs, (points,); the length of all weights as one vector, (points, restarts))."""
    epochs = run.snapshots[run.snapshots >= since]
    epochs = epochs[np.linspace(0, len(epochs) - 1, points).astype(int)]
    lengths = [np.linalg.norm(as_points(run.network_at(int(t))), axis=1) for t in epochs]
    return epochs, np.array(lengths)


solved = well  # on XOR's four points nothing is wrong then: see ``standards.learnt``


@np.errstate(all="ignore")
def plateaus(targets: Sequence[float] | np.ndarray) -> np.ndarray:
    """The squared errors at which a network can be stuck that answers whole groups alike, rising.

    A group that always gets the same answer is best served by its mean target, and what is left is
    its variance. So every way to lump the samples together has its level; many of them coincide.
    There are 15 ways for 4 samples and 115,975 for 10, so more than 10 raise ValueError.
    """
    targets = np.asarray(targets, np.float64)
    if targets.ndim != 1 or not 0 < len(targets) <= 10:
        raise bad("targets.shape", targets.shape, "give the targets of 1 to 10 samples")
    levels = [
        sum(targets[group].var() * len(group) for group in groups) / len(targets)
        for groups in _partitions(len(targets))
    ]
    return np.unique(np.round(levels, 12))


def _partitions(count: int) -> Iterator[list[list[int]]]:
    """Every way to lump the numbers below ``count`` together."""
    if count == 0:
        yield []
        return
    last = count - 1
    for groups in _partitions(last):
        yield [*groups, [last]]
        for i, group in enumerate(groups):
            yield [*groups[:i], [*group, last], *groups[i + 1 :]]


@np.errstate(all="ignore")
def best_of(chance: float | np.ndarray, tries: int | np.ndarray) -> float | np.ndarray:
    """The chance that at least one of ``tries`` independent restarts solves it: 1 - (1 - p)^k."""
    return 1 - (1 - np.asarray(chance)) ** tries


def groups_of(hits: np.ndarray, size: int) -> np.ndarray:
    """Cut the restarts into disjoint groups: (groups,) bool, whether any restart of each hit.

    hits: (restarts,) bool. What is left over, less than a whole group, is not used. Raises
    ValueError when there is not one whole group.
    """
    hits, size = np.asarray(hits), whole("size", size, least=1)
    count = len(hits) // size
    if count == 0:
        raise bad("size", size, f"there are {len(hits)} restarts, not one whole group")
    return np.asarray(hits[: count * size].reshape(count, size).any(axis=1))


def tries_needed(chance: float, certainty: float = CONFIDENCE) -> float:
    """How many restarts it takes until one of them solves it with ``certainty``; inf for chance 0.

    The smallest k with 1 - (1 - p)^k ≥ certainty.
    """
    if not 0 <= number("chance", chance) <= 1:
        raise bad("chance", chance, "give a share from 0 to 1")
    number("certainty", certainty, above=0, below=1)
    if chance in (0, 1):
        return 1 if chance else inf
    tries = log(1 - certainty) / log1p(-chance)
    return max(1, ceil(tries)) if tries < inf else inf


NEAR = 0.006  # how far from a level a loss still counts as being on it


def levels(run: Run) -> dict[str, float]:
    """The plateaus of a data set so small that they can be named, as fractions; else none."""
    if run.loss_name != "squared_error" or len(run.dataset.y) > 4:
        return {}
    return dict(_named(tuple(run.dataset.y.tolist())))


@cache
def _named(targets: tuple[float, ...]) -> list[tuple[str, float]]:
    return [(fraction(value), value) for value in plateaus(targets)[1:].tolist()]


def fraction(value: float) -> str:
    return str(Fraction(value).limit_denominator(100))


def on_levels(run: Run, epoch: int = -1) -> dict[str, int]:
    """How many of the restarts that have not solved it are on each of the ``levels``."""
    losses = run.losses[epoch][~solved(run, epoch)]
    return {name: int((np.abs(losses - v) < NEAR).sum()) for name, v in levels(run).items()}


def nearest_level(run: Run) -> np.ndarray:
    """(restarts,): the number of the level where each ends; 0 is the loss 0, then ``levels``."""
    values = np.array([0, *levels(run).values()])
    return np.abs(run.losses[-1][:, np.newaxis] - values).argmin(axis=1)


def typical_stuck(run: Run) -> int | None:
    """Of the restarts that have not solved it, the one with the median loss; None if all have."""
    others = np.flatnonzero(~solved(run))
    rising = others[np.argsort(run.losses[-1, others], kind="stable")]
    return int(rising[(len(rising) - 1) // 2]) if len(rising) else None
