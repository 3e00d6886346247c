"""Eight networks that come to the clinic, and seven things that the doctor can do.

A patient is an ``Experiment``, a treatment is a change of settings. All patients train for the same
60 epochs with the same momentum; what differs is what may be wrong with them. Notebook 09 tries
every treatment on every patient.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..errors import bad, one_of
from ..training.experiment import Experiment

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
