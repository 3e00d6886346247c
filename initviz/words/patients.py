"""Twelve networks that come to the clinic, and seven things that the doctor can do.

A patient is an ``Experiment``, a treatment is a change of settings. All patients train for the same
60 epochs with the same momentum; what differs is what may be wrong with them. Notebook 09 tries
every treatment on the first eight. The other four are ``Visitor``s: none of these treatments is
for them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ..errors import bad, one_of
from ..networks.datasets import DATASETS
from ..networks.network import Network
from ..training.experiment import Experiment, initial_network
from ..training.held import train_held
from ..training.run import Run
from ..training.train import train

ward = partial(Experiment, momentum=0.9, epochs=60, restarts=6)
LAST_ZERO = (*["glorot_normal"] * 4, "zeros")


@dataclass(frozen=True)
class Patient:
    """complaint: what its owner says. illness: what it has. cure: a name in ``TREATMENTS``."""

    complaint: str
    experiment: Experiment
    illness: str
    cure: str


TREATMENTS: dict[str, dict[str, Any]] = {
    "none": {},
    "Glorot weights": {"initializer": "glorot_normal", "scale": 1.0},
    "He weights": {"initializer": "he_normal", "scale": 1.0},
    "4 × Glorot weights": {"initializer": "glorot_normal", "scale": 4.0},
    "tanh units": {"activation": "tanh"},
    "small steps": {"learning_rate": 0.05},
    "big steps": {"learning_rate": 2.0},
}

PATIENTS: dict[int, Patient] = {
    1: Patient(
        complaint="Nothing happens. The loss is a straight line.",
        experiment=ward("moons", (16, 16), "tanh", "zeros", learning_rate=0.3),
        illness="all weights are zero",
        cure="Glorot weights",
    ),
    2: Patient(
        complaint="It learns a little, and then no more. I doubled the width. No difference.",
        experiment=ward("circles", (16,) * 3, "tanh", "constant", scale=0.3, learning_rate=0.1),
        illness="all weights are equal",
        cure="Glorot weights",
    ),
    3: Patient(
        complaint="The loss at the start is as good as it can be. But there it stays.",
        experiment=ward("circles", (16,) * 4, "tanh", "normal", scale=0.01, learning_rate=0.15),
        illness="the weights are too small for this depth",
        cure="Glorot weights",
    ),
    4: Patient(
        complaint="It is very sure of itself, and wrong.",
        experiment=ward("circles", (16,) * 4, "tanh", "normal", scale=10.0, learning_rate=0.1),
        illness="the weights are far too large, and the units saturate",
        cure="Glorot weights",
    ),
    5: Patient(
        complaint="I took what the framework does by default. No unit is saturated. "
        "It does not learn.",
        experiment=ward("circles", (16,) * 4, "sigmoid", "glorot_uniform", learning_rate=0.3),
        illness="the sigmoid's slope of at most 1/4 fades the gradient",
        cure="tanh units",
    ),
    6: Patient(
        complaint="It begins like the others, and a few steps later it says the same "
        "for every input.",
        experiment=ward("circles", (16,) * 3, "relu", "he_normal", learning_rate=5.0),
        illness="the steps are too long, and the ReLUs die",
        cure="small steps",
    ),
    7: Patient(
        complaint="The first loss I see is in the thousands. Soon it is not a number.",
        experiment=ward("moons", (24,) * 5, "relu", "he_normal", scale=4.0, learning_rate=0.07),
        illness="the weights are too large, and the signal explodes",
        cure="He weights",
    ),
    8: Patient(
        complaint="Before the first step, the gradient is zero in every hidden layer. Is it dead?",
        experiment=ward("circles", (16,) * 4, "tanh", LAST_ZERO, learning_rate=0.2),
        illness="none: only the output layer starts at zero",
        cure="none",
    ),
}

ILLNESS = ("dataset", "hidden_layers", "activation", "initializer", "scale", "learning_rate")


def admit(experiment: Experiment, number: int) -> Experiment:
    """The patient with this number, untreated; seed, epochs and restarts stay as they are."""
    if number not in PATIENTS:
        raise bad("number", number, f"the patients are 1 to {len(PATIENTS)}")
    patient = PATIENTS[number].experiment
    return replace(experiment, **{field: getattr(patient, field) for field in ILLNESS})


def treat(experiment: Experiment, treatment: str) -> Experiment:
    """The same experiment, with the settings of a treatment."""
    return replace(experiment, **TREATMENTS[one_of("treatment", treatment, TREATMENTS)])


def recognise(experiment: Experiment) -> tuple[int | None, str]:
    """(patient, treatment) that an experiment is; (None, "none") where it is nobody we know.

    A treatment that changes nothing in a patient is recognised as "none".
    """
    for treatment in TREATMENTS:
        for number in PATIENTS:
            if treat(admit(experiment, number), treatment) == experiment:
                return number, treatment
    return None, "none"


@dataclass(frozen=True)
class Visitor:
    """A patient whose illness is in no setting of an experiment, or in those of its blocks.

    complaint, illness: as of a ``Patient``. experiment: how it is trained. cured: the same without
    the illness. made: what becomes of the drawn networks before. trained: by what.
    """

    complaint: str
    experiment: Experiment
    illness: str
    cured: Experiment
    made: Callable[[Network], Network] = lambda network: network
    trained: Callable[[Experiment, Network], Run] = lambda e, network: train(e, network=network)

    def run(self, restarts: int = 6) -> Run:
        """Train it, untreated."""
        e = replace(self.experiment, restarts=restarts)
        return self.trained(e, self.made(initial_network(e, DATASETS[e.dataset])))


def _with_drawn_gains(network: Network) -> Network:
    """Gains from a bell curve of width 0.02 around 0, of each restart by itself."""
    dice = map(np.random.default_rng, range(len(network.gains)))
    drawn = [rng.normal(0, 0.02, g.shape) for rng, g in zip(dice, network.gains, strict=True)]
    return replace(network, gains=tuple(map(np.float32, drawn)))


def _with_twins(network: Network) -> Network:
    first, second, *others, last = network.weights
    return replace(network, weights=(first, second, *(second for _ in others), last))


def _ending_in_its_activation(network: Network) -> Network:
    """The last layer hands on what the layer before has bent."""
    last = np.ones_like(network.weights[-1])
    return replace(network, weights=(*network.weights[:-1], last))


SOUND = ward("circles", (16,) * 4, "tanh", "glorot_normal", learning_rate=0.1)
BLOCKS = ward("circles", (16,) * 16, "relu", "he_normal", learning_rate=0.05, skip=True)

VISITORS: dict[int, Visitor] = {
    9: Visitor(
        complaint="There is a batch norm in each layer, so I drew all that I have from one bell "
        "curve. Its loss does not move.",
        experiment=replace(SOUND, norm="batch"),
        illness="the gains of its norms were drawn around 0",
        cured=replace(SOUND, norm="batch"),
        made=_with_drawn_gains,
    ),
    10: Visitor(
        complaint="I copied one layer three times, with all its numbers. The check-up has noticed. "
        "Do I have to draw them anew?",
        experiment=SOUND,
        illness="none: layers with the same numbers do different work",
        cured=SOUND,
        made=_with_twins,
    ),
    11: Visitor(
        complaint="I took He's weights, as one should for ReLU, and put a skip around every "
        "layer. Now the first loss is in the hundreds.",
        experiment=BLOCKS,
        illness="every block adds as much as there was",
        cured=replace(BLOCKS, alpha=1 / 15),
    ),
    12: Visitor(
        complaint="Every point is on its right side. But the loss stops, and in each of the "
        "networks at the same height.",
        experiment=replace(SOUND, hidden_layers=(16, 16, 16, 16, 1)),
        illness="it ends in a tanh, and the loss takes logits",
        cured=SOUND,
        made=_ending_in_its_activation,
        trained=train_held,
    ),
}
