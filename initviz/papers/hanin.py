"""Hanin & Rolnick 2018: He's start keeps the mean length, and the typical deep network shrinks."""

from itertools import pairwise
from math import fsum, prod, sqrt

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval
from ..networks.network import forward
from ..plots.style import BLUE, GREY, ORANGE
from ..words.numbers import between
from .jobs import relu_networks
from .pictures import limits, name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, enough, judged

PAPER = Paper(
    "Hanin & Rolnick 2018",
    "How to start training: the effect of initialization and architecture",
    "https://arxiv.org/abs/1803.01719",
)
INPUTS = 20

# Widths of the hidden layers. Those of a line have the same sum of 1 / width, in few narrow layers,
# in many wide ones, or in both by turns.
SHAPES = (
    *([20] * 2, [50] * 5),
    *([10] * 2, [20] * 4, [50] * 10),
    *([10] * 5, [20] * 10, [10, 40] * 4),
    *([10] * 10, [20] * 20),
    *([10] * 20, [20] * 40),
)
FULL_SHAPES = (*SHAPES, [100] * 10, [100] * 20, [50] * 25, [100] * 50, [50] * 50, [50] * 100)

# Beyond this sum a mean hangs on so few of the networks that thousands of them do not give it.
COUNTABLE = 0.5


def lengths_jobs(full: bool) -> list[Job]:
    shapes, networks = (FULL_SHAPES, 100_000) if full else (SHAPES, 4000)
    return [{"widths": w, "networks": networks, "seed": seed} for seed, w in enumerate(shapes)]


def squared_lengths(widths: list[int], networks: int, seed: int) -> np.ndarray:
    """(networks,): squared length over units, of the last hidden layer over that of the input."""
    X, layers = np.ones((1, INPUTS)), (INPUTS, *widths, 1)
    chunks = relu_networks(layers, networks, seed, "float32")
    ends = [np.square(forward(each, X)[-2][..., 0], dtype=np.float64) for each in chunks]
    return np.concatenate([end.mean(axis=1) for end in ends])


def lengths(widths: list[int], networks: int, seed: int) -> Measured:
    """Mean, mean square and median of M over the networks, each with its limits."""
    M = squared_lengths(widths, networks, seed)
    return {"widths": widths, "mean": mean(M), "square": mean(M**2), "median": median_interval(M)}


def mean(values: np.ndarray) -> Interval:
    half = 1.96 * float(values.std(ddof=1)) / sqrt(len(values))
    value = float(values.mean())
    return Interval(value - half, value, value + half)


def inverse_widths(widths: list[int]) -> float:
    """β, the sum of 1 / width: the measure that the paper found to decide all."""
    return fsum(1 / n for n in widths)


def mean_square(widths: list[int]) -> float:
    """E[M²], exactly, where E[M] = 1 and weights are normal.

    A layer multiplies M by the mean of 2 relu(g)² over its units, g ~ N(0, 1). Each of these has
    mean 1 and variance 4 E[relu(g)⁴] - 1 = 4 · 3/2 - 1 = 5, and the layers are independent.
    """
    return prod(1 + 5 / n for n in widths)


def conclude_lengths(measured: list[Measured]) -> Verdict:
    countable = [m for m in measured if inverse_widths(m["widths"]) <= COUNTABLE]
    kept = [m["mean"][0] <= 1 <= m["mean"][2] for m in countable]
    grown = [m["square"][0] <= mean_square(m["widths"]) <= m["square"][2] for m in countable]
    ordered = sorted(measured, key=lambda m: inverse_widths(m["widths"]))
    fallen = ordered[0]["median"][2] < 1 and all(
        wide["median"][0] > narrow["median"][2]
        for wide, narrow in pairwise(ordered)
        if inverse_widths(wide["widths"]) < inverse_widths(narrow["widths"])
    )
    factors = Claim(
        enough(kept) and enough(grown),
        "a layer multiplies the squared length by its own factor of mean 1 and variance 5 / width",
        "the measured means are not those of factors with mean 1 and variance 5 / width",
    )
    typical = Claim(
        fallen,
        "a few very long networks hold up the mean, and the typical one shrinks",
        "the median does not fall steadily, from below 1, with the sum of 1 / width",
    )
    return judged(
        f"the mean is 1, within its interval, for {sum(kept)} of {len(kept)} shapes of network; "
        f"the mean square is the product of 1 + 5 / width for {sum(grown)} of {len(grown)}; "
        f"the median falls from {_median(ordered[0])} to {_median(ordered[-1])}",
        *(factors, typical),
        more=f". Where the sum is above {COUNTABLE} the means hang on too few networks to be "
        "measured, and only the medians count",
    )


def _median(m: Measured) -> str:
    return f"{between(Interval(*m['median']))} where the sum is {inverse_widths(m['widths']):.2g}"


def draw_lengths(measured: list[Measured]) -> Figure:
    title = "Squared length in the last layer, of 1 in the input"
    figure, (axes,) = panels([title], (5.6, 2.4), fitted=True)
    beta = np.array([inverse_widths(m["widths"]) for m in measured])
    before = [np.isclose(beta[:i], b).sum() for i, b in enumerate(beta)]
    x = beta * 1.05 ** np.array(before)  # those of the same sum side by side
    axes.axhline(1, color=GREY, lw=0.8)
    countable = beta <= COUNTABLE
    exact = np.array([mean_square(m["widths"]) for m in measured])
    axes.plot(x[countable], exact[countable], "_", color=GREY, ms=9)
    ends = {
        "square": (countable, ORANGE, "mean square (grey: exact)"),
        "mean": (countable, GREY, "mean"),
        "median": (beta > 0, BLUE, "median"),
    }
    for key, (shown, color, text) in ends.items():
        found = np.array([m[key] for m in measured])[shown]
        limits(axes, x[shown], found, color)
        last = x[shown].argmax()
        name(axes, text, (x[shown][last], found[last, 1]), color, shift=(9, 0), va="bottom")
    axes.set(xscale="log", yscale="log", xlim=(0.09, 3.4))
    axes.set_xticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
    axes.set_yticks([0.001, 0.01, 0.1, 1, 10], ["0.001", "0.01", "0.1", "1", "10"])
    axes.set(xlabel="sum of 1 / width over the layers", ylim=(0.001, 30))
    axes.minorticks_off()
    return figure


RESULTS = (
    Result(
        name="hanin-lengths",
        title="The length of a signal, and how it differs between networks",
        paper=PAPER,
        says="weights of variance 2 / fan-in keep the mean squared length of a ReLU network's "
        "activations at any depth, but its variance over networks grows exponentially with the sum "
        "of 1 / width over the layers: narrow and deep networks fluctuate, whatever the start",
        setting="one input; 12 shapes with normal weights and no biases, 2 to 40 layers of 10 to "
        "50 units, 4,000 draws of each, where full takes 18 shapes up to 100 layers and 100,000 "
        "draws. The median is our own addition",
        study=Study(lengths_jobs, lengths, conclude_lengths, draw_lengths),
    ),
)
