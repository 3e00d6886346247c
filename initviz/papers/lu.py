"""Lu, Shin, Su & Karniadakis 2020: deep and narrow ReLU networks are born dead."""

import numpy as np
from matplotlib.figure import Figure

from ..measure.intervals import Interval, proportion_interval
from ..networks.network import forward
from ..plots.style import BLUE, GREY
from ..words.numbers import between
from .jobs import crossed, relu_networks, rows
from .pictures import PERCENT, limits, name, panels
from .result import Claim, Job, Measured, Paper, Result, Study, Verdict, enough, judged

PAPER = Paper(
    "Lu, Shin, Su & Karniadakis 2020",
    "Dying ReLU and initialization: theory and numerical examples",
    "https://arxiv.org/abs/1903.06733",
)
WIDTHS = (2, 3, 4, 6, 8)
DEPTHS = (2, 5, 10, 20, 40)

# Without biases f(cx) = c f(x) for c > 0. So of one number as input only the sign matters.
SIGNS = np.array([[1.0], [-1.0]])


def born_dead_jobs(full: bool) -> list[Job]:
    widths, depths, networks = WIDTHS, DEPTHS, 3000
    if full:
        widths, depths, networks = (*WIDTHS, 10, 12), (*DEPTHS, 80, 160), 50_000
    cells = crossed(width=widths, depth=depths, networks=[networks])
    return [{**cell, "seed": seed} for seed, cell in enumerate(cells)]


def born_dead(width: int, depth: int, networks: int, seed: int) -> Measured:
    """How many networks, of one input and no biases, are dead at 1, and how many everywhere.

    Dead: every unit of some hidden layer is 0, and so is every unit of the last one.
    """
    at_one = everywhere = 0
    for chunk in relu_networks((1, *(width,) * depth, 1), networks, seed, "float64"):
        dead = (forward(chunk, SIGNS)[-2] == 0).all(axis=1)
        at_one += int(dead[:, 0].sum())
        everywhere += int(dead.all(axis=1).sum())
    counts = {"at_one": at_one, "everywhere": everywhere}
    return {"width": width, "depth": depth, "networks": networks, **counts}


def at_one_input(width: int, depth: int) -> float:
    """The chance to be dead at one input: exact, and the paper's upper bound for all inputs.

    A layer that gets anything but zeros has each of its sums below 0 with chance 1/2, on its own.
    """
    return 1 - (1 - 2.0**-width) ** depth


def at_least(width: int, depth: int) -> float:
    """The paper's lower bound for a network of one input to be dead at all inputs.

    After the first layer either both signs are still alive, or one of them; never none. From layer
    to layer one that is alone lives on with the chance ``one``. Two stay alive and different with
    ``two`` if they are at right angles, where both die at once least often.
    """
    layer = 2.0**-width
    one, two = 1 - layer, 1 - 2 * layer - (width - 1) * layer**2
    both_first = (1 - 2 * layer) * (1 - layer) / (1 + (width - 1) * layer)
    later = depth - 1
    return 1 - one**later - both_first * (one**later - two**later)


def share(m: Measured, key: str) -> Interval:
    return proportion_interval(np.arange(m["networks"]) < m[key])


def conclude_born_dead(measured: list[Measured]) -> Verdict:
    exact, bounded = [], []
    for m in measured:
        one, everywhere = share(m, "at_one"), share(m, "everywhere")
        lower, upper = bounds(m)
        exact.append(one.low <= upper <= one.high)
        bounded.append(everywhere.high >= lower and everywhere.low <= upper)
    middle = min(measured, key=lambda m: abs(m["everywhere"] / m["networks"] - 0.5))
    lower, upper = bounds(middle)
    formula = Claim(
        enough(exact),
        "each unit is below zero with chance 1/2, whatever lies below, so the chance of one "
        "input is exact, and every 20th interval may miss it by luck",
        "more intervals miss the formula of one input than luck explains",
    )
    inside = Claim(
        enough(bounded),
        "a network dead at all inputs is dead at that one too, so this is an upper bound",
        "and the chance of all inputs leaves the bounds",
    )
    return judged(
        f"dead at one input: the formula is inside the interval for {sum(exact)} of {len(exact)} "
        f"shapes. Dead at all inputs: within the bounds for {sum(bounded)} of {len(bounded)}, "
        f"such as {between(share(middle, 'everywhere'), '.1%')} for {middle['depth']} layers of "
        f"{middle['width']}, where they are {lower:.1%} and {upper:.1%}",
        *(formula, inside),
    )


def bounds(m: Measured) -> tuple[float, float]:
    return at_least(m["width"], m["depth"]), at_one_input(m["width"], m["depth"])


def draw_born_dead(measured: list[Measured]) -> Figure:
    title = "Networks that are born dead, and the bounds"
    figure, (axes,) = panels([title], (5.6, 2.4), fitted=True)
    widths, depths = (sorted({m[key] for m in measured}) for key in ("width", "depth"))
    layers = np.arange(1, depths[-1] + 1)
    names: dict[float, list[str]] = {}  # of the lines that end at about the same height
    for width in widths:
        cells = rows(measured, width=width)
        upper = at_one_input(width, layers)
        axes.fill_between(layers, at_least(width, layers), upper, color=GREY, alpha=0.25, lw=0)
        axes.plot(layers, upper, color=GREY, lw=0.8)
        shares = [share(m, "everywhere") for m in cells]
        limits(axes, [m["depth"] for m in cells], shares, BLUE)
        names.setdefault(round(shares[-1].value, 1), []).append(str(width))
    for height, ending in names.items():
        name(axes, f"width {', '.join(ending)}", (depths[-1], height), BLUE, shift=(7, 0))
    axes.set(xlabel="hidden layers", xlim=(0, depths[-1] * 1.15), ylim=(0, 1.04), xticks=depths)
    axes.set_yticks(*PERCENT)
    return figure


RESULTS = (
    Result(
        name="lu-born-dead",
        title="How many ReLU networks are born dead",
        paper=PAPER,
        says="a ReLU network of fixed width, drawn from symmetric distributions, is born dead (it "
        "gives the same answer to every input) with a chance that goes to 1 with depth. With L "
        "hidden layers of N units it is at most 1 - (1 - 2⁻ᴺ)ᴸ; without biases and with one input "
        "there is a lower bound as well",
        setting="no biases, one input, normal weights; 2 to 8 units in 2 to 40 layers, 3,000 "
        "networks of each of 25 shapes, where full takes 50,000 and goes to 12 units and 160 "
        "layers. Dead at one input is our own addition: there the upper bound is exact",
        study=Study(born_dead_jobs, born_dead, conclude_born_dead, draw_born_dead),
    ),
)
