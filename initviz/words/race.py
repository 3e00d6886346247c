"""In words: who is first, how sure that is, and how much of it is luck."""

import numpy as np

from ..measure.intervals import median_interval, proportion_interval
from ..measure.speed import count_wins, finish_epochs, finish_line, is_paired
from ..measure.symmetry import symmetry
from ..training.run import Run
from .common import no_line
from .compare import comparable, compare
from .numbers import short


def explain_race(run: Run, epoch: int) -> str:
    """How many networks finish and when, how sure that is, and how much of it is luck."""
    if why := no_line(run, epoch):
        return why
    finish = finish_epochs(run)
    networks, there = len(finish), int(np.isfinite(finish).sum())
    line = f"the finish line (a loss of {short(finish_line(run))}, a quarter of guessing)"
    rest = f"; {networks - there} do not." if 0 < there < networks else "."
    words = [
        f"{_how_many(there, networks)} {line} within {run.epoch:,} epochs{rest}",
        _when(run, finish),
        _equal_units(run) if there == 0 else "",
    ]
    if epoch < run.epoch:
        across = int((finish <= epoch).sum())
        are = "1 is" if across == 1 else f"{across or 'none'} are"
        words.append(f"At epoch {epoch:,}, {are} across.")
    return " ".join(filter(None, words))


def _how_many(there: int, networks: int) -> str:
    if networks == 1:
        return "The network crosses" if there else "The network does not cross"
    some = {0: "None of the", networks: "All"}.get(there, f"{there} of the")
    return f"{some} {networks} networks {'crosses' if there < 2 else 'cross'}"


def _when(run: Run, finish: np.ndarray) -> str:
    there = finish[np.isfinite(finish)]
    if len(there) == 0:
        return f"The lowest loss is {short(float(run.losses[-1, run.best]))}."
    if len(finish) == 1 or (run.losses == run.losses[:, :1]).all():
        only = " Nothing in this start is random: every seed gives the same run."
        return f"It takes {_epoch(there[0])} epochs.{only if len(finish) > 1 else ''}"
    low, middle, high = median_interval(finish)
    words = ""
    if np.isfinite(middle):
        sure = "" if low < 0 else f" (95% interval: {_epoch(low)} to {_epoch(high)})"
        words = f"The median is at epoch {_epoch(middle)}{sure}. "
    slowest = f", the unluckiest {_epoch(there.max())}" if len(there) == len(finish) else ""
    return f"{words}The luckiest seed needs {_epoch(there.min())} epochs{slowest}."


def _epoch(value: float) -> str:
    return f"{value:,.4g}" if np.isfinite(value) else "never"


def _equal_units(run: Run) -> str:
    """Why time does not help a network whose units start equal."""
    ends = [run.network_at(epoch).restart(0) for epoch in (0, run.epoch)]
    distinct = [symmetry(network).distinct for network in ends]
    if not distinct[0].size or any((each > 1).any() for each in distinct):
        return ""
    return "The units of a layer began equal and end equal: more epochs would not help."


def compare_race(run: Run, pinned: Run) -> str:
    """What the pinned run had otherwise, and who wins on how many seeds."""
    words = compare(run, pinned)
    if run.experiment == pinned.experiment or not comparable(run, pinned):
        return words
    if not is_paired(run, pinned):
        return f"{words} It has another seed, so there are no pairs to compare."
    faster, slower, equal = count_wins(run, pinned)
    pairs = faster + slower + equal
    if not faster and not slower:
        return f"{words} On none of the {pairs} seeds is one faster than the other."
    low, share, high = proportion_interval(np.arange(pairs) < faster)
    sure = f"{share:.0%}, 95% interval: {low:.0%} to {high:.0%}"
    rest = f", equal on {equal}" if equal else ""
    return (
        f"{words} Seed by seed, this run is faster on {faster} of {pairs} ({sure}), "
        f"slower on {slower}{rest}."
    )
