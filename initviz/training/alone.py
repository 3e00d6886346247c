"""A task in a process of its own, where what it does to that process harms nobody else.

joblib starts none in the workers of dask, and Python itself allows them none, so this is a program:
it reads a function and a task, and writes the result.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from threading import Thread
from time import sleep
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

LOOK = 0.5  # seconds between two looks at whether the parent is still there


def alone(function: Callable[[T], R], task: T) -> R | None:
    """``function(task)``, or None where the process dies of it. Raises what the function raises."""
    path = os.pathsep.join(filter(None, sys.path))
    process = subprocess.run(
        [sys.executable, "-m", __name__],
        input=pickle.dumps((os.getpid(), function, task)),
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
    )
    if process.returncode:
        return None
    result = pickle.loads(process.stdout)
    if isinstance(result, Exception):
        raise result
    return result


@cache
def end_with(starter: int) -> None:
    """This process ends soon after the one that started it, whatever that died of.

    On Windows, where it would not hear of it, it ends when its task is done.
    """
    if sys.platform != "win32":
        parent = os.getppid()
        if parent == 1 != starter:  # it has died, though the system may know it for a while
            os._exit(1)
        try:
            os.kill(starter, 0)
        except ProcessLookupError:  # it died before we looked who the parent is
            os._exit(1)
        Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        sleep(LOOK)
    os._exit(1)


def _main() -> None:
    answer = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # where a function prints to is no result
    starter, function, task = pickle.load(sys.stdin.buffer)
    end_with(starter)
    try:
        result = function(task)
    except Exception as error:
        result = error
    with suppress(BrokenPipeError), open(answer, "wb") as file:  # unless nobody reads it
        pickle.dump(result, file)


if __name__ == "__main__":
    _main()
