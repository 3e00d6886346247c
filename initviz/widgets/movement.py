"""The explorer of movement: how far weights go from their start, and where the units look."""

from dataclasses import replace

from ..plots.movement import MovementScene
from ..words.movement import compare_movement, explain_movement
from .chapter import Chapter, moons
from .controls import ACTIVATION, DATASET, EPOCHS, LEARNING_RATE, RESTARTS, SCALE, WIDTH

SMALL = ("moons", "circles", "xor", "spirals")
START = moons((32,), "relu", "he_normal", bias="same", learning_rate=0.05, epochs=300)
explore_movement = Chapter(
    name="movement",
    summary="Open the explorer of movement: how far weights go, and where the units look.",
    start=START,
    lead=(replace(SCALE, values=[v for v in SCALE.values if 0.01 <= v <= 10]),),
    others=(
        ACTIVATION,
        WIDTH,
        replace(LEARNING_RATE, values=[v for v in LEARNING_RATE.values if 0.01 <= v <= 1]),
        replace(EPOCHS, values=range(50, 2001, 50)),
        RESTARTS,
        replace(DATASET, options=lambda: SMALL),
    ),
    scene=MovementScene,
    explain=explain_movement,
    compare=compare_movement,
)
