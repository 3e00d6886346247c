"""A race: the same seeds and data, and two ways to start; who is first at a given loss?"""

from dataclasses import replace

from ..networks.datasets import available
from ..plots.race import RaceScene
from ..words.race import compare_race, explain_race
from .chapter import Chapter, moons
from .controls import ACTIVATION, DATASET, EPOCHS, INITIALIZER, LAYERS, LEARNING_RATE, SCALE

# MNIST takes minutes at this many networks and epochs; the notebook races on it.
TRACKS = replace(DATASET, options=lambda: [name for name in available() if name != "mnist5k"])
explore_race = Chapter(
    name="race",
    summary="Open the race: pin a run, change its start, and see who wins on the same seeds.",
    # Small enough that 32 networks are trained from scratch between two frames; at scale 1 nearly
    # all finish, at 0.1 none, and the fastest scale lies above 1.
    start=moons((8, 8), learning_rate=1.5, momentum=0.0, restarts=32),
    lead=(INITIALIZER, SCALE),
    others=(TRACKS, ACTIVATION, LAYERS, LEARNING_RATE, EPOCHS),
    scene=RaceScene,
    explain=explain_race,
    compare=compare_race,
)
