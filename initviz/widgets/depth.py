"""The explorer of chapter 07: what many layers do to the signal, the gradient and the learning."""

from dataclasses import replace

from ..plots.depth import DepthScene
from ..words.depth import explain_depth
from .chapter import Chapter, moons
from .controls import ACTIVATION, EPOCHS, INITIALIZER, LAYERS, LEARNING_RATE, SCALE, WIDTH

explore_depth = Chapter(
    name="depth",
    summary="Open the explorer of depth: the signal through many layers, and over the epochs.",
    # Two thirds of Glorot: for some thirty epochs no signal arrives in the upper layers, and then
    # they learn. At 0.5 none ever does; at 1 they learn at once; at 10 the gradient is large in the
    # first layers before training, and after some steps the units there are saturated.
    start=moons((12,) * 8, scale=0.65, learning_rate=0.05, epochs=50, restarts=4),
    lead=(INITIALIZER, SCALE),
    others=(ACTIVATION, replace(LAYERS, values=range(1, 21)), WIDTH, LEARNING_RATE, EPOCHS),
    scene=DepthScene,
    explain=explain_depth,
)
