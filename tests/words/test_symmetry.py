"""What is said of units that differ, or do not."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure.symmetry import parting
from initviz.words.numbers import short
from initviz.words.symmetry import explain_symmetry

START = replace(iv.explore_symmetry.start, epochs=60)


R, C, Z = "normal", "constant", "zeros"


def run(**settings):
    return iv.train(replace(START, **settings))


def words(**settings):
    trained = run(**settings)
    return explain_symmetry(trained, trained.epoch)


def test_the_words_name_what_holds_equal_units_together():
    text = words()
    assert "all 6 units of layer 1 are equal, and so are the 6 of layer 2" in text
    assert "equal units get equal gradients" in text
    assert "guessing gives 0.69" in text


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_the_words_say_that_zero_does_not_move(activation):
    text = words(initializer=(Z, Z, Z), activation=activation)
    assert "In both layers not one weight has moved" in text
    assert "The loss is still 0.69" in text


def test_the_words_name_a_dead_first_layer():
    text = words(initializer=(Z, R, R), activation="relu")
    assert "all 6 units of layer 1 are equal and all 6 units of layer 2 differ" in text
    assert "In layer 1 not one weight has moved" in text


def test_the_words_say_which_difference_parts_a_layer():
    assert "Layer 1 parted at epoch 1: its units had equal weights coming in" in words(
        initializer=(C, R, C)
    )
    assert "when the noise had grown enough to show" in words(noise=3e-7, epochs=300)
    assert "They have differed from the start." in words(initializer=(R, R, R))


def test_the_words_measure_a_noise_that_does_not_show_yet():
    trained = run(noise=1e-12)
    first, last = (parting(trained).gap[:, k].max() for k in (0, 60))
    text = explain_symmetry(trained, 60)
    assert last > 10 * first
    assert f"by {short(first)} at the start, by {short(last)} now" in text


def test_the_words_blame_rounding_where_nothing_else_is_left():
    """A difference in the last digit, as a sum in another order leaves it."""
    trained = run(epochs=1)
    weights = [W.copy() for W in trained.weights]
    weights[0][1, 0, 3] += 1e-3  # after the first step, so that the start is equal
    for array in weights:
        array.flags.writeable = False
    text = explain_symmetry(replace(trained, weights=tuple(weights)), 1)
    assert "the 6 units of layer 1 are of 2 kinds" in text
    parted = np.array(weights[1])
    parted[1, 0, 2] += 1e-3
    text = explain_symmetry(replace(trained, weights=(weights[0], parted, weights[2])), 1)
    assert "Layer 1 parted at epoch 1: nothing but the rounding" in text


def test_relu_units_from_biases_alone_are_copies_louder_or_softer():
    network = iv.init_network((2, 6, 6, 1), "relu", Z)
    biases = tuple(np.abs(np.random.default_rng(0).normal(size=b.shape)) for b in network.biases)
    experiment = replace(START, activation="relu", learning_rate=0.1, epochs=300)
    trained = iv.train(experiment, network=replace(network, biases=biases))
    network = trained.network_at(300)
    assert iv.symmetry(network).distinct[0, 0] == 6
    W, b = network.weights[0][0], network.biases[0][0]
    assert np.abs(W).max() > 0.05
    np.testing.assert_allclose(W / biases[0][0], np.broadcast_to((W / biases[0][0])[0], W.shape))
    np.testing.assert_allclose(b / biases[0][0], (b / biases[0][0])[0, 0])
    assert "only the lengths differ" in explain_symmetry(trained, 300)


def test_a_unit_that_is_alone_is_equal_to_none():
    assert "each layer has a single unit. There is no other unit" in words(hidden_layers=(1, 1))
    text = words(hidden_layers=(6, 1), initializer=(R, R, R))
    assert "all 6 units of layer 1 differ and layer 2 has a single unit." in text
    assert "They have differed from the start." in text


def test_before_training_the_words_say_what_will_hold_and_what_will_part():
    equal, parting_soon = run(), run(initializer=(C, C, R))
    text = explain_symmetry(equal, 0)
    assert "In both layers the weights that come in and go out are equal" in text
    assert "The loss is " in text
    assert "Layer 2: equal weights come in, but those going out differ." in explain_symmetry(
        parting_soon, 0
    )
    biases = run(initializer=(Z, Z, Z), bias=R)
    assert "but only in their biases: all weights are 0." in explain_symmetry(biases, 0)


def test_of_several_networks_the_words_name_the_one_that_they_speak_of():
    assert words(restarts=3, initializer=(R, R, R)).startswith(
        "At epoch 60, in the best network of 3, all 6 units of layer 1 differ"
    )
