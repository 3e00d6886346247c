"""What the pictures of chapter 07 show is what was measured."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import initviz as iv
from initviz.plots import depth, picture
from initviz.plots.fast import Label
from initviz.plots.style import BLUE, ORANGE, THIN

QUICK = replace(iv.explore_depth.start, scale=1.0, epochs=10, restarts=3)


X = iv.DATASETS["moons"].X


def train(**settings):
    return iv.train(replace(QUICK, **settings))


def colours(run, epochs=None):
    """(layers, columns, 3), from 0 to 1."""
    return depth._colours(run, epochs or run.experiment.epochs)[..., :3] / 255


def near(measured, wanted):
    return (np.abs(measured - to_rgb(wanted)) < 0.03).all()


def test_the_map_is_white_where_nothing_arrives_and_blue_where_the_inputs_are_told_apart():
    silent = colours(train(scale=0.1))
    assert near(silent[-1], "white")
    assert not near(silent[0], "white")
    loud = colours(train(scale=10.0, epochs=1))
    assert near(loud, BLUE)


def test_the_map_is_orange_where_units_are_saturated_or_numbers_explode():
    assert near(colours(train(activation="relu", initializer="normal", scale=20.0))[-1], ORANGE)
    saturated = train(activation="sigmoid", initializer="constant", bias=(50.0,) * 8 + (0.0,))
    assert near(colours(saturated), ORANGE)


def test_the_map_is_orange_where_the_signal_explodes_without_saturation():
    run = train(activation="relu", initializer="he_normal", scale=4.0, learning_rate=1e-9)
    assert (np.median(iv.always_saturated(run.network_at(0), X), axis=1) < 0.5).all()
    image = colours(run)[:, 0]
    assert near(image[-1], ORANGE)
    assert near(image[0], BLUE)


def test_the_map_of_a_shorter_run_ends_where_the_run_does():
    image = colours(train(epochs=10), epochs=20)
    assert near(image[:, 12:], "#f6f8fa")
    assert not near(image[:, 8], "#f6f8fa")


def test_the_line_is_the_median_spread_of_the_restarts():
    run = train()
    view = depth.SpreadByLayer(Figure().add_subplot(), run)
    view.update(run, 4)
    expected = np.log10(np.median(iv.signal_spread(run.network_at(4), run.probe), axis=1))
    np.testing.assert_allclose(view._median.get_ydata(), expected)
    start = np.log10(np.median(iv.signal_spread(run.network_at(0), run.probe), axis=1))
    np.testing.assert_allclose(view._thin.get_ydata(), start)
    assert not len(view._beyond.get_xdata())


def test_what_lies_beyond_the_axis_is_marked_at_its_edge():
    run = train(scale=0.01)
    view = depth.SpreadByLayer(Figure().add_subplot(), run)
    view.update(run, 0)
    assert view._median.get_ydata()[-1] == view._scale.low
    assert view._beyond.get_xdata()[-1] == 8


@pytest.mark.parametrize("layers", [1, 20])
def test_a_pinned_run_may_have_another_depth_and_fewer_epochs(layers):
    run, pinned = train(), train(hidden_layers=(5,) * layers, epochs=4)
    frame = depth.DepthScene.frame(run, pinned)
    assert frame != depth.DepthScene.frame(run, run)
    assert frame != depth.DepthScene.frame(run)
    with_pin = picture(depth.DepthScene, run, 8, pinned)
    scene_axes, alone = with_pin.axes, picture(depth.DepthScene, run, 8).axes
    assert len(scene_axes) == len(alone) + 1
    thin = [line for axes in scene_axes for line in axes.lines if line.get_alpha() == THIN["alpha"]]
    assert len(thin) == 2  # signal and gradient
    assert all(len(line.get_xdata()) for line in thin)


def test_through_training_draws_the_mean_of_every_layer():
    run = train(activation="sigmoid", hidden_layers=(6, 5, 4))
    (axes,) = depth.through_training({"it": run}).axes
    assert len(axes.lines) == len(axes.collections) == 3
    for layer, line in enumerate(axes.lines):
        for epoch in (0, 10):
            a = iv.forward(run.network_at(epoch), run.probe)[layer + 1][0]
            assert line.get_ydata()[epoch] == pytest.approx(a.mean(), abs=1e-6)
    assert axes.lines[-1].get_color() == ORANGE


def test_by_layer_writes_the_standard_deviations():
    rng = np.random.default_rng(0)
    layers = [std * rng.standard_normal(4000) for std in (1.0, 0.1)]
    (axes,) = depth.by_layer({"it": layers}, "x").axes
    assert [text.get_text()[:16] for text in axes.texts if "std" in text.get_text()] == [
        "layer 1: std 1",
        "layer 2: std 0.1",
    ]
    assert axes.lines[1].get_ydata().max() > 5 * axes.lines[0].get_ydata().max()


def test_singular_values_are_drawn_as_powers_of_ten():
    rows = np.array([[1.0, 0.01, 0.0], [1.0, 0.01, 0.0], [100.0, 1.0, 0.0]])
    (axes,) = depth.singular_values({"it": {"normal": rows, "orthogonal": np.ones((3, 3))}}).axes
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [0, -2, -7])
    np.testing.assert_allclose(axes.lines[1].get_ydata(), 0)


def test_mean_and_median_are_two_named_lines():
    axes = Figure().add_subplot()
    depth.mean_and_median(axes, np.array([[0.0, 0.0, 3.0], [1.0, 2.0, 6.0]]))
    np.testing.assert_allclose([line.get_ydata() for line in axes.lines], [[1, 3], [0, 2]])
    assert [text.get_text() for text in axes.texts] == ["mean", "median"]


@pytest.mark.parametrize("scale", [1e-3, 0.03, 0.3, 1.0, 3.0, 100.0])
@pytest.mark.parametrize("layers", [1, 8, 20])
def test_the_numbers_at_the_ends_stand_inside_the_axes_and_off_the_line(scale, layers):
    run = train(scale=scale, hidden_layers=(12,) * layers, epochs=2)
    figure = picture(depth.DepthScene, run)
    labels = [label for label in figure.findobj(Label) if label.axes in figure.axes[-2:]]
    labels = [label for label in labels if label.x != label.axes.get_xlim()[1] and label.text]
    assert len(labels) == 3
    for label in labels:
        box, axes = label.get_window_extent(), label.axes
        assert axes.bbox.y0 <= box.y0 < box.y1 <= axes.bbox.y1
        (line,) = [line for line in axes.lines if line.get_marker() == "o"]
        x, y = axes.transData.transform(line.get_xydata()).T
        under = np.linspace(max(box.x0, x[0]), min(box.x1, x[-1]), 50)
        heights = np.interp(under, x, y)
        assert not ((box.y0 < heights) & (heights < box.y1)).any(), label.text
