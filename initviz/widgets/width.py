"""The explorer of widths: which learning rate is best at each, and what a first step does."""

from dataclasses import replace

from ..errors import bad
from ..measure.width import WIDTHS, stream_widths
from ..plots.width import WidthScene
from ..training.experiment import Experiment
from ..training.rates import OPTIMIZERS
from ..words.width import compare_width, explain_width
from .chapter import Chapter
from .controls import ACTIVATION, EPOCHS, LAYERS, LEARNING_RATE, SCALE, Menu

# How weights are drawn and how rates follow the width belong together.
STARTS = {"standard": "he_normal", "mup": "mup", "spectral": "spectral"}


def _parametrization(experiment: Experiment) -> str:
    name, start = experiment.parametrization, experiment.initializer
    if start != STARTS[name]:
        raise bad("initializer", start, f"with {name} rates this explorer takes {STARTS[name]}")
    return name


PARAMETRIZATION = Menu(
    "parametrization",
    "How first weights and rates follow the width",
    lambda: [("standard", "standard"), ("μP", "mup"), ("spectral", "spectral")],
    label="rates",
    get=_parametrization,
    put=lambda e, name: replace(e, parametrization=name, initializer=STARTS[name]),
)
OPTIMIZER = Menu("optimizer", "What makes a step of a gradient", lambda: OPTIMIZERS)
explore_width = Chapter(
    name="width",
    summary="Open the explorer of widths: which learning rate is best at each, and why.",
    start=Experiment(
        "digits",
        (WIDTHS[2],) * 2,
        "relu",
        "he_normal",
        learning_rate=0.001,
        batch_size=20,
        epochs=3,
        restarts=4,
        optimizer="adam",
    ),
    lead=(PARAMETRIZATION, replace(SCALE, values=[v for v in SCALE.values if 0.1 <= v <= 10])),
    others=(
        OPTIMIZER,
        replace(LEARNING_RATE, values=[v for v in LEARNING_RATE.values if v <= 1]),
        ACTIVATION,
        replace(LAYERS, values=range(1, 5)),
        replace(EPOCHS, values=range(1, 11)),
    ),
    scene=WidthScene,
    explain=explain_width,
    compare=compare_width,
    stream=stream_widths,
    by_view=("explain", "compare"),
    player=False,
)
