"""Sitzmann et al. 2020: what a SIREN's sines are given, and how it fits a picture."""

import numpy as np
from matplotlib.figure import Figure

from ..measure.blocks import siren_variances
from ..measure.intervals import Interval, median_interval
from ..networks.activations import ACTIVATIONS
from ..networks.datasets import DATASETS, Dataset
from ..networks.network import forward, init_network, weighted_sums
from ..plots.style import BLUE, GREY, INK, ORANGE, SOFT_BLUE
from ..training.experiment import Experiment
from ..training.train import train
from ..words.numbers import between
from .jobs import crossed, rows, table
from .pictures import limits, medians, name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, better, judged

PAPER = Paper(
    "Sitzmann et al. 2020",
    "Implicit neural representations with periodic activation functions",
    "https://arxiv.org/abs/2006.09661",
)
OMEGA = 1 / ACTIVATIONS["sine"].unit
CLOSE = 0.03  # how far a variance or a fourth moment may be, of the value that is claimed
SETTLED = 8  # the layer from which the variance should change no more


def sums_jobs(full: bool) -> list[Job]:
    size = {"width": 2048, "layers": 50} if full else {"width": 1000, "layers": 12}
    return [{**size, "seed": seed} for seed in range(16)]


def measure_sums(width: int, layers: int, seed: int) -> Measured:
    """The variance of ω z in every hidden layer of a network, over its units and over 256 inputs
    from -1 to 1, and its fourth moment in variances, which is 3 of a normal one."""
    shape = (1, *[width] * layers, 1)
    network = init_network(shape, "sine", "siren", seed=seed, dtype="float32")
    sums, _ = weighted_sums(network, np.linspace(-1, 1, 256)[:, None])
    spread = [OMEGA * np.asarray(z, float) for z in sums[:-1]]
    variances = [float(np.mean(z**2)) for z in spread]
    fourth = [float(np.mean(z**4)) / v**2 for z, v in zip(spread, variances, strict=True)]
    return {"variances": variances, "fourth": fourth}


def by_layer(measured: list[Measured], key: str) -> list[Interval]:
    """From the second hidden layer on: the first is another, uniform for a given input."""
    return [median_interval(layer) for layer in table(measured, key).T[1:]]


def conclude_sums(measured: list[Measured]) -> Verdict:
    found, fourth = by_layer(measured, "variances"), by_layer(measured, "fourth")
    values = np.array([v.value for v in found])
    theory = siren_variances(len(values) + 1, features=1)[1:]
    normal = Claim(
        max(abs(each.value / 3 - 1) for each in fourth) < CLOSE,
        "in every layer the sums are as good as normal by their fourth moment",
        f"not every layer's sums are normal: their fourth moment is up to "
        f"{max(each.value for each in fourth):.2f} variances, not 3",
    )
    settled = Claim(
        max(abs(values[SETTLED - 2 :] / values[-1] - 1)) < CLOSE,
        f"from layer {SETTLED} on the depth is no matter",
        "the variance goes on changing with the depth",
    )
    standard = Claim(
        max(abs(values - 1)) < CLOSE,
        "the sums are standard normal in every layer",
        "their variance is not 1 in every layer: the paper reckons with 1/2 for the variance of a "
        "sine, which is that of an angle spread evenly; of a standard normal one it is "
        "(1 - exp(-2)) / 2 = 0.43, and so v becomes 1 - exp(-2 v), which settles on 0.797",
    )
    off = max(abs(values / theory - 1))
    return judged(
        f"variance of ω z: {between(found[0], '.3f')} in layer 2, {between(found[1], '.3f')} in "
        f"layer 3, {between(found[-1], '.3f')} in layer {len(found) + 1}; that is at most "
        f"{off:.1%} off v' = 1 - exp(-2 v)",
        *(normal, settled, standard),
    )


def draw_sums(measured: list[Measured]) -> Figure:
    figure, (axes,) = panels(["Variance of what a sine is given"], (5.0, 2.2), fitted=True)
    found = by_layer(measured, "variances")
    layers = np.arange(2, len(found) + 2)
    theory = siren_variances(len(found) + 1, features=1)[1:]
    axes.plot(layers, np.ones(len(layers)), color=INK, lw=1, ls="--")
    axes.plot(layers, theory, color=GREY, lw=1.2)
    limits(axes, layers, found, BLUE)
    name(axes, "the paper", (layers[-1], 1), INK, shift=(8, 0))
    name(axes, "1 - exp(-2 v)", (layers[-1], theory[-1]), GREY, shift=(8, 0))
    axes.set_xticks(layers[::2])
    axes.set(xlabel="hidden layer", ylim=(0.7, 1.05))
    return figure


# The picture.

STEPS = (0, 50, 100, 150, 200, 250)
SLOW, FAST = (3e-4, 1e-3, 3e-3), (1e-3, 3e-3, 1e-2)
# activation, initializer, bias, learning rates, color
KINDS = {
    "sine, SIREN": ("sine", "siren", 0.0, SLOW, BLUE),
    "sine, PyTorch": ("sine", "pytorch_default", "same", SLOW, SOFT_BLUE),
    "sine, Glorot": ("sine", "glorot_uniform", 0.0, SLOW, GREY),
    "tanh, Glorot": ("tanh", "glorot_uniform", 0.0, FAST, ORANGE),
    "ReLU, He": ("relu", "he_normal", 0.0, FAST, INK),
}
SINES = ("sine, PyTorch", "sine, Glorot")
OTHERS = ("tanh, Glorot", "ReLU, He")


def fit_jobs(full: bool) -> list[Job]:
    size = {"units": [256] * 3, "every": 10} if full else {"units": [32] * 3, "every": 1}
    return [
        {"kind": kind, **job}
        for kind, (_, _, _, rates, _) in KINDS.items()
        for job in crossed(size, rate=rates)
    ]


def pixels() -> tuple[np.ndarray, np.ndarray]:
    """(X, y): where the pixels of a digit are, in (-1, 1)², and how bright: mean 0, variance 1."""
    side = 28
    middles = (np.arange(side) + 0.5) / side * 2 - 1
    X = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    y = DATASETS["mnist5k"].X[0]
    return X, (y - y.mean()) / y.std()


def measure_fit(kind: str, rate: float, units: list[int], every: int) -> Measured:
    """Of 16 networks: the mean squared error on every second pixel, after ``STEPS``, and on the
    others at the end. every: how many steps lie between two, in these."""
    activation, initializer, bias, _, _ = KINDS[kind]
    X, y = pixels()
    seen = np.rint(X.sum(axis=1) * 14) % 2 == 0  # like the white squares of a chessboard
    steps = [every * step for step in STEPS]
    e = Experiment(
        "picture",
        tuple(units),
        activation,
        initializer,
        bias=bias,
        learning_rate=rate,
        optimizer="adam",
        epochs=steps[-1],
    )
    run = train(e, Dataset("picture", X[seen], y[seen], "regression"))
    said = forward(run.network_at(e.epochs), X[~seen])[-1][:, 0]
    between_them = np.mean((said - y[~seen]) ** 2, axis=1)
    errors = run.losses[steps].tolist()
    return {"kind": kind, "rate": rate, "errors": errors, "between": between_them.tolist()}


def best(measured: list[Measured]) -> dict[str, Measured]:
    """Of each kind the learning rate with the least median error at the end."""
    return {
        kind: min(rows(measured, kind=kind), key=lambda m: float(np.median(m["errors"][-1])))
        for kind in KINDS
    }


def conclude_fit(measured: list[Measured]) -> Verdict:
    found = best(measured)
    ends = {kind: np.array(m["errors"][-1]) for kind, m in found.items()}
    left = {kind: median_interval(m["between"]) for kind, m in found.items()}
    siren = ends["sine, SIREN"]
    detail = Claim(
        all(better(siren, ends[kind]) for kind in OTHERS),
        "the SIREN fits the pixels best of all activations",
        "another activation fits the pixels as well",
    )
    chosen = Claim(
        all(better(siren, ends[kind]) for kind in SINES),
        "the same sines fit them worse from the usual starts",
        "the same sines fit them as well from another start",
    )
    least, of_sines = (
        min(kinds, key=lambda kind: left[kind].value) for kinds in (KINDS, ("sine, SIREN", *SINES))
    )
    listed = "; ".join(
        f"{kind}: {between(median_interval(each), '.2g')} and {between(left[kind], '.2g')}"
        for kind, each in ends.items()
    )
    return judged(
        "squared error in the picture's variances, on the pixels that were seen and on those "
        f"between them, after {STEPS[-1]} steps: {listed}",
        *(detail, chosen),
        more=f". To fit is not to fill in: on the pixels between them {least} errs least, and of "
        f"the sines {of_sines}",
    )


def draw_fit(measured: list[Measured]) -> Figure:
    figure, (axes,) = panels(["Squared error on the pixels seen"], (5.6, 2.6), fitted=True)
    axes.set(yscale="log", xlabel="steps of Adam", ylim=(2e-7, 5))
    axes.set_xticks(STEPS)
    axes.set_yticks([1e-6, 1e-4, 1e-2, 1])
    axes.minorticks_off()
    lines = {
        kind: ([median_interval(errors) for errors in m["errors"]], KINDS[kind][-1])
        for kind, m in best(measured).items()
    }
    medians(axes, STEPS, lines, logarithmic=True)
    return figure


RESULTS = (
    Result(
        name="sitzmann-sums",
        title="What the sines of a SIREN are given",
        paper=PAPER,
        says="with weights U(±√(6 / n)) behind sines, every sine from the second hidden layer on "
        "is given a standard normal sum, at any depth (section 3.2)",
        setting="one input, 12 hidden layers of 1000 units without biases, 256 inputs in (-1, 1), "
        "16 networks; full: 50 layers of 2048",
        study=Study(sums_jobs, measure_sums, conclude_sums, draw_sums),
    ),
    Result(
        name="sitzmann-fit",
        title="Sines fit a picture, from the right start",
        paper=PAPER,
        says="networks of sines fit the detail of a picture where those of tanh and ReLU do not "
        "(figure 1), and they do so only with carefully chosen uniform weights: with others they "
        "are neither accurate nor quick (section 3.2)",
        setting="every second pixel of a digit of MNIST, by 2-32-32-32-1 networks and 250 steps of "
        "Adam in full batches, each kind with the best of three learning rates; 16 networks. The "
        "paper fits larger pictures with larger networks; full: 256 units and 2500 steps",
        study=Study(fit_jobs, measure_fit, conclude_fit, draw_fit),
    ),
)
