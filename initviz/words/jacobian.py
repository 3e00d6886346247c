"""In words: how unevenly a network stretches directions."""

import numpy as np

from ..measure.jacobian import equally_long, gaussian, spectra_at, uneven
from ..training.run import Run
from .common import NO_LAYER
from .explain import outcome
from .numbers import short


def explain_spectrum(run: Run, epoch: int) -> str:
    """How unevenly this network and a Gaussian start stretch directions, and what became of it."""
    layers = len(run.experiment.hidden_layers)
    if layers < 2:
        why = "With one hidden layer there is no way from the first to the last."
        return f"{why if layers else NO_LAYER} {outcome(run, epoch)}"
    return f"At epoch {epoch:,} {_stretching(run, epoch)} {outcome(run, epoch)}"


def _stretching(run: Run, epoch: int) -> str:
    values, other = spectra_at(run, epoch), gaussian(run)
    ratio, units = uneven(values), values.shape[2]
    if _overflows(values):
        return "the way through the layers overflows."
    largest, middle, smallest = np.median(values[-1][:, [0, units // 2, -1]], axis=0)
    if units == 1:
        return f"there is a single direction, and it arrives × {short(middle)}."
    text = "at least half of all directions are lost on the way."
    if np.isfinite(ratio):
        much = "about equally long" if equally_long(values) else "very unequally long"
        text = f"the directions arrive {much}: the largest × {short(largest)}, the middle one × "
        text += f"{short(middle)}, the smallest × {short(smallest)}. "
        text += f"The largest is {short(ratio)} times the middle one."
    start, ratio = "Gaussian start of the same variance", uneven(other)
    if np.isfinite(ratio):
        return f"{text} From a {start} it would be {short(ratio)} times the middle one."
    return f"{text} A {start} {'overflows' if _overflows(other) else 'loses half of them or more'}."


def _overflows(values: np.ndarray) -> bool:
    return bool(np.isinf(values[-1]).any(axis=1).mean() >= 0.5)
