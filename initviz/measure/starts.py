"""Which start to take: every usual one, in networks of every usual build, measured once and kept.

``make which-start`` trains some 38,000 networks on the digits (``measure``), and what it finds is
written to ``starts.csv``, which is what all else here reads.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from math import log
from pathlib import Path
from typing import Any, NamedTuple

from ..training.experiment import Experiment
from .intervals import median_interval, proportion_interval
from .standards import A_LITTLE
from .sweeps import sweep

TABLE = Path(__file__).with_name("starts.csv")
ACTIVATIONS = ("sigmoid", "tanh", "relu", "gelu", "silu", "elu", "selu", "sine")
NORMS = ("none", "batch", "layer")
DEPTHS, WIDTHS = (2, 8, 20), (16, 32)  # hidden layers, and units in each
RATES = (0.0005, 0.002, 0.008)  # of Adam; every start is judged at its own best one
# Two times through the digits: enough to tell a start that learns from one that does not.
BASE = Experiment(
    "digits", optimizer="adam", batch_size=64, epochs=2, restarts=8, loss="softmax_cross_entropy"
)
PLAIN = ("he_normal", "glorot_uniform", "lecun_normal", "pytorch_default")
RESIDUAL = ("he_normal", "lecun_normal")
ALPHAS = (1.0, "1/sqrt(depth)", "rezero")
GUESSING = log(10)  # the loss of equal probabilities


class Build(NamedTuple):
    """What a network is made of: ``depth`` hidden layers of ``width`` units."""

    activation: str
    norm: str
    skip: bool
    depth: int
    width: int


class Start(NamedTuple):
    """How a network of this build may start, and what came of it at its best learning rate.

    loss, low, high: the median over the seeds of the final loss, and its interval. learnt: the
    share of the networks that learnt well.
    """

    build: Build
    initializer: str
    alpha: str
    rate: float
    low: float
    loss: float
    high: float
    learnt: float


def measure(
    base: Experiment = BASE, over: Mapping[str, Sequence] | None = None, **how: Any
) -> list[Start]:
    """All starts of all builds. over: what to sweep instead of all. how: given to ``sweep``."""
    builds = {"activation": ACTIVATIONS, "norm": NORMS, "learning_rate": RATES}
    builds["hidden_layers"] = [(width,) * depth for depth in DEPTHS for width in WIDTHS]
    builds |= over or {}
    sines = [name for name in builds["activation"] if name == "sine"]
    grids = [
        {"skip": [False], "initializer": PLAIN, **builds},
        {"skip": [True], "initializer": RESIDUAL, "alpha": ALPHAS, **builds},
        {"skip": [True], "initializer": ["fixup"], **builds},
        {"skip": [False, True], "initializer": ["siren"], **builds, "activation": sines},
    ]
    tables = [sweep(base, grid, **how) for grid in grids if all(map(len, grid.values()))]
    return sorted(found for table in tables for found in _best_rates(table))


def _best_rates(table: Any) -> Iterator[Start]:
    """table: what ``sweep`` gives."""
    settings = ["activation", "norm", "skip", "hidden_layers", "initializer"]
    settings += ["alpha"] if "alpha" in table else []
    for values, rows in table.groupby(settings, sort=False):
        rates = dict(list(rows.groupby("learning_rate")))
        rate = min(rates, key=lambda rate: _finite(rates[rate]).median())
        named = dict(zip(settings, values, strict=True))
        layers = named["hidden_layers"]
        build = Build(*values[:3], depth=len(layers), width=layers[0])
        interval = median_interval(_finite(rates[rate]))
        learnt = proportion_interval(rates[rate]["learnt"]).value
        alpha = str(named.get("alpha", 1.0))
        yield Start(build, named["initializer"], alpha, rate, *interval, learnt)


def _finite(rows: Any) -> Any:
    """The final losses, infinity for those that are no numbers."""
    return rows["loss"].fillna(float("inf"))


def write(found: Sequence[Start], path: Path = TABLE) -> None:
    """Keep what was measured; losses to three digits, which is more than the seeds allow."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([*Build._fields, *Start._fields[1:]])
        for start in found:
            numbers = (f"{number:.3g}" for number in start[3:])
            rows.writerow([*start.build, start.initializer, start.alpha, *numbers])


@cache
def kept(path: Path = TABLE) -> dict[Build, list[Start]]:
    """By build its starts, as ``write`` has kept them."""
    with path.open(newline="", encoding="utf-8") as file:
        return {
            build: list(starts)
            for build, starts in groupby(map(_read, csv.DictReader(file)), _build)
        }


def _build(start: Start) -> Build:
    return start.build


def _read(row: dict[str, str]) -> Start:
    depth, width = int(row["depth"]), int(row["width"])
    build = Build(row["activation"], row["norm"], row["skip"] == "True", depth, width)
    numbers = (float(row[name]) for name in Start._fields[3:])
    return Start(build, row["initializer"], row["alpha"], *numbers)


# The usual start of each activation, which is taken unless another one is clearly better.
USUAL = {
    "sigmoid": "glorot_uniform",
    "tanh": "glorot_uniform",
    "selu": "lecun_normal",
    "sine": "siren",
}


class Choice(NamedTuple):
    """taken: the start to take. worst: the one that does worst beside it. matters: whether the
    interval of any begins above that of ``taken``. learns: whether any learns at least a little."""

    taken: Start
    worst: Start
    matters: bool
    learns: bool


def choose(build: Build) -> Choice:
    """The usual start of a build, unless the interval of the best one lies wholly below its own, or
    it learns nothing where others do; then the simplest of those that are not so far behind.

    Simpler is: the usual initializer, and then α = 1 before 1/sqrt(depth) before ReZero.
    """
    starts = kept()[build]
    best = min(starts, key=lambda start: start.loss)
    usual = USUAL.get(build.activation, "he_normal")
    alphas = [str(alpha) for alpha in ALPHAS]

    def by_custom(start: Start) -> tuple:
        others = start.initializer != usual, alphas.index(start.alpha), start.loss
        return not _learns(start), *others

    taken = min((each for each in starts if each.low <= best.high), key=by_custom)
    worst = max(starts, key=lambda start: start.loss)
    matters = any(start.low > taken.high for start in starts)
    return Choice(taken, worst, matters, _learns(taken))


def _learns(start: Start) -> bool:
    return start.loss < A_LITTLE * GUESSING
