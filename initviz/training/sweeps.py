"""Many settings trained, and of each network the numbers kept that somebody measures.

Settings whose networks have one shape and are trained alike are trained together, as one ensemble,
and every ensemble in blocks. A block is one task, trained on one thread from start to end, so that
only the blocks in work need memory. joblib runs them in processes, which it starts itself;
``joblib.parallel_config(backend="dask")`` around a sweep takes the workers of a dask client
instead, and ``backend="threading"`` threads, which wait for one another. The numbers are the same,
also where workers die (``workers``) and where some are there already (``cache``).
"""

import pickle
import warnings
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import SENTENCE, cut, shown
from ..networks import datasets
from ..networks.datasets import DATASETS, Dataset
from ..networks.initializers import ALIASES, INITIALIZERS
from ..networks.network import Network, stack_networks
from .cache import CALLER, Cache, Entry, entries
from .code import ByValue
from .experiment import (
    DRAWN,
    Data,
    Experiment,
    changed_settings,
    dataset_for,
    initial_network,
    initializers_of,
)
from .loops import usual_loop
from .memory import check_size
from .place import place
from .progress import Bar
from .run import Run
from .train import train_block
from .workers import finished

BLOCK = 128  # networks; 64 to 256 are as fast

Measure = Callable[[Run], np.ndarray]  # the rows of a run, (restarts, columns); it can be pickled

# What the networks of one ensemble may differ in, and what stands for it in what they share.
FREE = {name: getattr(Experiment(), name) for name in DRAWN}
FREE_WITHOUT_BATCHES = {"seed": 0, "batch_size": None}  # with batches, the seed orders them


def train_all(
    settings: list[Experiment],
    data: Data | None,
    measure: Measure,
    columns: int,
    *,
    cache: str | Path | None,
    n_jobs: int,
    progress: bool,
) -> np.ndarray:
    """Train every setting; (settings · restarts, columns), as ``measure`` gives.

    settings: as many restarts each. Restart r is what ``train`` gives for its setting alone.
    data: of all of them; None takes what each names.
    cache, n_jobs, progress: as for ``initviz.sweep``, also in what they raise and warn of.
    """
    if data is not None:
        data = dataset_for(settings[0], data)
    sets = [_fitting(setting, data) for setting in settings]
    kept = None if cache is None else Cache(cache)
    known = [] if cache is None else entries(settings, sets, measure, usual_loop())
    table = _Table((len(settings), settings[0].restarts, columns), kept, known)
    blocks = _blocks(settings, sets, np.flatnonzero(~table.done.all(axis=1)))
    how = partial(_train, measure=measure), blocks, partial(_parts, settings, sets)
    with (
        Bar(table.done.size, progress) as bar,
        closing(finished(*how, _processes(blocks, n_jobs))) as results,
    ):
        bar.show(table.done.sum())
        for block, rows in results:
            if rows is not None:
                table.add(block.networks, rows)
                bar.show(table.done.sum())
    if not table.done.all():
        _warn_of(np.flatnonzero(~table.done.all(axis=1)), settings)
    return table.rows.reshape(-1, columns)


def _warn_of(lost: np.ndarray, settings: list[Experiment]) -> None:
    """Name the settings that no worker survives, by what differs among all of them."""
    names = [n for n in vars(settings[0]) if len({getattr(each, n) for each in settings}) > 1]
    named = [", ".join(f"{n}={shown(getattr(settings[i], n))}" for n in names) for i in lost]
    many = "1 setting" if len(lost) == 1 else f"{len(lost):,} settings"
    text = (
        f"no worker survives {many}, whose numbers are NaN: there is too little memory, or a "
        f"function of yours ends the process ({'; '.join(named)})"
    )
    warnings.warn(cut(text, SENTENCE), stacklevel=CALLER - 2)


def _fitting(setting: Experiment, data: Dataset | None) -> Dataset:
    """The data to train a setting on; ValueError where the two, or memory, do not fit."""
    data = dataset_for(setting, data)
    check_size(replace(setting, restarts=min(setting.restarts, BLOCK)), data)
    return data


@dataclass(frozen=True)
class _Block:
    """Networks that are trained together, on one thread, with all that another process must know.

    data: of a data set of the package its name, which every process knows.
    initializers: a worker may know none, or another, by a name.
    """

    networks: np.ndarray  # their places in the table
    parts: list[tuple[Experiment, int]]  # experiments, and the restart that each begins with
    data: Dataset | str
    initializers: dict[str, Callable]
    loop: str  # as in the process that asks: the numbers are the same in each
    cost: int  # how much work it is, beside others


def _blocks(settings: list[Experiment], sets: list[Dataset], missing: np.ndarray) -> list[_Block]:
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
    ours = getattr(datasets, data.name, None)
    known = data.name in DATASETS and DATASETS.builder(data.name) is ours
    sent = data.name if known and DATASETS[data.name] is data else data
    initializers = ByValue(each for part, _ in parts for each in initializers_of(part).items())
    return _Block(networks, parts, sent, initializers, usual_loop(), cost)


def _parts(settings: list[Experiment], sets: list[Dataset], block: _Block) -> list[_Block]:
    """A block of its own for each setting."""
    which = block.networks // settings[0].restarts
    return [_block(settings, block.networks[which == i], sets[i]) for i in np.unique(which)]


def _processes(blocks: list[_Block], n_jobs: int) -> int:
    """As joblib has them; 1 where no other can be started."""
    if n_jobs != 1 and place().threads:  # joblib needs some of its own
        with suppress(Exception):  # functions that cannot be pickled are called here
            pickle.dumps(ByValue(each for block in blocks for each in block.initializers.items()))
            return n_jobs
    return 1


def _train(block: _Block, measure: Measure) -> np.ndarray:
    """The block's rows of the table. This may run in another process."""
    INITIALIZERS.update(block.initializers)
    for name in block.initializers:  # which may have been entered under another name of ours
        ALIASES.pop(name, None)
    data = DATASETS[block.data] if isinstance(block.data, str) else block.data
    network = stack_networks([_start(part, data, first) for part, first in block.parts])
    experiment = replace(block.parts[0][0], restarts=network.restarts)
    return measure(train_block(experiment, data, network, block.loop))


def _start(setting: Experiment, data: Dataset, first: int) -> Network:
    try:
        return initial_network(setting, data, first)
    except Exception as error:  # a function of the user's can raise anything
        error.add_note(f"The setting was {changed_settings(setting, Experiment())}.")
        raise


class _Table:
    """The numbers of all networks, as far as they are known.

    rows: (settings, restarts, columns). done: (settings, restarts) bool.
    """

    def __init__(
        self, shape: tuple[int, int, int], cache: Cache | None, entries: list[Entry | None]
    ) -> None:
        self.rows, self.done = np.full(shape, np.nan), np.zeros(shape[:2], bool)
        self._cache, self._entries = cache, entries
        for setting, rows in cache.get(entries, shape[1:]) if cache else ():
            self.rows[setting], self.done[setting] = rows, True

    def add(self, networks: np.ndarray, rows: np.ndarray) -> None:
        """Take the rows of some networks, and keep the settings that they finish."""
        settings, restarts = np.divmod(networks, self.done.shape[1])
        self.rows[settings, restarts], self.done[settings, restarts] = rows, True
        for setting in np.unique(settings) if self._cache else ():
            entry = self._entries[setting]
            if self._cache and entry and self.done[setting].all():
                self._cache.put(entry, self.rows[setting])
