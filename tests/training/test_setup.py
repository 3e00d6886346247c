"""The compiled loop where it is set up, and where that goes wrong; each in a process of its own.

It takes minutes, most of which are numba's: so it has a target of its own, `make test-setup`.
"""

import os
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("numba")

pytestmark = [pytest.mark.setup, pytest.mark.xdist_group("setup")]

TRAIN = """
import initviz as iv
from initviz.training import loops
runs = [iv.train(iv.Experiment(epochs=3, restarts=2)) for _ in range(2)]
print(*(run.loop for run in runs), len(loops._beside), runs[0].losses.sum())
for process in loops._beside:
    assert process.wait(120) == 0
print(iv.train(iv.Experiment(epochs=3, restarts=2)).loop)
"""


def python(cache, *arguments, **environment):
    """What a process says that keeps its compiled code in that folder."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), **environment}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def first_visit(tmp_path_factory):
    """A folder in which nothing was, and what the first process to train said there."""
    cache = tmp_path_factory.mktemp("cache")
    return cache, python(cache, "-c", TRAIN)


@pytest.fixture
def cache(first_visit, tmp_path):
    """A copy, to be damaged."""
    return shutil.copytree(first_visit[0], tmp_path / "cache")


def test_the_first_process_trains_by_the_plain_loop_to_its_end(first_visit):
    first, second, compiling, _, after = first_visit[1]
    assert (first, second, compiling) == ("plain", "plain", "1")
    assert after == "plain"  # although the compiled one is there by now


def test_the_next_one_finds_the_compiled_loop_and_rounds_otherwise(first_visit, cache):
    first, second, compiling, losses, after = python(cache, "-c", TRAIN)
    assert (first, second, compiling, after) == ("compiled", "compiled", "0", "compiled")
    assert float(losses) == pytest.approx(float(first_visit[1][3]), rel=1e-5)


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", ["cut", "empty", "garbage"])
def test_a_damaged_file_is_as_good_as_none(cache, kind, damage):
    files = list(cache.rglob(f"*.{kind}"))
    for file in files:
        content = file.read_bytes()
        kept = {"cut": content[: len(content) // 2], "empty": b"", "garbage": b"x" * len(content)}
        file.write_bytes(kept[damage])
    assert files
    script = TRAIN.replace("assert process.wait(120) == 0", "process.terminate()")
    assert python(cache, "-c", script)[:3] == ["plain", "plain", "1"]


def test_what_is_damaged_is_compiled_again(cache):
    for file in cache.rglob("*.nbc"):
        file.write_bytes(file.read_bytes()[:1000])
    python(cache, "-m", "initviz.training.loops")
    assert python(cache, "-c", TRAIN)[:3] == ["compiled", "compiled", "0"]


def test_another_processor_has_code_of_its_own(cache):
    script = TRAIN.replace("assert process.wait(120) == 0", "process.terminate()")
    assert python(cache, "-c", script, NUMBA_CPU_NAME="nehalem")[0] == "plain"
    assert python(cache, "-c", script)[0] == "compiled"


def test_two_processes_may_compile_at_once(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "initviz.training.loops"]
    both = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait(300) for process in both] == [0, 0]
    assert python(tmp_path, "-c", TRAIN)[0] == "compiled"


NO_PLACE = """
from initviz.training import compiled
def no_place():
    raise RuntimeError("cannot cache function: no locator available")
compiled.train_networks.enable_caching = no_place
"""


def test_where_nothing_can_be_kept_the_plain_loop_trains(tmp_path):
    script = NO_PLACE + TRAIN.replace("assert process.wait(120) == 0", "process.terminate()")
    assert python(tmp_path, "-c", script)[:3] == ["plain", "plain", "0"]
