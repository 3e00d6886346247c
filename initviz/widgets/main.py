"""The main explorer: everything that decides how a small network starts, and what comes of it."""

from ..plots import Overview
from ..words.explain import explain
from . import controls as c
from .chapter import Chapter, moons

TRAINING = (c.DATASET, c.LEARNING_RATE, c.EPOCHS)
explore = Chapter(
    name="",
    summary="Open the main explorer: what decides how a network starts, and what comes of it.",
    # Small enough that 12 networks are trained from scratch between two frames, and the scale
    # decides: at 1e-2 nothing moves, at 1 all learn, at 1e2 they saturate.
    start=moons((8,) * 3, "sigmoid", "normal", learning_rate=1.5),
    lead=(c.INITIALIZER, c.SCALE),
    others=(c.ACTIVATION, c.LAYERS, c.WIDTH, *TRAINING, c.BIAS, c.RESTARTS),
    scene=Overview,
    explain=explain,
)
