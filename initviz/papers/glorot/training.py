"""Figures 2 and 3 and table 1: deep networks during training and after it."""

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
from ...plots.charts import dots
from ...plots.curves import apart
from ...plots.style import BLUE, GREY, ORANGE
from ...training.experiment import Experiment
from ...training.run import PROBE
from ...training.train import train
from ...words.numbers import between, or_never
from ..jobs import crossed, part, plain, rows, table, unseen
from ..pictures import name, panels
from ..result import Claim, Job, Measured, Result, Study, Verdict, better, judged
from .before import DEPTH, PAPER, QUIET, SCHEMES


def experiment(data: str, layers: tuple, activation: str, scheme: str, **training) -> Experiment:
    """In batches of 10. scheme: a key of ``SCHEMES``; training: as ``Experiment`` takes it."""
    return Experiment(data, layers, activation, SCHEMES[scheme], batch_size=10, **training)


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


def medians(values: np.ndarray) -> list[Interval]:
    """Of every layer; values: (networks, layers)."""
    return [median_interval(layer) for layer in values.T]


def two_panels(names: list[str], label: str) -> tuple[Figure, list[Axes]]:
    """Pictures of what the layers do over the epochs, side by side, from 0 to 1."""
    margins = {"left": 0.085, "right": 0.965, "bottom": 0.19, "top": 0.85, "wspace": 0.2}
    figure, both = panels(names, (6, 2.2), dy=5, margins=margins)
    for axes in both:
        axes.set(xlabel="epoch", ylim=(0, 1.02))
    both[0].set_ylabel(label)
    return figure, both


def draw_layers(axes: Axes, lines: np.ndarray, colors: list[str], lw: float) -> None:
    """(layers, epochs + 1): a line each, its number at the end or as near as the others let it."""
    last = lines.shape[1] - 1
    for line, color in zip(lines, colors, strict=True):
        axes.plot(line, color=color, lw=lw)
    axes.set_xlim(0, last)
    places = apart(np.clip(np.nan_to_num(lines[:, -1]), 0, 1), gap=0.09, ceiling=1.0)
    for layer, (y, color) in enumerate(zip(places, colors, strict=True), start=1):
        name(axes, str(layer), (last, y), color, shift=(4, 0), fontweight="bold")


# Figure 2: sigmoid networks.

LOW = 0.05  # a layer of this mean or less is at the foot of the curve: the paper tells it by eye


def figure_2_jobs(full: bool) -> list[Job]:
    setting = {"data": "digits", "samples": 500, "units": 100, "learning_rate": 1.0}
    if full:
        setting = {"data": "mnist5k", "samples": None, "units": 1000, "learning_rate": 0.1}
    epochs = {4: 100, 5: 400}  # the fifth layer needs more patience
    jobs = crossed(setting, depth=epochs, seed=range(12))
    return [{**job, "epochs": epochs[job["depth"]]} for job in jobs]


def figure_2(depth: int, data: str, samples: int | None, units: int, **training) -> Measured:
    """Mean and std of every layer's activations on 300 test images, (epochs + 1, layers) each."""
    e = experiment(data, (units,) * depth, "sigmoid", "standard", restarts=1, **training)
    X, _ = unseen(data, PROBE)
    each = [activation_statistics(n, X) for n in in_training(e, part(data, samples))]
    mean, std = (plain([getattr(s, key)[:-1, 0] for s in each]) for key in ("mean", "std"))
    return {"depth": depth, "mean": mean, "std": std}


def way_out(top: np.ndarray) -> np.ndarray:
    """When top layers that had fallen to 0 came back, inf where never: (networks, epochs + 1)."""
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
    lower = medians(while_fallen(means[4])[:, :-1])
    out = {depth: way_out(m[..., -1]) for depth, m in means.items()}
    four, five = (median_interval(epochs) for epochs in out.values())
    never = proportion_interval(np.isinf(out[5]))
    watched = means[5].shape[1] - 1
    text = (
        f"the top layer's mean falls below {LOW} in {between(fallen, '.0%')} of the networks; then "
        f"the layers below, from the first, are at "
        f"{', '.join(between(layer, '.2f') for layer in lower)}; with 4 layers the top comes back "
        f"at epoch {or_never(four)}, with 5 at epoch {or_never(five)}, and in "
        f"{between(never, '.0%')} of those not within {watched}"
    )
    if fallen.value <= 0.9:
        return Verdict(text, "no", "the top layer does not saturate here")
    low = [str(number) for number, layer in enumerate(lower, start=1) if layer.low <= 0.5]
    right = not low and np.isfinite(four.value) and never.low > 0.5
    but = f", but layer {' and '.join(low)} is not clearly above 0.5" if low else ""
    why = f"the top layer saturates, as the paper says{but}; {_ways_out(four, five, watched)}"
    return Verdict(text, "yes" if right else "partly", why)


def _ways_out(four: Interval, five: Interval, watched: int) -> str:
    if not np.isfinite(four.value):
        return "and with 4 layers it does not come back while we watch"
    if not np.isfinite(five.value):
        return f"with 5 layers most stay there for as long as we watched, {watched} epochs"
    factor = five.value / four.value
    return (
        f"and most of the 5-layer networks come out as well, after {factor:.1f} times as many "
        "epochs as those of 4. By that measure the paper, whose 4 layers took about 100, would "
        f"have had to watch 5 layers for about {float(f'{100 * factor:.1g}'):.0f}: its never may "
        "be a matter of patience"
    )


def draw_figure_2(measured: list[Measured]) -> Figure:
    """One network's layers, the top one orange; pale, the top layers of all the others."""
    figure, both = two_panels(["4 hidden layers", "5 hidden layers"], "mean activation, top ± std")
    for axes, depth in zip(both, (4, 5), strict=True):
        means, stds = (table(measured, key, depth=depth) for key in ("mean", "std"))
        axes.plot(means[1:, :, -1].T, color=ORANGE, lw=0.6, alpha=0.35)
        top, spread = means[0, :, -1], stds[0, :, -1]
        epochs = np.arange(len(top))
        axes.fill_between(epochs, top - spread, top + spread, color=ORANGE, alpha=0.15, lw=0)
        draw_layers(axes, means[0].T, [*[BLUE] * (depth - 1), ORANGE], lw=1.4)
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
    shares = {a: table(measured, "saturated", activation=a, setting="wide")[:, -1] for a in when}
    share = {a: medians(each) for a, each in shares.items()}
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
    return ", ".join(map(or_never, medians(epochs)))


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
    activations = ["tanh", "softsign"]
    figure, both = two_panels(activations, "98th percentile of a layer")
    for axes, activation in zip(both, activations, strict=True):
        percentiles = table(measured, "percentile", activation=activation, setting="wide")
        colors = [ORANGE, *[BLUE] * (DEPTH - 1)]
        draw_layers(axes, np.median(percentiles, axis=0).T, colors, lw=1.3)
    return figure


# Table 1: what the starts mean for the test error of trained networks.

ROWS = {  # activation, scheme, learning rates, the paper's test error on MNIST in %
    "Softsign": ("softsign", "standard", (0.03, 0.1, 0.3), 1.64),
    "Softsign N": ("softsign", "normalised", (0.03, 0.1, 0.3), 1.72),
    "Tanh": ("tanh", "standard", (0.03, 0.1, 0.3), 1.76),
    "Tanh N": ("tanh", "normalised", (0.03, 0.1, 0.3), 1.64),
    "Sigmoid": ("sigmoid", "standard", (0.3, 1.0, 3.0), 2.21),
}
PAPERS = {row: error for row, (_, _, _, error) in ROWS.items()}
HELD_OUT = 750  # of the 3750 training images, on which the learning rate is chosen
PATIENCE = 4  # the sigmoid is trained for so many times the epochs, since it begins with a plateau


def table_1_jobs(full: bool) -> list[Job]:
    size = {"units": 1000, "restarts": 1} if full else {"units": 100, "restarts": 4}
    epochs = {row: 25 * (PATIENCE if row == "Sigmoid" else 1) for row in ROWS}
    return [
        {"row": row, "learning_rate": rate, "seed": seed, **size, "epochs": epochs[row]}
        for row, (_, _, rates, _) in ROWS.items()
        for rate in ((rates[0] / 10, rates[1] / 10, *rates) if full else rates)
        for seed in range(8 // size["restarts"])
    ]


def table_1(row: str, learning_rate: float, units: int, epochs: int, **training) -> Measured:
    """The errors after training, on the images held out and on the test images: (restarts,)."""
    activation, scheme, _, _ = ROWS[row]
    data = part("mnist5k", None)
    seen = replace(data, X=data.X[:-HELD_OUT], y=data.y[:-HELD_OUT])
    training |= {"learning_rate": learning_rate, "epochs": epochs}
    e = experiment(data.name, (units,) * DEPTH, activation, scheme, **training)
    network = train(e, seen).network_at(epochs)
    held_out = errors(network, data.X[-HELD_OUT:], data.y[-HELD_OUT:])
    test = errors(network, *unseen(data.name))
    return {"row": row, "learning_rate": learning_rate, "held_out": held_out, "test": test}


def errors(network: Network, X: np.ndarray, y: np.ndarray) -> list[float]:
    """The share of samples that each network gets wrong."""
    return plain((forward(network, X)[-1].argmax(axis=1) != y).mean(axis=1))


def chosen_rate(measured: list[Measured], row: str) -> float:
    """The learning rate with the lowest median error on the images held out."""
    rates = sorted({m["learning_rate"] for m in rows(measured, row=row)})
    held_out = [np.median(table(measured, "held_out", row=row, learning_rate=r)) for r in rates]
    return rates[int(np.argmin(held_out))]


def final_errors(measured: list[Measured], row: str) -> np.ndarray:
    """Of every network trained at the chosen rate, in %."""
    rate = chosen_rate(measured, row)
    return 100 * table(measured, "test", row=row, learning_rate=rate).ravel()


def conclude_table_1(measured: list[Measured]) -> Verdict:
    errors = {row: final_errors(measured, row) for row in ROWS}
    found = {row: median_interval(each) for row, each in errors.items()}
    order = sorted(ROWS, key=lambda row: found[row].value)
    *ours, sigmoid = (float(np.median(each)) for each in errors.values())
    *papers, papers_sigmoid = PAPERS.values()
    times = (
        f"with {sigmoid / min(ours):.1f} times the error of the best (the paper: "
        f"{papers_sigmoid / min(papers):.1f})"
    )
    last = Claim(
        all(better(errors[row], errors["Sigmoid"]) for row in list(ROWS)[:-1]),
        f"the sigmoid is last, {times}",
        f"the sigmoid is not surely last, {times}",
    )
    tanh = Claim(
        better(errors["Tanh N"], errors["Tanh"]),
        "that the normalised start helps tanh is seen",
        "that the normalised start helps tanh is not beyond chance",
    )
    helps = better(errors["Softsign N"], errors["Softsign"])
    softsign = Claim(
        better(errors["Softsign"], errors["Softsign N"]),
        "that it harms softsign, we see too",
        "with softsign it helps here, as on the paper's other three data sets"
        if helps
        else "that it harms softsign is not beyond chance",
    )
    rates = {row: f"{chosen_rate(measured, row):g}" for row in ROWS}
    above = {row: f"{found[row].value - found[order[0]].value:.1f}" for row in order[1:]}
    return judged(
        "test error at the rate chosen, from the best: "
        + ", ".join(f"{row} {between(found[row], '.1f')} % at {rates[row]}" for row in order)
        + "; points above the best: "
        + ", ".join(f"{row} {points}" for row, points in above.items()),
        *(last, tanh, softsign),
        more=f". The paper's other four rows lie within {max(papers) - min(papers):.2f} points, "
        f"ours within {max(ours) - min(ours):.1f}, and one of our 1250 test images is "
        f"{100 / 1250:.2f}: gaps as small as the paper's are beyond us",
    )


def draw_table_1(measured: list[Measured]) -> Figure:
    margins = {"left": 0.13, "right": 0.96, "bottom": 0.22, "top": 0.86, "wspace": 0.14}
    figure, both = panels(["The paper", "We"], (6, 2), dy=5, margins=margins)
    ours = {row: median_interval(final_errors(measured, row)) for row in ROWS}
    papers = {row: Interval(error, error, error) for row, error in PAPERS.items()}
    for axes, errors, color in zip(both, (papers, ours), (GREY, BLUE), strict=True):
        dots(axes, errors, dict.fromkeys(ROWS, color) | {"Sigmoid": ORANGE})
        axes.set(xlabel="test error, %", xlim=(0, 1.1 * axes.dataLim.x1))
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
    Result(
        name="glorot-table-1",
        title="Table 1: the test error on MNIST",
        paper=PAPER,
        says="with 5 hidden layers the test error in % is "
        + ", ".join(f"{row} {error}" for row, error in PAPERS.items())
        + " (N: normalised)",
        setting="batches of 10, learning rate chosen on images held out, as in the paper; 5000 "
        "images in place of 70000: 3000 to train, 750 to choose the rate (of three, a factor of "
        "about 3 apart), 1250 to test; 100 units in place of 1000; 25 epochs, for the sigmoid 100. "
        "8 networks a row and rate, all tested on the same images. One row is better than another "
        "where Mann & Whitney's test says so at 5 %. With --full 1000 units and five rates",
        study=Study(table_1_jobs, table_1, conclude_table_1, draw_table_1),
    ),
)
