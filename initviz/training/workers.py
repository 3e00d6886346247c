"""Where tasks are done: here, in processes that joblib starts, or by the workers of a dask client.

A worker may die: it takes more memory than there is, its machine is switched off, or a function of
the user's ends it. What is finished by then is not lost, the rest goes on in others, and what died
with it is tried again, in ever smaller parts, until those are known that no worker survives.
"""

import multiprocessing
import os
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from traceback import format_exc
from typing import Any, TypeVar

from .alone import alone, end_with

T = TypeVar("T")
R = TypeVar("R")
Finished = Generator[tuple[T, R], None, list[T]]  # tasks and results; it returns what is left

AHEAD = 2  # tasks for every thread of a cluster: it has one at hand when one is done
LOOK, LONG = 1, 10  # seconds between two looks at a cluster; after so many it may have no workers

CANCELLED = (
    "the dask client has lost its scheduler, or somebody has cancelled its tasks; what is finished "
    "is in the cache, if there is one, and a new sweep goes on from there"
)


def finished(
    function: Callable[[T], R], tasks: list[T], parts: Callable[[T], list[T]], n_jobs: int
) -> Generator[tuple[T, R | None], None, None]:
    """(task, result) of each as they finish, or (part, None) of what no worker survives.

    parts: of a task, to be done one by one if a worker dies of it.
    n_jobs: as joblib has it; 1 does all of them here.

    Raises what the function raises. Whoever asks for no more leaves no task in work.
    """
    if n_jobs == 1 or not tasks:
        yield from _here_and_now(function, tasks)
        return
    from joblib.parallel import get_active_backend

    backend: Any = get_active_backend()[0]
    if hasattr(backend, "client"):
        with backend.retrieval_context():  # a worker that asks this leaves its place to another
            left = yield from _on_dask(backend, partial(_once, function), tasks)
            left = yield from _on_dask(backend, partial(alone, function), _smaller(left, parts))
            left = yield from _on_dask(backend, partial(alone, function), left)
    elif len(tasks) == 1:  # a process takes longer to start than most tasks
        left = yield from _here_and_now(function, tasks)
    else:
        left = yield from _by_joblib(function, tasks, n_jobs)
        jobs = backend.effective_n_jobs(n_jobs)
        left = yield from _apart(function, left, jobs)
        left = yield from _apart(function, _smaller(left, parts), jobs)
        left = yield from _apart(function, left, jobs=1)  # there may be memory for one
    yield from ((task, None) for task in left)


def _here_and_now(function: Callable[[T], R], tasks: list[T]) -> Finished[T, R]:
    yield from ((task, function(task)) for task in tasks)
    return []


def _smaller(tasks: list[T], parts: Callable[[T], list[T]]) -> list[T]:
    return [part for task in tasks for part in parts(task)]


def _by_joblib(function: Callable[[T], R], tasks: list[T], n_jobs: int) -> Finished[T, R]:
    """Wherever joblib does it, until one of its processes dies, and with it all the others."""
    from joblib import Parallel, delayed

    left, options = dict(enumerate(tasks)), {"return_as": "generator_unordered", "batch_size": 1}
    calls = (delayed(_numbered)(function, *each, os.getpid()) for each in enumerate(tasks))
    results: Any = Parallel(n_jobs, **options)(calls)
    try:
        for number, result, error in results:
            if error is not None:
                raise error
            yield left.pop(number), result
    except BrokenProcessPool:
        pass
    finally:
        with warnings.catch_warnings():
            # joblib would warn that the tasks which have not finished are given up.
            warnings.simplefilter("ignore")
            results.close()
    return [*left.values()]


def _apart(function: Callable[[T], R], tasks: list[T], jobs: int) -> Finished[T, R]:
    """So many at once, each in a process that does nothing else, so that it is known who dies."""
    from joblib.externals.loky import FIRST_COMPLETED, ProcessPoolExecutor, wait

    waiting, left, running, started = deque(tasks), [], {}, []

    def begin(process: Any = None) -> None:
        """The next task, if there is one, in this process or a new one."""
        if not waiting:
            return
        if process is None:
            started.append(process := ProcessPoolExecutor(1))
        try:
            future = process.submit(_here, function, waiting[0], os.getpid())
        except BrokenProcessPool:  # it has died at rest
            begin()
        else:
            running[future] = waiting.popleft(), process

    try:
        for _ in range(jobs):
            begin()
        while running:
            for future in sorted(wait(running, return_when=FIRST_COMPLETED).done, key=_failed):
                task, process = running.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    left.append(task)
                    begin()
                else:
                    begin(process)
                    yield task, result
    finally:
        for process in started:
            process.shutdown(kill_workers=True)
    return left


def _on_dask(backend: Any, function: Callable[[T], R | None], tasks: list[T]) -> Finished[T, R]:
    """As many at once as keep all workers busy, whoever joins or leaves.

    joblib's own way to dask waits for ever when workers die again and again.
    """
    from distributed import CancelledError, KilledWorker

    client, waiting, left, running = backend.client, deque(tasks), [], {}
    try:
        while waiting or running:
            with _connected():
                while waiting and len(running) < max(1, AHEAD * _threads(client)):
                    task = waiting.popleft()
                    future = client.submit(function, task, pure=False, **backend.submit_kwargs)
                    running[future] = task
                done = _done(client, running)
            for future in sorted(done, key=_failed):
                task = running.pop(future)
                try:
                    result = future.result()
                except KilledWorker:  # several of them, while they were at it
                    result = None
                except CancelledError as error:
                    raise RuntimeError(CANCELLED) from error
                if result is None:
                    left.append(task)
                else:
                    yield task, result
    finally:
        with suppress(Exception):  # where there is no connection any more, there is no task either
            client.cancel([*running])
    return left


@contextmanager
def _connected() -> Iterator[None]:
    from distributed import CancelledError

    try:
        yield
    except (CancelledError, OSError) as error:
        raise RuntimeError(CANCELLED) from error


def _failed(future: Any) -> bool:
    """To sort by: what has finished along with a failure comes first, lest it be lost."""
    return future.exception() is not None


def _threads(client: Any) -> int:
    return sum(client.nthreads().values())


def _done(client: Any, futures: Iterable[Any]) -> set[Any]:
    """Those that have finished, at least one."""
    from distributed import wait

    deserted = 0  # looks in a row
    while True:
        try:
            found: Any = wait([*futures], timeout=LOOK, return_when="FIRST_COMPLETED")
            return found.done
        except TimeoutError:
            deserted = 0 if _threads(client) else deserted + 1
            if deserted == LONG:
                text = "the dask cluster has no workers; the sweep goes on as soon as one joins"
                warnings.warn(text, stacklevel=6)  # at the call of initviz.sweep


def _once(function: Callable[[T], R], task: T) -> R | None:
    """On a worker of dask. If one has died while it did this before, a process of its own does it:
    whoever kills a worker each time would kill them all.
    """
    from distributed import get_client, get_worker

    client, key = get_client(), get_worker().get_current_task()
    if client.get_metadata(key, False):
        return alone(function, task)
    client.set_metadata(key, True)  # until dask forgets the task
    return function(task)


def _numbered(
    function: Callable[[T], R], number: int, task: T, starter: int
) -> tuple[int, R | None, Exception | None]:
    """(number, result, error): one that is raised would make joblib drop what has finished."""
    try:
        return number, _here(function, task, starter), None
    except Exception as error:
        if multiprocessing.parent_process() is not None:
            error.add_note(f"In a process of its own:\n{format_exc()}")  # for it stays behind
        return number, None, error


def _here(function: Callable[[T], R], task: T, starter: int) -> R:
    """In a process that does not outlive its starter, if it has one."""
    if multiprocessing.parent_process() is not None:
        end_with(starter)
    return function(task)
