"""Many settings trained: their blocks, what is kept, where they run, and being stopped."""

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import cloudpickle
import joblib
import made_up
import numpy as np
import pandas as pd
import pytest
from made_up import NETWORKS, OVER, SETTINGS, TINY, X, assert_same, kept, swept

import initviz as iv
from initviz.measure.sweeps import MEASURES
from initviz.training import sweeps
from initviz.training import train as training
from initviz.training.experiment import initial_network
from initviz.training.loops import usual_loop

MOONS = iv.DATASETS["moons"]


# Blocks.


@pytest.mark.parametrize(
    ("settings", "ensembles"),
    [
        ({}, [24, 24]),  # a depth each
        ({"batch_size": 30}, [12] * 4),  # and a seed each, for it orders the batches
        ({"batch_size": 100}, [24, 24]),
    ],
)
def test_what_is_trained_alike_is_trained_together(settings, ensembles, trained):
    over = {
        "initializer": ["normal", "he_normal"],
        "scale": [1, 2],
        "hidden_layers": [1, 2],
        "seed": [0, 1],
    }
    swept(replace(TINY, **settings), over)
    assert trained == ensembles


@pytest.mark.parametrize(
    "name",
    ["learning_rate", "momentum", "epochs", "batch_size", "norm", "skip", "alpha", "optimizer"],
)
def test_what_is_not_trained_alike_is_not(name, trained):
    values = {
        "learning_rate": [0.1, 0.2],
        "momentum": [0, 0.5],
        "epochs": [1, 2],
        "batch_size": [10, 20],
        "norm": ["none", "batch"],
        "skip": [False, True],
        "alpha": [0.5, "rezero"],
        "optimizer": ["sgd", "adam"],
    }
    swept(over={"scale": [1, 2], name: values[name]})
    assert trained == [6, 6]


def test_blocks_have_whole_settings_unless_one_is_larger_and_the_longest_come_first(
    trained, monkeypatch
):
    monkeypatch.setattr(sweeps, "BLOCK", 8)
    swept(over={"scale": [1, 2, 3], "hidden_layers": [1, 2]})
    assert trained == [6, 6, 3, 3]  # the two layers, then one; of those six, then three networks
    trained.clear()
    monkeypatch.setattr(sweeps, "BLOCK", 2)
    swept(over={"scale": [1]})
    assert trained == [2, 1]


def test_a_block_keeps_to_one_thread_and_to_two_snapshots(monkeypatch):
    monkeypatch.setattr("initviz.training.train.cores", lambda: 8)
    monkeypatch.setattr(
        "concurrent.futures.ThreadPoolExecutor", lambda *_: pytest.fail("it starts threads")
    )
    run = training.train_block(TINY, MOONS, initial_network(TINY, MOONS), usual_loop())
    assert run.snapshots.tolist() == [0, TINY.epochs]
    assert run.finished


# Where it runs.


def test_threads_give_the_same(table, small_blocks):
    with joblib.parallel_config(backend="threading"):
        assert_same(swept(n_jobs=2), table)


@pytest.mark.usefixtures("processes")
def test_processes_give_the_same_also_with_data_of_our_own(table, small_blocks, trained):
    assert_same(swept(n_jobs=2), table)
    mine = replace(MOONS, name="mine")
    pd.testing.assert_frame_equal(swept(n_jobs=2, data=mine), table, check_exact=True)
    assert trained == []  # all of it elsewhere


@pytest.mark.usefixtures("processes", "small_blocks")
def test_own_functions_and_data_travel_also_under_names_that_are_taken(own_names, trained):
    first = swept(n_jobs=2)  # so that the processes know ours by these names

    @iv.initializers.initializer
    def normal(rng, shape, scale=1.0):
        return np.full(shape, scale)

    @iv.initializers.initializer
    def he(rng, shape, scale=1.0):  # until now another name of he_normal
        return rng.uniform(size=shape)

    @iv.datasets.dataset
    def xor():
        return iv.Dataset("xor", X, np.arange(20) % 2, "binary")

    over = {"initializer": ["he", "normal"], "bias": [0, "he"], "dataset": ["xor", "circles"]}
    expected = swept(over=over)
    trained.clear()
    assert_same(swept(over=over, n_jobs=2), expected)
    for setting, losses in expected.groupby([*over], sort=False).loss:
        alone = replace(TINY, **dict(zip(over, setting, strict=True)))
        np.testing.assert_array_equal(iv.train(alone).losses[-1], losses)
    own_names.undo()
    assert_same(swept(n_jobs=2), first)  # and forget them
    assert trained == []


@pytest.fixture
def module(tmp_path, monkeypatch, own_names):
    """A module of the user's: what writes it, and imports it again."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(factor):
        (tmp_path / "my_sizes.py").write_text(f"def size():\n    return {factor}\n")
        (tmp_path / "my_schemes.py").write_text(MODULE)
        for name in ("my_sizes", "my_schemes"):
            importlib.reload(importlib.import_module(name))

    yield write
    for name in ("my_sizes", "my_schemes"):
        sys.modules.pop(name, None)


MODULE = """
import my_sizes
from my_sizes import size
import initviz as iv
@iv.initializers.initializer
def own(rng, shape, scale=1.0):
    return size() * my_sizes.size() * rng.normal(size=shape)
"""


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("backend", "workers"), [("loky", "processes"), ("dask", "cluster")], ids=["loky", "dask"]
)
def test_functions_of_a_module_travel_as_they_are_after_an_edit(backend, workers, module, request):
    request.getfixturevalue(workers)
    over = {"initializer": ["own"], "scale": [1, 2, 3, 4], "hidden_layers": [1, 2]}
    tables = []
    for factor in ("1", "5.0"):
        module(factor)
        tables.append(swept(over=over))
        with joblib.parallel_config(backend=backend):
            assert_same(swept(over=over, n_jobs=2), tables[-1])
    assert not tables[0].equals(tables[1])
    assert not cloudpickle.list_registry_pickle_by_value()


@pytest.mark.usefixtures("processes", "small_blocks")
def test_what_cannot_travel_is_trained_here(own_names, trained):
    lock = threading.Lock()

    @iv.initializers.initializer
    def own(rng, shape):
        with lock:
            return rng.normal(size=shape)

    over = {"initializer": ["own"], "scale": [1, 2, 3, 4]}
    assert_same(swept(over=over, n_jobs=2), swept(over=over))
    assert trained == [6] * 4


def test_one_block_starts_no_process(trained):
    swept(over={"scale": [1]}, n_jobs=2)
    assert trained == [3]


def test_an_error_in_a_thread_ends_it_and_what_arrived_before_is_kept(
    table, trained, small_blocks, monkeypatch, tmp_path
):
    train = sweeps._train

    def fail_in_the_last_block(block, measure):
        last = NETWORKS - 1 in block.networks
        while last and len(kept(tmp_path)) < 2:
            time.sleep(0.01)
        if last:
            raise MemoryError
        return train(block, measure)

    with monkeypatch.context() as patch, joblib.parallel_config(backend="threading"):
        patch.setattr(sweeps, "_train", fail_in_the_last_block)
        with pytest.raises(MemoryError):
            swept(n_jobs=2, cache=tmp_path)
    trained.clear()
    assert_same(swept(cache=tmp_path), table)
    assert TINY.restarts <= sum(trained) <= NETWORKS - 2 * TINY.restarts


@pytest.mark.usefixtures("small_blocks")
def test_stopped_between_two_blocks_no_more_are_begun_and_joblib_says_nothing(trained, monkeypatch):
    """It would warn of the blocks that are given up, and here a warning is an error."""

    train_block, told = sweeps.train_block, threading.Event()

    def wait_for_the_stop(*given):
        if len(trained) > NETWORKS // 3:  # or on a busy machine all would be done before it
            told.wait(20)
        return train_block(*given)

    def stop(*_):
        told.set()
        raise KeyboardInterrupt

    monkeypatch.setattr(sweeps, "train_block", wait_for_the_stop)
    monkeypatch.setattr(sweeps._Table, "add", stop)
    monkeypatch.setattr(sweeps, "BLOCK", 1)
    raises = pytest.raises(KeyboardInterrupt)
    with joblib.parallel_config(backend="threading"), raises as stopped:
        swept(n_jobs=2)
    assert stopped.tb is not None  # as in a notebook, which holds the frames of the last error
    begun = len(trained)
    time.sleep(0.1)
    assert len(trained) <= begun + 2 < NETWORKS


@pytest.mark.once
def test_a_worker_of_a_cluster_that_is_killed_takes_nothing_along(
    table, small_blocks, cluster, monkeypatch, tmp_path
):
    victim = next(iter(cluster.run(os.getpid).values()))
    arrived, add = [], sweeps._Table.add

    def add_and_kill(table, networks, rows):
        arrived.extend(networks.tolist())
        if len(arrived) == NETWORKS // 3:
            os.kill(victim, signal.SIGKILL)
        add(table, networks, rows)

    monkeypatch.setattr(sweeps._Table, "add", add_and_kill)
    with joblib.parallel_config(backend="dask"):
        assert_same(swept(cache=tmp_path), table)
    assert sorted(arrived) == list(range(NETWORKS))
    assert len(kept(tmp_path)) == SETTINGS


# What no worker survives.


@pytest.fixture
def deadly(monkeypatch):
    """As if every worker died of one of the networks, or more."""

    def lose(*networks):
        def without(function, tasks, parts, n_jobs):
            for task in tasks:
                for part in parts(task):
                    lost = np.isin(part.networks, networks).any()
                    yield part, None if lost else function(part)

        monkeypatch.setattr(sweeps, "finished", without)

    return lose


def test_settings_that_no_worker_survives_are_named_and_have_no_numbers(table, deadly, tmp_path):
    deadly(4, 30)  # of settings 1 and 10
    with pytest.warns(UserWarning, match="^no worker survives") as warned:
        found = swept(cache=tmp_path)
    (message,) = [str(each.message) for each in warned]
    assert message == (
        "no worker survives 2 settings, whose numbers are NaN: there is too little memory, or a "
        "function of yours ends the process (hidden_layers=(4, 4), initializer='normal', "
        "scale=0.5; hidden_layers=(4,), initializer='he_normal', scale=9.0)"
    )
    assert warned[0].filename == swept.__code__.co_filename  # the caller of sweep
    lost = [3, 4, 5, 30, 31, 32]
    assert found.index[found.loss.isna()].tolist() == lost
    assert found.loc[lost, [*MEASURES]].isna().all(axis=None)
    pd.testing.assert_frame_equal(found[[*OVER, "restart"]], table[[*OVER, "restart"]])
    there = found.drop(index=lost).astype(dict.fromkeys(("learnt", "diverged"), bool))
    pd.testing.assert_frame_equal(there, table.drop(index=lost), check_exact=True)
    assert len(kept(tmp_path)) == SETTINGS - 2


def test_a_table_with_such_settings_is_looked_at_without_them(table, deadly):
    deadly(4, 30)
    with pytest.warns(UserWarning, match="^no worker survives"):
        found = swept()
    explorer = iv.explore_sweep(found)
    assert "Of 30 networks" in explorer.words.value
    assert len(found[found.learnt]) == table.drop(index=[3, 4, 5, 30, 31, 32]).learnt.sum()


def test_where_none_is_left_there_is_nothing_to_look_at(deadly):
    deadly(*range(NETWORKS))
    with pytest.warns(UserWarning, match="^no worker survives 12 settings"):
        found = swept()
    with pytest.raises(ValueError, match=r"^frame=Empty DataFrame.*: give the table"):
        iv.explore_sweep(found)


KILLED = """
import sys
from made_up import swept, TINY
from initviz.training import sweeps
sweeps.BLOCK = TINY.restarts
swept(n_jobs=2, cache=sys.argv[1])
"""


def test_after_the_process_was_killed_a_sweep_goes_on_from_there(table, trained, tmp_path):
    command = [sys.executable, "-c", KILLED, tmp_path]
    with subprocess.Popen(command, cwd=Path(made_up.__file__).parent) as process:
        end = time.monotonic() + 60
        while len(kept(tmp_path)) < SETTINGS // 3:
            assert time.monotonic() < end
            time.sleep(0.001)
        process.kill()
    there = len(kept(tmp_path))
    assert_same(swept(cache=tmp_path), table)
    assert sum(trained) == NETWORKS - TINY.restarts * there


# Around it.


def test_the_bar_counts_networks_and_begins_with_those_that_are_kept(
    small_blocks, capsys, tmp_path
):
    swept(over=OVER | {"scale": [0.5]}, cache=tmp_path)
    swept(cache=tmp_path, progress=True)
    shown = capsys.readouterr().err
    assert "12 of 36" in shown
    assert "36 of 36" in shown
    assert " 6 of 36" not in shown
    assert shown.split("\r")[-1].strip() == ""


def test_pandas_and_joblib_are_loaded_only_by_a_sweep():
    code = "import sys, initviz.training.sweeps; print(*(m.split('.')[0] for m in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"pandas", "joblib", "sklearn", "distributed"} & set(loaded.stdout.split())
