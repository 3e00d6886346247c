"""The explorer of the Jacobian: what depth makes of a small change of the input."""

from dataclasses import replace

from ..plots.jacobian import SpectrumScene
from ..words.jacobian import explain_spectrum
from .chapter import Chapter, moons
from .controls import ACTIVATION, EPOCHS, LAYERS, LEARNING_RATE, SCALE, WIDTH
from .phase import RANDOM

DEEP, WIDE = replace(LAYERS, values=range(1, 33)), replace(WIDTH, values=range(2, 33))
explore_jacobian = Chapter(
    name="jacobian",
    summary="Open the explorer of the Jacobian's singular values: orthogonal or Gaussian weights.",
    start=moons((16,) * 16, initializer="orthogonal", learning_rate=0.02, epochs=40, restarts=6),
    lead=(RANDOM, SCALE),
    others=(ACTIVATION, DEEP, WIDE, LEARNING_RATE, EPOCHS),
    scene=SpectrumScene,
    explain=explain_spectrum,
)
