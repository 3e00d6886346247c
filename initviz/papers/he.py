"""He et al. 2015: ReLU needs twice the variance, and in deep networks that decides."""

from math import prod, sqrt

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval, proportion_interval
from ..measure.layers import rms
from ..measure.standards import A_LITTLE
from ..networks.network import init_network, weighted_sums
from ..plots.style import BLUE, GREY
from ..training.experiment import Experiment
from ..training.run import guessing_loss
from ..training.train import train
from ..words.numbers import between, or_never, short
from .jobs import crossed, plain, table, when
from .pictures import name, panels
from .result import Job, Measured, Paper, Result, Study, Verdict

PAPER = Paper("He et al. 2015", "Delving deep into rectifiers", "https://arxiv.org/abs/1502.01852")

# 22 and 30 layers: who starts to learn, and when?

SCHEMES = {"Xavier": "glorot_normal", "He": "he_normal"}
DEPTHS = (22, 30)  # layers of weights


def depth_jobs(full: bool) -> list[Job]:
    setting = {"data": "digits", "units": 64, "epochs": 80, "restarts": 5}
    if full:
        setting = {"data": "mnist5k", "units": 256, "epochs": 200, "restarts": 8}
    return crossed(setting, layers=DEPTHS, scheme=SCHEMES, seed=range(2))


def measure_depth(layers: int, scheme: str, data: str, units: int, **training) -> Measured:
    """The epoch at which each network begins to learn (None: never), and the median loss curve.

    diverged: how many of them diverge in the end. A median that is not finite is written as 1e9.
    """
    training = {"learning_rate": 0.002, "momentum": 0.9, "batch_size": 64, **training}
    run = train(Experiment(data, (units,) * (layers - 1), "relu", SCHEMES[scheme], **training))
    losses = np.nan_to_num(np.median(run.losses, axis=1), nan=1e9, posinf=1e9)
    return {
        "layers": layers,
        "scheme": scheme,
        "epochs": run.experiment.epochs,
        "begun": plain(run.epochs_to(A_LITTLE * guessing_loss(run))),
        "losses": losses.tolist(),
        "diverged": int(run.diverged.sum()),
    }


def conclude_depth(measured: list[Measured]) -> Verdict:
    kinds = [(layers, scheme) for layers in DEPTHS for scheme in SCHEMES]
    begun = {(n, s): when(measured, "begun", layers=n, scheme=s) for n, s in kinds}
    share = {kind: proportion_interval(np.isfinite(epochs)) for kind, epochs in begun.items()}
    typical = {kind: median_interval(epochs) for kind, epochs in begun.items()}
    numbers = "; ".join(
        f"{n} layers, {s}: {between(share[n, s], '.0%')} begin to learn{_when(typical[n, s])}"
        for n, s in kinds
    )
    diverged, networks = sum(m["diverged"] for m in measured), sum(map(len, begun.values()))
    if diverged:
        numbers += f"; {diverged} of all {networks} networks diverge later"

    both = min(share[22, "Xavier"].low, share[22, "He"].low, share[30, "He"].low) > 0.5
    earlier = all(typical[n, "He"].high < typical[n, "Xavier"].low for n in DEPTHS)
    stalls = share[30, "Xavier"].value == 0
    later = typical[30, "Xavier"].low > typical[22, "Xavier"].high
    left = {layers: short(sqrt(0.5) ** (layers - 1)) for layers in DEPTHS}
    why = (
        f"Xavier's start leaves √½ of the signal in every ReLU layer, which makes {left[22]} "
        f"through 21 of them and {left[30]} through 29"
    )
    if not (both and earlier and (stalls or later)):
        why += "; at this learning rate and budget that does not decide as the paper says"
        return Verdict(numbers, "no", why)
    if stalls:
        return Verdict(numbers, "yes", f"{why}, from which nothing is learnt")
    why += (
        ". He's begins earlier, as in the paper, and Xavier's 30 layers are last; but some of them "
        f"do begin within our {measured[0]['epochs']} epochs. Here stalling is a matter of patience"
    )
    return Verdict(numbers, "partly", why)


def _when(epoch: Interval) -> str:
    return f", the median at epoch {or_never(epoch)}" if np.isfinite(epoch.value) else ""


def draw_depth(measured: list[Measured]) -> Figure:
    titles = [f"{layers} layers" for layers in DEPTHS]
    figure, both = panels(titles, (6, 2.2), dy=4, margins={"wspace": 0.3})
    for axes, layers in zip(both, DEPTHS, strict=True):
        for scheme, color in zip(SCHEMES, (GREY, BLUE), strict=True):
            curves = table(measured, "losses", layers=layers, scheme=scheme)
            axes.plot(curves.T, color=color, lw=1.4)
            end = float(np.clip(np.mean(curves[:, -1]), 0, 2.6))
            name(axes, scheme, (curves.shape[1] - 1, end), color, fontweight="bold")
        axes.set(xlabel="epoch", ylim=(0, 2.75), xlim=(0, None))
    both[0].set_ylabel("training loss, median")
    return figure


# A fixed standard deviation of 0.01.

UNITS = tuple(9 * filters for filters in (64, 128, 128, 256, 256, 512, 512, 512, 512))
FIXED = 0.01


def fixed_jobs(full: bool) -> list[Job]:
    return [{"units": list(UNITS), "seed": seed} for seed in range(6)]


def measure_fixed(units: list[int], seed: int) -> Measured:
    """How many times smaller a gradient is after the way back through ReLU layers of these sizes.

    Fully connected layers of as many units as the paper's n̂ = (3 · 3 filters) stand in for its
    convolutions: the formula knows them by that number alone.
    """
    network = init_network(
        (units[0], *units), "relu", "normal", FIXED, seed=seed, dtype="float32", output="identity"
    )
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    zs, _ = weighted_sums(network, rng.standard_normal((1, units[0])))
    delta = start = rng.standard_normal((1, units[-1], 1))
    for W, z in zip(reversed(network.weights), reversed(zs), strict=True):
        delta = W.swapaxes(1, 2) @ (delta * (z > 0))
    return {"shrunk": float((rms(start) / rms(delta))[0])}


def predicted_shrinkage(units: tuple[int, ...]) -> float:
    return 1 / prod(sqrt(n / 2) * FIXED for n in units)


def conclude_fixed(measured: list[Measured]) -> Verdict:
    found, formula = median_interval([m["shrunk"] for m in measured]), predicted_shrinkage(UNITS)
    agrees = found.low <= formula <= found.high or abs(found.value / formula - 1) < 0.05
    return Verdict(
        f"the gradient is {between(found, ',.0f')} times smaller; the formula says {formula:,.0f}",
        "yes" if agrees else "no",
        "a layer multiplies it by √(n̂ / 2) · 0.01, where n̂ = 9 · filters is the number of terms "
        + ("in a sum; that is below 1 in all of them" if agrees else "in a sum; that is not all"),
    )


def draw_fixed(measured: list[Measured]) -> Figure:
    figure, (axes,) = panels(["What is left of the gradient"], (5, 2.2))
    layers = np.arange(2, 2 + len(UNITS))
    left = [np.log10(1 / predicted_shrinkage(UNITS[at:])) for at in range(len(UNITS))]
    axes.plot(layers, left, "o-", color=GREY, ms=4, lw=1.2)
    name(axes, "formula", (layers[4], left[4]), GREY, shift=(0, -13), va="baseline")
    ours = -np.log10([m["shrunk"] for m in measured])
    axes.plot(np.full(len(ours), 2), ours, "o", mfc="none", mec=BLUE, ms=9)
    name(axes, "measured", (2, ours.mean()), BLUE, shift=(9, -3), va="baseline")
    axes.set_xlabel("back to the layer conv…")
    axes.set_xticks(layers)
    axes.set_yticks([0, -2, -4], ["1", "0.01", "10⁻⁴"])
    return figure


RESULTS = (
    Result(
        name="he-depth",
        title="22 and 30 layers of ReLU",
        paper=PAPER,
        says="with 22 layers the starts of Xavier and of He both converge, He's begins earlier; "
        "with 30 layers Xavier's stalls, and He's converges",
        setting="fully connected layers of 64 ReLU units on the digits in place of convolutions on "
        "ImageNet; the same rate for all, 0.002 (momentum 0.9, batches of 64), since at "
        "0.003 some of He's 30 layers diverge; 80 epochs, 10 networks a kind",
        study=Study(depth_jobs, measure_depth, conclude_depth, draw_depth),
    ),
    Result(
        name="he-fixed",
        title="A fixed standard deviation of 0.01",
        paper=PAPER,
        says="from conv10 back to conv2 of a deep VGG-like network, weights of standard deviation "
        "0.01 make the gradient 1.7 · 10⁴ times smaller",
        setting="ReLU layers with the paper's n̂ (9 times 64, 128, 128, 256, 256 and four times 512 "
        "filters), fully connected in place of convolutions",
        study=Study(fixed_jobs, measure_fixed, conclude_fixed, draw_fixed),
    ),
)
