"""What the pictures of chapter 06 show is what was measured."""

from dataclasses import replace

import made_up
import numpy as np
import pytest
from legible import assert_legible
from made_up import LINE, NEVER, RACE, RACES, finishing
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

import initviz as iv
from initviz.plots import race
from initviz.plots.race import LossFan, RaceScene, SeedBySeed, ShareAcross, SortedSeeds
from initviz.plots.style import BLUE, ORANGE


def axes():
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.add_axes((0.1, 0.1, 0.8, 0.8))


def dots(scatter):
    """Every dot as (x, y, colour, size)."""
    pairs = zip(scatter.get_offsets(), scatter.get_facecolors(), scatter.get_sizes(), strict=True)
    return {(x, y): (tuple(color), size) for (x, y), color, size in pairs}


def test_the_fan_shows_the_median_and_the_middle_half():
    run = iv.train(replace(RACE, restarts=9))
    view = LossFan(axes(), run)
    view.update(run, run.epoch)
    x, y = view._ours.get_data()
    assert x.tolist() == list(range(13))
    np.testing.assert_allclose(y, view._knee(np.median(run.losses, axis=1)))
    corners = view._fans[view._ours].bands[0].get_xy()[:26]
    np.testing.assert_allclose(corners[:13, 1], view._knee(np.percentile(run.losses, 25, axis=1)))
    np.testing.assert_allclose(
        corners[13:, 1], view._knee(np.percentile(run.losses, 75, axis=1))[::-1]
    )
    assert len(view._pinned.get_xdata()) == 0


def test_the_finish_is_marked_on_the_axis_and_drawn_over_the_bands():
    ax = axes()
    view = LossFan(ax, made_up.race())
    assert "learnt well\n0.17" in [label.get_text() for label in ax.get_yticklabels()]
    line = view.artists[2]
    assert line.get_ydata()[0] == pytest.approx(view._knee(np.array(LINE)))
    assert ax.get_yticks()[1] == pytest.approx(line.get_ydata()[0])


def test_the_share_rises_where_networks_cross():
    run, pinned = finishing(2, 2, 5, NEVER), finishing(1, 1, 1, 1, epochs=20)
    view = ShareAcross(axes(), run)
    view.update(run, 12, pinned)
    x, y = view._ours.get_data()
    for epoch in range(13):
        there = (np.array([2, 2, 5, NEVER]) <= epoch).mean()
        assert y[np.flatnonzero(x == epoch)].max() == there
    assert view._half.get_xdata() == [3.5]
    assert view._when.text == "median 3.5"
    assert view._pinned.get_xdata().max() == 12  # cut where this run's axis ends


def test_without_a_median_none_is_named():
    run = finishing(2, NEVER, NEVER)
    view = ShareAcross(axes(), run)
    view.update(run, 12)
    assert view._when.text == ""


def test_a_dot_for_every_seed_with_who_never_finishes_at_the_edge():
    run = finishing(3, NEVER, 3, 9)
    view = SortedSeeds(axes(), run, None)
    view.update(run, 6)
    found = {point: color for point, (color, _) in dots(view._ours).items()}
    assert found == {
        (1, 3): to_rgba(BLUE),
        (2, 3): to_rgba(BLUE),
        (3, 9): to_rgba("white"),  # hollow until the epoch shown is as late
        (4, race.NEVER * 12): to_rgba(ORANGE),
    }
    assert view._words.text == "3 of 4 · never: 1"
    view.update(run, 9)
    assert dots(view._ours)[3, 9][0] == to_rgba(BLUE)


def test_while_training_nobody_is_said_never_to_finish():
    run = finishing(3, NEVER)
    half = replace(run, losses=run.losses[:7])
    view = SortedSeeds(axes(), half, None)
    view.update(half, 6)
    assert view._words.text == "1 of 2 · not yet: 1"


def test_a_pinned_run_of_another_seed_stands_beside():
    run, pinned = finishing(3, 4), finishing(9, 7, seed=1)
    view = SortedSeeds(axes(), run, pinned)
    view.update(run, 12, pinned)
    np.testing.assert_array_equal(view._theirs.get_offsets(), [(1, 7), (2, 9)])


def test_pairs_lie_at_the_finish_of_both():
    run, pinned = finishing(3, 3, 8, NEVER, 2), finishing(5, 5, 4, 6, NEVER)
    view = SeedBySeed(axes(), run, pinned)
    view.update(run, 12, pinned)
    edge = race.NEVER * 12
    found = dots(view._ours)
    assert set(found) == {(5, 3), (4, 8), (6, edge), (edge, 2)}
    assert found[6, edge][0] == to_rgba(ORANGE)
    assert found[5, 3][1] > found[4, 8][1]  # two seeds on one spot
    assert view._words.text == "3 of 5 faster, 2 slower"


def test_pairs_share_one_scale_whatever_the_lengths_of_the_runs():
    run, pinned = finishing(3, 9), finishing(30, 9, epochs=40)
    ax = axes()
    SeedBySeed(ax, run, pinned).update(run, 12, pinned)
    assert ax.get_xlim() == ax.get_ylim() == (0, race.END * 40)


def test_the_frame_knows_what_is_pinned():
    run = finishing(3, 4)
    pins = (None, finishing(2, 3), finishing(2, 3, epochs=40), finishing(2, 3, seed=1))
    assert len({RaceScene.frame(run, pinned) for pinned in pins}) == 4
    assert RaceScene.frame(run, finishing(2, 3)) == RaceScene.frame(run, finishing(5, 9, scale=3.0))


@pytest.fixture(scope="module")
def runs():
    return {name: iv.train(experiment) for name, experiment in RACES.items()}


@pytest.mark.parametrize("pinned", [None, "start", "long"])
@pytest.mark.parametrize("name", [name for name in RACES if name != "digits"])
def test_no_text_is_cut_off_and_no_two_overlap(runs, name, pinned):
    figure = iv.plots.picture(RaceScene, runs[name], pinned=runs.get(pinned))
    assert_legible(figure)


def test_digits_and_regression_are_drawn_too(runs):
    assert iv.plots.picture(RaceScene, runs["digits"]).axes
    data = iv.Dataset("ramp", np.linspace(0, 1, 9)[:, None], np.linspace(-1, 1, 9), "regression")
    assert iv.plots.picture(RaceScene, iv.train(RACE, data=data), 3).axes


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
