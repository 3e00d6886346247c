"""In words: a patient: how it does, its symptoms, and what a treatment changed."""

import numpy as np

from ..measure.standards import WELL, well
from ..measure.vitals import vitals_of
from ..training.run import Run, guessing_loss
from .compare import comparable
from .finding import Finding
from .numbers import short
from .patients import recognise
from .vitals import findings

GIVING_AWAY = ("weights", "zeros", "scheme")
TOLD = 2  # symptoms that are said of one moment
LASTING = ("signal", "saturated", "distinct")  # gradients fade in a network that has learnt too


def explain_clinic(run: Run, epoch: int) -> str:
    """How many are well, and the symptoms before training and at ``epoch``."""
    _, treatment = recognise(run.experiment)
    healed = "" if treatment == "none" else f"Treated with: {treatment}. "
    before = _symptoms(run, 0)
    text = f"{healed}{_outcome(run, epoch)} Before training: {_told(before) or 'no symptom.'}"
    known = {finding.sign for finding in before}
    new = _told([f for f in _symptoms(run, epoch) if f.sign in LASTING and f.sign not in known])
    return f"{text} New at epoch {epoch}: {new}" if new else text


def _outcome(run: Run, epoch: int) -> str:
    networks, line = len(run.losses[epoch]), short(WELL * guessing_loss(run))
    middle = _median_loss(run, epoch)
    median = f"the median loss is {short(middle)}" if np.isfinite(middle) else "most overflow"
    return (
        f"After {epoch} epochs {int(well(run, epoch).sum())} of {networks} networks are well (a "
        f"loss below {line}, a quarter of guessing's), and {median}."
    )


def _median_loss(run: Run, epoch: int) -> float:
    """A network that overflowed counts as infinitely bad, not as missing."""
    with np.errstate(over="ignore"):  # between two that are nearly infinite
        return float(np.median(np.nan_to_num(run.losses[epoch], nan=np.inf)))


def _symptoms(run: Run, epoch: int) -> list[Finding]:
    """What is out of order, but for the weights themselves, which would give it away."""
    if not np.isfinite(_median_loss(run, epoch)):
        return []  # the overflow has been told, and all else follows from it
    return [one for one in findings(vitals_of(run, epoch)) if one.sign not in GIVING_AWAY]


def _told(found: list[Finding]) -> str:
    return " ".join(finding.sentence for finding in found[:TOLD])


def compare_clinic(run: Run, pinned: Run) -> str:
    """The pinned patient, and how it did."""
    number, treatment = recognise(pinned.experiment)
    how = "untreated" if treatment == "none" else f"with {treatment}"
    who = f"Pinned: patient {number}, {how}"
    if not comparable(run, pinned):
        return f"{who}. It learnt other data, so it is not drawn."
    then, now = (short(_median_loss(r, r.epoch)) for r in (pinned, run))
    return f"{who}; its median loss {then}, here {now}."
