"""The explorer of trainability: every depth at every scale, and what theory predicts of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..plots.trainability import TrainabilityScene, deepest, shares_learnt
from ..trainability import Trainability, stream_trainability
from ..training import Experiment
from .controls import ACTIVATION, DATASET, EPOCHS, LEARNING_RATE, SEED, WIDTH
from .explorer import Chapter, Explorer
from .phase import BIAS_STD, RANDOM, compare_phase

SMALL = ("moons", "circles", "xor", "pair", "spirals")  # a map of them takes a second or two


def explain_trainability(run: Trainability, epoch: int) -> str:
    """How many of the cells under and over theory's line have learnt, and how deep the deepest."""
    sides = zip(("under", "over"), shares_learnt(run), strict=True)
    shares = [f"{share:.0%} of the cells {side} the line" for side, share in sides if share >= 0]
    return f"After {epoch:,} epochs, {' and '.join(shares)} have learnt. {_deep(run)}"


def _deep(run: Trainability) -> str:
    reached = deepest(run)
    most = int(reached.max())
    if not most:
        return "No network has learnt."
    scales = np.array(run.scales)[reached == most] * run.experiment.scale
    limits = f"{scales[0]:.2g}" if len(scales) == 1 else f"{scales[0]:.2g} to {scales[-1]:.2g}"
    return f"The deepest that learn have {most} hidden layer{'s' * (most > 1)}, at scale {limits}."


CHAPTER = Chapter(
    name="trainability",
    start=Experiment(
        dataset="moons",
        hidden_layers=(12,) * 32,
        activation="tanh",
        initializer="lecun_normal",
        learning_rate=0.05,
        momentum=0.9,
        epochs=60,
        restarts=4,
    ),
    lead=(ACTIVATION, RANDOM),
    others=(
        BIAS_STD,
        replace(DATASET, options=lambda: [(name, name) for name in SMALL]),
        LEARNING_RATE,
        replace(EPOCHS, values=range(10, 201, 10)),
        replace(WIDTH, values=range(2, 33)),
        SEED,
    ),
    scene=TrainabilityScene,
    explain=explain_trainability,
    compare=compare_phase,
    stream=stream_trainability,
    player=False,
)


def explore_trainability(experiment: Experiment | None = None, **settings) -> Explorer:
    """Open the map of what can be trained: depth by scale, with the depth that theory predicts.

    experiment: where it starts; None is tanh on two half-moons. Of ``hidden_layers`` the width
        counts, and ``scale`` multiplies the scales of the map.
    settings: fields of ``Experiment`` to change in it, such as ``activation="relu"``.

    Raises ValueError naming a setting that is wrong or that no control can show.
    """
    return Explorer(CHAPTER, experiment, **settings)
