"""In words: how many restarts get there, where the others are, and what trying again gives."""

import numpy as np

from ..measure.intervals import proportion_interval
from ..measure.landscape import as_points, on_levels, solved, tries_needed
from ..measure.speed import finish_line
from ..measure.standards import CONFIDENCE, WELL
from ..training.run import Run
from .common import compare, no_line
from .numbers import are, count, how_many, share, short

# What a network does that sits on a plateau of XOR.
SHARED = {
    "1/8": "two points that should differ get the same answer",
    "1/6": "three points get the same answer",
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
    said = {"one": "has solved", "many": "have solved", "no": "has not solved"}
    text = how_many(int(done.sum()), len(done), "restart", **said)
    text = f"At epoch {epoch:,}, {text}" if epoch < run.epoch else text[0].upper() + text[1:]
    return f"{text} the task (a loss below {finish_line(run):.3g}, {share(WELL)} of guessing)."


def _others(run: Run, epoch: int) -> str:
    others = ~solved(run, epoch)
    number, they_are_all = int(others.sum()), bool(others.all())
    if number == 0:
        return ""
    found = {name: there for name, there in on_levels(run, epoch).items() if there}
    if not found:
        return _lowest(run.losses[epoch][others], they_are_all)
    places = [(f"{name} ({SHARED[name]})", there) for name, there in found.items()]
    (first, there), *more = places
    if number == 1:
        return f"{'It' if they_are_all else 'The other one'} is at a loss of {first}."
    rest = number - sum(found.values())
    listed = [f"{there} {are(there)} at a loss of {first}", *(f"{n} at {at}" for at, n in more)]
    listed += [f"{rest} elsewhere"] if rest else []
    return f"Of {'these' if they_are_all else 'the others'}, {', '.join(listed)}."


def _lowest(losses: np.ndarray, they_are_all: bool) -> str:
    """The lowest of some losses. they_are_all: whether no restart has solved it."""
    finite = losses[np.isfinite(losses)]
    if not finite.size:
        return "Their losses have overflowed." if they_are_all else "The others have overflowed."
    who = "The lowest loss is" if they_are_all else "The lowest loss of the others is"
    return f"{who} {short(finite.min())}."


def _tries(run: Run, epoch: int) -> str:
    start = as_points(run.network_at(0))
    if len(start) > 1 and not np.ptp(start, axis=0).any():
        return "All starts are equal, so a restart changes nothing: each of them is the same run."
    if len(start) == 1:
        return ""  # of one try nothing is known about the chance
    chance, sure = proportion_interval(solved(run, epoch)), f"{CONFIDENCE:.0%}"
    if chance.value == 0:
        end = f"The chance p may be 0; its {sure} interval reaches up to {chance.high:.0%}."
        return end if epoch == run.epoch else ""  # they have not had their time yet
    most, needed, least = (tries_needed(p) for p in chance)
    known = "" if least == most else f" ({least} to {most:,}, since p is only roughly known)"
    tries = count(needed, "restart")
    return f"To be {sure} sure that one of them solves it, you need {tries}{known}."


def compare_restarts(run: Run, pinned: Run) -> str:
    """What the pinned run had otherwise, and how many of its restarts solve it."""
    done = solved(pinned)
    ended = f"Of its {count(len(done), 'restart')}, {done.sum()} solved it."
    return compare(run, pinned, ended)
