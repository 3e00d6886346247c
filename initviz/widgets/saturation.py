"""The explorer of chapter 03: where each layer's z falls on the activation's curve."""

from __future__ import annotations

from ..plots.saturation import SaturationScene
from ..training.experiment import Experiment
from ..words.saturation import explain_saturation
from .controls import ACTIVATION, EPOCHS, LAYERS, LEARNING_RATE, SCALE, SEED, WIDTH
from .explorer import Chapter, Explorer

CHAPTER = Chapter(
    name="saturation",
    # Four layers of sigmoids: at 0.01 they are silent, at 1 they learn, at 100 they saturate.
    start=Experiment(
        dataset="moons",
        hidden_layers=(8, 8, 8, 8),
        activation="sigmoid",
        initializer="normal",
        learning_rate=0.8,
        momentum=0.9,
        epochs=60,
        restarts=12,
    ),
    lead=(ACTIVATION, SCALE),
    others=(LAYERS, WIDTH, LEARNING_RATE, EPOCHS, SEED),
    scene=SaturationScene,
    explain=explain_saturation,
)


def explore_saturation(experiment: Experiment | None = None, **settings) -> Explorer:
    """Open the explorer of scale and saturation: the z of every layer on the activation's curve.

    experiment: where it starts; None is a good first setting.
    settings: fields of ``Experiment`` to change in it, such as ``scale=100``.

    Raises ValueError naming a setting that is wrong or that no control can show.
    """
    return Explorer(CHAPTER, experiment, **settings)
