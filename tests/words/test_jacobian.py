"""What is said of how unevenly directions are stretched."""

from dataclasses import replace

import numpy as np

import initviz as iv
from initviz.measure.jacobian import spectra_at, uneven
from initviz.measure.standards import FLAT
from initviz.words.jacobian import explain_spectrum

QUICK = replace(iv.explore_jacobian.start, hidden_layers=(6,) * 5, epochs=10, restarts=3)


def train(**settings):
    return iv.train(replace(QUICK, **settings))


def test_the_words_compare_the_start_with_a_gaussian_one():
    words = explain_spectrum(train(hidden_layers=(16,) * 8), 0)
    assert "At epoch 0 the directions arrive about equally long: the largest × " in words
    assert "From a Gaussian start of the same variance it would be" in words
    lost = explain_spectrum(train(activation="relu", hidden_layers=(8,) * 30), 0)
    assert "at least half of all directions are lost on the way" in lost
    assert "A Gaussian start of the same variance loses half of them or more." in lost
    alone = explain_spectrum(train(hidden_layers=(8,)), 0)
    assert "With one hidden layer there is no way from the first to the last." in alone


def test_what_overflows_is_not_lost():
    burst = train(activation="identity", hidden_layers=(8,) * 3, learning_rate=1e6)
    words = explain_spectrum(burst, 10)
    assert "At epoch 10 the way through the layers overflows. All 3" in words
    assert "lost" not in words
    start = explain_spectrum(train(initializer="zeros", bias=0.0), 0)
    assert "at least half of all directions are lost" in start


def test_a_single_direction_is_not_compared_with_others():
    words = explain_spectrum(train(hidden_layers=(6, 1, 6)), 0)
    assert "At epoch 0 there is a single direction, and it arrives × " in words
    assert "equally" not in words


def test_equally_long_is_said_of_the_smallest_too():
    run = train(hidden_layers=(16,) * 16, learning_rate=0.02, epochs=40)
    values = np.median(spectra_at(run, 40)[-1], axis=0)
    assert uneven(spectra_at(run, 40)) < FLAT < values[0] / values[-1]
    assert "the directions arrive very unequally long: the largest × " in explain_spectrum(run, 40)
