"""Experiments, the runs they give, and the claims on XOR."""

import csv
import inspect
import io
import json
import re
from dataclasses import asdict, fields, replace
from math import inf, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize

import initviz as iv
from initviz.networks.losses import LOSSES, encode_targets
from initviz.training.experiment import ELSEWHERE
from initviz.training.run import guessing_loss

SMALL = iv.Experiment(hidden_layers=(5,), epochs=6, restarts=3)
DIVERGING = iv.Experiment(
    hidden_layers=(16, 16, 16), activation="relu", scale=1e2, learning_rate=1e2, epochs=20
)


def refuses(message):
    return pytest.raises(ValueError, match=f"^{re.escape(message)}")


# Experiments

finite = {"allow_nan": False, "allow_infinity": False}
EXPERIMENTS = st.builds(
    iv.Experiment,
    dataset=st.sampled_from(list(iv.DATASETS)) | st.text(),
    hidden_layers=st.lists(st.integers(1, 5000), max_size=6),
    activation=st.sampled_from(list(iv.ACTIVATIONS)),
    initializer=st.sampled_from(list(iv.INITIALIZERS)),
    scale=st.floats(0, **finite),
    bias=st.floats(**finite) | st.just("same"),
    loss=st.none() | st.sampled_from(list(iv.LOSSES)),
    learning_rate=st.floats(0, exclude_min=True, **finite),
    momentum=st.floats(0, 1, exclude_max=True),
    batch_size=st.none() | st.integers(1),
    epochs=st.integers(1),
    restarts=st.integers(1),
    seed=st.integers(0),
    dtype=st.sampled_from(["float32", "float64"]),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
FIELDS = [field.name for field in fields(iv.Experiment)]


@given(EXPERIMENTS)
def test_an_experiment_comes_back_from_json_as_it_was(experiment):
    restored = iv.Experiment.from_json(experiment.to_json())
    assert restored == experiment
    assert hash(restored) == hash(experiment)


@given(st.sampled_from(FIELDS), JSON_VALUES)
def test_any_value_in_json_is_either_taken_or_named(field, value):
    text = json.dumps({field: value})
    try:
        experiment = iv.Experiment.from_json(text)
    except ValueError:
        with refuses(f"{field}="):
            iv.Experiment.from_json(text)
    else:
        assert json.loads(experiment.to_json())[field] == value
        assert replace(iv.Experiment(), **{field: getattr(experiment, field)}) == experiment


@given(st.text())
def test_text_that_is_no_json_object_is_refused(text):
    with refuses("text="):
        iv.Experiment.from_json(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"epochs": 20', """text='{"epochs": 20': this is not JSON"""),
        ("[1, 2]", "text='[1, 2]': give a JSON object"),
        ("x" * 500, f"text='{'x' * 78}…: this is not JSON"),
        (None, "text=None"),
        ('{"learning_rates": 1}', "setting='learning_rates': did you mean 'learning_rate'"),
        ('{"epochs": "20"}', "epochs='20'"),
        ('{"epochs": 2.0}', "epochs=2.0"),
        ('{"scale": NaN}', "scale=nan"),
        ('{"hidden_layers": [16, null]}', "hidden_layers=None"),
        ('{"momentum": null}', "momentum=None"),
        ('{"dataset": 3}', "dataset=3"),
    ],
)
def test_what_is_wrong_with_the_json_is_named(text, message):
    with refuses(message):
        iv.Experiment.from_json(text)


def test_settings_that_the_json_leaves_out_are_the_usual_ones():
    assert iv.Experiment.from_json("{}") == iv.Experiment()
    assert iv.Experiment.from_json('{"seed": 7}') == iv.Experiment(seed=7)


def test_the_usual_settings_are_those_of_the_design():
    assert asdict(iv.Experiment()) == {
        "dataset": "moons",
        "hidden_layers": (16, 16),
        "activation": "sigmoid",
        "initializer": "glorot_uniform",
        "scale": 1.0,
        "bias": 0.0,
        "loss": None,
        "learning_rate": 0.5,
        "momentum": 0.0,
        "batch_size": None,
        "epochs": 200,
        "restarts": 16,
        "seed": 0,
        "dtype": "float32",
        "noise": 0.0,
        "bias_std": 0.0,
    }


def test_numpy_numbers_become_plain_ones():
    e = iv.Experiment(hidden_layers=[np.int64(4)], scale=np.float32(0.5), epochs=np.int8(3))
    assert json.loads(e.to_json())["hidden_layers"] == [4]
    assert e == iv.Experiment(hidden_layers=(4,), scale=0.5, epochs=3)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("dataset", 3),
        ("dataset", None),
        ("hidden_layers", 16),
        ("hidden_layers", "16"),
        ("hidden_layers", {16}),
        ("activation", "rleu"),
        ("activation", None),
        ("initializer", "hee"),
        ("scale", -0.1),
        ("scale", inf),
        ("scale", nan),
        ("scale", "1"),
        ("scale", True),
        ("bias", "random"),
        ("bias", nan),
        ("bias", False),
        ("bias", None),
        ("loss", "mse"),
        ("loss", 1),
        ("learning_rate", 0),
        ("learning_rate", -1),
        ("learning_rate", inf),
        ("learning_rate", nan),
        ("learning_rate", True),
        ("momentum", 1),
        ("momentum", -0.1),
        ("momentum", nan),
        ("batch_size", 0),
        ("batch_size", 2.5),
        ("batch_size", True),
        ("epochs", 0),
        ("epochs", True),
        ("epochs", 1.5),
        ("restarts", 0),
        ("restarts", True),
        ("seed", -1),
        ("seed", 1.5),
        ("dtype", "float16"),
        ("dtype", float),
    ],
)
def test_a_bad_setting_is_named_with_its_value(setting, value):
    with refuses(f"{setting}={value!r}: "):
        iv.Experiment(**{setting: value})


@pytest.mark.parametrize("units", [-1, 0, 2.5, True, "16", None])
def test_bad_units_of_one_hidden_layer_are_named(units):
    with refuses(f"hidden_layers={units!r}: "):
        iv.Experiment(hidden_layers=(16, units))


def test_an_experiment_cannot_be_changed():
    with pytest.raises(AttributeError):
        SMALL.epochs = 7


@pytest.mark.parametrize(
    ("settings", "data", "message"),
    [
        ({"dataset": "moon"}, None, "dataset='moon': did you mean 'moons'"),
        ({}, "moons", "data='str'"),
        ({"loss": "softmax_cross_entropy"}, None, "loss='softmax_cross_entropy': for a binary"),
        ({"loss": "squared_error", "dataset": "digits"}, None, "loss='squared_error': for a multi"),
    ],
)
def test_train_and_stream_name_what_does_not_fit(settings, data, message):
    for start in (iv.train, lambda *arguments: next(iv.stream(*arguments))):
        with refuses(message):
            start(replace(SMALL, **settings), data)


# Runs


def test_a_run_has_a_row_for_every_epoch_and_one_before():
    run = iv.train(SMALL)
    assert run.losses.shape == run.accuracies.shape == (7, 3)
    assert [w.shape for w in run.weights] == [(7, 3, 5, 2), (7, 3, 1, 5)]
    assert [b.shape for b in run.biases] == [(7, 3, 5, 1), (7, 3, 1, 1)]
    assert run.diverged.tolist() == [False] * 3
    assert (run.epoch, run.finished, run.experiment) == (6, True, SMALL)
    assert run.snapshots.tolist() == list(range(7))


@pytest.mark.parametrize("bias", [0.5, "same"])
def test_row_0_is_the_network_before_any_step(bias, problem):
    e = replace(SMALL, loss=problem.loss, bias=bias, dtype="float64", seed=3)
    run = iv.train(e, data=problem.data)
    start = iv.init_network(
        (3, 5, problem.data.outputs), bias=bias, restarts=3, seed=3, output=problem.output
    )
    for kept, drawn in zip(run.network_at(0).weights, start.weights, strict=True):
        assert_array_equal(kept, drawn)
    assert_allclose(run.losses[0], iv.gradients(start, *problem.data_and_loss)[0], rtol=1e-12)


@pytest.mark.parametrize(
    ("task", "loss", "output"),
    [
        ("binary", "binary_cross_entropy", "sigmoid"),
        ("multiclass", "softmax_cross_entropy", "softmax"),
        ("regression", "squared_error", "identity"),
    ],
)
def test_loss_none_takes_the_datas_own(task, loss, output):
    data = iv.Dataset("two", [[0.0], [1.0]], [0, 1], task)
    run = iv.train(SMALL, data=data)
    assert (run.loss_name, run.output, run.dataset) == (loss, output, data)
    assert (run.accuracies is None) == (task == "regression")


def test_accuracy_is_the_share_of_samples_in_their_class():
    run = iv.train(replace(SMALL, epochs=40))
    data = iv.DATASETS["moons"]
    for epoch in (0, 7, 40):
        hits = (iv.forward(run.network_at(epoch), data.X)[-1][:, 0] > 0.5) == data.y
        assert_allclose(run.accuracies[epoch], hits.mean(axis=1), rtol=1e-12)
    assert run.accuracies[40].min() > 0.7


def test_accuracy_is_measured_on_the_test_part_where_there_is_one():
    run = iv.train(replace(SMALL, dataset="digits", activation="tanh", batch_size=50))
    data = iv.DATASETS["digits"]
    for epoch in range(7):
        hits = iv.forward(run.network_at(epoch), data.X_test)[-1].argmax(axis=1) == data.y_test
        assert_allclose(run.accuracies[epoch], hits.mean(axis=1), rtol=1e-12)
    loss = iv.gradients(run.network_at(6), data.X, data.y, "softmax_cross_entropy")[0]
    assert_allclose(run.losses[6], loss, rtol=1e-5)
    assert run.accuracies[6].min() > 0.5


def test_divergence_is_data_and_no_warning():
    run = iv.train(DIVERGING)
    assert run.losses.dtype == np.float64
    assert np.isfinite(run.losses[0]).all()
    assert not np.isfinite(run.losses[-1]).any()
    assert run.diverged.tolist() == [True] * 16
    assert run.best == 0


@pytest.mark.parametrize("dataset", ["moons", "digits"])
def test_an_output_that_is_no_number_is_a_miss(dataset):
    run = iv.train(replace(DIVERGING, dataset=dataset, scale=1e20, epochs=2, restarts=2))
    assert not np.isfinite(run.losses).any()
    assert run.accuracies.tolist() == [[0, 0]] * 3


def test_an_output_that_is_no_number_is_a_miss_on_the_test_part_too():
    far = [[3e38, -3e38], [-3e38, 3e38]]
    data = iv.Dataset("far", [[1, 2], [3, 4]], [0, 1], "binary", X_test=far, y_test=[0, 0])
    run = iv.train(replace(SMALL, activation="identity", scale=3.0, epochs=1), data=data)
    lost = np.isnan(iv.forward(run.network_at(0), far)[-1]).all(axis=(1, 2))
    assert lost.any()
    assert (run.accuracies[0, lost] == 0).all()


def test_the_best_restart_has_the_lowest_final_loss():
    run = iv.train(replace(SMALL, restarts=9, epochs=30))
    assert run.losses[-1, run.best] == run.losses[-1].min()
    assert len(set(run.losses[-1])) == 9


def test_a_diverged_restart_is_never_the_best():
    run = iv.train(replace(DIVERGING, hidden_layers=(16, 16)))
    assert 0 < run.diverged.sum() < 16
    assert not run.diverged[run.best]
    assert run.losses[-1, run.best] == np.nanmin(run.losses[-1])


def test_the_arrays_of_a_run_are_read_only():
    run = iv.train(SMALL)
    for array in (run.losses, run.accuracies, run.snapshots, *run.weights, *run.biases):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("snapshots", [2, 5, 20])
def test_snapshots_are_bounded_and_keep_start_and_end(snapshots, monkeypatch):
    e = replace(SMALL, epochs=100)
    network = iv.train(e).network_at(0)
    size = sum(p.nbytes for p in (*network.weights, *network.biases))
    monkeypatch.setattr("initviz.training.train.SNAPSHOT_BYTES", snapshots * size + size // 2)
    run = iv.train(e)
    assert 2 <= len(run.snapshots) <= snapshots
    assert sum(p.nbytes for p in (*run.weights, *run.biases)) == len(run.snapshots) * size
    assert run.snapshots[[0, -1]].tolist() == [0, 100]
    assert (np.diff(run.snapshots) > 0).all()


def test_start_and_end_are_kept_however_little_room_there_is(monkeypatch):
    full = iv.train(SMALL)
    monkeypatch.setattr("initviz.training.train.SNAPSHOT_BYTES", 1)
    run = iv.train(SMALL)
    assert run.snapshots.tolist() == [0, 6]
    assert_array_equal(run.weights[0], full.weights[0][[0, 6]])
    assert_array_equal(run.losses, full.losses)


def test_network_at_takes_the_nearest_snapshot(monkeypatch):
    full = iv.train(replace(SMALL, epochs=50))
    monkeypatch.setattr("initviz.training.train.SNAPSHOT_BYTES", 2000)
    run = iv.train(replace(SMALL, epochs=50))
    assert 2 < len(run.snapshots) < 50
    for epoch in range(51):
        nearest = min(run.snapshots, key=lambda kept: abs(kept - epoch))
        weights = run.network_at(epoch).weights
        assert_array_equal(weights[1], full.weights[1][nearest])


@pytest.mark.parametrize("epoch", [-1, 7, nan])
def test_an_epoch_that_was_not_trained_is_named(epoch):
    with refuses(f"epoch={epoch!r}: give an epoch from 0 to 6"):
        iv.train(SMALL).network_at(epoch)


def test_to_csv_reads_back_to_the_same_numbers():
    run = iv.train(SMALL)
    rows = list(csv.DictReader(io.StringIO(run.to_csv())))
    assert len(rows) == run.losses.size
    for row in rows:
        at = int(row["epoch"]), int(row["restart"])
        assert float(row["loss"]) == run.losses[at]
        assert float(row["accuracy"]) == run.accuracies[at]


def test_to_csv_of_a_regression_has_no_accuracy():
    data = iv.Dataset("two", [[0.0], [1.0]], [0.0, 1.0], "regression")
    lines = iv.train(replace(SMALL, epochs=1, restarts=1), data=data).to_csv().splitlines()
    assert lines[0] == "epoch,restart,loss"
    assert len(lines) == 3


def test_the_probe_is_at_most_300_training_samples():
    run = iv.train(replace(SMALL, dataset="digits", epochs=1))
    assert_array_equal(run.probe, iv.DATASETS["digits"].X[:300])
    assert_array_equal(run.probe_targets, iv.DATASETS["digits"].y[:300])
    assert len(iv.train(SMALL).probe) == 100


def test_guessing_gives_the_loss_of_the_best_constant(problem):
    data, loss = problem.data, LOSSES[problem.loss]
    targets = encode_targets(data.y, problem.loss, data.outputs)

    def loss_of(constant):
        z = np.broadcast_to(constant[None, :, None], (1, data.outputs, 5))
        return loss.value(z, targets, problem.output)[0]

    run = iv.train(replace(SMALL, loss=problem.loss), data=data)
    best = minimize(loss_of, np.zeros(data.outputs)).fun
    assert guessing_loss(run) == pytest.approx(best, rel=1e-8)


# Runs on the way


def assert_prefix(part, run):
    rows, kept = part.epoch + 1, len(part.snapshots)
    assert_array_equal(part.losses, run.losses[:rows])
    assert_array_equal(part.accuracies, run.accuracies[:rows])
    assert part.snapshots.tolist() == [s for s in run.snapshots if s <= part.epoch]
    for a, b in zip((*part.weights, *part.biases), (*run.weights, *run.biases), strict=True):
        assert_array_equal(a, b[:kept])


@pytest.mark.parametrize("batch_size", [None, 30])
def test_what_stream_hands_out_on_the_way_are_beginnings_of_the_whole(batch_size, monkeypatch):
    monkeypatch.setattr("initviz.training.train.SNAPSHOT_BYTES", 2000)
    e = replace(SMALL, epochs=20, batch_size=batch_size)
    run, parts = iv.train(e), [part for part in iv.stream(e, seconds=0) if part is not None]
    epochs = [part.epoch for part in parts]
    assert epochs == sorted(epochs)
    assert len(set(epochs)) > 1  # a few epochs are measured together
    assert epochs[-1] == 20
    for part in parts:  # looked at after the end: nothing in them may have changed
        assert_prefix(part, run)
        assert part.finished == (part.epoch == 20)


def test_stream_hands_out_none_before_there_is_anything_to_see(monkeypatch):
    monkeypatch.setattr(
        "initviz.training.engine.CACHE_BYTES", 1
    )  # one block for each of the restarts
    parts = list(iv.stream(SMALL, seconds=0))
    first = next(i for i, part in enumerate(parts) if part is not None)
    assert first > 0
    assert None not in parts[first:]


def test_stream_ends_with_the_whole_run():
    (run,) = iv.stream(SMALL, seconds=60)
    assert_prefix(iv.train(SMALL), run)
    assert run.finished


def test_progress_shows_a_bar_and_changes_nothing(capsys):
    run = iv.train(SMALL, progress=True)
    assert "6 of 6" in capsys.readouterr().err
    assert_prefix(run, iv.train(SMALL))
    assert run.finished


# XOR with two hidden units

XOR = iv.Experiment(
    dataset="xor",
    hidden_layers=(2,),
    initializer="uniform",
    bias="same",
    loss="squared_error",
    momentum=0.9,
    epochs=5000,
    restarts=1000,
)


def test_xor_is_solved_from_random_weights_at_the_known_rate():
    solved = iv.train(XOR).accuracies[-1] == 1
    known = 0.86  # of 1000 restarts as well, so both sides have the binomial error
    error = sqrt(2 * known * (1 - known) / 1000)
    assert abs(solved.mean() - known) < 3 * error


@pytest.mark.parametrize("bias", [0.0, 0.5, "same"])
@pytest.mark.parametrize("weight", [0.0, 0.1, 1.0, 3.0])
def test_xor_is_never_solved_from_equal_weights(weight, bias):
    equal = replace(XOR, initializer="constant", scale=weight, bias=bias, restarts=1)
    run = iv.train(equal)
    assert run.accuracies.max() < 1
    assert run.losses.min() > 0.1
    assert iv.symmetry(run.network_at(5000)).distinct.tolist() == [[1]]


# Starts that differ from layer to layer, and starts that are given


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


def test_epochs_to_is_the_first_epoch_at_or_below_a_loss():
    run = iv.train(SMALL)
    line = float(np.median(run.losses[-1]))
    for restart, first in enumerate(run.epochs_to(line)):
        below = np.flatnonzero(run.losses[:, restart] <= line)
        assert first == (below[0] if below.size else np.inf)
    assert np.isinf(run.epochs_to(-1)).all()


@pytest.mark.parametrize("name", ["initializer", "bias"])
def test_a_tuple_in_a_tuple_is_refused(name):
    with pytest.raises(ValueError, match=name):
        iv.Experiment(**{name: (("zeros",), "normal", "normal")})


@pytest.mark.parametrize("part", ["weights", "biases"])
def test_a_start_of_broken_shapes_is_refused(part):
    from dataclasses import replace

    experiment = iv.Experiment(epochs=1, restarts=2)
    start = iv.train(experiment).network_at(0)
    broken = replace(start, **{part: tuple(a[:1] for a in getattr(start, part))})
    with pytest.raises(ValueError, match="network"):
        iv.train(experiment, network=broken)


def test_a_given_start_is_cast_to_the_experiments_dtype():
    start = iv.init_network((2, 16, 16, 1), restarts=1)
    run = iv.train(iv.Experiment(epochs=1, restarts=1, dtype="float32"), network=start)
    assert run.weights[0].dtype == np.float32


def test_names_are_known_whatever_their_case_and_kept_as_we_write_them():
    e = iv.Experiment(
        dataset="Moons",
        activation="ReLU",
        initializer=("He_Normal", "ZEROS", "normal"),
        bias=("Same", 0, "Normal"),
        loss="Squared_Error",
        dtype="FLOAT64",
    )
    assert (e.dataset, e.activation, e.loss, e.dtype) == (
        "moons",
        "relu",
        "squared_error",
        "float64",
    )
    assert (e.initializer, e.bias) == (("he_normal", "zeros", "normal"), ("same", 0.0, "normal"))
    assert iv.Experiment.from_json('{"Scale": 2}').scale == 2


def test_a_seed_of_any_length_can_be_printed_and_saved():
    seed = 10**4400
    e = iv.Experiment(seed=seed, epochs=1)
    assert len(repr(e)) < 1000
    assert iv.Experiment.from_json(e.to_json()) == e
    kept, given = (iv.init_network((2, 3, 1), seed=s).weights[0] for s in (e.seed, seed))
    assert np.array_equal(kept, given)
    assert iv.Experiment(seed=2**128 - 1).seed == 2**128 - 1


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
        ({"optimizer": "adam"}, "optimizer: there is one, gradient descent"),
        ({"activations": "relu"}, "setting='activations': did you mean 'activation'"),
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


def test_a_runs_final_losses_are_its_last_row():
    run = iv.train(SMALL)
    np.testing.assert_array_equal(run.loss, run.losses[-1])
    assert run.loss_name == "binary_cross_entropy"


def test_x_and_y_are_data():
    X, y = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30) % 3
    known = iv.Dataset("yours", X, y, "multiclass")
    expected = iv.train(SMALL, known)
    for run in (
        iv.train(SMALL, X, y),
        iv.train(SMALL, data=(X, y)),
        iv.train(SMALL, X.tolist(), y.tolist(), progress=True),
        [*iv.stream(SMALL, X, y, seconds=0)][-1],
        [*iv.stream(SMALL, data=(X, y))][-1],
    ):
        np.testing.assert_array_equal(run.losses, expected.losses)
        assert run.dataset.task == "multiclass"
    table = iv.sweep(SMALL, {"scale": [1.0]}, data=(X, y), n_jobs=1, progress=False)
    np.testing.assert_array_equal(table.loss, expected.loss)


@pytest.mark.parametrize("data", [np.zeros((3, 2)), [1, 2, 3], (1, 2, 3), "moons"])
def test_data_that_is_none_is_one_sentence(data):
    with refuses(f"data='{type(data).__name__}': give an initviz.Dataset"):
        iv.train(SMALL, data)
    with refuses(f"data='{type(data).__name__}': give an initviz.Dataset"):
        iv.sweep(SMALL, {"scale": [1.0]}, data=data)


def test_a_network_in_place_of_a_run_and_the_other_way_round():
    run = iv.train(SMALL)
    for asked in (iv.explain, iv.plots.overview):
        with refuses("run='Network': give an initviz.Run, as train(experiment) returns"):
            asked(run.network_at(0))
    for asked in (iv.saturation, iv.forward, iv.activation_statistics):
        with refuses("network='Run': give an initviz.Network, such as"):
            asked(run, run.probe)
