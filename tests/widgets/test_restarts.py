"""Slices of the loss surface, plateaus, the law of the best of k, and what the explorer shows."""

from dataclasses import replace
from itertools import product
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import colors
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure import landscape as land
from initviz.plots import landscape as stills
from initviz.plots import restarts as pictures
from initviz.widgets.restarts import START
from initviz.words.restarts import compare_restarts, explain_restarts

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


# Networks as points


def test_a_network_and_its_point_are_the_same(run):
    network = run.network_at(7)
    points = land.as_points(network)
    assert points.shape == (48, 9)
    assert np.array_equal(points[3], flattened(run, 7, 3))
    back = land.as_network(points, like=run.network_at(0))
    for given_, returned in zip(
        (*network.weights, *network.biases), (*back.weights, *back.biases), strict=True
    ):
        assert np.array_equal(given_, returned)
    assert (back.activation, back.output) == (network.activation, network.output)


@pytest.mark.parametrize("shape", [(8,), (4, 8), (4, 10), (2, 3, 3)])
def test_points_of_another_shape_are_refused(run, shape):
    with pytest.raises(ValueError, match=r"points\.shape"):
        land.as_network(np.zeros(shape), like=run.network_at(0))


def test_a_path_has_the_network_of_every_snapshot(run):
    way = land.path(run, 5)
    assert way.shape == (121, 9)
    for epoch in (0, 40, 120):
        assert np.array_equal(way[epoch], flattened(run, epoch, 5))


# Planes


@given(st.integers(0, 2**32 - 1))
def test_a_plane_holds_its_three_networks_and_drops_others_at_right_angles(seed):
    a, b, c, other = np.random.default_rng(seed).normal(size=(4, 9))
    plane = land.Plane.through(a, b, c)
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
        land.Plane.through(a, b, a + factor * (b - a))
    with pytest.raises(ValueError, match="one line"):
        land.Plane.through(a, a, b)


def test_a_grid_goes_row_by_row_from_the_bottom():
    plane = land.Plane(np.zeros(4), np.array([0, 1, 0, 0.0]), np.array([0, 0, 0, 1.0]))
    grid = plane.grid((-1, 10), (1, 20), 3)
    assert grid[:, [0, 2]].any() == np.False_
    assert grid[:, [1, 3]].tolist() == [[x, y] for y in (10, 15, 20) for x in (-1, 0, 1)]


# Heights


def test_heights_are_the_losses_that_training_measured(run):
    for epoch in (0, 60, 120):
        heights = land.losses_at(land.as_points(run.network_at(epoch)), run)
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
    assert land.losses_at(point, run) == pytest.approx(expected, rel=1e-12)
    assert land.losses_at(np.full((2, 3, 9), point), run).shape == (2, 3)


# Where training can end


@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy"])
def test_what_is_solved_has_every_point_right_at_every_moment(loss):
    run = iv.train(replace(START, loss=loss, learning_rate=1.0, restarts=100))
    solved = [land.solved(run, epoch) for epoch in range(121)]
    assert (run.accuracies[solved] == 1).all()
    assert 500 < np.sum(solved) < np.sum(run.accuracies == 1)


def test_solved_is_read_from_the_losses_and_what_is_no_number_is_not(run):
    losses = run.losses.copy()
    losses[-1, :4] = 0.0624, 0.0626, np.nan, np.inf
    assert land.solved(replace(run, losses=losses))[:4].tolist() == [True, False, False, False]
    assert (run.accuracies[-1, land.solved(run)] == 1).all()
    assert not land.solved(run, 0).any()


def test_xor_has_four_plateaus():
    assert np.allclose(land.plateaus(XOR), [0, 1 / 8, 1 / 6, 1 / 4])


@pytest.mark.parametrize("targets", [[0, 1], [0, 1, 1], [0, 1, 2.5, -1], [0, 1, 1, 0, 1]])
def test_plateaus_are_what_naming_every_sample_a_group_gives(targets):
    y, found = np.array(targets, float), set()
    for names in product(range(len(y)), repeat=len(y)):
        means = {n: y[[m == n for m in names]].mean() for n in names}
        found.add(round(np.mean([(t - means[n]) ** 2 for t, n in zip(y, names, strict=True)]), 12))
    assert np.allclose(land.plateaus(y), sorted(found))


def test_there_are_as_many_ways_to_lump_as_bell_counted():
    assert [len(list(land._partitions(n))) for n in range(8)] == [1, 1, 2, 5, 15, 52, 203, 877]


@pytest.mark.parametrize("targets", [[], np.zeros(11), np.zeros((2, 2))])
def test_plateaus_of_too_many_samples_are_refused(targets):
    with pytest.raises(ValueError, match=r"targets\.shape"):
        land.plateaus(targets)


# What trying again gives


def test_the_law_is_the_share_of_all_outcomes_in_which_one_try_hits():
    """Every outcome of k tries, weighed by its chance."""
    for p, k in [(0.3, 1), (0.3, 4), (0.84, 3), (0.0, 5), (1.0, 2)]:
        total = sum(
            np.prod([p if hit else 1 - p for hit in outcome])
            for outcome in product([True, False], repeat=k)
            if any(outcome)
        )
        assert land.best_of(p, k) == pytest.approx(total)


def test_groups_share_no_restart():
    hits = np.array([0, 0, 1, 0, 0, 0, 1], bool)
    assert land.groups_of(hits, 1).tolist() == hits.tolist()
    assert land.groups_of(hits, 3).tolist() == [True, False]
    assert land.groups_of(hits, 7).tolist() == [True]
    assert land.groups_of(np.array([1, 1, 0, 0, 0, 0], bool), 2).tolist() == [True, False, False]
    for size in (0, 8, 2.5):
        with pytest.raises(ValueError, match="size"):
            land.groups_of(hits, size)


@given(st.floats(1e-4, 0.9999), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_as_many_tries_as_needed_and_not_one_more(p, certainty):
    k = land.tries_needed(p, certainty)
    assert land.best_of(p, k) >= certainty - 1e-12
    assert k == 1 or land.best_of(p, k - 1) < certainty + 1e-12


def test_no_number_of_tries_helps_where_there_is_no_chance():
    assert land.tries_needed(0) == land.tries_needed(1e-320) == inf
    assert land.tries_needed(1) == 1
    assert land.tries_needed(0.2) == 14  # 0.8^13 = 0.055, 0.8^14 = 0.044
    for wrong in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="chance"):
            land.tries_needed(wrong)


# The views


def view(kind, run, *more, epoch=None, pinned=None):
    made = kind(Figure().add_subplot(), run, *more)
    made.update(run, run.epoch if epoch is None else epoch, pinned)
    return made


def test_levels_have_names_where_there_are_few_points(run, circles):
    assert pictures.levels(run) == pytest.approx({"1/8": 1 / 8, "1/6": 1 / 6, "1/4": 1 / 4})
    assert pictures.levels(circles) == {}
    entropy = iv.train(replace(START, loss="binary_cross_entropy", epochs=1))
    assert pictures.levels(entropy) == {}


def test_the_others_are_counted_on_their_levels(run):
    losses = run.losses.copy()
    losses[-1] = 0.001
    losses[-1, :6] = 0.1252, 0.1249, 0.1667, 0.249, 0.2, np.nan
    made_up = replace(run, losses=losses)
    assert pictures.on_levels(made_up) == {"1/8": 2, "1/6": 1, "1/4": 1}
    assert pictures.typical_stuck(made_up) == 2  # the third of 0.1249, 0.1252, 0.1667, 0.2, …
    ends = view(pictures.Ends, made_up)
    assert [label.text for label in ends._labels] == [
        "42 solved",
        "2 at 1/8",
        "1 at 1/6",
        "1 at 1/4",
    ]
    bars = ends._others.get_data()
    middles = (bars.edges[1:] + bars.edges[:-1]) / 2
    for level, count in ((1 / 8, 2), (1 / 6, 1), (1 / 4, 1)):
        assert bars.values[np.isclose(middles, level)].tolist() == [count]
    assert bars.values[-1] == 1  # what is no number is off the top
    assert bars.values.sum() == 6
    assert ends._solved.get_data().values.sum() == 42


def test_the_pinned_ends_are_drawn_to_the_same_scale(run):
    half = iv.train(replace(START, restarts=24))
    ends = view(pictures.Ends, run, pinned=half)
    assert ends._pinned.get_data().values.sum() == pytest.approx(48)
    assert not view(pictures.Ends, run)._pinned.get_data().values.any()


def test_a_way_is_orange_where_it_does_not_end_solved(run):
    ways = view(pictures.Ways, run)._ways
    orange = (ways.get_colors() == colors.to_rgba(pictures.STUCK)).all(axis=1)
    lasts = np.array([segment[-1, 1] for segment in ways.get_segments()])
    assert np.array_equal(orange, lasts >= 1 / 16)
    assert 0 < orange.sum() < 48


def test_the_law_goes_through_the_share_and_the_dots_are_counted(run):
    law = view(pictures.Law, run)
    hits = land.solved(run)
    assert law._line.get_ydata()[0] == pytest.approx(hits.mean())
    assert law._line.get_ydata()[-1] == pytest.approx(1 - (1 - hits.mean()) ** 16)
    k, counted = law._dots.get_data()
    assert list(k) == [1, 2, 4, 8, 16]
    assert counted[1] == np.mean([hits[i] or hits[i + 1] for i in range(0, 48, 2)])
    assert law._share.text == f"{hits.mean():.0%}"


def test_a_single_restart_is_drawn_and_explained():
    one = iv.train(replace(START, restarts=1))
    assert list(view(pictures.Law, one)._dots.get_xdata()) == [1]
    assert "1 restart" in explain_restarts(one, one.epoch)


def test_answers_are_what_the_network_says_at_the_points(run):
    stuck = pictures.typical_stuck(run)
    answers = view(pictures.Answers, run, "", pictures.typical_stuck)
    expected = iv.forward(run.network_at(120).restart(stuck), run.dataset.X)[-1].ravel()
    assert [label.text for label in answers._numbers] == [f"{x:.2f}" for x in expected]
    assert answers._words.text == f"loss {run.losses[-1, stuck]:.3f}"


def test_where_none_is_stuck_none_is_shown(run):
    all_solved = replace(run, losses=np.full_like(run.losses, 0.01))
    assert pictures.typical_stuck(all_solved) is None
    answers = view(pictures.Answers, all_solved, "", pictures.typical_stuck)
    assert (answers._map.colours == 255).all()
    assert answers._words.text == "none fails"


def test_the_pinned_line_is_where_it_says_one_half(run, circles):
    answers = view(pictures.Answers, run, "", lambda run: run.best, pinned=run)
    line = np.concatenate(answers._pinned.get_segments())
    there = iv.forward(run.network_at(120).restart(run.best), line)[-1]
    assert np.abs(there - 0.5).max() < 0.1
    assert len(line) > 20


# The sentences


def test_the_sentences_count_what_the_run_has(run):
    done = land.solved(run)
    at = pictures.on_levels(run)
    text = explain_restarts(run, run.epoch)
    assert f"{done.sum()} of 48 restarts solve it" in text
    assert f"{at['1/8']} at 1/8" in text
    k = [land.tries_needed(p) for p in iv.proportion_interval(done)]
    assert f"takes {k[1]} restart" in text
    assert f"({k[2]} to {k[0]}," in text


def test_before_training_nothing_is_solved_and_the_sentence_says_when(run):
    text = explain_restarts(run, 0)
    assert text.startswith("At epoch 0: none of 48 restarts solves it (a loss below 0.0625,")
    assert "interval" not in text


def test_where_none_solves_it_the_chance_may_be_nothing_or_a_little(run):
    failed = replace(run, losses=np.full_like(run.losses, 0.2))
    text = explain_restarts(failed, run.epoch)
    assert text.startswith("None of 48 restarts solves it (")
    assert "interval ends at 7%" in text


@pytest.mark.parametrize(
    ("loss", "words"), [(0.01, "restart solves it"), (0.2, "restart does not solve it")]
)
def test_one_restart_is_one(loss, words):
    one = iv.train(replace(START, restarts=1, epochs=3))
    text = explain_restarts(replace(one, losses=np.full_like(one.losses, loss)), 3)
    assert text.startswith(f"The one {words}")


def test_of_the_pinned_run_it_says_how_many_solved_it(run, circles):
    other = replace(run, experiment=replace(START, scale=3.0))
    words = f"Of its 48 restarts {land.solved(run).sum()} ended solved."
    assert compare_restarts(other, run).endswith(words)
    assert compare_restarts(run, run) == "Pinned: this run."
    assert "solved" not in compare_restarts(run, circles)


def test_equal_starts_are_called_equal():
    for scheme, bias in (("constant", "same"), ("zeros", 0.0)):
        equal = iv.train(replace(START, initializer=scheme, bias=bias))
        assert (equal.losses == equal.losses[:, :1]).all()
        text = explain_restarts(equal, equal.epoch)
        assert "a restart changes nothing" in text
        assert "certainty" not in text


def test_data_without_named_plateaus_give_the_best_of_the_others(circles):
    text = explain_restarts(circles, circles.epoch)
    assert f"The best loss is {circles.losses[-1].min():.2g}." in text
    some = circles.losses.copy()
    some[-1, 0] = 0.01
    text = explain_restarts(replace(circles, losses=some), circles.epoch)
    assert f"Of the others the best has {some[-1, 1:].min():.2g}." in text
    assert "1/8" not in text


def test_when_all_solve_it_nobody_is_left_over(run):
    text = explain_restarts(replace(run, losses=np.full_like(run.losses, 0.01)), run.epoch)
    assert text.startswith("All 48 restarts solve it")
    assert "others" not in text.lower()


def test_overflow_is_said_and_not_warned_of(circles):
    nothing = replace(circles, losses=np.full_like(circles.losses, np.nan))
    assert "overflow" in explain_restarts(nothing, nothing.epoch)


# The still pictures


def test_the_histogram_writes_its_counts(run):
    axes = Figure().add_subplot()
    stills.histogram(axes, run)
    words = [text.get_text() for text in axes.texts]
    assert {str(land.solved(run).sum()), *map(str, pictures.on_levels(run).values())} <= {*words}
    bars = [(bar.get_facecolor(), bar.get_height()) for bar in axes.patches]
    orange = sum(height for color, height in bars if color == colors.to_rgba(pictures.ORANGE))
    assert orange == (~land.solved(run)).sum()


def test_the_map_colours_every_start_by_its_end(run):
    plane = land.Plane.through(*land.as_points(run.network_at(0))[:3])
    grid = plane.grid((-1, -1), (1, 1), 6)
    many = replace(START, restarts=36)
    trained = iv.train(many, network=land.as_network(grid, run.network_at(0)))
    axes = Figure().add_subplot()
    stills.map_of_starts(axes, plane, 1.0, trained, {"this": grid[0], "that": grid[1]})
    pixels = axes.images[0].get_array().reshape(36, 3)
    blue = np.isclose(pixels, colors.to_rgb(pictures.BLUE)).all(axis=1)
    assert np.array_equal(blue, trained.losses[-1] < 1 / 16)
    marked = [line.get_xydata()[0] for line in axes.lines[:2]]
    np.testing.assert_allclose(marked, [[-1, -1], [-0.6, -1]], atol=1e-6)


def test_the_surface_draws_each_way_to_its_end(run):
    points = land.as_points(run.network_at(120))
    stuck = pictures.typical_stuck(run)
    plane = land.Plane.through(land.path(run, stuck)[0], points[stuck], points[run.best])
    axes = Figure().add_subplot()
    stills.surface(axes, run, plane, [stuck, run.best])
    assert [t.get_text() for t in axes.texts if t.get_text() in ("solved", "stuck")] == [
        "stuck",
        "solved",
    ]
    ends = [line.get_xydata()[0] for line in axes.lines if len(line.get_xdata()) == 1]
    assert any(np.allclose(end, plane.coordinates(points[stuck])) for end in ends)


def test_the_other_stills_can_be_drawn(run, circles):
    first, second = Figure().subplots(1, 2)
    stills.law(first, {"sigmoid": land.solved(run)})
    stills.success([second], {"Width": {"2": iv.proportion_interval(land.solved(run))}})
    done = land.solved(run)
    long = iv.train(replace(START, epochs=300, restarts=48))
    stills.without_end(Figure().subplots(1, 2), long, {"solved": (0, done), "not": (1 / 8, ~done)})
    figure = stills.answers({"a": (run, run.best), "b": (circles, 0)})
    assert len(figure.axes) == 2
