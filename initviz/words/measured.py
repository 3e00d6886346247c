"""What is measured of many networks, each in a few words: the columns of a prediction's table."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..measure.intervals import median_interval
from ..measure.jacobian import spectra_at
from ..measure.landscape import tries_needed
from ..measure.layers import (
    activation_statistics,
    backward_by_layer,
    factor_per_layer,
    gradient_by_layer,
    saturation,
    saturation_by_layer,
    signal_by_layer,
)
from ..measure.movement import course
from ..measure.phase import measured
from ..measure.speed import finish_epochs, spread
from ..measure.standards import CONFIDENCE, WELL, Learnt, learnt, well
from ..measure.symmetry import symmetry
from ..measure.vitals import vitals_of
from ..training.run import Run
from .numbers import between, listed, or_never, share, short, times
from .vitals import NAMES

TENTH = 0.1


def _learnt(run: Run, least: Learnt) -> str:
    return f"{(learnt(run) >= least).sum()} of {run.experiment.restarts}"


def _loss(run: Run) -> str:
    losses = np.where(np.isnan(run.losses[-1]), np.inf, run.losses[-1])
    low, middle, high = median_interval(losses)
    if not np.isfinite(middle):
        return short(middle)
    return f"{short(middle)} ({short(low)} to {short(high)})"


def _lost(run: Run) -> str:
    """How many times smaller the gradient is at layer 1 than at the output, before training."""
    sizes = gradient_by_layer(run, 0)
    return f"{short(float(np.median(sizes[-1] / sizes[0])))} times"


def _saturated(run: Run, epoch: int) -> str:
    return f"{np.mean(saturation_by_layer(run, epoch)):.0%}"


def _line_at(part: float) -> Callable[[Run], str]:
    """How many are saturated before training, if that begins below this part of the slope."""
    return lambda run: f"{saturation(run.network_at(0), run.probe, part).mean():.0%}"


def _a_layer(sizes: np.ndarray) -> str:
    """By what each layer multiplies a size. sizes: (layers, restarts), in the order of the way."""
    return f"× {times(factor_per_layer(sizes))}"


def _signal_left(run: Run) -> str:
    sizes = signal_by_layer(run, 0)
    return f"{short(float(np.median(sizes[-1] / sizes[0])))} times"


def _correlation(run: Run) -> str:
    return between(median_interval(measured(run).correlation[-1]), ".2f")


def _distinct(run: Run) -> str:
    counts = symmetry(run.network_at(run.epoch)).distinct
    return ", ".join(f"{count:g}" for count in np.median(counts, axis=1))


def _rank(run: Run) -> str:
    ranks = symmetry(run.network_at(run.epoch)).effective_rank
    return ", ".join(f"{rank:.1f}" for rank in np.median(ranks, axis=1))


def _tries(run: Run) -> str:
    """How many restarts it takes until one of them has surely learnt well."""
    return short(tries_needed(float(well(run).mean())), "no number is enough")


def _finish(run: Run) -> str:
    return or_never(median_interval(finish_epochs(run)))


def _luck(run: Run) -> str:
    """How much later than the fast tenth of the seeds the slow tenth has learnt well."""
    fast, _, slow = spread(finish_epochs(run))
    return "never" if slow == np.inf else f"{slow / fast:.1f} times as long"


def _alarms(run: Run) -> str:
    """The signs that are out of their zones before training in more than half of the networks."""
    alarms = vitals_of(run).alarms.items()
    return listed([NAMES[sign] for sign, rung in alarms if rung.mean() > 0.5]) or "none"


def _balance(run: Run) -> str:
    """The gradient of layer 1 against that of the last hidden layer, before training."""
    first, *_, last, _ = gradient_by_layer(run, 0)
    return between(median_interval(first / last))


def _directions(run: Run) -> str:
    """How many directions keep a tenth of their length from first to last, before training."""
    values = spectra_at(run, 0)[-1]
    return f"{np.median((values >= TENTH).sum(axis=1)):g} of {values.shape[1]}"


def _moved(run: Run) -> str:
    return f"{between(median_interval(course(run).distance[-1]))} times"


def _in_use(run: Run) -> str:
    return between(median_interval(course(run).directions[-1]), ".1f")


def _answers(run: Run) -> str:
    means = activation_statistics(run.network_at(run.epoch), run.probe).mean[:-1]
    return ", ".join(f"{mean:.1f}" for mean in np.median(means, axis=1))


# Name → (heading, what a run's cell says).
COLUMNS: dict[str, tuple[str, Callable[[Run], str]]] = {
    "learnt": ("learnt at least a little", lambda run: _learnt(run, Learnt.A_LITTLE)),
    "well": ("learnt well", lambda run: _learnt(run, Learnt.WELL)),
    "loss": ("last loss, median (95 % interval)", _loss),
    "lost": ("gradient lost from output to layer 1", _lost),
    "saturated": ("saturated before training", lambda run: _saturated(run, 0)),
    "saturated after": ("saturated after training", lambda run: _saturated(run, run.epoch)),
    "line at 5": ("saturated, line at 5 %", _line_at(0.05)),
    "line at 10": ("line at 10 %", _line_at(0.1)),
    "line at 20": ("line at 20 %", _line_at(0.2)),
    "forward": ("signal, a layer", lambda run: _a_layer(signal_by_layer(run, 0))),
    "signal left": ("signal in the last layer, of that in the first", _signal_left),
    "back": ("gradient, a layer back", lambda run: _a_layer(backward_by_layer(run, 0)[::-1])),
    "correlation": ("correlation of two inputs in the last layer (95 % interval)", _correlation),
    "distinct": ("different units in each layer, at the end", _distinct),
    "rank": ("effective rank of each layer, at the end", _rank),
    "tries": (f"restarts for {CONFIDENCE:.0%} certainty", _tries),
    "finish": (f"epochs to {share(WELL)} of guessing, median (95 % interval)", _finish),
    "luck": ("the slow tenth of the seeds against the fast tenth", _luck),
    "alarms": ("outside their zones before training, in most networks", _alarms),
    "balance": ("gradient of layer 1, for 1 in the last hidden layer (95 % interval)", _balance),
    "directions": ("directions that keep a tenth of their length", _directions),
    "moved": ("weights of layer 1 moved, of their first length (95 % interval)", _moved),
    "in use": ("directions in use at the end (95 % interval)", _in_use),
    "answers": ("mean answer of each hidden layer, at the end", _answers),
    "overflow": ("overflowed", lambda run: f"{run.diverged.sum()} of {run.experiment.restarts}"),
}


def table(runs: Mapping[str, Run], columns: Sequence[str]) -> list[list[str]]:
    """A row a run, under a row of headings. columns: of ``COLUMNS``."""
    head = ["", *(COLUMNS[name][0] for name in columns)]
    return [
        head,
        *([row, *(COLUMNS[name][1](run) for name in columns)] for row, run in runs.items()),
    ]
