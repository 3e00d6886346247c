"""Figures 2 and 3: what the layers of deep networks do while these are trained."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import inf

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...measure.intervals import Interval, median_interval, proportion_interval
from ...measure.layers import activation_statistics, saturation
from ...networks.datasets import Dataset
from ...networks.network import Network, forward
from ...plots.curves import apart
from ...plots.style import BLUE, ORANGE, heading
from ...training.experiment import Experiment
from ...training.run import PROBE
from ...training.train import train
from ...words.numbers import between, or_never
from ..material import part, unseen
from ..pictures import name
from ..result import Job, Measured, Result, Study, Verdict
from ..tables import crossed, plain, table
from .setting import DEPTH, PAPER, QUIET, experiment


def in_training(experiment: Experiment, data: Dataset) -> Iterator[Network]:
    """The network before training, and after each epoch.

    Every epoch is a run of its own, on from where the last one ended: a single run would not keep
    the weights of all epochs of a wide network. Its seed decides about the batches alone.
    """
    run = train(replace(experiment, epochs=1), data)
    yield run.network_at(0)
    for epoch in range(1, experiment.epochs):
        yield run.network_at(1)
        seed = experiment.seed + 1000 * epoch  # no other job's: their seeds are below 1000
        run = train(replace(experiment, epochs=1, seed=seed), data, network=run.network_at(1))
    yield run.network_at(1)


def first_epoch(there: np.ndarray) -> np.ndarray:
    """(…, epochs) bool to (…): the first epoch at which it is true, inf where never."""
    return np.where(there.any(axis=-1), there.argmax(axis=-1), inf)


def name_layers(axes: Axes, x: float, heights: np.ndarray, colors: list[str]) -> None:
    """The number of every layer at the end of its line, or as near as the others let it."""
    heights = np.clip(np.nan_to_num(heights), 0, 1) + 1e-9 * np.arange(len(heights))  # all differ
    gap, ceiling = 0.09, 1.0
    up, down = np.array(apart(heights, gap, ceiling)), np.array(apart(1 - heights, gap, ceiling))
    for layer, (y, color) in enumerate(zip((up + 1 - down) / 2, colors, strict=True), start=1):
        name(axes, str(layer), (x, y), color, shift=(4, 0), fontweight="bold")


def panels(names: list[str]) -> tuple[Figure, list[Axes]]:
    """Two pictures of what the layers do over the epochs, side by side, from 0 to 1."""
    figure = Figure(figsize=(6, 2.2))
    figure.subplots_adjust(left=0.085, right=0.965, bottom=0.19, top=0.85, wspace=0.2)
    both = figure.subplots(1, 2, sharey=True)
    for axes, text in zip(both, names, strict=True):
        heading(axes, text, dy=5)
        axes.set(xlabel="epoch", ylim=(0, 1.02))
    return figure, list(both)


# Figure 2: sigmoid networks.

LOW = 0.05  # a layer of this mean or less is at the foot of the curve: the paper tells it by eye


def figure_2_jobs(full: bool) -> list[Job]:
    setting = {"data": "digits", "samples": 500, "units": 100, "learning_rate": 1.0}
    if full:
        setting = {"data": "mnist5k", "samples": None, "units": 1000, "learning_rate": 0.1}
    epochs = {4: 100, 5: 400}  # the fifth layer needs more patience
    jobs = crossed(depth=epochs, seed=range(12))
    return [{**job, "epochs": epochs[job["depth"]], **setting} for job in jobs]


def figure_2(depth: int, data: str, samples: int | None, units: int, **training) -> Measured:
    """Mean and standard deviation of every hidden layer's activations on 300 test images,
    each (epochs + 1, layers)."""
    e = experiment(data, (units,) * depth, "sigmoid", "standard", restarts=1, **training)
    X, _ = unseen(data, PROBE)
    each = [activation_statistics(n, X) for n in in_training(e, part(data, samples))]
    mean, std = (plain([getattr(s, key)[:-1, 0] for s in each]) for key in ("mean", "std"))
    return {"depth": depth, "mean": mean, "std": std}


def way_out(top: np.ndarray) -> np.ndarray:
    """When a top layer that had fallen to 0 came back, inf where never.

    top: its mean activation, (networks, epochs + 1).
    """
    fallen = first_epoch(top < LOW)
    epochs = np.arange(top.shape[1])
    return first_epoch((top >= LOW) & (epochs > fallen[:, np.newaxis]))


def while_fallen(means: np.ndarray) -> np.ndarray:
    """Every layer's mean activation halfway to the way out, (networks, layers); 0 for NaN."""
    out = np.minimum(way_out(means[..., -1]), means.shape[1] - 1)
    return np.nan_to_num(means[np.arange(len(means)), (out // 2).astype(int)])


def conclude_figure_2(measured: list[Measured]) -> Verdict:
    means = {depth: table(measured, "mean", depth=depth) for depth in (4, 5)}
    fell = [(m[:, 1:, -1] < LOW).any(axis=1) for m in means.values()]
    fallen = proportion_interval(np.concatenate(fell))
    lower = [median_interval(layer) for layer in while_fallen(means[4])[:, :-1].T]
    out = {depth: way_out(m[..., -1]) for depth, m in means.items()}
    when = {depth: median_interval(epochs) for depth, epochs in out.items()}
    never = proportion_interval(np.isinf(out[5]))
    watched = means[5].shape[1] - 1

    collapses = fallen.value > 0.9
    low = [number for number, layer in enumerate(lower, start=1) if layer.low <= 0.5]
    escapes = np.isfinite(when[4].value)
    stays = never.low > 0.5
    return Verdict(
        f"the top layer's mean falls below {LOW} in {between(fallen, '.0%')} of the networks; then "
        f"the layers below, from the first, are at "
        f"{', '.join(between(layer, '.2f') for layer in lower)}; with 4 layers the top comes back "
        f"at epoch {or_never(when[4])}, with 5 at epoch {or_never(when[5])}, and in "
        f"{between(never, '.0%')} of those not within {watched}",
        "yes" if collapses and not low and escapes and stays else "partly" if collapses else "no",
        _why_figure_2(collapses, low, when[4].value, when[5].value, watched),
    )


def _why_figure_2(collapses: bool, low: list[int], four: float, five: float, watched: int) -> str:
    """low: the layers below the top one that are not clearly above 0.5."""
    if not collapses:
        return "the top layer does not saturate here"
    text = "the top layer saturates, as the paper says"
    if low:
        text += f", but layer {' and '.join(map(str, low))} is not clearly above 0.5"
    if not np.isfinite(four):
        return f"{text}; and with 4 layers it does not come back while we watch"
    if not np.isfinite(five):
        return f"{text}; with 5 layers most stay there for as long as we watched, {watched} epochs"
    return (
        f"{text}; and most of the 5-layer networks come out as well, after {five / four:.1f} times "
        "as many epochs as those of 4. By that measure the paper, whose 4 layers took about 100, "
        f"would have had to watch 5 layers for about {float(f'{100 * five / four:.1g}'):.0f}: its "
        "never may be a matter of patience"
    )


def draw_figure_2(measured: list[Measured]) -> Figure:
    """One network's layers, the top one orange; pale, the top layers of all the others."""
    figure, both = panels(["4 hidden layers", "5 hidden layers"])
    for axes, depth in zip(both, (4, 5), strict=True):
        means, stds = (table(measured, key, depth=depth) for key in ("mean", "std"))
        epochs, colors = np.arange(means.shape[1]), [*[BLUE] * (depth - 1), ORANGE]
        axes.plot(epochs, means[1:, :, -1].T, color=ORANGE, lw=0.6, alpha=0.35)
        top, spread = means[0, :, -1], stds[0, :, -1]
        axes.fill_between(epochs, top - spread, top + spread, color=ORANGE, alpha=0.15, lw=0)
        for mean, color in zip(means[0].T, colors, strict=True):
            axes.plot(epochs, mean, color=color, lw=1.4)
        axes.set_xlim(0, epochs[-1])
        name_layers(axes, epochs[-1], means[0, -1], colors)
    both[0].set_ylabel("mean activation, top ± std")
    return figure


# Figure 3: tanh and softsign networks.

MANY = 0.05  # of its answers make a layer count as saturated; the paper tells that by eye


def figure_3_jobs(full: bool) -> list[Job]:
    wide, epochs = (1000, 60) if full else (200, 10)
    settings = (
        {"setting": "wide", "activation": "tanh", "inputs": 1.0, "units": wide},
        {"setting": "wide", "activation": "softsign", "inputs": 1.0, "units": wide},
        {"setting": "quiet", "activation": "tanh", "inputs": QUIET, "units": wide},
        {"setting": "narrow", "activation": "tanh", "inputs": 1.0, "units": 100},
    )
    rest = {"learning_rate": 0.1, "epochs": epochs}
    return [{**setting, **rest, "seed": seed} for setting in settings for seed in range(6)]


def figure_3(
    setting: str, activation: str, inputs: float, units: int, samples: int | None = None, **training
) -> Measured:
    """What the hidden layers answer to 300 test images, each (epochs + 1, layers):

    the 98th percentile, the standard deviation, and the share that is saturated (the slope is less
    than a tenth of its largest). A percentile that overflows is 1, where these functions end.
    """
    data = part("mnist5k", samples)
    data = replace(data, X=inputs * data.X)
    X = inputs * unseen(data.name, PROBE)[0]
    e = experiment(data.name, (units,) * DEPTH, activation, "standard", restarts=1, **training)
    percentiles, stds, saturated = [], [], []
    for network in in_training(e, data):
        hidden = forward(network, X)[1:-1]
        percentiles.append(np.nan_to_num([np.percentile(a, 98) for a in hidden], nan=1.0))
        stds.append(activation_statistics(network, X).std[:-1, 0])
        saturated.append(saturation(network, X)[:, 0])
    numbers = {"percentile": percentiles, "std": stds, "saturated": saturated}
    shown = {key: plain(values) for key, values in numbers.items()}
    return {"setting": setting, "activation": activation, **shown}


def saturation_epochs(measured: list[Measured], activation: str, setting: str) -> np.ndarray:
    """When the layers saturate, (networks, layers); inf where never."""
    shares = table(measured, "saturated", activation=activation, setting=setting)
    return first_epoch(shares.swapaxes(1, 2) >= MANY)


def at_the_end(measured: list[Measured], activation: str) -> list[Interval]:
    """The share of every layer that is saturated after the last epoch."""
    shares = table(measured, "saturated", activation=activation, setting="wide")
    return [median_interval(layer) for layer in shares[:, -1].T]


def in_order(epochs: np.ndarray) -> bool:
    """Whether the first layer saturates first, and none before the one below; of the medians."""
    middle = np.median(epochs, axis=0)
    return leads(epochs) and all(low <= high for low, high in pairwise(middle))


def leads(epochs: np.ndarray) -> bool:
    """Whether the first layer saturates before all others."""
    middle = np.median(epochs, axis=0)
    return bool(middle[0] < middle[1:].min())


def conclude_figure_3(measured: list[Measured]) -> Verdict:
    when = {a: saturation_epochs(measured, a, "wide") for a in ("tanh", "softsign")}
    share = {a: at_the_end(measured, a) for a in when}
    watched = table(measured, "saturated", setting="wide").shape[1] - 1
    spread = {a: np.ptp(np.minimum(e, watched + 1), axis=1) for a, e in when.items()}

    pairs = zip(share["softsign"], share["tanh"], strict=True)
    less = all(soft.high < tanh.low for soft, tanh in pairs)
    together = bool(np.median(spread["softsign"]) < np.median(spread["tanh"]))
    claims = in_order(when["tanh"]), less, together
    return Verdict(
        "; ".join(
            f"{a}: layers 1 to {DEPTH} count as saturated from epoch {_epochs_of_layers(when[a])}; "
            f"after epoch {watched}, {', '.join(between(i, '.0%') for i in share[a])} of them are"
            for a in when
        ),
        "yes" if all(claims) else "partly" if any(claims) or leads(when["tanh"]) else "no",
        _why_figure_3(measured, *claims),
    )


def _epochs_of_layers(epochs: np.ndarray) -> str:
    return ", ".join(or_never(median_interval(layer)) for layer in epochs.T)


def _why_figure_3(measured: list[Measured], order: bool, less: bool, together: bool) -> str:
    settings = "wide", "quiet", "narrow"
    wide, quiet, narrow = (saturation_epochs(measured, "tanh", s) for s in settings)
    text = "the tanh layers saturate from the first one up"
    if not order:
        text = "the first tanh layer is the first to saturate, but the others do not follow in turn"
    if not leads(wide):
        text = "the first tanh layer does not lead"
    return (
        f"{text}; softsign saturates {'less in every layer' if less else 'no less'}, "
        f"{'and its layers together' if together else 'but its layers are no more together'}. "
        f"With pixels {QUIET} times as large the first tanh layer "
        f"{'still leads' if leads(quiet) else 'leads no more'} (epochs "
        f"{_epochs_of_layers(quiet)}); in networks of 100 units the layers saturate "
        f"{'in turn as well' if in_order(narrow) else 'in another order'} (epochs "
        f"{_epochs_of_layers(narrow)})"
    )


def draw_figure_3(measured: list[Measured]) -> Figure:
    figure, both = panels(["tanh", "softsign"])
    for axes, activation in zip(both, ("tanh", "softsign"), strict=True):
        percentiles = table(measured, "percentile", activation=activation, setting="wide")
        lines, colors = np.median(percentiles, axis=0).T, [ORANGE, *[BLUE] * (DEPTH - 1)]
        for line, color in zip(lines, colors, strict=True):
            axes.plot(line, color=color, lw=1.3)
        axes.set_xlim(0, lines.shape[1] - 1)
        name_layers(axes, lines.shape[1] - 1, lines[:, -1], colors)
    both[0].set_ylabel("98th percentile of a layer")
    return figure


RESULTS = (
    Result(
        name="glorot-figure-2",
        title="Figure 2: sigmoid networks during training",
        paper=PAPER,
        says="with 4 hidden layers the activations of the top one soon fall to 0, where it is "
        "saturated; those of the layers below are above 0.5 on average, the less the nearer to the "
        "input; around epoch 100 the top layer comes back. With 5 it never does",
        setting="batches of 10, standard start, biases 0, softmax, as in the paper; 100 units in "
        "place of 1000, 500 of scikit-learn's digits in place of Shapeset, and a learning rate of "
        "1, with which it takes seconds (the paper names none); an epoch is 50 updates. 12 "
        "networks a depth; a top layer is back when its mean activation is at least "
        f"{LOW} again. With --full 1000 units, mnist5k, and a rate of 0.1",
        study=Study(figure_2_jobs, figure_2, conclude_figure_2, draw_figure_2),
    ),
    Result(
        name="glorot-figure-3",
        title="Figure 3: tanh and softsign networks during training",
        paper=PAPER,
        says="by the 98th percentile and the standard deviation of their activations, tanh layers "
        "saturate one after the other, the first layer first; softsign layers saturate less, and "
        "together",
        setting="5 hidden layers, standard start, batches of 10, as in the paper; 200 units in "
        "place of 1000, mnist5k in place of Shapeset, 10 epochs at the learning rate 0.1, which "
        "table 1 chooses for most rows. Saturated is an answer where the slope is less than a "
        f"tenth of its largest; a layer, when {MANY:.0%} of its answers are. 6 networks each. "
        "With --full 1000 units and 60 epochs",
        study=Study(figure_3_jobs, figure_3, conclude_figure_3, draw_figure_3),
    ),
)
