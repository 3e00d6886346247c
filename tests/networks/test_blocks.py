"""Norms and skips around hidden layers, against finite differences and against PyTorch."""

import re
from dataclasses import replace

import numpy as np
import pytest
from made_up import PROBLEMS
from networks.test_network import torch_losses
from numpy.testing import assert_allclose, assert_array_equal

import initviz as iv
from initviz.networks.blocks import NORMS
from initviz.networks.network import gradient, lsuv, passed, stack_networks
from initviz.training.dropout import train_with_dropout

SKIPS = [{"skip": False}, *({"skip": True, "alpha": a} for a in (0.7, "1/sqrt(depth)", "rezero"))]
every_norm = pytest.mark.parametrize("norm", NORMS)
every_skip = pytest.mark.parametrize("skip", SKIPS, ids=str)
# Every activation, and every loss, but not every one with every other.
WHOLE = [(f, PROBLEMS[-1]) for f in iv.ACTIVATIONS] + [("tanh", p) for p in PROBLEMS[:-1]]
LAYERS = (3, 4, 4, 5, 5, 2)  # a skip over the second layer and over the fourth


def network_for(problem, activation="tanh", norm="none", skip=SKIPS[1], layers=(3, 4, 4, 4, 2)):
    """Everything that is learnt is drawn: gains of 1 or alphas of 0 would hide a wrong factor."""
    layers = (*layers[:-1], problem.data.outputs)
    ways = {"norm": norm, "output": problem.output, "restarts": 2, "bias": "same"}
    network = iv.init_network(layers, activation, "he_normal", seed=5, **skip, **ways)
    rng = np.random.default_rng(3)
    return network.each_array(lambda array: array + 0.3 * rng.standard_normal(array.shape))


@every_norm
@every_skip
@pytest.mark.parametrize(("activation", "problem"), WHOLE, indirect=["problem"])
def test_gradients_are_those_of_autograd(activation, norm, skip, problem, torch, torch_activations):
    network = network_for(problem, activation, norm, skip)
    loss, slopes = gradient(network, *problem.data_and_loss)
    theirs = [torch.tensor(array, requires_grad=True) for array in network.arrays]
    z = torch_forward(torch, torch_activations[activation], network, theirs, problem.data.X)
    expected = torch_losses(torch, z, problem)
    expected.sum().backward()
    assert_allclose(loss, expected.detach(), rtol=1e-11)
    largest = max(1, *(np.abs(slope).max() for slope in slopes.arrays))  # thousands for the sine
    for ours, parameter in zip(slopes.arrays, theirs, strict=True):
        assert_allclose(ours, parameter.grad, rtol=1e-8, atol=1e-12 * largest)


def torch_forward(torch, activation, network, arrays, X):
    """z of the output layer, by PyTorch's own norms."""
    like = network.with_arrays([np.empty(tuple(a.shape)) for a in arrays])
    place = {id(ours): theirs for ours, theirs in zip(like.arrays, arrays, strict=True)}
    a = torch.tensor(X.T).expand(network.restarts, -1, -1)
    alphas = iter(like.alphas)
    for layer, (W, b) in enumerate(zip(like.weights, like.biases, strict=True)):
        z = place[id(W)] @ a + place[id(b)]
        if layer == len(like.weights) - 1:
            return z
        if network.norm != "none":
            gain, shift = place[id(like.gains[layer])], place[id(like.shifts[layer])]
            z = torch.stack([torch_norm(torch, network.norm, each) for each in z]) * gain + shift
        skip = layer in network.skips
        a = a + place[id(next(alphas))] * activation(z) if skip else activation(z)


def torch_norm(torch, norm, z):
    f = torch.nn.functional
    if norm == "batch":
        return f.batch_norm(z.T, None, None, training=True).T
    return f.layer_norm(z.T, z.shape[:1]).T


@every_norm
@every_skip
def test_gradients_are_the_slopes_of_the_loss(norm, skip, problem):
    network, h = network_for(problem, "tanh", norm, skip), 1e-6
    _, slopes = gradient(network, *problem.data_and_loss)
    for n, slope in enumerate(slopes.arrays):
        for unit in np.ndindex(slope.shape[1:]):
            up, down = (
                gradient(moved(network, n, unit, step), *problem.data_and_loss)[0]
                for step in (h, -h)
            )
            assert_allclose(
                slope[(slice(None), *unit)], (up - down) / (2 * h), rtol=1e-5, atol=1e-8
            )


def moved(network, n, unit, step):
    arrays = [array.copy() for array in network.arrays]
    arrays[n][(slice(None), *unit)] += step
    return network.with_arrays(arrays)


def test_the_jacobian_of_a_network_with_skips_is_its_slope(torch, torch_activations):
    network = iv.init_network((3, 4, 4, 4, 2), "tanh", skip=True, alpha=0.7, restarts=2)
    x = np.array([0.3, -1.0, 2.0])
    for r, found in enumerate(iv.jacobian(network, x)):
        one = network.restart(r)
        first = iv.forward(one, x[np.newaxis])[1][0, :, 0]
        later = replace(one, weights=(np.eye(4)[np.newaxis], *one.weights[1:]))
        later = replace(later, biases=(np.zeros((1, 4, 1)), *one.biases[1:]))
        h = 1e-6
        for column in range(4):
            ends = []
            for step in (h, -h):  # the first layer hands on what tanh makes the activations of
                moved = np.arctanh(first + step * np.eye(4)[column])
                ends.append(iv.forward(later, moved[np.newaxis])[-2][0, :, 0])
            assert_allclose(found[:, column], (ends[0] - ends[1]) / (2 * h), atol=1e-7)


def test_where_norms_and_skips_are_not_provided_for_a_sentence_says_so():
    network = iv.init_network((3, 4, 4, 1), norm="batch", skip=True)
    with pytest.raises(ValueError, match=r"^network.norm='batch': give a network without"):
        iv.jacobian(network, np.ones(3))
    with pytest.raises(ValueError, match=r"^network=.*: give one without a norm and without skips"):
        train_with_dropout(
            network, np.ones((2, 3)), [0, 1], "squared_error", rate=0.1, learning_rate=1, epochs=1
        )


# What is put together


@every_norm
@every_skip
def test_gradients_have_the_shape_of_the_network(norm, skip, problem):
    network = network_for(problem, norm=norm, skip=skip, layers=LAYERS)
    assert network.skips == ((1, 3) if skip["skip"] else ())
    assert len(network.gains) == len(network.shifts) == (0 if norm == "none" else 4)
    _, slopes = gradient(network, *problem.data_and_loss)
    assert [a.shape for a in slopes.arrays] == [a.shape for a in network.arrays]
    for one, other in zip(network.arrays, network.with_arrays(network.arrays).arrays, strict=True):
        assert one is other


def test_a_norm_begins_with_gains_of_1_and_skips_with_what_is_asked_for():
    network = iv.init_network((2, 4, 4, 4, 1), norm="batch", skip=True, alpha="1/sqrt(depth)")
    assert all((gain == 1).all() for gain in network.gains)
    assert not any(shift.any() for shift in network.shifts)
    assert_allclose(np.ravel(network.alphas), 2**-0.5)
    start = [iv.init_network((2, 4, 4, 1), skip=True, alpha=a).alphas for a in ("rezero", -2)]
    assert_array_equal(np.ravel(start), [0, -2])


def test_norms_and_skips_draw_nothing():
    plain = iv.init_network((2, 4, 4, 1), restarts=3, noise=0.1, bias_std=0.2)
    other = iv.init_network(
        (2, 4, 4, 1), restarts=3, noise=0.1, bias_std=0.2, norm="layer", skip=True
    )
    for one, two in zip(plain.arrays, other.arrays, strict=False):
        assert_array_equal(one, two)


@pytest.mark.parametrize(("norm", "axis"), [("batch", 2), ("layer", 1)])
def test_a_norm_gives_unit_sums_whatever_the_scale(norm, axis):
    X = np.random.default_rng(0).normal(size=(200, 30))
    for scale in (1, 100):
        network = iv.init_network((30, 64, 64, 1), "relu", scale=scale, norm=norm)
        for each in passed(network, X)[:-1]:
            assert_allclose(each.z.mean(axis=axis), 0, atol=1e-9)
            assert_allclose(each.z.std(axis=axis), 1, rtol=1e-3)


def test_a_skip_with_nothing_on_its_branch_hands_through():
    X = np.random.default_rng(0).normal(size=(9, 3))
    network = iv.init_network((3, 8, 8, 8, 1), "tanh", skip=True, alpha="rezero")
    first, second, third = iv.forward(network, X)[1:-1]
    assert_array_equal(first, second)
    assert_array_equal(first, third)


def test_a_constant_unit_is_0_behind_a_batch_norm():
    network = iv.init_network((3, 4, 1), "tanh", "zeros", bias=3.0, norm="batch")
    assert not iv.forward(network, np.eye(3))[1].any()


def test_networks_are_taken_apart_and_put_together(problem):
    network = network_for(problem, norm="layer")
    again = stack_networks([network.restart(r) for r in range(2)])
    for one, two in zip(network.arrays, again.arrays, strict=True):
        assert_array_equal(one, two)
    assert "layer norm, tanh with skips" in repr(again)
    assert lsuv(network, problem.data.X).norm == "layer"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"norm": "batch"}, "gains.shape=[]: with these weights give"),
        ({"norm": "instance"}, "norm='instance': give one of none, batch, layer"),
        ({"gains": (np.ones((1, 4, 1)),) * 2}, "gains.shape="),
        ({"alphas": (np.ones((1, 1, 1)),) * 2}, "alphas.shape="),
        ({"alphas": [np.ones((1, 1, 1))]}, "alphas="),
        ({"shifts": None}, "shifts=None"),
    ],
)
def test_arrays_that_do_not_fit_are_named(change, message):
    network = iv.init_network((2, 4, 4, 1))
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        replace(network, **change)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"norm": "group"}, "norm='group'"),
        ({"norm": None}, "norm=None"),
        ({"skip": "yes"}, "skip='yes'"),
        ({"alpha": "sqrt"}, "alpha='sqrt'"),
        ({"alpha": np.nan}, "alpha=nan"),
    ],
)
def test_what_a_block_cannot_be_is_named(settings, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        iv.init_network((2, 4, 4, 1), **settings)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        iv.Experiment(**settings)
