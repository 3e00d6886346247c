"""The explorer of notebook 08: the vital signs of a start, and what they foretell."""

from __future__ import annotations

from dataclasses import replace

from ..plots.vitals import CheckupScene
from ..training.experiment import Experiment
from ..words.checkup import explain_checkup
from .controls import ACTIVATION, BIAS, INITIALIZER, LAYERS, LEARNING_RATE, SCALE, SEED, WIDTH
from .explorer import Chapter, Explorer

CHAPTER = Chapter(
    name="checkup",
    start=Experiment(
        dataset="moons",
        hidden_layers=(12,) * 4,
        activation="tanh",
        initializer="glorot_normal",
        learning_rate=0.3,
        epochs=60,
        restarts=8,
    ),
    lead=(INITIALIZER, SCALE),
    others=(
        ACTIVATION,
        LAYERS,
        WIDTH,
        LEARNING_RATE,
        replace(BIAS, options=lambda: [*BIAS.options(), ("−5", -5.0)]),
        SEED,
    ),
    scene=CheckupScene,
    explain=explain_checkup,
)


def explore_checkup(experiment: Experiment | None = None, **settings) -> Explorer:
    """Open the check-up: six vital signs by layer, each with its healthy zone, and the losses.

    experiment: where it starts; None is a healthy tanh network.
    settings: fields of ``Experiment`` to change in it, such as ``scale=0.01``.

    Raises ValueError naming a setting that is wrong or that no control can show.
    """
    return Explorer(CHAPTER, experiment, **settings)
