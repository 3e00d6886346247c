"""Runs: what they hold, and what can be asked of them."""

import csv
import io
from dataclasses import replace
from math import nan

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from training.problems import SMALL, refuses

import initviz as iv
from initviz.networks.losses import LOSSES, encode_targets
from initviz.training.run import guessing_loss

DIVERGING = iv.Experiment(
    hidden_layers=(16, 16, 16), activation="relu", scale=1e2, learning_rate=1e2, epochs=20
)


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


# Starts that differ from layer to layer, and starts that are given


def test_epochs_to_is_the_first_epoch_at_or_below_a_loss():
    run = iv.train(SMALL)
    line = float(np.median(run.losses[-1]))
    for restart, first in enumerate(run.epochs_to(line)):
        below = np.flatnonzero(run.losses[:, restart] <= line)
        assert first == (below[0] if below.size else np.inf)
    assert np.isinf(run.epochs_to(-1)).all()


def test_a_runs_final_losses_are_its_last_row():
    run = iv.train(SMALL)
    np.testing.assert_array_equal(run.loss, run.losses[-1])
    assert run.loss_name == "binary_cross_entropy"


def test_a_network_in_place_of_a_run_and_the_other_way_round():
    run = iv.train(SMALL)
    for asked in (iv.explain, iv.plots.overview):
        with refuses("run='Network': give an initviz.Run, as train(experiment) returns"):
            asked(run.network_at(0))
    for asked in (
        iv.saturation,
        iv.always_saturated,
        iv.mean_slope,
        iv.dead,
        iv.forward,
        iv.lsuv,
        iv.activation_statistics,
        iv.signal_spread,
        iv.participation_ratio,
        lambda network, _: iv.symmetry(network),
        lambda network, X: iv.gradients(network, X, run.probe_targets, run.loss_name),
        lambda network, X: iv.cosine(network, *X[:2]),
        lambda network, X: iv.jacobian(network, X[0]),
        lambda network, X: iv.jacobian_singular_values(network, X[0]),
    ):
        with refuses("network='Run': give an initviz.Network, such as"):
            asked(run, run.probe)


def test_the_name_of_somebodys_data_is_printed_as_letters():
    X, y = iv.DATASETS["xor"].X, iv.DATASETS["xor"].y
    data = iv.Dataset("\x1b[2J\u202e" + 500 * "a", X, y, "binary")
    text = repr(iv.train(iv.Experiment(epochs=1, restarts=1), data))
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "on \ufffd[2J\ufffdaaa" in text
    assert max(map(len, text.splitlines())) < 200
