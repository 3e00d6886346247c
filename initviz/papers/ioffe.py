"""Ioffe & Szegedy 2015: batch norm trains sigmoid layers, wherever their weights start."""

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval
from ..networks.network import weighted_sums
from ..plots.style import BLUE, GREY
from ..training.experiment import Experiment
from ..training.run import Run
from ..training.train import train
from ..words.numbers import between, or_never
from .jobs import accuracies_of, crossed, plain, rows, table, when
from .pictures import PERCENT, limits, name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, better, judged

PAPER = Paper(
    "Ioffe & Szegedy 2015",
    "Batch normalization: accelerating deep network training by reducing internal covariate shift",
    "https://arxiv.org/abs/1502.03167",
)
NORMS = {"batch": "with batch norm", "none": "without"}
COLORS = {"batch": BLUE, "none": GREY}
SCALES = (0.01, 0.03, 0.1, 0.3, 1.0)  # standard deviations of the weights
RATES = (0.5, 2.0)
GOOD = 0.9  # the test accuracy whose steps are counted


def jobs(full: bool) -> list[Job]:
    setting = {"data": "digits", "epochs": 25, "restarts": 8}
    if full:
        setting = {"data": "mnist5k", "epochs": 800, "restarts": 8}
    return crossed(setting, scale=SCALES, norm=NORMS, rate=RATES, seed=range(2))


def measure(scale: float, norm: str, rate: float, data: str, **training) -> Measured:
    """The test accuracy of each network at the end, the epoch at which it was good (None: never),
    and how far the inputs of its last sigmoids wander."""
    layers, training = (100, 100, 100), {"batch_size": 60, "learning_rate": rate, **training}
    run = train(Experiment(data, layers, "sigmoid", "normal", scale, norm=norm, **training))
    accuracies = accuracies_of(run)
    reached = accuracies >= GOOD
    return {
        "scale": scale,
        "norm": norm,
        "rate": rate,
        "epochs": run.experiment.epochs,
        "accuracies": accuracies[-1].tolist(),
        "good": plain(np.where(reached.any(axis=0), reached.argmax(axis=0), np.inf)),
        "wander": wander(run).tolist(),
    }


def wander(run: Run) -> np.ndarray:
    """(restarts,): by how much the mean input of a sigmoid of the last hidden layer varies over the
    epochs, beside the spread that it has among the samples: the median over the units."""
    epochs = np.linspace(0, run.experiment.epochs, 11).round().astype(int)
    sums = [weighted_sums(run.network_at(int(n)), run.dataset.X)[0][-2] for n in epochs]
    means, spreads = (np.array([f(z, axis=2) for z in sums]) for f in (np.mean, np.std))
    return np.median(means.std(axis=0) / spreads.mean(axis=0), axis=1)


def at_its_rate(measured: list[Measured], scale: float, norm: str) -> list[Measured]:
    """Those of the learning rate that ends at the higher median accuracy."""
    of_kind = rows(measured, scale=scale, norm=norm)
    by_rate = [rows(of_kind, rate=rate) for rate in RATES]
    return max(by_rate, key=lambda found: np.median(table(found, "accuracies")))


def conclude(measured: list[Measured]) -> Verdict:
    best = {(s, norm): at_its_rate(measured, s, norm) for s in SCALES for norm in NORMS}
    ends = {kind: table(found, "accuracies").ravel() for kind, found in best.items()}
    good = {kind: median_interval(when(found, "good")) for kind, found in best.items()}
    restless = {kind: table(found, "wander").ravel() for kind, found in best.items()}
    higher = [s for s in SCALES if better(1 - ends[s, "batch"], 1 - ends[s, "none"])]
    faster = [s for s in SCALES if good[s, "batch"].high < good[s, "none"].low]
    steadier = [s for s in SCALES if better(restless[s, "batch"], restless[s, "none"])]
    claims = (
        _everywhere(higher, "networks with batch norm end higher"),
        _everywhere(faster, f"they are at {GOOD:.0%} earlier"),
        _everywhere(steadier, "the inputs of their last sigmoids wander less"),
    )
    typical = {norm: [median_interval(ends[s, norm]) for s in SCALES] for norm in NORMS}
    lowest = {norm: min(each.value for each in typical[norm]) for norm in NORMS}
    return judged(
        f"test accuracy after {measured[0]['epochs']} epochs, "
        + "; ".join(_scale(s, n, typical, good) for n, s in enumerate(SCALES)),
        *claims,
        more=f". A norm takes the scale of the weights away: with it no scale ends below "
        f"{lowest['batch']:.0%}, and without it one ends at {lowest['none']:.0%}",
    )


def _everywhere(where: list[float], what: str) -> Claim:
    some = f"at {', '.join(f'{s:g}' for s in where)} only" if where else "at no scale"
    return Claim(len(where) == len(SCALES), f"{what} at every scale", f"{what} {some}")


def _scale(scale: float, at: int, typical: dict[str, list[Interval]], good: dict) -> str:
    found = (
        f"{between(typical[norm][at], '.0%')} {words} ({_good(good[scale, norm])})"
        for norm, words in NORMS.items()
    )
    return f"weights of std {scale:g}: {', '.join(found)}"


def _good(epoch: Interval) -> str:
    if np.isinf(epoch.value):
        return f"most never at {GOOD:.0%}"
    return f"{GOOD:.0%} at epoch {or_never(epoch)}"


def draw(measured: list[Measured]) -> Figure:
    title = "Test accuracy at the end, by the weights' first scale"
    figure, (axes,) = panels([title], (5.4, 2.4), fitted=True)
    for norm, words in NORMS.items():
        ends = [table(at_its_rate(measured, s, norm), "accuracies").ravel() for s in SCALES]
        shown = np.array([median_interval(each) for each in ends])
        axes.plot(SCALES, shown[:, 1], color=COLORS[norm], lw=1.2)
        limits(axes, SCALES, shown, COLORS[norm])
        below = norm == "none"
        name(axes, words, (SCALES[0], shown[0, 1]), COLORS[norm], shift=(8, 12 - 24 * below))
    axes.set(xscale="log", xlabel="standard deviation of the weights", ylim=(-0.2, 1.2))
    axes.set_xticks(SCALES, [f"{s:g}" for s in SCALES])
    ticks, texts = PERCENT
    axes.set_yticks(ticks, texts)
    axes.minorticks_off()
    return figure


RESULTS = (
    Result(
        name="ioffe-batch-norm",
        title="Sigmoid layers with and without batch norm",
        paper=PAPER,
        says="three hidden layers of 100 sigmoid units, whose weights start as small normal "
        "numbers, learn MNIST faster with batch norm and to a higher test accuracy (section 4.1, "
        "figure 1a), and the inputs of a sigmoid in the last of them stay more alike while they "
        "are trained (figures 1b and c)",
        setting="three layers of 100 sigmoid units and batches of 60, as in the paper; "
        "scikit-learn's digits and 575 steps in place of MNIST's binary images and 50,000; five "
        "scales for small, which the paper does not name, and the better of two learning rates, "
        "0.5 and 2; 16 networks a kind. While they are tested, the norm takes mean and spread of "
        "all test images, in the paper of the images trained on. Full: 5,000 images of MNIST, "
        "50,000 steps",
        study=Study(jobs, measure, conclude, draw),
    ),
)
