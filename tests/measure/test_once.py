"""What is measured on a run is measured once, and goes when the run goes."""

import copy
import gc
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure.once import LATEST, once_per_run


def trained(epochs=2):
    return iv.train(iv.Experiment(dataset="xor", hidden_layers=(2,), epochs=epochs, restarts=2))


@pytest.fixture
def asked():
    return []


@pytest.fixture
def measure(asked):
    @once_per_run
    def measure(run, epoch):
        asked.append(epoch)
        return run.network_at(epoch).weights[0].sum()

    return measure


def test_it_measures_once_and_each_epoch_for_itself(measure, asked):
    run = trained()
    values = [measure(run, epoch) for epoch in (0, 1, 0, 1)]
    assert asked == [0, 1]
    assert values == [run.network_at(epoch).weights[0].sum() for epoch in (0, 1, 0, 1)]
    measure(trained(), 0)
    assert asked == [0, 1, 0]  # another run, though it is equal


def test_the_start_stays_and_of_the_rest_the_latest(measure, asked):
    run = trained(epochs=LATEST + 2)
    epochs = range(LATEST + 3)
    for epoch in epochs:
        measure(run, epoch)
    asked.clear()
    for epoch in (0, *epochs[-LATEST:]):
        measure(run, epoch)
    assert asked == []
    measure(run, 1)
    assert asked == [1]


def test_what_is_kept_goes_with_the_run(measure):
    run = trained()
    measure(run, 0)
    gone = weakref.ref(run)
    del run
    gc.collect()
    assert gone() is None


def test_copies_are_read_only_and_measured_for_themselves(measure, asked):
    run = trained()
    measure(run, 0)
    for other in (copy.deepcopy(run), pickle.loads(pickle.dumps(run)), replace(run)):
        measure(other, 0)
        np.testing.assert_array_equal(other.losses, run.losses)
        for array in (other.losses, other.accuracies, other.snapshots, *other.weights):
            assert not array.flags.writeable
    assert asked == [0, 0, 0, 0]
    assert "_memo" not in repr(run)


def test_many_threads_may_ask(measure):
    run = trained(epochs=100)
    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda n: measure(run, n % 101), range(2000)))
    assert values[:101] == values[101:202]


def test_an_error_is_not_kept():
    calls = []

    @once_per_run
    def measure(run):
        calls.append(run)
        raise ArithmeticError

    run = trained()
    for _ in range(2):
        with pytest.raises(ArithmeticError):
            measure(run)
    assert len(calls) == 2
