"""Processes that die, here and on a cluster: what is finished stays, and whose fault it is."""

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import jobs
import pytest

from initviz.training.alone import alone
from initviz.training.workers import finished

TASKS = [(1, 2), (3, 13, 4), (31, 5), (6, 8), (9, 10), (11, 12)]


def parts(numbers):
    return [(number,) for number in numbers]


def run(tasks, diary):
    return finished(partial(jobs.total, diary), tasks, parts, n_jobs=2)


@pytest.mark.usefixtures("processes")
def test_a_part_that_kills_its_process_is_found_and_all_else_is_done_once(tmp_path):
    check_deaths(dict(run(TASKS, tmp_path)))


def check_deaths(results):
    assert [task for task, result in results.items() if result is None] == [(13,)]
    assert all(sum(task) == result for task, result in results.items() if result is not None)
    assert sorted(sum(results, ())) == sorted(sum(TASKS, ()))


@pytest.mark.usefixtures("processes")
def test_an_error_comes_out_with_where_it_was_after_what_had_finished(tmp_path):
    found = []
    with pytest.raises(ValueError, match="seven is refused") as raised:
        found.extend(run([(1, 2), (3, 4), (7, 8)], tmp_path))
    assert "in total" in raised.value.__notes__[0]


def test_of_a_process_of_its_own_comes_a_result_an_error_or_nothing(tmp_path, capfd):
    total = partial(jobs.total, tmp_path)
    assert alone(total, (1, 2)) == 3
    assert alone(total, (13,)) is None
    with pytest.raises(ValueError, match="seven is refused"):
        alone(total, (7,))
    assert capfd.readouterr().err == "this is where a result is expected\n"


HERE = """
import sys
from functools import partial
import jobs
from initviz.training.alone import alone
from initviz.training.workers import finished
beat = partial(jobs.beat, sys.argv[1])
"""
START = {
    "of a sweep": "list(finished(beat, [1, 2], lambda task: [task], n_jobs=2))",
    "of its own": "alone(beat, 1)",
}


@pytest.mark.parametrize("start", START.values(), ids=START)
def test_no_process_outlives_the_one_that_started_it(start, tmp_path):
    command = [sys.executable, "-c", HERE + start, tmp_path]
    with subprocess.Popen(command, cwd=Path(jobs.__file__).parent) as parent:
        wait_for(lambda: [*tmp_path.iterdir()])
        parent.kill()
    wait_for(lambda: is_still(tmp_path))


LATE = """
import os, sys, time
from initviz.training.alone import LOOK, end_with
sys.stdin.read()  # until the starter ends
time.sleep(0.2)
end_with(int(sys.argv[1]))
time.sleep(3 * LOOK)
if os.getppid() == 1:
    print("still here")
"""
STARTER = """
import os, subprocess, sys
command = [sys.executable, "-c", sys.argv[1], str(os.getpid())]
subprocess.Popen(command, stdin=subprocess.PIPE)
os._exit(0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it does not hear of it there")
def test_no_process_outlives_one_that_ended_while_it_began_and_that_nobody_has_missed():
    """Whoever has no parent that waits for it stays known to the system."""
    command = [sys.executable, "-c", STARTER, LATE]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert starter.stdout.read() == b""


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_still(folder: Path) -> bool:
    """Whether nobody writes there any more."""
    before = [path.stat().st_size for path in folder.iterdir()]
    time.sleep(0.5)
    return [path.stat().st_size for path in folder.iterdir()] == before
