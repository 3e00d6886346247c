"""The explorer of order and chaos: theory laid over measurement, through fifty layers."""

from dataclasses import replace

from ..networks.initializers import ALIASES, INITIALIZERS
from ..plots.phase import PhaseScene
from ..training.experiment import Experiment
from ..words.phase import compare_phase, explain_phase
from .chapter import Chapter
from .controls import ACTIVATION, DECADE, INITIALIZER, RESTARTS, SCALE, SEED, WIDTH, Slider

# Theory speaks of weights that are drawn, each for itself.
NOT_DRAWN = ("zeros", "constant", "identity", "zero_hadamard")
RANDOM = replace(
    INITIALIZER,
    options=lambda: [n for n in INITIALIZERS if n not in ALIASES and n not in NOT_DRAWN],
)
SIZE = replace(SCALE, values=(*(float(f"{n}e-1") for n in DECADE), *map(float, DECADE), 10.0))
BIAS_STD = Slider(
    "bias_std",
    "σ_b",
    "How large the random biases are: their standard deviation",
    (0.0, *(n / 20 for n in range(1, 41))),
)
explore_phase = Chapter(
    name="phase",
    summary="Open the explorer of order and chaos: theory's prediction, laid over measurement.",
    # Just beyond the edge: two inputs at 60° stay apart through all the layers.
    start=Experiment(
        dataset="pair",
        hidden_layers=(64,) * 50,
        activation="tanh",
        initializer="lecun_normal",
        scale=1.5,
        bias_std=0.2,
        epochs=1,
        restarts=6,
    ),
    lead=(RANDOM, SIZE),
    others=(ACTIVATION, BIAS_STD, replace(WIDTH, values=range(2, 129)), RESTARTS, SEED),
    scene=PhaseScene,
    explain=explain_phase,
    compare=compare_phase,
    player=False,
)
