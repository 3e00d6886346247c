"""In words: which units differ, what holds them together, what has parted them."""

import numpy as np

from ..measure.standards import NEARLY_EQUAL, ONE_DIRECTION, STILL
from ..measure.symmetry import Parting, parting
from ..training.run import Run, guessing_loss
from .explain import explain
from .numbers import short


def explain_symmetry(run: Run, epoch: int) -> str:
    """How many different units there are, when they parted and why, and what the loss did."""
    if run.diverged[run.best] or len(run.experiment.hidden_layers) != 2:
        return explain(run, epoch)
    part = parting(run)
    now = int(np.searchsorted(part.epochs, epoch))
    moment = f"At epoch {part.epochs[now]:,}" if now else "Before training"
    if run.experiment.restarts > 1:
        moment = f"{moment}, in the best network of {run.experiment.restarts},"
    return f"{moment} {_count(part, now)} {_cause(run, part, now)} {_loss(run, part.epochs[now])}"


def _count(part: Parting, now: int) -> str:
    units = [each.shape[1] for each in part.units]
    distinct = part.distinct[:, now].tolist()
    if units == [1, 1]:
        return "each layer has a single unit."
    if min(units) > 1 and distinct in ([1, 1], units):
        state = "are equal" if distinct == [1, 1] else "differ"
        so = "so are" if distinct == [1, 1] else "so do"
        return f"{_all(units[0])} units of layer 1 {state}, and {so} the {units[1]} of layer 2."
    layers = zip(units, distinct, (1, 2), strict=True)
    return " and ".join(_kinds(*each) for each in layers) + "."


def _kinds(units: int, distinct: int, layer: int) -> str:
    where = f"of layer {layer}"
    if units == 1:
        return f"layer {layer} has a single unit"
    if distinct in (1, units):
        return f"{_all(units)} units {where} {'are equal' if distinct == 1 else 'differ'}"
    return f"the {units} units {where} are of {distinct} kinds"


def _all(units: int) -> str:
    return "both" if units == 2 else f"all {units}"


def _cause(run: Run, part: Parting, now: int) -> str:
    """Of what holds a layer together, if anything does; else of what has parted its units."""
    several = np.array([each.shape[1] > 1 for each in part.units])
    if not several.any():
        return "There is no other unit that it could be equal to."
    equal, late = (np.flatnonzero(several & (part.distinct[:, k] == 1)) for k in (now, 0))
    if len(equal):
        return _what_holds(run, part, now, equal)
    if len(late):
        return " ".join(_what_parted(run, part, layer) for layer in late.tolist())
    return _how_far(part, now, np.flatnonzero(several))


def _what_holds(run: Run, part: Parting, now: int, equal: np.ndarray) -> str:
    where = "both layers" if len(equal) == 2 else f"layer {equal[0] + 1}"
    if run.experiment.noise:
        first, last = (short(part.gap[equal, k].max()) for k in (0, now))
        grown = f", by {last} now" if now else ""
        return f"In {where} they differ too little to see: by {first} at the start{grown}."
    if now == 0:
        return _what_will_hold(run, equal, where)
    moved = max(np.abs(part.units[n][now] - part.units[n][0]).max() for n in equal)
    if moved < STILL:
        return f"In {where} not one weight has moved, because the gradient is zero."
    text = f"In {where} equal units get equal gradients, so they do the work of a single one."
    rounding = part.gap[equal, now].max()
    return f"{text} They differ by rounding alone: by {short(rounding)}." if rounding else text


def _what_will_hold(run: Run, equal: np.ndarray, where: str) -> str:
    free = [layer + 1 for layer in equal.tolist() if _differ_going_out(run, layer)]
    if free:
        layers = f"Layer{'s' * (len(free) > 1)} {' and '.join(map(str, free))}"
        return f"{layers}: equal weights come in, but those going out differ."
    return f"In {where} the weights that come in and go out are equal, and so are the gradients."


def _differ_going_out(run: Run, layer: int) -> bool:
    return bool(np.ptp(run.network_at(0).weights[layer + 1][run.best], axis=1).any())


def _what_parted(run: Run, part: Parting, layer: int) -> str:
    epoch = part.epochs[(part.distinct[layer] > 1).argmax()]  # the first with two kinds of units
    when = f"Layer {layer + 1} parted at epoch {epoch:,}"
    if run.experiment.noise:
        return f"{when}, when the noise had grown enough to show."
    if _differ_going_out(run, layer):
        return f"{when}: its units had equal weights coming in, but not going out."
    return f"{when}: nothing but the rounding of the computer's sums told its units apart."


def _how_far(part: Parting, now: int, several: np.ndarray) -> str:
    """They differed from the start. But how much is that? several: the layers that have some."""
    text = "They have differed from the start" if now else "They differ from the start"
    gap = part.gap[several, now]
    shares = gap / [np.abs(part.units[n][now]).max() for n in several]
    least = int(shares.argmin())
    if shares[least] < NEARLY_EQUAL:
        return f"{text}, but in layer {several[least] + 1} by no more than {short(gap[least])}."
    if part.rank[several, now].max() == 0:
        return f"{text}, but only in their biases: all weights are 0."
    if part.rank[several, now].max() < ONE_DIRECTION:
        return f"{text}, but their weights all point the same way: only the lengths differ."
    return f"{text}."


def _loss(run: Run, epoch: int) -> str:
    first, now = short(run.losses[0, run.best]), short(run.losses[epoch, run.best])
    who = "The loss" if run.experiment.restarts == 1 else "Its loss"
    went = f"has gone from {first} to {now}"
    if now == first:
        went = f"is still {now}" if epoch else f"is {now}"
    return f"{who} {went}; guessing gives {short(guessing_loss(run))}."
