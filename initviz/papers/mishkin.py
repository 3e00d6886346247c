"""Mishkin & Matas 2016: LSUV, orthogonal matrices scaled by what a batch of data shows."""

from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval, proportion_interval
from ..networks.datasets import DATASETS
from ..networks.network import lsuv
from ..plots.maps import matrix
from ..training.experiment import Experiment, initial_network
from ..training.train import train
from ..words.numbers import between
from .jobs import accuracies_of, crossed, table
from .pictures import panels
from .result import Job, Measured, Paper, Result, Study, Verdict, better

PAPER = Paper(
    "Mishkin & Matas 2016", "All you need is a good init", "https://arxiv.org/abs/1511.06422"
)
OTHERS = {"orthogonal": "orthogonal", "He": "he_normal", "Xavier": "glorot_normal"}
STARTS = {"LSUV": "orthogonal", **OTHERS}
ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid")
CLAIMED = ACTIVATIONS[:3]  # those for which the paper claims it
LEARNT = 0.2  # twice the accuracy of guessing: the paper compares accuracies, not losses


def jobs(full: bool) -> list[Job]:
    setting = {"data": "digits", "samples": 500, "units": 32, "layers": 16, "epochs": 40}
    if full:
        setting = {"data": "mnist5k", "samples": 3750, "units": 128, "layers": 16, "epochs": 100}
    return crossed(setting, activation=ACTIVATIONS, start=STARTS, seed=range(4))


def measure(
    activation: str, start: str, data: str, samples: int, *, units: int, layers: int, **training
) -> Measured:
    """The test accuracies of eight networks."""
    whole = DATASETS[data]
    seen = replace(whole, X=whole.X[:samples], y=whole.y[:samples])
    training = {"learning_rate": 0.01, "momentum": 0.9, "batch_size": 50, **training}
    e = Experiment(data, (units,) * layers, activation, STARTS[start], restarts=8, **training)
    network = initial_network(e, seen)
    if start == "LSUV":
        network = lsuv(network, seen.X)
    accuracies = accuracies_of(train(e, seen, network=network))
    return {"activation": activation, "start": start, "accuracies": accuracies[-1].tolist()}


def accuracies(measured: list[Measured]) -> dict[tuple[str, str], np.ndarray]:
    """Of all networks with each activation, from each start."""
    kinds = [(activation, start) for activation in ACTIVATIONS for start in STARTS]
    found = [table(measured, "accuracies", activation=a, start=s).ravel() for a, s in kinds]
    return dict(zip(kinds, found, strict=True))


def conclude(measured: list[Measured]) -> Verdict:
    found = accuracies(measured)
    typical = {a: {s: median_interval(found[a, s]) for s in STARTS} for a in ACTIVATIONS}

    def beats(activation: str, start: str, other: str) -> bool:
        return better(1 - found[activation, start], 1 - found[activation, other])

    best = [a for a in CLAIMED if all(beats(a, "LSUV", s) for s in OTHERS)]
    beaten = {a: [s for s in OTHERS if beats(a, s, "LSUV")] for a in CLAIMED}
    worse = {a: starts for a, starts in beaten.items() if starts}
    claimed = {s: np.concatenate([found[a, s] for a in CLAIMED]) for s in STARTS}
    learnt = {s: proportion_interval(each > LEARNT) for s, each in claimed.items()}
    numbers = "; ".join(f"{a}: {_shares(row)}" for a, row in typical.items())
    return Verdict(
        f"test accuracy, {numbers}. More than {LEARNT:.0%} reach, sigmoid aside, {_shares(learnt)}",
        "no" if len(worse) == len(CLAIMED) else "partly" if worse else "yes",
        _why(best, worse, typical),
    )


def _shares(by_start: dict[str, Interval]) -> str:
    return ", ".join(f"{start} {between(share, '.0%')}" for start, share in by_start.items())


def _why(best: list[str], worse: dict[str, list[str]], typical: dict) -> str:
    """best: activations with which LSUV beats all others; worse: with which others beat it."""
    words = ["LSUV measures what the activation does in place of assuming it"]
    if best:
        words.append(f"it is better than all the others with {', '.join(best)}")
    words += [f"but with {a} it is beaten by {' and '.join(s)}" for a, s in worse.items()]
    if not worse:
        words.append("none of the others beats it with any of the activations claimed")
    if max(each.high for each in typical["sigmoid"].values()) < LEARNT:
        words.append("sigmoid networks of this depth learn from none of the starts")
    return "; ".join(words)


def draw(measured: list[Measured]) -> Figure:
    figure, (axes,) = panels(["Test accuracy, median"], (5, 2.2))
    medians = [median_interval(found).value for found in accuracies(measured).values()]
    matrix(axes, np.reshape(medians, (len(ACTIVATIONS), -1)), ACTIVATIONS, tuple(STARTS))
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
        "epochs for all, orthogonal at gain 1; 32 networks a kind. One start beats another where "
        "Mann & Whitney's test says so at 5 %",
        study=Study(jobs, measure, conclude, draw),
    ),
)
