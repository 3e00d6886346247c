"""Yang et al. 2019: batch norm alone makes gradients explode with depth."""

from math import acos, pi, sqrt

import numpy as np
from matplotlib.figure import Figure

from ..measure.blocks import norm_chi
from ..measure.intervals import Interval, median_interval
from ..networks.network import backpropagated, init_network
from ..plots.style import BLUE, GREY, INK, ORANGE
from ..words.numbers import between
from .jobs import crossed, rows, table
from .pictures import limits, name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, judged

PAPER = Paper(
    "Yang et al. 2019",
    "A mean field theory of batch normalization",
    "https://arxiv.org/abs/1902.08129",
)
ACTIVATIONS = {"relu": BLUE, "tanh": ORANGE, "identity": INK}
BATCHES = (8, 16, 32, 64, 256)
CLOSE = 0.02  # how far, of its value, a rate at finite width may be from theory's
LIMIT = pi / (pi - 1)  # of ReLU's rate, for large batches
ENDS = 3  # layers at either end that are left out: gradients have to settle first


def jobs(full: bool) -> list[Job]:
    size = {"width": 1000, "networks": 25} if full else {"width": 512, "networks": 4}
    parts = range(8 if full else 4)
    kinds = crossed(size, activation=ACTIVATIONS, batch=BATCHES, part=parts)
    wider = {**size, "width": 2 * size["width"]}
    kinds += crossed(wider, activation=["identity"], batch=[BATCHES[-1]], part=parts)
    return [{**job, "layers": 20, "seed": seed} for seed, job in enumerate(kinds)]


def measure(
    activation: str, batch: int, part: int, width: int, networks: int, layers: int, seed: int
) -> Measured:
    """By what a layer multiplies the squared gradient of each network on its way back.

    part: which one it is of the networks of a kind.
    """
    found = [growth(activation, batch, width, layers, 1000 * seed + n) for n in range(networks)]
    return {"activation": activation, "batch": batch, "width": width, "rates": found}


def growth(activation: str, batch: int, width: int, layers: int, seed: int) -> float:
    """The geometric mean over the layers between the ends, for inputs and targets of pure noise."""
    shape = (*[width] * (layers + 1), 10)
    network = init_network(
        shape, activation, "he_normal", seed=seed, norm="batch", output="identity", dtype="float32"
    )
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    X, y = rng.standard_normal((batch, width)), rng.standard_normal((batch, 10))
    deltas = backpropagated(network, X, y, "squared_error").deltas
    last = layers - ENDS
    low, high = (float(np.square(deltas[n], dtype=float).sum()) for n in (ENDS, last))
    return (low / high) ** (1 / (last - ENDS))


def relu_rate(batch: int) -> float:
    """Equation 25 of the paper for α = 1, which is ReLU."""
    c = -1 / (batch - 1)  # of two samples of a batch, once its mean is taken away
    slope = (pi - acos(c)) / (2 * pi)
    kernel = sqrt(1 - c**2) / (2 * pi) + slope * c
    return (slope + (batch - 1) / 2) / ((batch - 3) * (1 / 2 - kernel)) - 1 / (batch - 3)


def linear_rate(batch: int) -> float:
    return (batch - 2) / (batch - 3)


THEORY = {"relu": relu_rate, "identity": linear_rate}


def rates(measured: list[Measured]) -> dict[tuple[str, int], Interval]:
    """The median over the networks of each activation and batch, at the usual width."""
    measured = rows(measured, width=min(m["width"] for m in measured))
    kinds = [(activation, batch) for activation in ACTIVATIONS for batch in BATCHES]
    found = [table(measured, "rates", activation=a, batch=b).ravel() for a, b in kinds]
    return {kind: median_interval(each) for kind, each in zip(kinds, found, strict=True)}


def conclude(measured: list[Measured]) -> Verdict:
    found, large = rates(measured), BATCHES[-1]
    off = {
        activation: max(abs(found[activation, b].value / rate(b) - 1) for b in BATCHES)
        for activation, rate in THEORY.items()
    }
    limit = Claim(
        abs(found["relu", large].value - LIMIT) < CLOSE,
        f"with {large} samples ReLU's is within {CLOSE:g} of π / (π - 1) = {LIMIT:.3f}",
        f"with {large} samples ReLU's is not within {CLOSE:g} of π / (π - 1) = {LIMIT:.3f}",
    )
    formulas = Claim(
        max(off.values()) < CLOSE,
        "of every batch size it is what the formulas for wide networks say",
        "it is not what the formulas for wide networks say of every batch size",
    )
    straight = found["identity", large]
    grows = Claim(
        min(rate.low for rate in found.values()) > 1,
        "all gradients grow on their way back",
        f"with {large} samples {_straight(straight, measured)}",
    )
    least = Claim(
        all(
            found["identity", b].high < min(found["relu", b].low, found["tanh", b].low)
            for b in BATCHES
        ),
        "no bent activation does with less than the straight one",
        "a bent activation does with less than the straight one",
    )
    return judged(
        f"a layer multiplies the squared gradient, with {BATCHES[0]} and {large} samples a batch, "
        f"by {_two(found, 'relu')} with ReLU, {_two(found, 'tanh')} with tanh, "
        f"{_two(found, 'identity')} with the identity; that is off the formulas by "
        f"{off['relu']:.1%} at most with ReLU, and by {off['identity']:.1%} with the identity",
        *(limit, formulas, least, grows),
        more=". A norm divides the sums by their spread, and the gradient with them; ReLU's slope "
        "gives back a half of it, of which its spread is only 1 / 2 - 1 / 2π. The same "
        f"reckoning makes {norm_chi('tanh', 'batch'):.3f} of tanh, for large batches",
    )


def _straight(rate: Interval, measured: list[Measured]) -> str:
    """Of gradients in linear networks that do not grow as theory says."""
    width = max(m["width"] for m in measured)
    wider = median_interval(table(measured, "rates", width=width).ravel())
    goes = f"shrinks by {1 - rate.value:.1%} a layer" if rate.value < 1 else "does not surely grow"
    return (
        f"the straight ones' gradient {goes}, where theory's grows by "
        f"{linear_rate(BATCHES[-1]) - 1:.1%}: that is of networks much wider than the batch; at "
        f"twice the width it is {between(wider, '.3f')}"
    )


def _two(found: dict[tuple[str, int], Interval], activation: str) -> str:
    return " and ".join(between(found[activation, b], ".3f") for b in (BATCHES[0], BATCHES[-1]))


def draw(measured: list[Measured]) -> Figure:
    title = "What a layer multiplies the squared gradient by"
    figure, (axes,) = panels([title], (5.4, 2.5), fitted=True)
    fine = np.geomspace(BATCHES[0], BATCHES[-1], 60)
    for rate in THEORY.values():
        axes.plot(fine, [rate(b) for b in fine], color=GREY, lw=1.2)
    found = rates(measured)
    for activation, color in ACTIVATIONS.items():
        each = [found[activation, b] for b in BATCHES]
        limits(axes, BATCHES, each, color)
        name(axes, activation, (BATCHES[-1], each[-1].value), color, shift=(8, 0))
    name(axes, "theory", (11, relu_rate(11)), GREY, shift=(6, 5))
    axes.set(xscale="log", xlabel="samples in a batch", xlim=(7, 300), ylim=(0.9, 1.9))
    axes.set_xticks(BATCHES, [str(b) for b in BATCHES])
    axes.minorticks_off()
    return figure


RESULTS = (
    Result(
        name="yang-batch-norm",
        title="Gradients explode through batch norm",
        paper=PAPER,
        says="in deep networks with batch norm and no skips gradients grow exponentially on their "
        "way back, whatever the scale of the weights; the squared gradient by (B - 2) / (B - 3) a "
        "layer in linear ones with B samples a batch, which is the least, and in those of ReLU by "
        "a factor that falls to π / (π - 1) as B grows (theorems 8 and 9, figure 1)",
        setting="20 layers of 512 units at the start, inputs and targets of noise, from layer 18 "
        "back to layer 4; batches of 8 to 256 samples; 16 networks a kind, in the paper 200 of "
        "width 1000, as with --full",
        study=Study(jobs, measure, conclude, draw),
    ),
)
