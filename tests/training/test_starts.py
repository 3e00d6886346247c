"""Starts that differ from layer to layer, and starts that are given."""

import inspect
import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from training.problems import FIELDS, SMALL, refuses

import initviz as iv
from initviz.training.experiment import ELSEWHERE
from initviz.training.run import guessing_loss


def test_every_layer_can_have_a_scheme_and_a_bias_of_its_own():
    schemes, biases = ("zeros", "normal", "constant"), (1.0, "same", 0.25)
    mixed = replace(SMALL, hidden_layers=(3, 4), initializer=schemes, bias=biases, scale=0.5)
    first, second, output = zip(*_start(mixed), strict=True)
    assert (first[0] == 0).all()
    assert (first[1] == 1).all()
    assert len(np.unique(second[0])) == second[0].size
    assert len(np.unique(second[1])) == second[1].size
    assert (output[0] == 0.5).all()
    assert (output[1] == 0.25).all()
    assert iv.Experiment.from_json(mixed.to_json()) == mixed


def _start(experiment):
    network = iv.train(experiment).network_at(0)
    return network.weights, network.biases


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"initializer": ("zeros", "normal")},
            "initializer=('zeros', 'normal'): give one value, or 3",
        ),
        (
            {"initializer": ("zeros", "normal", "nomal")},
            "initializer='nomal': did you mean 'normal'",
        ),
        ({"bias": (0, 1)}, "bias=(0.0, 1.0): give one value, or 3"),
        ({"bias": (0, 1, "some")}, "bias='some'"),
        ({"noise": -1}, "noise=-1"),
        ({"bias_std": -0.1}, "bias_std=-0.1"),
    ],
)
def test_a_start_that_does_not_fit_the_layers_is_named(settings, message):
    with refuses(message):
        iv.Experiment(hidden_layers=(3, 4), **settings)


def test_noise_lies_on_top_of_everything_and_changes_no_other_number():
    still = replace(SMALL, initializer="normal", bias=0.5, epochs=1, restarts=200)
    plain, noisy = _start(still), _start(replace(still, noise=1e-2))
    for kind, noisy_kind in zip(plain, noisy, strict=True):
        noise = np.concatenate([(b - a).ravel() for a, b in zip(kind, noisy_kind, strict=True)])
        assert noise.std() == pytest.approx(1e-2, rel=0.1)
        assert abs(noise.mean()) < 5e-2 * 1e-2
    twice = _start(replace(still, noise=2e-2))
    np.testing.assert_allclose(
        twice[0][0] - plain[0][0], 2 * (noisy[0][0] - plain[0][0]), atol=1e-6
    )


def test_the_draw_on_top_of_the_biases_changes_no_other_number_and_knows_no_scale():
    still = replace(SMALL, bias=0.5, noise=1e-3, epochs=1, restarts=200)
    plain, wide = _start(still), _start(replace(still, bias_std=0.3))
    for W, drawn in zip(plain[0], wide[0], strict=True):
        np.testing.assert_array_equal(W, drawn)
    on_top = np.concatenate([(b - a).ravel() for a, b in zip(plain[1], wide[1], strict=True)])
    assert on_top.std() == pytest.approx(0.3, rel=0.1)
    assert abs(on_top.mean()) < 5e-2 * 0.3
    louder = _start(replace(still, bias_std=0.3, scale=7.0))
    quiet = _start(replace(still, scale=7.0))
    np.testing.assert_allclose(louder[1][0] - quiet[1][0], wide[1][0] - plain[1][0], atol=1e-6)


def test_a_given_network_is_trained_in_place_of_a_drawn_one():
    drawn = iv.train(SMALL)
    start = drawn.network_at(0)
    other = replace(SMALL, initializer="zeros", scale=7.0, seed=9)
    np.testing.assert_array_equal(iv.train(other, network=start).losses, drawn.losses)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"restarts": 1}, "network.restarts"),
        ({"activation": "relu"}, "network.activation='relu'"),
        ({"layers": (2, 9, 1)}, "network.layers=(2, 9, 1)"),
    ],
)
def test_a_network_that_is_not_the_experiments_is_named(change, message):
    shape = {
        "layers": (2, *SMALL.hidden_layers, 1),
        "restarts": SMALL.restarts,
        "activation": SMALL.activation,
    } | change
    with refuses(message):
        iv.train(SMALL, network=iv.init_network(**shape))
    with refuses("network='list'"):
        iv.train(SMALL, network=[])


@pytest.mark.parametrize("name", ["initializer", "bias"])
def test_a_tuple_in_a_tuple_is_refused(name):
    with pytest.raises(ValueError, match=name):
        iv.Experiment(**{name: (("zeros",), "normal", "normal")})


@pytest.mark.parametrize("part", ["weights", "biases"])
def test_a_start_of_broken_shapes_is_refused(part):
    from dataclasses import replace

    start = iv.train(iv.Experiment(epochs=1, restarts=2)).network_at(0)
    with pytest.raises(ValueError, match=r"^biases\.shape=.*: with these weights give \["):
        replace(start, **{part: tuple(a[:1] for a in getattr(start, part))})


def test_a_given_start_is_cast_to_the_experiments_dtype():
    start = iv.init_network((2, 16, 16, 1), restarts=1)
    run = iv.train(iv.Experiment(epochs=1, restarts=1, dtype="float32"), network=start)
    assert run.weights[0].dtype == np.float32


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"lr": 0.1}, "lr: this setting is called learning_rate"),
        ({"init": "normal"}, "init: this setting is called initializer"),
        ({"n_restarts": 3}, "n_restarts: this setting is called restarts"),
        ({"random_state": 3}, "random_state: this setting is called seed"),
        ({"hidden": (3,)}, "hidden: this setting is called hidden_layers"),
        ({"hidden_layer_sizes": (3,)}, "hidden_layer_sizes: this setting is called hidden_layers"),
        ({"batch": 3}, "batch: this setting is called batch_size"),
        ({"n_epochs": 3}, "n_epochs: this setting is called epochs"),
        ({"data": "moons"}, "data: this setting is called dataset"),
        ({"solver": "adam"}, "solver: this setting is called optimizer"),
        ({"activations": "relu"}, "setting='activations': did you mean 'activation'"),
        ({"LR": 0.1}, "LR: this setting is called learning_rate"),
        ({"n_layers": 3}, "n_layers: this setting is called hidden_layers"),
        ({"self": 1}, "setting='self': "),
    ],
)
def test_names_from_elsewhere_are_told_ours(settings, sentence):
    for guess in (
        lambda: iv.Experiment(**settings),
        lambda: replace(SMALL, **settings),
        lambda: iv.Experiment.from_json(json.dumps(settings)),
    ):
        with refuses(sentence) as error:
            guess()
        assert "\n" not in str(error.value)


def test_what_they_are_called_elsewhere_is_none_of_our_names_and_leads_to_one():
    for name, ours in ELSEWHERE.items():
        assert name not in FIELDS
        assert ours.split(",")[0] in FIELDS


def test_an_editor_still_sees_the_settings():
    names = [*inspect.signature(iv.Experiment).parameters]
    assert names == FIELDS
    with pytest.raises(TypeError, match="positional"):
        iv.Experiment("moons", (3,), "tanh", "normal", 1.0, 0.0, "squared_error")


def test_a_run_says_in_three_lines_what_it_is():
    e = replace(SMALL, epochs=3)
    run = iv.train(e)
    what, how, then = repr(run).splitlines()
    assert f"{e.restarts} networks 2-" in what
    assert e.initializer in what
    assert "epoch" not in what
    start, end = (f"{np.median(losses):.3g}" for losses in (run.losses[0], run.loss))
    learnt = sum(float(loss) < guessing_loss(run) / 4 for loss in run.loss)
    assert f"{start} → {end}" in how
    assert f"{learnt} of {e.restarts} learnt well" in how
    assert "run.plot()" in then
    part = next(part for part in iv.stream(e, seconds=0) if part is not None and not part.finished)
    assert part.progress in repr(part)


def test_a_runs_table_has_a_row_for_every_epoch_and_restart():
    run = iv.train(replace(SMALL, epochs=3, restarts=2))
    table = run.to_frame()
    assert [*table] == ["epoch", "restart", "loss", "accuracy"]
    rows = [
        (epoch, restart, float(run.losses[epoch, restart]), float(run.accuracies[epoch, restart]))
        for epoch in range(4)
        for restart in range(2)
    ]
    assert [*table.itertuples(index=False, name=None)] == rows
    line = iv.Dataset("line", [[0.0], [1.0]], [0.0, 1.0], "regression")
    assert [*iv.train(SMALL, line).to_frame()] == ["epoch", "restart", "loss"]


def test_a_runs_picture_is_the_overview():
    run = iv.train(replace(SMALL, epochs=3))
    for epoch in (None, 1):
        one, other = (
            figure.canvas.get_renderer().buffer_rgba().tobytes()
            for figure in (drawn(run.plot(epoch)), drawn(iv.plots.overview(run, epoch)))
        )
        assert one == other


def drawn(figure):
    FigureCanvasAgg(figure).draw()
    return figure
