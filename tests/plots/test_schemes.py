"""What the pictures of chapter 04 show is what was measured."""

import made_up
import matplotlib.pyplot as plt
import numpy as np
import pytest
from legible import assert_legible
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure import layers
from initviz.plots import schemes


@pytest.fixture
def runs():
    return made_up.schemes()


def axes():
    return Figure().add_axes((0.1, 0.1, 0.8, 0.8))


def size_of_signal(network, X):
    return iv.activation_statistics(network, X).rms[:-1]


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
    assert fading._factor.text == "× 0.68 a layer →: it fades"
    assert keeping._factor.text == "× 0.97 a layer →"
    assert fading._factor.color == schemes.RUST
    assert keeping._factor.color == schemes.INK
    assert (
        drawn(schemes.BackwardByLayer, runs["glorot"])._factor.text == "× 0.72 a layer ←: it fades"
    )
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


def test_two_ways_puts_forward_and_back_where_they_belong():
    ax = axes()
    schemes.two_ways(ax, {"one": (1.0, 2.0), "two": (0.5, 1.0)}, "a title")
    rings = [line for line in ax.lines if line.get_markerfacecolor() == "none"]
    dots = [line for line in ax.lines if line.get_marker() == "o" and line not in rings]
    assert [float(line.get_xdata()[0]) for line in rings] == [1.0, 2.0]  # from the bottom up
    assert [float(line.get_xdata()[0]) for line in dots] == [0.5, 1.0]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["two", "one"]


def test_by_layer_draws_the_median_and_names_it_at_either_end():
    values = np.arange(15.0).reshape(3, 5)
    for at_layer, end in ((1, (1, 2.0)), (-1, (3, 12.0))):
        ax = axes()
        schemes.by_layer(ax, values, "name", at_layer)
        assert ax.lines[0].get_ydata().tolist() == [2.0, 7.0, 12.0]
        assert ax.texts[0].xy == end
    plt.close("all")
