"""What a training loop is given: a task, and a block of networks to train."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

PART = 240  # samples; what becomes of them in a network of some 100 units stays in the cache
Layers = list[tuple[np.ndarray, np.ndarray]]  # of each layer weights and biases


@dataclass(frozen=True, kw_only=True)
class Task:
    """What all restarts have in common.

    data, test: (X (features, samples), targets (outputs, samples)), in the networks' dtype.
        Accuracy is measured on ``test``, and not at all where that is None.
    order(epoch): the samples as they are taken into mini-batches of ``batch_size``; where that is
        None, each step is made from all of them.
    slots: (epochs + 1,): where an epoch's weights are kept; -1 where they are not.
    """

    layers: tuple[int, ...]
    activation: str
    output: str
    loss: str
    learning_rate: float
    momentum: float
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
        return [(in_parts(X), in_parts(targets)) for X, targets in (self.data, test)]

    @property
    def parameters(self) -> int:
        """Of one network."""
        return sum(fan_out * (fan_in + 1) for fan_in, fan_out in pairwise(self.layers))


@dataclass
class Block:
    """Some of the restarts, in arrays of their ensemble.

    losses, accuracies: (epochs + 1, restarts). kept: (snapshots, restarts, parameters).
    epoch: the next one to be measured.
    parameters, velocities: (restarts, parameters), as they are then: of each network, layer by
        layer, weights and biases. equal: (restarts,): where some units of a layer start equal. They
        are there while the block is at work.
    """

    losses: np.ndarray
    accuracies: np.ndarray | None
    kept: np.ndarray
    epoch: int = 0
    parameters: np.ndarray = field(init=False)
    velocities: np.ndarray = field(init=False)
    equal: np.ndarray = field(init=False)

    def begin(self, task: Task) -> None:
        self.parameters = self.kept[0].copy()
        self.velocities = np.zeros_like(self.parameters)
        self.equal = some_are_equal(layers_in(self.parameters, task.layers))

    def finish(self) -> None:
        del self.parameters, self.velocities, self.equal


Loop = Callable[[Task, Block, int], None]  # trains a block up to an epoch, which is not measured


def in_parts(columns: np.ndarray) -> np.ndarray:
    """``PART`` samples after ``PART`` samples, each of these parts in one piece.

    columns: (features, samples).
    """
    starts = range(0, columns.shape[1], PART)
    parts = [columns[:, start : start + PART].ravel() for start in starts]
    return np.concatenate(parts) if parts else columns.ravel()


def some_are_equal(layers: Layers) -> np.ndarray:
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


def layers_in(parameters: np.ndarray, layers: tuple[int, ...]) -> Layers:
    """The weights and biases that lie in the last axis of ``parameters``, as views.

    Of each layer (…, fan_out, fan_in) and (…, fan_out, 1).

    >>> [(W.shape, b.shape) for W, b in layers_in(np.zeros((5, 13)), (2, 3, 1))]
    [((5, 3, 2), (5, 3, 1)), ((5, 1, 3), (5, 1, 1))]
    """
    found, end = [], 0
    for fan_in, fan_out in pairwise(layers):
        start, middle, end = end, end + fan_out * fan_in, end + fan_out * (fan_in + 1)
        W, b = parameters[..., start:middle], parameters[..., middle:end]
        before = parameters.shape[:-1]
        found.append((W.reshape(*before, fan_out, fan_in), b.reshape(*before, fan_out, 1)))
    return found
