"""Measures results: on all cores, under a progress bar, and going on where it was stopped."""

import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ..training.blas import one_blas_thread
from ..training.progress import Bar
from .result import Job, Measured, Result

DIGITS = 6
HASH = 16  # hexadecimal digits in the name of a note
PACKAGE = Path(__file__).parents[1]


def measure(results: Sequence[Result], full: bool, notes: Path) -> dict[str, list[Measured]]:
    """What every job of every result gives: name of the result → its jobs' numbers, in order.

    notes: a folder in which every finished job is written down. A job that is found there, written
        by the same code, is not measured again.
    """
    notes.mkdir(parents=True, exist_ok=True)
    jobs = [(result, job) for result in results for job in result.study.jobs(full)]
    missing = [(result, job) for result, job in jobs if not _note(notes, result, job).exists()]
    with Bar(len(jobs)) as bar:
        bar.show(len(jobs) - len(missing))
        for done, (result, job, measured) in enumerate(_all(missing), len(jobs) - len(missing) + 1):
            note = _note(notes, result, job)
            draft = note.with_suffix(".draft")  # a note is whole, wherever we are stopped
            draft.write_text(json.dumps(measured))
            draft.replace(note)
            bar.show(done)
    measured: dict[str, list[Measured]] = {result.name: [] for result in results}
    for result, job in jobs:
        measured[result.name].append(json.loads(_note(notes, result, job).read_text()))
    return measured


def forget(results: Sequence[Result], notes: Path) -> None:
    """Take away what ``measure`` has written for these results, of old code as well, and the folder
    if nothing else is in it."""
    for result in results:
        for note in notes.glob(f"{result.name}-{'[0-9a-f]' * HASH}.*"):
            if note.suffix in (".json", ".draft"):
                note.unlink()
    if not any(notes.iterdir()):
        notes.rmdir()


def _all(jobs: list[tuple[Result, Job]]) -> Iterator[tuple[Result, Job, Measured]]:
    """Every job with what it gives, as they finish, each core busy with one at a time."""
    known = hasattr(os, "sched_getaffinity")
    cores = sorted(os.sched_getaffinity(0)) if known else range(os.cpu_count() or 1)
    context = get_context("spawn")  # a fork would take BLAS's threads along, half alive
    queue = context.SimpleQueue()
    for core in cores:
        queue.put(core)
    with ProcessPoolExecutor(len(cores), context, _settle_on_a_core, (queue,)) as pool:
        futures = {pool.submit(_measure, r.study.measure, job): (r, job) for r, job in jobs}
        try:
            for future in as_completed(futures):
                yield *futures[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # stopped half way, begin no more


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
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {queue.get()})


def _note(notes: Path, result: Result, job: Job) -> Path:
    text = json.dumps([_source(), result.name, job], sort_keys=True)
    return notes / f"{result.name}-{hashlib.sha256(text.encode()).hexdigest()[:HASH]}.json"


@cache
def _source() -> str:
    """A fingerprint of the package, so that no number outlives the code that produced it."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
