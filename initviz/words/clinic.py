"""In words: a patient: how it does, its symptoms, and what a treatment changed."""

import numpy as np

from ..measure.speed import finish_line, median_over_restarts
from ..measure.standards import WELL, well
from ..measure.vitals import vitals_of
from ..training.run import Run
from .common import comparable, no_line
from .numbers import after, how_many, share, short
from .patients import recognise
from .rules import Finding
from .vitals import TOLD, findings

GIVING_AWAY = ("weights", "zeros", "scheme")
LASTING = ("signal", "saturated", "distinct")  # gradients fade in a network that has learnt too


def explain_clinic(run: Run, epoch: int) -> str:
    """How many are well, and the symptoms before training and at ``epoch``."""
    _, treatment = recognise(run.experiment)
    healed = "" if treatment == "none" else f"Treated with: {treatment}. "
    before = _symptoms(run, 0)
    when = "Symptoms before training" if epoch else "Symptoms"
    text = f"{healed}{_outcome(run, epoch)} {when}: {_told(before) or 'none.'}"
    if not np.isfinite(_median_loss(run, epoch)):
        return text  # the overflow has been told, and all else follows from it
    known = {finding.sign for finding in before}
    new = _told([f for f in _symptoms(run, epoch) if f.sign in LASTING and f.sign not in known])
    return f"{text} New at epoch {epoch}: {new}" if new else text


def _outcome(run: Run, epoch: int) -> str:
    if why := no_line(run, epoch):
        return why
    healthy, losses = well(run, epoch), run.losses[epoch]
    total, lost = len(healthy), int((~np.isfinite(losses)).sum())
    line = f"{short(finish_line(run))}, {share(WELL)} of guessing's"
    who = how_many(healthy.sum(), total, "network", "is well", "are well", no="is not well")
    loss = f"the {'median ' if total > 1 else ''}loss is {short(_median_loss(run, epoch))}"
    if lost >= total / 2:
        loss = f"{'all' if lost == total else lost} overflow" if total > 1 else "it overflows"
    return f"{after(epoch)} {who} (a loss below {line}), and {loss}."


def _median_loss(run: Run, epoch: int) -> float:
    return float(median_over_restarts(run.losses[epoch]))


def _symptoms(run: Run, epoch: int) -> list[Finding]:
    """What is out of order, but for the weights themselves, which would give it away."""
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
    then, now = (short(_median_loss(each, each.epoch)) for each in (pinned, run))
    return f"{who}; its median loss {then}, here {now}."
