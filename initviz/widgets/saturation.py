"""The explorer of chapter 03: where each layer's z falls on the activation's curve."""

from ..plots.saturation import SaturationScene
from ..words.saturation import explain_saturation
from .chapter import Chapter, moons
from .controls import ACTIVATION, EPOCHS, LAYERS, LEARNING_RATE, SCALE, WIDTH

explore_saturation = Chapter(
    name="saturation",
    summary="Open the explorer of saturation: every layer's z on the activation's curve.",
    # Four layers of sigmoids: at 0.01 nothing moves, at 1 they learn, at 100 they saturate.
    start=moons((8,) * 4, "sigmoid", "normal", learning_rate=0.8),
    lead=(ACTIVATION, SCALE),
    others=(LAYERS, WIDTH, LEARNING_RATE, EPOCHS),
    scene=SaturationScene,
    explain=explain_saturation,
)
