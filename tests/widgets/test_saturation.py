"""Chapter 03: what is said of a layer is measured, its picture shows it, and the words agree."""

from dataclasses import replace

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure.layers import bars
from initviz.networks.network import weighted_sums
from initviz.plots import saturation as plots
from initviz.words.saturation import explain_saturation

SMALL = replace(iv.explore_saturation.start, epochs=4, restarts=4)
TROUBLE = {
    "healthy": SMALL,
    "one layer": replace(SMALL, hidden_layers=(8,)),
    "ten layers": replace(SMALL, hidden_layers=(6,) * 10, scale=3.0),
    "saturated": replace(SMALL, scale=100.0),
    "all zero": replace(SMALL, initializer="zeros", activation="tanh"),
    "overflow": replace(
        SMALL,
        activation="identity",
        hidden_layers=(8,) * 7,
        scale=1e2,
        initializer="constant",
        bias=1e30,
    ),
    "silent": replace(SMALL, hidden_layers=(8,) * 7, scale=0.01),
    **{name: replace(SMALL, activation=name) for name in ("lecun_tanh", "relu")},
}


@pytest.fixture(scope="module", params=TROUBLE, ids=str)
def run(request):
    return iv.train(TROUBLE[request.param])


@pytest.fixture(scope="module")
def healthy():
    return iv.train(SMALL)


@pytest.fixture
def axes():
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.add_axes((0.1, 0.1, 0.8, 0.8))


def view_of(run, epoch=0, pinned=None):
    figure = Figure()
    FigureCanvasAgg(figure)
    view = plots.OnTheCurve(plots._columns(figure, len(run.experiment.hidden_layers)), run)
    view.update(run, epoch, pinned)
    return view


# What is measured.


@pytest.mark.parametrize("scale", [0.01, 1.0, 10.0])
def test_a_layer_is_measured_as_its_definitions_say(scale):
    run = iv.train(replace(SMALL, scale=scale, restarts=3))
    zs = weighted_sums(run.network_at(0), run.dataset.X)[0][:-1]
    shares = iv.saturation(run.network_at(0), run.dataset.X).mean(axis=1)
    for layer, z, share in zip(plots.measure(run, 0), zs, shares, strict=True):
        z = z.astype(np.float64)
        assert layer.saturated == pytest.approx(share)
        h = 1e-5  # the slope as rise over run
        slope = (1 / (1 + np.exp(-z - h)) - 1 / (1 + np.exp(-z + h))) / (2 * h)
        assert layer.slope == pytest.approx(slope.mean(), rel=1e-4)
        flat_everywhere = [(slope[r, unit] < 0.025).all() for r, unit in np.ndindex(3, 8)]
        assert layer.always_saturated == pytest.approx(np.mean(flat_everywhere))


def test_bars_count_every_z_and_the_last_ones_what_lies_beyond():
    z = np.array([-1e30, -9.0, -8.0, -0.01, 0.0, 0.01, 3.0, 8.0, np.inf, np.nan])
    counts, _ = np.histogram(np.clip(z[:-1], -8, 8), bins=plots.BINS, range=(-8, 8))
    heights = bars(z, -8, 8, plots.BINS)
    np.testing.assert_allclose(heights, counts / 3)
    assert heights[0] == 1  # three lie at -8 or beyond
    assert heights[plots.BINS // 2] == 1  # and three around 0, in one bin


def test_bars_of_nothing_are_none():
    assert not bars(np.full((2, 2, 2), np.nan), -8, 8, plots.BINS).any()


# What is drawn.


def test_no_text_is_cut_off_or_runs_into_another(run):
    figure = iv.plots.picture(plots.SaturationScene, run)
    assert_legible(figure)


def test_the_bars_the_mean_and_the_numbers_are_the_layers(healthy):
    view = view_of(healthy, epoch=3)
    for panel, layer in zip(view._panels, plots.measure(healthy, 3), strict=True):
        np.testing.assert_array_equal(panel._filled.get_data().values, layer.bars)
        assert set(panel._mean.get_ydata()) == {layer.slope}
        assert panel._share.text == f"{layer.saturated:.0%} saturated"
        assert float(panel._slope.text.removeprefix("mean ")) == pytest.approx(layer.slope, rel=0.1)


def test_bars_of_tanh_stand_on_its_lowest_value():
    run = iv.train(replace(SMALL, activation="tanh"))
    values = view_of(run)._panels[0]._filled.get_data().values
    np.testing.assert_allclose(values, 2 * plots.measure(run, 0)[0].bars - 1)


def test_the_thin_lines_are_the_start_until_something_is_pinned(healthy):
    pinned = iv.train(replace(SMALL, scale=10.0, hidden_layers=(8, 8)))
    panels = view_of(healthy, epoch=4)._panels
    start = plots.measure(healthy, 0)
    np.testing.assert_array_equal(panels[0]._outline.get_data().values, start[0].bars)
    assert panels[0]._then.get_ydata()[0] == start[0].slope
    panels = view_of(healthy, epoch=4, pinned=pinned)._panels
    np.testing.assert_array_equal(
        panels[1]._outline.get_data().values, plots.measure(pinned, 4)[1].bars
    )
    assert not panels[2]._outline.get_data().values.any()  # the pinned run has no third layer
    assert np.isnan(panels[2]._then.get_ydata()).all()


@pytest.mark.parametrize(("name", "edge"), [("sigmoid", 3.6369), ("tanh", 1.8184)])
def test_the_flat_zones_begin_where_the_slope_is_a_tenth(name, edge):
    # 4 a (1 - a) = 0.1 for the sigmoid, 1 - a^2 = 0.1 for tanh
    (low, left), (right, high) = plots._flat_zones(name)
    assert (low, high) == (-plots.END, plots.END)
    assert (left, right) == (pytest.approx(-edge, abs=2e-3), pytest.approx(edge, abs=2e-3))


def test_identity_has_no_flat_zone_and_relu_has_one_side():
    assert plots._flat_zones("identity") == []
    assert plots._flat_zones("relu") == [(-plots.END, 0.0)]


def test_only_a_layer_that_is_nearly_all_saturated_is_marked_as_trouble():
    colours = {}
    for scale in (1.0, 10.0, 100.0):
        panels = view_of(iv.train(replace(SMALL, scale=scale)))._panels
        colours[scale] = {panel._share.color for panel in panels}
    assert colours == {1.0: {plots.GREY}, 10.0: {plots.GREY}, 100.0: {plots.ORANGE}}


def test_the_still_pictures_show_what_they_are_given(axes):
    half = iv.Interval(0.25, 0.5, 0.75)
    plots.windows(axes, [0.1, 1.0], {"one": [half, half], "two": [half, half]})
    top, _ = [line.get_ydata() for line in axes.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(top, 1 + 0.8 * 0.5)
    whiskers = axes.collections[1].get_segments()[0]
    np.testing.assert_allclose(whiskers[:, 1], [1.2, 1.6])


def test_the_lines_over_the_inputs_are_the_roots_of_their_number(axes):
    plots.spread_by_fan_in(axes, [1, 100], {0.01: [0.01, 0.1]})
    (line,) = [line for line in axes.lines if line.get_color() == plots.PALE_BLUE]
    np.testing.assert_allclose(line.get_ydata(), [0.01, 0.1])
    (circle,) = [line for line in axes.lines if line.get_markersize() == 11]
    assert circle.get_xdata() == pytest.approx([10_000])


def test_the_gradient_lines_are_the_medians(axes):
    sizes = np.array([[1.0, 2.0, 9.0], [10.0, 20.0, 90.0]])
    plots.gradient_lines(axes, {"some": sizes})
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [2.0, 20.0])


def test_the_dots_of_shares_and_losses_have_their_medians_on_top(axes):
    share, loss = [np.array([0.1, 0.2, 0.6])] * 2, [np.array([1.0, 5.0, 2.0])] * 2
    plots.share_against_loss(axes, share, loss, ["a", "b"])
    np.testing.assert_array_equal(axes.lines[-1].get_xydata(), [[0.2, 2.0]] * 2)


# What is said.


def test_the_words_name_the_slopes_and_the_gradient(healthy):
    text = explain_saturation(healthy, 0)
    slopes = [layer.slope for layer in plots.measure(healthy, 0)]
    sizes = iv.gradient_statistics(
        healthy.network_at(0), healthy.dataset.X, healthy.dataset.y, healthy.loss_name
    ).rms
    first, *_, last, _ = np.median(sizes, axis=1)
    assert "At epoch 0 the mean slope is" in text
    assert f"{slopes[0]:.2g}" in text
    assert "at most 0.25" in text
    assert f"{last / first:.2g} times smaller than in layer 4" in text
    assert "saturated" in text


def test_the_words_name_the_first_slope_before_the_last():
    run = iv.train(replace(SMALL, activation="tanh"))
    first, *_, last = (layer.slope for layer in plots.measure(run, 0))
    assert first > 1.2 * last
    assert f"is {first:.2g} in layer 1, {last:.2g} in layer 4" in explain_saturation(run, 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scale": 0.01}, ["learnt nothing", "about 0.25", "hardly any unit is saturated"]),
        ({"scale": 100.0}, ["98% of the units are saturated", "are so at every point"]),
        ({"hidden_layers": (8,)}, ["the mean slope is 0.1", "The gradient in layer 1 is 0.0"]),
        ({"initializer": "zeros", "activation": "tanh"}, ["Nothing of the gradient"]),
        ({"activation": "relu"}, ["of the units are saturated"]),
        ({"scale": 3.0, "activation": "tanh"}, ["times larger than in layer 4"]),
        (
            {"initializer": "identity", "activation": "identity", "hidden_layers": (8, 8)},
            ["the mean slope is about 1 in the first layer and the last"],
        ),
        (
            {
                "activation": "identity",
                "initializer": "constant",
                "bias": 1e30,
                "hidden_layers": (8,) * 7,
                "scale": 100.0,
            },
            ["The gradient overflows."],
        ),
        (
            {
                "activation": "identity",
                "initializer": "constant",
                "bias": 1e300,
                "hidden_layers": (8,) * 7,
                "scale": 1e100,
            },
            ["z overflows in layer"],
        ),
    ],
)
def test_the_words_fit_the_run(change, words):
    run = iv.train(replace(SMALL, restarts=32, epochs=1, **change))
    text = explain_saturation(run, 0)
    for phrase in words:
        assert phrase in text
    assert "nan" not in text.lower()


def test_the_explorer_opens_where_the_scale_decides():
    learnt = {}
    for scale in (0.01, 1.0, 100.0):
        losses = iv.train(replace(iv.explore_saturation.start, scale=scale, restarts=32)).losses[-1]
        learnt[scale] = (losses < 0.9 * np.log(2)).mean()
    assert learnt[0.01] == 0
    assert learnt[1.0] > 0.85
    assert learnt[100.0] < 0.2


# The formula of the chapter, where nothing saturates: a linear network has it exactly.


def test_one_layer_multiplies_the_gradient_by_scale_times_root_width_times_slope():
    shape, X, y = (2, 16, 16, 16, 1), np.ones((1, 2)), np.zeros(1)
    for activation, slope in (("identity", 1.0), ("sigmoid", 0.25)):
        network = iv.init_network(shape, activation, "normal", 0.01, restarts=2000)
        deltas = iv.gradients(network, X, y, "binary_cross_entropy")[2]
        sizes = [np.sqrt((delta**2).mean()) for delta in deltas]
        assert sizes[0] / sizes[1] == pytest.approx(0.01 * 4 * slope, rel=0.05)
