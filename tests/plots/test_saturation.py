"""What the pictures of chapter 03 show is what was measured."""

from dataclasses import replace

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure.layers import bars
from initviz.plots import saturation as plots
from initviz.plots.histograms import HEIGHTS
from initviz.plots.style import GREY, RUST

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
    **{name: replace(SMALL, activation=name) for name in ("lecun_tanh", "relu", "sine")},
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
    figure = Figure((10, 4))
    FigureCanvasAgg(figure)
    view = plots.OnTheCurve(
        plots._columns(figure, (0.1, 0.1, 0.8, 0.8), len(run.experiment.hidden_layers)), run
    )
    view.update(run, epoch, pinned)
    return view


def test_bars_of_nothing_are_none():
    assert not bars(np.full((2, 2, 2), np.nan), -8, 8, plots.BINS).any()


def test_no_text_is_cut_off_or_runs_into_another(run):
    figure = iv.plots.picture(plots.SaturationScene, run)
    assert_legible(figure)


def test_the_bars_the_mean_and_the_numbers_are_the_layers(healthy):
    view = view_of(healthy, epoch=3)
    for panel, layer in zip(view._panels, plots.measure(healthy, 3), strict=True):
        np.testing.assert_array_equal(panel._filled.get_data().values, HEIGHTS(layer.bars))
        assert set(panel._mean.get_ydata()) == {layer.slope}
        assert panel._share.text == f"{layer.saturated:.0%} saturated"
        assert float(panel._slope.text.removeprefix("mean ")) == pytest.approx(layer.slope, rel=0.1)


def test_bars_of_tanh_stand_on_its_lowest_value():
    run = iv.train(replace(SMALL, activation="tanh"))
    values = view_of(run)._panels[0]._filled.get_data().values
    np.testing.assert_allclose(values, 2 * HEIGHTS(plots.measure(run, 0)[0].bars) - 1)


def test_the_thin_lines_are_the_start_until_something_is_pinned(healthy):
    pinned = iv.train(replace(SMALL, scale=10.0, hidden_layers=(8, 8)))
    panels = view_of(healthy, epoch=4)._panels
    start = plots.measure(healthy, 0)
    np.testing.assert_array_equal(panels[0]._outline.get_data().values, HEIGHTS(start[0].bars))
    assert panels[0]._then.get_ydata()[0] == start[0].slope
    panels = view_of(healthy, epoch=4, pinned=pinned)._panels
    np.testing.assert_array_equal(
        panels[1]._outline.get_data().values, HEIGHTS(plots.measure(pinned, 4)[1].bars)
    )
    assert not panels[2]._outline.get_data().values.any()  # the pinned run has no third layer
    assert np.isnan(panels[2]._then.get_ydata()).all()


@pytest.mark.parametrize(("name", "edge"), [("sigmoid", 3.6369), ("tanh", 1.8184)])
def test_the_flat_zones_begin_where_the_slope_is_a_tenth(name, edge):
    # 4 a (1 - a) = 0.1 for the sigmoid, 1 - a^2 = 0.1 for tanh
    (low, left), (right, high) = plots._flat_zones(name)
    assert (low, high) == (-8, 8)
    assert (left, right) == (pytest.approx(-edge, abs=2e-3), pytest.approx(edge, abs=2e-3))


def test_identity_has_no_flat_zone_and_relu_has_one_side():
    assert plots._flat_zones("identity") == []
    assert plots._flat_zones("relu") == [(-8, 0.0)]


def test_a_sine_is_drawn_where_it_bends_and_is_flat_on_each_crest():
    zones = 30 / np.pi * np.array(plots._flat_zones("sine"))  # in half turns, 2.5 to either side
    crests = np.arange(-2.5, 2.51)
    half = np.arcsin(0.1) / np.pi
    np.testing.assert_allclose(zones, np.transpose([crests - half, crests + half]), atol=1e-3)


def test_only_a_layer_that_is_nearly_all_saturated_is_marked_as_trouble():
    colours = {}
    for scale in (1.0, 10.0, 100.0):
        panels = view_of(iv.train(replace(SMALL, scale=scale)))._panels
        colours[scale] = {panel._share.color for panel in panels}
    assert colours == {1.0: {GREY}, 10.0: {GREY}, 100.0: {RUST}}


def test_the_still_pictures_show_what_they_are_given(axes):
    half = iv.Interval(0.25, 0.5, 0.75)
    plots.windows(axes, [0.1, 1.0], {"one": [half, half], "two": [half, half]})
    top, _ = [line.get_ydata() for line in axes.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(top, 1 + 0.8 * 0.5)
    whiskers = axes.collections[1].get_segments()[0]
    np.testing.assert_allclose(whiskers[:, 1], [1.2, 1.6])


def test_the_lines_over_the_inputs_are_the_roots_of_their_number(axes):
    plots.spread_by_fan_in(axes, [1, 100], {0.01: [0.01, 0.1]})
    (line,) = [line for line in axes.lines if line.get_color() == plots.SOFT_BLUE]
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
