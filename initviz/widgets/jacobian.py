"""The explorer of the Jacobian: what depth makes of a small change of the input."""

from __future__ import annotations

from dataclasses import replace

from ..plots.jacobian import SpectrumScene
from ..training.experiment import Experiment
from ..words.jacobian import explain_spectrum
from .controls import ACTIVATION, EPOCHS, LAYERS, LEARNING_RATE, SCALE, SEED, WIDTH
from .explorer import Chapter, Explorer
from .phase import RANDOM

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
