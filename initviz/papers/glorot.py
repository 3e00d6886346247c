"""Glorot & Bengio 2010: what goes wrong in deep networks under the start of the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import inf, pi, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval, proportion_interval
from ..measure.jacobian import singular_values
from ..measure.layers import activation_statistics, gradient_statistics, saturation
from ..networks.activations import ACTIVATIONS
from ..networks.datasets import DATASETS, Dataset
from ..networks.network import Network, backpropagated, forward, init_network, weighted_sums
from ..plots.charts import dots
from ..plots.curves import apart
from ..plots.style import BLUE, GREY, ORANGE, heading
from ..training.experiment import Experiment
from ..training.run import PROBE
from ..training.train import train
from ..words.numbers import power_of_ten
from .chance import better
from .result import Job, Measured, Paper, Result, Verdict
from .wording import between, or_never

PAPER = Paper(
    "Glorot & Bengio 2010",
    "Understanding the difficulty of training deep feedforward neural networks",
    "https://proceedings.mlr.press/v9/glorot10a.html",
)
SCHEMES = {"standard": "pytorch_default", "normalised": "glorot_uniform"}
DEPTH = 5  # hidden layers
BATCH = 10
QUIET = 0.3  # a control: the same images, their pixels multiplied by this


# Networks in training.


def part(name: str, samples: int | None) -> Dataset:
    """The first training images of a data set, without its test part: None takes them all."""
    data = DATASETS[name]
    return Dataset(name, data.X[:samples], data.y[:samples], data.task)


def in_training(experiment: Experiment, data: Dataset, epochs: int) -> Iterator[Network]:
    """The network before training, and after each of ``epochs`` epochs.

    Every epoch is a run of its own, on from where the last one ended: a single run would not keep
    the weights of all epochs of a wide network. Its seed decides about the batches alone.
    """
    run = train(replace(experiment, epochs=1), data)
    yield run.network_at(0)
    for epoch in range(1, epochs):
        yield run.network_at(1)
        seed = experiment.seed + 1000 * epoch  # no other job's: their seeds are below 1000
        run = train(replace(experiment, epochs=1, seed=seed), data, network=run.network_at(1))
    yield run.network_at(1)


def plain(values) -> list:
    """An array as nested lists for JSON, None in place of what is not a finite number."""
    values = np.asarray(values, float)
    return np.where(np.isfinite(values), values, None).tolist()


def table(measured: list[Measured], key: str, **settings) -> np.ndarray:
    """What the jobs with these settings measured under ``key``: (jobs, …), NaN for None."""
    rows = [m[key] for m in measured if all(m[name] == s for name, s in settings.items())]
    return np.array(rows, float)


def first_epoch(there: np.ndarray) -> np.ndarray:
    """(…, epochs) bool to (…): the first epoch at which it is true, inf where never."""
    return np.where(there.any(axis=-1), there.argmax(axis=-1), inf)


def name_layers(axes: Axes, x: float, heights: np.ndarray, colors: list[str]) -> None:
    """The number of every layer at the end of its line, or as near as the others let it."""
    heights = np.clip(np.nan_to_num(heights), 0, 1) + 1e-9 * np.arange(len(heights))  # all differ
    gap, ceiling = 0.09, 1.0
    up, down = np.array(apart(heights, gap, ceiling)), np.array(apart(1 - heights, gap, ceiling))
    for layer, (height, color) in enumerate(zip((up + 1 - down) / 2, colors, strict=True), start=1):
        axes.annotate(
            str(layer),
            (x, height),
            (4, 0),
            textcoords="offset points",
            va="center",
            color=color,
            fontweight="bold",
        )


def panels(names: list[str]) -> tuple[Figure, list[Axes]]:
    """Two pictures of what the layers do over the epochs, side by side, from 0 to 1."""
    figure = Figure(figsize=(6, 2.2))
    figure.subplots_adjust(left=0.085, right=0.965, bottom=0.19, top=0.85, wspace=0.2)
    both = figure.subplots(1, 2, sharey=True)
    for axes, name in zip(both, names, strict=True):
        heading(axes, name, dy=5)
        axes.set(xlabel="epoch", ylim=(0, 1.02))
    return figure, list(both)


# Figure 2: sigmoid networks during training.

LOW = 0.05  # below this mean a layer has switched itself off: under a fifth of its slope is left


def figure_2_jobs(full: bool) -> list[Job]:
    setting = {"data": "digits", "samples": 500, "units": 100, "learning_rate": 1.0}
    if full:
        setting = {"data": "mnist5k", "samples": None, "units": 1000, "learning_rate": 0.1}
    epochs = {4: 100, 5: 400}  # the fifth layer needs more patience
    return [
        {"depth": depth, "epochs": epochs[depth], "seed": seed, **setting}
        for depth in epochs
        for seed in range(12)
    ]


def figure_2(
    depth: int,
    epochs: int,
    seed: int,
    data: str,
    samples: int | None,
    units: int,
    learning_rate: float,
) -> Measured:
    """Mean and standard deviation of every hidden layer's activations on 300 test images,
    each (epochs + 1, layers)."""
    X = DATASETS[data].X_test[:PROBE]
    experiment = Experiment(
        data,
        (units,) * depth,
        "sigmoid",
        SCHEMES["standard"],
        learning_rate=learning_rate,
        batch_size=BATCH,
        restarts=1,
        seed=seed,
    )
    networks = in_training(experiment, part(data, samples), epochs)
    each = [activation_statistics(network, X) for network in networks]
    return {
        "depth": depth,
        "mean": plain([s.mean[:-1, 0] for s in each]),
        "std": plain([s.std[:-1, 0] for s in each]),
    }


def way_out(top: np.ndarray) -> np.ndarray:
    """When a top layer that had switched itself off came back, inf where never.

    top: its mean activation, (networks, epochs + 1).
    """
    off = first_epoch(top < LOW)
    epochs = np.arange(top.shape[1])
    return first_epoch((top >= LOW) & (epochs > off[:, np.newaxis]))


def while_off(means: np.ndarray) -> np.ndarray:
    """Every layer's mean activation halfway to the way out, (networks, layers); 0 for NaN."""
    out = np.minimum(way_out(means[..., -1]), means.shape[1] - 1)
    return np.nan_to_num(means[np.arange(len(means)), (out // 2).astype(int)])


def conclude_figure_2(measured: list[Measured]) -> Verdict:
    means = {depth: table(measured, "mean", depth=depth) for depth in (4, 5)}
    off = proportion_interval(
        np.concatenate([(m[:, 1:, -1] < LOW).any(axis=1) for m in means.values()])
    )
    lower = [median_interval(layer) for layer in while_off(means[4])[:, :-1].T]
    out = {depth: way_out(m[..., -1]) for depth, m in means.items()}
    when = {depth: median_interval(epochs) for depth, epochs in out.items()}
    never = proportion_interval(np.isinf(out[5]))
    watched = means[5].shape[1] - 1

    collapses = off.value > 0.9
    low = [number for number, layer in enumerate(lower, start=1) if layer.low <= 0.5]
    escapes = np.isfinite(when[4].value)
    stays = never.low > 0.5
    return Verdict(
        f"the top layer's mean falls below {LOW} in {between(off, '.0%')} of the networks; then "
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
        return "the top layer does not switch itself off here"
    text = "the top layer is silenced, as the paper says"
    if low:
        text += f", but layer {' and '.join(map(str, low))} is not clearly above 0.5"
    if not np.isfinite(four):
        return f"{text}; and with 4 layers it does not come back while we watch"
    if not np.isfinite(five):
        return f"{text}; with 5 layers most are off for as long as we watched, {watched} epochs"
    return (
        f"{text}; and most of the 5-layer networks come out as well, after {five / four:.1f} times "
        "as many epochs as those of 4. By that measure the paper, whose 4 layers took about 100, "
        f"would have had to watch 5 layers for about {_rounded(100 * five / four)}: its never may "
        "be a matter of patience"
    )


def _rounded(epochs: float) -> str:
    return f"{float(f'{epochs:.1g}'):.0f}"


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


# Figure 3: tanh and softsign networks during training.

SATURATED = 0.05  # a layer counts as saturated when this share of its answers is


def figure_3_jobs(full: bool) -> list[Job]:
    wide, epochs = (1000, 60) if full else (200, 10)
    settings = (
        {"setting": "wide", "activation": "tanh", "inputs": 1.0, "units": wide},
        {"setting": "wide", "activation": "softsign", "inputs": 1.0, "units": wide},
        {"setting": "quiet", "activation": "tanh", "inputs": QUIET, "units": wide},
        {"setting": "narrow", "activation": "tanh", "inputs": 1.0, "units": 100},
    )
    return [
        {**setting, "learning_rate": 0.1, "epochs": epochs, "seed": seed}
        for setting in settings
        for seed in range(6)
    ]


def figure_3(
    setting: str,
    activation: str,
    inputs: float,
    seed: int,
    units: int,
    learning_rate: float,
    epochs: int,
    samples: int | None = None,
) -> Measured:
    """What the hidden layers answer to 300 test images, each (epochs + 1, layers):

    the 98th percentile, the standard deviation, and the share that is saturated (the slope is less
    than a tenth of its largest). A percentile that overflows is 1, where these functions end.
    """
    data = part("mnist5k", samples)
    data = replace(data, X=inputs * data.X)
    X = inputs * DATASETS[data.name].X_test[:PROBE]
    experiment = Experiment(
        data.name,
        (units,) * DEPTH,
        activation,
        SCHEMES["standard"],
        learning_rate=learning_rate,
        batch_size=BATCH,
        restarts=1,
        seed=seed,
    )
    percentiles, stds, saturated = [], [], []
    for network in in_training(experiment, data, epochs):
        hidden = forward(network, X)[1:-1]
        percentiles.append(np.nan_to_num([np.percentile(a, 98) for a in hidden], nan=1.0))
        stds.append(activation_statistics(network, X).std[:-1, 0])
        saturated.append(saturation(network, X)[:, 0])
    return {
        "setting": setting,
        "activation": activation,
        "percentile": plain(percentiles),
        "std": plain(stds),
        "saturated": plain(saturated),
    }


def saturation_epochs(measured: list[Measured], activation: str, setting: str) -> np.ndarray:
    """When the layers saturate, (networks, layers); inf where never."""
    shares = table(measured, "saturated", activation=activation, setting=setting)
    return first_epoch(shares.swapaxes(1, 2) >= SATURATED)


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
    apart_by = {
        a: median_interval(np.ptp(np.minimum(e, watched + 1), axis=1)) for a, e in when.items()
    }

    pairs = zip(share["softsign"], share["tanh"], strict=True)
    less = all(soft.high < tanh.low for soft, tanh in pairs)
    together = apart_by["softsign"].value < apart_by["tanh"].value
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
    wide, quiet, narrow = (
        saturation_epochs(measured, "tanh", setting) for setting in ("wide", "quiet", "narrow")
    )
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
        rows = table(measured, "percentile", activation=activation, setting="wide")
        lines, colors = np.median(rows, axis=0).T, [ORANGE, *[BLUE] * (DEPTH - 1)]
        for line, color in zip(lines, colors, strict=True):
            axes.plot(line, color=color, lw=1.3)
        axes.set_xlim(0, lines.shape[1] - 1)
        name_layers(axes, lines.shape[1] - 1, lines[:, -1], colors)
    both[0].set_ylabel("98th percentile of a layer")
    return figure


# Before training: figures 6 to 8 and the Jacobians. 300 images go through networks of tanh.

STARTS = (("standard", 1.0), ("normalised", 1.0), ("normalised", QUIET))  # and size of the inputs
ALIKE = 0.5  # layers are alike when the smallest size is at least so much of the largest


def start_jobs(full: bool) -> list[Job]:
    return [
        {"scheme": scheme, "inputs": inputs, "seed": seed, "units": 1000}
        for scheme, inputs in STARTS
        for seed in range(8)
    ]


def start(scheme: str, inputs: float, seed: int, units: int) -> tuple[Network, np.ndarray]:
    """A network before training, and images for it."""
    X = inputs * DATASETS["mnist5k"].X_test[:PROBE]
    layers = (X.shape[1], *(units,) * DEPTH, 10)
    return init_network(layers, "tanh", SCHEMES[scheme], seed=seed, dtype="float32"), X


def figure_6(scheme: str, inputs: float, seed: int, units: int) -> Measured:
    """The standard deviation of the activations of every hidden layer."""
    network, X = start(scheme, inputs, seed, units)
    std = activation_statistics(network, X).std[:-1, 0]
    return {"scheme": scheme, "inputs": inputs, "std": plain(std)}


def figure_7(scheme: str, inputs: float, seed: int, units: int) -> Measured:
    """The standard deviation of d loss / d z in every hidden layer."""
    network, X = start(scheme, inputs, seed, units)
    y = DATASETS["mnist5k"].y_test[:PROBE]
    deltas = backpropagated(network, X, y, "softmax_cross_entropy")[1]
    std = [delta.std(dtype=float) for delta in deltas[:-1]]
    return {"scheme": scheme, "inputs": inputs, "std": plain(std)}


def figure_8(scheme: str, inputs: float, seed: int, units: int) -> Measured:
    """The standard deviation of d loss / d weight in every hidden layer."""
    network, X = start(scheme, inputs, seed, units)
    y = DATASETS["mnist5k"].y_test[:PROBE]
    std = gradient_statistics(network, X, y, "softmax_cross_entropy").std[:-1, 0]
    return {"scheme": scheme, "inputs": inputs, "std": plain(std)}


def jacobian(scheme: str, inputs: float, seed: int, units: int) -> Measured:
    """The average singular value of diag(f'(z)) W, of every hidden layer but the first, which is
    no square; and what theory says of a Gaussian W if all slopes have their root mean square.

    One image a seed.
    """
    network, X = start(scheme, inputs, seed, units)
    zs = weighted_sums(network, X[seed : seed + 1])[0][1:-1]
    slopes = [ACTIVATIONS["tanh"].derivative(z) for z in zs]
    weights = network.weights[1:-1]
    pairs = zip(slopes, weights, strict=True)
    measured = [singular_values(slope * W).mean() for slope, W in pairs]
    sigmas = [sqrt(units) * W.std() for W in weights]
    theory = [
        8 / (3 * pi) * sigma * sqrt((slope**2).mean())
        for sigma, slope in zip(sigmas, slopes, strict=True)
    ]
    return {
        "scheme": scheme,
        "inputs": inputs,
        "singular": plain(measured),
        "theory": plain(theory),
    }


def left_at_the_end(
    measured: list[Measured], first: int, last: int
) -> dict[tuple[str, float], Interval]:
    """The size in one layer over that in another, for every start."""
    stds = {s: table(measured, "std", scheme=s[0], inputs=s[1]) for s in STARTS}
    return {s: median_interval(std[:, last] / std[:, first]) for s, std in stds.items()}


def judged(left: dict[tuple[str, float], Interval]) -> str:
    """Whether one start shrinks and the other does not."""
    standard, normalised, _ = left.values()
    if standard.high < ALIKE / 2 and normalised.low > ALIKE:
        return "yes"
    return "partly" if normalised.low > 2 * standard.high else "no"


def why_shrinking(left: dict[tuple[str, float], Interval]) -> str:
    """What the standard start loses a layer, and what tanh takes besides."""
    standard, normalised, quiet = left.values()
    if normalised.low <= 2 * standard.high:
        return "the normalised start keeps hardly more than the standard one"
    bend = "tanh" if quiet.low > normalised.high else "more than tanh"
    return (
        f"a layer multiplies by √⅓ = {sqrt(1 / 3):.2f} under the standard start, and here by "
        f"{standard.value ** (1 / (DEPTH - 1)):.2f}; the normalised one gives back that factor. "
        f"What is lost there is lost to {bend}: with pixels {QUIET} times as large, nearer to its "
        f"straight middle, {between(quiet, '.0%')} is left"
    )


def conclude_figure_6(measured: list[Measured]) -> Verdict:
    left = left_at_the_end(measured, 0, -1)
    return Verdict(
        f"of layer 1's spread, layer {DEPTH} has {_both(left, '.0%')}",
        judged(left),
        why_shrinking(left),
    )


def conclude_figure_7(measured: list[Measured]) -> Verdict:
    left = left_at_the_end(measured, -1, 0)
    verdict = judged(left)
    rest = "; so the normalised gradient shrinks as well, only less" if verdict == "partly" else ""
    return Verdict(
        f"of the gradient in layer {DEPTH}, layer 1 gets {_both(left, '.0%')}",
        verdict,
        why_shrinking(left) + rest,
    )


def _both(found: dict[tuple[str, float], Interval], form: str) -> str:
    """The numbers of the two starts on the images as they are."""
    return ", ".join(f"{between(found[name, 1.0], form)} ({name})" for name in SCHEMES)


def conclude_figure_8(measured: list[Measured]) -> Verdict:
    stds = {s: table(measured, "std", scheme=s[0], inputs=s[1]) for s in STARTS}
    uneven = {s: median_interval(std.max(axis=1) / std.min(axis=1)) for s, std in stds.items()}
    standard, normalised, _ = (std.mean(axis=1) for std in stds.values())
    larger = median_interval(normalised / standard)
    even = {name: uneven[name, 1.0].high < 1 / ALIKE for name in SCHEMES}
    why = (
        "on the way down the gradient loses what the signal loses on the way up, and their product "
        f"is the same in all layers. So it does not show that the signal dies; its size does: it "
        f"is {between(larger, '.0f')} times as large under the normalised start"
    )
    return Verdict(
        f"the largest layer has {_both(uneven, '.2f')} times the smallest",
        "yes" if all(even.values()) else "partly" if any(even.values()) else "no",
        why if even["standard"] else "under the standard start the layers differ",
    )


CLAIMED = {"standard": 0.5, "normalised": 0.8}  # average singular values


def conclude_jacobian(measured: list[Measured]) -> Verdict:
    found, theory = (
        {
            s: median_interval(table(measured, key, scheme=s[0], inputs=s[1]).mean(axis=1))
            for s in STARTS
        }
        for key in ("singular", "theory")
    )
    as_claimed = {name: _rounds_to(found[name, 1.0], CLAIMED[name]) for name in SCHEMES}
    normalised, quiet = found["normalised", 1.0], found["normalised", QUIET]
    depends = "depends" if quiet.low > normalised.high else "hardly depends"
    why = (
        f"theory, 8/(3π) · σ_w · rms slope, says {theory['standard', 1.0].value:.2f} and "
        f"{theory['normalised', 1.0].value:.2f}; without any bend it would be "
        f"{8 / (3 * pi) / sqrt(3):.2f} and {8 / (3 * pi):.2f}, which is as far as it can get. "
        f"The number {depends} on the size of the inputs, and so on the data: with pixels {QUIET} "
        f"times as large the normalised start has {between(quiet, '.2f')}"
    )
    return Verdict(
        f"average singular value {_both(found, '.2f')}",
        "yes" if all(as_claimed.values()) else "partly" if any(as_claimed.values()) else "no",
        why,
    )


def _rounds_to(found: Interval, claimed: float) -> bool:
    """Whether the whole interval is, to one digit, what the paper says."""
    return claimed - 0.05 <= found.low and found.high < claimed + 0.05


def draw_by_layer(measured: list[Measured], title: str, scale: str) -> Figure:
    """A thin line for every network, the two starts named at their end."""
    figure = Figure(figsize=(5, 2.2))
    figure.subplots_adjust(left=0.12, right=0.83, bottom=0.19, top=0.86)
    axes, layers = figure.subplots(), np.arange(1, DEPTH + 1)
    axes.set(xlabel="layer", xticks=layers)
    sizes = [table(measured, "std", scheme=name, inputs=1.0) for name in SCHEMES]
    if scale == "log":
        low, high = np.log10(np.min(sizes)), np.log10(np.max(sizes))
        decades = np.arange(np.floor(low), np.ceil(high) + 1)
        axes.set(yscale="log", ylim=(10.0 ** decades[0], 10.0 ** decades[-1]))
        axes.set_yticks(10.0**decades, [power_of_ten(int(p)) for p in decades])
        axes.minorticks_off()
    else:
        axes.set_ylim(0, 1.1 * np.max(sizes))
    for rows, color in zip(sizes, (GREY, BLUE), strict=True):
        axes.plot(layers, rows.T, color=color, lw=0.8, alpha=0.5)
    ends = axes.transData.transform([(DEPTH, rows[:, -1].mean()) for rows in sizes])
    heights = apart(axes.transAxes.inverted().transform(ends)[:, 1], gap=0.12, ceiling=1.0)
    for name, height, color in zip(SCHEMES, heights, (GREY, BLUE), strict=True):
        axes.annotate(name, (1, height), xycoords="axes fraction", va="center", color=color)
    heading(axes, title, dy=6)
    return figure


def draw_figure_6(measured: list[Measured]) -> Figure:
    return draw_by_layer(measured, "Standard deviation of the activations", "linear")


def draw_figure_7(measured: list[Measured]) -> Figure:
    return draw_by_layer(measured, "Standard deviation of the gradient ∂loss/∂z", "log")


def draw_figure_8(measured: list[Measured]) -> Figure:
    return draw_by_layer(measured, "Standard deviation of the weights' gradients", "log")


def draw_jacobian(measured: list[Measured]) -> Figure:
    figure = Figure(figsize=(5, 1.8))
    figure.subplots_adjust(left=0.26, right=0.97, bottom=0.25, top=0.84)
    axes = figure.subplots()
    names = {
        ("standard", 1.0): "standard",
        ("normalised", 1.0): "normalised",
        ("normalised", QUIET): f"normalised, × {QUIET}",
    }
    rows = {
        name: table(measured, "singular", scheme=s[0], inputs=s[1]).mean(axis=1)
        for s, name in names.items()
    }
    dots(axes, {name: median_interval(row) for name, row in rows.items()}, {"standard": GREY})
    for name, y in (("standard", 2), ("normalised", 1)):
        axes.plot([CLAIMED[name]], [y], "|", color=ORANGE, ms=11, mew=1.6)
    axes.annotate(
        "the paper",
        (CLAIMED["normalised"], 1),
        (6, 0),
        textcoords="offset points",
        color=ORANGE,
        va="center",
    )
    axes.set(xlim=(0, 1), xlabel="average singular value of layers 2 to 5")
    heading(axes, "How much a layer stretches", dy=5)
    return figure


# Table 1: what it means for the test error.

ROWS = {  # activation, scheme, learning rates, the paper's test error on MNIST in %
    "Softsign": ("softsign", "standard", (0.03, 0.1, 0.3), 1.64),
    "Softsign N": ("softsign", "normalised", (0.03, 0.1, 0.3), 1.72),
    "Tanh": ("tanh", "standard", (0.03, 0.1, 0.3), 1.76),
    "Tanh N": ("tanh", "normalised", (0.03, 0.1, 0.3), 1.64),
    "Sigmoid": ("sigmoid", "standard", (0.3, 1.0, 3.0), 2.21),
}
HELD_OUT = 750  # of the 3750 training images, on which the learning rate is chosen
PATIENCE = 4  # the sigmoid is trained for so many times the epochs, since it begins with a plateau


def table_1_jobs(full: bool) -> list[Job]:
    size = {"units": 1000, "restarts": 1} if full else {"units": 100, "restarts": 4}
    return [
        {
            "row": row,
            "learning_rate": rate,
            "seed": seed,
            **size,
            "epochs": 25 * (PATIENCE if row == "Sigmoid" else 1),
        }
        for row, (_, _, rates, _) in ROWS.items()
        for rate in ((rates[0] / 10, rates[1] / 10, *rates) if full else rates)
        for seed in range(8 // size["restarts"])
    ]


def table_1(
    row: str, learning_rate: float, seed: int, units: int, restarts: int, epochs: int
) -> Measured:
    """The errors after training, on the images held out and on the test images: (restarts,)."""
    activation, scheme, _, _ = ROWS[row]
    data = DATASETS["mnist5k"]
    seen = Dataset(data.name, data.X[:-HELD_OUT], data.y[:-HELD_OUT], data.task)
    run = train(
        Experiment(
            data.name,
            (units,) * DEPTH,
            activation,
            SCHEMES[scheme],
            learning_rate=learning_rate,
            batch_size=BATCH,
            epochs=epochs,
            restarts=restarts,
            seed=seed,
        ),
        seen,
    )
    network = run.network_at(epochs)
    return {
        "row": row,
        "learning_rate": learning_rate,
        "held_out": errors(network, data.X[-HELD_OUT:], data.y[-HELD_OUT:]),
        "test": errors(network, data.X_test, data.y_test),
    }


def errors(network: Network, X: np.ndarray, y: np.ndarray) -> list[float]:
    """The share of samples that each network gets wrong."""
    return plain((forward(network, X)[-1].argmax(axis=1) != y).mean(axis=1))


def chosen_rate(measured: list[Measured], row: str) -> float:
    """The learning rate with the lowest median error on the images held out."""
    rates = {m["learning_rate"] for m in measured if m["row"] == row}
    held_out = {r: table(measured, "held_out", row=row, learning_rate=r) for r in sorted(rates)}
    return min(held_out, key=lambda rate: np.median(held_out[rate]))


def final_errors(measured: list[Measured], row: str) -> np.ndarray:
    """Of every network trained at the chosen rate, in %."""
    rate = chosen_rate(measured, row)
    return 100 * table(measured, "test", row=row, learning_rate=rate).ravel()


def conclude_table_1(measured: list[Measured]) -> Verdict:
    rates = {row: chosen_rate(measured, row) for row in ROWS}
    errors = {row: final_errors(measured, row) for row in ROWS}
    found = {row: median_interval(each) for row, each in errors.items()}
    order = sorted(ROWS, key=lambda row: found[row].value)
    best = found[order[0]].value
    last = all(better(errors[row], errors["Sigmoid"]) for row in list(ROWS)[:-1])
    tanh = better(errors["Tanh N"], errors["Tanh"])
    softsign = better(errors["Softsign"], errors["Softsign N"])
    return Verdict(
        "test error at the rate chosen, from the best: "
        + ", ".join(f"{row} {between(found[row], '.1f')} % at {rates[row]:g}" for row in order)
        + "; points above the best: "
        + ", ".join(f"{row} {found[row].value - best:.1f}" for row in order[1:]),
        "yes" if last and tanh and softsign else "partly" if last or tanh or softsign else "no",
        _why_table_1(last, tanh, softsign, errors),
    )


def _why_table_1(last: bool, tanh: bool, softsign: bool, errors: dict[str, np.ndarray]) -> str:
    found = {row: np.median(each) for row, each in errors.items()}
    others = [found[row] for row in list(ROWS)[:-1]]
    paper = [error for _, _, _, error in ROWS.values()]
    if softsign:
        harm = "that it harms softsign, we see too"
    elif better(errors["Softsign N"], errors["Softsign"]):
        harm = "with softsign it helps here, as on the paper's other three data sets"
    else:
        harm = "that it harms softsign is not beyond chance"
    return (
        f"the sigmoid is {'last' if last else 'not surely last'}, with "
        f"{found['Sigmoid'] / min(others):.1f} times the error of the best (the paper: "
        f"{paper[-1] / min(paper):.1f}); that the normalised start helps tanh is "
        f"{'seen' if tanh else 'not beyond chance'}; {harm}. The paper's other four rows lie "
        f"within {max(paper[:-1]) - min(paper[:-1]):.2f} points, ours within "
        f"{max(others) - min(others):.1f}, and one of our 1250 test images is {100 / 1250:.2f}: "
        "gaps as small as the paper's are beyond us"
    )


def draw_table_1(measured: list[Measured]) -> Figure:
    figure = Figure(figsize=(6, 2))
    figure.subplots_adjust(left=0.13, right=0.96, bottom=0.22, top=0.86, wspace=0.14)
    left, right = figure.subplots(1, 2)
    colors = {"Sigmoid": ORANGE}
    paper = {row: Interval(e, e, e) for row, (_, _, _, e) in ROWS.items()}
    grey = {row: colors.get(row, GREY) for row in ROWS}
    dots(left, paper, grey)
    dots(right, {row: median_interval(final_errors(measured, row)) for row in ROWS}, colors)
    right.set_yticklabels([])
    for axes, name in ((left, "The paper"), (right, "We")):
        axes.set(xlabel="test error, %")
        axes.set_xlim(0, 1.1 * axes.dataLim.x1)
        heading(axes, name, dy=5)
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
        jobs=figure_2_jobs,
        measure=figure_2,
        conclude=conclude_figure_2,
        draw=draw_figure_2,
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
        f"tenth of its largest; a layer, when {SATURATED:.0%} of its answers are. 6 networks each. "
        "With --full 1000 units and 60 epochs",
        jobs=figure_3_jobs,
        measure=figure_3,
        conclude=conclude_figure_3,
        draw=draw_figure_3,
    ),
    Result(
        name="glorot-figure-6",
        title="Figure 6: the activations before training",
        paper=PAPER,
        says="standard start: each layer's activations are narrower than those of the layer below; "
        "normalised: they are alike in all layers",
        setting="5 hidden layers of 1000 tanh units, as in the paper; 300 images of MNIST in place "
        f"of Shapeset; 8 networks. Alike: the smaller is at least {ALIKE:.0%} of the larger",
        jobs=start_jobs,
        measure=figure_6,
        conclude=conclude_figure_6,
        draw=draw_figure_6,
    ),
    Result(
        name="glorot-figure-7",
        title="Figure 7: the back-propagated gradients before training",
        paper=PAPER,
        says="standard start: the gradient's variance gets smaller from layer to layer on its way "
        "back; normalised: no such decrease is seen",
        setting="as for figure 6",
        jobs=start_jobs,
        measure=figure_7,
        conclude=conclude_figure_7,
        draw=draw_figure_7,
    ),
    Result(
        name="glorot-figure-8",
        title="Figure 8: the weights' gradients before training",
        paper=PAPER,
        says="the gradients of the weights have about the same variance in all layers, even under "
        "the standard start, although the back-propagated ones shrink",
        setting=f"as for figure 6; about the same: the largest is less than {1 / ALIKE:g} times "
        "the smallest",
        jobs=start_jobs,
        measure=figure_8,
        conclude=conclude_figure_8,
        draw=draw_figure_8,
    ),
    Result(
        name="glorot-jacobian",
        title="The average singular value of a layer's Jacobian",
        paper=PAPER,
        says="it is around 0.8 with the normalised start and 0.5 with the standard one",
        setting="as for figure 6; the Jacobians of layers 2 to 5, whose matrices are square, at "
        "one image for each of 8 networks. The same is a number that rounds to the paper's",
        jobs=start_jobs,
        measure=jacobian,
        conclude=conclude_jacobian,
        draw=draw_jacobian,
    ),
    Result(
        name="glorot-table-1",
        title="Table 1: the test error on MNIST",
        paper=PAPER,
        says="with 5 hidden layers the test error in % is "
        + ", ".join(f"{row} {error}" for row, (_, _, _, error) in ROWS.items())
        + " (N: normalised)",
        setting="batches of 10, learning rate chosen on images held out, as in the paper; 5000 "
        "images in place of 70000: 3000 to train, 750 to choose the rate (of three, a factor of "
        "about 3 apart), 1250 to test; 100 units in place of 1000; 25 epochs, for the sigmoid 100. "
        "8 networks a row and rate, all tested on the same images. One row is better than another "
        "where Mann & Whitney's test says so at 5 %. With --full 1000 units and five rates",
        jobs=table_1_jobs,
        measure=table_1,
        conclude=conclude_table_1,
        draw=draw_table_1,
    ),
)
