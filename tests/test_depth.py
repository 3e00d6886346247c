"""Chapter 07: what is measured layer by layer, its pictures, and its sentences."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import initviz as iv
from initviz.plots import depth, picture
from initviz.plots.style import BLUE, ORANGE
from initviz.widgets.depth import CHAPTER, explain_depth
from initviz.wording import short

QUICK = replace(CHAPTER.start, scale=1.0, epochs=10, restarts=3)
X = iv.DATASETS["moons"].X


def train(**settings):
    return iv.train(replace(QUICK, **settings))


def deep(activation="tanh", scheme="glorot_normal", scale=1.0, restarts=4, layers=(6,) * 5, **more):
    return iv.init_network((2, *layers, 1), activation, scheme, scale, restarts=restarts, **more)


# What is measured.


def test_the_spread_is_the_standard_deviation_over_the_inputs():
    network = deep()
    measured = iv.signal_spread(network, X)
    assert measured.shape == (5, 4)
    for layer, a in enumerate(iv.forward(network, X)[1:-1]):
        for r in range(4):
            units = [np.std(unit) for unit in a[r]]
            assert measured[layer, r] == pytest.approx(np.sqrt(np.mean(np.square(units))))


def test_a_layer_that_says_the_same_to_every_input_has_no_spread():
    network = deep("sigmoid", "zeros", bias=0.3)
    assert (iv.signal_spread(network, X) < 1e-12).all()
    assert (iv.activation_statistics(network, X).rms[:-1] > 0.5).all()


def test_without_biases_relu_takes_the_scale_to_the_power_of_the_layer():
    half, full = (iv.signal_spread(deep("relu", "he_normal", scale), X) for scale in (0.5, 1.0))
    np.testing.assert_allclose(half / full, np.repeat(0.5 ** np.arange(1, 6)[:, None], 4, axis=1))


def test_stuck_are_the_units_that_no_input_moves_to_where_the_slope_is():
    network = deep("sigmoid", restarts=1)
    for unit, value in ((0, 100.0), (1, -100.0)):
        network.biases[2][0, unit] = value
    np.testing.assert_allclose(iv.stuck(network, X)[:, 0], [0, 0, 2 / 6, 0, 0])
    dead = deep("relu", restarts=1)
    dead.biases[0][:] = -100.0
    assert iv.stuck(dead, X)[0, 0] == 1


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "gelu"])
def test_the_jacobian_is_what_finite_differences_give(activation):
    network = deep(activation, restarts=2)
    point = X[3]
    first = iv.forward(network, X[3:4])[1]
    step = 1e-6

    def last_from(a):
        for W, b in zip(network.weights[1:-1], network.biases[1:-1], strict=True):
            a = iv.ACTIVATIONS[activation].function(W @ a + b)
        return a[..., 0]

    J = iv.jacobian(network, point)
    for unit in range(6):
        nudge = np.zeros((1, 6, 1))
        nudge[0, unit] = step
        difference = (last_from(first + nudge) - last_from(first - nudge)) / (2 * step)
        np.testing.assert_allclose(J[:, :, unit], difference, atol=1e-7)


def test_orthogonal_layers_without_a_bend_keep_every_direction():
    J = iv.jacobian(deep("identity", "orthogonal", layers=(8,) * 20), X[0])
    np.testing.assert_allclose(np.linalg.svd(J, compute_uv=False), 1)


# The explorer's picture.


def test_the_map_measures_every_epoch_on_its_own_network():
    run = train()
    epochs = [0, 3, 10]
    size, fixed = depth.signal_over_epochs(run, epochs)
    for column, epoch in enumerate(epochs):
        network, seen = run.network_at(epoch), run.probe[: depth.SAMPLES]
        np.testing.assert_allclose(
            size[:, column], np.median(iv.signal_spread(network, seen), axis=1), rtol=1e-5
        )
        np.testing.assert_allclose(
            fixed[:, column], np.median(iv.stuck(network, seen), axis=1), rtol=1e-6
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


def test_the_map_is_orange_where_units_are_stuck_or_numbers_explode():
    assert near(colours(train(activation="relu", initializer="normal", scale=20.0))[-1], ORANGE)
    stuck = train(activation="sigmoid", initializer="constant", bias=(50.0,) * 8 + (0.0,))
    assert near(colours(stuck), ORANGE)


def test_the_map_is_orange_where_the_signal_explodes_without_being_stuck():
    run = train(activation="relu", initializer="he_normal", scale=4.0, learning_rate=1e-9)
    assert (np.median(iv.stuck(run.network_at(0), X), axis=1) < 0.5).all()
    image = colours(run)[:, 0]
    assert near(image[-1], ORANGE)
    assert near(image[0], BLUE)


def test_the_map_of_a_shorter_run_ends_where_the_run_does():
    image = colours(train(epochs=10), epochs=20)
    assert near(image[:, 12:], "#f6f8fa")
    assert not near(image[:, 8], "#f6f8fa")


def test_the_line_is_the_median_spread_of_the_restarts():
    run = train()
    view = depth.SignalByLayer(Figure().add_subplot(), run)
    view.update(run, 4)
    seen = run.probe[: depth.SAMPLES]
    expected = np.log10(np.median(iv.signal_spread(run.network_at(4), seen), axis=1))
    np.testing.assert_allclose(view._median.get_ydata(), expected)
    start = np.log10(np.median(iv.signal_spread(run.network_at(0), seen), axis=1))
    np.testing.assert_allclose(view._thin.get_ydata(), start)
    assert not len(view._beyond.get_xdata())


def test_what_lies_beyond_the_axis_is_marked_at_its_edge():
    run = train(scale=0.01)
    view = depth.SignalByLayer(Figure().add_subplot(), run)
    view.update(run, 0)
    assert view._median.get_ydata()[-1] == view.lowest
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
    assert "learnt nothing" in said


def test_the_sentences_say_when_the_signal_is_kept():
    run = train(initializer="orthogonal", activation="identity", learning_rate=1e-3)
    assert "the signal is kept from layer to layer" in explain_depth(run, 0)


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_the_sentences_compare_the_gradients_of_the_first_and_last_layer(activation, scale):
    run = train(scale=scale, activation=activation)
    network = run.network_at(0)
    sizes = iv.gradient_statistics(network, run.probe, run.probe_targets, run.loss).rms
    first, last = np.median(sizes[0]), np.median(sizes[7])
    if max(first / last, last / first) < 2:
        expected = "The gradients of layers 1 and 8 are about as large."
    else:
        side = "smaller" if first < last else "larger"
        expected = f"{short(max(first / last, last / first))} times {side} than that of layer 8."
    assert expected in explain_depth(run, 0)


def test_the_sentences_name_silence_explosion_and_stuck_units():
    assert "nothing of the signal arrives in layer 8" in explain_depth(train(scale=0), 5)
    assert "Nothing of the gradient gets back to layer 1." in explain_depth(train(scale=0), 5)
    burst = train(activation="relu", initializer="normal", scale=50, hidden_layers=(12,) * 20)
    assert "the signal overflows on its way through 20 layers" in explain_depth(burst, 10)
    stuck = train(activation="sigmoid", initializer="normal", bias=(0.0,) * 7 + (50.0, 0.0))
    assert "In layer 8, 100% of the units are stuck" in explain_depth(stuck, 0)


def test_one_hidden_layer_is_not_compared_with_itself():
    said = explain_depth(train(hidden_layers=(4,)), 3)
    assert "At epoch 3 the signal in the hidden layer is" in said
    assert "gradient" not in said


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, 100.0])
def test_no_setting_makes_it_stumble(activation, scale):
    run = train(activation=activation, scale=scale, epochs=3, restarts=2)
    said = explain_depth(run, 3)
    assert "nan" not in said
    assert "inf" not in said
    depth.signal_over_epochs(run, range(4))


def test_it_opens_on_silent_upper_layers_that_wake_up():
    run = iv.train(replace(CHAPTER.start, restarts=32))
    size, _ = depth.signal_over_epochs(run, [0, CHAPTER.start.epochs])
    assert size[-1, 0] < 0.1 * size[0, 0]
    assert size[-1, 1] > 0.5 * size[0, 1]
    assert (run.losses[20] > 0.6).mean() > 0.8
    assert (run.losses[-1] < 0.5).mean() > 0.6


def test_the_explorer_takes_settings_and_twenty_layers():
    explorer = iv.explore_depth(epochs=10, restarts=2, hidden_layers=(4,) * 20, scale=0.5)
    assert explorer.experiment.hidden_layers == (4,) * 20
    assert "layer 20" in explorer.words.value


# The still pictures.


def test_the_table_of_shares_is_labelled_by_depth_and_scale():
    figure = depth.trainability({"a": np.eye(2), "b": np.eye(2)}, (1, 16), (0.1, 1))
    for axes in figure.axes:
        assert [label.get_text() for label in axes.get_yticklabels()] == ["1", "16"]
        assert [label.get_text() for label in axes.get_xticklabels()] == ["0.1", "1"]
        assert sorted(text.get_text() for text in axes.texts if "%" in text.get_text()) == [
            "0%", "0%", "100%", "100%",
        ]  # fmt: skip


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
        "layer 1: std 1", "layer 2: std 0.1",
    ]  # fmt: skip
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
