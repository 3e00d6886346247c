"""Glorot & Bengio 2010: what goes wrong in deep networks under the start of the time."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..datasets import DATASETS
from ..diagnostics import activation_statistics
from ..intervals import median
from ..network import init_network
from ..plots.style import BLUE, GREY, heading
from .result import Job, Measured, Paper, Result, Verdict
from .wording import between

PAPER = Paper(
    "Glorot & Bengio 2010",
    "Understanding the difficulty of training deep feedforward neural networks",
    "https://proceedings.mlr.press/v9/glorot10a.html",
)
SCHEMES = {"standard": "pytorch_default", "normalised": "glorot_uniform"}
DEPTH = 5  # hidden layers


# Figure 6: the activations before training.


def figure_6_jobs(full: bool) -> list[Job]:
    return [{"scheme": name, "seed": seed} for name in SCHEMES for seed in range(8)]


def figure_6(scheme: str, seed: int) -> Measured:
    """The standard deviation of the activations of every hidden layer, on 300 images."""
    X = DATASETS["mnist5k"].X_test[:300]
    layers = (X.shape[1], *(1000,) * DEPTH, 10)
    network = init_network(layers, "tanh", SCHEMES[scheme], seed=seed, dtype="float32")
    return {"scheme": scheme, "std": activation_statistics(network, X).std[:-1, 0].tolist()}


def conclude_figure_6(measured: list[Measured]) -> Verdict:
    left = {name: median([m["std"][-1] / m["std"][0] for m in measured if m["scheme"] == name])
            for name in SCHEMES}  # fmt: skip
    agrees = left["standard"].high < 0.2 and left["normalised"].low > 0.5
    return Verdict(
        "of layer 1's spread, layer 5 has "
        + ", ".join(f"{between(left[name], '.0%')} ({name})" for name in SCHEMES),
        "yes" if agrees else "no",
        "a layer multiplies the spread by about √⅓ under the standard start, and the normalised "
        "one gives back that factor; what is lost there is lost to tanh alone",
    )


def draw_figure_6(measured: list[Measured]) -> Figure:
    figure = Figure(figsize=(5, 2.2))
    axes = figure.subplots()
    for name, color in zip(SCHEMES, (GREY, BLUE), strict=True):
        rows = np.array([m["std"] for m in measured if m["scheme"] == name])
        layers = np.arange(1, DEPTH + 1)
        axes.plot(layers, rows.T, color=color, lw=0.8, alpha=0.5)
        axes.annotate(name, (DEPTH, rows[:, -1].mean()), (6, 0), textcoords="offset points",
                      va="center", color=color)  # fmt: skip
    axes.set(xlabel="layer", xticks=layers, ylim=(0, None))
    heading(axes, "Standard deviation of the activations", dy=6)
    return figure


RESULTS = (
    Result(
        name="glorot-figure-6",
        title="Figure 6: the activations before training",
        paper=PAPER,
        says="standard start: each layer's activations are narrower than those of the layer below; "
        "normalised: they are alike in all layers",
        setting="5 hidden layers of 1000 tanh units, as in the paper; 300 images of MNIST in place "
        "of Shapeset",
        jobs=figure_6_jobs,
        measure=figure_6,
        conclude=conclude_figure_6,
        draw=draw_figure_6,
    ),
)
