"""Where a model meets its data: the targets, the loss, and the first step."""

from collections.abc import Iterator
from math import exp, hypot, inf, isfinite, log1p, nan, sqrt

import numpy as np

from ...measure import standards
from ...measure.examination import Examination, Head
from ..numbers import share, short
from .finding import LOOK, SERIOUS, Finding, calm, finding, level_of

STANDARDISE = "{0} = ({0} - {0}.mean(0)) / ({0}.std(0) + 1e-6)"


def targets(e: Examination) -> Iterator[Finding]:
    """Targets that lie far from the model's outputs, though these are of a usual size."""
    level = first_loss(e)
    if not _squares(e) or not e.matrices:
        return
    last, away, vary = e.matrices[-1], sqrt(e.loss), sqrt(e.guessing)
    if vary > standards.INPUTS:
        level = level or LOOK
        said = f"The targets vary by {short(vary)} (std), and models are made for about 1."
        yield finding("targets", level, [last], said, STANDARDISE.format("y"))
    elif level and hypot(last.output_mean, e.output_spread) < away / standards.FAR:
        where = f"The targets are {short(away)} away from the model's outputs (rms)"
        said = f"{where}, and vary by only {short(vary)}: their mean is far from 0."
        yield finding("targets", level, [last], said, STANDARDISE.format("y"))


def _squares(e: Examination) -> bool:
    return e.loss_name in ("mse_loss", "mean_squared_error", "squared_error")


def loss(e: Examination) -> Iterator[Finding]:
    """A first loss that is far above that of chance."""
    level = first_loss(e)
    drawn = e.matrices or [x for x in e.layers if x.parameter and x.trainable]
    if level and drawn:
        last, why = drawn[-1], "the model is sure before it has learnt anything"
        why = "its first outputs are far from the targets" if _squares(e) else why
        said = f"The first loss is {losses(e)}: {why}."
        yield finding("loss", level, [last], said, e.mends.shrink(last), calm(e))


def first_loss(e: Examination) -> str:
    return level_of("loss", e.loss / e.chance if e.chance else nan)


def losses(e: Examination) -> str:
    return f"{short(e.loss)}, where knowing nothing gives {short(e.chance)}"


def update(e: Examination) -> Iterator[Finding]:
    """A first step that is longer than the weights themselves, where a learning rate was told."""
    long = [x for x in e.matrices if e.rate_told and x.update > standards.ZONES["update"][1]]
    if long:
        worst = max(long, key=lambda layer: layer.update)
        level = SERIOUS if worst.update > standards.LONG else LOOK
        rate, right = e.learning_rate, e.learning_rate * standards.A_STEP / worst.update
        step = f"the first step of plain gradient descent is {short(worst.update)} times as long"
        said = f"At a learning rate of {short(rate)}, {step} as the weights of `{worst.name}`."
        yield finding("update", level, long, said, f"learning_rate = {right:.1g}")


# What a model can give that ends in a function.
RANGES = {
    **dict.fromkeys(("sigmoid", "softmax", "hardsigmoid", "hard_sigmoid"), (0.0, 1.0)),
    **dict.fromkeys(("tanh", "hardtanh", "softsign"), (-1.0, 1.0)),
    **dict.fromkeys(("relu", "softplus"), (0.0, inf)),
    **dict.fromkeys(("logsigmoid", "log_sigmoid", "log_softmax"), (-inf, 0.0)),
    "relu6": (0.0, 6.0),
}
OF_SEVERAL = ("cross_entropy", "nll_loss", "categorical_crossentropy")
SHARES = ("softmax", "sigmoid", "hardsigmoid", "hard_sigmoid")  # which give probabilities


def output(e: Examination) -> Iterator[Finding]:
    """A model that ends in what its loss, or its targets, cannot have."""
    h = e.head
    alone = h.bent == "softmax" and h.units == 1
    end = f"ends in a {h.bent}" if h.bent else "has no activation at its end"
    if alone:
        said = "The model ends in a softmax over one number, which is 1 whatever goes in."
        ends = e.mends.end_in("sigmoid" if h.takes == "probabilities" else "linear")
        yield Finding("output", SERIOUS, said, ends, ())
    elif h.bent == "softmax over the samples":
        said = "The model ends in a softmax over the samples: each column sums to 1, and not "
        said += "each row."
        yield Finding("output", SERIOUS, said, "", ())
    elif h.units == 1 and h.y is not None and e.loss_name in OF_SEVERAL:
        said = f"The model has one output, and {e.loss_name} compares several classes: of one "
        said += "class it is always right. For a yes or no take a binary cross-entropy."
        bent = h.bent if h.bent in SHARES else ""
        yield Finding("output", SERIOUS, said, e.mends.compare(bent, False, False), ())
    elif h.takes == "logits" and h.bent in RANGES and (h.bent, h.several) != ("log_softmax", True):
        yield _bent_logits(e)
    elif h.takes == "probabilities" and h.bent not in SHARES and _is_no_share(h):
        outside = f"its outputs lie from {short(h.low)} to {short(h.high)}"
        said = f"{e.loss_name} takes probabilities, and the model {end}: {outside}."
        right = "softmax" if h.several else "sigmoid"
        logits = "" if h.bent else e.mends.compare("", h.several, _are_shares(h))
        mend = "" if h.bent == "clamp" else e.mends.end_in(right)  # which would be added behind it
        yield Finding("output", SERIOUS, said, mend, (), (logits,))
    elif h.takes == "probabilities" and h.several and h.bent != "softmax" and h.bent in SHARES:
        said = f"{e.loss_name} takes the shares of all classes, which sum to 1, and the model "
        said += f"{end}."
        yield Finding("output", LOOK, said, e.mends.end_in("softmax"), ())
    elif h.takes == "log-probabilities" and h.bent != "log_softmax" and h.high > 0:
        said = f"{e.loss_name} takes the logarithms of probabilities, and the model {end}."
        mend = "" if h.bent else e.mends.compare("", True, _are_shares(h))
        yield Finding("output", SERIOUS, said, mend, ())
    elif h.takes == "numbers":
        yield from _out_of_range(e)


def _bent_logits(e: Examination) -> Finding:
    """Logits may be any number: what they have been through bounds what the loss can become."""
    h = e.head
    low, high = RANGES[h.bent]
    if isfinite(high - low) and h.several:
        least = log1p((h.units - 1) * exp(low - high))
        harm = f"with {h.units} classes the loss cannot fall below {short(least)}"
    elif isfinite(high - low):
        harm = f"the loss cannot fall below {short(log1p(exp(-max(-low, high))))}"
    else:
        harm = "outputs beyond 0 are cut off"
    never = not h.several and 0 in (low, high) and h.bent not in SHARES
    itself = (h.bent, h.several) in (("softmax", True), ("sigmoid", False))
    takes = "applies one itself, so it is applied twice" if itself else "takes any numbers"
    said = f"The model ends in a {h.bent}, and {e.loss_name} {takes}: {harm}."
    again = e.mends.compare(h.bent, h.several, _are_shares(h)) if h.bent in SHARES else ""
    mends = [mend for mend in (e.mends.end_in("linear"), again) if mend] or [""]
    return Finding("output", SERIOUS if never else LOOK, said, mends[0], (), tuple(mends[1:]))


def _is_no_share(h: Head) -> bool:
    return h.bent in (*RANGES, "clamp") or h.low < 0 or h.high > 1


def _are_shares(h: Head) -> bool:
    return h.y is not None and h.several and h.y.ndim > 1 and h.y.shape[-1] == h.units


def _out_of_range(e: Examination) -> Iterator[Finding]:
    h = e.head
    if h.y is None or h.bent not in RANGES:
        return
    low, high = RANGES[h.bent]
    outside = float(((h.y < low) | (h.y > high)).mean())
    limits = f"from {short(low)} to {short(high)}" if isfinite(high - low) else "on one side of 0"
    ends = f"The model ends in a {h.bent}, which gives numbers {limits}"
    if outside > standards.EDGE:
        level = SERIOUS if outside > standards.QUARTER else LOOK
        said = f"{ends}, and {share(outside)} of the targets lie outside."
        mend = e.mends.end_in("linear")
        both = f"{mend}\n{STANDARDISE.format('y')}"  # they may be far away as well
        yield Finding("output", level, said, mend, (), (both,) if mend else ())
    elif h.bent == "softmax" and h.units > 1:
        said = "The model ends in a softmax, whose shares the loss compares by their squares: "
        said += "where it is sure and wrong, hardly any gradient is left. "
        said += "Cross-entropy has no such place."
        yield Finding("output", LOOK, said, e.mends.compare("softmax", True, h.y.ndim > 1), ())


def labels(e: Examination) -> Iterator[Finding]:
    """Targets that are neither yes nor no, or no shares of classes."""
    h = e.head
    if h.y is None or h.takes not in ("logits", "probabilities"):
        return
    low, high = float(h.y.min()), float(h.y.max())
    if not h.several and (low < 0 or high > 1):
        said = f"{e.loss_name} takes targets from 0 to 1, and y has numbers from {low:g} to "
        said += f"{high:g}."
        two = len(np.unique(h.y)) == 2
        moved = f"(y {'-' if low > 0 else '+'} {abs(low):g})" if low else "y"
        yield Finding("labels", SERIOUS, said, f"y = {moved} / {high - low:g}" if two else "", ())
    elif _are_shares(h) and not np.allclose(h.y.sum(axis=-1), 1, atol=1e-2):
        said = f"{e.loss_name} takes shares of the classes, which sum to 1; in y they sum to up to "
        most = short(float(h.y.sum(axis=-1).max()))
        said += f"{most}. If several may be right, each is a yes or no."
        yield Finding("labels", LOOK, said, "", ())


def summed(e: Examination) -> Iterator[Finding]:
    """A loss that grows with the batch."""
    if e.head.summed and e.head.y is not None:
        n = len(e.head.y)
        said = f"{e.loss_name} adds up the losses of the samples: of a batch of {n} the gradient "
        said += f"is {n} times that of their mean, and so is the step of plain gradient descent."
        copied = f"from copy import copy; loss = copy(loss); loss.reduction = {e.head.mean!r}"
        yield Finding("summed", LOOK, said, copied if e.head.mean else "", ())


def shapes(e: Examination) -> Iterator[Finding]:
    """One array with an axis more than the other: each output is compared with each target."""
    h = e.head
    if h.crossed and h.y is not None:
        n = len(h.y)
        one, other = ((n, 1), (n,)) if h.y.ndim == 1 else ((n,), h.y.shape)
        said = f"{e.loss_name} compares outputs of shape {one} with targets of shape {other}: each "
        said += "with each. The best answer is then the mean of all targets."
        mend = f"y = y.reshape({'-1, 1' if h.y.ndim == 1 else '-1'})"
        yield Finding("shapes", SERIOUS, said, mend, ())


def priors(e: Examination) -> Iterator[Finding]:
    """Rare classes, of which the first steps learn only that they are rare."""
    known = isfinite(e.chance) and isfinite(e.guessing)
    if not known or e.head.y is None or len(e.final) != 1 or not e.guessing > 0:
        return
    rare = standards.RARE * e.guessing
    enough = len(e.head.y) >= standards.ENOUGH * (e.head.units if e.head.several else 2)
    if enough and e.chance > rare and e.loss > rare:
        said = f"Some classes are rare: knowing how rare gives a loss of {short(e.guessing)}, and "
        said += f"the first one is {short(e.loss)}. The first steps learn nothing but that."
        (last,) = e.final
        biases = _log_odds(e.head)
        mend = e.mends.begin_at(last, biases) if np.isfinite(biases).all() else ""
        yield finding("priors", LOOK, [last], said, mend)


def _log_odds(h: Head) -> list[float]:
    """The biases with which a model says how frequent the classes are."""
    y = np.asarray(h.y, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        if not h.several:
            rate = y.reshape(len(y), -1).mean(axis=0)
            return np.log(rate / (1 - rate)).tolist()
        classes = y.ravel().astype(int)
        shares = y.reshape(-1, h.units) if _are_shares(h) else np.eye(h.units)[classes]
        counts = shares.sum(axis=0)
        return np.log(np.maximum(counts, 0.5) / counts.sum()).tolist()
