"""One case of the clinic, checked up in a process that may be stopped."""

import signal
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from time import perf_counter
from typing import TypeVar

import torch
from clinic.cases import Batch, Healthy, Result, Sick
from clinic.learning import built, effect, one_pass

import initviz as iv
from initviz.checkups import Report

SECONDS = 60  # for one case
ENOUGH = 0.2  # seconds, to know how long something takes
T = TypeVar("T")


@contextmanager
def limited():
    """Within, whatever takes too long is stopped."""

    def stop(*_):
        raise TimeoutError(f"not done after {SECONDS} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


def checked(batch: Batch, mend: bool) -> Report:
    rate = batch.learning_rate
    return iv.checkup(batch.model, batch.X, batch.y, batch.loss, learning_rate=rate, mend=mend)


def timed(once: Callable[[], T]) -> tuple[float, T]:
    """(seconds, what it gives): the best of three, unless that takes long."""
    seconds = []
    while len(seconds) < 3 and sum(seconds) < ENOUGH:
        start = perf_counter()
        given = once()
        seconds.append(perf_counter() - start)
    return min(seconds), given


def cases_of(module: str) -> list[Healthy | Sick]:
    """Whatever there is in a module of the clinic."""
    module = import_module(f"clinic.{module}")
    return getattr(module, "SICK", None) or module.CASES


def places(module: str) -> list[tuple[str, int]]:
    return [(module, n) for n in range(len(cases_of(module)))]


def of_healthy(case: Healthy) -> dict:
    batch = built(case)
    one_pass(batch)  # the first one makes what later ones find
    one, _ = timed(lambda: one_pass(batch))
    seconds, report = timed(lambda: checked(batch, mend=False))
    cost = [seconds / one, seconds / one]
    if told(report):  # else there is no mend to try
        seconds, report = timed(lambda: checked(batch, mend=True))
        cost[1] = seconds / one
    return {"findings": told(report), "cost": tuple(cost)}


def of_sick(case: Sick) -> dict:
    done = seen(case)
    mend = done["findings"][0][3] if done.get("findings") else ""
    return done | {"effect": effect(case, mend) if mend else ""}


def seen(case: Healthy | Sick) -> dict:
    try:
        report = checked(built(case), True)
    except ValueError as error:
        return {"error": str(error)}
    return {"findings": told(report)}


def told(report: Report) -> tuple[tuple[str, str, str, str], ...]:
    ill = (f for f in report.findings if f.level != "fine")
    return tuple((f.level, f.sign, f.sentence, f.mend) for f in ill)


def result_at(place: tuple[str, int]) -> Result:
    module, number = place
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    return result(cases_of(module)[number])


def result(case: Healthy | Sick, *, trained: bool = True) -> Result:
    """trained: whether time is taken, and mends are trained to see what they do."""
    named = replace(case, make=None)  # which cannot be sent to another process
    whole = of_healthy if isinstance(case, Healthy) else of_sick
    try:
        with limited():
            return Result(named, **(whole if trained else seen)(case))
    except Exception as error:  # told on the page, and by the exit code
        return Result(named, broken=f"{type(error).__name__}: {error}"[:200])
