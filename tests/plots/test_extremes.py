"""Data and starts at the ends of what numbers can be: there is a picture and a sentence of each."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import initviz as iv
from initviz.plots import picture

X = np.random.default_rng(0).normal(size=(12, 2))
SIDE = (X[:, 0] > 0).astype(int)
SMALL = iv.Experiment(hidden_layers=(3, 3), epochs=2, restarts=2)
DATA = {
    "targets of 1e200": iv.Dataset("own", X, 1e200 * X[:, 0], "regression"),
    "targets of 1e-300": iv.Dataset("own", X, 1e-300 * X[:, 0], "regression"),
    "equal targets": iv.Dataset("own", X, np.full(12, 3.0), "regression"),
    "one sample": iv.Dataset("own", X[:1], X[:1, 0], "regression"),
    "inputs of 1e308": iv.Dataset("own", 1e308 * np.clip(X, -1.7, 1.7), SIDE, "binary"),
    "equal inputs": iv.Dataset("own", np.zeros((12, 2)), SIDE, "binary"),
}
STARTS = {
    "all there is": {"noise": 1e308, "scale": 1e308, "bias": 1e308},
    "weights of 1e150": {"activation": "relu", "scale": 1e150},
    "steps of 1e308": {"learning_rate": 1e308},
    "nothing but dead units": {"activation": "relu", "bias": -1e6},
    "one hidden unit": {"hidden_layers": (1,)},
    "no hidden layer": {"hidden_layers": ()},
}
CHAPTERS = ("explore", "explore_phase", "explore_checkup", "explore_depth", "explore_race")
CHAPTERS += ("explore_blocks",)


@cache
def trained(case):
    if case in DATA:
        return iv.train(SMALL, DATA[case])
    return iv.train(replace(SMALL, **STARTS[case]))


@pytest.mark.parametrize("chapter", CHAPTERS)
@pytest.mark.parametrize("case", [*DATA, *STARTS])
def test_there_is_a_picture_and_a_sentence(case, chapter):
    run, row = trained(case), getattr(iv, chapter)
    picture(row.scene, run, pinned=run).draw_without_rendering()
    for epoch in (0, run.epoch):
        assert row.explain(run, epoch).endswith(".")
    assert row.compare(run, run).startswith("Pinned: this ")


@pytest.mark.parametrize("case", ["equal inputs", "inputs of 1e308"])
def test_there_is_a_map_of_all_the_plane(case):
    run = iv.train(replace(SMALL, loss="squared_error"), DATA[case])
    picture(iv.explore_restarts.scene, run, pinned=run).draw_without_rendering()
