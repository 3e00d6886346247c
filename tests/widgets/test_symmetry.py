"""The switches of the explorer of symmetry."""

import numpy as np
import pytest

import initviz as iv

R, C, Z = "normal", "constant", "zeros"


def test_the_switches_set_one_matrix_each_and_the_biases():
    explorer = iv.explore_symmetry(epochs=10)
    explorer.controls.widgets["bias"].value = R
    start = iv.train(explorer.controls.experiment).network_at(0)
    assert all(np.ptp(b) > 0.1 for b in start.biases[:-1])
    assert {np.ptp(W) for W in start.weights} == {0}
    explorer.controls.widgets["layer_2"].value = R
    assert explorer.controls.experiment.initializer == (C, R, C)
    explorer.controls.widgets["output"].value = Z
    assert explorer.controls.experiment.initializer == (C, R, Z)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_layers", (6, 6, 6)),
        ("dataset", "digits"),
        ("dataset", "mine"),
        ("initializer", "glorot_uniform"),
    ],
)
def test_what_the_explorer_cannot_show_is_named(name, value):
    settings = {name: value}
    if name == "hidden_layers":
        settings["initializer"] = C
    with pytest.raises(ValueError, match="explorer"):
        iv.explore_symmetry(**settings)
