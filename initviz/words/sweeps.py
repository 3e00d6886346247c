"""In words: a finished sweep."""

from pandas import DataFrame

from ..measure.standards import WELL
from ..measure.tables import SHARES, best
from .numbers import count, share, short, title, value_name

# What a cell of the heat map shows.
SHOWN = {
    "learnt": "share that has learnt",
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


def explain_sweep(part: DataFrame, across: str, down: str, shown: str) -> str:
    """How many have learnt, and where it is best."""
    text = f"Of {count(len(part), 'network')} {part['learnt'].mean():.0%} have learnt."
    if not part["restart"].to_numpy().any():
        return text
    where = best(part, [across], down, shown).items()
    rows = (f"{value_name(a)}: {value_name(b)} ({_range(i, shown)})" for a, ((b,), i) in where)
    how = "chosen on one half of the restarts and measured on the other"
    return f"{text} The best {one(across)} for each {one(down)}, {how}: {'; '.join(rows)}."


def _range(interval, shown: str) -> str:
    write = "{:.0%}".format if shown in SHARES else short
    if write(interval.low) == write(interval.high):
        return write(interval.value)
    return f"{write(interval.value)}, {write(interval.low)} to {write(interval.high)}"
