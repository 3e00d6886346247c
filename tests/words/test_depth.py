"""What is said of the signal and the gradient through many layers."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure import layers
from initviz.words import depth
from initviz.words.depth import explain_depth
from initviz.words.numbers import short, times

QUICK = replace(iv.explore_depth.start, scale=1.0, epochs=10, restarts=3)


def train(**settings):
    return iv.train(replace(QUICK, **settings))


def test_the_sentences_give_the_factor_that_the_layers_have():
    run = train(scale=0.3)
    sizes = np.median(iv.signal_spread(run.network_at(0), run.probe), axis=1)
    factor = (sizes[-1] / sizes[0]) ** (1 / 7)
    said = explain_depth(run, 0)
    assert f"At epoch 0 every layer multiplies the signal by {times(factor)} on average: " in said
    assert "Before training, the best loss is " in said
    assert f"the best loss is {short(run.losses[-1].min())}, " in explain_depth(run, 10)


def test_the_sentences_say_when_the_signal_is_kept():
    run = train(initializer="orthogonal", activation="identity", learning_rate=1e-3)
    assert "the signal is kept from layer to layer" in explain_depth(run, 0)


def test_many_small_losses_are_one_large_loss():
    said = explain_depth(train(hidden_layers=(12,) * 16, scale=1.05), 0)
    assert "every layer multiplies the signal by 0.92 on average" in said
    assert "kept" not in said


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_the_sentences_compare_the_gradients_of_the_first_and_last_layer(activation, scale):
    run = train(scale=scale, activation=activation)
    network = run.network_at(0)
    sizes = iv.gradient_statistics(network, run.probe, run.probe_targets, run.loss_name).rms
    first, last = np.median(sizes[0]), np.median(sizes[7])
    expected = f"The gradient in layer 1 is {short(first)}, "
    if max(first / last, last / first) < 1.1:
        expected += "about as large as in layer 8."
    else:
        side = "smaller" if first < last else "larger"
        expected += f"{short(max(first / last, last / first))} times {side} than in layer 8."
    assert expected in explain_depth(run, 0)


def test_the_sentences_name_silence_explosion_and_saturated_units():
    assert "nothing of the signal arrives in layer 8" in explain_depth(train(scale=0), 5)
    assert "Nothing of the gradient reaches layer 1." in explain_depth(train(scale=0), 5)
    burst = train(activation="relu", initializer="normal", scale=50, hidden_layers=(12,) * 20)
    assert "the signal overflows on its way through 20 layers" in explain_depth(burst, 10)
    saturated = train(activation="sigmoid", initializer="normal", bias=(0.0,) * 7 + (50.0, 0.0))
    assert "In layer 8, 100% of the units are saturated on every input" in explain_depth(
        saturated, 0
    )


def test_one_hidden_layer_is_not_compared_with_itself():
    said = explain_depth(train(hidden_layers=(4,)), 3)
    assert "At epoch 3 the signal in the hidden layer is" in said
    assert "than in layer" not in said


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, 100.0])
def test_no_setting_makes_it_stumble(activation, scale):
    run = train(activation=activation, scale=scale, epochs=3, restarts=2)
    said = explain_depth(run, 3)
    assert "nan" not in said
    assert "inf" not in said
    layers.signal_over_epochs(run, range(4))


def test_what_overflows_is_not_called_saturated():
    burst = train(activation="identity", initializer="he_normal", learning_rate=50, epochs=60)
    said = explain_depth(burst, 60)
    assert "the signal overflows on its way through 8 layers" in said
    assert "saturated" not in said
    alone = train(activation="identity", learning_rate=1e9, hidden_layers=(4,), epochs=30)
    assert "At epoch 30 the signal overflows in the hidden layer." in explain_depth(alone, 30)


def test_relu_units_are_called_dead_in_every_room():
    run = train(activation="relu", bias=-100.0)
    assert "In layer 1, 100% of the units are dead, and pass no gradient." in explain_depth(run, 0)
    assert ", 100% are dead. " in iv.explore_saturation.explain(run, 0)
    words = "In layer 1, 100% of the units are dead (no slope at any sample)."
    assert words in iv.explore_checkup.explain(run, 0)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (0, 1e-16, "nothing of the signal arrives in layer 1."),
        (1e-310, 1, "every layer multiplies the signal by 10¹⁵⁵ on average: "),
        (1, 1e-310, "by 10⁻¹⁵⁵ on average: it is 1 in layer 1 and 10⁻³¹⁰ in layer 3."),
    ],
)
def test_behind_a_layer_without_a_signal_there_is_only_rounding(monkeypatch, first, last, words):
    run, sizes = train(hidden_layers=(2, 2, 2)), np.array([[first] * 3, [1.0] * 3, [last] * 3])
    monkeypatch.setattr(depth, "spread_by_layer", lambda run, epoch: sizes)
    with np.errstate(all="raise"):
        assert words in explain_depth(run, 10)
