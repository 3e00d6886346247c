"""What a user writes, as pyright reads it: what a script or an editor would miss is an error.

Nothing runs it; ``make types`` has it checked. ``assert_type`` says what has to be known.
"""

from __future__ import annotations

from typing import assert_type

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import initviz as iv
from initviz.checkups.coordinates import CoordinateCheck
from initviz.checkups.report import Report
from initviz.datasets import Dataset, dataset
from initviz.initializers import initializer
from initviz.measure.symmetry import Symmetry
from initviz.widgets.explorer import Explorer

# Names of one's own.


@initializer
def small(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return 0.01 * rng.standard_normal(shape)


@dataset
def corner() -> Dataset:
    moons = iv.DATASETS["moons"]
    return Dataset("corner", moons.X[:50], moons.y[:50], task="binary")


# Training.

X, y = iv.DATASETS["moons"].X, iv.DATASETS["moons"].y
assert_type(X, np.ndarray)
e = iv.Experiment(hidden_layers=[16, 16], initializer="small", scale=2)
run = iv.train(e, X, y)
assert_type(run, iv.Run)
assert_type(iv.train(e), iv.Run)
assert_type(iv.train(e, [[0.0, 1.0], [1.0, 0.0]], [0, 1]), iv.Run)
assert_type(run.losses, np.ndarray)
assert_type(run.network_at(-1), iv.Network)
assert_type(run.plot(), Figure)
assert_type(run.to_frame(), pd.DataFrame)
assert_type(iv.sweep(iv.Experiment(), {"scale": [1, 2]}), pd.DataFrame)
assert_type(iv.sweep(iv.Experiment(), scale=[1, 2], cache="runs"), pd.DataFrame)
for so_far in iv.stream(e):
    assert_type(so_far, iv.Run | None)
for scale in iv.progress([0.1, 1.0]):
    assert_type(scale, float)

# Measuring.

network = iv.init_network((2, 16, 1), "tanh", "small")
assert_type(network, iv.Network)
assert_type(iv.forward(network, X), list[np.ndarray])
assert_type(iv.saturation(network, X), np.ndarray)
assert_type(iv.symmetry(network), Symmetry)
assert_type(iv.median_interval(run.losses[-1]), iv.Interval)
assert_type(iv.median_interval([0.1, 0.2, 0.3]).low, float)
assert_type(iv.theory.chi("tanh", 1.0), float)
assert_type(iv.checkup(network, X), Report)
check = iv.coordinate_check(lambda width: ..., [64, 128, 256], X, y)
assert_type(check, CoordinateCheck)
assert_type(check.plot(), Figure)
assert_type(check.to_frame(), pd.DataFrame)
assert_type(iv.explain(run), str)

# Looking.

assert_type(iv.explore(scale=0.1), Explorer)
assert_type(iv.explore(e), Explorer)
assert_type(iv.explore_depth(), Explorer)
assert_type(iv.explore_depth(hidden_layers=[8] * 20), Explorer)
assert_type(iv.plots.overview(run), Figure)
