"""Cohen et al. 2021: on the full batch, sharpness rises to 2 / η and stays there."""

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval
from ..measure.sharpness import sharpness
from ..networks.datasets import Dataset
from ..plots.style import BLUE, GREY
from ..training.experiment import Experiment
from ..training.train import train
from ..words.numbers import between
from .jobs import crossed, plain, table
from .pictures import limits, name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, judged

PAPER = Paper(
    "Cohen et al. 2021",
    "Gradient descent on neural networks typically occurs at the edge of stability",
    "https://arxiv.org/abs/2103.00065",
)
DEGREES, RATES = (3, 4, 5), (0.05, 0.1, 0.2)
NEAR = 0.05  # of 2 / η: what ends within this share of it has stayed there
LAST = 8  # moments of the end at which the sharpness is measured


def jobs(full: bool) -> list[Job]:
    setting = {"units": 100, "epochs": 40_000} if full else {"units": 20, "epochs": 10_000}
    return crossed(setting, degree=DEGREES, rate=RATES)


def measure(degree: int, rate: float, units: int, epochs: int) -> Measured:
    """Of 16 networks, each as a share of 2 / η: the sharpness at the start, and its mean over the
    last fifth of the training. And the share of steps there at which the loss rises, and the
    typical loss of the last tenth of the training as a share of that of its sixth tenth."""
    x = np.linspace(-1, 1, 20)
    wave = np.polynomial.Chebyshev.basis(degree)(x)
    data = Dataset("wave", x[:, np.newaxis], wave, "regression")
    setting = {"learning_rate": rate, "epochs": epochs, "bias": "same"}
    run = train(Experiment("wave", (units, units), "tanh", "pytorch_default", **setting), data)
    late = epochs - epochs // 5
    moments = [0, *np.linspace(late, epochs, LAST).astype(int).tolist()]
    sharp = [sharpness(run.network_at(t), data.X, data.y, run.loss_name) for t in moments]
    first, *last = np.array(sharp) * rate / 2
    rises = (np.diff(run.losses[late:], axis=0) > 0).mean(axis=0)
    tenths = np.array_split(run.losses[1:], 10)
    left = np.median(tenths[-1], axis=0) / np.median(tenths[5], axis=0)
    ends = {"start": first, "end": np.mean(last, axis=0), "rises": rises, "left": left}
    return {"degree": degree, "rate": rate, **{key: plain(each) for key, each in ends.items()}}


def typical(measured: list[Measured], key: str) -> list[Interval]:
    """The median of the networks of each job; a network that overflows counts as infinite."""
    rows = np.nan_to_num(table(measured, key), nan=np.inf)
    return [median_interval(row) for row in rows]


def pooled(measured: list[Measured], key: str) -> Interval:
    """The median of the networks of all jobs."""
    return median_interval(np.nan_to_num(table(measured, key), nan=np.inf).ravel())


def conclude(measured: list[Measured]) -> Verdict:
    starts, ends = (typical(measured, key) for key in ("start", "end"))
    rises, left = (pooled(measured, key) for key in ("rises", "left"))
    rising = Claim(
        all(s.high < e.low for s, e in zip(starts, ends, strict=True) if s.value < 1 - NEAR),
        "wherever the sharpness starts below 2 / η it rises",
        "the sharpness does not rise everywhere",
    )
    there = Claim(
        all(e.low > 1 - NEAR and e.high < 1 + NEAR for e in ends),
        "there a step overshoots along the sharpest direction, and what that does to the network "
        "makes the loss bend less",
        "it does not end at 2 / η everywhere",
    )
    falls = Claim(
        left.high < 1,
        "and the loss falls all the same, if not at every step",
        "and the loss no longer falls",
    )
    low, high = (pick(e.value for e in ends) for pick in (min, max))
    return judged(
        f"the sharpness starts at {min(s.value for s in starts):.2f} to "
        f"{max(s.value for s in starts):.2f} times 2 / η and ends at {low:.2f} to {high:.2f} times "
        f"2 / η, for {len(DEGREES)} tasks at {len(RATES)} rates each; in the end the loss rises at "
        f"{between(rises, '.0%')} of the steps, and yet it is {between(left)} times what it was "
        "in the middle of the training",
        *(rising, there, falls),
    )


def draw(measured: list[Measured]) -> Figure:
    figure, (axes,) = panels(["Sharpness, in 2 / η"], (5.6, 2.4), fitted=True)
    x = np.arange(len(measured))
    axes.axhline(1, color=GREY, lw=1, ls="--")
    for key, color, text in (("start", GREY, "before training"), ("end", BLUE, "in the end")):
        found = typical(measured, key)
        limits(axes, x, np.nan_to_num(found, posinf=2), color)
        at = (len(x) - 1, min(found[-1].value, 1.4))
        name(axes, text, at, color, shift=(8, 8 if key == "end" else 0))
    rates = [f"{m['rate']:g}" for m in measured]
    axes.set_xticks(x, rates)
    axes.set(xlabel="learning rate, for three tasks one after the other", ylim=(0, 1.5))
    axes.set_yticks([0, 0.5, 1, 1.5], ["0", "0.5", "1", "1.5"])
    return figure


RESULTS = (
    Result(
        name="cohen-edge",
        title="Sharpness and the learning rate",
        paper=PAPER,
        says="as long as the largest eigenvalue of the loss's Hessian is below 2 / η, training on "
        "the full batch makes it rise; from there on it hovers right at, or just above, 2 / η, "
        "while the loss goes up and down and still falls in the long run",
        setting="20 points of a Chebyshev polynomial of degree 3, 4 or 5 in place of 5,000 images "
        "of CIFAR-10, two hidden layers of 20 tanh units in place of 200, squared error, 10,000 "
        "steps at three rates, 16 networks each; the end is the mean of 8 moments of the last "
        "2,000 steps. Full: 100 units and 40,000 steps",
        study=Study(jobs, measure, conclude, draw),
    ),
)
