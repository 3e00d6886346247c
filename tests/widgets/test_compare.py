"""Two explorers with one slider."""

from dataclasses import replace

import ipywidgets
import numpy as np
import pytest
from hands import pixels, settle, words

import initviz as iv

FEW = iv.Experiment(hidden_layers=(4,), epochs=10, restarts=3)

pytestmark = pytest.mark.usefixtures("no_rest")


@pytest.fixture
def pair():
    return iv.compare(FEW, replace(FEW, activation="tanh", scale=2.0))


def test_each_stands_where_it_was_put_and_says_what_it_has_of_its_own(pair):
    a, b = pair.sides
    assert (a.experiment, b.experiment) == (FEW, replace(FEW, activation="tanh", scale=2.0))
    headings = [column.children[0].value for column in pair.children[-2].children]
    assert "activation sigmoid, scale 1" in headings[0]
    assert "activation tanh, scale 2" in headings[1]


def test_one_slider_moves_both_and_leaves_what_they_have_of_their_own(pair):
    before = [pixels(side) for side in pair.sides]
    pair.controls.widgets["scale"].value = 10.0
    settle()
    assert [side.experiment.scale for side in pair.sides] == [10.0, 10.0]
    assert [side.experiment.activation for side in pair.sides] == ["sigmoid", "tanh"]
    for side, old in zip(pair.sides, before, strict=True):
        assert np.abs(pixels(side) - old).mean() > 0.5
        assert "networks" in words(side)


def test_a_new_draw_is_the_same_for_both():
    pair = iv.compare(FEW, replace(FEW, scale=2.0), controls=["seed"])
    pair.controls.new_draw.click()
    settle()
    assert [side.experiment.seed for side in pair.sides] == [1, 1]


def test_other_chapters_can_be_compared_by_their_own_controls():
    pair = iv.compare(
        replace(FEW, hidden_layers=(4, 4)),
        replace(FEW, hidden_layers=(4, 4), scale=0.1),
        explorer=iv.explore_depth,
        controls=["activation"],
        views=["losses"],
    )
    pair.controls.widgets["activation"].value = "relu"
    settle()
    assert [side.experiment.activation for side in pair.sides] == ["relu", "relu"]


def test_what_is_no_experiment_control_or_view_is_named():
    with pytest.raises(ValueError, match="experiment=3"):
        iv.compare(FEW, 3)
    with pytest.raises(ValueError, match="control='skale': did you mean 'scale'"):
        iv.compare(FEW, FEW, controls=["skale"])
    with pytest.raises(ValueError, match="view='loss': did you mean 'losses'"):
        iv.compare(FEW, FEW, views=["loss"])


def test_a_closed_one_leaves_no_widget_behind():
    before = set(ipywidgets.widgets.widget._instances)
    pair = iv.compare(FEW, replace(FEW, scale=3.0))
    settle()
    pair.close()
    assert set(ipywidgets.widgets.widget._instances) == before
