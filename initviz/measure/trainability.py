"""Which depths can be trained at which scales: networks of many kinds, all trained alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np

from ..errors import bad, number
from ..networks.initializers import INITIALIZERS
from ..networks.losses import guessing_accuracy
from ..networks.network import init_network, stack_networks
from ..training.code import digest
from ..training.experiment import Experiment, dataset_for, initial_network
from ..training.memory import check_size
from ..training.train import stream
from . import theory
from .maps import Map
from .phase import check_plain
from .standards import Learnt, learnt

POINTS = 49  # of the predicted line; an odd number, so that it has one at scale 1


def predicted_depth(run: Trainability) -> tuple[np.ndarray, np.ndarray]:
    """(log2 of the scales, the depth to which theory lets networks be trained there)."""
    e = run.experiment
    assert isinstance(e.initializer, str)  # one a layer would fit one depth only
    unit = e.scale * scheme_sigma_w(e.initializer, e.hidden_layers[0], e.activation)
    x = np.linspace(np.log2(run.scales[0]), np.log2(run.scales[-1]), POINTS)
    return x, _depths(e.activation, tuple((unit * 2**x).round(4).tolist()), e.bias_std)


@cache
def _depths(activation: str, sigma_w: tuple[float, ...], sigma_b: float) -> np.ndarray:
    return np.array([theory.TRAINABLE * theory.reach(activation, s, sigma_b) for s in sigma_w])


def shares_learnt(run: Trainability) -> tuple[float, float]:
    """Of the cells that theory lets learn, and of those that it does not, the share that does."""
    x, depth = predicted_depth(run)
    limit = np.interp(np.log2(run.scales), x, np.minimum(depth, 2 * max(run.depths)))
    under = np.array(run.depths)[:, np.newaxis] <= limit
    either = (run.learnt[cells] for cells in (under, ~under))
    within, beyond = (float(cells.mean()) if cells.size else np.nan for cells in either)
    return within, beyond


def above_guessing(run: Trainability) -> np.ndarray:
    """(depths, scales): the median accuracy, from 0 (guessing) to 1 (all right); NaN not yet."""
    return (np.median(run.accuracies, axis=2) - run.guessing) / (1 - run.guessing)


def deepest(run: Trainability) -> np.ndarray:
    """(scales,): the deepest networks that learn at each scale; 0 where none does."""
    depths = np.array(run.depths)[:, np.newaxis]
    return (run.learnt * depths).max(axis=0)


FAINTEST = 1e-100  # the scale that the map's scales are multiples of has to be more than nothing
DEPTHS = (1, 2, 4, 8, 16, 32)
SCALES = tuple(2 ** (third / 3) for third in range(-6, 7))  # from a quarter to four


@dataclass(frozen=True, eq=False)
class Trainability(Map):
    """What training an experiment at every depth and scale gave: a map. Arrays are read-only.

    experiment: the settings that all have in common; of ``hidden_layers`` the width counts, and
        ``scale`` multiplies the map's scales.
    accuracies: (depths, scales, restarts), at the last epoch; NaN where it is not trained yet.
    levels: what each network has learnt then, as ``standards.Learnt``; of the same shape.
    """

    depths: tuple[int, ...]
    scales: tuple[float, ...]
    accuracies: np.ndarray
    levels: np.ndarray

    def __post_init__(self) -> None:
        self.accuracies.flags.writeable = self.levels.flags.writeable = False

    @property
    def finished(self) -> bool:
        return not np.isnan(self.accuracies).any()

    @property
    def progress(self) -> str:
        """How far it has got, in words."""
        trained = int((~np.isnan(self.accuracies[:, 0, 0])).sum())
        return f"{trained} of {len(self.depths)} depths"

    @property
    def learnt(self) -> np.ndarray:
        """(depths, scales) bool: has the median network learnt at least a little?

        Theory says how deep a gradient reaches at all, and so where learning begins: of the cells
        that it lets learn 95 % have learnt a little after 60 epochs, and 34 % well.
        """
        return np.median(self.levels, axis=2) > Learnt.NOTHING

    @property
    def guessing(self) -> float:
        """The accuracy of the best constant answer."""
        data = self.dataset
        return guessing_accuracy(data.y if data.y_test is None else data.y_test)

    def to_csv(self) -> str:
        """One line per depth, scale and restart, with the accuracy."""
        lines = ["depth,scale,restart,accuracy"]
        for (d, s, restart), accuracy in np.ndenumerate(self.accuracies):
            scale = self.scales[s] * self.experiment.scale
            lines.append(f"{self.depths[d]},{scale},{restart},{float(accuracy)}")
        return "\n".join((*lines, ""))


def stream_trainability(experiment: Experiment, seconds: float = 0.1) -> Iterator[Trainability]:
    """Train ``DEPTHS`` at ``SCALES``, and hand out the map so far about every ``seconds``.

    The networks of one depth are trained as one ensemble, the shallow ones first.
    """
    data = dataset_for(experiment)
    check_plain(experiment)
    number("scale", experiment.scale, least=FAINTEST)
    width = tuple(experiment.hidden_layers[:1])
    deep = [replace(experiment, hidden_layers=width * depth) for depth in DEPTHS]
    check_size(deep[-1], data, copies=len(SCALES))
    accuracies = np.full((len(DEPTHS), len(SCALES), experiment.restarts), np.nan)
    levels = np.full(accuracies.shape, Learnt.NOTHING)
    for row, e in enumerate(deep):
        at_every_scale = (replace(e, scale=scale * e.scale) for scale in SCALES)
        networks = stack_networks([initial_network(each, data) for each in at_every_scale])
        every = replace(e, restarts=networks.restarts)
        for run in stream(every, data, seconds=seconds, network=networks):
            if run is not None and run.finished:
                if run.accuracies is None:
                    raise bad("dataset", experiment.dataset, "give one with classes")
                accuracies[row] = run.accuracies[-1].reshape(accuracies.shape[1:])
                levels[row] = learnt(run).reshape(levels.shape[1:])
            yield Trainability(experiment, data, DEPTHS, SCALES, accuracies.copy(), levels.copy())


def scheme_sigma_w(initializer: str, width: int, activation: str) -> float:
    """σ_w = √(fan_in · Var w) that a scheme gives layers of this width at scale 1, by 400 draws."""
    code = digest(INITIALIZERS[initializer])
    known = _sigma_w if code else _sigma_w.__wrapped__
    return known(code, initializer, width, activation)


@lru_cache(maxsize=128)  # of what the function does, whatever its name stands for next time
def _sigma_w(code: str | None, initializer: str, width: int, activation: str) -> float:
    network = init_network((width, width, 1), activation, initializer, restarts=400)
    return float(np.sqrt(width * (network.weights[0] ** 2).mean()))
