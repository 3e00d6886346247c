"""What counts as what: each standard is said once, here, and everything else reads it."""

from collections.abc import Callable
from enum import IntEnum
from math import sqrt

import numpy as np

from ..networks.activations import ACTIVATIONS
from ..networks.losses import guessing_accuracy
from ..networks.network import forward
from ..training.run import WELL, Run, guessing_loss

# The standard deviation that each scheme aims at, from (fan_in, fan_out). "PyTorch" is what its
# layers do when nobody says anything.
SCHEMES: dict[str, Callable[[float, float], float]] = {
    "Glorot": lambda fan_in, fan_out: sqrt(2 / (fan_in + fan_out)),
    "He": lambda fan_in, fan_out: sqrt(2 / fan_in),
    "LeCun": lambda fan_in, fan_out: sqrt(1 / fan_in),
    "PyTorch": lambda fan_in, fan_out: sqrt(1 / (3 * fan_in)),
}

A_LITTLE = 0.9  # of the loss of guessing, and of a network's own first loss, which may be lower
SATURATED = 0.1  # of the steepest slope there is: below it, a unit is saturated
EQUAL = 1e-6  # of a layer's largest weight: by no more than about this, equal units differ
KEPT = 1.1  # sizes within this factor are about as large
FAIR = 1.25  # a size that each layer changes by no more hardly grows or fades
FLAT = 10  # up to so many times its middle value, the largest of a spectrum makes it about even
EDGE = 0.01  # a gradient that changes by a smaller share in each layer is at the edge of chaos
LIMITLESS = 1000  # a depth beyond this that theory lets train is as good as none
NEARLY_EQUAL = 0.01  # units that differ by a smaller share of their weights hardly differ
ONE_DIRECTION = 1.02  # an effective rank below this is one
NEAR, AWAY = 0.3, 3  # times their first length that weights move: near their start, and far away
STILL = 1e-12  # weights that have moved by less have not moved
FEW, SOME, MANY = 0.005, 0.1, 0.5  # shares of the units: hardly any, worth a word, trouble
# Saturated shares that are trouble: where half may be a decided network, or what rectifiers do; and
# of other hidden layers' activations.
NEARLY_ALL, QUARTER = 0.9, 0.25
ROUNDING = 1.01  # a loss that has risen by less may be no more than rounding
FADING = 30  # the gradient gets so many times smaller from the output to the first layer
EXPLODING = 30  # it gets so many times larger between norms, relative to the weights
NO_GRADIENT = 1e-8  # rms up to which a gradient is rounding, in single precision
FAINT = 1e-4  # rms of a gradient below which nothing moves within some hundred steps
CONFIDENCE = 0.95  # of intervals, and that one of several restarts solves it

# Of check-ups, wide on purpose.
WEIGHTS = (4, 2)  # times their scheme's std, in any layer; in half of them, where it does harm
HARM = 1000  # times that a signal may grow or fade, before weights are to blame for it
LONG, A_STEP = 10, 0.1  # times the weights: a first step that is far too long, and a usual one
LEAN = 3  # times that the weights' mean outdoes, in a unit's sum, what is drawn around it
HUGE = 100  # times that numbers in X may be away from 1, even if nothing has come of it yet
INPUTS = 10  # times that numbers in X may be away from 1, before they are to blame for anything
FADED = 0.05  # a layer's spread, from which on weights that are too small are worth a word
LOST = 1e-6  # an output's spread, below which samples are alike
CLOSED = 0.01  # up to which a number keeps a branch nearly closed at the start
ENOUGH = 10  # samples for every class, to say how frequent it is
RARE = 3  # times that knowing the classes' shares makes the first loss smaller
BIASED = 3  # a mean bias of minus so many stds of the weights keeps units dead
FAR = 3  # times as far from 0 as the outputs are targets that need another mean
DEEP = 4  # layers from which on a factor of √2 each is worth a word
# Of coordinate checks: a size that goes as width ** slope stays put up to this slope. In the limits
# of wide networks the slopes of the usual parametrisations are multiples of 1/2 (Yang & Hu 2021,
# arXiv 2011.14522), and this is half of the way to the nearest that is not 0.
STEADY = 0.25

# Lowest and highest healthy value of each sign, in the order in which they are told.
# The loss is judged against that of chance, not of guessing: no start can know how frequent the
# classes are. Of two classes with shares of 99 and 1 %, a healthy network's ln 2 is 12 times the
# loss of guessing.
ZONES: dict[str, tuple[float, float]] = {
    "weights": (0.5, 2.0),
    "signal": (0.01, 10.0),
    "saturated": (0.0, 0.75),
    "symmetry": (0.5, 1.0),
    "gradient": (0.01, 10.0),
    "update": (3e-4, 1.0),
    "loss": (0.0, 3.0),
}

# Beyond these it keeps a network from learning well, whatever its architecture.
SERIOUS: dict[str, tuple[float, float]] = {
    "signal": (1e-5, 1e5),
    "saturated": (0.0, 0.75),
    "gradient": (1e-3, 1e3),
    "loss": (0.0, 10.0),
}

WORST = 9.0  # decades; zero, infinity and units that are all equal count as this


def outside(values: np.ndarray | float, limits: tuple[float, float]) -> np.ndarray:
    """Where values lie out of limits. NaN says nothing, and is not outside."""
    low, high = limits
    return np.asarray(np.less(values, low) | np.greater(values, high))


class Learnt(IntEnum):
    NOTHING = 0
    A_LITTLE = 1
    WELL = 2


def learnt(run: Run, epoch: int = -1) -> np.ndarray:
    """(restarts,): what each network has learnt at ``epoch``, as a ``Learnt``.

    A little is a loss below 0.9 of guessing and of the first loss, well one below a quarter of
    guessing. A loss that is not a number has learnt nothing.

    Why a quarter of guessing is well: on XOR's four points nothing can then be wrong (a point on
    the wrong side of 1/2 costs at least 1/4, or log 2 by cross-entropy, which is a quarter of
    guessing in the mean of the four), and on moons no straight line gets there (logistic regression
    ends at 0.42 of guessing). Half of guessing is too much: it is what a network on XOR's most
    frequent plateau has, and equal units reach it on moons.
    """
    guess, losses = guessing_loss(run), run.losses[epoch]
    little = losses < A_LITTLE * np.minimum(guess, run.losses[0])
    return np.where(losses < WELL * guess, Learnt.WELL, little.astype(int))


def misjudging(run: Run, epoch: int = -1) -> str:
    """Why the best network is right more often than guessing, though it has learnt nothing.

    "unsure": its answers are on the right side of 1/2, but so near to it that the loss is no
    better. "too sure": it is more so than it is right, and where it is wrong that costs as much as
    all else gains. Else "", and before training, when nobody has learnt anything.
    """
    if epoch == 0 or run.accuracies is None or learnt(run, epoch)[run.best] != Learnt.NOTHING:
        return ""
    right, loss = run.accuracies[epoch, run.best], run.losses[epoch, run.best]
    if not np.isfinite(loss) or right <= guessing_accuracy(run.dataset.y) + SOME:
        return ""
    worse = loss > ROUNDING * guessing_loss(run)
    return "too sure" if worse or _confidence(run, epoch) > right else "unsure"


def _confidence(run: Run, epoch: int) -> float:
    """The mean probability that the best network gives to the class that it takes."""
    network = run.network_at(run.epoch if epoch < 0 else epoch).restart(run.best)
    answers = forward(network, run.probe)[-1][0]
    classes = np.vstack([answers, 1 - answers]) if len(answers) == 1 else answers
    return float(classes.max(axis=0).mean())


def well(run: Run, epoch: int = -1) -> np.ndarray:
    """(restarts,) bool: has the network learnt well?"""
    return np.asarray(learnt(run, epoch) == Learnt.WELL)


@np.errstate(all="ignore")
def is_saturated(z: np.ndarray, activation: str, threshold: float = SATURATED) -> np.ndarray:
    """Where |f'(z)| is below ``threshold`` times its maximum, or z is not a number; shape of z."""
    f = ACTIVATIONS[activation]
    return np.asarray(np.isnan(z) | (np.abs(f.derivative(z)) < threshold * f.steepest))


def is_always_saturated(z: np.ndarray, activation: str) -> np.ndarray:
    """Which units are saturated on every sample, (…, samples) to (…)."""
    return np.asarray(is_saturated(z, activation).all(axis=-1))


def is_dead(z: np.ndarray, activation: str) -> np.ndarray:
    """Which units have the slope 0, up to rounding, on every sample, (…, samples) to (…).

    No gradient passes them. Of ReLU they are the always saturated ones; leaky ReLU has none.
    """
    return np.asarray(is_saturated(z, activation, float(np.finfo(z.dtype).eps)).all(axis=-1))


def saturated_word(activation: str) -> str:
    """What units that pass hardly any gradient are called: "dead" where they pass none at all."""
    return "dead" if ACTIVATIONS[activation].derivative(np.array(-1.0)) == 0 else "saturated"


@np.errstate(all="ignore")
def count_distinct(units: np.ndarray, tolerance: float = EQUAL, least: float = 0.0) -> np.ndarray:
    """How many units differ: (…, units, numbers) to (…).

    Two are equal when none of their numbers differs by more than ``tolerance`` times the largest
    finite number of all, or times ``least`` if that is larger; and so are the ends of a chain of
    equal ones. NaN is equal to NaN.
    """
    units = np.asarray(units, dtype=float)
    sizes = np.abs(np.where(np.isfinite(units), units, 0))
    limit = tolerance * np.maximum(sizes.max(axis=(-2, -1), initial=0), least)[..., np.newaxis]
    groups = np.zeros(units.shape[:-1], dtype=int)
    for numbers in np.moveaxis(units, -1, 0):  # each number splits the groups of those before
        order = np.lexsort((numbers, groups), axis=-1)
        n, g = (np.take_along_axis(each, order, axis=-1) for each in (numbers, groups))
        apart = (np.diff(n) > limit) | np.diff(np.isnan(n)) | (np.diff(g) > 0)
        np.put_along_axis(groups, order[..., 1:], apart.cumsum(axis=-1), axis=-1)
        np.put_along_axis(groups, order[..., :1], 0, axis=-1)
        if apart.all():
            break
    return groups.max(axis=-1) + 1
