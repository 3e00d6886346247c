"""``Experiment`` → ``train`` → ``Run``: from plain settings to everything that training did.

The data runs one way. An experiment is a frozen set of plain values; training it gives a frozen
run; nothing is changed afterwards. To try something else, make a new experiment with
``dataclasses.replace``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from numbers import Integral

import numpy as np

from .activations import ACTIVATIONS
from .blas import one_blas_thread
from .datasets import DATASETS, TASKS, Dataset
from .engine import Ensemble, Task
from .errors import bad, number, one_of, whole
from .losses import LOSSES, best_constant, encode_targets
from .network import (
    DTYPES,
    Network,
    check_bias,
    check_initializer,
    check_layers,
    check_scale,
    each_layer,
    init_network,
)
from .progress import Bar

SNAPSHOT_BYTES = 2**26  # for the stored weights of one run; start and end are always kept

PROBE = 300  # samples to look at, as many as Glorot & Bengio 2010 watched


@dataclass(frozen=True)
class Experiment:
    """Everything that decides what a run will be. Plain values only, to and from JSON.

    dataset: a name in ``DATASETS``, or of the ``Dataset`` that is given to ``train``.
    initializer, bias: one for all layers, or a tuple with one a layer, the output's last.
    bias: a constant; "same", drawn like the layer's own weights; or a scheme to draw it by.
    noise: standard deviation of a normal noise on top of every weight and bias; bias_std: of
        another one on top of every bias.
    loss: None takes the data's own.
    batch_size: None is the full batch. All restarts see the same batches in the same order.
    seed: of weights and batches. Restart r's numbers do not depend on how many restarts there are.

    Raises ValueError naming the argument that is wrong.
    """

    dataset: str = "moons"
    hidden_layers: tuple[int, ...] = (16, 16)
    activation: str = "sigmoid"
    initializer: str | tuple[str, ...] = "glorot_uniform"
    scale: float = 1.0
    bias: float | str | tuple[float | str, ...] = 0.0
    loss: str | None = None
    learning_rate: float = 0.5
    momentum: float = 0.0
    batch_size: int | None = None
    epochs: int = 200
    restarts: int = 16
    seed: int = 0
    dtype: str = "float32"
    noise: float = 0.0
    bias_std: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.dataset, str):
            raise bad("dataset", self.dataset, "give a name; a Dataset goes to train(…, data=…)")
        one_of("activation", self.activation, ACTIVATIONS)
        one_of("dtype", self.dtype, DTYPES)
        if self.loss is not None:
            one_of("loss", self.loss, LOSSES)
        checked = {
            "hidden_layers": check_layers("hidden_layers", self.hidden_layers),
            "initializer": check_initializer(self.initializer),
            "scale": check_scale(self.scale),
            "bias": check_bias(self.bias),
            "noise": number("noise", self.noise, least=0),
            "bias_std": number("bias_std", self.bias_std, least=0),
            "learning_rate": number("learning_rate", self.learning_rate, above=0),
            "momentum": number("momentum", self.momentum, least=0, below=1),
            "epochs": whole("epochs", self.epochs, least=1),
            "restarts": whole("restarts", self.restarts, least=1),
            "seed": whole("seed", self.seed, least=0),
        }
        if self.batch_size is not None:
            checked["batch_size"] = whole("batch_size", self.batch_size, least=1)
        for name in ("initializer", "bias"):
            each_layer(name, checked[name], len(checked["hidden_layers"]) + 1)
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Experiment:
        """The experiment that ``to_json`` wrote; settings that are missing take their default.

        Raises ValueError on anything that is no such experiment.
        """
        try:
            settings = json.loads(text)
        except (TypeError, ValueError, RecursionError) as error:
            raise bad("text", _shortened(text), f"this is not JSON: {error}") from None
        if not isinstance(settings, dict):
            raise bad("text", _shortened(text), "give a JSON object, as Experiment.to_json writes")
        for name in settings:
            one_of("setting", name, (field.name for field in fields(cls)))
        return cls(**settings)


def _shortened(text: object) -> object:
    return text[:40] + "…" if isinstance(text, str) and len(text) > 40 else text


@dataclass(frozen=True, eq=False)
class Run:
    """What training an experiment gave. All arrays are read-only.

    losses: (epochs + 1, restarts); row 0 is the loss before any step.
    accuracies: (epochs + 1, restarts), on the test part where the data has one; None for
        regression.
    diverged: (restarts,) bool: the loss stopped being a finite number.
    snapshots: the epochs whose weights were kept, rising from 0.

    A run that ``stream`` hands out on the way has only the rows of the epochs done so far.
    """

    experiment: Experiment
    dataset: Dataset
    loss: str
    output: str
    losses: np.ndarray
    accuracies: np.ndarray | None
    snapshots: np.ndarray
    weights: tuple[np.ndarray, ...]  # (snapshots, restarts, fan_out, fan_in)
    biases: tuple[np.ndarray, ...]  # (snapshots, restarts, fan_out, 1)

    def __post_init__(self) -> None:
        for array in (self.losses, self.accuracies, self.snapshots, *self.weights, *self.biases):
            if array is not None:
                array.flags.writeable = False

    @property
    def epoch(self) -> int:
        """The last epoch done."""
        return len(self.losses) - 1

    @property
    def finished(self) -> bool:
        return self.epoch == self.experiment.epochs

    @property
    def progress(self) -> str:
        """How far it has got, in words."""
        return f"epoch {self.epoch:,} of {self.experiment.epochs:,}"

    @property
    def diverged(self) -> np.ndarray:
        return ~np.isfinite(self.losses).all(axis=0)

    @property
    def probe(self) -> np.ndarray:
        """The samples that the pictures look at, (samples, features): at most ``PROBE`` of them."""
        return self.dataset.X[:PROBE]

    @property
    def probe_targets(self) -> np.ndarray:
        return self.dataset.y[:PROBE]

    @property
    def best(self) -> int:
        """The restart with the lowest final loss; 0 when every one has diverged."""
        final = np.where(np.isfinite(self.losses[-1]), self.losses[-1], np.inf)
        return int(final.argmin())

    def snapshot_at(self, epoch: int) -> int:
        """The epoch nearest to ``epoch`` whose weights were kept: for small runs, itself."""
        if not isinstance(epoch, Integral) or not 0 <= epoch <= self.experiment.epochs:
            raise bad("epoch", epoch, f"give an epoch from 0 to {self.experiment.epochs}")
        return int(self.snapshots[np.abs(self.snapshots - epoch).argmin()])

    def network_at(self, epoch: int) -> Network:
        """All restarts as they were at ``epoch``, or at the stored snapshot nearest to it."""
        nearest = np.searchsorted(self.snapshots, self.snapshot_at(epoch))
        return Network(
            tuple(w[nearest] for w in self.weights),
            tuple(b[nearest] for b in self.biases),
            self.experiment.activation,
            self.output,
        )

    def epochs_to(self, loss: float) -> np.ndarray:
        """(restarts,): the first epoch at which the loss is at most ``loss``; inf where never."""
        there = self.losses <= number("loss", loss)
        return np.where(there.any(axis=0), there.argmax(axis=0), np.inf)

    def to_csv(self) -> str:
        """One line per epoch and restart: epoch, restart, loss, accuracy (where there is one)."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        measured = [self.losses] if self.accuracies is None else [self.losses, self.accuracies]
        table.writerow(["epoch", "restart", "loss", "accuracy"][: 2 + len(measured)])
        for epoch, restart in np.ndindex(self.losses.shape):
            table.writerow([epoch, restart, *(float(m[epoch, restart]) for m in measured)])
        return text.getvalue()


def guessing_loss(run: Run) -> float:
    """The loss of the best constant answer: what a network has that has learnt nothing."""
    return best_constant(run.dataset.y, run.loss)


def train(
    experiment: Experiment,
    data: Dataset | None = None,
    progress: bool = False,
    network: Network | None = None,
) -> Run:
    """Train every restart of an experiment from scratch.

    data: used instead of ``DATASETS[experiment.dataset]``.
    progress: show a progress bar.
    network: trained instead of networks drawn as the experiment says, which then says only how.

    Raises ValueError where experiment and data do not fit. Divergence raises nothing: it is in
    ``Run.diverged``.
    """
    if not progress:
        (run,) = stream(experiment, data, np.inf, network)
        return run
    with Bar(experiment.epochs) as bar:
        for run in stream(experiment, data, 0.1, network):
            bar.show(0 if run is None else run.epoch)
    return run


def stream(
    experiment: Experiment,
    data: Dataset | None = None,
    seconds: float = 0.1,
    network: Network | None = None,
) -> Iterator[Run | None]:
    """Train, and hand out the run so far about every ``seconds``; the last one is the whole run.

    Yields None while there is nothing to see yet. To stop training, stop asking.
    """
    return _stream(experiment, data, seconds, network)


def train_block(experiment: Experiment, data: Dataset, network: Network) -> Run:
    """``train``, as one of many that are trained side by side: on this thread alone, and of the
    weights only those of the start and the end are kept.
    """
    (run,) = _stream(experiment, data, np.inf, network, side_by_side=True)
    return run


def _stream(
    experiment: Experiment,
    data: Dataset | None,
    seconds: float,
    network: Network | None,
    side_by_side: bool = False,
) -> Iterator[Run | None]:
    if not isinstance(experiment, Experiment):
        raise bad("experiment", experiment, "give an initviz.Experiment")
    data = dataset_for(experiment, data)
    loss, output = loss_and_output(experiment, data)
    network = _start(experiment, data, network)
    if side_by_side:
        snapshots = np.array([0, experiment.epochs])
    else:
        snapshots = _snapshot_epochs(experiment.epochs, network)
    task = Task(
        network.layers,
        network.activation,
        output,
        loss,
        experiment.learning_rate,
        experiment.momentum,
        *_arrays(data, loss, experiment.dtype),
        _batches(experiment, len(data.X)),
        experiment.epochs,
        snapshots,
    )
    ensemble = Ensemble(task, network, cores=1 if side_by_side else None)
    del network  # the ensemble has its numbers now

    def run_so_far() -> Run:
        rows = ensemble.done + 1
        kept = np.searchsorted(task.snapshots, rows)
        results = ensemble.results
        return Run(
            experiment,
            data,
            loss,
            output,
            results.losses[:rows],
            None if results.accuracies is None else results.accuracies[:rows],
            task.snapshots[:kept],
            tuple(w[:kept, ..., :-1] for w in results.weights),
            tuple(w[:kept, ..., -1:] for w in results.weights),
        )

    finished = False
    while not finished:
        with one_blas_thread:
            finished = ensemble.advance(seconds)
        yield run_so_far() if ensemble.done >= 0 else None


def loss_and_output(experiment: Experiment, data: Dataset) -> tuple[str, str]:
    """The loss that an experiment is trained by on this data, and what its output layer does."""
    losses, output = TASKS[data.task]
    loss = experiment.loss or losses[0]
    if loss not in losses:
        raise bad("loss", loss, f"for a {data.task} task give {' or '.join(losses)}")
    return loss, output


def drawn(experiment: Experiment, data: Dataset, first: int = 0) -> Network:
    """The networks that an experiment starts from, beginning with its restart ``first``."""
    return init_network(
        _layers(experiment, data),
        experiment.activation,
        experiment.initializer,
        experiment.scale,
        experiment.bias,
        experiment.restarts,
        experiment.seed,
        experiment.dtype,
        TASKS[data.task][1],
        experiment.noise,
        experiment.bias_std,
        first,
    )


def _layers(experiment: Experiment, data: Dataset) -> tuple[int, ...]:
    return data.features, *experiment.hidden_layers, data.outputs


def _start(experiment: Experiment, data: Dataset, given: Network | None) -> Network:
    """The networks before training: drawn as the experiment says, or the ones given."""
    if given is None:
        return drawn(experiment, data)
    layers, output = _layers(experiment, data), TASKS[data.task][1]
    if not isinstance(given, Network):
        raise bad("network", type(given).__name__, "give an initviz.Network")
    wanted = {"layers": layers, "restarts": experiment.restarts, "output": output,
              "activation": experiment.activation}  # fmt: skip
    for name, value in wanted.items():
        if getattr(given, name) != value:
            raise bad(f"network.{name}", getattr(given, name), f"the experiment has {value!r}")
    fans = zip(layers[1:], layers[:-1], strict=True)
    shapes = [(experiment.restarts, fan_out, fan_in) for fan_out, fan_in in fans]
    for name, right in (("weights", shapes), ("biases", [(*s[:2], 1) for s in shapes])):
        found = [np.shape(array) for array in getattr(given, name)]
        if found != right:
            raise bad(f"network.{name}", found, f"their shapes should be {right}")

    def cast(arrays):
        return tuple(a.astype(experiment.dtype, copy=False) for a in arrays)

    return replace(given, weights=cast(given.weights), biases=cast(given.biases))


def dataset_for(experiment: Experiment, data: Dataset | None = None) -> Dataset:
    """``data`` if there is any, else the data set that the experiment names."""
    if data is None:
        one_of("dataset", experiment.dataset, DATASETS)
        return DATASETS[experiment.dataset]
    if not isinstance(data, Dataset):
        raise bad("data", type(data).__name__, "give an initviz.Dataset(name, X, y, task)")
    return data


def _arrays(data: Dataset, loss: str, dtype: str):
    """(train part, test part), each (X (features, samples), targets (outputs, samples)).

    The test part is the training data itself where the data has no test part, so that accuracy is
    always measured; for regression, which knows no accuracy, it is None.
    """

    def pair(X, y):
        targets = encode_targets(y, loss, data.outputs)
        with np.errstate(over="ignore"):  # what float32 cannot hold is inf, and shown as such
            return X.T.astype(dtype), targets.astype(dtype)

    train_part = pair(data.X, data.y)
    if data.task == "regression":
        return train_part, None
    return train_part, train_part if data.X_test is None else pair(data.X_test, data.y_test)


def _batches(experiment: Experiment, samples: int):
    """A function epoch → list of index arrays, or None for the full batch.

    The order comes from a stream of its own, so it is the same for every restart and every scheme.
    """
    size = experiment.batch_size
    if size is None or size >= samples:
        return lambda epoch: None

    def batches(epoch: int) -> list[np.ndarray]:
        sequence = np.random.SeedSequence(experiment.seed, spawn_key=(0, epoch))
        order = np.random.default_rng(sequence).permutation(samples)
        return [order[start : start + size] for start in range(0, samples, size)]

    return batches


def _snapshot_epochs(epochs: int, network: Network) -> np.ndarray:
    """Every epoch while that fits ``SNAPSHOT_BYTES``; beyond, evenly spaced on a log scale."""
    bytes_each = sum(p.nbytes for p in (*network.weights, *network.biases))
    count = max(2, SNAPSHOT_BYTES // bytes_each)
    if count > epochs:
        return np.arange(epochs + 1)
    return np.unique(np.geomspace(1, epochs + 1, count).round().astype(int)) - 1
