"""``Run``: everything that training did."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import partial
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from ..errors import bad, cut, is_no_number, number, printable
from ..networks.datasets import Dataset
from ..networks.losses import chance, guessing
from ..networks.network import Network, in_order
from .experiment import Experiment

if TYPE_CHECKING:
    import pandas

PROBE = 300  # samples to look at, as many as Glorot & Bengio 2010 watched
WELL = 0.25  # of the loss of guessing: what is below has learnt well (measure.standards says why)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Run:
    """What training an experiment gave. All arrays are read-only.

    >>> from initviz import Experiment, train
    >>> run = train(Experiment(epochs=100, restarts=4))
    >>> run.losses.shape, run.loss.shape, run.network_at(100).layers
    ((101, 4), (4,), (2, 16, 16, 1))

    losses: (epochs + 1, restarts); row 0 is the loss before any step. What ``stream`` hands out on
        the way has only the rows of the epochs done so far.
    accuracies: likewise, on the test part where the data has one; None for regression.
    diverged: (restarts,) bool: the loss stopped being a finite number.
    snapshots: the epochs whose weights were kept, rising from 0.
    loop: "plain" or "compiled", which of the two has trained it; they round differently.
    """

    experiment: Experiment
    dataset: Dataset
    loss_name: str
    output: str
    losses: np.ndarray
    accuracies: np.ndarray | None
    snapshots: np.ndarray
    weights: tuple[np.ndarray, ...]  # (snapshots, restarts, fan_out, fan_in)
    biases: tuple[np.ndarray, ...]  # (snapshots, restarts, fan_out, 1)
    gains: tuple[np.ndarray, ...] = ()  # of the norms, as ``Network`` has them
    shifts: tuple[np.ndarray, ...] = ()
    alphas: tuple[np.ndarray, ...] = ()  # of the skips
    loop: str = "plain"
    _memo: dict = field(init=False, repr=False, default_factory=dict)  # of measure.once

    def __post_init__(self) -> None:
        for array in (self.losses, self.accuracies, self.snapshots, *self.arrays):
            if array is not None:
                array.flags.writeable = False

    def __reduce__(self) -> tuple:
        """Copies and pickles are made anew, so that their arrays are read-only as well."""
        given = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        return partial(Run, **given), ()

    def __repr__(self) -> str:
        e, done = self.experiment, "" if self.finished else f", {self.progress}"
        units = "-".join(map(str, self.network_at(0).layers))
        start, end = (np.median(losses) for losses in (self.losses[0], self.loss))
        learnt = np.count_nonzero(self.loss < WELL * guessing_loss(self))
        lost = f", {self.diverged.sum():,} overflowed" if self.diverged.any() else ""
        many = "1 network" if e.restarts == 1 else f"{e.restarts:,} networks"
        norm = f"{e.norm} norm, " if e.norm != "none" else ""
        skips = " with skips" if e.skip else ""
        by = f", by {e.optimizer}" if e.optimizer != "sgd" else ""
        return (
            f"Run: {many} {units}, {norm}{e.activation}{skips}, {e.initializer} × {e.scale:g}{by}, "
            f"on {cut(printable(self.dataset.name))}{done}\n"
            f"loss ({self.loss_name}): {start:.3g} → {end:.3g} (median) in {self.epoch:,} epochs, "
            f"{self.loop} loop; "
            f"{learnt:,} of {e.restarts:,} learnt well{lost}\n"
            "next: run.plot(), initviz.explain(run, epoch), run.to_frame(), run.network_at(epoch)"
        )

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """As ``Network.arrays``, each (snapshots, restarts, …)."""
        return in_order(self.weights, self.biases, self.gains, self.shifts, self.alphas)

    @property
    def epoch(self) -> int:
        """The last one done."""
        return len(self.losses) - 1

    @property
    def finished(self) -> bool:
        return self.epoch == self.experiment.epochs

    @property
    def progress(self) -> str:
        """How far it has got, in words."""
        return f"epoch {self.epoch:,} of {self.experiment.epochs:,}"

    @property
    def loss(self) -> np.ndarray:
        """(restarts,): the losses after the last epoch done."""
        return self.losses[-1]

    @property
    def diverged(self) -> np.ndarray:
        return np.logical_not(np.isfinite(self.losses).all(axis=0))

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
        whole_one = isinstance(epoch, Integral) and not is_no_number(epoch)
        if not whole_one or not 0 <= epoch <= self.experiment.epochs:
            raise bad("epoch", epoch, f"give an epoch from 0 to {self.experiment.epochs}")
        return int(self.snapshots[np.abs(self.snapshots - epoch).argmin()])

    def network_at(self, epoch: int) -> Network:
        """All restarts as they were at ``epoch``, or at the stored snapshot nearest to it."""
        nearest = np.searchsorted(self.snapshots, self.snapshot_at(epoch))
        parts = ("weights", "biases", "gains", "shifts", "alphas")
        return Network(
            activation=self.experiment.activation,
            output=self.output,
            norm=self.experiment.norm,
            **{part: tuple(array[nearest] for array in getattr(self, part)) for part in parts},
        )

    def epochs_to(self, loss: float) -> np.ndarray:
        """(restarts,): the first epoch at which the loss is at most ``loss``; inf where never."""
        there = self.losses <= number("loss", loss)
        return np.where(there.any(axis=0), there.argmax(axis=0), np.inf)

    def to_frame(self) -> pandas.DataFrame:
        """One row per epoch and restart: epoch, restart, loss, accuracy (where there is one)."""
        import pandas as pd

        epoch, restart = np.indices(self.losses.shape).reshape(2, -1)
        columns = {"epoch": epoch, "restart": restart, "loss": self.losses.ravel().astype(float)}
        if self.accuracies is not None:
            columns["accuracy"] = self.accuracies.ravel().astype(float)
        return pd.DataFrame(columns)

    def to_csv(self) -> str:
        """The rows of ``to_frame``."""
        return self.to_frame().to_csv(index=False, na_rep="nan", lineterminator="\n")

    def plot(self, epoch: int | None = None):
        """The main picture, a matplotlib figure, at an epoch; None takes the last one done."""
        # Pictures lie above training, so this asks at the front door, as a user would.
        import initviz

        return initviz.plots.overview(self, epoch)


def check_run(run: object) -> None:
    """Raise ValueError where somebody gives a network, or what else is no run."""
    if not isinstance(run, Run):
        raise bad("run", type(run).__name__, "give an initviz.Run, as train(experiment) returns")


def guessing_loss(run: Run) -> float:
    """The loss of the best constant answer: what a network has that has learnt nothing."""
    return guessing(run.dataset.y, run.loss_name)


def chance_loss(run: Run) -> float:
    """The loss of equal probabilities: about what a network has before it is trained."""
    outputs = run.network_at(0).layers[-1]
    return chance(run.dataset.y, run.loss_name, run.output, outputs)
