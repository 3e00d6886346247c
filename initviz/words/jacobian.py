"""In words: how unevenly a network stretches directions."""

from __future__ import annotations

import numpy as np

from ..measure.jacobian import FLAT, gaussian, spectra, uneven
from ..training.run import Run
from .explain import outcome
from .numbers import short


def explain_spectrum(run: Run, epoch: int) -> str:
    """How unevenly this start and a Gaussian one stretch directions, and what became of it."""
    values = spectra(run.network_at(epoch), run.probe[0])
    return f"{_evenness(values, epoch)} {_against(gaussian(run))} {outcome(run)}"


def _evenness(values: np.ndarray, epoch: int) -> str:
    ratio, moment = uneven(values), f"At epoch {epoch:,}"
    if values.shape[0] == 1:
        return "With one hidden layer there is no way from the first to the last."
    if not np.isfinite(ratio):
        return f"{moment} at least half of all directions are lost on the way."
    middle = short(float(np.median(values[-1, :, values.shape[2] // 2])))
    much = "about evenly" if ratio <= FLAT else "very unevenly"
    return (
        f"{moment} the layers stretch directions {much}: the middle one arrives × {middle}, "
        f"and the largest {short(ratio)} times as long."
    )


def _against(values: np.ndarray) -> str:
    ratio = uneven(values)
    if not np.isfinite(ratio):
        return "A Gaussian start of the same variance loses half of them or more."
    return f"From a Gaussian start of the same variance that would be {short(ratio)} times."
