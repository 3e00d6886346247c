"""Which learning rate is best at which width, and what the first step does at each of them.

A rate that suits a narrow network may be too large for a wide one, since a step adds up over the
inputs of a layer. Tensor Programs V (Yang, Hu et al. 2022, https://arxiv.org/abs/2203.03466) shows
the losses over the rates, a line a width; its appendix D.1 the coordinate check.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..networks.datasets import Dataset
from ..networks.network import weighted_sums
from ..training.blas import one_blas_thread
from ..training.experiment import Experiment, dataset_for, initial_network
from ..training.loops import usual_loop
from ..training.memory import check_size
from ..training.train import train, train_block
from .coordinates import Coordinates
from .layers import rms
from .maps import Map

WIDTHS = (16, 32, 64, 128, 256)
RATES = {  # a factor of 2 apart
    "adam": tuple(2.0**power for power in range(-11, -2)),
    "sgd": tuple(2.0**power for power in range(-7, 2)),
}
SAMPLES = 400  # that are learnt; with more a map would take too long to be moved by hand
# Of the first step. In narrower networks what is first answered is so large by chance that it hides
# how steps follow the width.
STEP_WIDTHS, BATCH = (32, 64, 128, 256), 64
SEEDS, AT_ONCE = 2, 3  # that take it while a hand moves; widths whose step is shown before all else


@dataclass(frozen=True, eq=False)
class Widths(Map):
    """What training an experiment at every width and rate gave. Arrays are read-only.

    experiment: the settings that all have in common; of ``hidden_layers`` their number counts, and
        ``learning_rate`` is that of the first step.
    losses: (widths, rates, restarts), at the last epoch; inf where training overflowed, NaN where
        there is none yet.
    coordinates: what the first step does; its layers are named "layer 1", … and "output".
    """

    widths: tuple[int, ...]
    rates: tuple[float, ...]
    losses: np.ndarray
    coordinates: Coordinates

    def __post_init__(self) -> None:
        self.losses.flags.writeable = False

    @property
    def finished(self) -> bool:
        return not np.isnan(self.losses).any()

    @property
    def progress(self) -> str:
        """How far it has got, in words."""
        trained = int((~np.isnan(self.losses).any(axis=(1, 2))).sum())
        return f"{trained} of {len(self.widths)} widths"

    @property
    def step_widths(self) -> tuple[int, ...]:
        """All whose first step is shown in the end."""
        return STEP_WIDTHS

    @property
    def median(self) -> np.ndarray:
        """(widths, rates): the restarts' median loss; NaN where there is none yet."""
        return np.median(self.losses, axis=2)

    @property
    def best(self) -> np.ndarray:
        """(widths,): the rate with the lowest median loss; NaN where not all have been tried, and
        where all overflow."""
        return _best(self.rates, self.median)

    @property
    def best_of_each(self) -> np.ndarray:
        """(widths, restarts): the same of every restart."""
        return _best(self.rates, self.losses.swapaxes(1, 2))

    @property
    def drift(self) -> np.ndarray:
        """(restarts,): the best rate goes about as width ** drift, by least squares in logs."""
        x = np.log2(self.widths) - np.log2(self.widths).mean()
        return x @ np.log2(self.best_of_each) / (x @ x)

    def to_csv(self) -> str:
        """One line per width, rate and restart, with the loss."""
        lines = ["width,learning_rate,restart,loss"]
        for (w, k, restart), loss in np.ndenumerate(self.losses):
            lines.append(f"{self.widths[w]},{self.rates[k]},{restart},{float(loss)}")
        return "\n".join((*lines, ""))


def _best(rates: tuple[float, ...], losses: np.ndarray) -> np.ndarray:
    """losses: (…, rates)."""
    known = np.isfinite(losses).any(axis=-1) & ~np.isnan(losses).any(axis=-1)
    return np.where(
        known, np.array(rates)[np.nan_to_num(losses, nan=np.inf).argmin(axis=-1)], np.nan
    )


def stream_widths(experiment: Experiment, seconds: float = 0.1) -> Iterator[Widths]:
    """Take a first step at all ``STEP_WIDTHS``, then train ``WIDTHS`` at all ``RATES``.

    The narrow ones come first, and what is there so far is handed out after every rate. That is
    more often than every few tenths of a second, so ``seconds``, which all streams take, waits for
    nothing.
    """
    data = dataset_for(experiment)
    some, rates = _thinned(data, SAMPLES), RATES[experiment.optimizer]
    check_size(_as_wide_as(STEP_WIDTHS[-1], experiment), some)
    losses = np.full((len(WIDTHS), len(rates), experiment.restarts), np.nan)
    few = replace(experiment, restarts=min(SEEDS, experiment.restarts))
    for widths in (STEP_WIDTHS[:AT_ONCE], STEP_WIDTHS):
        coordinates = first_step(few, widths)
        yield Widths(experiment, data, WIDTHS, rates, losses.copy(), coordinates)
    for w, width in enumerate(WIDTHS):
        each = _as_wide_as(width, experiment)
        for k, rate in enumerate(rates):
            final = train(replace(each, learning_rate=rate), some).loss
            losses[w, k] = np.where(np.isfinite(final), final, np.inf)
            yield Widths(experiment, data, WIDTHS, rates, losses.copy(), coordinates)


def _as_wide_as(width: int, experiment: Experiment) -> Experiment:
    return replace(experiment, hidden_layers=(width,) * len(experiment.hidden_layers))


def _thinned(data: Dataset, most: int) -> Dataset:
    """So many samples from all over the data, so that none of the classes is left out."""
    kept = np.unique(np.linspace(0, len(data.X) - 1, most).astype(int))
    return Dataset(data.name, data.X[kept], data.y[kept], data.task)


@np.errstate(all="ignore")
def first_step(experiment: Experiment, widths: tuple[int, ...] | None = None) -> Coordinates:
    """The sums of every layer before training, and what a step changes them by.

    The step is on one batch of ``BATCH`` samples, on which the sums are measured, too. widths: None
    takes ``STEP_WIDTHS``.
    """
    widths = widths or STEP_WIDTHS
    data, starts, changes = _thinned(dataset_for(experiment), BATCH), [], []
    for width in widths:
        step = replace(_as_wide_as(width, experiment), epochs=1, batch_size=None)
        run = train_block(step, data, initial_network(step, data), usual_loop())
        with one_blas_thread:  # more of them only wait for each other
            before, after = (weighted_sums(run.network_at(t), data.X)[0] for t in (0, 1))
        starts.append([rms(z) for z in before])
        changes.append([rms(z - z0) for z, z0 in zip(after, before, strict=True)])
    hidden = len(experiment.hidden_layers)
    return Coordinates(
        widths=widths,
        layers=(*(f"layer {n + 1}" for n in range(hidden)), "output"),
        starts=np.transpose(starts, (2, 0, 1)),
        changes=np.transpose(changes, (2, 0, 1))[np.newaxis],
        readout=np.arange(hidden + 1) == hidden,
    )
