"""What a training loop is given: a task, and a block of networks to train."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import NamedTuple

import numpy as np

BETA_1, BETA_2, ADAM_EPSILON = 0.9, 0.999, 1e-8  # of Adam, the paper's and everybody's
PART = 240  # samples; what becomes of them in a network of some 100 units stays in the cache


class Parts(NamedTuple):
    """``Network.arrays``, or how the loss changes with them: of each layer weights and biases, of
    each norm gains and shifts, and by the number of their layer the alphas of the skips."""

    layers: list[tuple[np.ndarray, np.ndarray]]
    norms: list[tuple[np.ndarray, np.ndarray]]
    alphas: dict[int, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Descent:
    """How a step is made from a gradient.

    adam: whether it is Adam's, or else plain gradient descent's with ``momentum``.
    rates: the learning rate of each of ``Network.arrays``. warmup: in so many steps they rise to
    their full size.
    """

    adam: bool
    momentum: float
    rates: list[float]
    warmup: int

    def warmth(self, step: int) -> float:
        """The share of the rates that the steps before this one, from 0 on, have risen to."""
        return min(1.0, (step + 1) / self.warmup) if self.warmup else 1.0


@dataclass(frozen=True, kw_only=True)
class Task:
    """What all restarts have in common.

    data, test: (X (features, samples), targets (outputs, samples)), in the networks' dtype.
        Accuracy is measured on ``test``, and not at all where that is None.
    order(epoch): the samples as they are taken into mini-batches of ``batch_size``; where that is
        None, each step is made from all of them.
    slots: (epochs + 1,): where an epoch's weights are kept; -1 where they are not.
    shapes: of each of ``Network.arrays`` in one network. norm, skips: as ``Network`` has them.
    """

    layers: tuple[int, ...]
    shapes: list[tuple[int, ...]]
    norm: str
    skips: tuple[int, ...]
    activation: str
    output: str
    loss: str
    descent: Descent
    data: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray] | None
    order: Callable[[int], np.ndarray]
    batch_size: int | None
    epochs: int
    slots: np.ndarray

    @cached_property
    def parts(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The data, and those of the test set where accuracy is measured on others, in parts."""
        none = tuple(each[:, :0] for each in self.data)
        test = none if self.test is None or self.test is self.data else self.test
        size = self.part
        return [(in_parts(X, size), in_parts(targets, size)) for X, targets in (self.data, test)]

    @property
    def part(self) -> int:
        """Samples that pass together. Those that a batch norm looks at all do."""
        most = max(X.shape[1] for X, _ in (self.data, self.test or self.data))
        return most if self.norm == "batch" else PART

    @cached_property
    def sizes(self) -> list[int]:
        """Of each of ``Network.arrays`` in one network."""
        return [prod(shape) for shape in self.shapes]

    @property
    def steps(self) -> int:
        """In an epoch."""
        samples = self.data[0].shape[1]
        return -(-samples // self.batch_size) if self.batch_size else 1

    @property
    def norms(self) -> int:
        """How many there are."""
        return len(self.layers) - 2 if self.norm != "none" else 0


@dataclass
class Block:
    """Some of the restarts, in arrays of their ensemble.

    losses, accuracies: (epochs + 1, restarts). kept: (snapshots, restarts, parameters).
    epoch: the next one to be measured.
    parameters: (restarts, parameters), as they are then: of each network its ``arrays``, one after
        the other. moments: likewise, what past gradients have added up to, and behind it for Adam
        what their squares have. equal: (restarts,): where some units of a layer start equal. All
        three are there while the block is at work.
    """

    losses: np.ndarray
    accuracies: np.ndarray | None
    kept: np.ndarray
    epoch: int = 0
    parameters: np.ndarray = field(init=False)
    moments: np.ndarray = field(init=False)
    equal: np.ndarray = field(init=False)

    def begin(self, task: Task) -> None:
        self.parameters = self.kept[0].copy()
        restarts, parameters = self.parameters.shape
        moments = 2 if task.descent.adam else 1
        self.moments = np.zeros((restarts, moments * parameters), self.parameters.dtype)
        self.equal = some_are_equal(parts_of(task, self.parameters).layers)

    def finish(self) -> None:
        del self.parameters, self.moments, self.equal


Loop = Callable[[Task, Block, int], None]  # trains a block up to an epoch, which is not measured


def in_parts(columns: np.ndarray, size: int) -> np.ndarray:
    """``size`` samples after ``size`` samples, each of these parts in one piece.

    columns: (features, samples).
    """
    starts = range(0, columns.shape[1], size)
    parts = [columns[:, start : start + size].ravel() for start in starts]
    return np.concatenate(parts) if parts else columns.ravel()


def some_are_equal(layers: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """(restarts,): whether two units of a layer have the same weights and the same bias.

    >>> W, b = np.array([[[1, 2], [1, 2]], [[1, 2], [1, 3]]]), np.zeros((2, 2, 1))
    >>> some_are_equal([(W, b)])
    array([ True, False])
    """
    found = np.zeros(len(layers[0][0]), bool)
    for W, b in layers:
        doubtful = (np.diff(np.sort(W[:, :, 0])) == 0).any(axis=1)
        for r in np.flatnonzero(doubtful):
            units = np.hstack([W[r], b[r]])
            found[r] |= len(np.unique(units, axis=0)) < len(units)
    return found


def parts_of(task: Task, parameters: np.ndarray) -> Parts:
    """What lies in the last axis of ``parameters``, as views."""
    pieces = np.split(parameters, np.cumsum(task.sizes)[:-1], axis=-1)
    before = parameters.shape[:-1]
    arrays = [p.reshape(*before, *s) for p, s in zip(pieces, task.shapes, strict=True)]
    pairs = list(zip(arrays[::2], arrays[1::2], strict=False))
    layers, norms = len(task.layers) - 1, task.norms
    alphas = arrays[2 * (layers + norms) :]
    return Parts(
        pairs[:layers], pairs[layers : layers + norms], dict(zip(task.skips, alphas, strict=True))
    )
