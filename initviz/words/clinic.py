"""In words: a patient: how it does, its symptoms, and what a treatment changed."""

import numpy as np

from ..measure.speed import finish_line, median_over_restarts
from ..measure.standards import WELL, ZONES, saturated_word, well
from ..measure.vitals import Vitals, vitals_of
from ..training.run import Run, guessing_loss
from .common import comparable, no_line
from .numbers import CALLED, after, how_many, listed, share, short
from .patients import recognise
from .rules import Finding
from .vitals import TOLD, findings
from .zones import is_out

GIVING_AWAY = ("weights", "zeros", "scheme")
ON_CARD = ("loss", "signal", "saturated", "symmetry", "gradient")
# Below the healthy zone, and above it.
SIDES = {
    "loss": ("", "the loss is far above guessing"),
    "signal": (
        "a layer answers nearly the same to every sample",
        "the answers of a layer are huge",
    ),
    "symmetry": ("most units of a layer are alike", ""),
    "gradient": (
        "the gradient of a layer is far smaller than at the output",
        "the gradient of a layer is far larger than at the output",
    ),
}
LASTING = ("signal", "saturated", "symmetry")  # gradients fade in a network that has learnt too


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


def card_in_words(run: Run, epoch: int | None = None) -> str:
    """What a card shows, with neither a diagnosis nor a number that a machine may round otherwise.

    Only of the signs that a card has: the length of the first step is none of them.

    >>> import initviz as iv
    >>> card_in_words(iv.train(iv.Experiment(activation="tanh", restarts=2, epochs=3)))
    'After 3 epochs no network is well; the median loss is below guessing.'
    """
    epoch = run.epoch if epoch is None else epoch
    before = _seen(vitals_of(run, 0))
    text = f"{after(epoch)} {_who(run, epoch)}; the median loss {_height(run, epoch)}."
    if before:
        text += f" {'Before training' if epoch else 'At this moment'} {listed(before)}."
    if not epoch or not np.isfinite(_median_loss(run, epoch)):
        return text
    new = [seen for seen in _seen(vitals_of(run, epoch), LASTING) if seen not in before]
    return f"{text} Now {listed(new)}." if new else text


def _who(run: Run, epoch: int) -> str:
    part = well(run, epoch).mean()
    if part in {0, 1}:
        return f"{'every' if part else 'no'} network is well"
    return f"{'most' if part >= 0.5 else 'some'} networks are well"


def _height(run: Run, epoch: int) -> str:
    """Where the median loss lies between the two lines of a card."""
    loss, guessing = _median_loss(run, epoch), guessing_loss(run)
    if not np.isfinite(loss):
        return "overflows"
    if loss < WELL * guessing:
        return "is below the line of those that are well"
    if loss < 0.95 * guessing:
        return "is below guessing"
    return "is at guessing" if loss < 1.05 * guessing else "is above guessing"


def _seen(v: Vitals, signs: tuple[str, ...] = ON_CARD) -> list[str]:
    """What is out of its healthy zone in the worst layer, in a few words each."""
    return [_side(v, sign) for sign in signs if is_out(v, sign)]


def _side(v: Vitals, sign: str) -> str:
    value = v.worst(sign)[1]
    if sign == "saturated":
        return f"most units of a layer are {CALLED[saturated_word(v.network.activation)]}"
    if sign == "gradient" and value == 0:
        return "the gradient of a layer is zero"
    return SIDES[sign][value > ZONES[sign][1]]


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
