"""What a hidden layer has beside weights and activation: a norm of its sums, and a skip.

A norm gives the sums of a layer the mean 0 and the standard deviation 1, whatever the scale of its
weights. "batch" takes both over the samples, of every unit by itself (Ioffe & Szegedy 2015,
https://arxiv.org/abs/1502.03167); "layer" over the units, of every sample by itself (Ba, Kiros &
Hinton 2016, https://arxiv.org/abs/1607.06450). What follows is a learnt gain and shift for each
unit. The samples of a batch are those that pass together: a mini-batch while it is trained on, all
of them while a loss is measured. There are no running averages.

A skip adds a layer's answers to those of the layer below (He et al. 2016, arXiv 1512.03385).

Arrays are (restarts, units, samples).
"""

from collections.abc import Sequence

import numpy as np

NORMS = ("none", "batch", "layer")
AXES = {"batch": 2, "layer": 1}  # over which mean and spread go
EPSILON = 1e-5  # beside the variance, as everywhere: what does not vary at all becomes 0


def standardised(sums: np.ndarray, norm: str) -> tuple[np.ndarray, np.ndarray]:
    """The sums less their mean, divided by their spread; and that spread."""
    axis = AXES[norm]
    centred = sums - sums.mean(axis=axis, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=axis, keepdims=True) + EPSILON)
    return centred / spread, spread


def before_norm(delta: np.ndarray, unit: np.ndarray, spread: np.ndarray, norm: str) -> np.ndarray:
    """d loss / d sums, from ``delta`` = d loss / d unit, where unit, spread = standardised(sums).

    What would move all sums together, or stretch them, changes nothing behind the norm, so that
    part of the gradient is taken out.
    """
    axis = AXES[norm]
    moved = delta.mean(axis=axis, keepdims=True)
    stretched = (delta * unit).mean(axis=axis, keepdims=True)
    return (delta - moved - unit * stretched) / spread


def with_skips(layers: Sequence[int]) -> tuple[int, ...]:
    """Where a skip fits: the hidden layers after the first that are as wide as the one below.

    >>> with_skips((2, 16, 16, 8, 8, 1))
    (1, 3)
    """
    return tuple(n for n in range(1, len(layers) - 2) if layers[n] == layers[n + 1])
