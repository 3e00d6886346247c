"""In words: how many restarts get there, where the others are, and what trying again gives."""

import numpy as np

from ..measure.intervals import proportion_interval
from ..measure.landscape import as_points, on_levels, solved, tries_needed
from ..measure.standards import WELL
from ..training.run import Run, guessing_loss
from .common import no_line
from .compare import comparable, compare
from .numbers import short

# What a network does that sits on a plateau of XOR.
SHARED = {
    "1/8": "two points that should differ get one answer, 1/2",
    "1/6": "three points get one answer",
    "1/4": "no better than guessing",
}


def explain_restarts(run: Run, epoch: int) -> str:
    """How many solve it, where the others are, and how many restarts it takes."""
    if why := no_line(run, epoch):
        return why
    return " ".join(filter(None, (_how_many(run, epoch), _others(run, epoch), _tries(run, epoch))))


def _how_many(run: Run, epoch: int) -> str:
    done = solved(run, epoch)
    some, all_of_them = int(done.sum()), len(done)
    who = {
        0: f"None of {all_of_them} restarts solves",
        1: f"1 of {all_of_them} restarts solves",
        all_of_them: f"All {all_of_them} restarts solve",
    }
    text = who.get(some, f"{some} of {all_of_them} restarts solve")
    if all_of_them == 1:
        text = "The one restart solves" if some else "The one restart does not solve"
    if epoch < run.epoch:
        text = f"At epoch {epoch:,}: {text[0].lower()}{text[1:]}"
    line = WELL * guessing_loss(run)
    return f"{text} it (a loss below {line:.3g}, which is a quarter of guessing)."


def _others(run: Run, epoch: int) -> str:
    others = ~solved(run, epoch)
    if not others.any():
        return ""
    found = {name: count for name, count in on_levels(run, epoch).items() if count}
    if not found:
        losses = run.losses[epoch][others]
        finite = losses[np.isfinite(losses)]
        who = "The best loss is" if others.all() else "Of the others the best has"
        return f"{who} {short(finite.min() if finite.size else np.inf)}."
    parts = [f"{count} at {name} ({SHARED[name]})" for name, count in found.items()]
    rest = int(others.sum()) - sum(found.values())
    parts += [f"{rest} elsewhere"] if rest else []
    who = "Where they are" if others.all() else "The others"
    return f"{who}: {', '.join(parts)}."


def _tries(run: Run, epoch: int) -> str:
    start = as_points(run.network_at(0))
    if len(start) > 1 and not np.ptp(start, axis=0).any():
        return "All starts are equal, so a restart changes nothing: 1 − (1 − 0)ᵏ = 0 for every k."
    chance = proportion_interval(solved(run, epoch))
    if chance.value == 0:
        end = f"The chance p may be 0; its 95% interval ends at {chance.high:.0%}."
        return end if epoch == run.epoch else ""  # they have not had their time yet
    least, most = tries_needed(chance.high), tries_needed(chance.low)
    known = "" if least == most else f" ({least} to {most:,}, as p is not known better)"
    needed = _restarts(tries_needed(chance.value))
    return f"To have one that solves it with 95% certainty takes {needed}{known}."


def _restarts(count: float) -> str:
    return f"{count:,} restart{'' if count == 1 else 's'}"


def compare_restarts(run: Run, pinned: Run) -> str:
    """What the pinned run had otherwise, and how many of its restarts solve it."""
    words = compare(run, pinned)
    if run.experiment == pinned.experiment or not comparable(run, pinned):
        return words
    done = solved(pinned)
    return f"{words} Of its {_restarts(len(done))} {done.sum()} ended solved."
