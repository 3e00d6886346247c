"""Measures results: on all cores, under a progress bar, and going on where it was stopped."""

import json
import os
import signal
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing, contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

from ..errors import tell
from ..training.blas import one_blas_thread
from ..training.progress import Bar
from . import notes as noted
from .result import Job, Measured, Result

DIGITS = 6


def measure(results: Sequence[Result], full: bool, notes: Path) -> dict[str, list[Measured]]:
    """What every job of every result gives: name of the result → its jobs' numbers, in order.

    notes: a folder in which every finished job is written down. A job that is found there, written
        by the same code, is not measured again; one whose note is damaged is, and that is said.
    """
    jobs = [(result, job) for result in results for job in result.study.jobs(full)]
    places = [noted.place(notes, result, job) for result, job in jobs]
    made = noted.prepare(notes, places)
    found = {n: note.measured for n, p in enumerate(places) if (note := noted.read(p))}
    missing = {n: each for n, each in enumerate(jobs) if n not in found}
    _tell_what_is_useless(results, notes, [places[n] for n in missing])
    with Bar(len(jobs)) as bar, closing(_all(missing)) as finished:
        bar.show(len(found))
        for n, numbers in finished:
            noted.write(places[n], numbers, made)
            found[n] = numbers
            bar.show(len(found))
    return {
        result.name: [found[n] for n, (of, _) in enumerate(jobs) if of is result]
        for result in results
    }


def _tell_what_is_useless(results: Sequence[Result], notes: Path, without: list[Path]) -> None:
    """without: the places that hold no note, or a damaged one."""
    damaged = sum(place.exists() for place in without)
    whole = filter(None, map(noted.read, noted.of(results, notes)))
    old = sum(note.code != noted.source() for note in whole)
    if damaged or old:
        which = f"{damaged} damaged notes in {notes}, and {old} of other code, are of no use"
        tell(f"initviz papers: {which}: those jobs are measured again.")


def _all(jobs: Mapping[int, tuple[Result, Job]]) -> Generator[tuple[int, Measured]]:
    """Every job's number with what it gives, as they finish, each core busy with one at a time."""
    known = hasattr(os, "sched_getaffinity")
    cores = sorted(os.sched_getaffinity(0)) if known else range(os.cpu_count() or 1)
    context = get_context("spawn")  # a fork would take BLAS's threads along, half alive
    queue = context.SimpleQueue()
    for core in cores:
        queue.put(core)
    others = active_children()
    with ProcessPoolExecutor(len(cores), context, _settle_on_a_core, (queue,)) as pool:
        try:
            with _deaf_to_ctrl_c():
                asked = {n: pool.submit(_measure, r.study.measure, j) for n, (r, j) in jobs.items()}
            numbers = {future: n for n, future in asked.items()}
            for future in as_completed(numbers):
                yield numbers[future], future.result()
        except BaseException:  # stopped half way
            with _deaf_to_ctrl_c():
                for worker in set(active_children()) - set(others):
                    worker.kill()  # one that only starts would say that it misses us
                pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """We hear it at the end, and workers that are started within when they have settled: while they
    import they would say where they were."""
    usual, pressed = signal.getsignal(signal.SIGINT), []
    ours = callable(usual) and current_thread() is main_thread()
    if ours:  # to hold it back is not enough: another thread of ours would take it
        signal.signal(signal.SIGINT, lambda *which: pressed.append(which))
    _hold_back(signal.SIG_BLOCK)
    try:
        yield
    finally:
        _hold_back(signal.SIG_UNBLOCK)
        if ours:
            signal.signal(signal.SIGINT, usual)
    if pressed and callable(usual):
        usual(*pressed[0])


def _hold_back(how: int) -> None:
    """From this thread, and from the processes that it starts; not on Windows."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(how, {signal.SIGINT})


def _measure(measure: Callable[..., Measured], job: Job) -> Measured:
    """On one thread: a worker has one core, on which several would wait for one another."""
    with one_blas_thread:
        return _rounded(measure(**job))


def _rounded(value: Any) -> Any:
    """Every number in it to ``DIGITS``: more of them differ between processors."""
    return json.loads(json.dumps(value), parse_float=lambda n: float(f"{float(n):.{DIGITS}g}"))


def _settle_on_a_core(queue) -> None:
    """A worker keeps to one core: trainings on two threads each would wait for one another.

    On Ctrl-C it ends without a word; the one who started it says what is to be said.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not in the background
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    _hold_back(signal.SIG_UNBLOCK)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {queue.get()})
