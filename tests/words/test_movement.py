"""What is said of how far weights have moved."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.words.movement import compare_movement, explain_movement

START = replace(iv.explore_movement.start, restarts=4)


def said(epoch=None, **settings):
    run = iv.train(replace(START, **settings))
    return explain_movement(run, run.epoch if epoch is None else epoch)


def test_it_says_what_has_been_measured():
    run = iv.train(START)
    words = explain_movement(run, 300)
    distance = np.median(iv.movement(run.network_at(300), run.network_at(0)).distance[0])
    first, last = (np.median(iv.directions_in_use(run.network_at(t))[0]) for t in (0, 300))
    assert f"by {distance:.2g} times" in words
    assert f"{last:.1f} directions in use; before training {first:.1f} directions" in words
    assert f"The median loss is {np.median(run.loss):.2g}; guessing gives 0.69." in words
    assert explain_movement(run, 0).startswith(
        f"Before training layer 1 has 32 units: {first:.1f} directions in use. The median loss"
    )


@pytest.mark.parametrize(
    ("scale", "verdict"),
    [(0.01, "their start is far behind."), (5, "they are still near their start."), (0.3, None)],
)
def test_near_and_far_are_told_apart(scale, verdict):
    words = said(scale=scale)
    for each in ("their start is far behind.", "they are still near their start."):
        assert (each in words) == (each == verdict)


def test_a_pinned_run_is_compared_by_its_directions():
    small, large = (iv.train(replace(START, scale=scale)) for scale in (0.01, 5))
    looking = np.median(iv.directions_in_use(large.network_at(300))[0])
    words = compare_movement(small, large)
    assert words.startswith("Pinned: scale 5; ")
    assert words.endswith(f"It ends with {looking:.1f} directions in use.")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"hidden_layers": ()}, "There is no hidden layer"),
        ({"scale": 1e30, "activation": "relu"}, "overflow"),
        ({"hidden_layers": (1,)}, "Layer 1 has a single unit."),
        ({"initializer": "zeros"}, "have not moved. Now it has units that count for nothing;"),
        ({"initializer": "constant", "bias": 0.0}, "Now it has one direction in use;"),
        ({"initializer": ("zeros", "he_normal")}, "have moved, and they were 0 before."),
    ],
)
def test_what_is_out_of_the_ordinary_is_said(settings, words):
    assert words in said(**{"epochs": 5, "activation": "tanh"} | settings)


def test_pinned_runs_of_which_nothing_can_be_measured_are_compared_all_the_same():
    for settings in ({"hidden_layers": ()}, {"scale": 1e30}):
        run = iv.train(replace(START, epochs=2, **settings))
        assert compare_movement(run, run) == "Pinned: this run."
