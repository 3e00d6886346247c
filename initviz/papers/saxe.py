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
from .jobs import crossed, part, plain, rows, when
from .pictures import name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, judged

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
NEVER = f"not within {STEPS}"


def jobs(full: bool) -> list[Job]:
    setting = {"data": "mnist5k", "samples": 3750} if full else {"data": "digits", "samples": 300}
    depths = (*DEPTHS, 64) if full else DEPTHS
    return crossed(setting, depth=depths, scheme=SCHEMES, rate=RATES, steps=[STEPS])


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
    best = {s: [learning_time(measured, d, s) for d in (shallow, deep)] for s in SCHEMES}
    times = {scheme: (first, last) for scheme, ((first, _), (last, _)) in best.items()}
    (first, rate), (last, deep_rate) = best["orthogonal"]
    flat = Claim(
        last.high < 2 * first.low,
        "orthogonal layers stretch all directions alike, so that one rate serves all of them "
        f"(here {rate:g} with {shallow} layers, {deep_rate:g} with {deep})",
        "orthogonal layers slow down with depth as well, as far as these rates show",
    )
    first, last = times["Gaussian"]
    grows = Claim(
        last.low > 2 * first.high,
        "a product of Gaussian ones stretches a few directions and shrinks the rest: a rate that "
        "is safe for the first is slow for the others",
        "Gaussian ones do not slow down by more than chance here",
    )
    numbers = "; ".join(f"{scheme} {_growth(*ends)}" for scheme, ends in times.items())
    text = f"steps at the best learning rate, {shallow} → {deep} hidden layers: {numbers}"
    return judged(text, flat, grows)


def _growth(first: Interval, last: Interval) -> str:
    ratio = "a ratio that is not known"
    if first.value < inf:
        least = "more than " if last.value == inf else ""
        ratio = f"{least}{min(last.value, STEPS) / first.value:.1f} times as long"
    return f"{or_never(first, NEVER)} → {or_never(last, NEVER)}, {ratio}"


def draw(measured: list[Measured]) -> Figure:
    figure, (axes,) = panels(["Steps until it has learnt, at the best rate"], (5, 2.2))
    layers, top = depths(measured), np.log10(2 * STEPS)
    times = [[learning_time(measured, d, scheme)[0].value for d in layers] for scheme in SCHEMES]
    lines = np.log10(np.minimum(times, 2 * STEPS))
    ends = apart(lines[:, -1], gap=0.15, ceiling=top)
    for scheme, line, end, color in zip(SCHEMES, lines, ends, (GREY, BLUE), strict=True):
        axes.plot(line, "o-", color=color, ms=4, lw=1.4)
        name(axes, scheme, (len(line) - 1, end), color, shift=(6, 0))
    axes.axhline(top, color=GREY, lw=0.8, ls=":")
    name(axes, f"{NEVER} steps", (0, top), GREY, shift=(0, 3), va="baseline")
    axes.set_xticks(range(len(layers)), [str(depth) for depth in layers])
    axes.set_yticks([1, 2], ["10", "100"])
    axes.set(xlabel="hidden layers", ylim=(1, top + 0.25))
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
