"""What the pictures of chapter 05 show is what was measured."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib import colors
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure import landscape as land
from initviz.plots import landscape as stills
from initviz.plots import restarts as pictures
from initviz.widgets.restarts import START
from initviz.words.restarts import explain_restarts


@pytest.fixture(scope="module")
def run():
    return iv.train(START)


@pytest.fixture(scope="module")
def circles():
    return iv.train(replace(START, dataset="circles", restarts=12, epochs=60))


def view(kind, run, *more, epoch=None, pinned=None):
    made = kind(Figure().add_subplot(), run, *more)
    made.update(run, run.epoch if epoch is None else epoch, pinned)
    return made


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
    orange = (ways.get_colors() == colors.to_rgba(pictures.ORANGE)).all(axis=1)
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
    assert "The restart" in explain_restarts(one, one.epoch)


def test_answers_are_what_the_network_says_at_the_points(run):
    stuck = pictures.typical_stuck(run)
    answers = view(pictures.OneRestart, run, "", pictures.typical_stuck)
    expected = iv.forward(run.network_at(120).restart(stuck), run.dataset.X)[-1].ravel()
    assert [label.text for label in answers._numbers] == [f"{x:.2f}" for x in expected]
    assert answers._words.text == f"loss {run.losses[-1, stuck]:.3f}"


def test_where_none_is_stuck_none_is_shown(run):
    all_solved = replace(run, losses=np.full_like(run.losses, 0.01))
    assert pictures.typical_stuck(all_solved) is None
    answers = view(pictures.OneRestart, all_solved, "", pictures.typical_stuck)
    assert (answers._map.colours == 255).all()
    assert answers._words.text == "none fails"


def test_the_pinned_line_is_where_it_says_one_half(run, circles):
    answers = view(pictures.OneRestart, run, "", lambda run: run.best, pinned=run)
    line = np.concatenate(answers._pinned.get_segments())
    there = iv.forward(run.network_at(120).restart(run.best), line)[-1]
    assert np.abs(there - 0.5).max() < 0.1
    assert len(line) > 20


def test_the_histogram_writes_its_counts(run):
    axes = Figure().add_subplot()
    stills.histogram(axes, run)
    words = [text.get_text() for text in axes.texts]
    assert {str(land.solved(run).sum()), *map(str, pictures.on_levels(run).values())} <= {*words}
    bars = [(bar.get_facecolor(), bar.get_height()) for bar in axes.patches]
    orange = sum(height for color, height in bars if color == colors.to_rgba(pictures.ORANGE))
    assert orange == (~land.solved(run)).sum()


def test_there_is_a_bar_for_every_table_as_high_as_it_is_frequent():
    tables = np.array([[[0, 1]], [[0, 1]], [[1, 1]], [[0, 0]]], bool)
    kinds = {"one": np.array([1, 1, 0, 0], bool), "other": np.array([0, 0, 1, 1], bool)}
    axes = Figure().subplots()
    stills.copies(axes, tables, kinds)
    assert [bar.get_height() for bar in axes.patches] == [2, 1, 1]
    said = {text.get_text() for text in axes.texts}
    assert said == {"one: 2", "other: 2", "4 solved runs, 3 tables, 2 solutions"}


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
