"""Chapter 07: what is measured layer by layer, its pictures, and its sentences."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure import layers
from initviz.plots import depth, picture
from initviz.plots.fast import Label
from initviz.plots.style import BLUE, ORANGE
from initviz.words.depth import explain_depth
from initviz.words.numbers import short

QUICK = replace(iv.explore_depth.start, scale=1.0, epochs=10, restarts=3)
X = iv.DATASETS["moons"].X


def train(**settings):
    return iv.train(replace(QUICK, **settings))


# The explorer's picture.


def test_the_map_measures_every_epoch_on_its_own_network():
    run = train()
    epochs = [0, 3, 10]
    size, fixed = layers.signal_over_epochs(run, epochs)
    for column, epoch in enumerate(epochs):
        network, seen = run.network_at(epoch), run.probe[: layers.SAMPLES]
        np.testing.assert_allclose(
            size[:, column], np.median(iv.signal_spread(network, seen), axis=1), rtol=1e-5
        )
        np.testing.assert_allclose(
            fixed[:, column], np.median(iv.always_saturated(network, seen), axis=1), rtol=1e-6
        )


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
    thin = [line for axes in scene_axes for line in axes.lines if line.get_alpha() == 0.75]
    assert len(thin) == 2  # signal and gradient
    assert all(len(line.get_xdata()) for line in thin)


# The sentences.


def test_the_sentences_give_the_factor_that_the_layers_have():
    run = train(scale=0.3)
    sizes = np.median(iv.signal_spread(run.network_at(0), run.probe), axis=1)
    factor = (sizes[-1] / sizes[0]) ** (1 / 7)
    said = explain_depth(run, 0)
    assert f"At epoch 0 every layer multiplies the signal by {factor:.2g}: " in said
    assert "Before training all 3 networks have learnt nothing" in said
    assert f"the best loss is {short(run.losses[-1].min())}, " in explain_depth(run, 10)


def test_the_sentences_say_when_the_signal_is_kept():
    run = train(initializer="orthogonal", activation="identity", learning_rate=1e-3)
    assert "the signal is kept from layer to layer" in explain_depth(run, 0)


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_the_sentences_compare_the_gradients_of_the_first_and_last_layer(activation, scale):
    run = train(scale=scale, activation=activation)
    network = run.network_at(0)
    sizes = iv.gradient_statistics(network, run.probe, run.probe_targets, run.loss_name).rms
    first, last = np.median(sizes[0]), np.median(sizes[7])
    expected = f"The gradient in layer 1 is {short(first)}, "
    if max(first / last, last / first) < 1.1:
        expected += "about as large as in layer 8."
    else:
        side = "smaller" if first < last else "larger"
        expected += f"{short(max(first / last, last / first))} times {side} than in layer 8."
    assert expected in explain_depth(run, 0)


def test_the_sentences_name_silence_explosion_and_saturated_units():
    assert "nothing of the signal arrives in layer 8" in explain_depth(train(scale=0), 5)
    assert "Nothing of the gradient reaches layer 1." in explain_depth(train(scale=0), 5)
    burst = train(activation="relu", initializer="normal", scale=50, hidden_layers=(12,) * 20)
    assert "the signal overflows on its way through 20 layers" in explain_depth(burst, 10)
    saturated = train(activation="sigmoid", initializer="normal", bias=(0.0,) * 7 + (50.0, 0.0))
    assert "In layer 8, 100% of the units are saturated on every input" in explain_depth(
        saturated, 0
    )


def test_one_hidden_layer_is_not_compared_with_itself():
    said = explain_depth(train(hidden_layers=(4,)), 3)
    assert "At epoch 3 the signal in the hidden layer is" in said
    assert "than in layer" not in said


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, 100.0])
def test_no_setting_makes_it_stumble(activation, scale):
    run = train(activation=activation, scale=scale, epochs=3, restarts=2)
    said = explain_depth(run, 3)
    assert "nan" not in said
    assert "inf" not in said
    layers.signal_over_epochs(run, range(4))


def test_it_opens_on_silent_upper_layers_that_wake_up():
    run = iv.train(replace(iv.explore_depth.start, restarts=32))
    size, _ = layers.signal_over_epochs(run, [0, iv.explore_depth.start.epochs])
    assert size[-1, 0] < 0.1 * size[0, 0]
    assert size[-1, 1] > 0.5 * size[0, 1]
    assert (run.losses[20] > 0.6).mean() > 0.8
    assert (run.losses[-1] < 0.5).mean() > 0.6


def test_the_explorer_takes_settings_and_twenty_layers():
    explorer = iv.explore_depth(epochs=10, restarts=2, hidden_layers=(4,) * 20, scale=0.5)
    assert explorer.experiment.hidden_layers == (4,) * 20
    assert "layer 20" in explorer.words.value


# The still pictures.


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
    labels = [label for label in figure.findobj(Label) if label.axes in figure.axes[2:4]]
    assert len(labels) == 3
    for label in labels:
        box, axes = label.get_window_extent(), label.axes
        assert axes.bbox.y0 <= box.y0 < box.y1 <= axes.bbox.y1
        (line,) = [line for line in axes.lines if line.get_marker() == "o"]
        x, y = axes.transData.transform(line.get_xydata()).T
        under = np.linspace(max(box.x0, x[0]), min(box.x1, x[-1]), 50)
        heights = np.interp(under, x, y)
        assert not ((box.y0 < heights) & (heights < box.y1)).any(), label.text
