"""Blocks and threads: however the work is split, the networks are the same."""

import threading
import time
import tracemalloc

import pytest
from numpy.testing import assert_array_equal
from training.problems import full_and_mini_batches

import initviz as iv
from initviz.training import ensemble, loops


@pytest.fixture
def compiled():
    pytest.importorskip("numba")
    from initviz.training import compiled

    loops.compile_loop()
    return compiled


@pytest.fixture
def on(monkeypatch):
    """Set how many threads there are."""
    return lambda threads: monkeypatch.setattr("initviz.training.train.cores", lambda: threads)


def assert_same(one, other):
    assert_array_equal(one.losses, other.losses)
    assert_array_equal(one.accuracies, other.accuracies)
    pairs = zip((*one.weights, *one.biases), (*other.weights, *other.biases), strict=True)
    for a, b in pairs:
        assert_array_equal(a, b)


@pytest.mark.parametrize("block_bytes", [1, 2**14, 2**16])
@full_and_mini_batches
@pytest.mark.parametrize("activation", ["sigmoid", "gelu"])
def test_many_small_blocks_give_what_one_large_block_gives(
    activation, way, block_bytes, monkeypatch
):
    e = iv.Experiment(activation=activation, epochs=8, restarts=11, momentum=0.9, **way)
    monkeypatch.setattr(loops, "BLOCK_BYTES", 2**40)
    one = iv.train(e, loop="plain")
    monkeypatch.setattr(loops, "BLOCK_BYTES", block_bytes)
    assert_same(one, iv.train(e, loop="plain"))


@full_and_mini_batches
@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.usefixtures("compiled")
def test_threads_give_what_one_thread_gives(threads, way, on):
    e = iv.Experiment(epochs=30, restarts=17, momentum=0.9, **way)
    on(1)
    one = iv.train(e, loop="compiled")
    on(threads)
    assert_same(one, iv.train(e, loop="compiled"))
    *_, streamed = iv.stream(e, seconds=0.001, loop="compiled")
    assert_same(one, streamed)


@pytest.mark.parametrize("loop", loops.LOOPS)
@full_and_mini_batches
def test_a_slice_of_any_length_gives_the_same(loop, way, monkeypatch, request):
    """How long a slice is depends on the clock, and no number may depend on that."""
    if loop == "compiled":
        request.getfixturevalue("compiled")
    e = iv.Experiment(epochs=12, restarts=3, momentum=0.9, **way)
    whole = iv.train(e, loop=loop)
    monkeypatch.setattr(ensemble, "SLICE", 0)  # an epoch at a time
    assert_same(whole, iv.train(e, loop=loop))


def test_threads_really_share_the_work_and_are_gone_afterwards(compiled, on, monkeypatch):
    workers, train = set(), compiled.train

    def note(*arguments):
        workers.add(threading.get_ident())
        time.sleep(0.001)
        train(*arguments)

    on(3)
    monkeypatch.setattr(compiled, "train", note)
    before = threading.active_count()
    iv.train(iv.Experiment(epochs=50, restarts=30), loop="compiled")
    assert len(workers) == 3
    assert threading.active_count() == before


def test_an_error_on_one_thread_ends_all_and_is_told(compiled, on, monkeypatch):
    calls, train = [], compiled.train

    def fail_soon(*arguments):
        calls.append(1)
        if len(calls) == 5:
            raise MemoryError("no more")
        train(*arguments)

    on(2)
    monkeypatch.setattr(compiled, "train", fail_soon)
    before = threading.active_count()
    with pytest.raises(MemoryError, match="no more"):
        iv.train(iv.Experiment(epochs=10**6, restarts=30), loop="compiled")
    assert threading.active_count() == before


def test_an_interrupt_ends_all_threads_soon(compiled, on, monkeypatch):
    train = compiled.train

    def interrupt_the_main_one(*arguments):
        train(*arguments)
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt

    on(2)
    monkeypatch.setattr(compiled, "train", interrupt_the_main_one)
    begun = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        iv.train(iv.Experiment(epochs=10**6, restarts=30), loop="compiled")
    assert time.perf_counter() - begun < 30  # and not the minutes that all of it would take


@pytest.mark.parametrize(("loop", "threads"), [("plain", 1), ("compiled", 1), ("compiled", 2)])
def test_memory_beyond_the_results_does_not_grow_with_restarts(loop, threads, on, request):
    if loop == "compiled":
        request.getfixturevalue("compiled")
    on(threads)

    def beyond_results(restarts):
        e = iv.Experiment(epochs=4, restarts=restarts)
        network = iv.init_network((2, 16, 16, 1), restarts=restarts, dtype="float32")
        iv.train(e, network=network, loop=loop)  # what is loaded once is loaded now
        tracemalloc.start()
        run = iv.train(e, network=network, loop=loop)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        parts = [run.losses, run.accuracies, *run.weights, *run.biases]
        return peak - sum(part.nbytes for part in parts), sum(w.nbytes for w in network.weights)

    few, _ = beyond_results(1000)
    many, weights = beyond_results(5000)
    assert many - few < weights / 2
