"""Chapter 02: do units that start equal ever part?"""

from dataclasses import replace

from ..errors import bad
from ..networks.arguments import each_layer
from ..networks.datasets import DATASETS
from ..plots.symmetry import SymmetryScene
from ..training.experiment import Experiment
from ..words.symmetry import explain_symmetry
from .chapter import Chapter, moons
from .controls import ACTIVATION, EPOCHS, NOISE, Menu


def _schemes(experiment: Experiment) -> tuple[str, ...]:
    """Of the three weight matrices. Raises ValueError for what this explorer cannot draw."""
    hidden, dataset = experiment.hidden_layers, experiment.dataset
    if len(hidden) != 2:
        raise bad("hidden_layers", hidden, "this explorer takes two, such as (6, 6)")
    if dataset not in DATASETS or DATASETS[dataset].features != 2:
        raise bad("dataset", dataset, "this explorer takes points in a plane, such as 'moons'")
    return each_layer("initializer", experiment.initializer, 3)


def _switch(layer: int, name: str) -> Menu:
    """Zero, equal or random: the weights that enter one layer."""

    def put(experiment: Experiment, scheme: str) -> Experiment:
        schemes = list(_schemes(experiment))
        schemes[layer] = scheme
        alike = len(set(schemes)) == 1  # and so whatever layers there are, they fit
        return replace(experiment, initializer=scheme if alike else tuple(schemes))

    return Menu(
        name,
        "Where the weights that enter this layer start",
        lambda: [("zero", "zeros"), ("equal", "constant"), ("random", "normal")],
        get=lambda e: _schemes(e)[layer],
        put=put,
    )


BIASES = Menu(
    "bias",
    "Where the biases of all layers start",
    lambda: [("zero", 0.0), ("equal", 0.5), ("random", "normal")],
    label="biases",
)
SWITCHES = [_switch(n, name) for n, name in enumerate(("layer_1", "layer_2", "output"))]
START = moons((6, 6), "tanh", "constant", epochs=300, restarts=1, dtype="float64")
explore_symmetry = Chapter(
    name="symmetry",
    summary="Open the explorer of symmetry: whether equal units part, when, and why.",
    start=replace(START, scale=0.5, learning_rate=0.5),
    lead=SWITCHES,
    others=(ACTIVATION, NOISE, BIASES, EPOCHS),
    scene=SymmetryScene,
    explain=explain_symmetry,
)
