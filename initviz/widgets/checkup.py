"""The explorer of notebook 08: the vital signs of a start, and what they foretell."""

from dataclasses import replace

from ..plots.vitals import CheckupScene
from ..words.vitals import explain_checkup
from .chapter import Chapter, moons
from .controls import ACTIVATION, BIAS, INITIALIZER, LAYERS, LEARNING_RATE, SCALE, WIDTH

BIASES = replace(BIAS, options=lambda: [*BIAS.options(), ("−5", -5.0)])
explore_checkup = Chapter(
    name="checkup",
    summary="Open the check-up: six vital signs by layer with their healthy zones, and the losses.",
    start=moons((12,) * 4, learning_rate=0.3, momentum=0.0, restarts=8),
    lead=(INITIALIZER, SCALE),
    others=(ACTIVATION, LAYERS, WIDTH, LEARNING_RATE, BIASES),
    scene=CheckupScene,
    explain=explain_checkup,
)
