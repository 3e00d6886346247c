"""What mean-field theory predicts for residual blocks, for norms, and for SIREN.

A hidden block is a ← s a + α f(norm(W a + b)): s is 1 with a skip connection, and 0 without. In a
wide block the sums z are normally distributed and know nothing of a itself, so that the mean m of
the units and their mean square q make

    m' = s m + α E[f]        q' = s q + α² E[f²] + 2 s α m E[f]        z ~ N(0, σ_w² q + σ_b²)

and the squared gradient is multiplied by s + α² χ on its way back. A norm makes z ~ N(0, 1),
whatever q is, and divides the gradient by the size that it takes away.

Branches whose mean is 0 and whose E[f²] is q make (1 + α²)^L of it in L blocks: 2^L for α = 1,
nearly e for α = 1/√L, and 1 for α = 0 (Zhang et al. 2019, "Fixup", arXiv 1901.09321; De & Smith
2020, arXiv 2002.10444; Bachlechner et al. 2020, "ReZero", arXiv 2003.04887). Theirs are so, since
they end in a matrix, and so is the identity, or tanh where it is not yet bent. What a ReLU adds is
never negative, so that m grows too, and q faster: with σ_w² = 2 and α = 1/√L to 12 in 10 blocks,
and to 22,000 in 100.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..errors import bad, flag, number, one_of, whole
from ..networks.activations import OMEGA, activation_name
from ..networks.blocks import NORMS
from .averages import Averages, averages
from .theory import DEEPEST, NOTHING, variance_map


class Blocks(NamedTuple):
    """What becomes of two inputs on their way through the blocks, from before the first one on.

    mean, square: of a unit's value, over the units. cosine: of the two inputs' values. All three
        are (blocks + 1,).
    gradient: what each block multiplies the squared gradient by on its way back, (blocks,).
    """

    mean: np.ndarray
    square: np.ndarray
    cosine: np.ndarray
    gradient: np.ndarray


@np.errstate(all="ignore")
def propagate_blocks(
    blocks: int,
    activation: str,
    sigma_w: float,
    sigma_b: float = 0.0,
    *,
    norm: str = "none",
    skip: bool = True,
    alpha: float = 1.0,
    mean: float = 0.0,
    square: float = 1.0,
    cosine: float = 0.0,
) -> Blocks:
    """Follow two inputs whose units have this mean and mean square before the first block.

    norm: "batch" takes every unit's mean and size over a large batch away, of which any two inputs
    are thought to be as like as these; of B samples this is off by about 1 / B a block. "layer"
    does so over the units of each input. What ``init_network`` makes has no skip around its first
    hidden layer, which is a block with ``skip=False``. Where q, or the variance of z, is past what
    floating point can hold, the mean square is inf, and the rest NaN.

    >>> propagate_blocks(3, "identity", 1.0).square
    array([1., 2., 4., 8.])
    >>> propagate_blocks(3, "relu", 2**0.5).square.round(2)
    array([ 1. ,  2. ,  4.9, 13.2])
    """
    over = averages(activation_name(activation))
    size = _Sizes(sigma_w, sigma_b, one_of("norm", norm, NORMS))
    if abs(number("mean", mean)) > number("square", square, least=0) ** 0.5:
        raise bad("mean", mean, "give at most the root of the mean square")
    if abs(number("cosine", cosine)) > 1:
        raise bad("cosine", cosine, "give one from -1 to 1")
    alpha, s = np.float64(number("alpha", alpha)), float(flag("skip", skip))
    m, q, shared = (np.float64(x) for x in (mean, square, cosine * square))
    table = np.full((4, whole("blocks", blocks, least=0, below=DEEPEST) + 1), np.nan)
    for block in range(blocks + 1):
        table[:3, block] = m, q, shared / q
        if not np.isfinite(q) or not np.isfinite(variance := size.of_sums(q, shared)):
            table[:, block:] = np.array([[np.nan], [np.inf], [np.nan], [np.nan]])
            break
        branch = _branch(over, variance, size.correlation(q, shared))
        table[3, block] = s + alpha**2 * size.kept(q, shared) * branch.square_slope
        crossed = 2 * s * alpha * m * branch.mean
        m = s * m + alpha * branch.mean
        q = s * q + alpha**2 * branch.square + crossed
        shared = s * shared + alpha**2 * branch.shared + crossed
    return Blocks(table[0], table[1], table[2], table[3, :-1])


def norm_chi(activation: str, norm: str) -> float:
    """By what a layer behind a norm multiplies the squared gradient, without skips or biases.

    No scale of the weights can change it. With "batch" it is E[f'²] / Var f, so that of ReLU a deep
    network's gradient grows by π / (π - 1) a layer (Yang et al. 2019, arXiv 1902.08129); with
    "layer" it is E[f'²] / E[f²].

    >>> [round(norm_chi(f, "batch"), 3) for f in ("relu", "tanh", "identity")]
    [1.467, 1.178, 1.0]
    """
    over = averages(activation_name(activation))
    one = np.array(1.0)
    centred = (
        over.mean(one) ** 2
        if one_of("norm", norm, [name for name in NORMS if name != "none"]) == "batch"
        else 0.0
    )
    return float(over.square_slope(one) / (over.square(one) - centred))


def siren_variances(layers: int, features: int, square: float = 1 / 3) -> np.ndarray:
    """The variance of ω z in each layer of a SIREN without biases, for one input: (layers,).

    square: the mean square of its features, 1/3 if they may be anywhere in (-1, 1). The first layer
    draws U(±1 / n), the others U(±√(6 / n) / ω), which the paper says makes ω z a standard normal
    in each of these (Sitzmann et al. 2020, arXiv 2006.09661). So it is behind a layer whose sines
    go round many times; from there on v' = 1 - exp(-2 v), which settles on 0.797.

    >>> siren_variances(5, features=2).round(3)
    array([50.   ,  1.   ,  0.865,  0.823,  0.807])
    """
    first = number("square", square, least=0) / (3 * whole("features", features, least=1))
    first = OMEGA**2 * min(first, 1e300)  # so that it stays finite
    v = np.full(whole("layers", layers, least=1, below=DEEPEST), first)
    for layer in range(1, len(v)):
        v[layer] = OMEGA**2 * variance_map(v[layer - 1] / OMEGA**2, "sine", 2**0.5 / OMEGA)
    return v


class _Sizes:
    """What the weights, the biases and the norm make of a mean square q, and of what two share."""

    def __init__(self, sigma_w: float, sigma_b: float, norm: str) -> None:
        self._w = np.float64(number("sigma_w", sigma_w, least=0)) ** 2
        self._b = np.float64(number("sigma_b", sigma_b, least=0)) ** 2
        self._norm = norm

    def of_sums(self, q: float, shared: float) -> float:
        """The variance of what f takes. A norm makes it 1, unless there is nothing that it could
        stretch."""
        if self._norm == "none":
            return self._w * q + self._b
        return float(self._taken(q, shared) != 0)

    def correlation(self, q: float, shared: float) -> float:
        """Of what f takes: with its batch's mean taken away, nothing is left that all share."""
        if self._norm == "batch":
            return 0.0
        size = self._w * q + self._b
        return np.clip((self._w * shared + self._b) / size, -1.0, 1.0) if size != 0 else 1.0

    def kept(self, q: float, shared: float) -> float:
        """What weights and norm multiply the squared gradient by."""
        if self._norm == "none":
            return self._w
        return self._w / self._taken(q, shared) if self._w > 0 else np.float64(0)

    def _taken(self, q: float, shared: float) -> float:
        """The variance that a norm takes away."""
        return self._w * (q - shared) if self._norm == "batch" else self._w * q + self._b


class _Branch(NamedTuple):
    mean: float
    square: float
    shared: float
    square_slope: float


@lru_cache(maxsize=256)  # behind a batch norm all blocks have the same
def _branch(over: Averages, variance: float, c: float) -> _Branch:
    q = np.full((), max(variance, NOTHING))
    square = over.square(q)
    shared = np.clip(over.pair(float(q), np.array(c)), -square, square)  # beyond is rounding
    return _Branch(*(float(x) for x in (over.mean(q), square, shared, over.square_slope(q))))
