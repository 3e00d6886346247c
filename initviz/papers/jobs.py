"""What jobs have in common: settings crossed, networks and data, and their numbers as arrays."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from ..networks.datasets import DATASETS, Dataset
from ..networks.network import Network, init_network
from ..training.run import Run
from .result import Job, Measured

CHUNK = 1000  # networks at once in memory


def crossed(shared: Job | None = None, **choices: Iterable) -> list[Job]:
    """A job for every combination of choices, the last changing fastest, with all of ``shared``."""
    combinations = product(*choices.values())
    return [dict(zip(choices, values, strict=True)) | (shared or {}) for values in combinations]


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


def relu_networks(layers: tuple[int, ...], count: int, seed: int, dtype: str) -> Iterator[Network]:
    """So many networks with He's normal start, no more than ``CHUNK`` at a time."""
    for i, before in enumerate(range(0, count, CHUNK)):
        size = {"restarts": min(CHUNK, count - before), "dtype": dtype}
        yield init_network(layers, "relu", "he_normal", seed=1000 * seed + i, **size)


def accuracies_of(run: Run) -> np.ndarray:
    """(epochs + 1, restarts): the accuracies of a run on classes, which always has some."""
    assert run.accuracies is not None
    return run.accuracies


def plain(values: ArrayLike) -> list:
    """An array as nested lists for JSON, None in place of what is not a finite number."""
    numbers = np.asarray(values, float)
    known = numbers.astype(object)
    known[~np.isfinite(numbers)] = None
    return known.tolist()


def rows(measured: list[Measured], **settings) -> list[Measured]:
    """What the jobs with these settings measured."""
    return [m for m in measured if settings.items() <= m.items()]


def table(measured: list[Measured], key: str, **settings) -> np.ndarray:
    """What the jobs with these settings measured under ``key``: (jobs, …), NaN for None."""
    return np.array([m[key] for m in rows(measured, **settings)], float)


def when(measured: list[Measured], key: str, **settings) -> np.ndarray:
    """When each network of the jobs with these settings got there: inf for None, which is never."""
    return np.nan_to_num(table(measured, key, **settings).ravel(), nan=np.inf)
