"""Figures 6 to 8 and the Jacobians: deep tanh networks before training, seen at 300 images."""

from functools import partial
from math import pi, sqrt

import numpy as np
from matplotlib.figure import Figure

from ...measure.intervals import Interval, median_interval
from ...measure.jacobian import singular_values
from ...measure.layers import activation_statistics, gradient_statistics
from ...networks.activations import ACTIVATIONS
from ...networks.network import Network, backpropagated, init_network, weighted_sums
from ...plots.charts import dots
from ...plots.curves import apart
from ...plots.style import BLUE, GREY, ORANGE
from ...training.run import PROBE
from ...words.numbers import between, power_of_ten
from ..jobs import plain, table, unseen
from ..pictures import name, panels
from ..result import Job, Measured, Paper, Result, Study, Verdict, agreement

PAPER = Paper(
    "Glorot & Bengio 2010",
    "Understanding the difficulty of training deep feedforward neural networks",
    "https://proceedings.mlr.press/v9/glorot10a.html",
)
SCHEMES = {"standard": "pytorch_default", "normalised": "glorot_uniform"}
DEPTH = 5  # hidden layers
COLORS = {"standard": GREY, "normalised": BLUE}
QUIET = 0.3  # a control: the same images, their pixels multiplied by this

Start = tuple[str, float]  # a key of SCHEMES, and the size of the inputs
STARTS: tuple[Start, ...] = (("standard", 1.0), ("normalised", 1.0), ("normalised", QUIET))
ALIKE = 0.5  # layers are alike when the smallest size is at least so much of the largest
CLAIMED = {"standard": 0.5, "normalised": 0.8}  # average singular values


def start_jobs(full: bool) -> list[Job]:
    jobs = [{"scheme": scheme, "inputs": inputs, "units": 1000} for scheme, inputs in STARTS]
    return [{**job, "seed": seed} for job in jobs for seed in range(8)]


def start(
    scheme: str, inputs: float, seed: int, units: int
) -> tuple[Network, np.ndarray, np.ndarray]:
    """A network before training, images for it, and what they show."""
    X, y = unseen("mnist5k", PROBE)
    layers = (X.shape[1], *(units,) * DEPTH, 10)
    network = init_network(layers, "tanh", SCHEMES[scheme], seed=seed, dtype="float32")
    return network, inputs * X, y


def sizes(of: str, scheme: str, inputs: float, seed: int, units: int) -> Measured:
    """The std in every hidden layer, of its "activations", "d loss / d z" or "d loss / d W"."""
    network, X, y = start(scheme, inputs, seed, units)
    if of == "activations":
        std = activation_statistics(network, X).std[:-1, 0]
    elif of == "d loss / d z":
        deltas = backpropagated(network, X, y, "softmax_cross_entropy").deltas
        std = np.array([delta.std(dtype=float) for delta in deltas[:-1]])
    else:
        std = gradient_statistics(network, X, y, "softmax_cross_entropy").std[:-1, 0]
    return {"scheme": scheme, "inputs": inputs, "std": plain(std)}


figure_6 = partial(sizes, "activations")
figure_7 = partial(sizes, "d loss / d z")
figure_8 = partial(sizes, "d loss / d W")


def jacobian(scheme: str, inputs: float, seed: int, units: int) -> Measured:
    """The average singular value of diag(f'(z)) W, of every hidden layer but the first, which is
    no square; and what theory says of a Gaussian W if all slopes have their root mean square.

    One image a seed.
    """
    network, X, _ = start(scheme, inputs, seed, units)
    zs = weighted_sums(network, X[seed : seed + 1])[0][1:-1]
    slopes = [ACTIVATIONS["tanh"].derivative(z) for z in zs]
    pairs = list(zip(slopes, network.weights[1:-1], strict=True))
    measured = [singular_values(slope * W).mean() for slope, W in pairs]
    theory = [8 / (3 * pi) * (sqrt(units) * W.std()) * sqrt((f**2).mean()) for f, W in pairs]
    both = {"singular": plain(measured), "theory": plain(theory)}
    return {"scheme": scheme, "inputs": inputs, **both}


def by_start(measured: list[Measured], key: str) -> dict[Start, np.ndarray]:
    """What was measured from every start, each (networks, layers)."""
    return {s: table(measured, key, scheme=s[0], inputs=s[1]) for s in STARTS}


def shrinking(first: int, last: int, text: str, but: str, measured: list[Measured]) -> Verdict:
    """Whether from the first layer to the last one start shrinks and the other does not.

    text: what leads to the numbers. but: what is said besides where that holds in part.
    """
    stds = by_start(measured, "std")
    left = {s: median_interval(std[:, last] / std[:, first]) for s, std in stds.items()}
    text += _both(left, ".0%")
    standard, normalised, quiet = left.values()
    if normalised.low <= 2 * standard.high:
        why = "the normalised start keeps hardly more than the standard one"
        return Verdict(text, "no", why)
    bend = "tanh" if quiet.low > normalised.high else "more than tanh"
    why = (
        f"a layer multiplies by √⅓ = {sqrt(1 / 3):.2f} under the standard start, and here by "
        f"{standard.value ** (1 / (DEPTH - 1)):.2f}; the normalised one gives back that factor. "
        f"What is lost there is lost to {bend}: with pixels {QUIET} times as large, nearer to its "
        f"straight middle, {between(quiet, '.0%')} is left"
    )
    if standard.high < ALIKE / 2 and normalised.low > ALIKE:
        return Verdict(text, "yes", why)
    return Verdict(text, "partly", why + but)


def _both(found: dict[Start, Interval], form: str) -> str:
    """The numbers of the two starts on the images as they are."""
    return ", ".join(f"{between(found[name, 1.0], form)} ({name})" for name in SCHEMES)


LESS = "; so the normalised gradient shrinks as well, only less"
conclude_figure_6 = partial(shrinking, 0, -1, f"of layer 1's spread, layer {DEPTH} has ", "")
conclude_figure_7 = partial(
    shrinking, -1, 0, f"of the gradient in layer {DEPTH}, layer 1 gets ", LESS
)


def conclude_figure_8(measured: list[Measured]) -> Verdict:
    stds = by_start(measured, "std")
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
        agreement(*even.values()),
        why if even["standard"] else "under the standard start the layers differ",
    )


def average(measured: list[Measured], key: str) -> dict[Start, Interval]:
    """The mean over the layers, for every start."""
    return {s: median_interval(v.mean(axis=1)) for s, v in by_start(measured, key).items()}


def conclude_jacobian(measured: list[Measured]) -> Verdict:
    found, theory = average(measured, "singular"), average(measured, "theory")
    ours = [(found[name, 1.0], claimed) for name, claimed in CLAIMED.items()]
    # To one digit, the whole interval should be what the paper says.
    as_claimed = [claim - 0.05 <= each.low and each.high < claim + 0.05 for each, claim in ours]
    quiet = found["normalised", QUIET]
    depends = "depends" if quiet.low > found["normalised", 1.0].high else "hardly depends"
    why = (
        f"theory, 8/(3π) · σ_w · rms slope, says {theory['standard', 1.0].value:.2f} and "
        f"{theory['normalised', 1.0].value:.2f}; without any bend it would be "
        f"{8 / (3 * pi) / sqrt(3):.2f} and {8 / (3 * pi):.2f}, which is as far as it can get. "
        f"The number {depends} on the size of the inputs, and so on the data: with pixels {QUIET} "
        f"times as large the normalised start has {between(quiet, '.2f')}"
    )
    text = f"average singular value {_both(found, '.2f')}"
    return Verdict(text, agreement(*as_claimed), why)


def draw_by_layer(measured: list[Measured], what: str, log: bool = True) -> Figure:
    """A thin line for every network, the two starts named at their end."""
    margins = {"left": 0.12, "right": 0.83, "bottom": 0.19, "top": 0.86}
    figure, (axes,) = panels([f"Standard deviation of the {what}"], (5, 2.2), margins=margins)
    layers = np.arange(1, DEPTH + 1)
    axes.set(xlabel="layer", xticks=layers)
    stds = by_start(measured, "std")
    shown = {name: (stds[name, 1.0], color) for name, color in COLORS.items()}
    low, high = (f([std for std, _ in shown.values()]) for f in (np.min, np.max))
    axes.set_ylim(0, 1.1 * high)
    if log:
        decades = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
        axes.set(yscale="log", ylim=(10.0 ** decades[0], 10.0 ** decades[-1]))
        axes.set_yticks(10.0**decades, [power_of_ten(int(p)) for p in decades])
        axes.minorticks_off()
    for std, color in shown.values():
        axes.plot(layers, std.T, color=color, lw=0.8, alpha=0.5)
    ends = axes.transData.transform([(DEPTH, std[:, -1].mean()) for std, _ in shown.values()])
    heights = apart(axes.transAxes.inverted().transform(ends)[:, 1], gap=0.12, ceiling=1.0)
    for (text, color), height in zip(COLORS.items(), heights, strict=True):
        axes.annotate(text, (1, height), xycoords="axes fraction", va="center", color=color)
    return figure


draw_figure_6 = partial(draw_by_layer, what="activations", log=False)
draw_figure_7 = partial(draw_by_layer, what="gradient ∂loss/∂z")
draw_figure_8 = partial(draw_by_layer, what="weights' gradients")


def draw_jacobian(measured: list[Measured]) -> Figure:
    margins = {"left": 0.26, "right": 0.97, "bottom": 0.25, "top": 0.84}
    figure, (axes,) = panels(["How much a layer stretches"], (5, 1.8), dy=5, margins=margins)
    names = "standard", "normalised", f"normalised, × {QUIET}"
    found = average(measured, "singular").values()
    dots(axes, dict(zip(names, found, strict=True)), {"standard": GREY})
    axes.plot(list(CLAIMED.values()), [2, 1], "|", color=ORANGE, ms=11, mew=1.6)
    name(axes, "the paper", (CLAIMED["normalised"], 1), ORANGE, shift=(6, 0))
    axes.set(xlim=(0, 1), xlabel="average singular value of layers 2 to 5")
    return figure


RESULTS = (
    Result(
        name="glorot-figure-6",
        title="Figure 6: the activations before training",
        paper=PAPER,
        says="standard start: each layer's activations are narrower than those of the layer below; "
        "normalised: they are alike in all layers",
        setting="5 hidden layers of 1000 tanh units, as in the paper; 300 images of MNIST in place "
        f"of Shapeset; 8 networks. Alike: the smaller is at least {ALIKE:.0%} of the larger",
        study=Study(start_jobs, figure_6, conclude_figure_6, draw_figure_6),
    ),
    Result(
        name="glorot-figure-7",
        title="Figure 7: the back-propagated gradients before training",
        paper=PAPER,
        says="standard start: the gradient's variance gets smaller from layer to layer on its way "
        "back; normalised: no such decrease is seen",
        setting="as for figure 6",
        study=Study(start_jobs, figure_7, conclude_figure_7, draw_figure_7),
    ),
    Result(
        name="glorot-figure-8",
        title="Figure 8: the weights' gradients before training",
        paper=PAPER,
        says="the gradients of the weights have about the same variance in all layers, even under "
        "the standard start, although the back-propagated ones shrink",
        setting=f"as for figure 6; about the same: the largest is less than {1 / ALIKE:g} times "
        "the smallest",
        study=Study(start_jobs, figure_8, conclude_figure_8, draw_figure_8),
    ),
    Result(
        name="glorot-jacobian",
        title="The average singular value of a layer's Jacobian",
        paper=PAPER,
        says="it is around 0.8 with the normalised start and 0.5 with the standard one",
        setting="as for figure 6; the Jacobians of layers 2 to 5, whose matrices are square, at "
        "one image for each of 8 networks. The same is a number that rounds to the paper's",
        study=Study(start_jobs, jacobian, conclude_jacobian, draw_jacobian),
    ),
)
