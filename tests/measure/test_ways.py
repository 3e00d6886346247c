"""Signal and gradient through norms and skips: against finite differences, and theory beside."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure.layers import factor_per_layer
from initviz.measure.ways import measured, predicted, sent_back
from initviz.networks.network import backpropagated

WIDE = iv.Experiment("digits", (256,) * 8, "relu", "he_normal", epochs=1, restarts=4)


def loss_behind(network, layer, a, y):
    """The loss of what the layers from this one on make of activations (units, samples)."""
    tail = iv.Network(
        network.weights[layer:],
        network.biases[layer:],
        network.activation,
        network.output,
        norm=network.norm,
        gains=network.gains[layer:],
        shifts=network.shifts[layer:],
    )
    return iv.gradients(tail, a.T, y, "binary_cross_entropy")[0][0]


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_what_is_sent_back_is_the_slope_of_the_loss(norm):
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0])
    network = iv.init_network((3, 5, 5, 5, 1), "tanh", "he_normal", norm=norm, seed=2)
    deltas = backpropagated(network, X, y, "binary_cross_entropy").deltas
    for layer, back in enumerate(sent_back(network, deltas), start=1):
        a = iv.forward(network, X)[layer][0]
        for unit, sample in ((0, 0), (3, 4)):
            step = np.zeros_like(a)
            step[unit, sample] = 1e-6
            up, down = (loss_behind(network, layer, a + s, y) for s in (step, -step))
            assert back[0, unit, sample] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-9)


def test_around_a_skip_the_gradient_comes_on_both_ways():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0])
    shut = iv.init_network((3, 5, 5, 5, 1), "tanh", "he_normal", skip=True, alpha="rezero")
    first, *_, last = sent_back(shut, backpropagated(shut, X, y, "squared_error").deltas)
    np.testing.assert_array_equal(first, last)  # α = 0: nothing comes through the layers
    linear = iv.init_network((3, 5, 5, 1), "identity", "he_normal", skip=True, output="identity")
    first, last = sent_back(linear, backpropagated(linear, X, y, "squared_error").deltas)
    through = np.eye(5) + linear.weights[1][0]
    np.testing.assert_allclose(first[0], through.T @ last[0], rtol=1e-12)


@pytest.mark.parametrize(
    ("norm", "skip", "alpha"),
    [
        ("none", False, 1.0),
        ("none", True, 1.0),
        ("none", True, "1/sqrt(depth)"),
        ("batch", False, 1.0),
        ("batch", True, 1.0),
        ("layer", True, 1.0),
    ],
)
def test_wide_layers_do_as_theory_says(norm, skip, alpha):
    run = iv.train(replace(WIDE, norm=norm, skip=skip, alpha=alpha))
    for found, expected in zip(measured(run), predicted(run), strict=True):
        np.testing.assert_allclose(np.median(found, axis=1), expected, rtol=0.2)


def test_behind_batch_norms_the_gradient_grows_as_yang_found():
    _, gradient = predicted(iv.train(replace(WIDE, norm="batch")))
    factor = factor_per_layer(gradient[::-1, np.newaxis])
    assert factor == pytest.approx(np.sqrt(np.pi / (np.pi - 1)), rel=0.01)


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_layers": ()},
        {"hidden_layers": (4,)},
        {"hidden_layers": (4, 5, 6)},
        {"initializer": "zeros"},
        {"initializer": "constant"},
        {"initializer": "identity"},
        {"scale": 1e60},
    ],
)
def test_where_theory_does_not_hold_it_says_nothing(settings):
    usual = {"hidden_layers": (6,) * 6, "activation": "relu", "epochs": 1, "restarts": 2}
    run = iv.train(iv.Experiment(**usual | settings))
    shapes = [each.shape for each in predicted(run)]
    assert shapes == [(len(run.experiment.hidden_layers),)] * 2
    assert np.isnan(predicted(run).signal).all()
