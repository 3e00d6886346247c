"""Both training loops against a readable one made of ``forward`` and ``gradients``."""

import subprocess
import sys
from dataclasses import replace
from functools import partial
from itertools import combinations
from runpy import run_module

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from training.problems import full_and_mini_batches, refuses

import initviz as iv
from initviz.networks.network import gradient
from initviz.training import loops

every_activation = pytest.mark.parametrize("activation", iv.ACTIVATIONS)
with_and_without_momentum = pytest.mark.parametrize("momentum", [0.0, 0.9])

# The five samples of a problem, split into a batch of three and one of two in every way.
SPLITS = [[[*s], [n for n in range(5) if n not in s]] for s in combinations(range(5), 3)]


@pytest.fixture(params=loops.LOOPS)
def train(request):
    """Training by either loop."""
    if request.param == "compiled":
        pytest.importorskip("numba")
    return partial(iv.train, loop=request.param)


def in_its_unit(activation, learning_rate):
    """Where a sine does not make chaos of rounding."""
    unit = iv.ACTIVATIONS[activation].unit
    return {"activation": activation, "scale": unit, "learning_rate": unit**2 * learning_rate}


def experiment(problem, activation="sigmoid", **settings):
    usual = {
        "hidden_layers": (4, 3),
        "loss": problem.loss,
        "initializer": "he_normal",
        "bias": "same",
        **in_its_unit(activation, 0.03),
        "epochs": 4,
        "restarts": 3,
        "dtype": "float64",
    }
    return iv.Experiment(**{**usual, **settings})


def epoch_of(batches, run, network, velocity):
    """Network and velocity after one epoch of gradient descent, as the textbook writes it."""
    settings, data = run.experiment, run.dataset
    for batch in batches:
        _, slopes = gradient(network, data.X[batch], data.y[batch], run.loss_name)
        pairs = zip(velocity, slopes.arrays, strict=True)
        velocity = [settings.momentum * v + slope for v, slope in pairs]
        steps = zip(network.arrays, velocity, strict=True)
        network = network.with_arrays(p - settings.learning_rate * v for p, v in steps)
    return network, velocity


def same(network, other):
    pairs = zip(network.arrays, other.arrays, strict=True)
    return all(np.allclose(p, q, rtol=1e-9, atol=1e-12) for p, q in pairs)


def follow(run, splits):
    """Check a run against the readable loop; return the splits that reproduce each epoch."""
    network, velocity = run.network_at(0), [0.0] * len(run.network_at(0).arrays)
    found = []
    for epoch, losses in enumerate(run.losses):
        data = run.dataset
        assert same(network, run.network_at(epoch)), f"epoch {epoch}"
        assert_allclose(losses, iv.gradients(network, data.X, data.y, run.loss_name)[0], rtol=1e-9)
        if epoch < run.epoch:
            ways = [(split, *epoch_of(split, run, network, velocity)) for split in splits]
            fits = [way for way in ways if same(way[1], run.network_at(epoch + 1))]
            assert fits, f"no order of the samples leads from epoch {epoch} to the next"
            _, network, velocity = fits[0]
            found.append([way[0] for way in fits])
    return found


@with_and_without_momentum
@every_activation
def test_full_batch_training_is_the_readable_loop(train, activation, momentum, problem):
    e = experiment(problem, activation=activation, momentum=momentum)
    follow(train(e, data=problem.data), splits=[[range(5)]])


@pytest.mark.parametrize("hidden_layers", [(), (1,), (1, 1), (4, 1, 3), (2, 5, 2, 5), (6, 5, 4)])
@pytest.mark.parametrize("activation", ["sigmoid", "selu"])
def test_any_layers_train_as_the_readable_loop(train, activation, hidden_layers, problem):
    e = experiment(problem, activation=activation, hidden_layers=hidden_layers)
    follow(train(e, data=problem.data), splits=[[range(5)]])


@with_and_without_momentum
@every_activation
def test_mini_batch_training_is_the_readable_loop(train, activation, momentum, problem):
    e = experiment(problem, activation=activation, momentum=momentum, batch_size=3)
    follow(train(e, data=problem.data), SPLITS)


def test_batches_change_with_epoch_and_seed_but_not_with_scheme_or_restarts(train, problem):
    e = experiment(problem, activation="tanh", batch_size=3, epochs=8)
    orders = [
        [order for (order,) in follow(train(other, data=problem.data), SPLITS)]
        for other in (e, replace(e, initializer="normal", restarts=1), replace(e, seed=1))
    ]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert len({str(order) for order in orders[0]}) > 1


@pytest.mark.parametrize("batch_size", [5, 6, 1000])
def test_a_batch_of_all_samples_is_the_full_batch(train, batch_size, problem):
    e = experiment(problem)
    full = train(e, data=problem.data)
    batched = train(replace(e, batch_size=batch_size), data=problem.data)
    assert_array_equal(full.losses, batched.losses)


@full_and_mini_batches
def test_nor_where_only_some_have_equal_units(train, way, monkeypatch):
    def sometimes(rng, shape, scale):
        W = rng.normal(size=shape)
        if rng.random() < 0.2:
            W[1:2] = W[:1]
        return W

    monkeypatch.setitem(iv.INITIALIZERS, "sometimes", sometimes)
    start = {"initializer": "sometimes", "hidden_layers": (16, 5), "activation": "tanh"}
    e = iv.Experiment("circles", **start, epochs=20, restarts=8, **way)
    eight = train(e)
    for restarts in range(1, 8):
        fewer = train(replace(e, restarts=restarts))
        assert_array_equal(fewer.losses, eight.losses[:, :restarts])


@pytest.mark.parametrize("hidden_layers", [(3,), (7,), (6, 5, 3), (33,)])
@pytest.mark.parametrize("way", [{"dataset": "circles", "epochs": 300}, {"batch_size": 30}])
def test_units_that_start_equal_stay_equal_to_the_last_bit(train, hidden_layers, way):
    start = {"hidden_layers": hidden_layers, "initializer": "constant", "scale": 0.5}
    way = {"dataset": "digits", "epochs": 4} | way
    e = iv.Experiment(activation="tanh", learning_rate=0.1, restarts=2, **start, **way)
    end = train(e).network_at(e.epochs)
    for W, b in zip(end.weights[:-1], end.biases[:-1], strict=True):
        assert_array_equal(W, np.broadcast_to(W[:, :1], W.shape))
        assert_array_equal(b, np.broadcast_to(b[:, :1], b.shape))


@full_and_mini_batches
@every_activation
def test_a_restart_does_not_depend_on_how_many_there_are(train, activation, way):
    e = iv.Experiment(activation=activation, hidden_layers=(16, 5), epochs=8, restarts=8, **way)
    eight = train(e)
    for restarts in range(1, 8):
        fewer = train(replace(e, restarts=restarts))
        assert_array_equal(fewer.losses, eight.losses[:, :restarts])
        assert_array_equal(fewer.accuracies, eight.accuracies[:, :restarts])
        assert_array_equal(fewer.weights[1], eight.weights[1][:, :restarts])


@every_activation
def test_the_weights_before_training_are_the_drawn_ones_to_the_bit(train, activation):
    run = train(iv.Experiment(activation=activation, epochs=3, restarts=4, bias="same"))
    drawn = iv.init_network((2, 16, 16, 1), activation, bias="same", restarts=4, dtype="float32")
    for kept, w in zip(run.network_at(0).arrays, drawn.arrays, strict=True):
        assert_array_equal(kept, w)


@full_and_mini_batches
def test_training_twice_gives_the_same_bits(train, way):
    e = iv.Experiment(epochs=8, restarts=5, **way)
    assert_array_equal(train(e).losses, train(e).losses)


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
def test_float32_follows_float64(train, activation):
    e = iv.Experiment(epochs=20, restarts=4, **in_its_unit(activation, 0.05))
    single, double = train(e), train(replace(e, dtype="float64"))
    assert_allclose(single.losses, double.losses, rtol=1e-4)


# Numbers that are no longer numbers


@every_activation
def test_what_diverges_comes_through_as_it_is(train, activation):
    """In the same epoch in both loops, and as NaN or infinity: nothing is taken to be finite."""
    e = iv.Experiment(activation=activation, scale=30.0, learning_rate=1e6, loss="squared_error")
    data = iv.Dataset("line", np.linspace(-1, 1, 50)[:, None], np.linspace(0, 9, 50), "regression")
    run, readable = train(e, data), iv.train(e, data, loop="plain")
    assert_array_equal(np.isfinite(run.losses[:5]), np.isfinite(readable.losses[:5]))
    if activation not in ("sigmoid", "tanh", "lecun_tanh", "softsign"):  # these are bounded
        assert run.diverged.all()
        assert not np.isfinite(run.weights[0][-1]).all()


def test_what_overflows_is_right_about_nothing(train):
    run = train(iv.Experiment(activation="relu", scale=1e25, epochs=5, loss="squared_error"))
    lost = ~np.isfinite(run.losses)
    assert lost.any()
    assert not run.accuracies[lost].any()


@pytest.mark.parametrize("classes", [1, 2, 4])
def test_accuracy_is_the_share_of_right_answers(train, classes):
    rng = np.random.default_rng(classes)
    X, y = rng.normal(size=(90, 2)), rng.integers(0, max(classes, 2), 90)
    y[: max(classes, 2)] = np.arange(max(classes, 2))
    test = rng.normal(size=(40, 2)), rng.integers(0, max(classes, 2), 40)
    task = "binary" if classes == 1 else "multiclass"
    data = iv.Dataset("rows", X, y, task, *test)
    run = train(iv.Experiment(epochs=20, restarts=3), data)
    output = iv.forward(run.network_at(20), data.X_test)[-1]
    guesses = output[:, 0] > 0.5 if classes == 1 else output.argmax(axis=1)
    assert_allclose(run.accuracies[20], (guesses == data.y_test).mean(axis=1))


# Which of the two


def test_a_run_tells_its_loop_and_one_process_keeps_to_one():
    runs = [iv.train(iv.Experiment(epochs=3)) for _ in range(2)]
    assert {run.loop for run in runs} == {loops.usual_loop()}
    assert f"{loops.usual_loop()} loop" in repr(runs[0])
    assert_array_equal(runs[0].losses, runs[1].losses)
    assert iv.train(iv.Experiment(epochs=3), loop="plain").loop == "plain"


def test_a_loop_that_there_is_not_is_told():
    with refuses("loop='fast': give one of plain, compiled"):
        iv.train(iv.Experiment(), loop="fast")


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
import initviz as iv
print(iv.train(iv.Experiment(epochs=3)).loop)
try:
    iv.train(iv.Experiment(), loop="compiled")
except ValueError as error:
    print(error)
"""


def test_without_numba_the_plain_loop_trains():
    command = [sys.executable, "-c", WITHOUT_NUMBA]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0] == "plain"
    assert said[1].startswith("loop='compiled': it needs numba")
    assert said[1].endswith("pip install 'initviz[fast]'")


def test_the_package_is_imported_without_numba():
    script = "import sys, initviz, initviz.training.train; print('numba' in sys.modules)"
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"


def test_where_the_compiled_loop_cannot_be_kept_one_sentence_says_so(monkeypatch, capsys):
    compiled = pytest.importorskip("initviz.training.compiled")

    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiled, "load", lambda: False)
    monkeypatch.setattr(compiled, "compile_all", full)
    monkeypatch.delitem(sys.modules, "initviz.training.loops")
    run_module("initviz.training.loops", run_name="__main__")
    said = "Networks will train by the plain loop: [Errno 28] No space left on device\n"
    assert capsys.readouterr() == ("", said)
