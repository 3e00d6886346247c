"""Yang, Hu et al. 2022: does the learning rate of narrow networks suit wide ones?"""

import numpy as np
from matplotlib.figure import Figure

from ..measure.coordinates import Trend, trend
from ..measure.intervals import median_interval
from ..measure.width import first_step
from ..plots.curves import apart
from ..plots.width import NAMES, SHADES, THICK, THIN
from ..training.experiment import Experiment
from ..training.train import train
from ..words.numbers import SUPERSCRIPTS, between
from .jobs import crossed, part, table
from .pictures import name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, better, judged

PAPER = Paper(
    "Yang, Hu et al. 2022",
    "Tensor Programs V: tuning large neural networks via zero-shot hyperparameter transfer",
    "https://arxiv.org/abs/2203.03466",
)
WAYS = {"standard": "he_normal", "mup": "mup"}  # parametrization → the start that belongs to it
CALLED = {"standard": "the usual way", "mup": "μP"}
WIDTHS = (32, 64, 128, 256, 512)
RATES = tuple(2.0**n for n in range(-11, -3))
STEP = 2.0**-10  # the rate of the first step
LAYERS = ("layer 1", "layer 2", "the output")
HUGE = 1e9  # a loss that is no number
LOW, HIGH = 0.008, 3  # of the losses in the picture
NAME = 0.2  # decades of loss in the picture, as high as a name


def jobs(full: bool) -> list[Job]:
    setting = {"data": "digits", "samples": None, "epochs": 3, "restarts": 16}
    if full:
        setting["data"] = "mnist5k"
    return crossed(setting, width=[2 * n if full else n for n in WIDTHS], way=WAYS)


def measure(
    way: str, width: int, data: str, samples: int | None, epochs: int, restarts: int
) -> Measured:
    """The last loss of each network at all RATES, and what its first step changes.

    losses: (rates, networks). changes: (networks, layers), the rms of the sums' change.
    """
    setting = {"batch_size": 64, "epochs": epochs, "restarts": restarts, "optimizer": "adam"}
    setting |= {"parametrization": way}
    images, losses = part(data, samples), []
    for rate in RATES:
        e = Experiment(data, (width,) * 2, "relu", WAYS[way], learning_rate=rate, **setting)
        losses.append(train(e, images).loss)
    e = Experiment(data, (width,) * 2, "relu", WAYS[way], learning_rate=STEP, **setting)
    return {
        "way": way,
        "width": width,
        "losses": np.nan_to_num(losses, nan=HUGE, posinf=HUGE).clip(max=HUGE).tolist(),
        "changes": first_step(e, (width,)).changes[0, :, 0].tolist(),
    }


def widths_of(measured: list[Measured]) -> list[int]:
    return sorted({m["width"] for m in measured})


def typical(measured: list[Measured], way: str) -> np.ndarray:
    """(widths, rates): the networks' median loss."""
    return np.median(table(measured, "losses", way=way), axis=2)


def best(measured: list[Measured], way: str) -> list[float]:
    """The rate of each width with the lowest median loss."""
    return [RATES[k] for k in typical(measured, way).argmin(axis=1)]


def drift(measured: list[Measured], way: str) -> Trend:
    """How the best rate of each network goes with the width."""
    of_each = np.array(RATES)[table(measured, "losses", way=way).argmin(axis=1)]
    return trend(widths_of(measured), of_each.T)


def steps(measured: list[Measured], way: str) -> list[Trend]:
    """How the change of each layer by the first step goes with the width."""
    changes = table(measured, "changes", way=way).transpose(2, 1, 0)
    return [trend(widths_of(measured), layer) for layer in changes]


def widest_at_best(measured: list[Measured], way: str, w: int = -1) -> np.ndarray:
    """(networks,): the losses of the widest at the best rate of width number ``w``."""
    rate = best(measured, way)[w]
    return table(measured, "losses", way=way)[-1, RATES.index(rate)]


def wider_is_better(measured: list[Measured], way: str) -> list[float]:
    """The rates at which the widest end lower than the narrowest."""
    narrowest, *_, widest = table(measured, "losses", way=way)
    return [rate for k, rate in enumerate(RATES) if better(widest[k], narrowest[k])]


def conclude(measured: list[Measured]) -> Verdict:
    narrow, *_, wide = widths_of(measured)
    drifts = {way: drift(measured, way) for way in WAYS}
    changed = {way: steps(measured, way) for way in WAYS}
    tuned = {way: widest_at_best(measured, way) for way in WAYS}
    wins = {way: wider_is_better(measured, way) for way in WAYS}
    transfer = Claim(
        drifts["standard"].kind == "shrinks" and drifts["mup"].kind == "steady",
        "the best rate falls with the width in the usual way and stays where it is in μP",
        f"the best rate {_goes(drifts['standard'])} in the usual way and {_goes(drifts['mup'])} "
        "in μP",
    )
    wider = Claim(
        len(wins["mup"]) == len(RATES),
        f"in μP {wide} units end lower than {narrow} at every rate, and at "
        f"{_number(wins['standard'])} in the usual way",
        f"in μP {wide} units end lower than {narrow} at {_number(wins['mup'])} only",
    )
    coordinates = Claim(
        all(each.kind == "steady" for each in changed["mup"])
        and any(each.kind == "grows" for each in changed["standard"]),
        "a step adds up over the inputs of a layer, which μP's rates undo: changes grow with the "
        "width in the usual way and stay put in μP",
        f"what the first step changes {_all_go(changed['standard'])} in the usual way, and "
        f"{_all_go(changed['mup'])} in μP",
    )
    ahead = Claim(
        better(tuned["mup"], tuned["standard"]),
        f"with {wide} units μP ends lower even where each has its own best rate",
        f"with {wide} units and its own best rate each, μP {_behind(tuned)}: what it saves here is "
        "the search for the rate",
    )
    return judged(
        "; ".join(_way(measured, way, drifts[way], changed[way]) for way in WAYS),
        *(transfer, wider, coordinates, ahead),
    )


def _goes(best_rate: Trend) -> str:
    moves = {"shrinks": "falls", "grows": "rises", "steady": "stays where it is"}
    return moves.get(best_rate.kind, "goes nowhere that can be told")


def _all_go(changed: list[Trend]) -> str:
    moves = {"unsure": "does what cannot be told", "steady": "stays put"}
    ways = (f"{moves.get(t.kind, t.kind)} in {w}" for t, w in zip(changed, LAYERS, strict=True))
    return ", ".join(ways)


def _number(rates: list[float]) -> str:
    return f"{len(rates)} of {len(RATES)} rates"


def _behind(tuned: dict[str, np.ndarray]) -> str:
    behind = better(tuned["standard"], tuned["mup"])
    return "is behind the usual way" if behind else "is not surely ahead of the usual way"


def _way(measured: list[Measured], way: str, drifts: Trend, changed: list[Trend]) -> str:
    widths = widths_of(measured)
    found = ", ".join(map(_power, best(measured, way)))
    tuned, carried = (median_interval(widest_at_best(measured, way, w)) for w in (-1, 0))
    layers = ", ".join(
        f"{between(each.slope, '.2f')} in {where}"
        for where, each in zip(LAYERS, changed, strict=True)
    )
    return (
        f"{CALLED[way]}: with {', '.join(map(str, widths))} units the best rates are {found}, as "
        f"width to the power {between(drifts.slope, '.2f')}; {widths[-1]} units end at the loss "
        f"{between(tuned)} with the last of them, {between(carried)} with the first; the first "
        f"step's changes go as width to the power {layers}"
    )


def _power(rate: float) -> str:
    return "2" + f"{np.log2(rate):.0f}".translate(SUPERSCRIPTS)


def draw(measured: list[Measured]) -> Figure:
    figure, both = panels(["The usual way", "μP"], (6.4, 2.6), fitted=True)
    widths = widths_of(measured)
    thick = np.linspace(THIN, THICK, len(widths))
    shown = {way: np.clip(typical(measured, way), LOW, HIGH) for way in WAYS}
    for axes, losses in zip(both, shown.values(), strict=True):
        for y, color, lw in zip(losses, SHADES, thick, strict=True):
            axes.plot(RATES, y, color=color, lw=lw)
            axes.plot(RATES[y.argmin()], y.min(), "o", color=color, ms=4.5)
        axes.set(xscale="log", yscale="log", xlabel="learning rate", ylim=(LOW, HIGH))
        axes.set_xticks(RATES[::2], [_power(rate) for rate in RATES[::2]])
        axes.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
        axes.minorticks_off()
    both[0].set_ylabel("training loss after 3 epochs")
    ends = np.log10(shown["mup"][:, -1])
    heights = apart(ends, NAME, ceiling=np.log10(HIGH), floor=np.log10(LOW))
    for width, height, color in zip(widths, heights, NAMES, strict=True):
        name(both[1], f"{width} units", (RATES[-1], 10**height), color, shift=(8, 0))
    return figure


RESULTS = (
    Result(
        name="yang-hu-transfer",
        title="A learning rate for every width",
        paper=PAPER,
        says="in the maximal update parametrization (μP) networks of all widths share their best "
        "learning rate, and wider is better at every rate; in the standard one the best rate "
        "falls as width grows, and wide networks end behind those in μP even at their own best "
        "rate (figure 1). What a few steps change stays put in μP as width grows, and grows in "
        "the standard one (the coordinate check, appendix D.1)",
        setting="scikit-learn's digits and two hidden layers of 32 to 512 ReLU units in place of "
        "Transformers, Adam, batches of 64, 3 epochs, eight rates from 2⁻¹¹ to 2⁻⁴; 16 networks a "
        "kind, judged by the training loss. The usual way has He's start; at 64 units the two are "
        "the same. The changes are those of the sums W a + b by one step at the rate 2⁻¹⁰, in the "
        "paper by up to four. Full: MNIST, 64 to 1,024 units",
        study=Study(jobs, measure, conclude, draw),
    ),
)
