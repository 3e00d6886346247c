"""What mean-field theory predicts for a wide network before any training.

In a wide layer the sums z = W a + b of one input are normally distributed over the units, so one
number tells all about them: their variance q. Two inputs also have the correlation c of their sums.
Every layer maps q and c to the next ones, and the variance of the gradient is multiplied by χ on
its way back through it:

    q' = σ_w² E[f(√q z)²] + σ_b²          χ = σ_w² E[f'(√q z)²]          z ~ N(0, 1)

(Poole et al. 2016, https://arxiv.org/abs/1606.05340; Schoenholz et al. 2017,
https://arxiv.org/abs/1611.01232.) Where χ < 1, two inputs come to look alike (the ordered phase);
where χ > 1, near ones are torn apart (the chaotic one); between them lies the edge of chaos.

activation: a name in ``ACTIVATIONS``, of all hidden layers.
sigma_w: the weights have the variance σ_w² / fan_in. sigma_b: standard deviation of the biases.
How exact the averages are is said in ``averages.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from math import inf, log, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import bad, number, whole
from ..networks.activations import ACTIVATIONS, activation_name
from ..networks.arrays import as_numbers, real_array
from ..networks.memory import check_room
from .averages import NODE_BYTES, SECTOR_NODES, averages

# Variances that stand for 0 and infinity: a limit from there is the limit.
NOTHING, EVERYTHING = 1e-30, 1e18
SAME = 1e-12  # a relative change that is rounding
NEAR = 1e-6  # to the edge: there a settled variance is known to half the digits only
SMALLEST, LARGEST = 1e-18, 1e6  # σ_b between which the edge can be told from rounding
DEEPEST = 20_000  # layers that can be followed in some seconds, wherever they do not settle
STILL = 1e-9  # a change from layer to layer that no picture shows
TRAINABLE = 6  # times ξ, as Schoenholz et al. 2017 found
RUNGS = 10.0 ** (np.arange(1, 601) / 20)  # where a settled variance is looked for, from the start
FAR = 10.0 ** np.arange(40, 301, 10)  # and where it is above that
PARTS = (0, 40, 180, 320, 460, 600)  # they are tried in, and FAR last


@np.errstate(all="ignore")
def variance_map(q: ArrayLike, activation: str, sigma_w: float, sigma_b: float = 0.0) -> np.ndarray:
    """The variance of the next layer's sums, from that of this layer's: q, of any shape."""
    activation, sigma_w, sigma_b = _check(activation, sigma_w, sigma_b)
    # The root first: the square of a large or tiny σ_w alone is beyond floating point
    return (sigma_w * np.sqrt(mean_square(activation, q))) ** 2 + sigma_b**2


@np.errstate(all="ignore")
def fixed_point(activation: str, sigma_w: float, sigma_b: float = 0.0, start: float = 1.0) -> float:
    """The variance on which the layers settle, coming from ``start``.

    0 where the signal dies out, inf where it grows without end, or beyond what floating point can
    hold, ``start`` where nothing changes it.
    """
    activation, sigma_w, sigma_b = _check(activation, sigma_w, sigma_b)
    number("start", start, above=0)

    def growth(q):
        return variance_map(q, activation, sigma_w, sigma_b) / q - 1

    first = growth(start)
    if abs(first) < SAME:
        return start
    ladder = np.minimum(start * np.append(RUNGS, FAR), FAR[-1]) if first > 0 else start / RUNGS
    for begin, end in pairwise((*PARTS, len(ladder))):  # mostly it is among the first
        turned = np.flatnonzero(growth(ladder[begin:end]) * np.sign(first) < -SAME)
        if turned.size:
            break
    else:
        return inf if first > 0 else 0.0
    turn = begin + turned[0]
    before = start if turn == 0 else ladder[turn - 1]
    if growth(before) * first <= 0:  # by rounding: it has settled there
        return float(before)
    low, high = sorted((float(before), float(ladder[turn])))
    return _root(growth, low, high)


@np.errstate(all="ignore")
def correlation_map(
    c: ArrayLike, activation: str, sigma_w: float, sigma_b: float = 0.0, q: float | None = None
) -> np.ndarray:
    """The correlation of two inputs' sums in the next layer, from that in this layer: c, any shape.

    q: the variance of both in this layer; None is where it settles (see ``fixed_point``).
    NaN where nothing is left to correlate: σ_w and σ_b, or σ_w and the activations, are all 0.
    """
    activation, sigma_w, sigma_b = _check(activation, sigma_w, sigma_b)
    c = _numbers(c, "c", "give correlations from -1 to 1")
    if (beyond := c[np.abs(c) > 1]).size:
        raise bad("c", float(beyond[0]), "give correlations from -1 to 1")
    check_room("c.shape", c.shape, SECTOR_NODES * NODE_BYTES * c.size, "give fewer")
    q = _settled(q, activation, sigma_w, sigma_b)
    shared = averages(activation).pair(q, c)
    sigma_w, sigma_b = _relative(sigma_w, sigma_b)
    shared = sigma_w**2 * shared + sigma_b**2
    return np.clip(shared / variance_map(q, activation, sigma_w, sigma_b), -1, 1)


@np.errstate(all="ignore")
def chi(activation: str, sigma_w: float, sigma_b: float = 0.0, q: float | None = None) -> float:
    """χ, by which a layer multiplies the variance of the gradient on its way back.

    It is also how the distance of two near inputs changes on the way forward. q: the variance of
    the sums; None is where it settles.

    >>> [round(chi("relu", sigma_w), 2) for sigma_w in (1, 2**0.5, 2)]
    [0.5, 1.0, 2.0]
    """
    activation, sigma_w, sigma_b = _check(activation, sigma_w, sigma_b)
    q = _settled(q, activation, sigma_w, sigma_b)
    return float((sigma_w * np.sqrt(mean_square_slope(activation, q))) ** 2)


def gradient_factor(
    activation: str, sigma_w: float, sigma_b: float = 0.0, q: float | None = None
) -> float:
    """√χ: by how much a layer multiplies the size of the gradient, its root mean square.

    For layers of equal width; from n_in to n_out units it is √(n_out / n_in) times as much.
    """
    return sqrt(chi(activation, sigma_w, sigma_b, q))


class Propagation(NamedTuple):
    """What becomes of two inputs' sums on their way through the layers; each (layers,)."""

    variance: np.ndarray
    correlation: np.ndarray
    chi: np.ndarray  # at that variance


@np.errstate(all="ignore")
def propagate(
    layers: int, q: float, c: float, activation: str, sigma_w: float, sigma_b: float = 0.0
) -> Propagation:
    """Follow two inputs whose sums in layer 1 have the variance q and the correlation c.

    Past what floating point can hold the variance is inf, without any signal 0, and the rest NaN.

    >>> propagate(4, 1.0, 0.5, "relu", sigma_w=1.0).variance.round(3)
    array([1.   , 0.5  , 0.25 , 0.125])
    """
    activation, sigma_w, sigma_b = _check(activation, sigma_w, sigma_b)
    q, c = number("q", q, least=0), _correlation(c)
    table = np.full((3, whole("layers", layers, least=1, below=DEEPEST)), np.nan)
    for layer in range(layers):
        table[:, layer] = q, c, chi(activation, sigma_w, sigma_b, q)
        after = variance_map(q, activation, sigma_w, sigma_b)
        if not 0 < after < inf:
            table[0, layer + 1 :] = inf if after else 0.0
            break
        turned = correlation_map(c, activation, sigma_w, sigma_b, q)
        if abs(after - q) <= STILL * q and abs(turned - c) <= STILL:  # from here on all is constant
            table[:, layer + 1 :] = table[:, layer : layer + 1]
            break
        q, c = float(after), float(turned)
    return Propagation(*table)


class DepthScale(NamedTuple):
    """ξ: in so many layers q, or c, comes e times nearer to where it settles; inf at the edge."""

    variance: float
    correlation: float


def depth_scale(activation: str, sigma_w: float, sigma_b: float = 0.0) -> DepthScale:
    """How deep a signal reaches: -1 / ln(slope of the map where it settles), for q and for c.

    ValueError where the variance grows without end.
    """
    activation, sigma_w, sigma_b = _check(activation, sigma_w, sigma_b)
    q = fixed_point(activation, sigma_w, sigma_b)
    if q == inf:
        endless = f"the variance of {activation} grows without end here and settles nowhere"
        raise bad("sigma_w", float(sigma_w), f"{endless}; give a smaller one")
    slope = variance_slope(q, activation, sigma_w)
    return DepthScale(_scale(slope), _correlation_scale(activation, sigma_w, sigma_b, q))


def reach(activation: str, sigma_w: float, sigma_b: float = 0.0) -> float:
    """ξ of what decides how deep a signal gets: in so many layers it changes by a factor of e.

    That is the correlation, where the variance settles; and the variance, where that dies out or
    grows without end. Networks can be trained to a depth of about ``TRAINABLE`` times this.
    """
    activation, sigma_w, sigma_b = _check(activation, sigma_w, sigma_b)
    q = fixed_point(activation, sigma_w, sigma_b)
    if 0 < q < inf:
        return _correlation_scale(activation, sigma_w, sigma_b, q)
    q = min(q, EVERYTHING)
    if q and _bounded(activation):  # it has settled, beyond all numbers
        return _correlation_scale(activation, sigma_w, sigma_b, q)
    return _scale(variance_slope(q, activation, sigma_w))


def _correlation_scale(activation: str, sigma_w: float, sigma_b: float, q: float) -> float:
    c = correlation_fixed_point(activation, sigma_w, sigma_b, q)
    if np.isnan(c):  # nothing is left to correlate, at once
        return 0.0
    return _scale(correlation_slope(c, activation, sigma_w, sigma_b, q))


@np.errstate(all="ignore")
def variance_slope(q: float, activation: str, sigma_w: float) -> float:
    """The slope of ``variance_map`` at q: what becomes of a small difference in variance."""
    activation, sigma_w, _ = _check(activation, sigma_w, 0.0)
    q = max(number("q", q, least=0), NOTHING)
    return float(sigma_w**2 * averages(activation).growth(np.array(q)))


@np.errstate(all="ignore")
def correlation_slope(
    c: float, activation: str, sigma_w: float, sigma_b: float = 0.0, q: float | None = None
) -> float:
    """The slope of ``correlation_map`` at c, for the same q; at c = 1 it is χ, unless q settles on
    0: then q shrinks like χ, and the ratio of the two is the slope.
    """
    activation, sigma_w, sigma_b = _check(activation, sigma_w, sigma_b)
    c = _correlation(c)
    q = _settled(q, activation, sigma_w, sigma_b)
    if c == 1:  # exactly χ: the edge is where it is 1
        slopes = mean_square_slope(activation, q)
    else:
        slopes = averages(activation).pair_slope(q, np.array(c))
    sigma_w, sigma_b = _relative(sigma_w, sigma_b)
    return float(sigma_w**2 * slopes * q / variance_map(q, activation, sigma_w, sigma_b))


@np.errstate(all="ignore")
def correlation_fixed_point(
    activation: str, sigma_w: float, sigma_b: float = 0.0, q: float | None = None
) -> float:
    """The correlation on which the layers settle: 1 in the ordered phase, less in the chaotic."""
    where = activation, sigma_w, sigma_b, _settled(q, activation, sigma_w, sigma_b)
    unrelated = correlation_map(0.0, *where)
    if np.isnan(unrelated):
        return nan

    def steepness(c):
        """Of the line from c to 1, beyond 1. The map is convex, so it grows with c."""
        return (1 - correlation_map(c, *where)) / (1 - c) - 1

    if correlation_slope(1.0, *where) <= 1 + SAME:
        return 1.0
    if unrelated < SAME:  # unrelated inputs stay unrelated
        return 0.0
    # Very near to 1 the map of a large variance is known too little; lower down it is steep as well
    steep = [c for c in (1 - NEAR, 0.9999, 0.99, 0.9) if steepness(c) > 0]
    return _root(steepness, 0.0, steep[0]) if steep else 1.0


def critical_sigma_w(activation: str, sigma_b: float = 0.0) -> float | None:
    """The σ_w at the edge of chaos, where the variance settles and χ = 1 there.

    None where there is none; ``why_not_critical`` says why.

    >>> round(critical_sigma_w("relu"), 4), round(critical_sigma_w("tanh", sigma_b=0.1), 4)
    (1.4142, 1.1934)
    """
    return _edge_or_why_not(activation, sigma_b)[0]


def why_not_critical(activation: str, sigma_b: float = 0.0) -> str:
    """Why ``critical_sigma_w`` is None, in one sentence; empty where it is not."""
    return _edge_or_why_not(activation, sigma_b)[1]


def _edge_or_why_not(activation: str, sigma_b: float) -> tuple[float | None, str]:
    activation, _, sigma_b = _check(activation, 1.0, sigma_b)
    # A bias so small moves the edge by less than rounding does
    return _critical(activation, float(sigma_b) if sigma_b > SMALLEST else 0.0)


class Gains(NamedTuple):
    """Factors on weights of variance 1 / fan_in that keep the size of z ~ N(0, 1) in a layer."""

    forward: float  # of the signal, 1 / √E[f²]
    centred: float  # of what varies in it, 1 / std f
    backward: float  # of the gradient, 1 / √E[f'²]
    folklore: float | None  # what PyTorch's table says; None if nothing


@np.errstate(all="ignore")
def gain(activation: str) -> Gains:
    """The exact gains of an activation, and beside them the one that people use.

    >>> tanh = gain("tanh")
    >>> round(tanh.forward, 2), round(tanh.backward, 2), round(tanh.folklore, 2)
    (1.59, 1.47, 1.67)
    """
    activation = activation_name(activation)
    over, one = averages(activation), np.array(1.0)
    mean, square = over.mean(one), over.square(one)
    sizes = (square, square - mean**2, over.square_slope(one))
    forward, centred, backward = (1 / sqrt(size) for size in sizes)
    return Gains(forward, centred, backward, ACTIVATIONS[activation].pytorch_gain)


def _check(activation: str, sigma_w: float, sigma_b: float) -> tuple[str, np.float64, np.float64]:
    """As NumPy's floats, of which the square is inf where Python's would be an OverflowError."""
    return (
        activation_name(activation),
        np.float64(number("sigma_w", sigma_w, least=0)),
        np.float64(number("sigma_b", sigma_b, least=0)),
    )


def _bounded(activation: str) -> bool:
    return bool(np.isfinite(ACTIVATIONS[activation].range).all())


def _relative(sigma_w: np.float64, sigma_b: np.float64) -> tuple[np.float64, np.float64]:
    """Both as shares of the larger one: whatever is a ratio of variances stays what it is."""
    largest = np.maximum(sigma_w, sigma_b) or np.float64(1)
    return sigma_w / largest, sigma_b / largest


def _numbers(values: ArrayLike, name: str, remedy: str) -> np.ndarray:
    if real_array(values, name, remedy).dtype.kind == "b":  # which is no measured size
        raise bad(name, values, remedy)
    return as_numbers(values, name, remedy)


def _variances(q: ArrayLike) -> np.ndarray:
    remedy = "give finite variances of at least 0"
    variances = _numbers(q, "q", remedy)
    if (variances < 0).any():
        raise bad("q", variances.tolist(), remedy)
    check_room("q.shape", variances.shape, NODE_BYTES * variances.size, "give fewer")
    return variances


def _correlation(c: float) -> float:
    if abs(number("c", c)) > 1:
        raise bad("c", c, "give a correlation from -1 to 1")
    return float(c)


def _settled(q: float | None, activation: str, sigma_w: float, sigma_b: float) -> float:
    """q, or where the variance settles; 0 and infinity as numbers to compute with."""
    q = fixed_point(activation, sigma_w, sigma_b) if q is None else number("q", q, least=0)
    return max(q, NOTHING) if q < inf else EVERYTHING


def _scale(slope: float) -> float:
    if abs(slope - 1) < SAME:
        return inf
    return abs(1 / log(slope)) if slope > 0 else 0.0


@cache
@np.errstate(all="ignore")
def _critical(activation: str, sigma_b: float) -> tuple[float | None, str]:
    """(σ_w at the edge of chaos or None, why there is none).

    On the variance q settle exactly those layers for which σ_w² = (q - σ_b²) / E[f²]. So χ at the
    settled variance is a function of q alone, and the edge is where it passes 1.
    """
    if sigma_b > LARGEST:
        return None, "beside biases so large, no weights can be told from rounding"

    def sigma_w(q):
        return np.sqrt((q - sigma_b**2) / variance_map(q, activation, 1.0))

    def distance(q):
        return sigma_w(q) ** 2 * mean_square_slope(activation, q) - 1

    if sigma_b == 0 and abs(distance(NOTHING)) < SAME:
        edge = NOTHING  # f(0) = 0: the edge is where a signal is no longer lost
    else:
        ladder = sigma_b**2 + max(sigma_b**2, 1) * 10.0 ** np.linspace(-12, 12, 361)
        distances = distance(ladder)
        above = np.flatnonzero(distances > SAME)
        if not above.size:
            return None, "χ stays below 1 at every sigma_w at which the variance settles"
        below = np.flatnonzero(distances[: above[0]] < 0)  # between them there may be rounding only
        edge = _root(distance, *ladder[[below[-1], above[0]]]) if below.size else ladder[0]
    found = float(sigma_w(edge))
    q = fixed_point(activation, found, sigma_b)
    if q < inf and abs(chi(activation, found, sigma_b, q) - 1) < NEAR:
        return found, ""
    where = "grows without end" if q == inf else f"settles on {q:.2g} instead of {edge:.2g}"
    return None, f"χ would be 1 at sigma_w = {found:.4g}, but there the variance {where}"


@np.errstate(all="ignore")
def mean_square(activation: str, q: ArrayLike) -> np.ndarray:
    """E[f(√q z)²], of the shape of q."""
    activation = activation_name(activation)
    return averages(activation).square(_variances(q))


@np.errstate(all="ignore")
def mean_square_slope(activation: str, q: ArrayLike) -> np.ndarray:
    """E[f'(√q z)²], of the shape of q; at q = 0 the limit from above."""
    activation = activation_name(activation)
    return averages(activation).square_slope(np.maximum(_variances(q), NOTHING))


def _root(function: Callable, low: float, high: float) -> float:
    from scipy.optimize import root_scalar  # here: it would make up most of `import initviz`

    return root_scalar(function, bracket=(low, high), xtol=1e-300, rtol=1e-13).root
