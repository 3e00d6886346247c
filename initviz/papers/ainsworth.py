"""Ainsworth et al. 2022: two networks, their units matched, lie in one valley if they are wide."""

from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval
from ..measure.matching import barrier, match_units
from ..plots.style import BLUE, GREY
from ..training.experiment import Experiment
from ..training.train import train
from ..words.numbers import between
from .jobs import crossed, part, plain, table
from .pictures import medians, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, better, judged

PAPER = Paper(
    "Ainsworth, Hayase & Srinivasa 2022",
    "Git Re-Basin: merging models modulo permutation symmetries",
    "https://arxiv.org/abs/2209.04836",
)
LAYERS, WIDTHS = (1, 2), (16, 32, 64, 128)


def jobs(full: bool) -> list[Job]:
    setting = {"data": "mnist5k", "samples": 3750} if full else {"data": "digits", "samples": 1000}
    widths = (*WIDTHS, 256, 512) if full else WIDTHS
    return crossed(setting, layers=LAYERS, width=widths)


def measure(layers: int, width: int, data: str, samples: int) -> Measured:
    """The barriers between the two networks of each of 16 pairs, as they are and matched."""
    images = part(data, samples)
    setting = {"learning_rate": 0.1, "momentum": 0.9, "batch_size": 50, "epochs": 20}
    e = Experiment(data, (width,) * layers, "relu", "he_normal", restarts=32, **setting)
    run = train(e, images)
    ends = run.network_at(run.epoch)
    one, two = (ends.each_array(lambda array, n=n: array[n::2]) for n in (0, 1))
    found = {"before": two, "after": match_units(one, two)}
    seen = images.X, images.y, run.loss_name
    heights = {key: plain(barrier(one, other, *seen)) for key, other in found.items()}
    return {"layers": layers, "width": width, **heights}


def heights(measured: list[Measured], layers: int, key: str) -> list[Interval]:
    """Of each width, rising: the median of the pairs."""
    return [median_interval(row) for row in table(measured, key, layers=layers)]


def conclude(measured: list[Measured]) -> Verdict:
    before, after = (table(measured, key) for key in ("before", "after"))
    lower = Claim(
        all(better(*rows) for rows in zip(after, before, strict=True)),
        "two seeds learn much the same units in another order",
        "matching does not lower the barrier everywhere",
    )
    falling = Claim(
        all(
            wide.value < narrow.value
            for layers in LAYERS
            for narrow, wide in pairwise(heights(measured, layers, "after"))
        )
        and all(
            heights(measured, layers, "after")[-1].high < heights(measured, layers, "after")[0].low
            for layers in LAYERS
        ),
        "the wider the networks, the surer is each unit to have a like in the other",
        "the barrier between matched networks does not fall with the width",
    )
    ends = {n: [heights(measured, n, key) for key in ("before", "after")] for n in LAYERS}
    said = "; ".join(f"{_layers(n)}: {_fall(*rows)}" for n, rows in ends.items())
    widths = sorted({m["width"] for m in measured})
    return judged(f"barrier at {widths[0]} → {widths[-1]} units, {said}", lower, falling)


def _layers(number: int) -> str:
    return f"{number} hidden layer{'s' * (number > 1)}"


def _fall(before: list[Interval], after: list[Interval]) -> str:
    was, now = (f"{between(rows[0])} → {between(rows[-1])}" for rows in (before, after))
    return f"{was}, matched {now}"


def draw(measured: list[Measured]) -> Figure:
    titles = [f"Barrier, {_layers(number)}" for number in LAYERS]
    figure, both = panels(titles, (7, 2.2), fitted=True)
    for axes, layers in zip(both, LAYERS, strict=True):
        x = np.log2(table(measured, "width", layers=layers))
        axes.set_xticks(x, [f"{2**each:.0f}" for each in x])
        axes.set(yscale="log", xlabel="hidden units a layer", ylim=(0.003, 5))
        axes.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
        axes.minorticks_off()
        looks = {"as they are": ("before", GREY), "matched": ("after", BLUE)}
        rows = {text: (heights(measured, layers, key), c) for text, (key, c) in looks.items()}
        medians(axes, x, rows, logarithmic=True)
    return figure


RESULTS = (
    Result(
        name="ainsworth-barrier",
        title="The barrier between two networks",
        paper=PAPER,
        says="networks from two seeds, the units of one permuted by weight matching to fit the "
        "other's, are connected by a straight line with a barrier near zero; the wider the "
        "networks, the lower it is",
        setting="one and two hidden ReLU layers of 16 to 128 units on 1,000 digits, where the "
        "paper has perceptrons of three layers of 512 on MNIST and CIFAR-10, and widened VGGs and "
        "ResNets; 20 epochs in batches of 50, 16 pairs a kind; the barrier is of the training "
        "loss, at 25 places. Full: MNIST, up to 512 units",
        study=Study(jobs, measure, conclude, draw),
    ),
)
