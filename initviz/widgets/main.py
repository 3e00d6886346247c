"""The main explorer: everything that decides how a small network starts, and what comes of it."""

from dataclasses import replace

from ..plots import Overview
from ..words.explain import explain
from .chapter import MOONS, Chapter
from .controls import (
    ACTIVATION,
    BIAS,
    DATASET,
    EPOCHS,
    INITIALIZER,
    LAYERS,
    LEARNING_RATE,
    RESTARTS,
    SCALE,
    SEED,
    WIDTH,
)

explore = Chapter(
    name="",
    summary="Open the main explorer: what decides how a network starts, and what comes of it.",
    # Small enough that 12 networks are trained from scratch between two frames, and the scale
    # decides: at 1e-2 nothing moves, at 1 all learn, at 1e2 they saturate.
    start=replace(
        MOONS, hidden_layers=(8,) * 3, activation="sigmoid", initializer="normal", learning_rate=1.5
    ),
    lead=(INITIALIZER, SCALE),
    others=(ACTIVATION, LAYERS, WIDTH, DATASET, LEARNING_RATE, EPOCHS, BIAS, RESTARTS, SEED),
    scene=Overview,
    explain=explain,
)
