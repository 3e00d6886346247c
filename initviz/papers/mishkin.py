"""Mishkin & Matas 2016: LSUV, orthogonal matrices scaled by what a batch of data shows."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..datasets import DATASETS, Dataset
from ..intervals import Interval, median
from ..network import init_network, lsuv
from ..plots.charts import matrix
from ..plots.style import heading
from ..training import Experiment, train
from .result import Job, Measured, Paper, Result, Verdict
from .wording import between

PAPER = Paper(
    "Mishkin & Matas 2016",
    "All you need is a good init",
    "https://arxiv.org/abs/1511.06422",
)
STARTS = {"LSUV": "orthogonal", "orthogonal": "orthogonal", "He": "he_normal",
          "Xavier": "glorot_normal"}  # fmt: skip
ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid")
CLAIMED = ACTIVATIONS[:3]  # those for which the paper claims it


def jobs(full: bool) -> list[Job]:
    setting = {"data": "digits", "samples": 500, "units": 32, "layers": 16, "epochs": 40}
    if full:
        setting = {"data": "mnist5k", "samples": 3750, "units": 128, "layers": 16, "epochs": 100}
    return [{"activation": activation, "start": start, "seed": seed, **setting}
            for activation in ACTIVATIONS for start in STARTS for seed in range(2)]  # fmt: skip


def measure(
    activation: str, start: str, seed: int, data: str, samples: int, units: int, layers: int,
    epochs: int,
) -> Measured:  # fmt: skip
    """The test accuracies of eight networks."""
    whole = DATASETS[data]
    part = Dataset(data, whole.X[:samples], whole.y[:samples], whole.task, whole.X_test,
                   whole.y_test)  # fmt: skip
    e = Experiment(data, (units,) * layers, activation, STARTS[start], learning_rate=0.01,
                   momentum=0.9, batch_size=50, epochs=epochs, restarts=8, seed=seed)  # fmt: skip
    network = init_network((part.features, *e.hidden_layers, 10), activation, e.initializer,
                           restarts=e.restarts, seed=seed, dtype=e.dtype)  # fmt: skip
    if start == "LSUV":
        network = lsuv(network, part.X)
    run = train(e, part, network=network)
    return {"activation": activation, "start": start, "accuracies": run.accuracies[-1].tolist()}


def accuracy(measured: list[Measured], activation: str, start: str) -> Interval:
    rows = [m["accuracies"] for m in measured
            if (m["activation"], m["start"]) == (activation, start)]  # fmt: skip
    return median(np.concatenate(rows))


def conclude(measured: list[Measured]) -> Verdict:
    table = {a: {s: accuracy(measured, a, s) for s in STARTS} for a in ACTIVATIONS}
    best_other = {a: max((row[s] for s in STARTS if s != "LSUV"), key=lambda each: each.value)
                  for a, row in table.items()}  # fmt: skip
    as_good = [a for a in CLAIMED if table[a]["LSUV"].high >= best_other[a].low]
    better = [a for a in CLAIMED if table[a]["LSUV"].low > best_other[a].high]
    numbers = "; ".join(
        f"{a}: " + ", ".join(f"{s} {between(row[s], '.0%')}" for s in STARTS)
        for a, row in table.items()
    )
    agrees = "yes" if len(as_good) == len(CLAIMED) else "partly" if as_good else "no"
    return Verdict(f"test accuracy, {numbers}", agrees, _why(as_good, better, table))


def _why(as_good: list[str], better: list[str], table: dict) -> str:
    ground = "LSUV measures what the activation does in place of assuming it"
    words = [f"{ground}, so that one recipe is as good as the best of the others with "
             f"{', '.join(as_good) or 'none of the activations'}"]  # fmt: skip
    if better:
        words.append(f"and beyond chance better with {', '.join(better)}")
    if max(each.high for each in table["sigmoid"].values()) < 0.2:
        words.append("sigmoid networks of this depth learn from none of the starts")
    return "; ".join(words)


def draw(measured: list[Measured]) -> Figure:
    figure = Figure(figsize=(5, 2.2))
    axes = figure.subplots()
    values = [[accuracy(measured, a, s).value for s in STARTS] for a in ACTIVATIONS]
    matrix(axes, np.array(values), ACTIVATIONS, tuple(STARTS))
    heading(axes, "Test accuracy, median", dy=6)
    return figure


RESULTS = (
    Result(
        name="mishkin-lsuv",
        title="LSUV against orthogonal, He and Xavier",
        paper=PAPER,
        says="with maxout, the ReLU family and tanh, very deep networks that start from LSUV reach "
        "a test accuracy better than or equal to that of the standard starts",
        setting="16 fully connected layers of 32 units on 500 digits in place of FitNets on MNIST "
        "and CIFAR, without maxout; the same rate (0.01, momentum 0.9, batches of 50) and 40 "
        "epochs for all, orthogonal at gain 1; 16 networks a kind",
        jobs=jobs,
        measure=measure,
        conclude=conclude,
        draw=draw,
    ),
)
