"""``Experiment`` → ``train`` → ``Run``: from plain settings to everything that training did.

The data runs one way: training a frozen experiment gives a frozen run. To try something else, make
a new experiment with ``dataclasses.replace``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from numbers import Real
from typing import Never, cast

import numpy as np
from numpy.typing import ArrayLike

from ..errors import bad, flag, is_no_number
from ..networks.blocks import with_skips
from ..networks.datasets import TASKS, Dataset
from ..networks.losses import encode_targets
from ..networks.network import Network
from .blas import one_blas_thread
from .ensemble import Ensemble
from .experiment import Data, Experiment, dataset_for, initial_network, layers_of, loss_and_output
from .loops import check_loop, cores, plan
from .memory import SNAPSHOT_BYTES, check_size
from .progress import Bar
from .rates import rates
from .run import Run
from .task import Descent, Task, parts_of

SECONDS = 0.1  # between two runs that a stream hands out


def train(
    experiment: Experiment,
    data: Data | ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    progress: bool = False,
    network: Network | None = None,
    loop: str | None = None,
    **unknown: Never,
) -> Run:
    """Train every restart of an experiment from scratch.

    >>> train(Experiment(epochs=5)).losses.shape
    (6, 16)
    >>> X, y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1]
    >>> train(Experiment(epochs=5, restarts=3), X, y).dataset.task
    'binary'

    data: used instead of ``DATASETS[experiment.dataset]``: a ``Dataset``, or X and ``y``, or both
        as one tuple. What their task is, is read off y (``networks.datasets.as_dataset``).
    progress: show a progress bar.
    network: the networks to start from, in place of newly drawn ones; the experiment's initializer,
        scale, bias and noise then do not count.
    loop: "plain" or "compiled", which is several times as fast; None takes the compiled one where
        this process has found it when it first trained (``training.loops``).

    Raises ValueError where experiment and data do not fit, and before anything is drawn where
    memory cannot hold it, or it takes more than 100 million epochs. All else is trained, however
    long that takes: ``progress`` shows how far it is, and ``stream`` can be left. Divergence raises
    nothing: it is in ``Run.diverged``.
    """
    for name in unknown:
        raise ValueError(f"{name}: give data as in train(experiment, X, y), or as data=")
    seconds = SECONDS if flag("progress", progress) else np.inf
    runs = stream(experiment, data, y, seconds=seconds, network=network, loop=loop)
    run = None
    with Bar(experiment.epochs, progress) as bar:
        for run in runs:
            bar.show(0 if run is None else run.epoch)
    return cast(Run, run)  # the last one always is


def stream(
    experiment: Experiment,
    data: Data | ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    seconds: float = SECONDS,
    network: Network | None = None,
    loop: str | None = None,
) -> Iterator[Run | None]:
    """Train, and hand out the run so far about every ``seconds``; the last one is the whole run.

    >>> *_, run = stream(Experiment(epochs=5))
    >>> run.finished
    True

    Yields None while there is nothing to see yet. To stop training, stop asking. data, y, network,
    loop: as for ``train``.
    """
    data = dataset_for(experiment, data, y)
    if is_no_number(seconds) or not isinstance(seconds, Real) or not seconds >= 0:
        raise bad("seconds", seconds, "give a number of at least 0")
    try:
        seconds = float(seconds)
    except OverflowError:  # of an int beyond every float
        seconds = np.inf
    except Exception:  # of a class that only calls itself a number
        raise bad("seconds", seconds, "give a number of at least 0") from None
    return _stream(experiment, data, seconds, network, check_loop(loop))


def train_block(experiment: Experiment, data: Dataset, network: Network, loop: str) -> Run:
    """``train`` on this thread alone, keeping only the weights of the start and the end."""
    (run,) = _stream(experiment, data, np.inf, network, check_loop(loop), side_by_side=True)
    return cast(Run, run)


def _stream(
    experiment: Experiment,
    data: Dataset,
    seconds: float,
    network: Network | None,
    loop: str,
    side_by_side: bool = False,
) -> Iterator[Run | None]:
    loss, output = loss_and_output(experiment, data)
    check_size(experiment, data)
    network = _start(experiment, data, network)
    ends = np.array([0, experiment.epochs])
    snapshots = ends if side_by_side else _snapshot_epochs(experiment.epochs, network)
    slots = np.full(experiment.epochs + 1, -1)
    slots[snapshots] = np.arange(len(snapshots))
    size = experiment.batch_size
    mini = size is not None and size < len(data.X)
    train_part, test_part = _arrays(data, loss, experiment.dtype)
    task = Task(
        layers=network.layers,
        shapes=[array.shape[1:] for array in network.arrays],
        norm=network.norm,
        skips=network.skips,
        activation=network.activation,
        output=output,
        loss=loss,
        descent=_descent(experiment, network),
        data=train_part,
        test=test_part,
        order=partial(_order, experiment.seed, len(data.X)),
        batch_size=size if mini else None,
        epochs=experiment.epochs,
        slots=slots,
    )
    threads = 1 if side_by_side else cores()
    ensemble = Ensemble(task, network, *plan(loop, task, network.restarts, threads))
    del network  # the ensemble has its numbers now

    def run_so_far() -> Run:
        rows = ensemble.done + 1
        count = np.searchsorted(snapshots, rows)
        parts = parts_of(task, ensemble.kept[:count])
        return Run(
            experiment=experiment,
            dataset=data,
            loss_name=loss,
            output=output,
            loop=loop,
            losses=ensemble.losses[:rows],
            accuracies=None if ensemble.accuracies is None else ensemble.accuracies[:rows],
            snapshots=snapshots[:count],
            weights=tuple(W for W, _ in parts.layers),
            biases=tuple(b for _, b in parts.layers),
            gains=tuple(gain for gain, _ in parts.norms),
            shifts=tuple(shift for _, shift in parts.norms),
            alphas=tuple(parts.alphas.values()),
        )

    finished = False
    while not finished:
        with one_blas_thread, np.errstate(all="ignore"):
            finished = ensemble.advance(seconds)
        yield run_so_far() if ensemble.done >= 0 else None


def _start(experiment: Experiment, data: Dataset, given: Network | None) -> Network:
    if given is None:
        return initial_network(experiment, data)
    e, layers = experiment, layers_of(experiment, data)
    if not isinstance(given, Network):
        raise bad("network", type(given).__name__, "give an initviz.Network")
    wanted = {"layers": layers, "restarts": e.restarts, "activation": e.activation, "norm": e.norm}
    wanted["skips"] = with_skips(layers) if e.skip else ()
    for name, value in (wanted | {"output": TASKS[data.task][1]}).items():
        if getattr(given, name) != value:
            raise bad(f"network.{name}", getattr(given, name), f"the experiment has {value!r}")
    return given.each_array(lambda array: array.astype(e.dtype, copy=False))


def _descent(e: Experiment, network: Network) -> Descent:
    each = rates(network, e.optimizer, e.parametrization, alpha_learns=e.alpha == "rezero")
    each = [e.learning_rate * rate for rate in each]
    return Descent(adam=e.optimizer == "adam", momentum=e.momentum, rates=each, warmup=e.warmup)


def _arrays(data: Dataset, loss: str, dtype: str):
    """(train part, test part), each (X (features, samples), targets (outputs, samples)).

    Accuracy is always measured: without a test part on the training data, and only for regression
    on none.
    """

    def pair(X, y):
        targets = encode_targets(y, loss, data.outputs)
        with np.errstate(all="ignore"):  # what float32 cannot hold is inf, and shown as such
            return np.array(X.T, dtype, order="C"), np.array(targets, dtype, order="C")

    train_part = pair(data.X, data.y)
    if data.task == "regression":
        return train_part, None
    return train_part, train_part if data.X_test is None else pair(data.X_test, data.y_test)


def _order(seed: int, samples: int, epoch: int) -> np.ndarray:
    """The samples of an epoch's mini-batches: the same for every restart and every scheme."""
    sequence = np.random.SeedSequence(seed, spawn_key=(0, epoch))
    return np.random.default_rng(sequence).permutation(samples)


def _snapshot_epochs(epochs: int, network: Network) -> np.ndarray:
    """Every epoch while that fits ``SNAPSHOT_BYTES``; beyond, evenly spaced on a log scale."""
    bytes_each = sum(array.nbytes for array in network.arrays)
    count = max(2, SNAPSHOT_BYTES // bytes_each)
    if count > epochs:
        return np.arange(epochs + 1)
    return np.unique(np.geomspace(1, epochs + 1, count).round().astype(int)) - 1
