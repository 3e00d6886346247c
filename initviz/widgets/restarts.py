"""Chapter 05: the same network from many random starts, and what the best of them is worth."""

from dataclasses import replace

from ..plots.restarts import RestartsScene
from ..training.experiment import Experiment
from ..words.restarts import compare_restarts, explain_restarts
from .chapter import Chapter
from .controls import ACTIVATION, DATASET, EPOCHS, LEARNING_RATE, RESTARTS, SCALE, WIDTH

XOR = Experiment("xor", (2,), "sigmoid", "uniform", bias="same", loss="squared_error")
# Long steps, so that 120 of them do: 48 networks are trained between two frames, and the share that
# solves it, about three in four, leaves something to improve.
START = replace(XOR, learning_rate=4.0, momentum=0.9, epochs=120, restarts=48)
SMALL = ("xor", "circles", "spirals", "moons")
explore_restarts = Chapter(
    name="restarts",
    summary="Open the explorer of the restarts: many starts of one network, and where they end.",
    start=START,
    lead=(ACTIVATION, replace(SCALE, values=[v for v in SCALE.values if v >= 0.01])),
    others=(
        replace(WIDTH, values=range(1, 11), tooltip="Units in the hidden layer"),
        replace(LEARNING_RATE, values=[v for v in LEARNING_RATE.values if 0.01 <= v <= 30]),
        EPOCHS,
        RESTARTS,
        replace(DATASET, options=lambda: SMALL),
    ),
    scene=RestartsScene,
    explain=explain_restarts,
    compare=compare_restarts,
)
