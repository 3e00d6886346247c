"""Does it fit? What training takes is worked out from the settings, before anything is drawn."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from math import inf
from pathlib import Path

from ..errors import bad
from ..networks.datasets import Dataset
from .experiment import Experiment, layers_of

SNAPSHOT_BYTES = 2**26  # for the stored weights of one run; start and end are always kept
NO_QUESTION = 2**28  # bytes, below which nobody asks the system how many are free
BUFFERS = 18  # as large as the weights of a network in work: gradient, rates, 16 epochs of them

Smaller = Callable[[Experiment, int], Experiment]


def _fewer_units(e: Experiment, n: int) -> Experiment:
    deep = len(e.hidden_layers) > max(e.hidden_layers)
    hidden = e.hidden_layers[:n] if deep else [min(units, n) for units in e.hidden_layers]
    return replace(e, hidden_layers=hidden)


# An experiment with one setting made smaller, so that its ``_size`` is at most n.
SMALLER: dict[str, Smaller] = {
    "restarts": lambda e, n: replace(e, restarts=min(e.restarts, n)),
    "epochs": lambda e, n: replace(e, epochs=min(e.epochs, n)),
    "hidden_layers": _fewer_units,
}


def check_memory(experiment: Experiment, data: Dataset) -> None:
    """Raise ValueError where training would take more memory than there is.

    It names the setting that is largest beside its default, and what would fit.
    """
    needed = bytes_of(experiment, data)
    if needed <= NO_QUESTION or needed <= (free := free_bytes()):
        return
    usual = Experiment()
    largest_first = sorted(
        SMALLER, key=lambda name: _size(experiment, name) / _size(usual, name), reverse=True
    )
    for name in largest_first:
        fits = _largest_that_fits(experiment, data, SMALLER[name], _size(experiment, name), free)
        if fits is not None:
            remedy = f"{getattr(fits, name)} would fit"
            break
    else:
        name, remedy = largest_first[0], f"make {', '.join(largest_first)} smaller"
    raise too_large(name, getattr(experiment, name), needed, free, remedy)


def too_large(argument: str, value: object, needed: float, free: float, remedy: str) -> ValueError:
    """``restarts=1000000000: this takes 1.3 TB of memory, and 8 GB are free; 90 would fit``."""
    takes = f"this takes {_in_words(needed)} of memory, and {_in_words(free)} are free"
    return bad(argument, value, f"{takes}; {remedy}")


def bytes_of(experiment: Experiment, data: Dataset) -> int:
    """What training an experiment takes at least: weights, losses, and one network in work."""
    e, layers = experiment, layers_of(experiment, data)
    number = 4 if e.dtype == "float32" else 8
    each = number * sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(layers))
    weights = e.restarts * each
    kept = max(2 * weights, min(SNAPSHOT_BYTES, (e.epochs + 1) * weights))
    scores = (e.epochs + 1) * e.restarts * 8 * (1 if data.task == "regression" else 2)
    return weights + kept + scores + BUFFERS * each + number * sum(layers) * len(data.X)


def _size(experiment: Experiment, name: str) -> int:
    value = getattr(experiment, name)
    return value if isinstance(value, int) else max(len(value), *value, 1)


def _largest_that_fits(
    experiment: Experiment, data: Dataset, smaller: Smaller, size: int, free: float
) -> Experiment | None:
    """The experiment with one setting as large as fits well, or None where even 1 does not."""
    fits, too_much = 0, size
    while too_much - fits > 1:
        middle = (fits + too_much) // 2
        if bytes_of(smaller(experiment, middle), data) <= free / 2:
            fits = middle
        else:
            too_much = middle
    return smaller(experiment, int(float(f"{fits:.2g}"))) if fits else None


def free_bytes() -> float:
    """What this process may still take, as far as the system says; else infinity."""
    limits = [inf]
    with suppress(OSError, ValueError, AttributeError):  # no such system call on Windows
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(OSError, IndexError):  # files of Linux
        memory = Path("/proc/meminfo").read_text().partition("MemAvailable:")[2]
        limits.append(int(memory.split()[0]) * 1024)
    with suppress(OSError, ValueError):  # of a container; "max" where it sets no limit
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    with suppress(ImportError, OSError, ValueError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            limits.append(max(0, limit - pages * resource.getpagesize()))
    return min(limits)


def _in_words(size: float) -> str:
    for unit in ("MB", "GB", "TB", "PB"):
        size /= 1000 if unit != "MB" else 10**6
        if size < 1000:
            break
    return f"{size:.3g} {unit}"
