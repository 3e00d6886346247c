"""Schoenholz et al. 2017: networks train as deep as a signal reaches."""

from functools import cache
from math import sqrt

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval
from ..measure.theory import TRAINABLE, critical_sigma_w, depth_scale
from ..plots.maps import SHARE
from ..plots.style import INK
from ..training.experiment import Experiment
from ..training.train import train
from ..words.numbers import between
from .jobs import accuracies_of, crossed, part, rows
from .pictures import PERCENT, name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, judged

PAPER = Paper(
    "Schoenholz et al. 2017", "Deep information propagation", "https://arxiv.org/abs/1611.01232"
)
SIGMA_B = sqrt(0.05)
SIGMA_W2 = (1.0, 1.1, 1.25, 1.4, 1.6, 1.76, 2.0, 2.5, 3.0, 3.5, 4.0)
DEPTHS = (10, 15, 22, 33, 50, 75)
GUESSING = 0.1  # its accuracy, by which the paper judges

SMALL = {"width": 100, "images": 1000, "learning_rate": 0.01, "epochs": 10}
# The same way in shorter steps, for one σ_w² of the chaotic phase, where gradients are long.
SLOW = {**SMALL, "learning_rate": 0.01 / 3, "epochs": 30}
SLOW_SIGMA_W2, SLOW_DEPTHS = 3.0, DEPTHS[2:]

PAPERS_OWN = {"width": 300, "images": 3750, "learning_rate": 0.001, "epochs": 27}


def jobs(full: bool) -> list[Job]:
    settings, depths = (PAPERS_OWN, (10, 20, 40, 70, 100, 150, 200)) if full else (SMALL, DEPTHS)
    cells = crossed(settings, sigma_w2=SIGMA_W2, depth=depths)
    if not full:
        cells += crossed(SLOW, sigma_w2=[SLOW_SIGMA_W2], depth=SLOW_DEPTHS)
    return [{**cell, "restarts": 6, "seed": seed} for seed, cell in enumerate(cells)]


def trainable_depth(sigma_w2: float, depth: int, width: int, images: int, **training) -> Measured:
    """The accuracy of every restart on the images it is trained on, at the end and on the way."""
    data = part("mnist5k", images)
    setting = {"scale": sqrt(sigma_w2), "bias_std": SIGMA_B, "batch_size": 50, **training}
    e = Experiment(data.name, (width,) * depth, "tanh", "lecun_normal", **setting)
    accuracies = accuracies_of(train(e, data))
    return {
        "sigma_w2": sigma_w2,
        "depth": depth,
        "learning_rate": e.learning_rate,
        "end": accuracies[-1].tolist(),
        "third": accuracies[e.epochs // 3].tolist(),
    }


def at_rates(measured: list[Measured]) -> tuple[list[Measured], list[Measured]]:
    """(at the usual learning rate, at a smaller one)."""
    usual = max(m["learning_rate"] for m in measured)
    slow = [m for m in measured if m["learning_rate"] < usual]
    return rows(measured, learning_rate=usual), slow


@cache
def edge() -> float:
    """The σ_w² of the edge of chaos, which tanh has at every σ_b."""
    sigma_w = critical_sigma_w("tanh", SIGMA_B)
    assert sigma_w is not None
    return sigma_w**2


@cache
def reach(sigma_w2: float) -> float:
    """The depth to which networks train according to the paper, 6 ξ_c."""
    return TRAINABLE * depth_scale("tanh", sqrt(sigma_w2), SIGMA_B).correlation


def grid(measured: list[Measured], when: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(σ_w², depths, accuracies (σ_w², depths, restarts)), all rising."""
    sigmas, depths = (np.unique([m[key] for m in measured]) for key in ("sigma_w2", "depth"))
    cells = sorted((m["sigma_w2"], m["depth"], m[when]) for m in measured)
    accuracies = np.array([cell for _, _, cell in cells])
    return sigmas, depths, accuracies.reshape(len(sigmas), len(depths), -1)


def deepest(measured: list[Measured], when: str = "end") -> np.ndarray:
    """(σ_w², restarts): the last depth of the grid at which, and up to which, networks learn.

    To learn is to be at least halfway from guessing to the best median of any cell at the end.
    Half the smallest depth stands for none.
    """
    _, depths, accuracies = grid(measured, when)
    best = np.median(grid(measured, "end")[2], axis=2).max()
    learnt = accuracies >= (GUESSING + best) / 2
    count = learnt.cumprod(axis=1).sum(axis=1)
    return np.array([depths[0] / 2, *depths])[count]


def sides(measured: list[Measured]) -> tuple[np.ndarray, np.ndarray]:
    """(σ_w²,) bool each: below and above the edge, where 6 ξ_c lies within the grid of depths."""
    sigmas, depths, _ = grid(measured, "end")
    within = np.array([depths[0] <= reach(s) <= depths[-1] for s in sigmas])
    return within & (sigmas < edge()), within & (sigmas >= edge())


def measured_and_predicted(
    measured: list[Measured], side: np.ndarray, when: str = "end"
) -> tuple[np.ndarray, np.ndarray]:
    """(the depths that networks learn, (σ_w², restarts); 6 ξ_c, (σ_w², 1)) on one side."""
    predicted = [[reach(s)] for s in grid(measured, when)[0][side]]
    return deepest(measured, when)[side], np.array(predicted)


def ratios(measured: list[Measured], side: np.ndarray, when: str = "end") -> Interval:
    """Measured depth over 6 ξ_c on one side of the edge: each restart's median over the σ_w²."""
    found, predicted = measured_and_predicted(measured, side, when)
    return median_interval(np.median(found / predicted, axis=0))


def correlation(measured: list[Measured]) -> Interval:
    """Of the logarithms of measured depth and 6 ξ_c over the σ_w² of both sides, per restart.

    0 where one of them does not vary.
    """
    logs = map(np.log, measured_and_predicted(measured, np.logical_or(*sides(measured))))
    x, y = (log - log.mean(axis=0) for log in logs)
    size = np.sqrt((x**2).sum(axis=0) * (y**2).sum(axis=0))
    return median_interval((x * y).sum(axis=0) / np.where(size > 0, size, np.inf))


def conclude(measured: list[Measured]) -> Verdict:
    measured, slow = at_rates(measured)
    below, above = (ratios(measured, side) for side in sides(measured))
    early_below, early_above = (ratios(measured, side, "third").value for side in sides(measured))
    r, (sigmas, depths, _) = correlation(measured), grid(measured, "end")
    typical, early = (np.median(deepest(measured, when), axis=1) for when in ("end", "third"))
    best = sigmas[typical == typical.max()]
    limit = Claim(
        best[0] - 0.3 <= edge() <= best[-1] + 0.3 and r.low > 0.5,
        "the limit follows ξ_c on both sides and is farthest out around the edge",
        "the limit does not follow ξ_c, or is not farthest out around the edge",
    )
    factor = Claim(
        all(2 / 3 <= ratio.value <= 3 / 2 for ratio in (below, above)),
        "the factor is about 6 on both sides",
        "the factor is not 6 on both sides",
    )
    return judged(
        f"the deepest networks that learn have {between(below)} x 6 ξ_c layers below the edge "
        f"and {between(above)} x above it; the correlation of the two depths over σ_w² is "
        f"{between(r)}; the greatest depth is {typical.max():g}, where σ_w² is "
        + " to ".join(f"{s:g}" for s in dict.fromkeys(best[[0, -1]])),
        *(limit, factor),
        partly=limit.seen,
        more=". It depends on the training: after a third of the steps the ratios are "
        f"{early_below:.2g} and {early_above:.2g}, and the greatest depth is "
        f"{early.max():g}; and on the grid: the next depth, at which they do not "
        f"learn, is {depths[1] / depths[0]:.2g} times as great{_slower(measured, slow)}",
    )


def _slower(measured: list[Measured], slow: list[Measured]) -> str:
    if not slow:
        return ""
    sigma_w2 = slow[0]["sigma_w2"]
    column = rows(measured, sigma_w2=sigma_w2)
    usual, small = (np.median(deepest(cells)) for cells in (column, slow))
    rate = slow[0]["learning_rate"] / measured[0]["learning_rate"]
    return (
        f"; at {rate:.2g} of the learning rate, and as many more steps, networks at σ_w² = "
        f"{sigma_w2:g} learn with up to {small:g} layers in place of {usual:g} (6 ξ_c: "
        f"{reach(sigma_w2):.0f})"
    )


def draw(measured: list[Measured]) -> Figure:
    title = "Accuracy, and how far the theory says networks train"
    figure, (axes,) = panels([title], (5.6, 2.6), fitted=True)
    sigmas, depths, accuracies = grid(at_rates(measured)[0], "end")
    x, y = _edges(sigmas), np.exp(_edges(np.log(depths)))
    cells = axes.pcolormesh(x, y, np.median(accuracies, axis=2).T, cmap=SHARE, vmin=0, vmax=1)
    fine = np.linspace(x[0], x[-1], 120)
    axes.plot(fine, np.minimum([reach(s) for s in fine], 10 * y[-1]), color=INK, lw=1.2)
    axes.set(yscale="log", ylabel="hidden layers", xlim=x[[0, -1]], ylim=y[[0, -1]])
    axes.set(xlabel="$\\sigma_w^2$", xticks=[1, 2, 3, 4])
    axes.set_yticks(depths, [str(d) for d in depths])
    axes.minorticks_off()
    name(axes, "$6\\,\\xi_c$", (x[-1], reach(x[-1])), INK, shift=(4, 0), annotation_clip=False)
    ticks, names = PERCENT
    bar = figure.colorbar(cells, ax=axes, pad=0.1, ticks=ticks)
    bar.ax.spines["outline"].set_visible(False)
    bar.ax.set_yticklabels(names)
    return figure


def _edges(middles: np.ndarray) -> np.ndarray:
    """Borders between values, and one beyond each end."""
    inner = (middles[1:] + middles[:-1]) / 2
    return np.array([2 * middles[0] - inner[0], *inner, 2 * middles[-1] - inner[-1]])


RESULTS = (
    Result(
        name="schoenholz-trainable-depth",
        title="How deep a network can be and still be trained",
        paper=PAPER,
        says="tanh networks with σ_b² = 0.05 train on MNIST up to a depth of about 6 ξ_c, the "
        "scale on which two inputs come to be equally correlated; it grows without end towards "
        "the edge of chaos at σ_w² = 1.76, and so does the trainable depth, on both sides",
        setting="the paper: width 300, 10 to 300 layers, plain SGD; here width 100, 10 to 75 "
        "layers, 1,000 images of MNIST, batches of 50, 200 steps at learning rate 0.01 for all, "
        "6 draws a cell; one σ_w² also in three times as many steps of a third of the length. "
        "Full: width 300, up to 200 layers, 3,750 images, 2,025 steps at 0.001. Compared where "
        "6 ξ_c lies between the smallest and the largest depth",
        study=Study(jobs, trainable_depth, conclude, draw),
    ),
)
