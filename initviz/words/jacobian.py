"""In words: how unevenly a network stretches directions."""

import numpy as np

from ..measure.jacobian import gaussian, spectra_at, uneven
from ..measure.standards import FLAT
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
    values, moment = spectra_at(run, epoch), f"At epoch {epoch:,}"
    ratio, gaussian_ratio = uneven(values), uneven(gaussian(run))
    if np.isfinite(ratio):
        middle = short(float(np.median(values[-1, :, values.shape[2] // 2])))
        much = "about evenly" if ratio <= FLAT else "very unevenly"
        text = f"{moment} the layers stretch directions {much}: the middle one arrives × {middle}"
        text += f", and the largest {short(ratio)} times as long."
    else:
        text = f"{moment} at least half of all directions are lost on the way."
    start = "a Gaussian start of the same variance"
    against = f"From {start} that would be {short(gaussian_ratio)} times."
    if not np.isfinite(gaussian_ratio):
        against = f"A{start[1:]} loses half of them or more."
    return f"{text} {against} {outcome(run, epoch)}"
