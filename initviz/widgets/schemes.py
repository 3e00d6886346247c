"""Chapter 04: which scheme keeps the signal going forward, and the gradient coming back?"""

from dataclasses import replace

from ..plots.schemes import SchemesScene
from ..words.schemes import explain_schemes
from .chapter import MOONS, Chapter
from .controls import ACTIVATION, DATASET, EPOCHS, INITIALIZER, LAYERS, SCALE, SEED, WIDTH

explore_schemes = Chapter(
    name="schemes",
    summary="Open the explorer of the schemes: signal, gradient and loss under any scheme.",
    # ReLU under Glorot: each layer loses the half that Glorot did not count on, and eight layers
    # are enough to see it.
    start=replace(
        MOONS, hidden_layers=(16,) * 8, activation="relu", learning_rate=0.05, epochs=30, restarts=8
    ),
    lead=(INITIALIZER, SCALE),
    others=(ACTIVATION, replace(LAYERS, values=range(1, 13)), WIDTH, DATASET, EPOCHS, SEED),
    scene=SchemesScene,
    explain=explain_schemes,
)
