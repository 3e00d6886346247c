"""Saxe, McClelland & Ganguli 2014: deep linear networks can learn as fast as shallow ones."""

from math import inf

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval
from ..networks.datasets import Dataset
from ..plots.curves import apart
from ..plots.style import BLUE, GREY
from ..training.experiment import Experiment
from ..training.train import train
from ..words.numbers import or_never
from .material import part
from .pictures import name, panel
from .result import Job, Measured, Paper, Result, Study, Verdict, agreement
from .tables import crossed, plain, rows, when

PAPER = Paper(
    "Saxe, McClelland & Ganguli 2014",
    "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
    "https://arxiv.org/abs/1312.6120",
)
SCHEMES = {"Gaussian": "lecun_normal", "orthogonal": "orthogonal"}
DEPTHS = (2, 4, 8, 16, 32)  # hidden layers
RATES = tuple(0.001 * 2**step for step in range(5))  # each step twice as large as the one before
# Squared error, where the best constant answer has 0.9. A quarter of that is beyond these networks:
# the best linear one has 0.3.
LEARNT = 0.5
STEPS = 200


def jobs(full: bool) -> list[Job]:
    setting = {"data": "mnist5k", "samples": 3750} if full else {"data": "digits", "samples": 300}
    depths = (*DEPTHS, 64) if full else DEPTHS
    jobs = crossed(depth=depths, scheme=SCHEMES, rate=RATES, steps=[STEPS])
    return [{**job, **setting} for job in jobs]


def measure(depth: int, scheme: str, rate: float, steps: int, data: str, samples: int) -> Measured:
    """The steps that each of eight networks needs to learn; None where it does not."""
    images = part(data, samples)
    one_hot = Dataset("one-hot", images.X, np.eye(10)[images.y], "regression")
    setting = {"learning_rate": rate, "epochs": steps, "restarts": 8}
    e = Experiment(one_hot.name, (64,) * depth, "identity", SCHEMES[scheme], **setting)
    needed = plain(train(e, one_hot).epochs_to(LEARNT))
    return {"depth": depth, "scheme": scheme, "rate": rate, "steps": needed}


def learning_time(measured: list[Measured], depth: int, scheme: str) -> tuple[Interval, float]:
    """(steps at the best learning rate, that rate).

    The best is the one whose median has the lowest upper limit: with eight networks the slowest
    one's steps, so that a rate at which some diverge is not chosen while another serves all.
    """
    kind = {"depth": depth, "scheme": scheme}
    rates = [m["rate"] for m in rows(measured, **kind)]
    times = {rate: median_interval(when(measured, "steps", rate=rate, **kind)) for rate in rates}
    best = min(times, key=lambda rate: (times[rate].high, times[rate].value, rate))
    return times[best], best


def depths(measured: list[Measured]) -> list[int]:
    return sorted({m["depth"] for m in measured})


def conclude(measured: list[Measured]) -> Verdict:
    shallow, *_, deep = depths(measured)
    times = {
        scheme: [learning_time(measured, depth, scheme)[0] for depth in (shallow, deep)]
        for scheme in SCHEMES
    }
    gaussian, orthogonal = times["Gaussian"], times["orthogonal"]
    flat = orthogonal[1].high < 2 * orthogonal[0].low
    grows = gaussian[1].low > 2 * gaussian[0].high
    return Verdict(
        f"steps at the best learning rate, {shallow} → {deep} hidden layers: "
        + "; ".join(
            f"{scheme} {_steps(first)} → {_steps(last)}, {_ratio(first, last)}"
            for scheme, (first, last) in times.items()
        ),
        agreement(flat, grows),
        _why(measured, flat, grows),
    )


def _steps(interval: Interval) -> str:
    return or_never(interval, f"not within {STEPS}")


def _ratio(first: Interval, last: Interval) -> str:
    """How many times as long the deepest networks take as the shallowest, of the medians."""
    if first.value == inf:
        return "a ratio that is not known"
    least = "more than " if last.value == inf else ""
    return f"{least}{min(last.value, STEPS) / first.value:.1f} times as long"


def _why(measured: list[Measured], flat: bool, grows: bool) -> str:
    shallow, *_, deep = depths(measured)
    rates = [learning_time(measured, depth, "orthogonal")[1] for depth in (shallow, deep)]
    orthogonal = (
        f"orthogonal layers stretch all directions alike, so that one rate serves all of them "
        f"(here {rates[0]:g} with {shallow} layers, {rates[1]:g} with {deep})"
        if flat
        else "orthogonal layers slow down with depth as well, as far as these rates show"
    )
    gaussian = (
        "a product of Gaussian ones stretches a few directions and shrinks the rest: a rate that "
        "is safe for the first is slow for the others"
        if grows
        else "Gaussian ones do not slow down by more than chance here"
    )
    return f"{orthogonal}; {gaussian}"


def draw(measured: list[Measured]) -> Figure:
    figure, axes = panel("Steps until it has learnt, at the best rate", (5, 2.2))
    x = np.arange(len(depths(measured)))
    top = np.log10(2 * STEPS)
    lines = []
    for scheme, color in zip(SCHEMES, (GREY, BLUE), strict=True):
        times = [learning_time(measured, depth, scheme)[0] for depth in depths(measured)]
        lines.append(np.log10([min(t.value, 2 * STEPS) for t in times]))
        axes.plot(x, lines[-1], "o-", color=color, ms=4, lw=1.4)
    ends = apart([float(line[-1]) for line in lines], gap=0.15, ceiling=top)
    for scheme, color, end in zip(SCHEMES, (GREY, BLUE), ends, strict=True):
        name(axes, scheme, (x[-1], end), color, shift=(6, 0))
    axes.axhline(top, color=GREY, lw=0.8, ls=":")
    name(axes, f"not within {STEPS} steps", (0, top), GREY, shift=(0, 3), va="baseline")
    axes.set_xticks(x, [str(depth) for depth in depths(measured)])
    axes.set_xlabel("hidden layers")
    axes.set_yticks([1, 2], ["10", "100"])
    axes.set_ylim(1, top + 0.25)
    return figure


RESULTS = (
    Result(
        name="saxe-learning-time",
        title="Learning time and depth in linear networks",
        paper=PAPER,
        says="from orthogonal starts, and the learning rate fitted to each depth, the time to "
        "learn does not grow with depth; from scaled Gaussian ones it does",
        setting="linear networks with 64 units a layer on 300 digits in place of MNIST, squared "
        "error on one-hot targets, the full batch, 200 steps; five learning rates, each twice the "
        "one before, up to where 2 layers diverge at the next; the best is the one at which the "
        "slowest network is fastest; a network has learnt at a loss of 0.5 (the best constant has "
        "0.9); 8 networks a kind. Full: MNIST and 64 layers",
        study=Study(jobs, measure, conclude, draw),
    ),
)
