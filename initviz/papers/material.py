"""What is measured on: parts of the data sets, and many networks before training."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..networks.datasets import DATASETS, Dataset
from ..networks.network import Network, init_network
from ..training.run import Run

CHUNK = 1000  # networks at once in memory


def part(name: str, samples: int | None) -> Dataset:
    """The first training samples of a data set, without its test part: None takes them all."""
    data = DATASETS[name]
    return replace(data, X=data.X[:samples], y=data.y[:samples], X_test=None, y_test=None)


def unseen(name: str, samples: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(X, y): the first samples of a data set's test part: None takes them all."""
    data = DATASETS[name]
    assert data.X_test is not None
    assert data.y_test is not None
    return data.X_test[:samples], data.y_test[:samples]


def accuracies_of(run: Run) -> np.ndarray:
    """(epochs + 1, restarts): the accuracies of a run on classes, which always has some."""
    assert run.accuracies is not None
    return run.accuracies


def relu_networks(
    layers: tuple[int, ...], networks: int, seed: int, dtype: str
) -> Iterator[Network]:
    """So many networks with He's normal start, no more than ``CHUNK`` at a time."""
    for i, before in enumerate(range(0, networks, CHUNK)):
        size = {"restarts": min(CHUNK, networks - before), "dtype": dtype}
        yield init_network(layers, "relu", "he_normal", seed=1000 * seed + i, **size)
