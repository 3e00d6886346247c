"""Hamey 1998, Sprinkhuizen-Kuyper & Boers 1999: two hidden units on XOR, and where they are held.

The runs: full batch, momentum 0.9, learning rate 0.5, weights and biases U(±1), sigmoid, squared
error. "Solved" is as in ``landscape.solved``: learnt well.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import median_interval, proportion_interval
from ..measure.landscape import as_network, as_points, best_of, groups_of, plateaus, solved
from ..networks.network import Network, gradients, init_network
from ..plots.charts import dots
from ..plots.style import BLUE, GREY, ORANGE
from ..training.experiment import Experiment
from ..training.run import WELL, Run
from ..training.train import train
from ..words.numbers import between
from .jobs import rows
from .pictures import PERCENT, name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, enough, judged

HAMEY = Paper(
    "Hamey 1998",
    "XOR has no local minima: a case study in neural network error surface analysis",
    "https://doi.org/10.1016/S0893-6080(97)00134-2",
)
SPRINKHUIZEN = Paper(
    "Sprinkhuizen-Kuyper & Boers 1999",
    "The local minima of the error surface of the 2-2-1 XOR network",
    "https://link.springer.com/journal/10472/volumes-and-issues/25-1",
)
EPOCHS = 20_000
SOLVED = WELL / 4  # the loss of guessing is 1/4
START: dict[str, Any] = {"initializer": "uniform", "bias": "same", "dtype": "float64"}
TASK = Experiment("xor", (2,), loss="squared_error", learning_rate=0.5, momentum=0.9, **START)


# Hamey: no strict minimum at finite weights.

HALVINGS = 5  # of the epochs: the moments at which a run is looked at
LATER = (2, 4)  # times the epochs: the moments for those that failed and are trained on
HELD = ("losses", "lengths", "gradients", "rose")  # what is told of the failed runs


def no_minimum_jobs(full: bool) -> list[Job]:
    epochs = 10 * EPOCHS if full else EPOCHS
    return [{"epochs": epochs, "restarts": 250, "seed": seed} for seed in range(4)]


def no_minimum(epochs: int, restarts: int, seed: int) -> Measured:
    """What becomes of the runs that fail when they are trained on.

    losses: (failed runs, moments). solved_losses: (moments up to ``epochs``,), the median of the
        others, if any.
    lengths: of all weights as one vector, and gradients: of the loss, likewise; (failed runs, 2),
        after ``epochs`` and at the end.
    rose: (failed runs,), whether the loss rose in any epoch in which they were trained on.
    """
    run = train(replace(TASK, epochs=epochs, restarts=restarts, seed=seed))
    failed = ~solved(run)
    before = [epochs // 2**i for i in range(HALVINGS, -1, -1)]
    after = [(times - 1) * epochs for times in LATER]
    moments = [*before, *(epochs + more for more in after)]
    found = {"epochs": epochs, "restarts": restarts, "moments": moments, "solved_losses": []}
    if not failed.all():
        found["solved_losses"] = np.median(run.losses[before][:, ~failed], axis=1).tolist()
    if not failed.any():
        return found | {key: [] for key in HELD}
    end = run.network_at(epochs)
    rest = end.each_array(lambda array: array[failed])
    more = replace(run.experiment, restarts=rest.restarts, epochs=after[-1])
    longer = train(more, network=rest)
    losses = np.concatenate([run.losses[before][:, failed], longer.losses[after]])
    ends = (rest, longer.network_at(more.epochs))
    lengths = [length(network) for network in ends]
    steep = [steepness(network, run) for network in ends]
    rose = (np.diff(longer.losses, axis=0) > 0).any(axis=0)
    held = (np.transpose(values).tolist() for values in (losses, lengths, steep, rose))
    return found | dict(zip(HELD, held, strict=True))


def length(network: Network) -> np.ndarray:
    """(restarts,): of all weights and biases as one vector."""
    return np.linalg.norm(as_points(network), axis=1)


def steepness(network: Network, run: Run) -> np.ndarray:
    """(restarts,): the length of the gradient."""
    _, weights, biases = gradients(network, run.dataset.X, run.dataset.y, run.loss_name)
    return length(replace(network, weights=weights, biases=biases))


def conclude_no_minimum(measured: list[Measured]) -> Verdict:
    restarts = sum(m["restarts"] for m in measured)
    losses, lengths, steep, rose = failed_runs(measured)
    start = f"{len(losses)} of {restarts} runs fail in {measured[0]['epochs']:,} steps"
    if not len(losses):
        return Verdict(start, "partly", "nothing contradicts the theorem, and nothing tests it")
    then, end = losses[:, HALVINGS], losses[:, -1]
    got_out = end < SOLVED
    growing = (steep > 0).all(axis=1) & (lengths[:, 1] > lengths[:, 0])
    going_on = (end < then) & ~rose & growing & ~got_out
    levels, names = nearest(then), {"1/8": 1 / 8, "1/6": 1 / 6, "1/4": 1 / 4}
    counts = (f"{np.isclose(levels, level).sum()} at {name}" for name, level in names.items())
    text = (
        f"{start}: {', '.join(counts)}. Trained {LATER[-1]} times as long, {got_out.sum()} of them "
        f"solve it after all, and {going_on.sum()} go on falling at every step with growing "
        "weights"
    )
    if going_on.any():
        left = ((end - levels) / (then - levels))[going_on]
        text += f"; of the distance to the level {between(median_interval(left))} is left"
    resting = ~(got_out | going_on)
    why = (
        "no failed run has come to rest: each creeps along a valley to a level that it would reach "
        "at infinite weights only"
    )
    if resting.any():
        why = f"{resting.sum()} failed runs no longer fall, or rise, or stay where they are"
    share = resting.mean()
    return Verdict(text, "yes" if share == 0 else "partly" if share < 0.1 else "no", why)


def failed_runs(measured: list[Measured]) -> list[np.ndarray]:
    """Of each of ``HELD`` the failed runs of all jobs, (failed runs, …)."""
    return [np.array([row for m in measured for row in m[key]]) for key in HELD]


def nearest(losses: np.ndarray) -> np.ndarray:
    """The level at which a network is stuck that gives several points the same answer."""
    levels = plateaus([0, 1, 1, 0])
    return levels[np.abs(losses[..., np.newaxis] - levels).argmin(axis=-1)]


def draw_no_minimum(measured: list[Measured]) -> Figure:
    title = "Distance of the loss from the nearest of 0, 1/8, 1/6, 1/4"
    figure, (axes,) = panels([title], (5.6, 2.4), fitted=True)
    moments, losses = measured[0]["moments"], failed_runs(measured)[0]
    for curve in (m["solved_losses"] for m in measured if m["solved_losses"]):
        axes.plot(moments[: HALVINGS + 1], curve, color=BLUE, lw=1.2)
    end = moments[HALVINGS], 2e-5
    name(axes, "solved", end, BLUE, shift=(-3, -6), va="top", ha="right")
    if len(losses):
        distances = np.abs(losses - nearest(losses)).T
        axes.plot(moments, distances, color=ORANGE, lw=0.7, alpha=0.4)
        name(axes, "failed", (moments[-1], distances[-1, -1]), ORANGE)
    axes.axvline(moments[HALVINGS], color=GREY, lw=0.6, ls=":")
    axes.set(xscale="log", yscale="log", xlabel="steps", ylim=(5e-7, 0.2))
    axes.set(xlim=(moments[0], moments[-1] * 2))
    axes.set_xticks(moments[::2], [f"{moment:,}" for moment in moments[::2]])
    axes.set_yticks([1e-6, 1e-4, 1e-2], ["10⁻⁶", "10⁻⁴", "10⁻²"])
    axes.minorticks_off()
    return figure


# Sprinkhuizen-Kuyper & Boers: from everywhere a way down, and how many starts take it.

RATE = 0.86  # of the starts, as this project found and published it
GROUPS = (2, 3, 4)  # restarts
KINDS = ("random", "equal", "nearly equal")
CONSTANTS = (0.1, 10.0)  # the least and the largest
NOISE = 0.01


def restarts_jobs(full: bool) -> list[Job]:
    epochs, many = (10 * EPOCHS, 40) if full else (EPOCHS, 4)
    starts = [*[("random", 250)] * many, ("equal", 100), ("nearly equal", 100)]
    return [
        {"kind": kind, "restarts": restarts, "epochs": epochs, "seed": seed}
        for seed, (kind, restarts) in enumerate(starts)
    ]


def restarts_solved(kind: str, restarts: int, epochs: int, seed: int) -> Measured:
    """Which restarts solve XOR.

    kind: "random"; "equal", every weight and bias of a network the same constant, another one for
        each restart; "nearly equal", these with a little noise.
    """
    experiment = replace(TASK, epochs=epochs, restarts=restarts, seed=seed)
    run = train(experiment, network=None if kind == "random" else constants(kind, restarts, seed))
    return {"kind": kind, "solved": solved(run).tolist()}


def constants(kind: str, restarts: int, seed: int) -> Network:
    like = init_network((2, 2, 1))
    points = np.repeat(np.geomspace(*CONSTANTS, restarts)[:, np.newaxis], 9, axis=1)
    if kind == "nearly equal":
        points = points + NOISE * np.random.default_rng(seed).standard_normal(points.shape)
    return as_network(points, like)


def hits(measured: list[Measured], kind: str) -> np.ndarray:
    return np.array([hit for m in rows(measured, kind=kind) for hit in m["solved"]])


def conclude_restarts(measured: list[Measured]) -> Verdict:
    drawn, equal, nearly = (hits(measured, kind) for kind in KINDS)
    p, broken = proportion_interval(drawn), proportion_interval(nearly)
    groups = {k: proportion_interval(groups_of(drawn, k)) for k in GROUPS}
    laws = {k: float(best_of(p.value, k)) for k in GROUPS}
    best = ", ".join(f"{between(groups[k], '.1%')} for {k} (law: {laws[k]:.1%})" for k in GROUPS)
    down = Claim(
        not equal.any() and broken.low > 0,
        "equal units stay equal and never find the way down that is there, and a little noise "
        "lets some of them find it",
        "either equal units solve it, or a little noise does not help them",
    )
    law = Claim(
        enough([groups[k].low <= laws[k] <= groups[k].high for k in GROUPS]),
        "restarts are independent, so their failures multiply",
        "groups of restarts do not follow 1 - (1 - p)ᵏ",
    )
    rate = Claim(
        p.low <= RATE <= p.high,
        "the published rate is confirmed",
        f"the published rate of {RATE:.0%} is not confirmed",
    )
    return judged(
        f"{between(p, '.0%')} of {len(drawn)} random starts solve it; groups of restarts: {best}; "
        f"{equal.sum()} of {len(equal)} equal constants, {between(broken, '.0%')} of "
        f"{len(nearly)} of them with a noise of {NOISE}",
        *(down, law, rate),
        partly=down.seen or law.seen,
    )


def draw_restarts(measured: list[Measured]) -> Figure:
    figure, (axes,) = panels(["Two hidden units on XOR"], (5.6, 2.2), fitted=True)
    drawn, equal, nearly = (hits(measured, kind) for kind in KINDS)
    shown = {"1 random start": drawn} | {f"best of {k}": groups_of(drawn, k) for k in GROUPS}
    shown |= {"nearly equal": nearly, "equal constants": equal}
    shares = {text: proportion_interval(each) for text, each in shown.items()}
    dots(axes, shares, {"equal constants": ORANGE})
    law = [float(best_of(shares["1 random start"].value, k)) for k in (1, *GROUPS)]
    axes.plot(law, np.arange(len(shares))[:1:-1], "|", color=GREY, ms=11)
    axes.set(xlim=(-0.02, 1.02), xlabel="share that solves XOR (grey: 1 - (1 - p)ᵏ)")
    axes.set_xticks(*PERCENT)
    return figure


RESULTS = (
    Result(
        name="xor-no-minimum",
        title="What holds a run that does not solve XOR",
        paper=HAMEY,
        says="the error surface of two hidden units on XOR has no strict relative minimum at "
        "finite weights; what holds a run is a plateau, or the way to a minimum at infinity",
        setting="1,000 starts U(±1) with sigmoid units, squared error and momentum 0.9, learning "
        "rate 0.5, 20,000 steps, and then three times as many for those that fail; full: ten times "
        "as many. The paper proves, it does not train: a run can only contradict it",
        study=Study(no_minimum_jobs, no_minimum, conclude_no_minimum, draw_no_minimum),
    ),
    Result(
        name="xor-restarts",
        title="How many starts solve XOR",
        paper=SPRINKHUIZEN,
        says="from every finite point a strictly falling path leads to the error 0. Who finds it, "
        "the paper does not say; notebook 05 counts about 86 % of random starts, k restarts with "
        "1 - (1 - p)ᵏ, and equal constants never",
        setting="as above: 1,000 random starts; 100 constants from 0.1 to 10 for all weights and "
        "biases, and the same with normal noise on top; full: 10,000 starts and ten times "
        "as many steps",
        study=Study(restarts_jobs, restarts_solved, conclude_restarts, draw_restarts),
    ),
)
