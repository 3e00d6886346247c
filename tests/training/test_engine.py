"""The fast training loop against a readable one made of ``forward`` and ``gradients``."""

import subprocess
import sys
import threading
import time
import tracemalloc
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

import initviz as iv
from initviz.networks.losses import encode_targets
from initviz.training import engine

every_activation = pytest.mark.parametrize("activation", iv.ACTIVATIONS)
with_and_without_momentum = pytest.mark.parametrize("momentum", [0.0, 0.9])
WAYS = [{"batch_size": None}, {"batch_size": 32}, {"batch_size": 32, "dtype": "float64"}]
full_and_mini_batches = pytest.mark.parametrize("way", WAYS)

# The five samples of a problem, split into a batch of three and one of two in every way.
SPLITS = [[[*s], [n for n in range(5) if n not in s]] for s in combinations(range(5), 3)]


def experiment(problem, **settings):
    usual = {
        "hidden_layers": (4, 3),
        "loss": problem.loss,
        "initializer": "he_normal",
        "bias": "same",
        "learning_rate": 0.03,
        "epochs": 4,
        "restarts": 3,
        "dtype": "float64",
    }
    return iv.Experiment(**{**usual, **settings})


def parameters(network):
    return [*network.weights, *network.biases]


def epoch_of(batches, run, network, velocity):
    """Network and velocity after one epoch of gradient descent, as the textbook writes it."""
    settings, data = run.experiment, run.dataset
    for batch in batches:
        _, dW, db = iv.gradients(network, data.X[batch], data.y[batch], run.loss_name)
        velocity = [settings.momentum * v + g for v, g in zip(velocity, [*dW, *db], strict=True)]
        steps = zip(parameters(network), velocity, strict=True)
        moved = tuple(p - settings.learning_rate * v for p, v in steps)
        layers = len(network.weights)
        network = replace(network, weights=moved[:layers], biases=moved[layers:])
    return network, velocity


def same(network, other):
    pairs = zip(parameters(network), parameters(other), strict=True)
    return all(np.allclose(p, q, rtol=1e-9, atol=1e-12) for p, q in pairs)


def follow(run, splits):
    """Check a run against the readable loop; return the splits that reproduce each epoch."""
    network, velocity = run.network_at(0), [0.0] * len(parameters(run.network_at(0)))
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
def test_full_batch_training_is_the_readable_loop(activation, momentum, problem):
    e = experiment(problem, activation=activation, momentum=momentum)
    follow(iv.train(e, data=problem.data), splits=[[range(5)]])


@pytest.mark.parametrize("hidden_layers", [(), (1,), (1, 1), (4, 1, 3), (2, 5, 2, 5)])
@pytest.mark.parametrize("activation", ["sigmoid", "selu"])
def test_any_layers_train_as_the_readable_loop(activation, hidden_layers, problem):
    e = experiment(problem, activation=activation, hidden_layers=hidden_layers)
    follow(iv.train(e, data=problem.data), splits=[[range(5)]])


@with_and_without_momentum
@every_activation
def test_mini_batch_training_is_the_readable_loop(activation, momentum, problem):
    e = experiment(problem, activation=activation, momentum=momentum, batch_size=3)
    follow(iv.train(e, data=problem.data), SPLITS)


def test_batches_change_with_epoch_and_seed_but_not_with_scheme_or_restarts(problem):
    e = experiment(problem, activation="tanh", batch_size=3, epochs=8)
    orders = [
        [order for (order,) in follow(iv.train(other, data=problem.data), SPLITS)]
        for other in (e, replace(e, initializer="normal", restarts=1), replace(e, seed=1))
    ]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert len({str(order) for order in orders[0]}) > 1


@pytest.mark.parametrize("batch_size", [5, 6, 1000])
def test_a_batch_of_all_samples_is_the_full_batch(batch_size, problem):
    e = experiment(problem)
    full = iv.train(e, data=problem.data)
    batched = iv.train(replace(e, batch_size=batch_size), data=problem.data)
    assert_array_equal(full.losses, batched.losses)


@full_and_mini_batches
@every_activation
def test_a_restart_does_not_depend_on_how_many_there_are(activation, way):
    e = iv.Experiment(activation=activation, hidden_layers=(16, 5), epochs=8, restarts=8, **way)
    eight = iv.train(e)
    for restarts in range(1, 8):
        fewer = iv.train(replace(e, restarts=restarts))
        assert_array_equal(fewer.losses, eight.losses[:, :restarts])
        assert_array_equal(fewer.accuracies, eight.accuracies[:, :restarts])
        assert_array_equal(fewer.weights[1], eight.weights[1][:, :restarts])


@pytest.mark.parametrize("cache_bytes", [1, 2**14, 2**16])
@full_and_mini_batches
@pytest.mark.parametrize("activation", ["sigmoid", "gelu"])
def test_many_small_blocks_give_what_one_large_block_gives(
    activation, way, cache_bytes, monkeypatch
):
    e = iv.Experiment(activation=activation, epochs=8, restarts=11, momentum=0.9, **way)
    monkeypatch.setattr("initviz.training.engine.CACHE_BYTES", 2**40)
    one = iv.train(e)
    monkeypatch.setattr("initviz.training.engine.CACHE_BYTES", cache_bytes)
    many = iv.train(e)
    assert_array_equal(one.losses, many.losses)
    assert_array_equal(one.accuracies, many.accuracies)
    for a, b in zip((*one.weights, *one.biases), (*many.weights, *many.biases), strict=True):
        assert_array_equal(a, b)


@every_activation
def test_the_weights_before_training_are_the_drawn_ones_to_the_bit(activation):
    run = iv.train(iv.Experiment(activation=activation, epochs=3, restarts=4, bias="same"))
    drawn = iv.init_network((2, 16, 16, 1), activation, bias="same", restarts=4, dtype="float32")
    for kept, w in zip(parameters(run.network_at(0)), parameters(drawn), strict=True):
        assert_array_equal(kept, w)


@full_and_mini_batches
def test_training_twice_gives_the_same_bits(way):
    e = iv.Experiment(epochs=8, restarts=5, **way)
    assert_array_equal(iv.train(e).losses, iv.train(e).losses)


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
def test_float32_follows_float64(activation):
    e = iv.Experiment(activation=activation, epochs=20, restarts=4, learning_rate=0.05)
    single, double = iv.train(e), iv.train(replace(e, dtype="float64"))
    assert_allclose(single.losses, double.losses, rtol=1e-4)


# The kernels, and what lies around them

BOTH_SIGMOIDS_AND_ALL_OTHERS = [
    *(("sigmoid", kernel) for kernel in engine.SIGMOIDS.values()),
    *((name, kernel) for name, kernel in engine.KERNELS.items() if name != "sigmoid"),
]
ANY_Z = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=20)


@given(ANY_Z)
@example([0.0, -0.0, 1e-300, -1e-300, 1e4, -1e4])
@pytest.mark.parametrize(("name", "kernel"), BOTH_SIGMOIDS_AND_ALL_OTHERS)
def test_kernels_are_the_activations_in_their_own_units(name, kernel, numbers):
    z, activation = np.array([[numbers]]), iv.ACTIVATIONS[name]
    a, given, delta, slope = z * kernel.takes, np.empty_like(z), np.ones_like(z), np.empty_like(z)
    with np.errstate(over="ignore"):
        engine.make(engine.written(kernel.bend, z=a, a=a, s=given, spare=slope))
        bent = a.copy()
        engine.make(engine.written(kernel.slope, a=a, s=given, delta=delta, below=slope))
    # A sigmoid that is all but 0 has lost digits against 1: that is what doubles can tell apart.
    close = {"rtol": 1e-9, "atol": 1e-15}
    assert_allclose(bent, kernel.gives * activation.function(z), **close)
    assert_allclose(slope * kernel.takes / kernel.gives, activation.derivative(z), **close)


# Trains in a process of its own, in which NumPy says that its tanh is written for these processors.
ON_ANOTHER_PROCESSOR = """
import sys
import numpy.lib.introspect
numpy.lib.introspect.opt_func_info = lambda **_: {"tanh": {"ff": {"current": sys.argv[1]}}}
import initviz as iv
from initviz.training import engine
print(engine.KERNELS["sigmoid"] is engine.SIGMOIDS["tanh"])
for activation in ("sigmoid", "tanh"):
    for loss in ("binary_cross_entropy", "squared_error"):
        e = iv.Experiment(activation=activation, loss=loss, hidden_layers=(4, 3), bias="same",
                          momentum=0.5, epochs=20, restarts=3, dtype="float64")
        run = iv.train(e)
        print(*run.losses.ravel(), *run.weights[0].ravel(), *run.biases[1].ravel())
"""


def test_both_ways_of_the_sigmoid_train_the_same_networks():
    def on(processor):
        command = [sys.executable, "-c", ON_ANOTHER_PROCESSOR, processor]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        by_tanh, *runs = done.stdout.splitlines()
        return by_tanh == "True", [np.array(run.split(), float) for run in runs]

    (by_exp, plain), (by_tanh, avx512) = on("X86_V3"), on("X86_V4")
    assert (by_exp, by_tanh) == (False, True)
    for one, other in zip(plain, avx512, strict=True):
        assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@given(st.data())
def test_hits_are_those_of_argmax(data):
    numbers = st.sampled_from([-1.0, 0.0, 0.5, 1.0, np.nan, np.inf, -np.inf])  # ties are wanted
    classes, samples = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 9))
    z = data.draw(arrays(np.float32, (2, 3, classes, samples), elements=numbers))
    own = data.draw(arrays(int, samples, elements=st.integers(0, max(classes - 1, 1))))
    if classes == 1:
        targets, guesses = own[np.newaxis].astype(float), (z[..., 0, :] > 0).astype(int)
    else:
        targets, guesses = np.eye(classes)[:, own], z.argmax(axis=-2)
    right = (guesses == own) & ~np.isnan(z).any(axis=-2)
    assert_allclose(engine.hits(z, targets), right.mean(axis=-1))


def written_down(problem, activation="sigmoid", restarts=20, samples=3000):
    """The passes of some networks over random samples of a problem's kind."""
    data, dtype = problem.data, np.float32
    rows = np.resize(np.arange(len(data.X)), samples)
    X, targets = data.X[rows].T, encode_targets(data.y[rows], problem.loss, data.outputs)
    task = engine.Task(
        layers=(data.features, 8, 8, data.outputs),
        activation=activation,
        output=problem.output,
        loss=problem.loss,
        learning_rate=0.1,
        momentum=0.9,
        data=(X.astype(dtype), targets.astype(dtype)),
        test=None,
        batches=lambda epoch: None,
        epochs=10,
        snapshots=np.arange(11),
    )
    return engine.Machine(task, *engine._samples(task), restarts)


@every_activation
def test_a_step_makes_no_new_arrays(activation, problem):
    machine = written_down(problem, activation)
    forward, backward = machine._forward, machine._backward
    calls = [*forward.calls[0], *backward.calls[0], *machine._step, *machine._scores._calls]
    with np.errstate(all="ignore"):
        engine.make(calls)
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        engine.make(calls)
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
    one_row = forward.outputs[0].nbytes // forward.outputs.shape[2]
    assert peak < one_row / 2  # the smallest array in the loop has one number a restart and sample


@given(arrays(np.float32, (1, 1, 1, 7), elements=st.floats(-200, 200, width=32)))
@example(np.float32([[[[0, 1e-30, 17, -17, 40, -90, 200]]]]))
def test_the_logarithm_of_the_loss_loses_nothing(z):
    """Where a network is all but sure, its loss is far smaller than what float32 tells from 1."""
    targets, losses = (z[0, 0] > 0).astype(np.float32), np.empty((1, 1), np.float32)
    kernel = engine.output_kernel("sigmoid")
    value = engine.LOSS_KERNELS["binary_cross_entropy", "sigmoid"].value
    engine.make(value(z * np.float32(kernel.takes), targets * np.float32(kernel.gives), losses))
    expected = np.log1p(np.exp(-np.abs(z.astype(float)))).mean()
    assert_allclose(losses, expected, rtol=2e-6)


# Blocks and threads


def on_threads(monkeypatch, threads):
    monkeypatch.setattr(engine, "_cores", lambda: threads)
    monkeypatch.setattr(engine, "THREAD_BYTES", 1)
    monkeypatch.setattr(engine, "CACHE_BYTES", 2**14)


@full_and_mini_batches
@pytest.mark.parametrize("threads", [2, 3])
def test_threads_give_what_one_thread_gives(threads, way, monkeypatch):
    e = iv.Experiment(epochs=30, restarts=17, momentum=0.9, **way)
    one = iv.train(e)
    on_threads(monkeypatch, threads)
    for many in (iv.train(e), [*iv.stream(e, seconds=0.001)][-1]):
        assert_array_equal(one.losses, many.losses)
        assert_array_equal(one.accuracies, many.accuracies)
        for a, b in zip((*one.weights, *one.biases), (*many.weights, *many.biases), strict=True):
            assert_array_equal(a, b)


def test_threads_really_share_the_work_and_are_gone_afterwards(monkeypatch):
    workers, train = set(), engine.Machine.train

    def note(machine, block):
        workers.add(threading.get_ident())
        time.sleep(0.001)
        train(machine, block)

    on_threads(monkeypatch, 3)
    monkeypatch.setattr(engine.Machine, "train", note)
    before = threading.active_count()
    iv.train(iv.Experiment(epochs=50, restarts=30))
    assert len(workers) == 3
    assert threading.active_count() == before


def test_an_error_on_one_thread_ends_all_and_is_told(monkeypatch):
    calls, train = [], engine.Machine.train

    def fail_soon(machine, block):
        calls.append(1)
        if len(calls) == 5:
            raise MemoryError("no more")
        train(machine, block)

    on_threads(monkeypatch, 2)
    monkeypatch.setattr(engine.Machine, "train", fail_soon)
    before = threading.active_count()
    with pytest.raises(MemoryError, match="no more"):
        iv.train(iv.Experiment(epochs=10**6, restarts=30))
    assert threading.active_count() == before


@pytest.mark.parametrize("threads", [1, 2])
def test_memory_beyond_the_results_does_not_grow_with_restarts(threads, monkeypatch):
    monkeypatch.setattr(engine, "_cores", lambda: threads)

    def beyond_results(restarts):
        e = iv.Experiment(epochs=4, restarts=restarts)
        network = iv.init_network((2, 16, 16, 1), restarts=restarts, dtype="float32")
        iv.train(e, network=network)  # what is loaded once is loaded now
        tracemalloc.start()
        run = iv.train(e, network=network)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        parts = [run.losses, run.accuracies, *run.weights, *run.biases]
        return peak - sum(part.nbytes for part in parts), sum(w.nbytes for w in network.weights)

    few, _ = beyond_results(2000)
    many, weights = beyond_results(12_000)
    assert many - few < weights / 2
