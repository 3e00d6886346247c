"""A cluster that changes under a sweep: it takes a while, so it is part of ``make test-setup``."""

import subprocess
import sys
import threading
from functools import partial

import joblib
import pytest
from made_up import NETWORKS, SETTINGS, TINY, assert_same, kept, swept
from training.test_workers import TASKS, check_deaths, run, wait_for

from initviz.training import sweeps, workers

distributed = pytest.importorskip("distributed")

pytestmark = [pytest.mark.setup, pytest.mark.once, pytest.mark.xdist_group("cluster")]


def on_dask():
    return joblib.parallel_config(backend="dask")


def test_a_part_that_kills_its_worker_is_found_and_all_else_is_done_once(cluster, tmp_path):
    with on_dask():
        check_deaths(dict(run(TASKS, tmp_path)))


def test_a_sweep_of_one_block_goes_there_too(cluster, trained):
    with on_dask():
        found = swept(over={"scale": [1]}, n_jobs=-1)
    assert trained == []
    assert_same(found, swept(over={"scale": [1]}))


def test_an_error_comes_out(cluster, tmp_path):
    with on_dask(), pytest.raises(ValueError, match="seven is refused"):
        list(run([(1, 2), (3, 4), (7, 8)], tmp_path))


class Machines:
    """A scheduler and workers, each a process of its own as on another machine."""

    def __init__(self, folder):
        self._folder, self._started = folder, []

    def start(self, command, *arguments):
        whole = [sys.executable, "-m", f"distributed.cli.dask_{command}", *arguments]
        with open(self._folder / "log", "a") as log:
            self._started.append(subprocess.Popen(whole, stdout=log, stderr=log))
        return self._started[-1]

    def scheduler(self):
        file = self._folder / f"scheduler {len(self._started)}"
        process = self.start(
            "scheduler",
            "--host=127.0.0.1",
            "--port=0",
            "--no-dashboard",
            f"--scheduler-file={file}",
        )
        wait_for(file.exists)
        self.worker = partial(
            self.start,
            "worker",
            f"--scheduler-file={file}",
            "--nthreads=1",
            "--no-dashboard",
            f"--local-directory={self._folder}",
        )
        return process, distributed.Client(scheduler_file=file, timeout=60)

    def stop(self):
        for process in self._started:
            process.kill()
            process.wait()


@pytest.fixture
def machines(tmp_path_factory):
    machines = Machines(tmp_path_factory.mktemp("machines"))
    yield machines
    machines.stop()


def test_workers_join_and_leave_and_a_new_scheduler_goes_on_from_the_cache(
    table, machines, monkeypatch, tmp_path
):
    monkeypatch.setattr(sweeps, "BLOCK", TINY.restarts)
    monkeypatch.setattr(workers, "LONG", 1)
    scheduler, client = machines.scheduler()
    first = []
    late = threading.Timer(3, lambda: first.append(machines.worker()))
    steps = iter([machines.worker, lambda: first[0].terminate(), int, scheduler.kill])
    arrived, add = [], sweeps._Table.add

    def add_and_change(table, networks, rows):
        add(table, networks, rows)
        arrived.extend(networks.tolist())
        next(steps, int)()

    monkeypatch.setattr(sweeps._Table, "add", add_and_change)
    late.start()
    none = pytest.warns(UserWarning, match=r"^the dask cluster has no workers")
    lost = pytest.raises(RuntimeError, match=r"^the dask client has lost its scheduler")
    with client, on_dask(), none as warned, lost:
        swept(n_jobs=2, cache=tmp_path)
    assert warned[0].filename == swept.__code__.co_filename  # the caller of sweep
    there = len(kept(tmp_path))
    assert 4 <= there < SETTINGS  # the fourth is when the scheduler goes
    _, client = machines.scheduler()
    machines.worker()
    with client, on_dask():
        client.wait_for_workers(1, timeout=60)
        assert_same(swept(n_jobs=2, cache=tmp_path), table)
    assert sorted(arrived) == list(range(NETWORKS))
