"""In words: who is first, how sure that is, and how much of it is luck."""

import numpy as np

from ..measure.intervals import median_interval, proportion_interval
from ..measure.speed import count_wins, finish_epochs, finish_line, is_paired
from ..measure.standards import CONFIDENCE, WELL
from ..training.run import Run
from .common import compare, no_line
from .explain import equal_units
from .numbers import are, count, how_many, share, short

SURE = f"{CONFIDENCE:.0%} interval"


def explain_race(run: Run, epoch: int) -> str:
    """How many networks finish and when, how sure that is, and how much of it is luck."""
    if why := no_line(run, epoch):
        return why
    finish = finish_epochs(run)
    networks, there = len(finish), int(np.isfinite(finish).sum())
    line = f"the finish line (a loss of {short(finish_line(run))}, {share(WELL)} of guessing)"
    rest = f"; {networks - there} {'does' if networks - there == 1 else 'do'} not"
    who = how_many(there, networks, "network", "crosses", "cross", no="does not cross")
    end = f"within {count(run.epoch, 'epoch')}{rest if 0 < there < networks else ''}."
    words = [f"{who[0].upper()}{who[1:]} {line} {end}", _when(run, finish)]
    if there == 0:
        words.append(equal_units(run))
    if epoch < run.epoch:
        across = int((finish <= epoch).sum())
        words.append(f"At epoch {epoch:,}, {across or 'none'} {are(across)} across.")
    return " ".join(filter(None, words))


def _when(run: Run, finish: np.ndarray) -> str:
    there = finish[np.isfinite(finish)]
    if len(there) == 0:
        return _lowest(run.losses[-1])
    least = count(there.min(), "epoch")
    if len(finish) == 1:
        return f"It takes {least}."
    if (run.losses == run.losses[:, :1]).all():
        why = "Nothing in this start is random, so every seed gives the same run."
        return f"Each takes {least}. {why}"
    low, middle, high = median_interval(finish)
    words = ""
    if np.isfinite(middle):
        sure = "" if low < 0 else f" ({SURE}: {low:,g} to {high:,g})".replace("inf", "never")
        words = f"The median is {middle:,g} epochs{sure}. "
    slowest = f", the unluckiest {there.max():,g}" if len(there) == len(finish) else ""
    return f"{words}The luckiest seed needs {least}{slowest}."


def _lowest(losses: np.ndarray) -> str:
    finite = losses[np.isfinite(losses)]
    if not finite.size:
        return "The loss has overflowed." if len(losses) == 1 else "All losses have overflowed."
    return f"The lowest loss is {short(finite.min())}."


def compare_race(run: Run, pinned: Run) -> str:
    """What the pinned run had otherwise, and who wins on how many seeds."""
    return compare(run, pinned, _seed_by_seed(run, pinned))


def _seed_by_seed(run: Run, pinned: Run) -> str:
    if not is_paired(run, pinned):
        return "It has another seed, so its networks cannot be paired with these."
    faster, slower, equal = count_wins(run, pinned)
    pairs = faster + slower + equal
    if not faster and not slower:
        return "Neither is faster on any seed."
    low, won, high = proportion_interval(np.arange(pairs) < faster)
    sure = f"{won:.0%}, {SURE}: {low:.0%} to {high:.0%}"
    rest = f" and as fast on {equal}" if equal else ""
    ours = f"this run is faster on {faster} of {pairs} ({sure})"
    return f"Seed by seed, {ours}, slower on {slower}{rest}."
