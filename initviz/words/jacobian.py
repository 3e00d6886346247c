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
    values = spectra_at(run, epoch)
    return f"{_evenness(values, epoch)} {_against(gaussian(run))} {outcome(run, epoch)}"


def _evenness(values: np.ndarray, epoch: int) -> str:
    ratio, moment = uneven(values), f"At epoch {epoch:,}"
    if not np.isfinite(ratio):
        return f"{moment} at least half of all directions are lost on the way."
    middle = short(float(np.median(values[-1, :, values.shape[2] // 2])))
    much = "about evenly" if ratio <= FLAT else "very unevenly"
    text = f"{moment} the layers stretch directions {much}: the middle one arrives × {middle}"
    return f"{text}, and the largest {short(ratio)} times as long."


def _against(values: np.ndarray) -> str:
    ratio = uneven(values)
    if not np.isfinite(ratio):
        return "A Gaussian start of the same variance loses half of them or more."
    return f"From a Gaussian start of the same variance that would be {short(ratio)} times."
