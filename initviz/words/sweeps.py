"""In words: a finished sweep."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..measure.tables import SHARES, best
from .numbers import short

# What a cell of the heat map shows.
SHOWN = {
    "learnt": "share that has learnt",
    "diverged": "share that has diverged",
    "loss": "median of the last loss",
    "accuracy": "median accuracy",
    "epochs_to_half": "median of the epochs to half of guessing's loss",
    "epochs_to_quarter": "median of the epochs to a quarter of guessing's loss",
    "first_loss": "median of the first loss",
    "best_loss": "median of the lowest loss",
}
TITLES = {
    "initializer": "scheme",
    "hidden_layers": "hidden layers",
    "learning_rate": "learning rate",
}


def title(setting: str) -> str:
    """A setting as people say it."""
    return TITLES.get(setting, setting.replace("_", " "))


def one(setting: str) -> str:
    """One of its values: "depth" for hidden layers."""
    return "depth" if setting == "hidden_layers" else title(setting)


def value_name(value: Any) -> str:
    """0.01, "he_normal"; a tuple of layers as 3 × 16."""
    if isinstance(value, tuple) and len(value) > 1 and len(set(value)) == 1:
        return f"{len(value)} × {value[0]}"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)


def explain_sweep(part: pd.DataFrame, across: str, down: str, shown: str) -> str:
    """How many have learnt, and where it is best."""
    text = f"Of {len(part):,} networks {part['learnt'].mean():.0%} have learnt."
    if part["restart"].max() == 0:
        return text
    said = []
    for row, ((column,), interval) in best(part, [across], down, shown).items():
        said.append(f"{value_name(row)}: {value_name(column)} ({_range(interval, shown)})")
    return (
        f"{text} The best {one(across)} for each {one(down)}, chosen on one half of the "
        f"restarts and measured on the other: {'; '.join(said)}."
    )


def _range(interval, shown: str) -> str:
    write = "{:.0%}".format if shown in SHARES else short
    if write(interval.low) == write(interval.high):
        return write(interval.value)
    return f"{write(interval.value)}, {write(interval.low)} to {write(interval.high)}"
