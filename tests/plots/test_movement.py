"""What the pictures of movement show is what was measured."""

from dataclasses import replace

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure.movement import course, looks
from initviz.plots import movement as pictures


@pytest.fixture(scope="module")
def run():
    return iv.train(replace(iv.explore_movement.start, scale=0.03, restarts=5))


@pytest.fixture(scope="module")
def large():
    return iv.train(replace(iv.explore_movement.start, scale=5.0, restarts=3))


def view(made, run, pinned=None, epoch=300):
    shown = made(Figure().add_subplot(), run)
    shown.update(run, epoch, pinned)
    return shown


def test_every_unit_of_the_best_network_is_a_dot_with_a_ray(run, large):
    shown = view(pictures.Looks, run, large)
    ends, raises = (each[run.best] for each in looks(run.network_at(300)))
    for dots, rays, which in zip(shown._dots, shown._rays, (raises, ~raises), strict=True):
        np.testing.assert_array_equal(dots.get_xydata(), ends[which])
        np.testing.assert_array_equal([ray[1] for ray in rays.get_segments()], ends[which])
    np.testing.assert_array_equal(shown._start.get_xydata(), looks(run.network_at(0))[0][run.best])
    np.testing.assert_array_equal(
        shown._pinned.get_xydata(), looks(large.network_at(300))[0][large.best]
    )
    assert not np.size(view(pictures.Looks, run)._pinned.get_xydata())


@pytest.mark.parametrize("made", [pictures.moved, pictures.directions])
def test_lines_go_where_the_measures_are_and_are_named_by_their_ends(run, large, made):
    shown = view(made, run, large)
    distance = made is pictures.moved
    of = (lambda found: found.distance) if distance else (lambda found: found.directions)
    place = np.log10 if distance else np.asarray
    values = of(course(run))
    for line, restart in zip(shown._restarts.get_segments(), values.T, strict=True):
        np.testing.assert_allclose(line[1:, 1], place(restart[1:]), rtol=1e-6)
    np.testing.assert_allclose(shown._median.get_ydata()[-1], place(np.median(values[-1])))
    then = np.median(of(course(large))[-1])
    np.testing.assert_allclose(shown._pinned.get_ydata()[-1], place(then))
    first, pinned = (label.text for label in shown._names)
    assert pinned.startswith("pinned ")
    assert float(first.removesuffix(" ×")) == pytest.approx(np.median(values[-1]), rel=0.05)
    assert [label.text for label in view(made, run)._names][1] == ""


def test_without_a_hidden_layer_there_is_nothing_to_see():
    bare = iv.train(replace(iv.explore_movement.start, hidden_layers=(), epochs=2))
    figure = iv.plots.picture(pictures.MovementScene, bare)
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert words.count("no hidden layer") == 3


def test_nothing_overlaps_or_is_cut_with_another_run_beside_it(run, large):
    assert_legible(iv.plots.picture(pictures.MovementScene, run, 300, large))
    assert_legible(iv.plots.picture(pictures.MovementScene, large, 300))
