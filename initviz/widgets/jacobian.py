"""The explorer of the Jacobian: what depth makes of a small change of the input."""

from dataclasses import replace

from ..plots.jacobian import SpectrumScene
from ..words.jacobian import explain_spectrum
from .chapter import MOONS, Chapter
from .controls import ACTIVATION, EPOCHS, LAYERS, LEARNING_RATE, SCALE, SEED, WIDTH
from .phase import RANDOM

explore_jacobian = Chapter(
    name="jacobian",
    summary="Open the explorer of the Jacobian's singular values: orthogonal or Gaussian weights.",
    start=replace(
        MOONS,
        hidden_layers=(16,) * 16,
        initializer="orthogonal",
        learning_rate=0.02,
        epochs=40,
        restarts=6,
    ),
    lead=(RANDOM, SCALE),
    others=(
        ACTIVATION,
        replace(LAYERS, values=range(1, 33)),
        replace(WIDTH, values=range(2, 33)),
        LEARNING_RATE,
        EPOCHS,
        SEED,
    ),
    scene=SpectrumScene,
    explain=explain_spectrum,
)
