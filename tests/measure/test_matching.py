"""Units put in another network's order, and the barrier between two networks."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import initviz as iv
from initviz.measure.landscape import as_points
from initviz.measure.matching import PLACES, losses_between, permuted

MOONS = iv.DATASETS["moons"]
DATA = MOONS.X, MOONS.y, "binary_cross_entropy"


def drawn(layers, seed=0, restarts=3):
    return iv.init_network(layers, "tanh", "normal", bias="same", restarts=restarts, seed=seed)


def shuffled(network, seed=0):
    rng = np.random.default_rng(seed)
    return permuted(
        network,
        [
            np.array([rng.permutation(units) for _ in range(network.restarts)])
            for units in network.layers[1:-1]
        ],
    )


@pytest.mark.parametrize("layers", [(2, 5, 1), (3, 6, 4, 2), (2, 16, 16, 16, 1)])
def test_a_permuted_copy_computes_the_same_and_is_put_back_exactly(layers):
    network = drawn(layers)
    copy = shuffled(network)
    assert not np.array_equal(as_points(copy), as_points(network))
    X = np.random.default_rng(1).normal(size=(7, layers[0]))
    np.testing.assert_allclose(iv.forward(copy, X)[-1], iv.forward(network, X)[-1], atol=1e-12)
    np.testing.assert_array_equal(as_points(iv.match_units(network, copy)), as_points(network))


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize("skip", [False, True])
def test_with_norms_and_skips_as_well(norm, skip):
    layers, kinds = (2, 6, 6, 6, 4, 4, 1), {"norm": norm, "skip": skip, "alpha": 0.7}
    network = iv.init_network(layers, "tanh", "normal", bias="same", restarts=3, **kinds)
    rng = np.random.default_rng(0)
    network = network.each_array(lambda array: array + 0.1 * rng.normal(size=array.shape))
    one = [np.array([rng.permutation(units) for _ in range(3)]) for units in layers[1:-1]]
    if skip:  # layers that are added have one order
        one = [one[0]] * 3 + [one[3]] * 2
    copy = permuted(network, one)
    np.testing.assert_allclose(
        iv.forward(copy, MOONS.X)[-1], iv.forward(network, MOONS.X)[-1], atol=1e-12
    )
    np.testing.assert_array_equal(as_points(iv.match_units(network, copy)), as_points(network))
    other = iv.init_network(layers, "tanh", "normal", bias="same", restarts=3, seed=1, **kinds)
    matched = iv.match_units(network, other)
    np.testing.assert_allclose(
        iv.forward(matched, MOONS.X)[-1], iv.forward(other, MOONS.X)[-1], atol=1e-12
    )


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15)
def test_of_four_units_the_nearest_of_all_24_orders_is_found(seed):
    network, other = drawn((2, 4, 1), seed, restarts=1), drawn((2, 4, 1), seed + 1, restarts=1)
    orders = [permuted(other, [np.array([order])]) for order in permutations(range(4))]
    distances = [np.linalg.norm(as_points(each) - as_points(network)) for each in orders]
    found = np.linalg.norm(as_points(iv.match_units(network, other)) - as_points(network))
    assert found == pytest.approx(min(distances))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_no_other_order_of_one_layer_is_nearer(seed):
    network, other = (drawn((2, 5, 5, 5, 1), seed + n, restarts=2) for n in (0, 1))
    matched = iv.match_units(network, other)

    def distances(network, other):
        return np.linalg.norm(as_points(network) - as_points(other), axis=1)

    nearest = distances(network, matched)
    assert (nearest <= distances(network, other) + 1e-9).all()
    for layer in range(3):
        for order in permutations(range(5)):
            orders = [np.tile(np.arange(5), (2, 1)) for _ in range(3)]
            orders[layer][:] = order
            assert (distances(network, permuted(matched, orders)) >= nearest - 1e-9).all()


def test_the_barrier_is_the_highest_loss_above_the_line_between_the_ends():
    network, other = drawn((2, 4, 1), 0), drawn((2, 4, 1), 1)
    above = []
    for step in range(PLACES):
        s = step / (PLACES - 1)
        weights, biases = (
            tuple((1 - s) * a + s * b for a, b in zip(mine, theirs, strict=True))
            for mine, theirs in ((network.weights, other.weights), (network.biases, other.biases))
        )
        p = iv.forward(iv.Network(weights, biases, "tanh", "sigmoid"), MOONS.X)[-1][:, 0]
        above.append(-np.log(np.where(MOONS.y == 1, p, 1 - p)).mean(axis=1))
    line = np.linspace(above[0], above[-1], PLACES)
    np.testing.assert_allclose(losses_between(network, other, *DATA), above, rtol=1e-9)
    np.testing.assert_allclose(
        iv.barrier(network, other, *DATA), (above - line).max(axis=0), atol=1e-12
    )


def test_to_itself_there_is_no_barrier_and_to_a_permuted_copy_none_once_it_is_matched():
    network = iv.train(iv.Experiment(hidden_layers=(8,), activation="tanh", epochs=150)).network_at(
        150
    )
    copy = shuffled(network)
    assert iv.barrier(network, network, *DATA) == pytest.approx(np.zeros(16), abs=1e-12)
    assert (iv.barrier(network, copy, *DATA) > 0.01).any()
    matched = iv.match_units(network, copy)
    assert iv.barrier(network, matched, *DATA) == pytest.approx(np.zeros(16), abs=1e-12)


def test_in_a_convex_loss_there_is_no_barrier():
    one, other = (iv.init_network((2, 1), initializer="normal", scale=9.0, seed=s) for s in (0, 1))
    assert iv.barrier(one, other, *DATA) == pytest.approx([0], abs=1e-12)


def test_what_overflows_has_no_barrier_and_is_left_as_it_is():
    network = drawn((2, 4, 1), restarts=2)
    weights = tuple(W.copy() for W in network.weights)
    weights[0][1] = np.nan
    broken = iv.Network(weights, network.biases, "tanh", "sigmoid")
    found = iv.barrier(network, broken, *DATA)
    assert found[0] == pytest.approx(0, abs=1e-12)
    assert np.isnan(found[1])
    assert np.isnan(iv.match_units(network, broken).weights[0][1]).all()


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (drawn((2, 5, 1)), r"other\.layers"),
        (drawn((2, 4, 1), restarts=2), r"other\.restarts"),
        (iv.init_network((2, 4, 1), "relu", restarts=3), r"other\.activation"),
        (iv.init_network((2, 4, 1), "tanh", restarts=3, output="identity"), r"other\.output"),
        (iv.init_network((2, 4, 1), "tanh", restarts=3, norm="batch"), r"other\.norm"),
        (None, "other"),
    ],
)
def test_networks_of_two_kinds_are_refused(other, named):
    for call in (iv.match_units, lambda one, other: iv.barrier(one, other, *DATA)):
        with pytest.raises(ValueError, match=f"^{named}="):
            call(drawn((2, 4, 1)), other)
