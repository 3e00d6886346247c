"""Many settings trained: their blocks, what is kept, where they run, and being stopped."""

import errno
import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import wraps
from pathlib import Path

import cloudpickle
import joblib
import numpy as np
import pandas as pd
import pytest
from made_up import NETWORKS, OVER, SETTINGS, TINY, X, assert_same, swept

import initviz as iv
from initviz.networks.initializers import ALIASES
from initviz.training import sweeps
from initviz.training import train as training
from initviz.training.experiment import initial_network
from initviz.training.loops import usual_loop

MOONS = iv.DATASETS["moons"]


@pytest.fixture(scope="module")
def table():
    """OVER, swept in one go."""
    return swept()


@pytest.fixture
def small_blocks(monkeypatch):
    """Of two settings, so of six networks: six blocks."""
    monkeypatch.setattr(sweeps, "BLOCK", 2 * TINY.restarts)


@pytest.fixture
def trained(monkeypatch):
    """How many networks each ensemble had that was trained in this process."""
    sizes, train_block = [], sweeps.train_block

    def counted(experiment, data, network, loop):
        sizes.append(network.restarts)
        return train_block(experiment, data, network, loop)

    monkeypatch.setattr(sweeps, "train_block", counted)
    return sizes


@pytest.fixture
def own_names():
    """What a test enters under names of its own, or of ours, is gone afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("own", "normal", "he"):
            patch.setitem(iv.INITIALIZERS, name, iv.INITIALIZERS.get(name))
        patch.setitem(ALIASES, "he", ALIASES["he"])
        for table in ("_builders", "_built"):
            patch.setattr(iv.DATASETS, table, dict(getattr(iv.DATASETS, table)))
        yield patch


def stop_after(monkeypatch, blocks, error=KeyboardInterrupt):
    """Let so many blocks be trained, and no more."""
    train, left = sweeps._train, iter(range(blocks))

    def until(*task):
        if next(left, None) is None:
            raise error
        return train(*task)

    monkeypatch.setattr(sweeps, "_train", until)


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


@pytest.mark.parametrize("name", ["learning_rate", "momentum", "epochs", "batch_size"])
def test_what_is_not_trained_alike_is_not(name, trained):
    values = {
        "learning_rate": [0.1, 0.2],
        "momentum": [0, 0.5],
        "epochs": [1, 2],
        "batch_size": [10, 20],
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


# What is kept.


def test_a_sweep_goes_on_where_it_was_stopped(table, trained, small_blocks, monkeypatch, tmp_path):
    with monkeypatch.context() as patch:
        stop_after(patch, blocks=2)
        with pytest.raises(KeyboardInterrupt):
            swept(cache=tmp_path)
    assert trained == [6, 6]
    assert_same(swept(cache=tmp_path), table)
    assert sum(trained) == NETWORKS
    assert_same(swept(cache=tmp_path), table)
    assert sum(trained) == NETWORKS


def test_half_a_setting_is_not_kept(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(sweeps, "BLOCK", 2)
    with monkeypatch.context() as patch:
        stop_after(patch, blocks=1)
        with pytest.raises(KeyboardInterrupt):
            swept(over={"scale": [1]}, cache=tmp_path)
    assert trained == [2]
    assert_same(swept(over={"scale": [1]}, cache=tmp_path), swept(over={"scale": [1]}))


def test_an_interrupt_while_it_is_written_leaves_it_whole(
    table, trained, small_blocks, monkeypatch, tmp_path
):
    with monkeypatch.context() as patch:
        fail_writing(patch, after=4, error=KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            swept(cache=tmp_path)
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".npy"}
    assert_same(swept(cache=tmp_path), table)
    assert sum(trained) == 12 + (NETWORKS - 9)  # trial and three settings were written


def test_a_changed_grid_trains_only_what_is_new(trained, tmp_path):
    swept(over={"scale": [1, 2], "hidden_layers": [1, 2]}, cache=tmp_path)
    trained.clear()
    over = {"hidden_layers": [2, 3, (4,)], "scale": [3, 2.0], "seed": [0]}
    found = swept(over=over, cache=tmp_path)
    assert sorted(trained) == [3, 3, 6]  # scale 3 with one layer, with two; both scales with three
    assert_same(found, swept(over=over))


@pytest.mark.parametrize(
    "change",
    [
        {"data": replace(MOONS, X=-MOONS.X)},
        {"data": replace(MOONS, y=1 - MOONS.y)},
        {"data": replace(MOONS, X_test=X[:, :2], y_test=np.arange(20) % 2)},
        {"restarts": 4},
        {"base": replace(TINY, epochs=7)},
        "version",
    ],
    ids=["X", "y", "test part", "restarts", "base", "version"],
)
def test_what_changes_the_numbers_is_trained_anew(change, trained, monkeypatch, tmp_path):
    options = {"base": TINY, "over": {"scale": [1]}, "cache": tmp_path}
    swept(**options)
    if change == "version":
        monkeypatch.setattr(iv, "__version__", "another")
        change = {}
    swept(**options | change)
    assert len(trained) == 2
    swept(**options | change)
    assert len(trained) == 2


def entries(folder):
    """The files of the settings; the trial, too, which is empty."""
    return sorted(folder.rglob("*.npy"), key=lambda path: path.stat().st_size)


class Trap:
    def __reduce__(self):
        return pytest.fail, ("a stranger's code is run",)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-30]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(bytes(range(256))),
        lambda path: path.write_bytes(b"ZF" + bytes(40)),
        lambda path: path.unlink(),
        lambda path: np.save(path, np.zeros((1, 1))),
        lambda path: np.save(path, "nonsense"),
        lambda path: np.save(path, np.array([Trap()], object), allow_pickle=True),
    ],
    ids=["cut", "empty", "garbage", "zipped garbage", "gone", "shape", "text", "pickle"],
)
def test_a_damaged_entry_is_trained_again(damage, trained, tmp_path):
    over = {"scale": [1, 2, 3]}
    expected = swept(over=over, cache=tmp_path)
    trained.clear()
    damage(entries(tmp_path)[-1])
    assert_same(swept(over=over, cache=tmp_path), expected)
    assert trained == [3]
    assert_same(swept(over=over, cache=tmp_path), expected)
    assert trained == [3]


@pytest.mark.parametrize("name", ["file", "file/below", "used", "\0", ""])
def test_a_folder_that_cannot_be_written_is_said_before_anything_is_trained(
    name, trained, monkeypatch, tmp_path
):
    (tmp_path / "file").touch()
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "initviz").touch()
    if name == "":
        fail_writing(monkeypatch, after=0)
    with pytest.raises(ValueError, match=r"^cache='.*: it cannot be written \(.*\)$"):
        swept(cache=tmp_path / name)
    assert trained == []


def fail_writing(monkeypatch, after, error=None):
    """Let so many files be written; from then on the disk is full."""
    write, left = Path.write_bytes, iter(range(after))

    def until_full(path, data):
        if next(left, None) is None:
            write(path, data[:100])
            raise error or OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", until_full)


def test_a_full_disk_loses_nothing_and_is_said_once(
    table, trained, small_blocks, monkeypatch, tmp_path
):
    with monkeypatch.context() as patch:
        fail_writing(patch, after=1 + 5)
        with pytest.warns(UserWarning, match="^cache=") as warned:
            assert_same(swept(cache=tmp_path), table)
    (message,) = [str(each.message) for each in warned]
    assert message.startswith(
        f"cache='{tmp_path}': it can no longer be written ([Errno 28] No space left on device); "
    )
    assert warned[0].filename == swept.__code__.co_filename  # the caller of sweep
    trained.clear()
    assert_same(swept(cache=tmp_path), table)
    assert sum(trained) == NETWORKS - 5 * TINY.restarts


def test_an_edited_initializer_is_trained_anew_and_an_unchanged_one_is_not(
    own_names, trained, tmp_path
):
    over = {"initializer": ["own", "zeros"]}

    def define(factor):
        @iv.initializers.initializer
        def own(rng, shape, scale=1.0):
            return factor * rng.normal(size=shape)

        return swept(over=over, cache=tmp_path)

    first = define(1)
    trained.clear()
    assert_same(define(1), first)
    assert trained == []
    edited = define(2)
    assert trained == [3]  # zeros is what it was
    assert_same(edited, swept(over=over))
    assert not edited.equals(first)


def test_what_has_no_digest_is_trained_each_time(own_names, trained, tmp_path):
    one = (x for x in [1])

    @iv.initializers.initializer
    def own(rng, shape):
        return next(one, 1) * rng.normal(size=shape)

    over = {"initializer": ["own", "zeros"]}
    first = swept(over=over, cache=tmp_path)
    trained.clear()
    assert_same(swept(over=over, cache=tmp_path), first)
    assert trained == [3]
    assert len(entries(tmp_path)) == 1 + 1


def test_what_says_that_it_is_ours_is_known_by_its_code(own_names, tmp_path):
    zeros = iv.INITIALIZERS["zeros"]
    own_names.setitem(iv.INITIALIZERS, "zeros", zeros)

    def define(factor):
        @iv.initializers.initializer
        @wraps(zeros)
        def own(rng, shape, scale=1.0):
            return np.full(shape, factor)

        return swept(over={"initializer": ["zeros"]}, cache=tmp_path)

    found = [define(factor) for factor in (0.1, 0.2)]
    assert not found[0].equals(found[1])
    with pytest.raises(ValueError, match=r"^initializer='zeros': give back real numbers"):
        define("0.1")


def test_one_of_ours_that_is_put_under_a_name_is_known_by_its_own(own_names, tmp_path):
    found = []
    for name in ("zeros", "normal"):
        own_names.setitem(iv.INITIALIZERS, "own", iv.INITIALIZERS[name])
        found.append(swept(over={"initializer": ["own"]}, cache=tmp_path))
    assert not found[0].equals(found[1])


# Where it runs.


def test_threads_give_the_same(table, small_blocks):
    with joblib.parallel_config(backend="threading"):
        assert_same(swept(n_jobs=2), table)


@pytest.fixture
def processes():
    """joblib's, which would otherwise wait for more work until pytest ends."""
    yield
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)


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
        while last and len(entries(tmp_path)) < 1 + 2:
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


@pytest.fixture
def cluster(tmp_path_factory):
    """Two workers in processes of their own, known to joblib as "dask"."""
    distributed = pytest.importorskip("distributed")
    import dask

    with (
        # For so long it tries to fetch a result from a worker of which it has not heard yet that
        # it is dead; usually 30 s.
        dask.config.set({"distributed.comm.timeouts.connect": "3s"}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # whatever port is free
            silence_logs=60,
            local_directory=tmp_path_factory.mktemp("dask"),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


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
    assert len(entries(tmp_path)) == SETTINGS + 1


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
