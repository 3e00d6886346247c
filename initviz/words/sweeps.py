"""In words: a finished sweep."""

from collections.abc import Callable

import numpy as np
from pandas import DataFrame

from ..measure.intervals import Interval
from ..measure.standards import WELL
from ..measure.tables import SHARES, best, grid, has_halves
from .numbers import count, share, short, title, value_name

# What a cell of the heat map shows.
SHOWN = {
    "learnt": "share that has learnt well",
    "diverged": "share that has diverged",
    "loss": "median of the last loss",
    "accuracy": "median accuracy",
    "epochs_to_half": "median of the epochs to half of guessing's loss",
    "epochs_to_quarter": f"median of the epochs to {share(WELL)} of guessing's loss",
    "first_loss": "median of the first loss",
    "best_loss": "median of the lowest loss",
}


def one(setting: str) -> str:
    """One of its values: "depth" for hidden layers."""
    return "depth" if setting == "hidden_layers" else title(setting)


@np.errstate(all="ignore")
def explain_sweep(part: DataFrame, across: str, down: str, shown: str) -> str:
    """How many have learnt, and where it is best: as measured anew, and as the cell has it."""
    text = f"Of {count(len(part), 'network')} {part['learnt'].mean():.0%} have learnt well."
    if not has_halves(part, across, down):
        return text
    values, rows, columns = grid(part, across, down, shown)
    write, said = form_of(shown), []
    for row, ((column,), interval) in best(part, [across], down, shown).items():
        cell = write(values[rows.index(row), columns.index(column)])
        found = f"{_range(interval, write)}; in its cell {cell}"
        said.append(f"{value_name(row)}: {value_name(column)} ({found})")
    how = "chosen on one half of the restarts and measured on the other"
    where = f"The best {one(across)} for each {one(down)}, {how}: {'; '.join(said)}."
    return f"{text} {where} A cell of the map counts all restarts."


def form_of(shown: str) -> Callable[[float], str]:
    """How a measure's numbers are written."""
    return "{:.0%}".format if shown in SHARES else short


def _range(interval: Interval, write: Callable[[float], str]) -> str:
    if write(interval.low) == write(interval.high):
        return write(interval.value)
    return f"{write(interval.value)}, {write(interval.low)} to {write(interval.high)}"
