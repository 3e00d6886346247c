"""The explorer of the Jacobian: what depth makes of a small change of the input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..explain import outcome
from ..plots.spectrum import FLAT, SpectrumScene, gaussian, spectra, uneven
from ..training import Experiment, Run
from ..wording import short
from .controls import ACTIVATION, EPOCHS, LAYERS, LEARNING_RATE, SCALE, SEED, WIDTH
from .explorer import Chapter, Explorer
from .phase import RANDOM


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


CHAPTER = Chapter(
    name="jacobian",
    start=Experiment(
        dataset="moons",
        hidden_layers=(16,) * 16,
        activation="tanh",
        initializer="orthogonal",
        learning_rate=0.02,
        momentum=0.9,
        epochs=40,
        restarts=6,
    ),
    lead=(RANDOM, SCALE),
    others=(
        ACTIVATION,
        replace(LAYERS, values=range(1, 33)),
        replace(WIDTH, values=range(2, 33)),
        LEARNING_RATE,
        EPOCHS,
        SEED,
    ),
    scene=SpectrumScene,
    explain=explain_spectrum,
)


def explore_jacobian(experiment: Experiment | None = None, **settings) -> Explorer:
    """Open the explorer of the Jacobian's singular values, orthogonal weights against Gaussian.

    experiment: where it starts; None is sixteen hidden layers of tanh with orthogonal weights.
    settings: fields of ``Experiment`` to change in it, such as ``activation="relu"``.

    Raises ValueError naming a setting that is wrong or that no control can show.
    """
    return Explorer(CHAPTER, experiment, **settings)
