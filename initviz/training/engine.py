"""The training loop, written for speed: R networks step together, in place, in buffers made once.

It takes the steps of ``network.gradients`` in the same order; a test holds the two equal. A pass is
a list of NumPy calls, written down once and made at every step (``do``), so that a step costs the
calls alone. Buffers begin at a cache line and have no gaps, and those that are not needed at once
share their memory. The bias is one more column of the weights and meets an input that is always 1:
activations have a last row of ones, which goes through all that is elementwise. Slopes are worked
out from the activations, and constant factors moved out of the loop (``Kernel``). Some epochs are
measured together. The restarts are taken in blocks that fit the cache, each on one thread.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from math import ceil, pi, prod, sqrt
from time import perf_counter
from typing import Any

import numpy as np
from numpy.lib.introspect import opt_func_info

from ..networks.activations import LEAK, SELU_ALPHA, SELU_SCALE
from ..networks.network import Network

CACHE_LINE = 64  # bytes
CACHE_BYTES = 5 * 2**18  # for the buffers of one block: what is at hand at once of a core's cache
THREAD_BYTES = 3 * 2**19  # of buffers for every thread: with less, a second one does not pay
EPOCHS_AT_ONCE = 16  # trained before they are measured, where that fits the cache as well

Calls = list[Callable[[], object]]
Arrays = list[np.ndarray]  # one a layer


def do(function: Callable, *inputs, into: np.ndarray) -> Callable[[], object]:
    """A NumPy call to be made later, again and again; its result goes into ``into``.

    Plain numbers are converted to arrays here, once, because NumPy would do so at every call.
    """
    arrays = (np.asarray(x, into.dtype) if isinstance(x, int | float) else x for x in inputs)
    return partial(function, *arrays, out=into)


def make(calls: Calls) -> None:
    for call in calls:
        call()


# Activations, as tables of calls: a function, the buffers and numbers that go in, the buffer that
# its result goes to. ``bend`` makes a of z, which may be the same array. ``slope`` makes below =
# delta · f'(z), with the slope worked out from a, which is used up. Where that needs z itself, bend
# has put the slope into s already, with ``spare`` to help.

Table = list[tuple]


def written(table: Table, **buffers: Any) -> Calls:
    """The calls of a table on these buffers."""
    named = ([buffers[x] if isinstance(x, str) else x for x in each] for each in table)
    return [do(function, *inputs, into=into) for function, *inputs, into in named]


def _erf(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    from scipy.special import erf  # here, because it would make up most of `import initviz`

    return erf(x, out=out)


TANH: Table = [(np.tanh, "z", "a")]
TANH_SLOPE: Table = [
    (np.square, "a", "a"),
    (np.subtract, 1, "a", "a"),
    (np.multiply, "delta", "a", "below"),
]
SIGMOID_BY_TANH: Table = [(np.tanh, "z", "a"), (np.add, "a", 1, "a")]
SIGMOID_BY_TANH_SLOPE: Table = [
    (np.multiply, "delta", "a", "below"),
    (np.subtract, 2, "a", "a"),
    (np.multiply, "below", "a", "below"),
]
SIGMOID_BY_EXP: Table = [(np.exp, "z", "a"), (np.add, "a", 1, "a"), (np.divide, 1, "a", "a")]
SIGMOID_BY_EXP_SLOPE: Table = [
    (np.multiply, "delta", "a", "below"),
    (np.subtract, "a", 1, "a"),
    (np.multiply, "below", "a", "below"),
]
RELU: Table = [(np.maximum, "z", 0, "a")]
RELU_SLOPE: Table = [(np.greater, "a", 0, "a"), (np.multiply, "delta", "a", "below")]
LEAKY_RELU: Table = [(np.multiply, "z", LEAK, "spare"), (np.maximum, "z", "spare", "a")]
LEAKY_RELU_SLOPE: Table = [
    (np.greater, "a", 0, "a"),
    (np.multiply, "a", 1 - LEAK, "a"),
    (np.add, "a", LEAK, "a"),
    (np.multiply, "delta", "a", "below"),
]
SOFTPLUS: Table = [
    (np.absolute, "z", "spare"),
    (np.negative, "spare", "spare"),
    (np.exp, "spare", "spare"),
    (np.log1p, "spare", "spare"),
    (np.maximum, "z", 0, "a"),
    (np.add, "a", "spare", "a"),
]
SOFTPLUS_SLOPE: Table = [
    (np.negative, "a", "a"),
    (np.expm1, "a", "a"),
    (np.negative, "a", "a"),
    (np.multiply, "delta", "a", "below"),
]
SELU_LOW = SELU_SCALE * SELU_ALPHA
SELU: Table = [
    (np.greater, "z", 0, "s"),
    (np.multiply, "s", SELU_SCALE - SELU_LOW, "s"),
    (np.add, "s", SELU_LOW, "s"),
    (np.minimum, "z", 0, "spare"),
    (np.expm1, "spare", "spare"),
    (np.multiply, "spare", SELU_LOW, "spare"),
    (np.add, "s", "spare", "s"),
    (np.maximum, "z", 0, "a"),
    (np.multiply, "a", SELU_SCALE, "a"),
    (np.add, "a", "spare", "a"),
]
GELU: Table = [
    (np.clip, "z", -40, 40, "s"),  # z exp(-z²/2) tends to 0; keeps inf x 0 = NaN out of it
    (np.square, "s", "spare"),
    (np.multiply, "spare", -1 / 2, "spare"),
    (np.exp, "spare", "spare"),
    (np.multiply, "s", "spare", "s"),
    (np.multiply, "s", 1 / sqrt(2 * pi), "s"),
    (np.multiply, "z", 1 / sqrt(2), "spare"),
    (_erf, "spare", "spare"),
    (np.add, "spare", 1, "spare"),
    (np.multiply, "spare", 1 / 2, "spare"),
    (np.add, "s", "spare", "s"),
    (np.multiply, "z", "spare", "a"),
]
SOFTSIGN: Table = [
    (np.absolute, "z", "s"),
    (np.add, "s", 1, "s"),
    (np.divide, 1, "s", "s"),
    (np.multiply, "z", "s", "a"),
    (np.square, "s", "s"),
]
IDENTITY: Table = [(np.positive, "z", "a"), (np.positive, 1, "s")]
KNOWN_SLOPE: Table = [(np.multiply, "delta", "s", "below")]


@dataclass(frozen=True)
class Kernel:
    """An activation f without its constant factors: it maps ``takes · z`` to ``gives · f(z)``.

    The factors are put into the weights before training: those of a layer are multiplied by the
    ``takes`` of its own activation and divided by the ``gives`` of the layer below. So nothing is
    multiplied by them in the loop.
    """

    bend: Table
    slope: Table
    takes: float = 1.0
    gives: float = 1.0


def _quick_tanh() -> bool:
    """Whether NumPy's tanh is faster than its exp: only where the processor has AVX-512."""
    found = opt_func_info(func_name="^tanh$", signature="float32")
    return found["tanh"]["ff"]["current"] in ("X86_V4", "AVX512_SKX")


# 1 / (1 + exp(-z)) = (1 + tanh(z / 2)) / 2. The factors -1 and 2 are exact in floating point.
SIGMOIDS = {
    "exp": Kernel(SIGMOID_BY_EXP, SIGMOID_BY_EXP_SLOPE, takes=-1.0),
    "tanh": Kernel(SIGMOID_BY_TANH, SIGMOID_BY_TANH_SLOPE, takes=1 / 2, gives=2.0),
}
SIGMOID = SIGMOIDS["tanh" if _quick_tanh() else "exp"]
KERNELS = {
    "sigmoid": SIGMOID,
    "tanh": Kernel(TANH, TANH_SLOPE),
    "lecun_tanh": Kernel(TANH, TANH_SLOPE, takes=2 / 3, gives=1 / 1.7159),
    "relu": Kernel(RELU, RELU_SLOPE),
    "leaky_relu": Kernel(LEAKY_RELU, LEAKY_RELU_SLOPE),
    "selu": Kernel(SELU, KNOWN_SLOPE),
    "gelu": Kernel(GELU, KNOWN_SLOPE),
    "softplus": Kernel(SOFTPLUS, SOFTPLUS_SLOPE),
    "softsign": Kernel(SOFTSIGN, KNOWN_SLOPE),
    "identity": Kernel(IDENTITY, KNOWN_SLOPE),
}


def output_kernel(output: str) -> Kernel:
    """The units of the output layer. Softmax works on z as it is."""
    return SIGMOID if output == "sigmoid" else KERNELS["identity"]


# Losses. error: what d loss / d z is proportional to, from the outputs' z, goes into delta; beside
# it in the table, the factor between the two. value: the loss of each restart, from all outputs of
# some epochs. Targets and z are in the output's units.
def _difference(z, targets, delta):
    return [do(np.subtract, z, targets, into=delta)]


def _sigmoid_difference(z, targets, delta):
    bend = written(SIGMOID.bend, z=z, a=delta)
    return [*bend, do(np.subtract, delta, targets, into=delta)]


def _sigmoid_difference_times_slope(z, targets, delta):
    p = aligned_like(delta)
    bend = written(SIGMOID.bend, z=z, a=p)
    slope = written(SIGMOID.slope, a=p, delta=delta, below=delta)
    return [*bend, *_difference(p, targets, delta), *slope]


def _softmax_difference(z, targets, delta):
    one = aligned_like(delta[:, :1])
    return [
        partial(np.maximum.reduce, z, axis=1, keepdims=True, out=one),
        do(np.subtract, z, one, into=delta),
        do(np.exp, delta, into=delta),
        partial(np.add.reduce, delta, axis=1, keepdims=True, out=one),
        do(np.divide, delta, one, into=delta),
        do(np.subtract, delta, targets, into=delta),
    ]


def _squared_error(z, targets, losses):
    error = aligned_like(z)
    return [*_difference(z, targets, error), *_mean_square(error, losses)]


def _squared_error_of_sigmoid(z, targets, losses):
    error = aligned_like(z)
    return [*_sigmoid_difference(z, targets, error), *_mean_square(error, losses, SIGMOID.gives)]


def _mean_square(error, losses, unit=1.0):
    flat = error.reshape(*losses.shape, -1)
    factor = 1 / (unit**2 * error.shape[-1])
    return [do(np.vecdot, flat, flat, into=losses), do(np.multiply, losses, factor, into=losses)]


def _binary_cross_entropy(z, targets, losses):
    """log(1 + exp(z)) - y z, with the larger one of 0 and z taken out of the logarithm.

    What is left is log(1 + e), 0 < e <= 1. NumPy has a slow log1p and a fast log, which sees only
    the rounded sum c = 1 + e; adding (e - (c - 1)) / c gives back what rounding took.
    """
    kernel, e, c, rest, linear = SIGMOID, *(aligned_like(z) for _ in range(4))
    mean = np.full(z.shape[-1], 1 / z.shape[-1], z.dtype)
    return [
        do(np.absolute, z, into=linear),
        do(np.multiply, linear, -1 / abs(kernel.takes), into=linear),
        do(np.exp, linear, into=e),
        do(np.add, e, 1, into=c),
        do(np.subtract, c, 1, into=rest),
        do(np.subtract, e, rest, into=e),
        do(np.divide, e, c, into=e),
        do(np.log, c, into=c),
        do(np.add, e, c, into=e),
        do(np.multiply, linear, -1 / 2, into=linear),  # max(0, z) - y z = |z| / 2 + (1/2 - y) z
        do(np.multiply, z, (1 / 2 - targets / kernel.gives) / kernel.takes, into=rest),
        do(np.add, linear, rest, into=linear),
        do(np.add, e, linear, into=e),
        do(np.vecdot, e[:, :, 0], mean, into=losses),
    ]


def _softmax_cross_entropy(z, targets, losses):
    """log(sum exp(z - largest)), plus how far the right class's z is below the largest.

    Of every sample one target is 1 and the others are 0, so that the sum finds the right z exactly.
    """
    share, (largest, log, right) = aligned_like(z), (aligned_like(z[:, :, 0]) for _ in range(3))
    mean = np.full(z.shape[-1], 1 / z.shape[-1], z.dtype)
    return [
        partial(np.maximum.reduce, z, axis=2, out=largest),
        do(np.subtract, z, largest[:, :, np.newaxis], into=share),
        do(np.exp, share, into=share),
        partial(np.add.reduce, share, axis=2, out=log),
        do(np.log, log, into=log),
        do(np.multiply, z, targets, into=share),
        partial(np.add.reduce, share, axis=2, out=right),
        do(np.subtract, largest, right, into=right),
        do(np.add, log, right, into=log),
        do(np.vecdot, log, mean, into=losses),
    ]


@dataclass(frozen=True)
class LossKernel:
    """A loss with the activation of the output that it is measured on.

    error(z, targets, delta): calls that fill delta, (restarts, outputs, samples).
    factor: d loss / d z is that times delta, over the number of samples.
    value(z, targets, losses): calls that fill losses, (epochs, restarts).
    """

    error: Callable
    factor: float
    value: Callable


LOSS_KERNELS = {
    ("binary_cross_entropy", "sigmoid"): LossKernel(
        _sigmoid_difference, 1 / SIGMOID.gives, _binary_cross_entropy
    ),
    ("softmax_cross_entropy", "softmax"): LossKernel(
        _softmax_difference, 1, _softmax_cross_entropy
    ),
    ("squared_error", "identity"): LossKernel(_difference, 2, _squared_error),
    ("squared_error", "sigmoid"): LossKernel(
        _sigmoid_difference_times_slope,
        2 * SIGMOID.takes / SIGMOID.gives**2,
        _squared_error_of_sigmoid,
    ),
}


# Matrix products. NumPy hands one with a single row or column to no BLAS, and its own loop is ten
# times slower; so with a single output they are written as what they are then.
def _weighted_sums(W, a, z):
    if W.shape[1] == 1:
        return do(np.vecmat, W[:, 0], a, into=z[:, 0])
    return do(np.matmul, W, a, into=z)


def _weights_gradient(delta, a, gradient):
    """delta aᵀ. vecdot sums every unit alike, wherever it stands: so equal units stay equal."""
    if delta.shape[1] == 1:
        return do(np.vecdot, a, delta, into=gradient[:, 0])
    return do(np.matmul, delta, a.swapaxes(1, 2), into=gradient)


def aligned(shape: Sequence[int], dtype) -> np.ndarray:
    """Zeros that begin at a cache line, as those of NumPy need not."""
    size = prod(shape) * np.dtype(dtype).itemsize
    memory = np.zeros(size + CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + size].view(dtype).reshape(shape)


def aligned_like(array: np.ndarray) -> np.ndarray:
    return aligned(array.shape, array.dtype)


@dataclass(frozen=True, kw_only=True)
class Task:
    """What all restarts have in common.

    data, test: (X (features, samples), targets (outputs, samples)), in the network's dtype.
        Accuracy is measured on ``test``, and not at all where that is None.
    batches(epoch): the sample indices of every mini-batch, or None for the full batch.
    snapshots: the epochs whose weights are kept, rising from 0.
    """

    layers: tuple[int, ...]
    activation: str
    output: str
    loss: str
    learning_rate: float
    momentum: float
    data: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray] | None
    batches: Callable[[int], Arrays | None]
    epochs: int
    snapshots: np.ndarray

    @cached_property
    def slots(self) -> dict[int, int]:
        """Where the weights of an epoch are kept."""
        return {int(epoch): slot for slot, epoch in enumerate(self.snapshots)}

    @cached_property
    def units(self) -> list[float]:
        """What the weights of every layer are multiplied by in the loop."""
        hidden, output = KERNELS[self.activation], output_kernel(self.output)
        takes = [*(hidden.takes for _ in self.layers[1:-1]), output.takes]
        gives = [1.0, *(hidden.gives for _ in self.layers[1:-1])]
        return [took / given for took, given in zip(takes, gives, strict=True)]

    def rates(self, samples: int) -> list[float]:
        """What the gradients of every layer are multiplied by in a step over so many samples."""
        factor = LOSS_KERNELS[self.loss, self.output].factor / output_kernel(self.output).takes
        return [self.learning_rate * factor / samples * unit**2 for unit in self.units]


class Samples:
    """Data as the passes want it: one column a sample.

    X: (inputs, samples), the last input being the bias's. targets: (outputs, samples).
    """

    def __init__(self, X: np.ndarray, targets: np.ndarray) -> None:
        self._rows = aligned((len(X) + len(targets), X.shape[1]), X.dtype)
        self.X, self.targets = self._rows[: len(X)], self._rows[len(X) :]
        self.X[...], self.targets[...] = X, targets

    @property
    def count(self) -> int:
        return self.X.shape[1]

    @property
    def bytes(self) -> int:
        """Of one number a sample."""
        return self.X[0].nbytes

    def room_for(self, count: int) -> Samples:
        """As many samples as that, to be taken from these."""
        return Samples(self.X[:, :count], self.targets[:, :count])

    def take(self, source: Samples, indices: np.ndarray) -> None:
        """Hold the samples of ``source`` with these indices."""
        np.take(source._rows, indices, axis=1, out=self._rows, mode="clip")


@dataclass(frozen=True)
class Results:
    """What training fills, for all restarts or for some.

    losses, accuracies: (epochs + 1, restarts); accuracies are None where there is no right answer.
    weights: one array a layer, (snapshots, restarts, fan_out, fan_in + 1), the bias last.
    """

    losses: np.ndarray
    accuracies: np.ndarray | None
    weights: Arrays

    @classmethod
    def room_for(cls, task: Task, network: Network) -> Results:
        """Nothing measured yet; only the weights before training are there."""
        shape, kept = (task.epochs + 1, network.restarts), len(task.snapshots)
        losses = np.full(shape, np.nan)
        weights = []
        for w, b in zip(network.weights, network.biases, strict=True):
            weights.append(np.empty((kept, *w.shape[:2], w.shape[2] + 1), w.dtype))
            np.concatenate([w, b], axis=2, out=weights[-1][0])
        return cls(losses, None if task.test is None else losses.copy(), weights)

    def of(self, restarts: slice) -> Results:
        """The part of some restarts, in the same memory."""
        accuracies = None if self.accuracies is None else self.accuracies[:, restarts]
        return Results(self.losses[:, restarts], accuracies, [w[:, restarts] for w in self.weights])


class Forward:
    """The forward pass of some networks over some samples, written down.

    outputs: (epochs, restarts, outputs, samples), the output layer's z in its units, for as many
        epochs as are measured together.
    calls[i]: fills outputs[i].
    activations, slopes, spares: one array a hidden layer, (restarts, units + 1, samples); slopes
        are None where they are worked out later.
    """

    def __init__(self, task: Task, samples: Samples, weights: Arrays, epochs: int) -> None:
        kernel, dtype = KERNELS[task.activation], samples.X.dtype
        (restarts, outputs, _), columns = weights[-1].shape, samples.X.shape[1]
        shapes = [(restarts, W.shape[1] + 1, columns) for W in weights[:-1]]
        self.activations = [aligned(shape, dtype) for shape in shapes]
        self.slopes: list[np.ndarray | None] = [None] * len(shapes)
        if kernel.slope is KNOWN_SLOPE:
            self.slopes = [aligned(shape, dtype) for shape in shapes]
        self.spares = _in_turns(shapes, dtype)
        self.outputs = aligned((epochs, restarts, outputs, columns), dtype)

        hidden: Calls = []
        a = samples.X[np.newaxis]
        layers = zip(weights, self.activations, self.slopes, self.spares, strict=False)
        for W, z, slope, spare in layers:
            hidden.append(_weighted_sums(W, a, z[:, :-1]))
            hidden += written(kernel.bend, z=z, a=z, s=slope, spare=spare)
            hidden.append(partial(z[:, -1].fill, kernel.gives))
            a = z
        self.calls = [[*hidden, _weighted_sums(weights[-1], a, z)] for z in self.outputs]


def _in_turns(shapes: Sequence[tuple[int, ...]], dtype) -> Arrays:
    """Arrays of which neighbours do not share memory, and the next but one do."""
    sizes = [prod(shape) for shape in shapes]
    memory = [aligned((max(sizes[turn::2], default=0),), dtype) for turn in (0, 1)]
    return [memory[i % 2][: prod(shape)].reshape(shape) for i, shape in enumerate(shapes)]


class Backward:
    """The backward pass after a forward one, written down.

    calls[i]: fills ``gradients`` from outputs[i]; to be made right after the forward pass's.
    """

    def __init__(
        self, task: Task, samples: Samples, weights: Arrays, gradients: Arrays, forward: Forward
    ) -> None:
        kernel, loss = KERNELS[task.activation], LOSS_KERNELS[task.loss, task.output]
        first = delta = aligned_like(forward.outputs[0])
        inputs = [samples.X[np.newaxis], *forward.activations]
        back: Calls = []
        factors = None  # of the rows of delta, where they are still to come
        for layer in range(len(weights) - 1, -1, -1):
            W, gradient, a = weights[layer][:, :, :-1], gradients[layer], inputs[layer]
            back.append(_weights_gradient(delta, a, gradient))
            if factors is not None:
                back.append(do(np.multiply, gradient, factors, into=gradient))
            if layer == 0:
                break
            if factors is not None:
                scaled = aligned_like(W)
                back.append(do(np.multiply, W, factors, into=scaled))
                W, factors = scaled, None
            # The forward pass has no more need of its spare.
            slope, below = forward.slopes[layer - 1], forward.spares[layer - 1]
            if W.shape[1] == 1:  # Wᵀ delta: every row is delta, times a factor that can wait
                factors = W.swapaxes(1, 2)
            else:
                back.append(do(np.matmul, W.swapaxes(1, 2), delta, into=below[:, :-1]))
                delta = below
            back += written(kernel.slope, a=a, s=slope, delta=delta, below=below)
            delta = below[:, :-1]
        self.calls = [[*loss.error(z, samples.targets, first), *back] for z in forward.outputs]


class Scores:
    """The losses of some epochs and their accuracies, from the outputs that they left."""

    def __init__(self, task: Task, samples: Samples, outputs: np.ndarray) -> None:
        self._outputs, self._targets = outputs, samples.targets
        self._takes = output_kernel(task.output).takes
        self._losses = aligned(outputs.shape[:2], outputs.dtype)
        value = LOSS_KERNELS[task.loss, task.output].value
        self._calls = value(outputs, samples.targets, self._losses)

    def losses(self, epochs: int) -> np.ndarray:
        """Of the first so many epochs, (epochs, restarts)."""
        make(self._calls)
        return self._losses[:epochs]

    def accuracies(self, epochs: int) -> np.ndarray:
        """Of the first so many epochs, (epochs, restarts)."""
        return hits(self._outputs[:epochs] / self._takes, self._targets)


@dataclass
class Block:
    """Some of the restarts.

    epoch: the next one to be measured.
    state: weights and velocities between two turns; None before the first and after the last.
    """

    results: Results
    epoch: int = 0
    state: np.ndarray | None = None


class Machine:
    """Trains blocks of so many restarts, one at a time, in buffers that stay in the cache.

    weights, gradients: one array a layer, (restarts, fan_out, fan_in + 1), the bias in the last
        column, in the units of the kernels.
    """

    def __init__(self, task: Task, data: Samples, test: Samples, restarts: int) -> None:
        self._task, self._data = task, data
        shapes = [(restarts, fan_out, fan_in + 1) for fan_in, fan_out in pairwise(task.layers)]
        # All layers lie in one flat array, so that a step of gradient descent is one sum.
        size, dtype = sum(map(prod, shapes)), data.X.dtype
        self._state = aligned((2 if task.momentum else 1, size), dtype)
        self._gradient = aligned((size,), dtype)
        self._weights = _views(self._state[0], shapes)
        self._gradients = _views(self._gradient, shapes)
        output_bytes = restarts * task.layers[-1] * max(data.bytes, test.bytes)
        self._epochs = max(1, min(EPOCHS_AT_ONCE, CACHE_BYTES // 2 // output_bytes))
        self._history = aligned((self._epochs, size), dtype)
        self._history_of_layers = _views(self._history, shapes)
        self._forward = self._test_forward = self._forward_over(data)
        if test is not data:
            self._test_forward = self._forward_over(test)
        self._backward = self._backward_from(self._forward, data)
        self._step = self._step_over(data)
        self._scores = Scores(task, data, self._forward.outputs)
        self._test_scores = Scores(task, test, self._test_forward.outputs)
        self._batches: dict[int, tuple[Samples, Calls]] = {}

    def _forward_over(self, samples: Samples) -> Forward:
        return Forward(self._task, samples, self._weights, self._epochs)

    def _backward_from(self, forward: Forward, samples: Samples) -> Backward:
        return Backward(self._task, samples, self._weights, self._gradients, forward)

    def _step_over(self, samples: Samples) -> Calls:
        """Gradient descent: w -= v, with v = momentum · v + rate · gradient."""
        momentum, (weights, *_), velocity = self._task.momentum, self._state, self._state[-1]
        rates, gradient = aligned_like(self._gradient), self._gradient
        for of_layer, rate in zip(
            _views(rates, [g.shape for g in self._gradients]),
            self._task.rates(samples.count),
            strict=True,
        ):
            of_layer[...] = rate
        step = [do(np.multiply, gradient, rates, into=gradient)]
        if not momentum:
            return [*step, do(np.subtract, weights, gradient, into=weights)]
        return [
            *step,
            do(np.multiply, velocity, momentum, into=velocity),
            do(np.add, velocity, gradient, into=velocity),
            do(np.subtract, weights, velocity, into=weights),
        ]

    def train(self, block: Block) -> None:
        """Train a block for an epoch, or for some that are measured together."""
        self._load(block)
        first = block.epoch
        # Epoch 0 is measured alone, so that all restarts can be shown as soon as possible.
        together = self._epochs if first > 0 else 1
        block.epoch = min(first + together, self._task.epochs + 1)
        for i, epoch in enumerate(range(first, block.epoch)):
            np.copyto(self._history[i], self._state[0])
            if self._test_forward is not self._forward:
                make(self._test_forward.calls[i])
            make(self._forward.calls[i])
            if epoch < self._task.epochs:
                self._descend(epoch, self._backward.calls[i])
        self._keep_weights(block.results, range(first, block.epoch))
        self._keep_scores(block.results, slice(first, block.epoch))
        block.state = self._state.copy() if block.epoch <= self._task.epochs else None

    def _load(self, block: Block) -> None:
        if block.state is not None:
            self._state[...] = block.state
            return
        self._state[...] = 0
        kept = block.results.weights
        for w, start, unit in zip(self._weights, kept, self._task.units, strict=True):
            np.multiply(start[0], unit, out=w)

    def _descend(self, epoch: int, backward: Calls) -> None:
        """The steps of one epoch; the forward pass over all the data has just been made."""
        batches = self._task.batches(epoch)
        if batches is None:
            make(backward)
            make(self._step)
            return
        for indices in batches:
            batch, calls = self._batch_of(len(indices))
            batch.take(self._data, indices)
            make(calls)

    def _batch_of(self, count: int) -> tuple[Samples, Calls]:
        """Room for a mini-batch, and the calls that make a step over it."""
        if count not in self._batches:
            batch = self._data.room_for(count)
            forward = Forward(self._task, batch, self._weights, epochs=1)
            backward = self._backward_from(forward, batch)
            calls = [*forward.calls[0], *backward.calls[0], *self._step_over(batch)]
            self._batches[count] = batch, calls
        return self._batches[count]

    def _keep_weights(self, results: Results, epochs: range) -> None:
        """Store the weights of those epochs that are snapshots.

        Those of epoch 0 are stored already, as they were drawn: converting them to the kernels'
        units and back would round them.
        """
        kept_epochs = [epoch for epoch in epochs if epoch > 0 and epoch in self._task.slots]
        slots = [self._task.slots[epoch] for epoch in kept_epochs]
        rows = [epoch - epochs.start for epoch in kept_epochs]
        layers = zip(results.weights, self._history_of_layers, self._task.units, strict=True)
        for kept, w, unit in layers:
            kept[slots] = w[rows] / unit

    def _keep_scores(self, results: Results, epochs: slice) -> None:
        count = epochs.stop - epochs.start
        losses = self._scores.losses(count)
        results.losses[epochs] = losses
        if results.accuracies is not None:
            accuracies = self._test_scores.accuracies(count)
            # A network whose numbers have overflowed is right about nothing.
            results.accuracies[epochs] = np.where(np.isfinite(losses), accuracies, 0)


def hits(z: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The share of samples put into the right class, (…, restarts). An output of NaN is a miss.

    z: (…, restarts, outputs, samples). targets: (outputs, samples).
    """
    own = targets > 0
    if len(targets) == 1:
        right = ((z > 0) == own) & (z == z)
    else:
        over = {"axis": -2, "keepdims": True}
        top = z == z.max(**over)  # several at a tie, of which the first one counts
        before = np.logical_or.accumulate(own[::-1])[::-1] & ~own
        right = (top & own).any(**over) & ~(top & before).any(**over)
    bits = np.packbits(right[..., 0, :], axis=-1)  # NumPy counts bits ten times faster than bools
    return np.bitwise_count(bits).sum(axis=-1) / z.shape[-1]


class Ensemble:
    """All restarts of one experiment, in blocks that a few threads train side by side."""

    def __init__(self, task: Task, network: Network, cores: int | None = None) -> None:
        """cores: use at most so many; None takes all that this process may use."""
        self.results = Results.room_for(task, network)
        self._task, self._samples = task, _samples(task)
        threads, bounds = _plan(task, network.restarts, cores or _cores())
        self._blocks = [Block(self.results.of(slice(*b))) for b in pairwise(bounds)]
        self._waiting = deque(self._blocks)
        self._machines: list[dict[int, Machine]] = [{} for _ in range(threads)]
        self._stop = np.inf

    @property
    def done(self) -> int:
        """The last epoch that is measured for all restarts; -1 before the first."""
        return min(block.epoch for block in self._blocks) - 1

    def advance(self, seconds: float) -> bool:
        """Train for about ``seconds``, at least an epoch of one block. True when all is done.

        If ``seconds`` is infinite, each block is trained from start to end, so that only the blocks
        at work need buffers. Otherwise the blocks take turns, so that all restarts advance alike.
        """
        self._stop = perf_counter() + seconds
        if len(self._machines) == 1:
            self._work(self._machines[0])
        else:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(len(self._machines)) as threads:
                try:
                    list(threads.map(self._work, self._machines))
                finally:  # an interrupt ends them soon
                    self._stop = 0
        return not self._waiting

    def _work(self, machines: dict[int, Machine]) -> None:
        put_back = self._waiting.appendleft if self._stop == np.inf else self._waiting.append
        try:
            with np.errstate(all="ignore"):  # divergence is a result; it is found in the losses
                while (block := self._next()) is not None:
                    restarts = block.results.losses.shape[1]
                    if restarts not in machines:
                        if self._stop == np.inf:
                            machines.clear()  # the larger blocks are all done
                        machines[restarts] = Machine(self._task, *self._samples, restarts)
                    machines[restarts].train(block)
                    if block.epoch <= self._task.epochs:
                        put_back(block)
                    if perf_counter() > self._stop:
                        return
        except BaseException:
            self._stop = 0  # the others need not go on
            raise

    def _next(self) -> Block | None:
        """The block whose turn it is; another thread may be about to take the last one."""
        try:
            return self._waiting.popleft()
        except IndexError:
            return None


def _samples(task: Task) -> tuple[Samples, Samples]:
    unit = output_kernel(task.output).gives

    def samples(X, targets):
        return Samples(np.vstack([X, np.ones_like(X[:1])]), targets * unit)

    data = samples(*task.data)
    return data, data if task.test is None or task.test is task.data else samples(*task.test)


def _plan(task: Task, restarts: int, cores: int) -> tuple[int, list[int]]:
    """How many threads, and where the blocks begin, with the end of the last one.

    A block has as many restarts as fit the cache with their buffers. Where threads work side by
    side it has more: Python lets one of them at a time begin a call, and handing that over takes
    longer than a small call; so there had better be few and long ones.
    """
    X, _ = task.data
    units = sum(task.layers[1:]) + 2 * max(task.layers[1:])  # activations, and two spares
    bytes_each = units * X.shape[1] * X.itemsize
    threads = max(1, min(cores, restarts, restarts * bytes_each // THREAD_BYTES))
    size = max(1, CACHE_BYTES * (1 if threads == 1 else 4) // bytes_each)
    blocks = min(restarts, ceil(restarts / size / threads) * threads)
    large = restarts % blocks  # of the blocks have one more, and come first
    each = restarts // blocks
    return threads, [block * each + min(block, large) for block in range(blocks + 1)]


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _views(flat: np.ndarray, shapes: Sequence[tuple[int, ...]]) -> Arrays:
    """Consecutive pieces of the last axis of ``flat``, in these shapes."""
    ends = np.cumsum([prod(shape) for shape in shapes])
    return [
        flat[..., end - prod(shape) : end].reshape(*flat.shape[:-1], *shape)
        for shape, end in zip(shapes, ends, strict=True)
    ]
