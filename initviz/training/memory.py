"""Does it fit, and does it end? What training takes is worked out before anything is drawn."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from ..errors import bad
from ..networks.datasets import Dataset
from ..networks.memory import NO_QUESTION, free_bytes, too_large
from .experiment import Experiment, layers_of

SNAPSHOT_BYTES = 2**26  # for the stored weights of one run; start and end are always kept
MOST_EPOCHS = 10**8  # the smallest network takes minutes for them, others take days
BUFFERS = 4  # as large as the weights of a network at work: these, their moments and gradient
BATCH_NORM = 6  # numbers that a unit keeps of every sample, where all of them pass together


def _fewer_units(e: Experiment, n: int) -> Experiment:
    deep = len(e.hidden_layers) > max(e.hidden_layers)
    hidden = e.hidden_layers[:n] if deep else [min(units, n) for units in e.hidden_layers]
    return replace(e, hidden_layers=hidden)


# An experiment with one setting made smaller, so that its ``_size`` is at most n.
SMALLER: dict[str, Callable[[Experiment, int], Experiment]] = {
    "restarts": lambda e, n: replace(e, restarts=min(e.restarts, n)),
    "epochs": lambda e, n: replace(e, epochs=min(e.epochs, n)),
    "hidden_layers": _fewer_units,
}


def check_size(experiment: Experiment, data: Dataset, copies: int = 1) -> None:
    """ValueError where training so many copies at once would take more memory than there is, or
    nobody would see the end of it.

    It names the setting that is largest beside its default, and what would fit.
    """
    _check_memory(experiment, data, copies)
    if experiment.epochs > MOST_EPOCHS:
        remedy = f"this takes hours or days; give {MOST_EPOCHS:,} or fewer"
        raise bad("epochs", experiment.epochs, remedy)


def _check_memory(experiment: Experiment, data: Dataset, copies: int) -> None:
    needed = copies * bytes_of(experiment, data)
    if needed <= NO_QUESTION or needed <= (free := free_bytes()):
        return
    usual = Experiment()
    times = {name: _size(experiment, name) / _size(usual, name) for name in SMALLER}
    largest_first = sorted(SMALLER, key=lambda name: -times[name])
    for name in largest_first:
        fits = _largest_that_fits(experiment, data, name, free / copies)
        if fits is not None:
            remedy = f"{getattr(fits, name)} would fit"
            break
    else:
        name, remedy = largest_first[0], f"make {', '.join(largest_first)} smaller"
    raise too_large(name, getattr(experiment, name), needed, free, remedy)


def bytes_of(experiment: Experiment, data: Dataset) -> int:
    """What training an experiment takes at least: weights, losses, and one network in work."""
    e, layers = experiment, layers_of(experiment, data)
    number = 4 if e.dtype == "float32" else 8
    each = number * sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(layers))
    weights = e.restarts * each
    kept = max(2 * weights, min(SNAPSHOT_BYTES, (e.epochs + 1) * weights))
    scores = (e.epochs + 1) * e.restarts * 8 * (1 if data.task == "regression" else 2)
    at_work = max(weights, BUFFERS * each)  # what is drawn is in the results when training begins
    rows = BATCH_NORM if e.norm == "batch" else 1
    return at_work + kept + scores + rows * number * sum(layers) * len(data.X)


def _size(experiment: Experiment, name: str) -> int:
    value = getattr(experiment, name)
    return value if isinstance(value, int) else max(len(value), *value, 1)


def _largest_that_fits(e: Experiment, data: Dataset, name: str, free: float) -> Experiment | None:
    """The experiment with one setting as large as fits well, or None where even 1 does not."""
    fits, too_much, smaller = 0, _size(e, name), SMALLER[name]
    while too_much - fits > 1:
        middle = (fits + too_much) // 2
        if bytes_of(smaller(e, middle), data) <= free / 2:
            fits = middle
        else:
            too_much = middle
    return smaller(e, int(float(f"{fits:.2g}"))) if fits else None
