"""Chapter 04: which scheme keeps the signal going forward, and the gradient coming back?"""

from dataclasses import replace

from ..plots.schemes import SchemesScene
from ..words.schemes import explain_schemes
from .chapter import Chapter, moons
from .controls import ACTIVATION, DATASET, EPOCHS, HUNDREDS, INITIALIZER, LAYERS, SCALE, WIDTH

DEPTH = replace(LAYERS, values=range(1, 21))
SHORT = replace(EPOCHS, values=(1, *HUNDREDS))  # what a start does is seen before any training

explore_schemes = Chapter(
    name="schemes",
    summary="Open the explorer of the schemes: signal, gradient and loss under any scheme.",
    # ReLU under Glorot: each layer loses the half that Glorot did not count on, and eight layers
    # are enough to see it.
    start=moons((16,) * 8, "relu", learning_rate=0.05, epochs=30, restarts=8),
    lead=(INITIALIZER, SCALE),
    others=(ACTIVATION, DEPTH, WIDTH, DATASET, SHORT),
    scene=SchemesScene,
    explain=explain_schemes,
)
