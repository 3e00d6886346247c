"""Sweeps: an experiment at every setting of a grid, into one table.

    sweep(Experiment(), {"initializer": ["normal", "glorot_normal"], "scale": [0.1, 1, 10]})

Settings whose networks have one shape and are trained alike are trained together, as one ensemble,
and every ensemble in blocks. A block is one joblib task, trained on one thread from start to end,
so that only the blocks in work need memory. joblib runs them in processes, which it starts itself;
``joblib.parallel_config(backend="dask")`` around a sweep takes the workers of a dask client
instead, and ``backend="threading"`` threads, which wait for one another. The numbers are the same.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from itertools import product
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import bad, one_of, whole
from ..networks import datasets
from ..networks.datasets import DATASETS, Dataset
from ..networks.network import stack_networks
from .cache import Cache, keys
from .experiment import Experiment, dataset_for, initial_network, loss_and_output
from .progress import Bar
from .run import Run, guessing_loss
from .train import train_block

if TYPE_CHECKING:
    import pandas


BLOCK = 128  # networks; 64 to 256 are as fast

MEASURES = (
    "loss",
    "accuracy",
    "first_loss",
    "best_loss",
    "epochs_to_half",
    "epochs_to_quarter",
    "learnt",
    "diverged",
)
YES_OR_NO = ("learnt", "diverged")
COLUMNS = {"loss": "loss_function"}  # of settings, where a measure has the name already

# What the networks of one ensemble may differ in, and what stands for it in what they share.
FREE = {
    name: getattr(Experiment(), name)
    for name in ("initializer", "scale", "bias", "noise", "bias_std")
}
FREE_WITHOUT_BATCHES = {"seed": 0, "batch_size": None}  # with batches, the seed orders them


def sweep(
    base: Experiment,
    over: Mapping[str, Sequence],
    restarts: int | None = None,
    data: Dataset | None = None,
    *,
    cache: str | Path | None = None,
    n_jobs: int = -1,
    progress: bool = True,
) -> pandas.DataFrame:
    """Train ``base`` at every combination of the values in ``over``.

    over: values by the name of the setting. An int as ``hidden_layers`` is a depth: so many layers
        as wide as base's first.
    restarts: networks a setting; None takes base's.
    data: used instead of the data set that is named.
    cache: a folder where finished settings are kept, so that a sweep goes on where it was stopped
        and a changed grid trains only what is new. It holds pickles, which can run code when they
        are read: take no folder of a stranger's.
    n_jobs: processes, each on one core; -1 takes all cores. A dask client has its own number.
    progress: show a progress bar of networks.

    Returns one row for each setting and restart, in the order of the grid, the last name in
    ``over`` changing fastest; restart r is what ``train`` gives for that setting alone. Columns:
    the swept settings (``loss`` as ``loss_function``), ``restart``, and
    loss, accuracy: after the last epoch; accuracy is NaN for regression.
    first_loss, best_loss: before any step, and the lowest on the way.
    epochs_to_half, epochs_to_quarter: the first epoch at which the loss is at most that part of
        guessing's; inf if never.
    learnt: whether the final loss is below half of guessing's.
    diverged: whether the loss stopped being a finite number.
    ``attrs`` has ``base`` as JSON, with the number of restarts, and ``over`` as lists.

    Raises ValueError, before anything is trained, where a setting is wrong, does not fit the data
    or is there twice, and where ``cache`` cannot be written. If writing fails later, warns once,
    and goes on without.
    """
    if not isinstance(base, Experiment):
        raise bad("base", base, "give an initviz.Experiment")
    if restarts is not None:
        base = replace(base, restarts=restarts)
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, Integral) or n_jobs == 0:
        raise bad("n_jobs", n_jobs, "give a number of processes, or -1 for one a core")
    over = _checked(over, data)
    settings = _settings(base, over)
    sets = [_fitting(setting, data) for setting in settings]
    table = _Table(settings, sets, None if cache is None else Cache(cache))
    blocks = _blocks(settings, sets, table.missing)
    with _shown(len(table.done), progress) as show, closing(_trained(blocks, n_jobs)) as results:
        show(table.count)
        for block, rows in results:
            table.add(block.networks, rows)
            show(table.count)
    return _frame(base, over, table.rows)


@contextmanager
def _shown(total: int, progress: bool) -> Iterator[Callable[[int], None]]:
    """What tells a progress bar how far it is, or nobody."""
    if not progress:
        yield lambda done: None
        return
    with Bar(total) as bar:
        yield bar.show


# The grid.


def _checked(over: Mapping[str, Sequence], data: Dataset | None) -> dict[str, list]:
    """The values by the name of their setting, as plain Python's; or ValueError."""
    if not isinstance(over, Mapping) or not over:
        example = '{"scale": [0.5, 1, 2]}'
        raise bad("over", over, f"give the values of at least one setting, such as {example}")
    if "restarts" in over:
        raise bad("over", "restarts", "give their number as restarts=")
    if "dataset" in over and data is not None:
        raise bad("over", "dataset", "data= would stand for all of them; leave one of the two out")
    names = [f.name for f in fields(Experiment) if f.name != "restarts"]
    return {(n := one_of("over", name, names)): _values(n, values) for name, values in over.items()}


def _values(name: str, values: Sequence) -> list:
    plain = values.tolist() if isinstance(values, np.ndarray) else values
    if not isinstance(plain, Sequence) or isinstance(plain, str | bytes) or not len(plain):
        raise bad(f"over[{name!r}]", values, "give a list of values, at least one")
    return [_plain(value) for value in plain]


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's, and lists as tuples."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value


def _settings(base: Experiment, over: dict[str, list]) -> list[Experiment]:
    """Every combination of the values, the last name's changing fastest; or ValueError."""
    combinations = [dict(zip(over, values, strict=True)) for values in product(*over.values())]
    settings = [replace(base, **_resolved(base, each)) for each in combinations]
    for name, values in over.items():
        different = {getattr(setting, name) for setting in settings}
        if len(different) < len(values):
            raise bad(f"over[{name!r}]", values, "one of them is there twice; give each value once")
    return settings


def _resolved(base: Experiment, values: dict[str, Any]) -> dict[str, Any]:
    """Depths as layers."""
    depth = values.get("hidden_layers")
    if not isinstance(depth, Integral):
        return values
    if whole("hidden_layers", depth, least=0) and not base.hidden_layers:
        raise bad("hidden_layers", depth, "base has no layer whose width it could be; give a tuple")
    return values | {"hidden_layers": base.hidden_layers[:1] * depth}


def _fitting(setting: Experiment, data: Dataset | None) -> Dataset:
    """The data to train a setting on; ValueError where the two do not fit."""
    data = dataset_for(setting, data)
    loss_and_output(setting, data)
    return data


# Training.


@dataclass(frozen=True)
class _Block:
    """Networks that are trained together, on one thread.

    networks: their places in the table.
    parts: experiments with the restart that each begins with.
    cost: how much work it is, beside others.
    """

    networks: np.ndarray
    parts: list[tuple[Experiment, int]]
    data: Dataset
    cost: int


def _blocks(
    settings: list[Experiment], sets: list[Dataset], missing: Sequence[int]
) -> list[_Block]:
    """All that is to be trained, the longest work first, lest one core does it when others rest."""
    groups = defaultdict(list)
    for i in missing:
        groups[_shared(settings[i], sets[i]), sets[i]].append(i)
    restarts = settings[0].restarts
    size = BLOCK // restarts * restarts or BLOCK  # whole settings, where one is not larger
    blocks = []
    for (_, data), group in groups.items():
        networks = np.add.outer(np.array(group) * restarts, np.arange(restarts)).ravel()
        for start in range(0, len(networks), size):
            blocks.append(_block(settings, networks[start : start + size], data))
    return sorted(blocks, key=lambda block: block.cost, reverse=True)


def _shared(setting: Experiment, data: Dataset) -> Experiment:
    """What is the same for all settings that can be trained as one ensemble with this one."""
    batches = setting.batch_size is not None and setting.batch_size < len(data.X)
    return replace(setting, **(FREE if batches else FREE | FREE_WITHOUT_BATCHES))


def _block(settings: list[Experiment], networks: np.ndarray, data: Dataset) -> _Block:
    which, restart = np.divmod(networks, settings[0].restarts)
    numbers, first, count = np.unique(which, return_index=True, return_counts=True)
    parts = [
        (replace(settings[i], restarts=int(n)), int(restart[f]))
        for i, f, n in zip(numbers, first, count, strict=True)
    ]
    shared = parts[0][0]
    cost = len(networks) * sum(shared.hidden_layers) * len(data.X) * shared.epochs
    return _Block(networks, parts, data, cost)


def _trained(blocks: list[_Block], n_jobs: int) -> Generator[tuple[_Block, np.ndarray], None, None]:
    """Every block with its rows of the table, as they finish."""
    if not blocks:
        return
    from joblib import Parallel, delayed

    jobs = n_jobs if len(blocks) > 1 else 1  # a process takes longer to start than a block to train
    tasks = [
        delayed(_train)(number, block.parts, _sent(block.data))
        for number, block in enumerate(blocks)
    ]
    results = Parallel(jobs, return_as="generator_unordered", batch_size=1)(tasks)
    try:
        for number, rows in results:
            yield blocks[number], rows
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the blocks that are given up, stopped half way
            results.close()


def _sent(data: Dataset) -> Dataset | str:
    """What a task carries: of a data set of ours its name, which every process knows."""
    ours = data.name in vars(datasets) and DATASETS.get(data.name) is data
    return data.name if ours else data


def _train(
    number: int, parts: list[tuple[Experiment, int]], data: Dataset | str
) -> tuple[int, np.ndarray]:
    """One block, (its number, its rows), wherever joblib runs it."""
    if isinstance(data, str):
        data = DATASETS[data]
    network = stack_networks(
        [initial_network(experiment, data, first) for experiment, first in parts]
    )
    run = train_block(replace(parts[0][0], restarts=network.restarts), data, network)
    return number, _measured(run)


def _measured(run: Run) -> np.ndarray:
    """(restarts, measures)."""
    final, guessing = run.losses[-1], guessing_loss(run)
    columns = {
        "loss": final,
        "accuracy": np.full_like(final, np.nan) if run.accuracies is None else run.accuracies[-1],
        "first_loss": run.losses[0],
        "best_loss": np.fmin.reduce(run.losses),
        "epochs_to_half": run.epochs_to(guessing / 2),
        "epochs_to_quarter": run.epochs_to(guessing / 4),
        "learnt": final < guessing / 2,
        "diverged": run.diverged,
    }
    return np.column_stack([columns[name] for name in MEASURES])


# The table, and what is kept of it on disk.


class _Table:
    """The numbers of all networks, as far as they are known.

    rows: (networks, measures), in the order of the grid.
    done: (networks,) bool.
    """

    def __init__(
        self, settings: list[Experiment], sets: list[Dataset], cache: Cache | None
    ) -> None:
        self._restarts = settings[0].restarts
        self.rows = np.full((len(settings) * self._restarts, len(MEASURES)), np.nan)
        self.done = np.zeros(len(self.rows), bool)
        self._cache = cache
        if cache is not None:
            self._keys = keys(settings, sets)
            self._take_what_is_kept(cache)

    def _take_what_is_kept(self, cache: Cache) -> None:
        for setting, key in enumerate(self._keys):
            networks = self._networks(setting)
            kept = cache.get(key, self.rows[networks].shape)
            if kept is not None:
                self.rows[networks], self.done[networks] = kept, True

    def _networks(self, setting: int) -> slice:
        return slice(setting * self._restarts, (setting + 1) * self._restarts)

    @property
    def count(self) -> int:
        return int(self.done.sum())

    @property
    def missing(self) -> np.ndarray:
        """The settings that are not finished."""
        return np.flatnonzero(~self.done.reshape(-1, self._restarts).all(axis=1))

    def add(self, networks: np.ndarray, rows: np.ndarray) -> None:
        """Take the rows of some networks, and keep the settings that they finish."""
        self.rows[networks], self.done[networks] = rows, True
        if self._cache is None:
            return
        for setting in np.unique(networks // self._restarts):
            its = self._networks(setting)
            if self.done[its].all():
                self._cache.put(self._keys[setting], self.rows[its])


def swept(frame: pandas.DataFrame) -> list[str]:
    """The columns of a sweep's table that are settings; ValueError if it is no such table."""
    measured = {"restart", *MEASURES}
    if not measured <= set(getattr(frame, "columns", ())) or not len(frame):
        raise bad("frame", type(frame).__name__, "give the table of initviz.sweep, with its rows")
    return [name for name in frame.columns if name not in measured]


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
        columns[name] = column.astype(bool) if name in YES_OR_NO else column
    frame = pd.DataFrame(columns)
    frame.attrs = {"base": base.to_json(), "over": {n: _listed(v) for n, v in over.items()}}
    return frame


def _listed(value: Any) -> Any:
    """Tuples as lists, as JSON has them."""
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value
