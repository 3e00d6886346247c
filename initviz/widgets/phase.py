"""The explorer of order and chaos: theory laid over measurement, through fifty layers."""

from __future__ import annotations

from dataclasses import replace

from ..networks.initializers import ALIASES, INITIALIZERS
from ..plots.phase import PhaseScene
from ..training.experiment import Experiment
from ..words.phase import compare_phase, explain_phase
from .controls import ACTIVATION, DECADE, INITIALIZER, RESTARTS, SCALE, SEED, WIDTH, Slider
from .explorer import Chapter, Explorer

# Theory speaks of weights that are drawn, each for itself.
NOT_DRAWN = ("zeros", "constant", "identity", "zero_hadamard")
RANDOM = replace(
    INITIALIZER,
    options=lambda: [(n, n) for n in INITIALIZERS if n not in ALIASES and n not in NOT_DRAWN],
)
SIZE = replace(SCALE, values=(*(float(f"{n}e-1") for n in DECADE), *map(float, DECADE), 10.0))
BIAS_STD = Slider(
    "bias_std",
    "σ_b",
    "How large the random biases are: their standard deviation",
    values=(0.0, *(n / 20 for n in range(1, 41))),
)
CHAPTER = Chapter(
    name="phase",
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


def explore_phase(experiment: Experiment | None = None, **settings) -> Explorer:
    """Open the explorer of order and chaos: what theory predicts, laid over what is measured.

    experiment: where it starts; None is a tanh network of 50 layers near the edge of chaos.
    settings: fields of ``Experiment`` to change in it, such as ``scale=2`` or ``bias_std=0``.

    Raises ValueError naming a setting that is wrong or that no control can show.
    """
    return Explorer(CHAPTER, experiment, **settings)
