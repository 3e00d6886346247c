"""The race says who finishes when, drops nobody, and compares the same draws with each other."""

from dataclasses import replace

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure import speed
from initviz.plots import race
from initviz.plots.race import LossFan, RaceScene, SeedBySeed, ShareAcross, SortedSeeds
from initviz.plots.style import BLUE, ORANGE, PALE_BLUE
from initviz.words.race import compare_race, explain_race

START = replace(iv.explore_race.start, epochs=12, restarts=6)
LINE = np.log(2) / 4  # moons: two classes of 50 points each
NEVER = np.inf


@pytest.fixture(scope="module")
def base():
    return iv.train(START)


@pytest.fixture(scope="module")
def make(base):
    """A run whose networks cross the line at the given epochs, of ``epochs`` in all."""

    def run(*finish, epochs=12, **settings):
        rows = np.arange(epochs + 1)[:, np.newaxis]
        losses = np.where(rows < np.array(finish), 2.0 * LINE, 0.5 * LINE)
        experiment = replace(START, epochs=epochs, restarts=len(finish), **settings)
        return replace(base, experiment=experiment, losses=losses, accuracies=None)

    return run


def axes():
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.add_axes((0.1, 0.1, 0.8, 0.8))


def dots(scatter):
    """Every dot as (x, y, colour, size)."""
    pairs = zip(scatter.get_offsets(), scatter.get_facecolors(), scatter.get_sizes(), strict=True)
    return {(x, y): (tuple(color), size) for (x, y), color, size in pairs}


# The line, and who is across


def test_the_finish_line_is_a_quarter_of_guessing(base):
    assert speed.finish_line(base) == pytest.approx(LINE)


def test_finish_epochs_are_the_first_at_or_below_the_line():
    run = iv.train(replace(iv.explore_race.start, epochs=40, restarts=8))
    expected = []
    for losses in run.losses.T:
        below = [epoch for epoch, loss in enumerate(losses) if loss <= LINE]
        expected.append(below[0] if below else np.inf)
    assert 0 < np.isfinite(expected).sum() < 8
    assert speed.finish_epochs(run).tolist() == expected


def test_wins_are_counted_seed_by_seed(make):
    ours, theirs = make(3, 5, 7, NEVER, 4, NEVER), make(4, 5, 2, NEVER, NEVER, 9)
    assert speed.count_wins(ours, theirs) == (2, 2, 2)
    assert speed.count_wins(theirs, ours) == (2, 2, 2)
    assert speed.count_wins(make(1, 1), make(2, 2, 2)) == (2, 0, 0)  # the seeds that both have


def test_only_runs_of_one_seed_are_paired(make):
    assert speed.is_paired(make(3), make(4, learning_rate=0.1, initializer="normal"))
    assert not speed.is_paired(make(3), make(4, seed=1))
    assert not speed.is_paired(make(3), None)


def test_quartiles_are_numpys_and_count_a_lost_network_as_the_worst():
    losses = np.random.default_rng(0).exponential(size=(5, 33))
    for ours, share in zip(speed.quartiles(losses), (25, 50, 75), strict=True):
        np.testing.assert_allclose(ours, np.percentile(losses, share, axis=1))
    even = np.random.default_rng(1).exponential(size=(5, 36))  # here the quartiles lie between two
    low, _, high = speed.quartiles(even)
    np.testing.assert_array_equal(low, np.percentile(even, 25, axis=1, method="lower"))
    np.testing.assert_array_equal(high, np.percentile(even, 75, axis=1, method="higher"))
    losses[:, :9] = np.nan
    low, middle, high = speed.quartiles(losses)
    assert np.isfinite(middle).all()
    assert np.isinf(high).all()
    assert (low <= middle).all()


def test_the_spread_is_the_middle_of_the_seeds():
    assert speed.spread(np.arange(1.0, 12)) == (2, 6, 10)
    assert speed.spread(np.array([1, 2, NEVER])).high == np.inf


# The views


def test_the_fan_shows_the_median_and_the_middle_half():
    run = iv.train(replace(START, restarts=9))
    view = LossFan(axes(), run)
    view.update(run, run.epoch)
    x, y = view._median.get_data()
    assert x.tolist() == list(range(13))
    np.testing.assert_allclose(y, view._knee(np.median(run.losses, axis=1)))
    corners = view._fans[view._median].bands[0].get_xy()[:26]
    np.testing.assert_allclose(corners[:13, 1], view._knee(np.percentile(run.losses, 25, axis=1)))
    np.testing.assert_allclose(
        corners[13:, 1], view._knee(np.percentile(run.losses, 75, axis=1))[::-1]
    )
    assert len(view._pinned.get_xdata()) == 0


def test_the_finish_is_marked_on_the_axis_and_drawn_over_the_bands(base):
    ax = axes()
    view = LossFan(ax, base)
    assert "finish 0.17" in [label.get_text() for label in ax.get_yticklabels()]
    line = view.artists[2]
    assert line.get_ydata()[0] == pytest.approx(view._knee(np.array(LINE)))
    assert ax.get_yticks()[1] == pytest.approx(line.get_ydata()[0])


def test_the_share_rises_where_networks_cross(make):
    run, pinned = make(2, 2, 5, NEVER), make(1, 1, 1, 1, epochs=20)
    view = ShareAcross(axes(), run)
    view.update(run, 12, pinned)
    x, y = view._share.get_data()
    for epoch in range(13):
        there = (np.array([2, 2, 5, NEVER]) <= epoch).mean()
        assert y[np.flatnonzero(x == epoch)].max() == there
    assert view._half.get_xdata() == [3.5]
    assert view._when.text == "median 3.5"
    assert view._pinned.get_xdata().max() == 12  # cut where this run's axis ends


def test_without_a_median_none_is_named(make):
    run = make(2, NEVER, NEVER)
    view = ShareAcross(axes(), run)
    view.update(run, 12)
    assert view._when.text == ""


def test_a_dot_for_every_seed_with_who_never_finishes_at_the_edge(make):
    run = make(3, NEVER, 3, 9)
    view = SortedSeeds(axes(), run, None)
    view.update(run, 6)
    found = {point: color for point, (color, _) in dots(view._ours).items()}
    assert found == {
        (1, 3): to_rgba(BLUE),
        (2, 3): to_rgba(BLUE),
        (3, 9): to_rgba(PALE_BLUE),
        (4, race.NEVER * 12): to_rgba(ORANGE),
    }
    assert view._words.text == "3 of 4 · never: 1"
    view.update(run, 9)
    assert dots(view._ours)[3, 9][0] == to_rgba(BLUE)


def test_while_training_nobody_is_said_never_to_finish(make):
    run = make(3, NEVER)
    half = replace(run, losses=run.losses[:7])
    view = SortedSeeds(axes(), half, None)
    view.update(half, 6)
    assert view._words.text == "1 of 2 · not yet: 1"


def test_a_pinned_run_of_another_seed_stands_beside(make):
    run, pinned = make(3, 4), make(9, 7, seed=1)
    view = SortedSeeds(axes(), run, pinned)
    view.update(run, 12, pinned)
    np.testing.assert_array_equal(view._theirs.get_offsets(), [(1, 7), (2, 9)])


def test_pairs_lie_at_the_finish_of_both(make):
    run, pinned = make(3, 3, 8, NEVER, 2), make(5, 5, 4, 6, NEVER)
    view = SeedBySeed(axes(), run, pinned)
    view.update(run, 12, pinned)
    edge = race.NEVER * 12
    found = dots(view._ours)
    assert set(found) == {(5, 3), (4, 8), (6, edge), (edge, 2)}
    assert found[6, edge][0] == to_rgba(ORANGE)
    assert found[5, 3][1] > found[4, 8][1]  # two seeds on one spot
    assert view._words.text == "this run faster on 3 of 5, slower on 2 · never: 1"


def test_pairs_share_one_scale_whatever_the_lengths_of_the_runs(make):
    run, pinned = make(3, 9), make(30, 9, epochs=40)
    ax = axes()
    SeedBySeed(ax, run, pinned).update(run, 12, pinned)
    assert ax.get_xlim() == ax.get_ylim() == (0, race.END * 40)


def test_the_frame_knows_what_is_pinned(make):
    run = make(3, 4)
    pins = (None, make(2, 3), make(2, 3, epochs=40), make(2, 3, seed=1))
    assert len({RaceScene.frame(run, pinned) for pinned in pins}) == 4
    assert RaceScene.frame(run, make(2, 3)) == RaceScene.frame(run, make(5, 9, scale=3.0))


# The whole picture

RUNS = {
    "start": START,
    "zero": replace(START, initializer="zeros"),
    "large": replace(START, scale=30.0),
    "overflow": replace(START, activation="relu", scale=100.0, learning_rate=100.0),
    "one network": replace(START, restarts=1),
    "long": replace(START, epochs=1000, restarts=2),
    "other seed": replace(START, seed=1),
    "digits": replace(START, dataset="digits", epochs=3),
}


@pytest.fixture(scope="module")
def runs():
    return {name: iv.train(experiment) for name, experiment in RUNS.items()}


@pytest.mark.parametrize("pinned", [None, "start", "long"])
@pytest.mark.parametrize("name", [name for name in RUNS if name != "digits"])
def test_no_text_is_cut_off_and_no_two_overlap(runs, name, pinned):
    figure = iv.plots.picture(RaceScene, runs[name], pinned=runs.get(pinned))
    assert_legible(figure)


def test_digits_and_regression_are_drawn_too(runs):
    assert iv.plots.picture(RaceScene, runs["digits"]).axes
    data = iv.Dataset("ramp", np.linspace(0, 1, 9)[:, None], np.linspace(-1, 1, 9), "regression")
    assert iv.plots.picture(RaceScene, iv.train(START, data=data), 3).axes


# The sentences


def test_it_says_how_many_finish_and_when(make):
    words = explain_race(make(*range(2, 12)), 12)
    assert words == (
        "All 10 networks cross the finish line (a loss of 0.17, a quarter of guessing) within "
        "12 epochs. The median is at epoch 6.5 (95% interval: 3 to 10). "
        "The luckiest seed needs 2 epochs, the unluckiest 11."
    )


def test_it_counts_who_does_not_finish(make):
    words = explain_race(make(2, 3, 4, 5, 6, NEVER, NEVER, NEVER), 4)
    assert "5 of the 8 networks cross" in words
    assert "12 epochs; 3 do not." in words
    assert "The median is at epoch 5.5 (95% interval: 2 to never)." in words
    assert "luckiest seed needs 2 epochs." in words
    assert words.endswith("At epoch 4, 3 are across.")


def test_without_a_median_it_gives_none(make):
    words = explain_race(make(4, NEVER, NEVER, NEVER), 12)
    assert "1 of the 4 networks crosses" in words
    assert "median" not in words


def test_it_says_that_there_is_no_luck_where_nothing_is_random():
    words = explain_race(iv.train(replace(iv.explore_race.start, initializer="zero_hadamard")), 60)
    assert "All 32 networks cross" in words
    assert "Nothing in this start is random" in words
    assert "luckiest" not in words


def test_of_equal_units_it_says_that_time_does_not_help(runs):
    assert "more epochs would not help" in explain_race(runs["zero"], 12)
    assert "more epochs" not in explain_race(runs["large"], 12)


def test_one_network_is_one_network(make):
    words = explain_race(make(7), 12)
    assert words.startswith("The network crosses the finish line")
    assert "It takes 7 epochs." in words
    assert "does not cross" in explain_race(make(NEVER), 12)


def test_it_says_who_wins_on_how_many_seeds(make):
    pinned = make(*[8] * 10, scale=2.0)
    words = compare_race(make(*range(2, 12)), pinned)
    assert words.startswith("Pinned: scale 2;")
    low, share, high = iv.proportion_interval([True] * 6 + [False] * 4)
    assert f"faster on 6 of 10 ({share:.0%}, 95% interval: {low:.0%} to {high:.0%})" in words
    assert words.endswith("slower on 3, equal on 1.")


def test_it_says_when_nobody_wins_and_when_there_is_nothing_to_compare(make, runs):
    assert "On none of the 2 seeds" in compare_race(make(3, 4), make(3, 4, scale=2.0))
    assert "no pairs" in compare_race(make(3, 4), make(3, 4, seed=1))
    assert compare_race(make(3), make(3)) == "Pinned: this run."
    assert "other data" in compare_race(runs["start"], runs["digits"])


# The still pictures


def test_the_rows_show_medians_intervals_and_who_never_finishes():
    ax = axes()
    some = np.r_[np.arange(10.0, 38), [NEVER] * 4]
    race.finishes(
        ax,
        {"drawn": some, "fixed": [20.0], "stuck": [NEVER]},
        50,
        {"drawn": [15.0], "fixed": [NEVER], "stuck": [NEVER]},
    )
    marks = {
        (line.get_xdata()[0], line.get_ydata()[0]): line.get_color()
        for line in ax.lines
        if line.get_markersize() == 5.5
    }
    edge = race.NEVER * 50
    assert marks == {(25.5, 2): BLUE, (20, 1): BLUE, (edge, 0): ORANGE}
    whiskers = [tuple(line.get_xdata()) for line in ax.lines if line.get_alpha() == 0.6]
    low, _, high = iv.median_interval(some)
    assert whiskers == [(low, high)]
    hollow = [line.get_xdata()[0] for line in ax.lines if line.get_markerfacecolor() == "white"]
    assert hollow == [15, edge, edge]
    assert [text.get_text() for text in ax.texts] == ["4"]


def test_over_the_scale_the_median_is_marked_and_never_lies_on_top():
    ax = axes()
    finish = np.array([[10, 20, 30], [NEVER, NEVER, 90], [5, 5, 6]])
    race.by_scale(ax, (0.1, 1, 10), finish, 100)
    (middle,) = [line for line in ax.lines if line.get_marker() == "o"]
    assert middle.get_ydata().tolist() == [20, 160, 5]
    assert ax.get_yticklabels()[-1].get_text() == "never"
    assert ax.get_yticks()[-1] == 160


# The explorer


def test_it_opens_on_data_that_are_raced_in_a_moment():
    explorer = iv.explore_race(epochs=10, restarts=4)
    options = dict(explorer.controls.widgets["dataset"].options)
    assert {"moons", "digits"} <= set(options)
    assert "mnist5k" not in options
    assert repr(explorer) == "initviz race explorer"


def test_the_same_seeds_draw_the_same_numbers_at_every_scale_and_up_to_a_factor():
    draws = {
        scheme: iv.init_network((2, 8, 8, 1), "tanh", scheme, restarts=4, seed=3).weights
        for scheme in ("normal", "glorot_normal")
    }
    for plain, glorot in zip(*draws.values(), strict=True):
        factor = np.sqrt(2 / (plain.shape[1] + plain.shape[2]))
        np.testing.assert_allclose(glorot, factor * plain)
