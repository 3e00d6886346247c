"""Dropout, held against the slopes of a masked loss."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.networks.losses import LOSSES, encode_targets
from initviz.training.dropout import masked_gradients, train_with_dropout

START = replace(iv.explore_symmetry.start, epochs=60)


R, C, Z = "normal", "constant", "zeros"


def shift(network, group, layer, index, step):
    arrays = list(getattr(network, group))
    arrays[layer] = arrays[layer].copy()
    arrays[layer][index] += step
    return replace(network, **{group: tuple(arrays)})


@pytest.mark.parametrize("activation", ["tanh", "softplus"])
def test_masked_gradients_are_the_slopes_of_the_masked_loss(problem, activation):
    layers = (3, 4, 3, problem.data.outputs)
    network = iv.init_network(
        layers, activation, "normal", bias="same", restarts=2, output=problem.output
    )
    rng = np.random.default_rng(0)
    masks = [(rng.random((2, units, 5)) > 0.4) / 0.6 for units in (4, 3)]
    inputs = np.stack([problem.data.X.T] * 2)
    targets = encode_targets(problem.data.y, problem.loss, problem.data.outputs)
    f = iv.ACTIVATIONS[activation].function

    def masked_loss(network):
        a = inputs
        for W, b, mask in zip(network.weights, network.biases, masks, strict=False):
            a = f(W @ a + b) * mask
        z = network.weights[-1] @ a + network.biases[-1]
        return LOSSES[problem.loss].value(z, targets, problem.output)

    slopes = masked_gradients(network, inputs, targets, problem.loss, masks)
    for group, arrays in zip(("weights", "biases"), slopes, strict=True):
        for layer, array in enumerate(arrays):
            for index in np.ndindex(array.shape):
                above, below = (
                    masked_loss(shift(network, group, layer, index, h)) for h in (1e-5, -1e-5)
                )
                expected = (above - below)[index[0]] / 2e-5
                assert array[index] == pytest.approx(expected, abs=1e-7)


def test_dropout_of_rate_0_is_plain_gradient_descent():
    moons = iv.DATASETS["moons"]
    experiment = replace(START, initializer=R, bias="same", momentum=0.0, epochs=20, restarts=2)
    trained = iv.train(experiment)
    after = train_with_dropout(
        trained.network_at(0),
        moons.X,
        moons.y,
        trained.loss_name,
        rate=0,
        learning_rate=0.5,
        epochs=20,
    )
    for ours, theirs in zip(after.weights, trained.network_at(20).weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_dropout_switches_off_the_share_it_should_and_keeps_the_mean(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "initviz.training.dropout.masked_gradients",
        lambda network, inputs, targets, loss, masks: (
            seen.extend(masks) or (network.weights, network.biases)
        ),
    )
    moons = iv.DATASETS["moons"]
    network = iv.init_network((2, 50, 1), restarts=2)
    train_with_dropout(
        network, moons.X, moons.y, "squared_error", rate=0.3, learning_rate=0.1, epochs=3
    )
    masks = np.array(seen)
    assert masks.shape == (3, 2, 50, 100)
    assert (masks == 0).mean() == pytest.approx(0.3, abs=0.02)
    assert masks.mean() == pytest.approx(1, abs=0.02)
    assert not np.array_equal(masks[0], masks[1])


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_dropout_moves_nothing_from_all_zeros_and_parts_equal_units(activation):
    moons = iv.DATASETS["moons"]
    data = (moons.X, moons.y, "binary_cross_entropy")
    zero = iv.init_network((2, 6, 6, 1), activation, Z)
    after = train_with_dropout(zero, *data, rate=0.5, learning_rate=1, epochs=10)
    assert all((W == 0).all() for W in after.weights)
    equal = iv.init_network((2, 6, 6, 1), activation, C, 0.25)
    after = train_with_dropout(equal, *data, rate=0.5, learning_rate=0.5, epochs=10)
    assert (iv.symmetry(after).distinct == 6).all()


@pytest.mark.parametrize("bad", [{"rate": 1}, {"rate": -0.1}, {"learning_rate": 0}, {"epochs": -1}])
def test_dropout_names_a_bad_argument(bad):
    moons = iv.DATASETS["moons"]
    settings = {"rate": 0.5, "learning_rate": 1, "epochs": 1, **bad}
    network = iv.init_network((2, 6, 1))
    with pytest.raises(ValueError, match=next(iter(bad))):
        train_with_dropout(network, moons.X, moons.y, "binary_cross_entropy", **settings)
