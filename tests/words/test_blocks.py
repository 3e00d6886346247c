"""What is said of layers with norms and skips."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure.layers import factor_per_layer
from initviz.measure.ways import measured
from initviz.words.blocks import explain_blocks

START = replace(iv.explore_blocks.start, epochs=2)


def said(**settings):
    run = iv.train(replace(START, **settings))
    return explain_blocks(run, run.epoch)


def test_it_says_what_has_been_measured_and_what_theory_has():
    run = iv.train(replace(START, norm="batch"))
    factor = factor_per_layer(measured(run).gradient[::-1])
    words = explain_blocks(run, 2)
    assert f"On the way back each layer multiplies the gradient by {factor:.2f}" in words
    assert "Theory has × 1.00 a layer for the signal of wide layers, × 1.21 back." in words
    assert words.endswith("guessing gives 0.69.")


def test_of_a_gradient_that_is_not_shown_nothing_is_said():
    run = iv.train(replace(START, norm="batch"))
    words = iv.explore_blocks.part(None, ["signal", "losses"]).explain(run, 2)
    assert "gradient" not in words
    assert "Theory has × 1.00 a layer for the signal of wide layers. After" in words


def test_closed_skips_hand_on_what_they_get():
    words = said(skip=True, alpha="rezero")
    assert "the signal keeps its size (× 1.00 a layer)" in words
    assert "Every α is 0 at first" in words
    assert "Every α" not in said(skip=True) + said()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"hidden_layers": ()}, "There is no hidden layer"),
        ({"hidden_layers": (5,)}, "With one hidden layer there is no way to go."),
        ({"initializer": "zeros"}, "the signal is exactly zero"),
        ({"scale": 1e6}, "overflows"),
    ],
)
def test_what_is_out_of_the_ordinary_is_said(settings, words):
    text = said(**settings)
    assert words in text
    assert "Theory" not in text
    assert not np.any([word in text for word in ("nan", "inf ")])
