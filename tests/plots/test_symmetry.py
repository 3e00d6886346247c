"""What the pictures of chapter 02 show is what was measured."""

from dataclasses import replace

import numpy as np
import pytest
from legible import assert_legible, texts
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure.symmetry import parting
from initviz.plots.symmetry import GAP, PLANE, OverEpochs, SymmetryScene, UnitPaths
from initviz.words.symmetry import explain_symmetry

START = replace(iv.explore_symmetry.start, epochs=60)


R, C, Z = "normal", "constant", "zeros"


def run(**settings):
    return iv.train(replace(START, **settings))


@pytest.fixture
def axes():
    return Figure().add_subplot()


def test_equal_units_lie_on_one_spot_and_are_counted_there(axes):
    trained = run()
    view = UnitPaths(axes, trained)
    view.update(trained, 60)
    weights = trained.network_at(60).weights[0][0]
    spots = np.array(view._dots.get_data()).T
    np.testing.assert_allclose(spots, PLANE(weights))
    assert [label.text for label in view._counts if label.text] == ["×6"]
    path = view._paths.get_segments()[0]
    assert path.shape == (61, 2)
    np.testing.assert_allclose(path[0], PLANE(np.array([0.5, 0.5])))


def test_a_path_ends_at_the_epoch_that_is_shown(axes):
    trained = run(initializer=(R, R, R))
    view = UnitPaths(axes, trained)
    view.update(trained, 20)
    assert all(path.shape == (21, 2) for path in view._paths.get_segments())
    assert not any(label.text for label in view._counts)
    here = PLANE(trained.network_at(20).weights[0][0])
    np.testing.assert_allclose(np.array(view._dots.get_data()).T, here)


def test_the_pinned_paths_are_drawn_behind(axes):
    trained, pinned = run(), run(initializer=(R, R, R), epochs=30)
    view = UnitPaths(axes, trained)
    view.update(trained, 60, pinned)
    then = PLANE(pinned.network_at(30).weights[0][0])
    np.testing.assert_allclose(np.array(view._pinned_dots.get_data()).T, then)
    view.update(trained, 60)
    assert len(view._pinned_dots.get_data()[0]) == 0
    assert not view._pinned.get_segments()


def test_the_lines_show_the_counts_and_the_decades(axes):
    trained = run(initializer=(C, C, R))
    view = OverEpochs(axes, trained, "distinct")
    view.update(trained, 60)
    first, second = (line.get_ydata() for line in view._lines)
    assert set(first) == {1}
    assert second[0] == 1
    assert second[-1] == 6
    noisy = run(noise=1e-3, initializer=(Z, Z, Z), epochs=1)
    gaps = OverEpochs(axes, noisy, "gap")
    gaps.update(noisy, 1)
    assert gaps._lines[0].get_ydata()[0] == pytest.approx(np.log10(parting(noisy).gap[0, 0]))
    silent = run(initializer=(Z, Z, Z), epochs=1)
    gaps.update(silent, 1)
    assert gaps._lines[0].get_ydata()[0] == GAP.low


def test_the_names_of_two_lines_keep_apart(axes):
    trained = run()
    view = OverEpochs(axes, trained, "distinct")
    view.update(trained, 60)
    first, second = (name.y for name in view._names)
    assert first - second > 0.5
    other = run(initializer=(C, C, R))
    view.update(other, 60)
    first, second = (name.y for name in view._names)
    assert second - first > 4


@pytest.mark.parametrize("layers", [1, 3, 14])
def test_any_number_of_layers_is_drawn_each_with_its_own_line(layers):
    deep = run(hidden_layers=(4,) * layers, initializer="normal", epochs=3)
    scene = SymmetryScene(Figure(), deep, deep)
    scene.update(deep, 3, run(epochs=3))  # one of another depth may be pinned
    ranks = scene.views[2]
    for line, expected in zip(ranks._lines, parting(deep).rank, strict=True):
        np.testing.assert_allclose(line.get_ydata(), expected)
    drawn = sum(len(line.get_xdata()) > 0 for line in ranks._pinned)
    assert drawn == min(layers, 2)
    assert_legible(iv.plots.picture(SymmetryScene, deep))


def test_without_a_hidden_layer_it_says_so_and_draws_the_losses():
    flat, usual = run(hidden_layers=(), initializer="normal", epochs=1), run(epochs=1)
    figure = iv.plots.picture(SymmetryScene, flat, 1, usual)
    said = [text for text, _ in texts(figure)]
    assert "no hidden layer" in said
    assert "Different units" not in said
    assert_legible(figure)
    scene = SymmetryScene(Figure(), usual, flat)
    scene.update(usual, 1, flat)
    assert len(scene.views[0]._pinned_dots.get_xdata()) == 0


@pytest.mark.parametrize(("features", "name"), [(1, "bias"), (2, "weight from input 2")])
def test_the_second_axis_is_the_bias_where_there_is_one_feature(features, name):
    X, y = np.eye(4)[:, :features], [0, 1, 1, 0]
    trained = iv.train(replace(START, initializer=R, bias="same", epochs=2), X, y)
    paths = SymmetryScene(Figure(), trained).views[0]
    paths.update(trained, 2)
    assert paths.axes.get_ylabel() == name
    network = trained.network_at(2)
    height = network.biases[0][0, :, 0] if name == "bias" else network.weights[0][0, :, 1]
    np.testing.assert_allclose(paths._dots.get_ydata(), PLANE(height))


def test_a_run_that_overflows_is_drawn_without_a_warning():
    trained = run(activation="identity", initializer=(R, R, R), learning_rate=100)
    assert trained.diverged.all()
    weights = [W.copy() for W in trained.weights]
    weights[0][30] = np.inf  # on its way to NaN it may pass here, or not
    trained = replace(trained, weights=tuple(weights))
    figure = Figure()
    scene = SymmetryScene(figure, trained)
    for epoch in (0, 30, 60):
        scene.update(trained, epoch)
        assert ("overflow" in explain_symmetry(trained, epoch)) == (epoch > 0)
