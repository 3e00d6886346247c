"""The pictures say what was measured, keep inside their axes, and nothing overlaps or is cut."""

import threading
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from legible import texts
from matplotlib import rc_context, rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import initviz as iv
from initviz.plots import (
    AccuracyCurves,
    ActivationHistograms,
    DecisionMap,
    GradientByLayer,
    LossCurves,
)
from initviz.plots.curves import apart
from initviz.plots.histograms import BINS, HEIGHTS
from initviz.plots.scales import Knee
from initviz.training.run import guessing_loss
from initviz.words.numbers import short

SMALL = iv.Experiment(
    hidden_layers=(8, 8), initializer="normal", learning_rate=1.0, epochs=12, restarts=5
)
DEEP = replace(SMALL, hidden_layers=(6,) * 10, scale=0.01)
# One experiment for every way in which a picture can go wrong.
TROUBLE = {
    "healthy": SMALL,
    "silent": DEEP,
    "saturated": replace(SMALL, scale=100.0),
    "all zero": replace(SMALL, initializer="zeros"),
    "overflow": replace(SMALL, activation="relu", scale=100.0, learning_rate=100.0),
    "overflow at once": replace(
        SMALL,
        activation="identity",
        hidden_layers=(64,) * 10,
        scale=1e2,
        initializer="constant",
        bias=1e30,
    ),
    "dead": replace(SMALL, activation="relu", bias=-100.0),
    "one restart": replace(SMALL, restarts=1),
    "one unit": replace(SMALL, hidden_layers=(1,)),
    "digits": replace(SMALL, dataset="digits", learning_rate=0.1, epochs=3),
    **{name: replace(SMALL, activation=name) for name in iv.ACTIVATIONS},
}


@pytest.fixture(scope="module", params=TROUBLE, ids=str)
def run(request):
    return iv.train(TROUBLE[request.param])


def axes():
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.add_axes((0.1, 0.1, 0.8, 0.8))


def test_no_text_is_cut_off(run):
    figure = iv.plots.overview(run)
    figure.canvas.draw()
    for text, box in texts(figure):
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= figure.bbox.x1, text
        assert box.y1 <= figure.bbox.y1, text


def test_no_two_texts_overlap(run):
    figure = iv.plots.overview(run)
    figure.canvas.draw()
    for (one, box), (other, other_box) in combinations(texts(figure), 2):
        width = min(box.x1, other_box.x1) - max(box.x0, other_box.x0)
        height = min(box.y1, other_box.y1) - max(box.y0, other_box.y0)
        assert min(width, height) < 2, f"{one!r} runs into {other!r}"


def test_every_moment_can_be_drawn(run):
    for epoch in (0, run.epoch // 2, run.epoch):
        assert iv.plots.overview(run, epoch).axes


@pytest.mark.parametrize(
    "y",
    [np.linspace(-1, 1, 20), np.linspace(0, 1e6, 40).reshape(20, 2), np.zeros(20)],
    ids=["one output", "large", "constant"],
)
def test_regression_is_drawn_too(y):
    data = iv.Dataset("ramp", np.random.default_rng(0).normal(size=(20, 3)), y, "regression")
    run = iv.train(replace(SMALL, learning_rate=1e-3), data=data)
    figure = iv.plots.overview(run)
    figure.canvas.draw()
    assert len(figure.axes) == 4  # two histograms, losses, gradients
    ticks = figure.axes[2].get_yticks()
    assert (np.diff(ticks) > 0).all()


def test_an_epoch_that_was_not_kept_is_drawn_and_named_as_the_nearest_one(monkeypatch):
    monkeypatch.setattr("initviz.training.train.SNAPSHOT_BYTES", 1)
    run = iv.train(SMALL)
    assert run.snapshots.tolist() == [0, 12]
    assert run.snapshot_at(5) == 0
    assert iv.explain(run, 5) == iv.explain(run, 0) != iv.explain(run, 12)
    start, near = (iv.plots.overview(run, epoch) for epoch in (0, 5))
    for figure in (start, near):
        figure.canvas.draw()
    assert np.array_equal(start.canvas.buffer_rgba(), near.canvas.buffer_rgba())


def test_the_map_says_that_it_overflows_only_where_it_does():
    run = iv.train(replace(SMALL, activation="identity", scale=2.0, learning_rate=100.0, epochs=60))
    assert run.diverged.all()
    view = DecisionMap(axes(), run)
    view.update(run, 0)
    assert "classified correctly" in view._words.text
    view.update(run, run.epoch)
    assert "overflows" in view._words.text


def test_bars_count_every_activation():
    run = iv.train(SMALL)
    view = ActivationHistograms([axes(), axes()], run)
    view.update(run, 3)
    network = run.network_at(3)
    for stairs, a in zip(view._bars, iv.forward(network, run.dataset.X)[1:-1], strict=True):
        counts, _ = np.histogram(a, bins=BINS, range=(0, 1))
        np.testing.assert_allclose(stairs.get_data().values, HEIGHTS(counts / a.size), atol=2e-3)


def test_the_share_written_in_is_the_saturation():
    run = iv.train(replace(SMALL, scale=10.0))
    view = ActivationHistograms([axes(), axes()], run)
    view.update(run, 0)
    measured = iv.saturation(run.network_at(0), run.dataset.X).mean(axis=1)
    written = [label.text.removeprefix("▲ ") for label in view._shares]
    assert written == [f"{share:.0%} saturated" for share in measured]


@pytest.mark.parametrize("name", iv.ACTIVATIONS)
def test_the_shaded_zones_are_where_the_slope_is_flat(name):
    """A value that is counted as saturated lies in a zone, and only such values do."""
    run = iv.train(replace(SMALL, activation=name, hidden_layers=(8,)))
    ax = axes()
    scale = ActivationHistograms([ax], run)._scale
    zones = [patch.get_extents().transformed(ax.transData.inverted()) for patch in ax.patches]
    zones = [zone for zone in zones if zone.height > 0.9 and zone.width < scale.high - scale.low]
    z = np.linspace(-6, 6, 2001)
    row = iv.ACTIVATIONS[name]
    flat = np.abs(row.derivative(z)) < 0.1 * row.steepest
    position = scale(row.function(z))
    assert (position >= scale.low - 1e-3).all()
    inside = np.zeros(len(z), bool)
    for zone in zones:
        inside |= (zone.x0 - 1e-6 <= position) & (position <= zone.x1 + 1e-6)
    assert inside[flat].all()
    if name not in (
        "relu",
        "leaky_relu",
        "gelu",
        "silu",
        "mish",
    ):  # there some of the other side lies in the bar
        assert not np.any(inside & ~flat)


def test_the_outline_is_the_start_until_something_is_pinned():
    run, pinned = iv.train(SMALL), iv.train(replace(SMALL, scale=10.0))
    view = ActivationHistograms([axes(), axes()], run)
    view.update(run, 0)
    bars = view._bars[0].get_data().values
    view.update(run, run.epoch)
    np.testing.assert_array_equal(view._outlines[0].get_data().values, bars)
    view.update(run, 0, pinned)
    assert not np.array_equal(view._outlines[0].get_data().values, bars)


def test_loss_curves_show_the_losses():
    run = iv.train(SMALL)
    view = LossCurves(axes(), run)
    view.update(run, run.epoch)
    segments = np.array(view._restarts.get_segments())
    np.testing.assert_allclose(segments[:, :, 1].T, view._place(run.losses))
    np.testing.assert_allclose(view._best.get_ydata(), view._place(run.losses[:, run.best]))
    labels = [label.text for label in view._labels]
    assert f"median {short(np.median(run.losses[-1]))}" in labels
    assert f"best {short(run.losses[-1].min())}" in labels


def test_a_single_restart_has_one_name():
    run = iv.train(replace(SMALL, restarts=1))
    view = LossCurves(axes(), run)
    view.update(run, run.epoch)
    assert [label.text for label in view._labels if label.text] == [
        f"loss {short(run.losses[-1, 0])}",
        f"guessing {short(guessing_loss(run))}",
        "learnt well",
    ]


def test_a_diverged_restart_is_marked_where_it_ends():
    run = iv.train(replace(SMALL, activation="identity", learning_rate=100.0, epochs=60))
    view = LossCurves(axes(), run)
    view.update(run, run.epoch)
    assert run.diverged.any()
    last_finite = [np.isfinite(run.losses[:, r]).sum() - 1 for r in np.flatnonzero(run.diverged)]
    assert list(view._lost.get_xdata()) == last_finite


def test_accuracy_curves_show_the_accuracies():
    run = iv.train(TROUBLE["digits"])
    view = AccuracyCurves(axes(), run)
    view.update(run, run.epoch)
    np.testing.assert_allclose(np.array(view._restarts.get_segments())[:, :, 1].T, run.accuracies)


def test_gradients_are_drawn_as_powers_of_ten():
    run = iv.train(SMALL)
    view = GradientByLayer(axes(), run)
    view.update(run, 0)
    sizes = iv.gradient_statistics(
        run.network_at(0), run.dataset.X, run.dataset.y, run.loss_name
    ).rms
    np.testing.assert_allclose(view._median.get_ydata(), np.log10(np.median(sizes, axis=1)))


def test_the_number_beside_a_gradient_keeps_clear_of_pale_bars():
    """One bar stands where the number of layer 1 would reach, and covers its usual places."""
    run = iv.train(replace(SMALL, hidden_layers=(8,) * 14, epochs=1))
    view = GradientByLayer(axes(), run)
    values = np.full((15, 3), 1.2e-4)
    values[1, [0, 2]] = 1.2e-5, 1.2e-3
    view._draw(values, None)
    box = view._numbers[0].get_window_extent()
    bars = [view.axes.transData.transform(bar) for bar in view._range.get_segments()]
    half = view._bar / 2 * view.axes.figure.dpi / 72
    for (x, low), (_, high) in bars:
        beside = box.x1 < x - half or x + half < box.x0
        assert beside or box.y1 < low or high < box.y0


@pytest.mark.parametrize("restarts", [1, 5])
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_no_line_crosses_the_words_on_the_log_scale(restarts, scale):
    run = iv.train(replace(SMALL, restarts=restarts, scale=scale))
    view = LossCurves(axes(), run)
    view.update(run, run.epoch)
    (words,) = [text for text in view.axes.texts if "log scale" in text.get_text()]
    assert words.get_window_extent().y0 > view.axes.bbox.y1


def test_names_are_as_near_to_their_lines_as_their_distance_lets_them():
    np.testing.assert_allclose(apart([0.5, 0.1, 0.9], 0.2, 1), [0.5, 0.1, 0.9])
    np.testing.assert_allclose(apart([0.5, 0.5, 0.6], 0.2, 1), [0.533, 0.333, 0.733], atol=1e-3)
    np.testing.assert_allclose(apart([0.99, 0.98], 0.2, 1), [1, 0.8])
    np.testing.assert_allclose(apart([0.0, 0.01], 0.2, 1), [0.2, 0.0])  # about equal
    np.testing.assert_allclose(apart([-3, -3], 1, 9, -2.5), [-1.5, -2.5])


def test_a_vanished_gradient_is_drawn_at_the_edge_and_named():
    run = iv.train(replace(SMALL, initializer="zeros", activation="tanh"))
    view = GradientByLayer(axes(), run)
    view.update(run, 0)
    assert len(view._beyond.get_xdata()) == 3
    assert view._numbers[0].text == "0"


def test_the_decision_map_is_the_best_networks_output():
    run = iv.train(SMALL)
    view = DecisionMap(axes(), run)
    view.update(run, run.epoch)
    best = run.network_at(run.epoch).restart(run.best)
    answers = iv.forward(best, view._points)[-1].ravel()
    red, blue = view._map.colours[..., 0].ravel() / 255, view._map.colours[..., 2].ravel() / 255
    assert np.corrcoef(answers, blue - red)[0, 1] > 0.95


def test_where_the_output_is_no_number_the_decision_map_is_white():
    run = iv.train(SMALL)
    run = replace(run, weights=tuple(np.full_like(w, np.nan) for w in run.weights))
    view = DecisionMap(axes(), run)
    view.update(run, run.epoch)
    assert (view._map.colours == 255).all()


@pytest.mark.parametrize("knee", [0.5, 1, 3])
def test_the_knee_scale_is_linear_then_logarithmic_and_never_leaves_its_end(knee):
    scale = Knee(knee, share=0.1)
    assert scale(np.array(knee / 4)) == pytest.approx(0.25)
    assert scale(np.array(knee * 100)) == pytest.approx(1.2)
    assert scale(np.array([1e4, 1e30, np.inf])) == pytest.approx([scale.high] * 3)
    assert scale(np.array([-knee])) == pytest.approx([-1])
    assert np.isnan(scale(np.array(np.nan)))
    values = np.sort(np.random.default_rng(0).lognormal(sigma=5, size=100))
    assert (np.diff(scale(values)) >= 0).all()


def test_two_threads_do_not_leave_the_style_behind():
    from initviz.plots.style import styled

    before, inside, leave = dict(rcParams), threading.Event(), threading.Event()

    def first():
        with styled():
            inside.set()
            leave.wait(5)

    def second():
        with styled():
            pass

    threads = [threading.Thread(target=each) for each in (first, second)]
    threads[0].start()
    inside.wait(5)
    threads[1].start()
    leave.set()
    for thread in threads:
        thread.join()
    assert {k for k in before if rcParams[k] != before[k]} == set()


@pytest.mark.parametrize(
    "theirs",
    [
        {"figure.autolayout": True},
        {"figure.constrained_layout.use": True},
        {"axes.grid": True, "lines.linewidth": 9, "font.family": ["serif"], "axes.labelpad": 30},
    ],
)
def test_a_picture_does_not_ask_for_the_users_settings(theirs):
    run = iv.train(SMALL)
    pixels = []
    for settings in ({}, theirs):
        with rc_context(settings):
            figure = iv.plots.overview(run)
            figure.canvas.draw()
            pixels.append(np.asarray(figure.canvas.buffer_rgba()).copy())
    np.testing.assert_array_equal(*pixels)


X = np.random.default_rng(0).normal(size=(12, 2))
EDGES = {
    "no hidden layer": ({"hidden_layers": ()}, None),
    "targets of 1e200": ({}, iv.Dataset("huge", X, X[:, 0] * 1e200, "regression")),
    "equal targets": ({}, iv.Dataset("flat", X, np.full(12, 3.0), "regression")),
}
SCENES = {
    "main": iv.plots.Overview,
    "saturation": iv.plots.saturation.SaturationScene,
    "schemes": iv.plots.schemes.SchemesScene,
    "race": iv.plots.race.RaceScene,
    "depth": iv.plots.depth.DepthScene,
    "phase": iv.plots.phase.PhaseScene,
    "jacobian": iv.plots.jacobian.SpectrumScene,
    "checkup": iv.plots.vitals.CheckupScene,
    "clinic": iv.plots.vitals.ClinicScene,
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("edge", EDGES)
def test_every_legal_experiment_has_a_picture(edge, scene):
    settings, data = EDGES[edge]
    run = iv.train(replace(SMALL, epochs=2, **settings), data)
    for pinned in (None, run):
        figure = iv.plots.picture(SCENES[scene], run, 0, pinned)
        figure.canvas.draw()
        assert (np.asarray(figure.canvas.buffer_rgba()) != 255).any()
