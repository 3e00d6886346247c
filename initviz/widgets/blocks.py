"""The explorer of chapter 10: what norms and skips forgive."""

from dataclasses import replace

from ..plots.blocks import BlocksScene
from ..words.blocks import explain_blocks
from .chapter import Chapter, moons
from .controls import ACTIVATION, EPOCHS, INITIALIZER, LAYERS, LEARNING_RATE, NORM, SCALE, SKIP

explore_blocks = Chapter(
    name="blocks",
    summary="Open the explorer of norms and skips: signal, gradient and loss with and without.",
    # Too deep for plain layers of ReLU, of which hardly any network learns; a batch norm lets the
    # gradient grow on its way back, and with a skip beside it all learn.
    start=moons((16,) * 20, "relu", "he_normal", learning_rate=0.05, epochs=30, restarts=4),
    lead=(NORM, SKIP, SCALE),
    others=(ACTIVATION, INITIALIZER, replace(LAYERS, values=range(1, 31)), LEARNING_RATE, EPOCHS),
    scene=BlocksScene,
    explain=explain_blocks,
    by_view=("explain",),
    player=False,
)
