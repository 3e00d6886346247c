"""What is said of a sign that is out of its zone: the number and the layer that were measured."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure.standards import ZONES
from initviz.measure.vitals import vitals_of
from initviz.words.numbers import short
from initviz.words.zones import SENTENCES, is_out, said

START = replace(iv.explore_checkup.start, hidden_layers=(8, 8), epochs=1, restarts=3)


def signs(**settings):
    return vitals_of(iv.train(replace(START, **settings)), 0)


def test_every_sign_with_a_zone_has_its_sentence():
    assert list(SENTENCES) == list(ZONES)
    assert not any(is_out(signs(), sign) for sign in ZONES)


@pytest.mark.parametrize(
    ("settings", "sign", "words"),
    [
        (
            {"scale": 0.0},
            "weights",
            "All weights of layer 1 are equal: they were not drawn at random.",
        ),
        ({"scale": 0.0}, "signal", "No signal gets through layer 1: its output is the same for"),
        ({"scale": 0.0}, "gradient", "The gradient of layer 1 is exactly zero."),
        ({"initializer": "constant"}, "symmetry", "Layer 1 has 8 units, but only 1 of them is"),
        ({"scale": 0.0, "bias": 50.0}, "saturated", "In layer 1, 100% of the units are saturated."),
        ({"learning_rate": 1e-9}, "update", "Steps are short: "),
    ],
)
def test_a_sentence_names_the_layer_and_what_is_wrong_there(settings, sign, words):
    found = signs(**settings)
    assert is_out(found, sign)
    assert said(found, sign).startswith(words)


def test_the_weights_are_so_many_times_larger_than_their_scheme_would_draw_them():
    found = signs(scale=30.0)
    _, value = found.worst("weights")
    assert 20 < value < 45
    text = f" are {short(value)} times larger than {found.scheme} would draw them (std "
    assert text in said(found, "weights")


def test_the_loss_is_told_beside_that_of_chance():
    found = signs(scale=300.0)
    told = f"far too high: {short(np.median(found.losses))}, where knowing nothing gives 0.69."
    assert said(found, "loss").endswith(told)
