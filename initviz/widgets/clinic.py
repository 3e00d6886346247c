"""The explorer of notebook 09: a patient, a treatment, and whether it helps.

Neither the picture nor the words name a scheme or a scale: that is for the reader to find out.
"""

from __future__ import annotations

import numpy as np

from ..errors import bad, one_of
from ..patients import PATIENTS, TREATMENTS, admit, recognise, treat, well
from ..plots.vitals import ClinicScene
from ..training import Experiment, Run, guessing_loss
from ..vitals import Finding, vitals_of
from ..wording import short
from .controls import SEED, Menu
from .explorer import Chapter, Explorer, comparable

TOLD = 2  # symptoms that are said of one moment
LASTING = ("signal", "idle", "distinct")  # gradient and steps fade in a network that has learnt too


def explain_clinic(run: Run, epoch: int) -> str:
    """How many are well, and the symptoms before training and at ``epoch``."""
    _, treatment = recognise(run.experiment)
    healed = "" if treatment == "none" else f"Treated with: {treatment}. "
    before = _symptoms(run, 0)
    text = f"{healed}{_outcome(run)} Before training: {_told(before) or 'no symptom.'}"
    known = {finding.sign for finding in before}
    new = _told([f for f in _symptoms(run, epoch) if f.sign in LASTING and f.sign not in known])
    return f"{text} New at epoch {epoch}: {new}" if new else text


def _outcome(run: Run) -> str:
    networks, half = len(run.losses[-1]), short(guessing_loss(run) / 2)
    middle = _median_loss(run, run.epoch)
    median = f"the median loss is {short(middle)}" if np.isfinite(middle) else "most overflow"
    return (
        f"After {run.epoch} epochs {int(well(run).sum())} of {networks} networks are well (a loss "
        f"below {half}, half of guessing's), and {median}."
    )


def _median_loss(run: Run, epoch: int) -> float:
    """A network that overflowed counts as infinitely bad, not as missing."""
    return float(np.median(np.nan_to_num(run.losses[epoch], nan=np.inf)))


def _symptoms(run: Run, epoch: int) -> list[Finding]:
    """What is out of its zone, but for the weights: they would name the scheme."""
    if not np.isfinite(_median_loss(run, epoch)):
        return []  # the overflow has been told, and all else follows from it
    return [finding for finding in vitals_of(run, epoch).findings if finding.sign != "weights"]


def _told(findings: list[Finding]) -> str:
    return " ".join(finding.sentence for finding in findings[:TOLD])


def compare_clinic(run: Run, pinned: Run) -> str:
    """The pinned patient, and how it did."""
    number, treatment = recognise(pinned.experiment)
    who = f"Pinned: patient {number}, {_label(treatment)}"
    if not comparable(run, pinned):
        return f"{who}. It learnt other data, so it is not drawn."
    then, now = (short(_median_loss(r, r.epoch)) for r in (pinned, run))
    return f"{who}; its median loss {then}, here {now}."


def _label(treatment: str) -> str:
    return "untreated" if treatment == "none" else f"with {treatment}"


def _patient(experiment: Experiment) -> int:
    number, _ = recognise(experiment)
    if number is None:
        raise bad("experiment", experiment, "give one of initviz.patients.PATIENTS")
    return number


PATIENT = Menu(
    "patient", "patient", "Who is being examined",
    get=_patient, put=admit,
    options=lambda: [(f"patient {number}", number) for number in PATIENTS],
)  # fmt: skip
TREATMENT = Menu(
    "treatment", "treatment", "What is changed before the networks are trained again",
    get=lambda e: recognise(e)[1], put=treat,
    options=lambda: [(name, name) for name in TREATMENTS],
)  # fmt: skip

CHAPTER = Chapter(
    name="clinic",
    start=PATIENTS[1].experiment,
    lead=(PATIENT, TREATMENT),
    others=(SEED,),
    scene=ClinicScene,
    explain=explain_clinic,
    compare=compare_clinic,
)


def explore_clinic(experiment: Experiment | None = None, **settings) -> Explorer:
    """Open the clinic: choose a patient, look at the symptoms, try a treatment.

    experiment: a patient of ``initviz.patients.PATIENTS``, treated or not; None is the first.
    settings: its seed, epochs or restarts, such as ``seed=3``.

    Raises ValueError for what is no patient.
    """
    for name in settings:
        one_of("setting", name, ("seed", "epochs", "restarts"))
    return Explorer(CHAPTER, experiment, **settings)
