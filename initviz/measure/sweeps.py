"""Sweeps: an experiment at every setting of a grid, into one table. (For how so many networks are
trained, and where, see ``training.sweeps``.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import MOST, bad, flag, integer, whole
from ..networks.arrays import length
from ..networks.memory import free_bytes, too_large
from ..training.experiment import Data, Experiment, check_experiment, setting_name
from ..training.run import Run
from ..training.sweeps import train_all
from .speed import epochs_to_share, finish_epochs
from .standards import well

if TYPE_CHECKING:
    import pandas


def _accuracy(run: Run) -> np.ndarray:
    return np.full(run.loss.shape, np.nan) if run.accuracies is None else run.accuracies[-1]


MEASURES: dict[str, Callable[[Run], np.ndarray]] = {
    "loss": lambda run: run.loss,
    "accuracy": _accuracy,
    "first_loss": lambda run: run.losses[0],
    "best_loss": lambda run: np.fmin.reduce(run.losses),
    "epochs_to_half": lambda run: epochs_to_share(run, 1 / 2),
    "epochs_to_quarter": finish_epochs,
    "learnt": well,
    "diverged": lambda run: run.diverged,
}
SHARES = ("learnt", "diverged")  # of a setting's networks; of all else the median is taken
MOST_JOBS = 1000  # processes: no machine that we know has as many cores
SETTING_BYTES = 2000  # of an experiment, and of its row in the grid
COLUMNS = {"loss": "loss_function"}  # of settings, where a measure has the name already


def sweep(
    base: Experiment,
    over: Mapping[str, Sequence] | None = None,
    restarts: int | None = None,
    data: Data | None = None,
    *,
    cache: str | Path | None = None,
    n_jobs: int = -1,
    progress: bool = True,
    **more: Sequence,
) -> pandas.DataFrame:
    """Train ``base`` at every combination of the values in ``over``.

    >>> base = Experiment(hidden_layers=(4,), epochs=10, restarts=2)
    >>> table = sweep(base, scale=[0.1, 1.0], n_jobs=1, progress=False)
    >>> [*table.columns[:3]], len(table)
    (['scale', 'restart', 'loss'], 4)

    over, more: values by the name of the setting. An int as ``hidden_layers`` is a depth: so many
        layers as wide as base's first.
    restarts: networks a setting; None takes base's.
    data: used instead of the data set that is named: a ``Dataset``, or (X, y).
    cache: a folder where finished settings are kept, so that a sweep goes on where it was stopped
        and a changed grid trains only what is new. It may be shared by several sweeps at once.
    n_jobs: processes, each on one core; -1 takes all cores, and 1 trains in this one. A dask client
        has its own number.
    progress: show a progress bar of networks.

    Returns one row for each setting and restart, in the order of the grid, the last name in
    ``over`` changing fastest; restart r is what ``train`` gives for that setting alone. Columns:
    the swept settings (``loss`` as ``loss_function``), ``restart``, and
    loss, accuracy: after the last epoch; accuracy is NaN for regression.
    first_loss, best_loss: before any step, and the lowest on the way.
    epochs_to_half, epochs_to_quarter: the first epoch at which the loss is at most that part of
        guessing's; inf if never.
    learnt, diverged: whether the final loss is below a quarter of guessing's, and whether the loss
        stopped being a finite number.
    Where workers die, others go on. A setting that none survives is named in a warning, with NaN.
    ``attrs`` has ``base`` as JSON, with the number of restarts, and ``over`` as lists.

    Raises ValueError, before anything is trained, where a setting is wrong, does not fit the data
    or is there twice, and where ``cache`` cannot be written. Warns once if writing fails later, and
    once if files in there are damaged, whose settings are trained again.
    """
    check_experiment(base, "base")
    if integer(n_jobs) in (None, 0):
        raise bad("n_jobs", n_jobs, "give a number of processes, or -1 for one a core")
    if n_jobs > MOST_JOBS:
        raise bad("n_jobs", n_jobs, f"give at most {MOST_JOBS:,}, or -1 for one a core")
    flag("progress", progress)
    over = _checked({} if over is None else over, more, data)
    if restarts is not None:
        base = replace(base, restarts=restarts)
    _check_memory(base, over)
    over = {name: [*map(_plain, values)] for name, values in over.items()}
    settings = _settings(base, over)
    how: Any = {"cache": cache, "n_jobs": n_jobs, "progress": progress}
    rows = train_all(settings, data, measured, len(MEASURES), **how)
    return _frame(base, over, rows)


def _checked(over: Mapping, more: Mapping, data: object) -> dict[str, Sequence]:
    """The values by the name of their setting, or ValueError."""
    if not isinstance(over, Mapping) or not (over or more):
        example = '{"scale": [0.5, 1, 2]}'
        remedy = f"give the values of at least one setting, such as {example}"
        raise bad("over", over, f"{remedy}; your own data go to data=(X, y)")
    names = [setting_name(name, "over") for name in (*over, *more)]
    if len(set(names)) < len(names):
        raise bad("over", names, "one of them is there twice; give each setting once")
    over = dict(zip(names, (*over.values(), *more.values()), strict=True))
    if "restarts" in over:
        raise bad("over", "restarts", "give their number as restarts=")
    if "dataset" in over and data is not None:
        raise bad("over", "dataset", "data= would stand for all of them; leave one of the two out")
    return {n: _values(n, values) for n, values in over.items()}


def _values(name: str, values: Sequence) -> Sequence:
    try:
        there = isinstance(values, Sequence | np.ndarray) and _count(values) > 0
    except Exception:  # whatever a class of somebody's raises; an array of no axis has no length
        there = False
    if not there or isinstance(values, str | bytes | bytearray):
        raise bad(f"over[{name!r}]", values, "give a list of values, at least one")
    return values


def _count(values: Sequence) -> int:
    """How many there are, at most: a range can have more than ``len`` can say."""
    if isinstance(values, range):
        return length(values)
    return max(len(values), np.size(values)) if isinstance(values, np.ndarray) else len(values)


def _plain(value: Any, depth: int = 2) -> Any:
    """NumPy's numbers and arrays as Python's, and lists as tuples; not what no setting can be."""
    if isinstance(value, np.generic | np.ndarray) and value.size <= MOST:
        value = value.tolist()
    if isinstance(value, list | tuple) and depth:
        return tuple(_plain(each, depth - 1) for each in value)
    return value


def _check_memory(base: Experiment, over: dict[str, Sequence]) -> None:
    """ValueError where the settings alone, or their table, are more than there is memory for."""
    settings = prod(map(_count, over.values()))
    needed = settings * (SETTING_BYTES + base.restarts * 8 * len(MEASURES))
    if needed > (free := free_bytes()):
        grid = f"{settings:,} settings of {base.restarts:,} networks"
        raise too_large("over", grid, needed, free, "take fewer values, or fewer restarts")


def _settings(base: Experiment, over: dict[str, list]) -> list[Experiment]:
    combinations = [dict(zip(over, values, strict=True)) for values in product(*over.values())]
    settings = [replace(base, **_resolved(base, each)) for each in combinations]
    for name, values in over.items():
        different = {getattr(setting, name) for setting in settings}
        if len(different) < len(values):
            raise bad(f"over[{name!r}]", values, "one of them is there twice; give each value once")
    return settings


def _resolved(base: Experiment, values: dict[str, Any]) -> dict[str, Any]:
    depth = values.get("hidden_layers")
    if not isinstance(depth, Integral):
        return values
    if whole("hidden_layers", depth, least=0, below=10**6) and not base.hidden_layers:
        raise bad("hidden_layers", depth, "base has no layer whose width it could be; give a tuple")
    return values | {"hidden_layers": base.hidden_layers[:1] * depth}


def measured(run: Run) -> np.ndarray:
    """(restarts, measures)."""
    return np.column_stack([measure(run) for measure in MEASURES.values()])


def _frame(base: Experiment, over: dict[str, list], rows: np.ndarray) -> pandas.DataFrame:
    import pandas as pd

    combinations = list(product(*over.values()))
    columns = {}
    for name, values in zip(over, zip(*combinations, strict=True), strict=True):
        each = [value for value in values for _ in range(base.restarts)]
        # Else pandas would make a number of None, and a table of tuples of one length.
        columns[COLUMNS.get(name, name)] = pd.Series(each, dtype=object if None in each else None)
    columns["restart"] = np.tile(np.arange(base.restarts), len(combinations))
    for name, column in zip(MEASURES, rows.T, strict=True):
        columns[name] = _yes_or_no(column) if name in SHARES else column
    frame = pd.DataFrame(columns)
    frame.attrs = {"base": base.to_json(), "over": {n: _listed(v) for n, v in over.items()}}
    return frame


def _yes_or_no(column: np.ndarray) -> Any:
    """bool, or where some are NaN pandas' own "boolean", which has a word for that."""
    import pandas as pd

    missing = np.isnan(column)
    yes = column == 1
    return pd.arrays.BooleanArray(yes, missing) if missing.any() else yes


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value
