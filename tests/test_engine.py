"""The fast training loop against a readable one made of ``forward`` and ``gradients``."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import initviz as iv

every_activation = pytest.mark.parametrize("activation", iv.ACTIVATIONS)
with_and_without_momentum = pytest.mark.parametrize("momentum", [0.0, 0.9])
WAYS = [{"batch_size": None}, {"batch_size": 32}, {"batch_size": 32, "dtype": "float64"}]
full_and_mini_batches = pytest.mark.parametrize("way", WAYS)

# The five samples of a problem, split into a batch of three and one of two in every way.
SPLITS = [[[*s], [n for n in range(5) if n not in s]] for s in combinations(range(5), 3)]


def experiment(problem, **settings):
    usual = {
        "hidden_layers": (4, 3),
        "loss": problem.loss,
        "initializer": "he_normal",
        "bias": "same",
        "learning_rate": 0.03,
        "epochs": 4,
        "restarts": 3,
        "dtype": "float64",
    }
    return iv.Experiment(**{**usual, **settings})


def parameters(network):
    return [*network.weights, *network.biases]


def epoch_of(batches, run, network, velocity):
    """Network and velocity after one epoch of gradient descent, as the textbook writes it."""
    settings, data = run.experiment, run.dataset
    for batch in batches:
        _, dW, db = iv.gradients(network, data.X[batch], data.y[batch], run.loss)
        velocity = [settings.momentum * v + g for v, g in zip(velocity, [*dW, *db], strict=True)]
        steps = zip(parameters(network), velocity, strict=True)
        moved = tuple(p - settings.learning_rate * v for p, v in steps)
        layers = len(network.weights)
        network = replace(network, weights=moved[:layers], biases=moved[layers:])
    return network, velocity


def same(network, other):
    pairs = zip(parameters(network), parameters(other), strict=True)
    return all(np.allclose(p, q, rtol=1e-9, atol=1e-12) for p, q in pairs)


def follow(run, splits):
    """Check a run against the readable loop; return the splits that reproduce each epoch."""
    network, velocity = run.network_at(0), [0.0] * len(parameters(run.network_at(0)))
    found = []
    for epoch, losses in enumerate(run.losses):
        data = run.dataset
        assert same(network, run.network_at(epoch)), f"epoch {epoch}"
        assert_allclose(losses, iv.gradients(network, data.X, data.y, run.loss)[0], rtol=1e-9)
        if epoch < run.epoch:
            ways = [(split, *epoch_of(split, run, network, velocity)) for split in splits]
            fits = [way for way in ways if same(way[1], run.network_at(epoch + 1))]
            assert fits, f"no order of the samples leads from epoch {epoch} to the next"
            _, network, velocity = fits[0]
            found.append([way[0] for way in fits])
    return found


@with_and_without_momentum
@every_activation
def test_full_batch_training_is_the_readable_loop(activation, momentum, problem):
    e = experiment(problem, activation=activation, momentum=momentum)
    follow(iv.train(e, data=problem.data), splits=[[range(5)]])


@with_and_without_momentum
@every_activation
def test_mini_batch_training_is_the_readable_loop(activation, momentum, problem):
    e = experiment(problem, activation=activation, momentum=momentum, batch_size=3)
    follow(iv.train(e, data=problem.data), SPLITS)


def test_batches_change_with_epoch_and_seed_but_not_with_scheme_or_restarts(problem):
    e = experiment(problem, activation="tanh", batch_size=3, epochs=8)
    orders = [
        [order for (order,) in follow(iv.train(other, data=problem.data), SPLITS)]
        for other in (e, replace(e, initializer="normal", restarts=1), replace(e, seed=1))
    ]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert len({str(order) for order in orders[0]}) > 1


@pytest.mark.parametrize("batch_size", [5, 6, 1000])
def test_a_batch_of_all_samples_is_the_full_batch(batch_size, problem):
    e = experiment(problem)
    full = iv.train(e, data=problem.data)
    batched = iv.train(replace(e, batch_size=batch_size), data=problem.data)
    assert_array_equal(full.losses, batched.losses)


@full_and_mini_batches
@every_activation
def test_a_restart_does_not_depend_on_how_many_there_are(activation, way):
    e = iv.Experiment(activation=activation, hidden_layers=(16, 5), epochs=8, restarts=8, **way)
    eight = iv.train(e)
    for restarts in range(1, 8):
        fewer = iv.train(replace(e, restarts=restarts))
        assert_array_equal(fewer.losses, eight.losses[:, :restarts])
        assert_array_equal(fewer.accuracies, eight.accuracies[:, :restarts])
        assert_array_equal(fewer.weights[1], eight.weights[1][:, :restarts])


@pytest.mark.parametrize("cache_bytes", [1, 2**14, 2**16])
@full_and_mini_batches
@pytest.mark.parametrize("activation", ["sigmoid", "gelu"])
def test_many_small_blocks_give_what_one_large_block_gives(
    activation, way, cache_bytes, monkeypatch
):
    e = iv.Experiment(activation=activation, epochs=8, restarts=11, momentum=0.9, **way)
    monkeypatch.setattr("initviz.engine.CACHE_BYTES", 2**40)
    one = iv.train(e)
    monkeypatch.setattr("initviz.engine.CACHE_BYTES", cache_bytes)
    many = iv.train(e)
    assert_array_equal(one.losses, many.losses)
    assert_array_equal(one.accuracies, many.accuracies)
    for a, b in zip((*one.weights, *one.biases), (*many.weights, *many.biases), strict=True):
        assert_array_equal(a, b)


@full_and_mini_batches
def test_training_twice_gives_the_same_bits(way):
    e = iv.Experiment(epochs=8, restarts=5, **way)
    assert_array_equal(iv.train(e).losses, iv.train(e).losses)


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
def test_float32_follows_float64(activation):
    e = iv.Experiment(activation=activation, epochs=20, restarts=4, learning_rate=0.05)
    single, double = iv.train(e), iv.train(replace(e, dtype="float64"))
    assert_allclose(single.losses, double.losses, rtol=1e-4)
