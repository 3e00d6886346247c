"""The explorer of trainability: every depth at every scale, and what theory predicts of them."""

from dataclasses import replace

from ..measure.trainability import stream_trainability
from ..plots.trainability import TrainabilityScene
from ..words.phase import compare_phase
from ..words.trainability import explain_trainability
from .chapter import Chapter, moons
from .controls import ACTIVATION, DATASET, EPOCHS, LEARNING_RATE, WIDTH
from .phase import BIAS_STD, RANDOM

SMALL = ("moons", "circles", "xor", "pair", "spirals")  # a map of them takes a second or two
explore_trainability = Chapter(
    name="trainability",
    summary="Open the map of what can be trained: depth by scale, and the depth by theory.",
    start=moons((12,) * 32, initializer="lecun_normal", learning_rate=0.05, restarts=4),
    lead=(ACTIVATION, RANDOM),
    others=(
        BIAS_STD,
        replace(DATASET, options=lambda: SMALL),
        LEARNING_RATE,
        replace(EPOCHS, values=range(10, 201, 10)),
        replace(WIDTH, values=range(2, 33)),
    ),
    scene=TrainabilityScene,
    explain=explain_trainability,
    compare=compare_phase,
    stream=stream_trainability,
    player=False,
)
