"""Two explorers with one slider."""

from dataclasses import replace

import numpy as np
import pytest
from hands import pixels, settle, words

import initviz as iv
from initviz.widgets.versions import open_widgets

FEW = iv.Experiment(hidden_layers=(4,), epochs=10, restarts=3)

pytestmark = pytest.mark.usefixtures("no_rest")


def headings(pair):
    return [column.children[0].value for column in pair.children[-2].children]


@pytest.fixture
def pair():
    return iv.compare(FEW, replace(FEW, activation="tanh", scale=2.0))


def test_each_stands_where_it_was_put_and_says_what_it_has_of_its_own(pair):
    a, b = pair.sides
    assert (a.experiment, b.experiment) == (FEW, replace(FEW, activation="tanh", scale=2.0))
    first, second = headings(pair)
    assert "activation sigmoid, scale 1" in first
    assert "activation tanh, scale 2" in second


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


def test_what_was_not_moved_stays_each_sides_own(pair):
    pair.controls.new_draw.click()
    settle()
    assert [side.experiment.scale for side in pair.sides] == [1.0, 2.0]
    assert "scale 2" in headings(pair)[1]


def test_what_was_moved_is_no_longer_said_of_one_side(pair):
    taken = [box.children[0] for box in pair.take_words()]
    pair.controls.widgets["scale"].value = 10.0
    settle()
    assert pair.names == ["activation sigmoid", "activation tanh"]
    for said in (headings(pair), [heading.value for heading in taken]):
        assert ["scale" in each for each in said] == [False, False]
    alike = iv.compare(FEW, replace(FEW, scale=2.0))
    alike.controls.widgets["scale"].value = 10.0
    assert ["the same settings" in each for each in headings(alike)] == [True, True]


def test_two_controls_that_are_moved_at_once_both_count(monkeypatch):
    """The second may come before a run with the first is in the picture."""
    pair = iv.compare(FEW, replace(FEW, loss="squared_error"), controls=["scale", "activation"])
    for side in pair.sides:
        monkeypatch.setattr(side, "train", lambda experiment: None)
    pair.controls.widgets["scale"].value = 10.0
    pair.controls.widgets["activation"].value = "relu"
    now = [(s.controls.experiment.scale, s.controls.experiment.activation) for s in pair.sides]
    assert now == [(10.0, "relu"), (10.0, "relu")]


def test_all_views_fit_into_half_a_page():
    pair = iv.compare(FEW, FEW, views=None, controls=None)
    assert {side.chapter.scene.size[0] for side in pair.sides} == {4.1}
    assert [c.name for c in pair.controls.front] == [c.name for c in iv.explore.lead]


def test_where_the_second_one_cannot_be_shown_nothing_of_the_first_stays():
    before = set(open_widgets())
    with pytest.raises(ValueError, match=r"hidden_layers=\(4, 5\)"):
        iv.compare(FEW, replace(FEW, hidden_layers=(4, 5)))
    assert set(open_widgets()) == before


@pytest.mark.parametrize("explorer", ["explore_depth", iv.train, iv.explore_sweep, None])
def test_what_is_no_explorer_is_named(explorer):
    with pytest.raises(
        ValueError, match=r"^explorer=.*: give initviz.explore, or .*explore_depth$"
    ):
        iv.compare(FEW, FEW, explorer=explorer)


def test_what_is_no_experiment_control_or_view_is_named():
    with pytest.raises(ValueError, match=r"^b=3"):
        iv.compare(FEW, 3)
    with pytest.raises(ValueError, match="control='skale': did you mean 'scale'"):
        iv.compare(FEW, FEW, controls=["skale"])
    with pytest.raises(ValueError, match="view='loss': did you mean 'losses'"):
        iv.compare(FEW, FEW, views=["loss"])


def test_a_closed_one_leaves_no_widget_behind():
    before = set(open_widgets())
    pair = iv.compare(FEW, replace(FEW, scale=3.0))
    settle()
    pair.close()
    assert set(open_widgets()) == before
