"""Bachlechner et al. 2021: with skips that start at 0, networks train at any depth.

And beside theirs the start of Fixup (Zhang, Dauphin & Ma 2019), which wants the same.
"""

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, median_interval, proportion_interval
from ..plots.curves import apart
from ..plots.style import BLUE, EDGE, GREY, INK, ORANGE
from ..training.experiment import Experiment
from ..training.run import guessing_loss
from ..training.train import train
from ..words.numbers import between, or_never
from .jobs import crossed, part, plain, rows, table, when
from .pictures import limits, name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, better, judged

PAPER = Paper(
    "Bachlechner et al. 2021",
    "ReZero is all you need: fast convergence at large depth",
    "https://arxiv.org/abs/2003.04887",
)
KINDS = {  # the standard starts and scales of the authors' own program
    "plain": {"initializer": "he_normal"},
    "layer norm": {"initializer": "he_normal", "norm": "layer"},
    "skips": {"initializer": "glorot_normal", "scale": 0.5, "skip": True},
    "Fixup": {"initializer": "fixup", "skip": True},
    "ReZero": {"initializer": "he_normal", "skip": True, "alpha": "rezero"},
}
COLORS = dict(zip(KINDS, (GREY, INK, EDGE, ORANGE, BLUE), strict=True))
OTHERS = ("plain", "layer norm", "skips")
DEPTHS = (8, 32, 128)
DEEPEST = 512  # of ReZero alone
RATES = (0.001, 0.003)
LEARNT = 0.25  # of the loss of guessing
HUGE = 1e9  # a loss that is no number
NAME = 0.45  # decades of loss in the picture, as high as a name


def jobs(full: bool) -> list[Job]:
    setting = {"data": "digits", "samples": 500, "units": 32, "epochs": 12, "restarts": 8}
    if full:
        setting = {"data": "mnist5k", "samples": 3750, "units": 64, "epochs": 20, "restarts": 8}
    all_kinds = crossed(setting, kind=KINDS, layers=DEPTHS, rate=RATES, seed=range(2))
    return all_kinds + crossed(
        setting, kind=["ReZero"], layers=[DEEPEST], rate=RATES[1:], seed=range(2)
    )


def measure(
    kind: str, layers: int, rate: float, data: str, samples: int, units: int, **training
) -> Measured:
    """The epoch at which each network has learnt (None: never), and its last loss."""
    training = {"optimizer": "adam", "batch_size": 50, **KINDS[kind], **training}
    e = Experiment(data, (units,) * layers, "relu", learning_rate=rate, **training)
    run = train(e, part(data, samples))
    return {
        "kind": kind,
        "layers": layers,
        "rate": rate,
        "epochs": e.epochs,
        "learnt": plain(run.epochs_to(LEARNT * guessing_loss(run))),
        "losses": np.nan_to_num(run.loss, nan=HUGE, posinf=HUGE).tolist(),
        "guessing": guessing_loss(run),
    }


def at_its_rate(measured: list[Measured], kind: str, layers: int) -> list[Measured]:
    """Those of the learning rate that leaves the lower median loss."""
    of_kind = rows(measured, kind=kind, layers=layers)
    by_rate = [rows(of_kind, rate=rate) for rate in sorted({m["rate"] for m in of_kind})]
    return min(by_rate, key=lambda found: np.median(table(found, "losses")))


def conclude(measured: list[Measured]) -> Verdict:
    shapes = [(kind, layers) for layers in DEPTHS for kind in KINDS] + [("ReZero", DEEPEST)]
    best = {shape: at_its_rate(measured, *shape) for shape in shapes}
    losses = {shape: table(found, "losses").ravel() for shape, found in best.items()}
    learnt = {shape: when(found, "learnt") for shape, found in best.items()}
    share = {shape: proportion_interval(np.isfinite(epochs)) for shape, epochs in learnt.items()}
    typical = {shape: median_interval(epochs) for shape, epochs in learnt.items()}

    def beats(kind: str, others: tuple[str, ...], layers: int) -> bool:
        return all(better(losses[kind, layers], losses[other, layers]) for other in others)

    deep = Claim(
        all(share["ReZero", layers].low > 0.5 for layers in (*DEPTHS, DEEPEST)),
        f"ReZero learns at every depth up to {DEEPEST} layers, since a skip that starts at 0 hands "
        "signal and gradient on as they are",
        f"ReZero does not learn at every depth up to {DEEPEST} layers",
    )
    fast = Claim(
        beats("ReZero", OTHERS, 32) and beats("ReZero", OTHERS, 128),
        "from 32 layers on it leaves lower losses than plain networks, layer norm and skips",
        "from 32 layers on it does not leave lower losses than all of the others",
    )
    fixup = Claim(
        beats("Fixup", OTHERS, 32) and share["Fixup", 128].low > 0.5,
        "Fixup learns without norms as well, at both depths",
        f"Fixup, which the same is said of, beats the others at {_where(beats)} layers, and has "
        f"learnt in {between(share['Fixup', 128], '.0%')} of the networks at 128 by epoch "
        f"{measured[0]['epochs']}: its branches have two layers or more in the paper and one "
        "here, and its output starts at 0, which hands nothing back at first",
    )
    shallow = [typical[kind, 8].value for kind in KINDS]
    return judged(
        "; ".join(_depth(layers, share, typical) for layers in DEPTHS)
        + f"; {DEEPEST} layers: ReZero {_learns('ReZero', DEEPEST, share, typical)}",
        *(deep, fast, fixup),
        more=f". With 8 layers everybody learns, within {min(shallow):.0f} to {max(shallow):.0f} "
        "epochs: what ReZero gains is gained by depth",
    )


def _where(beats) -> str:
    won = [str(layers) for layers in DEPTHS[1:] if beats("Fixup", OTHERS, layers)]
    return " and ".join(won) or "no"


def _depth(layers: int, share: dict, typical: dict) -> str:
    found = (f"{kind} {_learns(kind, layers, share, typical)}" for kind in KINDS)
    return f"{layers} layers: {', '.join(found)}"


def _learns(kind: str, layers: int, share: dict, typical: dict) -> str:
    """Who has learnt, and when the median has."""
    who: Interval = share[kind, layers]
    if who.value == 0:
        return f"0% (to {who.high:.0%})"
    return f"{who.value:.0%} at epoch {or_never(typical[kind, layers])}"


def draw(measured: list[Measured]) -> Figure:
    title = "Training loss at the end, by the number of layers"
    figure, (axes,) = panels([title], (5.4, 2.6), fitted=True)
    axes.axhline(measured[0]["guessing"], color=GREY, lw=0.8, ls=(0, (4, 2)))
    name(axes, "guessing", (9, measured[0]["guessing"]), GREY, shift=(0, 7))
    depths = (*DEPTHS, DEEPEST)
    named = {}
    for kind, color in COLORS.items():
        here = [n for n in depths if rows(measured, kind=kind, layers=n)]
        ends = [table(at_its_rate(measured, kind, n), "losses").ravel() for n in here]
        shown = np.clip([median_interval(each) for each in ends], 1e-4, 10)
        axes.plot(here, shown[:, 1], color=color, lw=1.2)
        limits(axes, here, shown, color)
        named[kind] = here[-1], np.log10(shown[-1, 1])
    axes.set(xscale="log", yscale="log", xlabel="hidden layers", xlim=(7, 900), ylim=(1e-4, 20))
    axes.set_xticks(depths, [str(n) for n in depths])
    axes.set_yticks([1e-4, 0.01, 1, 10], ["10⁻⁴", "0.01", "1", "≥ 10"])
    axes.minorticks_off()
    heights = apart([height for _, height in named.values()], NAME, ceiling=1.1, floor=-4)
    for (kind, (x, _)), height in zip(named.items(), heights, strict=True):
        name(axes, kind, (x, 10**height), COLORS[kind], shift=(8, 0))
    return figure


RESULTS = (
    Result(
        name="rezero-depth",
        title="How deep ReZero trains, and Fixup",
        paper=PAPER,
        says="a skip around every layer, multiplied by a learnt number that starts at 0, lets "
        "fully connected ReLU networks of 10,000 layers train, and deep ones converge up to 15 "
        "times as fast as plain ones, those with layer norm, and those with skips alone. Fixup "
        "([Zhang et al. 2019](https://arxiv.org/abs/1901.09321)) says that skips train without "
        "any norm, at 10,000 layers as well, if the branches start smaller the more there are",
        setting="500 of scikit-learn's digits in place of CIFAR-10, 8 to 512 hidden layers of 32 "
        "ReLU units in place of 256, Adam in place of Adagrad, batches of 50, 12 epochs, the "
        "better of two rates (0.001, 0.003; at 512 layers the larger); 16 networks a kind. Starts "
        "as in the authors' program: He's, for skips alone Xavier's times ½; their layer norm "
        "comes behind the ReLU, ours before it. Learnt: a training loss below a quarter of that "
        "of guessing. Full: MNIST, 64 units, 20 epochs",
        study=Study(jobs, measure, conclude, draw),
    ),
)
