"""The explorer of order and chaos: theory laid over measurement, through fifty layers."""

from collections.abc import Iterator
from dataclasses import replace

from ..measure.phase import check_plain
from ..networks.initializers import ALIASES, INITIALIZERS
from ..plots.phase import PhaseScene
from ..training.experiment import Experiment
from ..training.run import Run
from ..training.train import stream
from ..words.phase import compare_phase, explain_phase
from .chapter import Chapter
from .controls import ACTIVATION, DECADE, INITIALIZER, RESTARTS, SCALE, WIDTH, Slider

# Theory speaks of weights that are drawn, each for itself.
LEFT_OUT = {*ALIASES, "zeros", "constant", "identity", "zero_hadamard"}
RANDOM = replace(INITIALIZER, options=lambda: [n for n in INITIALIZERS if n not in LEFT_OUT])
SIZE = replace(SCALE, values=(*(float(f"{n}e-1") for n in DECADE), *map(float, DECADE), 10.0))
SPREAD = "How large the random biases are: their standard deviation"
BIAS_STD = Slider("bias_std", SPREAD, (0.0, *(n / 20 for n in range(1, 41))))


def stream_plain(experiment: Experiment, seconds: float) -> Iterator[Run | None]:
    """``stream``, of what theory speaks of."""
    check_plain(experiment)
    return stream(experiment, seconds=seconds)


START = Experiment("pair", (64,) * 50, "tanh", "lecun_normal", epochs=1, restarts=6)
explore_phase = Chapter(
    name="phase",
    summary="Open the explorer of order and chaos: theory's prediction, laid over measurement.",
    # Just beyond the edge: two inputs at 60° stay apart through all the layers.
    start=replace(START, scale=1.5, bias_std=0.2),
    lead=(RANDOM, SIZE),
    others=(ACTIVATION, BIAS_STD, replace(WIDTH, values=range(2, 129)), RESTARTS),
    scene=PhaseScene,
    explain=explain_phase,
    compare=compare_phase,
    stream=stream_plain,
    player=False,
)
