"""How far weights have moved, and in how many directions units look."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import initviz as iv
from initviz.measure.movement import course, looks

LAYERS = (3, 5, 4, 1)


def network(weights, biases=None, activation="relu"):
    weights = tuple(np.asarray(W, float) for W in weights)
    biases = biases or [np.zeros((*W.shape[:2], 1)) for W in weights]
    return iv.Network(weights, tuple(np.asarray(b, float) for b in biases), activation, "identity")


def test_the_distance_is_relative_and_layer_by_layer():
    start = iv.init_network(LAYERS, "tanh", "normal", restarts=4)
    factors = iter((3.0, 0.5, 1.0))
    moved = network([next(factors) * W for W in start.weights], start.biases, "tanh")
    moved = iv.Network(moved.weights, moved.biases, "tanh", "sigmoid")
    found = iv.movement(moved, start).distance
    np.testing.assert_allclose(found, np.repeat([[2.0], [0.5], [0.0]], 4, axis=1), atol=1e-12)


def test_from_zero_every_distance_is_without_end_and_none_is_none():
    zero = network([np.zeros((1, 2, 2)), np.zeros((1, 1, 2))])
    moved = network([np.ones((1, 2, 2)), np.zeros((1, 1, 2))])
    found = iv.movement(moved, zero)
    assert found.distance.tolist() == [[np.inf], [0.0]]
    assert found.directions[:, 0] == pytest.approx([1, 0])


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_a_change_along_orthogonal_pairs_has_as_many_directions(seed, rank):
    rng = np.random.default_rng(seed)
    start = rng.normal(size=(6, 5))
    left, right = (np.linalg.qr(rng.normal(size=(n, n)))[0][:, :rank] for n in (6, 5))
    ends = [np.ones((1, 1, 6))]
    found = iv.movement(network([[start + 0.1 * left @ right.T], *ends]), network([[start], *ends]))
    assert found.directions[0] == pytest.approx(rank)
    assert found.distance[0] == pytest.approx(0.1 * np.sqrt(rank) / np.linalg.norm(start))


def looking(angles, out=None):
    """A network with a unit looking at each of these angles, in degrees."""
    turned = np.radians(angles)
    into = np.stack([np.cos(turned), np.sin(turned)], axis=1)
    out = np.ones(len(angles)) if out is None else np.asarray(out)
    return network([[into], [[out]]])


@pytest.mark.parametrize(
    ("angles", "out", "expected"),
    [
        ([10, 10, 10, 10], None, 1),
        ([0, 90, 180, 270], None, 4),  # opposite ways are two
        ([0, 5, 120, 125], None, 2),
        ([0, 17, 180], None, 9 / 5),  # five of the nine pairs look the same way
        ([0, 19, 180], None, 3),
        ([0, 90], [1, 0], 1),  # what does not count for the output does not count
        ([0, 90], [3, -1], 16 / 10),
    ],
)
def test_directions_are_counted_by_what_units_weigh(angles, out, expected):
    assert iv.directions_in_use(looking(angles, out))[0, 0] == pytest.approx(expected)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_directions_know_no_size_no_order_and_no_rescaled_unit(seed, factor):
    rng = np.random.default_rng(seed)
    W, b, out = rng.normal(size=(1, 7, 3)), rng.normal(size=(1, 7, 1)), rng.normal(size=(1, 2, 7))
    first = iv.directions_in_use(network([W, out], [b, np.zeros((1, 2, 1))]))[0, 0]
    order, each = rng.permutation(7), rng.uniform(0.1, 10, size=(1, 7, 1))
    changed = [factor * W * each, factor * b * each, out / each.swapaxes(1, 2)]
    again = network(
        [changed[0][:, order], changed[2][..., order]], [changed[1][:, order], np.zeros((1, 2, 1))]
    )
    assert iv.directions_in_use(again)[0, 0] == pytest.approx(first, rel=1e-6)
    assert 1 - 1e-9 <= first <= 7 + 1e-9


def test_the_bias_belongs_to_where_a_unit_looks():
    W, out = np.ones((1, 2, 1)), np.ones((1, 1, 2))
    apart = network([W, out], [[[[5.0], [-5.0]]], np.zeros((1, 1, 1))])
    assert iv.directions_in_use(apart)[0, 0] == pytest.approx(2)


def test_of_nothing_and_of_what_overflows_there_is_no_number():
    zero = network([np.zeros((1, 3, 2)), np.zeros((1, 1, 3))])
    assert np.isnan(iv.directions_in_use(zero)).all()
    wild = network([np.full((1, 3, 2), np.inf), np.ones((1, 1, 3))])
    assert np.isnan(iv.directions_in_use(wild)).all()
    assert np.isnan(iv.movement(wild, zero).directions[0]).all()


def test_a_course_is_what_is_measured_on_every_snapshot():
    run = iv.train(replace(iv.explore_movement.start, epochs=90, restarts=3))
    found = course(run)
    assert found.epochs[[0, -1]].tolist() == [0, 90]
    assert len(found.epochs) == 31
    for k in (0, 11, 30):
        network = run.network_at(int(found.epochs[k]))
        distance = iv.movement(network, run.network_at(0)).distance[0]
        np.testing.assert_allclose(found.distance[k], distance, atol=1e-12)
        np.testing.assert_array_equal(found.directions[k], iv.directions_in_use(network)[0])


def test_units_look_where_their_weights_point_as_far_as_they_weigh():
    into = np.array([[[3.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]])
    ends, raises = looks(network([into, [[[1.0, -6.0, 0.0]]]]))
    np.testing.assert_allclose(ends, [[[0.5, 0], [0, 1], [0, 0]]])
    assert raises.tolist() == [[True, False, False]]
    one = network([[[[2.0], [1.0]]], np.ones((1, 1, 2))], [[[[0.0], [1.0]]], np.zeros((1, 1, 1))])
    ends, _ = looks(one)  # a single input: its weight, and the bias
    np.testing.assert_allclose(ends, [[[1, 0], [0.5, 0.5]]])
    zero = network([np.zeros((1, 2, 2)), np.zeros((1, 1, 2))])
    assert not looks(zero)[0].any()


def test_another_kind_of_network_is_refused():
    one = iv.init_network(LAYERS, "tanh")
    others: list[tuple[Any, str]] = [
        (iv.init_network((3, 5, 1), "tanh"), r"start\.layers"),
        (iv.init_network(LAYERS, "relu"), r"start\.activation"),
        (iv.init_network(LAYERS, "tanh", restarts=2), r"start\.restarts"),
        ("x", "start"),
    ]
    for start, named in others:
        with pytest.raises(ValueError, match=f"^{named}="):
            iv.movement(one, start)
