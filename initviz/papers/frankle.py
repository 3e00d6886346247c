"""Frankle & Carbin 2019: the lottery ticket, with its own first weights and with redrawn ones."""

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval
from ..measure.pruning import ticket, train_sparse
from ..networks.network import Network, forward, init_network
from ..plots.style import BLUE, GREY, INK
from ..words.numbers import between
from .jobs import crossed, part, table, unseen
from .pictures import PERCENT, medians, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, better, judged

PAPER = Paper(
    "Frankle & Carbin 2019",
    "The lottery ticket hypothesis: finding sparse, trainable neural networks",
    "https://arxiv.org/abs/1803.03635",
)
KEPT = (0.2, 0.1, 0.05, 0.03)
WINNING = (0.2, 0.1)  # sizes at which the paper finds tickets as good as the whole network
ARMS = {"own": "its own first weights", "redrawn": "redrawn weights"}


def jobs(full: bool) -> list[Job]:
    setting = {"data": "digits", "samples": 1300, "units": [100, 50], "restarts": 24}
    if full:
        setting = {"data": "mnist5k", "samples": 3750, "units": [300, 100], "restarts": 24}
    return crossed(setting, keep=KEPT)


def measure(keep: float, data: str, samples: int, units: list[int], restarts: int) -> Measured:
    """Test accuracies after five epochs: of whole networks, of their tickets, and of these tickets
    redrawn. A ticket is what is largest after 15 epochs."""
    images, (X, y) = part(data, samples), unseen(data)
    layers = (images.features, *units, 10)
    setting = {"restarts": restarts, "dtype": "float32"}
    own, other = (init_network(layers, "relu", "glorot_normal", seed=n, **setting) for n in (0, 1))

    def trained(start: Network, epochs: int) -> Network:
        data = images.X, images.y, "softmax_cross_entropy"
        pace = {"epochs": epochs, "batch_size": 60}
        return train_sparse(start, *data, learning_rate=0.1, momentum=0.9, **pace)

    def right(start: Network) -> list[float]:
        answers = forward(trained(start, 5), X)[-1].argmax(axis=1)
        return (answers == y).mean(axis=1).tolist()

    whole = trained(own, 15)
    tickets = {"own": ticket(whole, own, keep), "redrawn": ticket(whole, other, keep)}
    found = {arm: right(start) for arm, start in tickets.items()}
    return {"keep": keep, "whole": right(own), **found}


def typical(measured: list[Measured], key: str) -> dict[float, Interval]:
    return {m["keep"]: median_interval(m[key]) for m in measured}


def conclude(measured: list[Measured]) -> Verdict:
    errors = {key: 1 - table(measured, key) for key in ("whole", *ARMS)}
    pairs = zip(measured, errors["own"], errors["redrawn"], strict=True)
    draw_matters = Claim(
        all(better(own, redrawn) for _, own, redrawn in pairs),
        "the weights that stay are those that were drawn well",
        "redrawn tickets are not worse everywhere",
    )
    winning = [n for n, m in enumerate(measured) if m["keep"] in WINNING]
    wins = Claim(
        not any(better(errors["whole"][n], errors["own"][n]) for n in winning),
        f"with {' or '.join(f'{keep:.0%}' for keep in WINNING)} of them a network does as well as "
        "with all",
        "but tickets of the sizes that the paper names do worse than whole networks",
    )
    own, redrawn = (typical(measured, arm) for arm in ARMS)
    whole = median_interval(measured[0]["whole"])
    rows = "; ".join(
        f"{keep:.0%} of the weights: {between(own[keep], '.0%')}, redrawn "
        f"{between(redrawn[keep], '.0%')}"
        for keep in own
    )
    said = f"test accuracy after 5 epochs, all weights: {between(whole, '.0%')}; {rows}"
    return judged(said, draw_matters, wins)


def draw(measured: list[Measured]) -> Figure:
    figure, (axes,) = panels(["Test accuracy after 5 epochs"], (5.6, 2.4), fitted=True)
    x = np.arange(len(measured))
    axes.axhline(np.median(measured[0]["whole"]), color=INK, lw=1, ls="--")
    axes.set_xticks(x, [f"{m['keep']:.0%}" for m in measured])
    axes.set(xlabel="weights that stay (dashed: all of them)", ylim=(0, 1.05))
    axes.set_yticks(*PERCENT)
    rows = {
        text: (list(typical(measured, arm).values()), color)
        for (arm, text), color in zip(ARMS.items(), (BLUE, GREY), strict=True)
    }
    medians(axes, x, rows, logarithmic=False)
    return figure


RESULTS = (
    Result(
        name="frankle-tickets",
        title="The lottery ticket",
        paper=PAPER,
        says="dense networks contain subnetworks of less than 10 to 20 % of their size that reach "
        "the accuracy of the whole in as many steps, if they are trained from their own first "
        "weights; drawn anew, the same subnetworks learn more slowly and reach less",
        setting="64-100-50-10 ReLU networks on the digits in place of Lenet 300-100 on MNIST, "
        "gradient descent with momentum in batches of 60 in place of Adam; pruned once, layer by "
        "layer, after 15 epochs, where the paper mostly prunes in many rounds; 24 networks. One "
        "kind beats another where Mann & Whitney's test says so at 5 %. Full: MNIST, 300-100",
        study=Study(jobs, measure, conclude, draw),
    ),
)
