"""The loss surface: planes, plateaus, and what trying again gives."""

from dataclasses import replace
from itertools import product
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import initviz as iv
from initviz.measure import landscape
from initviz.widgets.restarts import START

XOR = np.array([0, 1, 1, 0])


@pytest.fixture(scope="module")
def run():
    return iv.train(START)


@pytest.fixture(scope="module")
def circles():
    return iv.train(replace(START, dataset="circles", restarts=12, epochs=60))


def flattened(run, epoch, r):
    """The numbers of one network, put in a row by hand."""
    network = run.network_at(epoch)
    pairs = zip(network.weights, network.biases, strict=True)
    return [x for pair in pairs for array in pair for x in array[r].ravel()]


def test_a_network_and_its_point_are_the_same(run):
    network = run.network_at(7)
    points = landscape.as_points(network)
    assert points.shape == (48, 9)
    assert np.array_equal(points[3], flattened(run, 7, 3))
    back = landscape.as_network(points, like=run.network_at(0))
    for given_, returned in zip(
        (*network.weights, *network.biases), (*back.weights, *back.biases), strict=True
    ):
        assert np.array_equal(given_, returned)
    assert (back.activation, back.output) == (network.activation, network.output)


@pytest.mark.parametrize("shape", [(8,), (4, 8), (4, 10), (2, 3, 3)])
def test_points_of_another_shape_are_refused(run, shape):
    with pytest.raises(ValueError, match=r"points\.shape"):
        landscape.as_network(np.zeros(shape), like=run.network_at(0))


def test_a_path_has_the_network_of_every_snapshot(run):
    way = landscape.path(run, 5)
    assert way.shape == (121, 9)
    for epoch in (0, 40, 120):
        assert np.array_equal(way[epoch], flattened(run, epoch, 5))


@given(st.integers(0, 2**32 - 1))
def test_a_plane_holds_its_three_networks_and_drops_others_at_right_angles(seed):
    a, b, c, other = np.random.default_rng(seed).normal(size=(4, 9))
    plane = landscape.Plane.through(a, b, c)
    np.testing.assert_allclose(plane.distance(np.array([a, b, c])), 0, atol=1e-9)
    (x0, y0), (x1, y1), (_, y2) = plane.coordinates(np.array([a, b, c]))
    assert np.allclose([x0, y0, y1], 0, atol=1e-9)
    assert x1 == pytest.approx(np.linalg.norm(b - a))
    assert y2 > 0
    shadow = plane.points(plane.coordinates(other))
    assert abs((other - shadow) @ (b - a)) < 1e-8
    assert abs((other - shadow) @ (c - a)) < 1e-8
    assert plane.distance(other) == pytest.approx(np.linalg.norm(other - shadow))


@pytest.mark.parametrize("factor", [0, 1, 2.5])
def test_three_networks_on_a_line_make_no_plane(factor):
    a, b = np.random.default_rng(0).normal(size=(2, 9))
    with pytest.raises(ValueError, match="one line"):
        landscape.Plane.through(a, b, a + factor * (b - a))
    with pytest.raises(ValueError, match="one line"):
        landscape.Plane.through(a, a, b)


def test_a_grid_goes_row_by_row_from_the_bottom():
    plane = landscape.Plane(np.zeros(4), np.array([0, 1, 0, 0.0]), np.array([0, 0, 0, 1.0]))
    grid = plane.grid((-1, 10), (1, 20), 3)
    assert grid[:, [0, 2]].any() == np.False_
    assert grid[:, [1, 3]].tolist() == [[x, y] for y in (10, 15, 20) for x in (-1, 0, 1)]


def test_heights_are_the_losses_that_training_measured(run):
    for epoch in (0, 60, 120):
        heights = landscape.losses_at(landscape.as_points(run.network_at(epoch)), run)
        np.testing.assert_allclose(heights, run.losses[epoch], rtol=1e-4, atol=1e-7)


def test_a_height_is_the_mean_squared_error_worked_out_by_hand(run):
    point = np.random.default_rng(1).normal(size=9)
    w, b, v, c = point[:4].reshape(2, 2), point[4:6], point[6:8], point[8]

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    errors = [
        sigmoid(v @ sigmoid(w @ x + b) + c) - y
        for x, y in zip([(0, 0), (0, 1), (1, 0), (1, 1)], XOR, strict=True)
    ]
    expected = np.mean(np.square(errors))
    assert landscape.losses_at(point, run) == pytest.approx(expected, rel=1e-12)
    assert landscape.losses_at(np.full((2, 3, 9), point), run).shape == (2, 3)


@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy"])
def test_what_is_solved_has_every_point_right_at_every_moment(loss):
    run = iv.train(replace(START, loss=loss, learning_rate=1.0, restarts=100))
    solved = [landscape.solved(run, epoch) for epoch in range(121)]
    assert (run.accuracies[solved] == 1).all()
    assert 500 < np.sum(solved) < np.sum(run.accuracies == 1)


def test_solved_is_read_from_the_losses_and_what_is_no_number_is_not(run):
    losses = run.losses.copy()
    losses[-1, :4] = 0.0624, 0.0626, np.nan, np.inf
    assert landscape.solved(replace(run, losses=losses))[:4].tolist() == [True, False, False, False]
    assert (run.accuracies[-1, landscape.solved(run)] == 1).all()
    assert not landscape.solved(run, 0).any()


def test_xor_has_four_plateaus():
    assert np.allclose(landscape.plateaus(XOR), [0, 1 / 8, 1 / 6, 1 / 4])


@pytest.mark.parametrize("targets", [[0, 1], [0, 1, 1], [0, 1, 2.5, -1], [0, 1, 1, 0, 1]])
def test_plateaus_are_what_naming_every_sample_a_group_gives(targets):
    y, found = np.array(targets, float), set()
    for names in product(range(len(y)), repeat=len(y)):
        means = {n: y[[m == n for m in names]].mean() for n in names}
        found.add(round(np.mean([(t - means[n]) ** 2 for t, n in zip(y, names, strict=True)]), 12))
    assert np.allclose(landscape.plateaus(y), sorted(found))


def test_there_are_as_many_ways_to_lump_as_bell_counted():
    assert [len(list(landscape._partitions(n))) for n in range(8)] == [1, 1, 2, 5, 15, 52, 203, 877]


@pytest.mark.parametrize("targets", [[], np.zeros(11), np.zeros((2, 2))])
def test_plateaus_of_too_many_samples_are_refused(targets):
    with pytest.raises(ValueError, match=r"targets\.shape"):
        landscape.plateaus(targets)


def test_the_law_is_the_share_of_all_outcomes_in_which_one_try_hits():
    """Every outcome of k tries, weighed by its chance."""
    for p, k in [(0.3, 1), (0.3, 4), (0.84, 3), (0.0, 5), (1.0, 2)]:
        total = sum(
            np.prod([p if hit else 1 - p for hit in outcome])
            for outcome in product([True, False], repeat=k)
            if any(outcome)
        )
        assert landscape.best_of(p, k) == pytest.approx(total)


def test_groups_share_no_restart():
    hits = np.array([0, 0, 1, 0, 0, 0, 1], bool)
    assert landscape.groups_of(hits, 1).tolist() == hits.tolist()
    assert landscape.groups_of(hits, 3).tolist() == [True, False]
    assert landscape.groups_of(hits, 7).tolist() == [True]
    assert landscape.groups_of(np.array([1, 1, 0, 0, 0, 0], bool), 2).tolist() == [
        True,
        False,
        False,
    ]
    for size in (0, 8, 2.5):
        with pytest.raises(ValueError, match="size"):
            landscape.groups_of(hits, size)


@given(st.floats(1e-4, 0.9999), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_as_many_tries_as_needed_and_not_one_more(p, certainty):
    k = landscape.tries_needed(p, certainty)
    assert landscape.best_of(p, k) >= certainty - 1e-12
    assert k == 1 or landscape.best_of(p, k - 1) < certainty + 1e-12


def test_no_number_of_tries_helps_where_there_is_no_chance():
    assert landscape.tries_needed(0) == landscape.tries_needed(1e-320) == inf
    assert landscape.tries_needed(1) == 1
    assert landscape.tries_needed(0.2) == 14  # 0.8^13 = 0.055, 0.8^14 = 0.044
    for wrong in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="chance"):
            landscape.tries_needed(wrong)


def test_levels_have_names_where_there_are_few_points(run, circles):
    assert landscape.levels(run) == pytest.approx({"1/8": 1 / 8, "1/6": 1 / 6, "1/4": 1 / 4})
    assert landscape.levels(circles) == {}
    entropy = iv.train(replace(START, loss="binary_cross_entropy", epochs=1))
    assert landscape.levels(entropy) == {}
