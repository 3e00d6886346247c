"""Chapter 04: what is measured of a scheme, how it is drawn, and what is said of it."""

import re
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from legible import assert_legible
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure import layers
from initviz.plots import schemes
from initviz.words.schemes import _change, explain_schemes

START = iv.explore_schemes.start
FAST = replace(START, epochs=1)
RUNS = {
    "glorot": START,
    "he": replace(START, initializer="he_normal"),
    "pytorch": replace(FAST, initializer="pytorch_default"),
    "silent": replace(FAST, initializer="normal", scale=0.001),
    "overflow": replace(FAST, initializer="normal", scale=100.0, hidden_layers=(64,) * 12),
    "zeros": replace(FAST, initializer="zeros"),
    "one layer": replace(FAST, hidden_layers=(16,)),
    "one unit": replace(FAST, hidden_layers=(1,) * 12),
    "one restart": replace(FAST, restarts=1),
    "sigmoid": replace(FAST, activation="sigmoid"),
    "digits": replace(FAST, dataset="digits", restarts=2),
}


@pytest.fixture(scope="module")
def runs():
    return {name: iv.train(experiment) for name, experiment in RUNS.items()}


def axes():
    return Figure().add_axes((0.1, 0.1, 0.8, 0.8))


# What is measured


def size_of_signal(network, X):
    return iv.activation_statistics(network, X).rms[:-1]


def wide(scheme, activation, depth=16, width=100, **settings):
    network = iv.init_network((width,) * (depth + 1) + (1,), activation, scheme, **settings)
    return network, np.random.default_rng(0).standard_normal((40, width))


def test_the_gradient_is_what_a_small_push_on_a_sum_does_to_one_samples_loss():
    network = iv.init_network((3, 4, 5, 1), "tanh", restarts=2, seed=1)
    X, y, push = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0]), 1e-6
    for layer in (0, 1):
        units = network.weights[layer].shape[1]
        slopes = np.empty((2, units, 6))
        for unit, sample in np.ndindex(units, 6):
            losses = []
            for sign in (-1, 1):
                biases = [b.copy() for b in network.biases]
                biases[layer][:, unit] += sign * push  # for one sample, a push on z and no more
                pushed = replace(network, biases=tuple(biases))
                one = slice(sample, sample + 1)
                losses.append(iv.gradients(pushed, X[one], y[one], "binary_cross_entropy")[0])
            slopes[:, unit, sample] = (losses[1] - losses[0]) / (2 * push)
        sizes = layers.gradient_sizes(network, X, y, "binary_cross_entropy")
        assert np.allclose(sizes[layer], np.sqrt((slopes**2).mean(axis=(1, 2))), rtol=1e-6)


@pytest.mark.parametrize(
    ("scheme", "factor"),
    [("he_normal", 1), ("glorot_uniform", 0.5**0.5), ("pytorch_default", 6**-0.5)],
)
def test_relu_layers_multiply_signal_and_gradient_as_the_formulas_say(scheme, factor):
    network, X = wide(scheme, "relu", restarts=24)
    y = np.arange(40) % 2
    signal = size_of_signal(network, X)
    gradient = layers.gradient_sizes(network, X, y, "binary_cross_entropy")
    assert np.isclose(layers.factor_per_layer(signal), factor, rtol=0.03)
    assert np.isclose(layers.factor_per_layer(gradient[::-1]), factor, rtol=0.03)


def test_tanh_at_gain_five_thirds_settles_at_065_and_its_gradient_grows_by_121():
    network, X = wide("glorot_normal", "tanh", depth=25, scale=5 / 3, restarts=12)
    gradient = layers.gradient_sizes(network, X, np.arange(40) % 2, "binary_cross_entropy")
    assert np.isclose(np.median(size_of_signal(network, X)[-1]), 0.65, atol=0.01)
    assert np.isclose(layers.factor_per_layer(gradient[5:][::-1]) ** 2, 1.21, rtol=0.02)


def test_the_spread_is_the_size_without_what_every_input_shares():
    network = iv.init_network((2, 6, 6, 1), "relu", "he_normal", bias=3.0, restarts=4)
    X = np.random.default_rng(0).normal(size=(50, 2))
    hidden = iv.forward(network, X)[1:-1]
    shared = [np.sqrt((a.mean(axis=2) ** 2).mean(axis=1)) for a in hidden]
    sizes, spread = size_of_signal(network, X), iv.signal_spread(network, X)
    assert np.allclose(spread**2 + np.square(shared), sizes**2)
    assert (iv.signal_spread(network, X[:1]) == 0).all()


def test_pytorchs_biases_hide_that_no_signal_is_left():
    network = iv.init_network((64, *[100] * 15, 10), "relu", "pytorch_default", bias="same")
    X = iv.DATASETS["digits"].X[:50]
    assert size_of_signal(network, X)[-1] > 0.02
    assert iv.signal_spread(network, X)[-1] < 1e-5


def test_factor_per_layer():
    powers = np.array([[2.0], [6.0], [18.0]])
    assert layers.factor_per_layer(powers) == pytest.approx(3)
    assert layers.factor_per_layer(np.hstack([powers, powers, 9 * powers**0])) == pytest.approx(3)
    for unknown in (powers[:1], 0 * powers, np.inf * powers):
        assert np.isnan(layers.factor_per_layer(unknown))


def test_the_three_formulas():
    network = iv.init_network((8, 32, 2))
    wanted = {
        "He": [0.5, 0.25],
        "Glorot": [0.05**0.5, (2 / 34) ** 0.5],
        "LeCun": [8**-0.5, 32**-0.5],
    }
    for name, stds in schemes.reference_sizes(network).items():
        assert np.allclose(stds, wanted[name])


# The explorer's picture


def drawn(view_class, run, epoch=0, pinned=None):
    view = view_class(axes(), run)
    view.update(run, epoch, pinned)
    return view


def test_blue_is_before_training_and_thin_is_the_epoch_shown_or_the_pinned_start(runs):
    run, pinned = runs["he"], runs["glorot"]
    for pin, other in ((None, run.network_at(30)), (pinned, pinned.network_at(0))):
        view = drawn(schemes.SignalByLayer, run, 30, pin)
        for line, network in ((view._median, run.network_at(0)), (view._thin, other)):
            sizes = size_of_signal(network, run.probe)
            assert np.allclose(line.get_ydata(), np.log10(np.median(sizes, axis=1)))


def test_bars_go_from_the_smallest_to_the_largest_restart(runs):
    run = runs["he"]
    view = drawn(schemes.BackwardByLayer, run)
    sizes = layers.gradient_sizes(run.network_at(0), run.probe, run.probe_targets, run.loss_name)
    bars = np.array(view._range.get_segments())
    assert np.allclose(10 ** bars[:, 0, 1], sizes.min(axis=1))
    assert np.allclose(10 ** bars[:, 1, 1], sizes.max(axis=1))


def test_the_factor_is_written_and_orange_when_it_is_far_from_one(runs):
    fading, keeping = (drawn(schemes.SignalByLayer, runs[name]) for name in ("glorot", "he"))
    assert fading._factor.text == "× 0.68 a layer →"
    assert keeping._factor.text == "× 0.97 a layer →"
    assert fading._factor.color == schemes.ORANGE
    assert keeping._factor.color == schemes.INK
    assert drawn(schemes.BackwardByLayer, runs["glorot"])._factor.text == "× 0.72 a layer ←"
    assert drawn(schemes.SignalByLayer, runs["zeros"])._factor.text == ""


def test_constant_is_where_the_way_begins(runs):
    run = runs["glorot"]
    for view_class, begins in ((schemes.SignalByLayer, 0), (schemes.BackwardByLayer, -1)):
        view = drawn(view_class, run)
        assert (view._level.get_ydata() == view._median.get_ydata()[begins]).all()


@pytest.mark.parametrize(("name", "edge"), [("silent", -4), ("zeros", -4), ("overflow", 1)])
def test_what_lies_beyond_the_axis_is_marked_at_its_edge(runs, name, edge):
    view = drawn(schemes.SignalByLayer, runs[name])
    assert view._beyond.get_ydata()[-1] == edge == view._median.get_ydata()[-1]
    assert not len(drawn(schemes.SignalByLayer, runs["he"])._beyond.get_ydata())


def test_weights_and_formulas_are_drawn_in_units_of_lecun(runs):
    run = runs["he"]
    view = drawn(schemes.WeightsByLayer, run)
    assert np.allclose(view._median.get_ydata()[:-1], np.sqrt(2) / 2, rtol=0.08)  # knee at 2
    assert np.allclose(view._lines["LeCun"].get_ydata(), 0.5)
    assert np.allclose(view._lines["He"].get_ydata(), np.sqrt(2) / 2)
    glorot = view._lines["Glorot"].get_ydata()[1:-1]
    assert np.allclose(glorot, np.sqrt([4 / 18, *[1] * 7, 32 / 17]) / 2)


@pytest.mark.parametrize("name", ["he", "overflow", "zeros", "one unit", "digits"])
def test_nothing_overlaps_or_is_cut_and_any_run_can_be_pinned(runs, name):
    run = runs[name]
    same_data = run.dataset.name == "moons"
    figure = iv.plots.picture(schemes.SchemesScene, run, 0, runs["glorot"] if same_data else None)
    assert_legible(figure)


# The sentences


def words(**settings):
    run = iv.train(replace(FAST, **settings))
    return explain_schemes(run, run.epoch)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "Before training, the weights are as large as Glorot asks for."),
        (
            {"initializer": "he_uniform"},
            "Before training, the weights are as large as He asks for.",
        ),
        (
            {"initializer": "variance_scaling"},
            "Before training, the weights are as large as LeCun asks for.",
        ),
        (
            {"initializer": "keras_default"},
            "Before training, the weights are as large as Glorot asks for.",
        ),
        ({"initializer": "pytorch_default"}, "the weights are 0.58 times as large as LeCun"),
        ({"initializer": "he_normal", "scale": 3.0}, "times as large as He asks for."),
        ({"initializer": "normal"}, "none of the three formulas: from 1 to 2.9 times He's."),
        ({"initializer": "orthogonal"}, "the weights follow none of the three formulas"),
        ({"initializer": "zeros"}, "all weights of a layer are equal"),
        ({"initializer": "constant"}, "all weights of a layer are equal"),
    ],
)
def test_it_names_the_formula_that_the_weights_follow(settings, sentence):
    assert sentence in words(**settings)


@pytest.mark.parametrize("scheme", ["glorot_normal", "he_normal", "lecun_uniform"])
@pytest.mark.parametrize(
    "shape",
    [{"hidden_layers": (16,)}, {"hidden_layers": (64,) * 4}, {"dataset": "digits", "restarts": 2}],
)
def test_it_recognises_every_formula_at_any_shape(scheme, shape):
    right = {"glorot_normal": "Glorot", "he_normal": "He", "lecun_uniform": "LeCun"}[scheme]
    for seed in range(5):
        text = words(initializer=scheme, seed=seed, **shape)
        assert f"as large as {right} asks for" in text


def test_it_says_what_happens_on_the_way_forward_and_back(runs):
    def said(name):
        return explain_schemes(runs[name], runs[name].epoch)

    assert "keep their size: × 0.97 and × 1.01 a layer." in said("he")
    assert "shrinks to 0.68 of its size in every layer, by a factor of 14" in said("glorot")
    assert "shrinks to 0.72 of its size in every layer, by a factor of 9.9" in said("glorot")
    assert "grows 570 times in every layer" in said("overflow")
    assert "signal is exactly zero; backward, the gradient is exactly zero." in said("zeros")
    assert "nothing is handed on" in said("one layer")


def test_it_counts_beyond_what_a_float_can_hold():
    sizes = np.array([*[[1e150]] * 11, [1e-160]])
    assert _change(sizes, 1, 12).endswith("by a factor of 10³¹⁰ from layer 1 to 12")
    lost = words(initializer="normal", scale=1e-30, hidden_layers=(8,) * 12)
    assert "the signal is lost: exactly zero in layer 12" in lost


def test_it_tells_zero_from_overflow():
    assert _change(np.array([[0.0, 1.0], [0.0, 1.0]]), 1, 2) == ("is exactly zero in some networks")
    assert _change(np.array([[1.0, 1.0], [np.inf, np.nan]]), 1, 2) == "overflows"


def test_a_steady_size_is_not_taken_for_a_living_signal(runs):
    text = explain_schemes(runs["sigmoid"], 1)
    assert "the signal keeps its size (× 1.00 a layer)" in text
    assert "What tells one input from another fades faster: × 0.22 a layer." in text
    assert "fades faster" not in explain_schemes(runs["he"], 30)


def test_it_ends_with_the_outcome_and_names_the_moment(runs):
    run = runs["he"]
    best = f"{run.losses[-1].min():.2g}"
    assert f"the best loss is {best}, the median" in explain_schemes(run, 30)
    then = f"{run.losses[5].min():.2g}"
    assert then != best
    assert re.search(rf"After 5 epochs .*: the best loss is {then},", explain_schemes(run, 5))
    assert "All 8 networks have overflowed" in explain_schemes(runs["overflow"], 1)


# The still pictures


def test_two_ways_puts_forward_and_back_where_they_belong():
    ax = axes()
    schemes.two_ways(ax, {"one": (1.0, 2.0), "two": (0.5, 1.0)}, "a title")
    rings = [line for line in ax.lines if line.get_markerfacecolor() == "none"]
    dots = [line for line in ax.lines if line.get_marker() == "o" and line not in rings]
    assert [float(line.get_xdata()[0]) for line in rings] == [1.0, 2.0]  # from the bottom up
    assert [float(line.get_xdata()[0]) for line in dots] == [0.5, 1.0]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["two", "one"]


def test_a_recipe_meets_the_formula_at_one_width():
    ax = axes()
    schemes.recipes(ax, {"0.01": 0.01})
    meeting = next(line for line in ax.lines if line.get_marker() == "o")
    assert meeting.get_xdata()[0] == pytest.approx(1e4)
    assert meeting.get_ydata()[0] == 0.01


def test_by_layer_draws_the_median_and_names_it_at_either_end():
    values = np.arange(15.0).reshape(3, 5)
    for at_layer, end in ((1, (1, 2.0)), (-1, (3, 12.0))):
        ax = axes()
        schemes.by_layer(ax, values, "name", at_layer)
        assert ax.lines[0].get_ydata().tolist() == [2.0, 7.0, 12.0]
        assert ax.texts[0].xy == end
    plt.close("all")
