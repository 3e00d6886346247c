"""``numpy.seterr(all="raise")`` is the user's own business: nothing of ours stops at it."""

import numpy as np
import pytest

import initviz as iv
from initviz.measure import blocks, landscape, theory
from initviz.measure.jacobian import spectra
from initviz.measure.symmetry import parting

X = np.random.default_rng(0).normal(size=(6, 2))
SIZES = (1e-320, 1e-160, 1e-30, 1.0, 100.0, 1e30, 1e200)

every_activation = pytest.mark.parametrize("activation", iv.ACTIVATIONS)


@pytest.fixture(autouse=True)
def raising():
    before = np.seterr(all="raise")
    yield
    assert np.geterr() == dict.fromkeys(before, "raise")
    np.seterr(**before)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", SIZES)
@every_activation
def test_networks_and_what_is_measured_on_them(activation, scale, dtype):
    network = iv.init_network((2, 5, 4, 1), activation, "normal", scale, restarts=2, dtype=dtype)
    iv.forward(network, X)
    iv.lsuv(network, X)
    for loss in ("binary_cross_entropy", "squared_error"):
        iv.gradients(network, X, [0, 1, 1, 0, 1, 0], loss)
        iv.gradient_statistics(network, X, [0, 1, 1, 0, 1, 0], loss)
        iv.sharpness(network, X, [0, 1, 1, 0, 1, 0], loss)
    for measure in (
        iv.saturation,
        iv.always_saturated,
        iv.dead,
        iv.mean_slope,
        iv.signal_spread,
        iv.participation_ratio,
        iv.activation_statistics,
    ):
        measure(network, X)
    iv.symmetry(network)
    iv.directions_in_use(network)
    other = network.each_array(np.negative)
    iv.movement(network, other)
    iv.barrier(network, iv.match_units(network, other), X, [0, 1, 1, 0, 1, 0], "squared_error")
    iv.cosine(network, X[0], X[1])
    for measure in (iv.jacobian, iv.jacobian_singular_values, spectra):
        measure(network, X[0])


@pytest.mark.parametrize("initializer", iv.INITIALIZERS)
def test_every_initializer(initializer):
    for scale in (1e-320, 1e-40, 1e200):
        iv.INITIALIZERS[initializer](np.random.default_rng(0), (3, 4, 5), scale)
        iv.init_network((4, 5, 1), "sigmoid", initializer, scale, bias="same", dtype="float32")


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e3, 1e30])
@every_activation
def test_training(activation, scale):
    e = iv.Experiment(
        dataset="digits", activation=activation, scale=scale, epochs=3, restarts=2, learning_rate=9
    )
    run = iv.train(e)
    assert run.finished
    parting(run)
    landscape.losses_at(landscape.path(run, 0), run)


@pytest.mark.parametrize("size", SIZES)
@every_activation
def test_theory(activation, size):
    theory.variance_map(size, activation, size, size)
    theory.correlation_map([0.0, 0.5, 1.0], activation, size, q=size)
    theory.reach(activation, size, 0.1)
    theory.propagate(4, size, 0.5, activation, 2.0)
    theory.critical_sigma_w(activation, size)
    theory.gain(activation)
    blocks.propagate_blocks(4, activation, size, size, square=size)
    assert iv.ACTIVATIONS[activation].gain > 0


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "selu"])
@pytest.mark.parametrize("scale", [0.001, 100.0])
def test_pictures_and_words(activation, scale):
    explorer = iv.explore(activation=activation, scale=scale, initializer="normal", epochs=10)
    explorer.epoch.value = 1
    iv.explain(explorer.run)
