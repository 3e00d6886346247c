"""Luo et al. 2021: from small starts the input weights condense, from large ones they stay."""

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval
from ..measure.movement import directions_in_use, movement
from ..networks.datasets import Dataset
from ..plots.style import BLUE, GREY, ORANGE
from ..training.experiment import Experiment
from ..training.train import train
from ..words.numbers import between
from .jobs import crossed, plain, table
from .pictures import medians, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, judged

PAPER = Paper(
    "Luo, Xu, Ma & Zhang 2021",
    "Phase diagram for two-layer ReLU neural networks at infinite-width limit",
    "https://jmlr.org/papers/v22/20-1123.html",
)
POINTS = Dataset("four", [[-1.0], [-0.4], [0.3], [1.0]], [0.2, 0.9, -0.6, 0.4], "regression")
GAMMAS = {0.5: "linear", 1.0: "critical", 2.0: "condensed"}
WIDTHS = (100, 200, 400, 800)
FLAT = 0.15  # a slope up to which the distance does not change with the width


def jobs(full: bool) -> list[Job]:
    widths = (*WIDTHS, 1600, 3200) if full else WIDTHS
    return crossed({"epochs": 3000}, gamma=GAMMAS, width=widths)


def measure(gamma: float, width: int, epochs: int) -> Measured:
    """Of 16 networks: how far the input weights move, in their first length; the directions that
    units look in, before and after; and the last loss.

    All weights are drawn with the standard deviation width^(-γ/2). Where that makes gradients
    large, steps are as much shorter.
    """
    setting = {"scale": width ** (-gamma / 2), "bias": ("same", 0.0), "epochs": epochs}
    rate = 0.05 * min(1.0, width ** (gamma - 1))
    e = Experiment("four", (width,), "relu", "normal", learning_rate=rate, **setting)
    run = train(e, POINTS)
    start, end = run.network_at(0), run.network_at(epochs)
    found = {
        "distance": movement(end, start).distance[0],
        "before": directions_in_use(start)[0],
        "after": directions_in_use(end)[0],
        "loss": run.loss,
    }
    return {"gamma": gamma, "width": width, **{key: plain(each) for key, each in found.items()}}


def slope(measured: list[Measured], gamma: float) -> Interval:
    """Of the log of the distance over the log of the width: the median of 16 lines, each through
    one network of every width."""
    moved = np.log(table(measured, "distance", gamma=gamma))
    return median_interval(np.polyfit(np.log(widths(measured)), moved, 1)[0])


def distances(measured: list[Measured], gamma: float) -> list[Interval]:
    """Of each width, rising: the median of the networks."""
    return [median_interval(row) for row in table(measured, "distance", gamma=gamma)]


def widths(measured: list[Measured]) -> list[int]:
    return sorted({m["width"] for m in measured})


def widest(measured: list[Measured], key: str, gamma: float) -> Interval:
    """The median of the networks of the largest width."""
    return median_interval(table(measured, key, gamma=gamma)[-1])


def conclude(measured: list[Measured]) -> Verdict:
    linear, critical, condensed = (slope(measured, gamma) for gamma in GAMMAS)
    signs = Claim(
        linear.high < -FLAT < critical.low and critical.high < FLAT < condensed.low,
        "how far a network has to go for the same answer depends on how large it is already, and "
        "at γ = 1 the two keep pace",
        "the slopes do not have these signs",
    )
    before, after = (widest(measured, key, 2.0) for key in ("before", "after"))
    large = widest(measured, "after", 0.5)
    turned = Claim(
        after.high < before.low / 2 and large.low > after.high,
        "units whose own weights are small all turn where the error pulls them",
        "the units of small starts look in no fewer directions",
    )
    slopes = ", ".join(
        f"{between(each)} at γ = {gamma:g}"
        for gamma, each in zip(GAMMAS, (linear, critical, condensed), strict=True)
    )
    return judged(
        f"the distance goes as the width to the power of {slopes}; with the widest networks units "
        f"look in {between(before, '.1f')} directions before training, and after it in "
        f"{between(large, '.1f')} at γ = 0.5 and in {between(after, '.1f')} at γ = 2",
        *(signs, turned),
    )


def draw(measured: list[Measured]) -> Figure:
    figure, (axes,) = panels(["Distance moved, in first lengths"], (5.6, 2.4), fitted=True)
    axes.set(xscale="log", yscale="log", xlabel="hidden units", ylim=(0.005, 200))
    axes.set_xlim(WIDTHS[0] / 1.1, 1.1 * max(widths(measured)))
    axes.set_xticks(WIDTHS, [str(width) for width in WIDTHS])
    axes.set_yticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
    axes.minorticks_off()
    rows = {
        f"γ = {gamma:g}, {regime}": (distances(measured, gamma), color)
        for (gamma, regime), color in zip(GAMMAS.items(), (GREY, BLUE, ORANGE), strict=True)
    }
    medians(axes, widths(measured), rows, logarithmic=True)
    return figure


RESULTS = (
    Result(
        name="luo-condensation",
        title="How far weights move, and how they condense",
        paper=PAPER,
        says="with growing width m the relative change of the input weights tends to 0 where "
        "γ < 1 (the linear regime: the product of the two layers' standard deviations is "
        "m^(-γ)), to a constant at γ = 1, and to infinity where γ > 1; there the active units "
        "condense on a few discrete orientations",
        setting="one hidden layer of 100 to 800 ReLU units, both layers of the same standard "
        "deviation; four points of one input, as the paper's first example has, though not the "
        "same ones; 3,000 steps on all of them, 16 networks a kind. Two orientations are the same "
        "within 18°. Full: up to 3,200 units",
        study=Study(jobs, measure, conclude, draw),
    ),
)
