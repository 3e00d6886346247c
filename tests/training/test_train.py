"""Training: whole runs, their beginnings on the way, and whether they learn."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from training.problems import SMALL, refuses

import initviz as iv

# Experiments


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
    monkeypatch.setattr("initviz.training.loops.BLOCK_BYTES", 1)  # one for each of the restarts
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


@pytest.mark.once  # the known rate is that of the method
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


def test_data_by_the_names_of_its_arrays_is_said_how_to_give():
    with refuses("X: give data as in train(experiment, X, y), or as data="):
        iv.train(SMALL, X=[[0.0], [1.0]], y=[0, 1])


@pytest.mark.parametrize("seconds", [-1, np.nan, "1", None, [1], np.ones(2)])
def test_seconds_that_are_none_are_refused(seconds):
    with pytest.raises(ValueError, match=r"^seconds=.*: give a number of at least 0$"):
        next(iv.stream(SMALL, seconds=seconds))
    with pytest.raises(ValueError, match=r"^seconds=.*: give a number of at least 0$"):
        next(iv.stream_trainability(SMALL, seconds=seconds))


def test_who_gives_no_experiment_is_told_what_one_is():
    for ask in (iv.train, iv.stream, iv.explore, lambda e: next(iv.stream_trainability(e))):
        with pytest.raises(
            ValueError, match=r"^experiment='moons': give an initviz.Experiment, su"
        ):
            ask("moons")
