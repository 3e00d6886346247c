"""Loss functions, each beside its gradient with respect to the output layer's z.

Shapes: z is (restarts, outputs, samples), the output layer's weighted sums before its activation.
targets is (outputs, samples); for classes it holds 0 and 1 (one row a class when there are more
than two). A loss is one number per restart, shape (restarts,): the mean over the samples.

Working from z, and not from the output itself, keeps the logarithms finite: log(sigmoid(-800))
is -inf in floating point, while the same number written with z is -800.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import bad, one_of, same_name
from .activations import ACTIVATIONS, sigmoid, softmax
from .arrays import as_numbers
from .table import Table

# What an output layer can do to its z. Softmax has no entry in ACTIVATIONS: see there.
OUTPUTS: dict[str, Callable] = {
    "sigmoid": sigmoid,
    "softmax": softmax,
    "identity": ACTIVATIONS["identity"].function,
}


@dataclass(frozen=True)
class Loss:
    """One row of the table ``LOSSES``.

    value(z, targets, output): the loss of each restart, (restarts,).
    gradient(z, targets, output): d loss / d z, shape of z.
    outputs: the output activations that it goes with; the first is the usual one.
    """

    value: Callable[[np.ndarray, np.ndarray, str], np.ndarray]
    gradient: Callable[[np.ndarray, np.ndarray, str], np.ndarray]
    outputs: tuple[str, ...]


# Squared error: the mean over the samples of the sum over the outputs of (output - target)^2.
def squared_error(z: np.ndarray, targets: np.ndarray, output: str) -> np.ndarray:
    error = OUTPUTS[output](z) - targets
    return (error**2).sum(axis=(-2, -1)) / z.shape[-1]


def squared_error_gradient(z: np.ndarray, targets: np.ndarray, output: str) -> np.ndarray:
    activation = ACTIVATIONS[output]
    error = activation.function(z) - targets
    return 2 * error * activation.derivative(z) / z.shape[-1]


# Binary cross-entropy: -log of the probability that the sigmoid output gives to the right class.
def binary_cross_entropy(z: np.ndarray, targets: np.ndarray, output: str) -> np.ndarray:
    # log(1 + exp(z)) - targets z, without overflow; what is large cancels before the small is added
    value = (np.maximum(z, 0) - targets * z) + np.log1p(np.exp(-np.abs(z)))
    return value.sum(axis=(-2, -1)) / z.shape[-1]


def binary_cross_entropy_gradient(z: np.ndarray, targets: np.ndarray, output: str) -> np.ndarray:
    return (sigmoid(z) - targets) / z.shape[-1]


# Softmax cross-entropy: the same for K classes. Beside a large z a number such as log K would be
# lost, so all is counted from the largest z.
def softmax_cross_entropy(z: np.ndarray, targets: np.ndarray, output: str) -> np.ndarray:
    below = z.max(axis=-2, keepdims=True) - z
    missed = np.where(targets == 0, 0, targets * below)  # 0 also where z is too far below to count
    return (np.log(np.exp(-below).sum(axis=-2)) + missed.sum(axis=-2)).mean(axis=-1)


def softmax_cross_entropy_gradient(z: np.ndarray, targets: np.ndarray, output: str) -> np.ndarray:
    return (softmax(z) - targets) / z.shape[-1]


LOSSES = Table(
    "loss",
    {
        row.value.__name__: row
        for row in (
            Loss(squared_error, squared_error_gradient, ("identity", "sigmoid")),
            Loss(binary_cross_entropy, binary_cross_entropy_gradient, ("sigmoid",)),
            Loss(softmax_cross_entropy, softmax_cross_entropy_gradient, ("softmax",)),
        )
    },
)

# What other libraries call these losses.
ELSEWHERE = {
    "mse": "squared_error",
    "bce": "binary_cross_entropy",
    "cross_entropy": "softmax_cross_entropy",
}


def check_loss(loss: object) -> str:
    """The name in ``LOSSES`` that ``loss`` is; ValueError where it is none."""
    elsewhere = same_name(loss, ELSEWHERE)
    if elsewhere is not None:
        raise bad("loss", loss, f"this loss is called {ELSEWHERE[elsewhere]}")
    return one_of("loss", loss, LOSSES)


@np.errstate(all="ignore")
def guessing(y: np.ndarray, loss: str) -> float:
    """The loss of guessing: of the best answer to these targets that is the same for every input.

    That is the mean of each output's targets. For K equally frequent classes it gives ln K, for
    others less. y: (samples,) or (samples, outputs).

    >>> round(guessing(np.array([0, 1, 2, 2]), "softmax_cross_entropy"), 3)
    1.04
    """
    y = np.asarray(y)
    outputs = y.shape[1] if y.ndim == 2 else 1
    if loss == "softmax_cross_entropy" and y.ndim == 1:
        outputs = int(y.max()) + 1
    targets = encode_targets(y, loss, outputs).astype(float)
    if loss == "squared_error":
        return float(targets.var(axis=1).sum())
    mean = targets.mean(axis=1)
    parts = mean if loss == "softmax_cross_entropy" else np.stack([mean, 1 - mean])
    return float(-(parts * np.log(np.where(parts > 0, parts, 1))).sum())


def chance(y: np.ndarray, loss: str, output: str, outputs: int) -> float:
    """The loss of chance: of probabilities that are the same for all classes.

    A fresh network is about here, since it cannot know how frequent the classes are: ln K for K of
    them, be one of them ever so rare. The loss of guessing, which knows, is at most as large. Where
    the ``output`` is no probability there is no such answer, and it is the loss of guessing.

    >>> y = np.array([0, 1, 2, 2])
    >>> round(chance(y, "softmax_cross_entropy", "softmax", outputs=3), 3)
    1.099
    """
    if output == "identity":
        return guessing(y, loss)
    targets = encode_targets(y, loss, outputs)
    z = np.zeros((1, *targets.shape))  # sigmoid and softmax make equal probabilities of it
    return float(LOSSES[loss].value(z, targets, output)[0])


def accuracy(z: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The share of samples put into the right class, (restarts,). An output of NaN is a miss.

    z: (restarts, outputs, samples), of which the largest counts, at a tie the first. A single one
    says class 1 where it is positive. targets: (outputs, samples).

    >>> accuracy(np.array([[[2.0, -1.0, np.nan]]]), np.array([[1, 1, 1]])).round(2)
    array([0.33])
    """
    if len(targets) == 1:
        right = ((z > 0) == (targets > 0)) & ~np.isnan(z)
    else:
        best = z.argmax(axis=-2, keepdims=True)  # a NaN, where there is one
        own = np.take_along_axis(np.broadcast_to(targets > 0, z.shape), best, axis=-2)
        right = own & ~np.isnan(np.take_along_axis(z, best, axis=-2))
    return right[..., 0, :].mean(axis=-1)


def guessing_accuracy(y: np.ndarray) -> float:
    """The share of class numbers that the most frequent class gets right by itself."""
    return float(np.bincount(y).max() / len(y))


def encode_targets(y: ArrayLike, loss: str, outputs: int) -> np.ndarray:
    """``y``, (samples,) or (samples, outputs), as the losses want it: (outputs, samples).

    For softmax, class numbers become one-hot columns. Raises ValueError naming what does not fit.
    """
    y = as_numbers(y, "y")
    if y.size == 0:
        raise bad("y", y, "give at least one target")
    if loss == "softmax_cross_entropy" and y.ndim == 1:
        if (y != np.round(y)).any() or y.min() < 0 or y.max() >= outputs:
            raise bad("y", np.unique(y)[:5], f"give class numbers from 0 to {outputs - 1}")
        targets = np.zeros((outputs, len(y)))
        targets[y.astype(int), np.arange(len(y))] = 1
        return targets
    if y.ndim not in (1, 2) or y.size != len(y) * outputs:
        raise bad("y.shape", y.shape, f"give (samples, {outputs}), one target for every output")
    if loss != "squared_error" and (y.min() < 0 or y.max() > 1):
        raise bad("y", np.unique(y)[:5], "cross-entropy takes targets from 0 to 1")
    targets = y.reshape(len(y), outputs).T
    if loss == "softmax_cross_entropy" and not np.allclose(targets.sum(axis=0), 1, atol=1e-4):
        raise bad("y", y[:2], "give class numbers, or shares of the classes that sum to 1")
    return targets
