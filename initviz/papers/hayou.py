"""Hayou, Ghosh & Yu 2024: which of LoRA's two thin matrices may start at random."""

from math import sqrt
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval
from ..plots.style import BLUE, ORANGE
from ..words.numbers import between
from .jobs import crossed, rows
from .pictures import limits, name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, better, judged

PAPER = Paper(
    "Hayou, Ghosh & Yu 2024",
    "The impact of initialization on LoRA finetuning dynamics",
    "https://arxiv.org/abs/2406.08447",
)
STARTS = {"A": BLUE, "B": ORANGE}  # the one that is random; the other is 0
WIDTHS = (32, 64, 128)
RATES = tuple(2.0**n for n in range(-9, 1))
RANK, OUTPUTS = 4, 10
LITTLE = 0.02  # of the first loss: a difference by less is little
HUGE = 1e9  # a loss that is no number


def jobs(full: bool) -> list[Job]:
    setting = {"samples": 512, "steps": [100, 300], "networks": 8}
    if full:
        setting |= {"samples": 2048, "steps": [100, 1000]}
    return crossed(setting, width=WIDTHS, start=STARTS, seed=range(2))


def measure(
    width: int, start: str, seed: int, samples: int, steps: list[int], networks: int
) -> Measured:
    """The test loss of each network after so many steps, of 1 before the first, for all RATES.

    losses: (rates, steps, networks).
    """
    task = new_task(width, samples, networks, seed)
    losses = [tuned(task, start, rate, steps, seed) for rate in RATES]
    return {
        "width": width,
        "start": start,
        "steps": steps,
        "losses": np.nan_to_num(losses, nan=HUGE, posinf=HUGE).clip(max=HUGE).tolist(),
    }


class Task(NamedTuple):
    """A network v relu(W x) that stays as it is, and the answers of W + T, where T is thin.

    X, X_test: (networks, width, samples). y, y_test: (networks, outputs, samples).
    """

    W: np.ndarray
    v: np.ndarray
    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def new_task(width: int, samples: int, networks: int, seed: int) -> Task:
    draw = np.random.default_rng(seed).standard_normal
    X, X_test = draw((2, networks, width, samples), dtype="f")
    v = draw((networks, OUTPUTS, width), dtype="f") / np.float32(sqrt(width))
    W = draw((networks, width, width), dtype="f") / np.float32(sqrt(width))
    thin = draw((networks, width, RANK), dtype="f") @ draw((networks, RANK, width), dtype="f")
    taught = W + thin / np.float32(sqrt(width * RANK))
    y, y_test = (v @ np.maximum(taught @ x, 0) for x in (X, X_test))
    return Task(W, v, X, y, X_test, y_test)


def new_adapter(width: int, networks: int, start: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(B, A): (networks, width, RANK) and (networks, RANK, width), one of them at 0."""
    draw = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,))).standard_normal
    B = draw((networks, width, RANK), dtype="f") / np.float32(sqrt(RANK))
    A = draw((networks, RANK, width), dtype="f") / np.float32(sqrt(width))
    return (0 * B, A) if start == "A" else (B, 0 * A)


@np.errstate(all="ignore")
def tuned(task: Task, start: str, rate: float, steps: list[int], seed: int) -> list[np.ndarray]:
    """(networks,) after each of these numbers of Adam's steps: the test loss, of 1 at first."""
    networks, width, _ = task.W.shape
    adapter = new_adapter(width, networks, start, seed)
    means, squares = ([np.zeros_like(P) for P in adapter] for _ in range(2))
    first, found = unseen_loss(task, *adapter), []
    for step in range(1, max(steps) + 1):
        for P, slope, mean, square in zip(
            adapter, slopes(task, *adapter), means, squares, strict=True
        ):
            mean += (1 - 0.9) * (slope - mean)
            square += (1 - 0.999) * (slope**2 - square)
            size = np.sqrt(square / (1 - 0.999**step)) + 1e-8
            P -= np.float32(rate) * (mean / (1 - 0.9**step)) / size
        if step in steps:
            found.append(unseen_loss(task, *adapter) / first)
    return found


def slopes(task: Task, B: np.ndarray, A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How the squared error, added up over outputs and halved, changes with B and with A."""
    thin = A @ task.X
    z = task.W @ task.X + B @ thin
    error = task.v @ np.maximum(z, 0) - task.y
    delta = (task.v.swapaxes(1, 2) @ error) * (z > 0) / np.float32(task.X.shape[2])
    return delta @ thin.swapaxes(1, 2), (B.swapaxes(1, 2) @ delta) @ task.X.swapaxes(1, 2)


def unseen_loss(task: Task, B: np.ndarray, A: np.ndarray) -> np.ndarray:
    """(networks,)"""
    answers = task.v @ np.maximum((task.W + B @ A) @ task.X_test, 0)
    return ((answers - task.y_test) ** 2).mean(axis=(1, 2))


def losses(measured: list[Measured], width: int, start: str) -> np.ndarray:
    """(rates, steps, networks)"""
    each = [np.array(m["losses"]) for m in rows(measured, width=width, start=start)]
    return np.concatenate(each, axis=2)


def best_rates(by_rate: np.ndarray) -> np.ndarray:
    """(networks,): at which the loss is lowest. by_rate: (rates, networks)."""
    return np.array(RATES)[by_rate.argmin(axis=0)]


def borne_rates(by_rate: np.ndarray) -> np.ndarray:
    """(networks,): the largest that still leaves less than the first loss; half the least for
    none."""
    below = by_rate < 1
    last = len(RATES) - 1 - below[::-1].argmax(axis=0)
    return np.where(below.any(axis=0), np.array(RATES)[last], RATES[0] / 2)


def conclude(measured: list[Measured]) -> Verdict:
    found = {(n, start): losses(measured, n, start) for n in WIDTHS for start in STARTS}
    early, late = measured[0]["steps"]
    lowest = {kind: each.min(axis=0) for kind, each in found.items()}  # (steps, networks)
    borne = {kind: borne_rates(each[:, 0]) for kind, each in found.items()}
    best = {kind: best_rates(each[:, 0]) for kind, each in found.items()}
    widest = WIDTHS[-1]
    larger = Claim(
        better(-borne[widest, "A"], -borne[widest, "B"]),
        f"at width {widest} a random A bears larger rates",
        f"even at width {widest} a random A bears no larger rates",
    )
    lower = Claim(
        all(better(lowest[n, "A"][0], lowest[n, "B"][0]) for n in WIDTHS),
        f"at the best rate of each it ends lower after {early} steps, at every width",
        f"at the best rate of each it does not end lower after {early} steps at every width",
    )
    left = {n: median_interval(lowest[n, "B"][1] - lowest[n, "A"][1]) for n in WIDTHS}
    little = Claim(
        all(abs(each.value) < LITTLE for each in left.values()),
        f"and after {late} steps little is left of that, as Lee et al. say",
        f"after {late} steps {_left(left)} of the first loss is left between the two, so that it "
        "is not all a matter of rates, as Lee et al. find between variants of LoRA: what B spans "
        "has to be turned to what is to be learnt, which takes time",
    )
    return judged(
        "; ".join(_width(n, lowest, best, borne) for n in WIDTHS), *(larger, lower, little)
    )


def _left(left: dict[int, Interval]) -> str:
    return ", ".join(f"{between(each, '.1%')} at width {n}" for n, each in left.items())


def _width(width: int, lowest: dict, best: dict, borne: dict) -> str:
    def typical(values: np.ndarray) -> str:
        return between(median_interval(values))

    parts = (
        f"with {start} random, rates up to {typical(borne[width, start])} lower the test loss, "
        f"{typical(best[width, start])} is best, and leaves "
        f"{typical(lowest[width, start][0])} of it"
        for start in STARTS
    )
    return f"width {width}: {'; '.join(parts)}"


def draw(measured: list[Measured]) -> Figure:
    early, late = measured[0]["steps"]
    titles = [f"Width {WIDTHS[-1]}, {steps} steps" for steps in (early, late)]
    figure, both = panels(titles, (6, 2.3), fitted=True)
    for at, axes in enumerate(both):
        for start, color in STARTS.items():
            each = losses(measured, WIDTHS[-1], start)[:, at]
            shown = np.clip([median_interval(found) for found in each], 1e-5, 10)
            axes.plot(RATES, shown[:, 1], color=color, lw=1.2)
            limits(axes, RATES, shown, color)
            if at == 0:
                higher = 12 if start == "B" else -24
                name(axes, f"{start} random", (RATES[0], shown[0, 1]), color, shift=(2, higher))
        axes.set(xscale="log", yscale="log", xlabel="learning rate", ylim=(1e-5, 30))
        axes.set_xticks([2**-8, 2**-4, 1], ["2⁻⁸", "2⁻⁴", "1"])
        axes.set_yticks([1e-4, 0.01, 1], ["10⁻⁴", "0.01", "1"])
        axes.minorticks_off()
    both[0].set_ylabel("test loss, of 1 at first")
    return figure


RESULTS = (
    Result(
        name="hayou-lora",
        title="LoRA: which of the two matrices is random",
        paper=PAPER,
        says="beside a frozen matrix BA is learnt, which is 0 at the start. A random and B = 0 "
        "bears larger learning rates (of the order of 1 / √n in the width n) than B random and "
        "A = 0 (1 / n), and ends better on average. Lee et al. 2026 "
        "([2602.04998](https://arxiv.org/abs/2602.04998)): with its own tuned rate, each of the "
        "variants of LoRA is within 1 to 2 % of the others",
        setting="one hidden layer of 32 to 128 ReLU units and 10 outputs, all frozen, in place of "
        "language models; its matrix shall learn the answers of another one, which differs by "
        "rank 4, as the adapter has. A of variance 1 / n or B of variance 1 / 4, Adam, 512 samples "
        "at once and as many to be tested with, ten rates from 2⁻⁹ to 1, 100 and 300 steps; 16 "
        "networks a kind. With 256 samples A random does bear larger rates at width 128. "
        "Full: 2,048 samples, up to 1,000 steps",
        study=Study(jobs, measure, conclude, draw),
    ),
)
