"""What the tests of several rooms measure: runs trained once, and numbers that are made up."""

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

import initviz as iv
from initviz.measure.coordinates import Coordinates
from initviz.measure.standards import Learnt
from initviz.measure.sweeps import sweep
from initviz.measure.trainability import Trainability
from initviz.measure.width import RATES, STEP_WIDTHS, WIDTHS, Widths

# A race.

RACE = replace(iv.explore_race.start, epochs=12, restarts=6)
RACES = {
    "start": RACE,
    "zero": replace(RACE, initializer="zeros"),
    "large": replace(RACE, scale=30.0),
    "overflow": replace(RACE, activation="relu", scale=100.0, learning_rate=100.0),
    "one network": replace(RACE, restarts=1),
    "long": replace(RACE, epochs=1000, restarts=2),
    "other seed": replace(RACE, seed=1),
    "digits": replace(RACE, dataset="digits", epochs=3),
}
LINE = np.log(2) / 4  # moons: two classes of 50 points each
NEVER = np.inf


@cache
def race():
    return iv.train(RACE)


def finishing(*epochs_there, epochs=12, **settings):
    """A run whose networks cross the line at the given epochs, of ``epochs`` in all."""
    rows = np.arange(epochs + 1)[:, np.newaxis]
    losses = np.where(rows < np.array(epochs_there), 2.0 * LINE, 0.5 * LINE)
    experiment = replace(RACE, epochs=epochs, restarts=len(epochs_there), **settings)
    return replace(race(), experiment=experiment, losses=losses, accuracies=None)


# Schemes.

SCHEMES = iv.explore_schemes.start
ONE_EPOCH = replace(SCHEMES, epochs=1)


@cache
def schemes():
    """By name: a run under each of several schemes, on several architectures."""
    experiments = {
        "glorot": SCHEMES,
        "he": replace(SCHEMES, initializer="he_normal"),
        "pytorch": replace(ONE_EPOCH, initializer="pytorch_default"),
        "silent": replace(ONE_EPOCH, initializer="normal", scale=0.001),
        "overflow": replace(ONE_EPOCH, initializer="normal", scale=100.0, hidden_layers=(64,) * 12),
        "zeros": replace(ONE_EPOCH, initializer="zeros"),
        "one layer": replace(ONE_EPOCH, hidden_layers=(16,)),
        "one unit": replace(ONE_EPOCH, hidden_layers=(1,) * 12),
        "one restart": replace(ONE_EPOCH, restarts=1),
        "sigmoid": replace(ONE_EPOCH, activation="sigmoid"),
        "digits": replace(ONE_EPOCH, dataset="digits", restarts=2),
    }
    return {name: iv.train(experiment) for name, experiment in experiments.items()}


# A map of trainability.


def trainability(cells, **settings):
    """A map in which the cells that learnt have an accuracy of 1, the others that of guessing."""
    cells = np.array(cells, bool)
    levels = np.where(cells, Learnt.A_LITTLE, Learnt.NOTHING)[..., np.newaxis].repeat(2, axis=2)
    accuracies = np.where(levels > Learnt.NOTHING, 1.0, 0.5)
    depths = tuple(2**row for row in range(len(cells)))
    scales = tuple(2.0 ** (column - len(cells[0]) // 2) for column in range(len(cells[0])))
    experiment = replace(iv.explore_trainability.start, restarts=2, **settings)
    return Trainability(experiment, iv.DATASETS["moons"], depths, scales, accuracies, levels)


# Losses over the rates at five widths.


def widths(best, steps=None, **settings):
    """The loss is least at the rates ``best``, one a width; the first step changes the sums of each
    layer by width ** one of ``steps``."""
    experiment = replace(iv.explore_width.start, restarts=2, **settings)
    rates = RATES[experiment.optimizer]
    away = np.abs(np.log2(rates) - np.log2(best)[:, np.newaxis])
    losses = (0.1 * (1 + away))[..., np.newaxis].repeat(2, axis=2)
    sizes = np.array(STEP_WIDTHS)[:, np.newaxis] / 64.0
    changes = np.stack([factor * sizes ** np.array(steps or (0, 0.5, 1)) for factor in (0.9, 1.1)])
    layers = ("layer 1", "layer 2", "output")
    readout = np.array([False, False, True])
    coordinates = Coordinates(
        STEP_WIDTHS, layers, np.ones(changes.shape), changes[np.newaxis], readout
    )
    return Widths(experiment, iv.DATASETS["digits"], WIDTHS, rates, losses, coordinates)


# A sweep.

TINY = iv.Experiment(hidden_layers=(4, 4), activation="tanh", epochs=6, restarts=3)
OVER = {"initializer": ["normal", "he_normal"], "scale": [0.5, 2.0, 9.0], "hidden_layers": [1, 2]}
SETTINGS, NETWORKS = 12, 36
X = np.random.default_rng(3).normal(size=(20, 3))
REGRESSION = iv.Dataset("curve", X, np.sin(X[:, 0]), "regression")
CLASSES = iv.Dataset("thirds", X, np.arange(20) % 3, "multiclass", X[:7], np.arange(7) % 3)


def swept(base=TINY, over=OVER, **options):
    return sweep(base, over, **{"n_jobs": 1, "progress": False} | options)


def kept(folder):
    """The files of the settings that a sweep has kept there."""
    return sorted(folder.rglob("*.npz"))


def assert_same(found, expected):
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert found.attrs == expected.attrs


class Problem(NamedTuple):
    """Five samples with three features: small enough to try everything on them."""

    data: iv.Dataset
    loss: str
    output: str

    @property
    def data_and_loss(self):
        """What ``gradients`` takes after the network."""
        return self.data.X, self.data.y, self.loss


FIVE = np.random.default_rng(7).normal(size=(5, 3))
OF_FIVE = {
    "regression": iv.Dataset(
        "five", FIVE, np.random.default_rng(8).normal(size=(5, 2)), "regression"
    ),
    "binary": iv.Dataset("five", FIVE, np.array([0, 1, 1, 0, 1]), "binary"),
    "multiclass": iv.Dataset("five", FIVE, np.array([0, 1, 2, 1, 0]), "multiclass"),
}
PROBLEMS = (
    Problem(OF_FIVE["regression"], "squared_error", "identity"),
    Problem(OF_FIVE["binary"], "squared_error", "sigmoid"),
    Problem(OF_FIVE["binary"], "binary_cross_entropy", "sigmoid"),
    Problem(OF_FIVE["multiclass"], "softmax_cross_entropy", "softmax"),
)
