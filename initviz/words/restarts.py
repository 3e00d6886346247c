"""In words: how many restarts get there, where the others are, and what trying again gives."""

import numpy as np

from ..measure.intervals import proportion_interval
from ..measure.landscape import as_points, on_levels, solved, tries_needed
from ..measure.speed import finish_line
from ..measure.standards import CONFIDENCE, WELL
from ..training.run import Run
from .common import compare, no_line
from .numbers import count, how_many, share, short

# What a network does that sits on a plateau of XOR.
SHARED = {
    "1/8": "two points that should differ get one output, 1/2",
    "1/6": "three points get one output",
    "1/4": "no better than guessing",
}


@np.errstate(all="ignore")
def explain_restarts(run: Run, epoch: int) -> str:
    """How many solve it, where the others are, and how many restarts it takes."""
    if why := no_line(run, epoch):
        return why
    return " ".join(filter(None, (_how_many(run, epoch), _others(run, epoch), _tries(run, epoch))))


def _how_many(run: Run, epoch: int) -> str:
    done = solved(run, epoch)
    text = how_many(done.sum(), len(done), "restart", "solves", "solve", no="does not solve")
    text = f"At epoch {epoch:,}: {text}" if epoch < run.epoch else text[0].upper() + text[1:]
    return f"{text} it (a loss below {finish_line(run):.3g}, which is {share(WELL)} of guessing)."


def _others(run: Run, epoch: int) -> str:
    others = ~solved(run, epoch)
    if not others.any():
        return ""
    found = {name: number for name, number in on_levels(run, epoch).items() if number}
    if not found:
        losses = run.losses[epoch][others]
        best = losses[np.isfinite(losses)].min(initial=np.inf)
        who = "The best loss is" if others.all() else "Of the others the best has"
        return f"{who} {short(best)}."
    parts = [f"{number} at {name} ({SHARED[name]})" for name, number in found.items()]
    rest = int(others.sum()) - sum(found.values())
    parts += [f"{rest} elsewhere"] if rest else []
    return f"{'Where they are' if others.all() else 'The others'}: {', '.join(parts)}."


def _tries(run: Run, epoch: int) -> str:
    start = as_points(run.network_at(0))
    if len(start) > 1 and not np.ptp(start, axis=0).any():
        return "All starts are equal, so a restart changes nothing: 1 − (1 − 0)ᵏ = 0 for every k."
    chance, sure = proportion_interval(solved(run, epoch)), f"{CONFIDENCE:.0%}"
    if chance.value == 0:
        end = f"The chance p may be 0; its {sure} interval ends at {chance.high:.0%}."
        return end if epoch == run.epoch else ""  # they have not had their time yet
    most, needed, least = (tries_needed(p) for p in chance)
    known = "" if least == most else f" ({least} to {most:,}, as p is not known better)"
    tries = count(needed, "restart")
    return f"To have one that solves it with {sure} certainty takes {tries}{known}."


def compare_restarts(run: Run, pinned: Run) -> str:
    """What the pinned run had otherwise, and how many of its restarts solve it."""
    done = solved(pinned)
    ended = f"Of its {count(len(done), 'restart')} {done.sum()} ended solved."
    return compare(run, pinned, ended)
