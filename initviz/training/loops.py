"""Which of the two loops trains, and seeing to it that the compiled one is there.

``python -m initviz.training.loops`` compiles it, which takes half a minute once on a machine;
``initviz lab`` and Binder's build do so. The code is kept where numba keeps such code, beside
``compiled.py`` or else in the user's cache, apart for every kind of processor, and later processes
find it there. A process that finds none trains by the plain loop, while another one compiles.

The two loops round differently. So a process keeps to the one that it has found when it trained for
the first time, and the same experiment gives the same run.
"""

import os
import subprocess
import sys
from contextlib import suppress
from functools import cache

from ..errors import bad, in_words, one_of, tell
from . import loop
from .task import Loop, Task

LOOPS = ("plain", "compiled")
BLOCK_BYTES = 2**20  # in hand at once in a block of the plain loop: a core's cache holds that
BLOCKS = 4  # of the compiled loop for each thread, so that a slower core has less to do


@cache
def usual_loop() -> str:
    """The loop of this process: "compiled" where that is found, else "plain"."""
    try:
        from . import compiled
    except ImportError:  # no numba, or none that fits this NumPy
        return "plain"
    if compiled.load():
        return "compiled"
    if compiled.can_be_kept():
        _compile_beside()
    return "plain"


def check_loop(asked: str | None) -> str:
    """The loop that is asked for, compiled where it must be; None asks for the usual one.

    Raises ValueError where there is no such loop, or no numba for it.
    """
    if asked is None:
        return usual_loop()
    if one_of("loop", asked, LOOPS) == "compiled":
        try:
            compile_loop()
        except ImportError as error:
            remedy = f"it needs numba ({error}): pip install 'initviz[fast]'"
            raise bad("loop", asked, remedy) from None
    return asked


@cache
def compile_loop() -> None:
    """Compile what is not found, and keep it for other processes where that can be done."""
    from . import compiled

    if not compiled.load():
        compiled.compile_all()


def plan(name: str, task: Task, restarts: int, threads: int) -> tuple[Loop, int, int]:
    """The loop, into how many blocks the restarts go, and how many threads work on them."""
    if name == "compiled":
        from . import compiled

        return compiled.train, BLOCKS * threads, threads
    bytes_each = 3 * sum(task.layers[1:]) * task.data[0][0].nbytes
    return loop.train, -(-restarts * bytes_each // BLOCK_BYTES), 1


def cores() -> int:
    """How many this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


_beside: list[subprocess.Popen] = []  # held, or Python would complain that it still runs


def _compile_beside() -> None:
    command = [sys.executable, "-m", "initviz.training.loops"]
    silent = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    with suppress(OSError):  # where no process can be started, the plain loop does it all
        _beside.append(subprocess.Popen(command, **silent, start_new_session=True))


if __name__ == "__main__":
    try:
        compile_loop()
    except (ImportError, OSError) as error:  # no numba, or a full disk
        tell(f"Networks will train by the plain loop: {in_words(error)}")
