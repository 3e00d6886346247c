"""In words: which units differ, what holds them together, what has parted them."""

import numpy as np

from ..measure.standards import NEARLY_EQUAL, ONE_DIRECTION, STILL
from ..measure.symmetry import Parting, parting
from ..training.run import Run, guessing_loss
from .explain import explain
from .numbers import are, count, short


def explain_symmetry(run: Run, epoch: int) -> str:
    """How many different units there are, when they parted and why, and what the loss did."""
    if run.diverged[run.best] or len(run.experiment.hidden_layers) != 2:
        return explain(run, epoch)
    part = parting(run)
    now = int(np.searchsorted(part.epochs, epoch))
    moment = f"At epoch {part.epochs[now]:,}"
    return f"{moment} {_count(part, now)} {_cause(run, part, now)} {_loss(run, part.epochs[now])}"


def _count(part: Parting, now: int) -> str:
    first, second = (each.shape[1] for each in part.units)
    distinct = part.distinct[:, now].tolist()
    if first == second == 1:
        return "each layer has a single unit."
    if distinct == [1, 1] and first > 1 and second > 1:
        return f"all {first} units of layer 1 are equal, and so are the {second} of layer 2."
    if distinct == [first, second] and first > 1 and second > 1:
        return f"all {first} units of layer 1 differ, and so do the {second} of layer 2."
    among = f"{count(distinct[0], 'kind')} among the {count(first, 'unit')} of layer 1"
    return f"there {are(distinct[0])} {among}, and {distinct[1]} among the {second} of layer 2."


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
    where = "In both layers" if len(equal) == 2 else f"In layer {equal[0] + 1}"
    if run.experiment.noise:
        first, last = (short(part.gap[equal, k].max()) for k in (0, now))
        return f"{where} they differ too little to see: by {first} at the start, by {last} now."
    moved = max(np.abs(part.units[n][now] - part.units[n][0]).max() for n in equal)
    if now > 0 and moved < STILL:
        return f"{where} not one weight has moved, because the gradient is zero."
    text = f"{where} equal units get equal gradients, and so do the work of a single one."
    rounding = part.gap[equal, now].max()
    return f"{text} What differs, by {short(rounding)}, is rounding." if rounding else text


def _what_parted(run: Run, part: Parting, layer: int) -> str:
    epoch = part.epochs[(part.distinct[layer] > 1).argmax()]  # the first with two kinds of units
    when = f"Layer {layer + 1} parted at epoch {epoch:,}"
    if run.experiment.noise:
        return f"{when}, when the noise had grown until it showed."
    outgoing = run.network_at(0).weights[layer + 1][run.best]
    if np.ptp(outgoing, axis=1).any():
        return f"{when}: its units had equal weights coming in, but not going out."
    return f"{when}: nothing but the rounding of the computer's sums told its units apart."


def _how_far(part: Parting, now: int, several: np.ndarray) -> str:
    """They differed from the start. But how much is that? several: the layers that have some."""
    text = "They have differed from the start"
    gap = part.gap[several, now]
    shares = gap / [np.abs(part.units[n][now]).max() for n in several]
    least = int(shares.argmin())
    if shares[least] < NEARLY_EQUAL:
        return f"{text}, though in layer {several[least] + 1} by {short(gap[least])} at most."
    if part.rank[several, now].max() < ONE_DIRECTION:
        return f"{text}, but all their weights point the same way: they differ in length only."
    return f"{text}."


def _loss(run: Run, epoch: int) -> str:
    first, now = short(run.losses[0, run.best]), short(run.losses[epoch, run.best])
    who = "The loss" if run.experiment.restarts == 1 else "The best network's loss"
    went = f"stayed at {now}" if now == first else f"went from {first} to {now}"
    return f"{who} {went}; guessing gives {short(guessing_loss(run))}."
