"""The training loop, written for speed: R networks step together, in place, in buffers made once.

It takes the steps of ``network.gradients`` in the same order; a test holds the two equal. What
speed changed:

- A pass is a list of NumPy calls, written down once and made again at every step (``do``): so a
  step costs no slicing, no attribute and no new array, only the calls themselves.
- Every result goes into a buffer. Buffers begin at a cache line, and so do their rows, because the
  samples are padded to whole lines: that alone makes a sum twice as fast. What is in the padding
  counts nothing.
- The bias is one more column of the weights, and meets an input that is always 1. One matrix
  product then does W a + b, and one gives the gradients of both. So activations have a last row of
  ones, and what is done to them elementwise is done to that row too: memory without gaps is faster.
- Slopes are worked out from the activations, and constant factors are moved out of the loop, into
  the weights and the learning rate (``Kernel``).
- The losses and accuracies of some epochs are measured together.
- The restarts are taken in blocks that fit the processor's cache, each trained from start to end on
  one thread.
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

import numpy as np

from .activations import LEAK, SELU_ALPHA, SELU_SCALE
from .losses import LOSSES
from .network import Network

CACHE_LINE = 64  # bytes
CACHE_BYTES = 5 * 2**18  # for the buffers of one block: what is at hand at once of a core's cache
THREAD_BYTES = 3 * 2**20  # of buffers for every thread: with less, a second one does not pay
EPOCHS_AT_ONCE = 16  # trained before they are measured, where that fits the cache as well

Calls = list[Callable[[], object]]


def do(function: Callable, *inputs, into: np.ndarray) -> Callable[[], object]:
    """A NumPy call, written down, that fills ``into``.

    Numbers are made arrays now: NumPy would do that at every call.
    """
    arrays = (np.asarray(x, into.dtype) if isinstance(x, int | float) else x for x in inputs)
    return partial(function, *arrays, out=into)


# Activations, in place. bend: z becomes a. slope: f'(z), worked out from a, goes into s. Where that
# needs z itself, bend has filled s already, and ``spare`` is there to help.


def _tanh(z, s, spare):
    return [do(np.tanh, z, into=z)]


def _tanh_slope(a, s):
    return [do(np.square, a, into=s), do(np.subtract, 1, s, into=s)]


def _double_sigmoid(z, s, spare):
    return [do(np.tanh, z, into=z), do(np.add, z, 1, into=z)]  # NumPy's tanh is faster than its exp


def _double_sigmoid_slope(a, s):
    return [do(np.subtract, 2, a, into=s), do(np.multiply, s, a, into=s)]


def _relu(z, s, spare):
    return [do(np.maximum, z, 0, into=z)]


def _relu_slope(a, s):
    return [do(np.greater, a, 0, into=s)]


def _leaky_relu(z, s, spare):
    return [do(np.multiply, z, LEAK, into=spare), do(np.maximum, z, spare, into=z)]


def _leaky_relu_slope(a, s):
    return [
        do(np.greater, a, 0, into=s),
        do(np.multiply, s, 1 - LEAK, into=s),
        do(np.add, s, LEAK, into=s),
    ]


def _selu(z, s, spare):
    low = SELU_SCALE * SELU_ALPHA
    return [
        do(np.greater, z, 0, into=s),
        do(np.multiply, s, SELU_SCALE - low, into=s),
        do(np.add, s, low, into=s),
        do(np.minimum, z, 0, into=spare),
        do(np.expm1, spare, into=spare),
        do(np.multiply, spare, low, into=spare),
        do(np.add, s, spare, into=s),
        do(np.maximum, z, 0, into=z),
        do(np.multiply, z, SELU_SCALE, into=z),
        do(np.add, z, spare, into=z),
    ]


def _gelu(z, s, spare):
    from scipy.special import erf  # here, because it would make up most of `import initviz`

    return [
        do(
            np.clip, z, -40, 40, into=s
        ),  # z exp(-z²/2) tends to 0; this keeps inf x 0 = NaN out of it
        do(np.square, s, into=spare),
        do(np.multiply, spare, -1 / 2, into=spare),
        do(np.exp, spare, into=spare),
        do(np.multiply, s, spare, into=s),
        do(np.multiply, s, 1 / sqrt(2 * pi), into=s),
        do(np.multiply, z, 1 / sqrt(2), into=spare),
        do(erf, spare, into=spare),
        do(np.add, spare, 1, into=spare),
        do(np.multiply, spare, 1 / 2, into=spare),
        do(np.add, s, spare, into=s),
        do(np.multiply, z, spare, into=z),
    ]


def _softplus(z, s, spare):
    return [
        do(np.absolute, z, into=spare),
        do(np.negative, spare, into=spare),
        do(np.exp, spare, into=spare),
        do(np.log1p, spare, into=spare),
        do(np.maximum, z, 0, into=z),
        do(np.add, z, spare, into=z),
    ]


def _softplus_slope(a, s):
    return [do(np.negative, a, into=s), do(np.expm1, s, into=s), do(np.negative, s, into=s)]


def _softsign(z, s, spare):
    return [
        do(np.absolute, z, into=s),
        do(np.add, s, 1, into=s),
        do(np.reciprocal, s, into=s),
        do(np.multiply, z, s, into=z),
        do(np.square, s, into=s),
    ]


def _identity(z, s, spare):
    return [do(np.positive, 1, into=s)]


def _known(a, s):
    return []


@dataclass(frozen=True)
class Kernel:
    """An activation in place, in units of its own: it bends ``takes · z`` to ``gives · f(z)``.

    The whole network lives in these units: inputs are multiplied by ``gives``, weights by
    ``takes / gives``, and the output layer has ``takes · z``. So the loop multiplies by nothing.
    Sigmoid(z) = (1 + tanh(z / 2)) / 2 takes z / 2 and gives 2 sigmoid(z), which is a tanh and a
    sum; and the twos are exact in floating point.
    """

    bend: Callable
    slope: Callable = _known
    takes: float = 1.0
    gives: float = 1.0


KERNELS = {
    "sigmoid": Kernel(_double_sigmoid, _double_sigmoid_slope, takes=1 / 2, gives=2.0),
    "tanh": Kernel(_tanh, _tanh_slope),
    "lecun_tanh": Kernel(_tanh, _tanh_slope, takes=2 / 3, gives=1 / 1.7159),
    "relu": Kernel(_relu, _relu_slope),
    "leaky_relu": Kernel(_leaky_relu, _leaky_relu_slope),
    "selu": Kernel(_selu),
    "gelu": Kernel(_gelu),
    "softplus": Kernel(_softplus, _softplus_slope),
    "softsign": Kernel(_softsign),
    "identity": Kernel(_identity),
}

# Gradients of the losses: what d loss / d z is proportional to goes into delta; beside it in the
# table, the factor between the two. ``unit`` turns u, the output layer's takes · z, into z.


def _sigmoid_error(u, unit, targets, delta):
    """sigmoid(z) - y = (tanh(z / 2) - (2 y - 1)) / 2, with targets that are 2 y - 1."""
    if unit == 2:  # the kernel is the sigmoid's, and u is z / 2
        return [do(np.tanh, u, into=delta), do(np.subtract, delta, targets, into=delta)]
    return [do(np.multiply, u, unit / 2, into=delta), *_sigmoid_error(delta, 2, targets, delta)]


def _sigmoid_error_times_slope(u, unit, targets, delta):
    slope = np.empty_like(delta)
    *bend, error = _sigmoid_error(u, unit, targets, delta)
    return [*bend, *_tanh_slope(delta, slope), error, do(np.multiply, delta, slope, into=delta)]


def _softmax_error(u, unit, targets, delta):
    one = np.empty_like(delta[:, :1])
    return [
        partial(np.maximum.reduce, u, axis=1, keepdims=True, out=one),
        do(np.subtract, u, one, into=delta),
        do(np.multiply, delta, unit, into=delta),
        do(np.exp, delta, into=delta),
        partial(np.add.reduce, delta, axis=1, keepdims=True, out=one),
        do(np.divide, delta, one, into=delta),
        do(np.subtract, delta, targets, into=delta),
    ]


def _error(u, unit, targets, delta):
    return [do(np.multiply, u, unit, into=delta), do(np.subtract, delta, targets, into=delta)]


DELTAS = {
    ("binary_cross_entropy", "sigmoid"): (_sigmoid_error, 1 / 2),
    ("softmax_cross_entropy", "softmax"): (_softmax_error, 1),
    ("squared_error", "identity"): (_error, 2),
    ("squared_error", "sigmoid"): (_sigmoid_error_times_slope, 1 / 4),
}


def aligned(shape: Sequence[int], dtype) -> np.ndarray:
    """Zeros that begin at a cache line, as those of NumPy need not."""
    size = prod(shape) * np.dtype(dtype).itemsize
    memory = np.zeros(size + CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + size].view(dtype).reshape(shape)


@dataclass(frozen=True)
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
    batches: Callable[[int], list[np.ndarray] | None]
    epochs: int
    snapshots: np.ndarray

    @cached_property
    def slots(self) -> dict[int, int]:
        """Where the weights of an epoch are kept."""
        return {int(epoch): slot for slot, epoch in enumerate(self.snapshots)}


class Samples:
    """Data as the passes want it: one column a sample, padded to whole cache lines.

    X: (inputs, columns), the last input being the bias's. targets: (outputs, columns), as the
        gradients of the losses want them.
    share: (columns,), what every sample's delta is multiplied by; 0 for the padding.
    count: the samples without the padding.
    """

    def __init__(self, X: np.ndarray, targets: np.ndarray, weight: float) -> None:
        """Room for as many samples as X (inputs, count) has; ``weight`` is all shares together."""
        self.count, self._weight = X.shape[1], weight
        line = CACHE_LINE // X.itemsize
        columns = ceil(self.count / line) * line
        self._rows = aligned((len(X) + len(targets), columns), X.dtype)
        self.X, self.targets = self._rows[: len(X)], self._rows[len(X) :]
        self.X[:, : self.count], self.targets[:, : self.count] = X, targets
        self.share = aligned((columns,), X.dtype)
        self.share[: self.count] = weight / self.count

    def room_for(self, count: int) -> Samples:
        """As many samples as that, to be taken from these."""
        return Samples(self.X[:, :count], self.targets[:, :count], self._weight)

    def take(self, source: Samples, indices: np.ndarray) -> None:
        """Hold the samples of ``source`` with these indices, ``count`` of them."""
        padded = np.resize(indices, len(self.share))
        np.take(source._rows, padded, axis=1, out=self._rows, mode="clip")


@dataclass(frozen=True)
class Results:
    """What training fills, for all restarts or for some.

    losses, accuracies: (epochs + 1, restarts); accuracies are None where there is no right answer.
    weights: one array a layer, (snapshots, restarts, fan_out, fan_in + 1), the bias last.
    """

    losses: np.ndarray
    accuracies: np.ndarray | None
    weights: list[np.ndarray]

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


class Passes:
    """The forward and the backward pass of some networks over some samples, written down.

    outputs: (epochs, restarts, outputs, columns), the output layer's z in the kernel's units, for
        as many epochs as are measured together.
    forward[i]: fills outputs[i].
    backward[i]: fills ``gradients``, times the learning rate; to be made right after forward[i].
    """

    def __init__(
        self,
        task: Task,
        samples: Samples,
        weights: list[np.ndarray],
        gradients: list[np.ndarray],
        epochs: int,
    ) -> None:
        kernel, (delta_of, _) = KERNELS[task.activation], DELTAS[task.loss, task.output]
        dtype, columns, (restarts, outputs, _) = (
            samples.X.dtype,
            len(samples.share),
            weights[-1].shape,
        )
        shapes = [(restarts, W.shape[1] + 1, columns) for W in weights[:-1]]
        activations, slopes, deltas = ([aligned(s, dtype) for s in shapes] for _ in range(3))
        inputs = [samples.X[np.newaxis], *activations]
        # In memory output by output: so one that has a silent neighbour has no gaps.
        self.outputs = aligned((epochs, outputs, restarts, columns), dtype).swapaxes(1, 2)
        delta = aligned((outputs, restarts, columns), dtype).swapaxes(0, 1)
        real = slice(len(samples.targets))

        hidden: Calls = []
        layers = zip(weights, inputs, activations, slopes, deltas, strict=False)
        for W, before, a, slope, spare in layers:
            hidden.append(do(np.matmul, W, before, into=a[:, :-1]))
            hidden += kernel.bend(a, slope, spare)
            hidden.append(partial(a[:, -1].fill, kernel.gives))
        self.forward = [
            [*hidden, do(np.matmul, weights[-1], inputs[-1], into=u)] for u in self.outputs
        ]

        first = delta[:, real]
        back: Calls = [do(np.multiply, first, samples.share, into=first)]
        for layer in range(len(weights) - 1, 0, -1):
            a, slope, padded = activations[layer - 1], slopes[layer - 1], deltas[layer - 1]
            W = weights[layer][:, :, :-1]
            back.append(do(np.matmul, delta, a.swapaxes(1, 2), into=gradients[layer]))
            back.append(do(np.matmul, W.swapaxes(1, 2), delta, into=padded[:, :-1]))
            back += kernel.slope(a, slope)
            back.append(do(np.multiply, padded, slope, into=padded))
            delta = padded[:, :-1]
        back.append(do(np.matmul, delta, samples.X.T, into=gradients[0]))
        self.backward = [
            [*delta_of(u[:, real], 1 / kernel.takes, samples.targets, first), *back]
            for u in self.outputs
        ]


def make(calls: Calls) -> None:
    for call in calls:
        call()


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
        column, in the kernel's units.
    """

    def __init__(self, task: Task, data: Samples, test: Samples, restarts: int) -> None:
        self._task, self._data, self._test = task, data, test
        self._kernel = KERNELS[task.activation]
        fans = list(zip(task.layers[1:], task.layers[:-1], strict=True))
        shapes = [(restarts, fan_out, fan_in + 1) for fan_out, fan_in in fans]
        if task.layers[-1] == 1:
            # NumPy hands no product over a single unit to BLAS, and its own loop is ten times
            # slower. So a single output gets a silent neighbour, whose weights stay 0.
            shapes[-1] = (restarts, 2, fans[-1][1] + 1)
        # All layers lie in one flat array, so that a step of gradient descent is one sum.
        size, dtype = sum(map(prod, shapes)), data.X.dtype
        self._state = aligned((2 if task.momentum else 1, size), dtype)
        flat, velocity, gradient = self._state[0], self._state[-1], aligned((size,), dtype)
        self._weights, self._gradients = _views(flat, shapes), _views(gradient, shapes)
        output_bytes = max(data.count, test.count) * restarts * task.layers[-1] * dtype.itemsize
        self._epochs = max(1, min(EPOCHS_AT_ONCE, CACHE_BYTES // 4 // output_bytes))
        self._history = aligned((self._epochs, size), dtype)
        self._history_of_layers = _views(self._history, shapes)
        self._passes = self._passes_over(data, self._epochs)
        self._test_passes = self._passes if test is data else self._passes_over(test, self._epochs)
        self._batches: dict[int, tuple[Samples, Passes]] = {}
        # Gradient descent: w -= v, with v = momentum · v + learning_rate · gradient.
        self._step = [do(np.subtract, flat, gradient, into=flat)]
        if task.momentum:
            self._step = [
                do(np.multiply, velocity, task.momentum, into=velocity),
                do(np.add, velocity, gradient, into=velocity),
                do(np.subtract, flat, velocity, into=flat),
            ]

    def _passes_over(self, samples: Samples, epochs: int) -> Passes:
        return Passes(self._task, samples, self._weights, self._gradients, epochs)

    def train(self, block: Block) -> None:
        """Train a block for an epoch, or for some that are measured together."""
        self._load(block)
        first = block.epoch
        together = self._epochs if first > 0 else 1  # all restarts are soon to be seen once
        block.epoch = min(first + together, self._task.epochs + 1)
        for i, epoch in enumerate(range(first, block.epoch)):
            np.copyto(self._history[i], self._state[0])
            if self._test is not self._data:
                make(self._test_passes.forward[i])
            make(self._passes.forward[i])
            if epoch < self._task.epochs:
                self._descend(epoch, self._passes.backward[i])
        self._keep_weights(block.results, range(first, block.epoch))
        self._measure(block.results, slice(first, block.epoch))
        block.state = self._state.copy() if block.epoch <= self._task.epochs else None

    def _load(self, block: Block) -> None:
        if block.state is not None:
            self._state[...] = block.state
            return
        self._state[...] = 0
        unit = self._kernel.takes / self._kernel.gives
        for w, kept in zip(self._weights, block.results.weights, strict=True):
            np.multiply(kept[0], unit, out=w[:, : kept.shape[2]])

    def _descend(self, epoch: int, backward: Calls) -> None:
        """The steps of one epoch; the forward pass over all the data has just been made."""
        batches = self._task.batches(epoch)
        if batches is None:
            make(backward)
            make(self._step)
            return
        for indices in batches:
            passes = self._batch(indices)
            make(passes.forward[0])
            make(passes.backward[0])
            make(self._step)

    def _batch(self, indices: np.ndarray) -> Passes:
        """The passes over a mini-batch."""
        count = len(indices)
        if count not in self._batches:
            batch = self._data.room_for(count)
            self._batches[count] = batch, self._passes_over(batch, epochs=1)
        batch, passes = self._batches[count]
        batch.take(self._data, indices)
        return passes

    def _keep_weights(self, results: Results, epochs: range) -> None:
        """Those of some epochs, where they are to be kept; of epoch 0 they are there, unrounded."""
        kept_epochs = [epoch for epoch in epochs if epoch > 0 and epoch in self._task.slots]
        slots = [self._task.slots[epoch] for epoch in kept_epochs]
        rows = [epoch - epochs.start for epoch in kept_epochs]
        unit = self._kernel.gives / self._kernel.takes
        for kept, w in zip(results.weights, self._history_of_layers, strict=True):
            kept[slots] = w[rows, :, : kept.shape[2]] * unit

    def _measure(self, results: Results, epochs: slice) -> None:
        """The losses and accuracies of some epochs, from the outputs that they left."""
        task = self._task

        def z(passes: Passes, samples: Samples) -> np.ndarray:
            real = slice(epochs.stop - epochs.start), slice(None), slice(task.layers[-1])
            return passes.outputs[(*real, slice(samples.count))] * (1 / self._kernel.takes)

        z_data = z(self._passes, self._data)
        losses = LOSSES[task.loss].value(z_data, task.data[1], task.output)
        results.losses[epochs] = losses
        if task.test is not None:  # a network whose numbers are gone is right about nothing
            z_test = z_data if task.test is task.data else z(self._test_passes, self._test)
            results.accuracies[epochs] = np.where(
                np.isfinite(losses), hits(z_test, task.test[1]), 0
            )


def hits(z: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The share of samples put into the right class, (…, restarts). An output of NaN is a miss.

    z: (…, restarts, outputs, samples). targets: (outputs, samples).
    """
    own = targets > 0
    if len(targets) == 1:
        right = ((z > 0) == own) & (z == z)
    else:
        top = z == z.max(axis=-2, keepdims=True)  # several at a tie, of which the first one counts
        before = np.logical_or.accumulate(own[::-1])[::-1] & ~own
        right = (top & own).any(axis=-2, keepdims=True) & ~(top & before).any(
            axis=-2, keepdims=True
        )
    bits = np.packbits(right[..., 0, :], axis=-1)  # NumPy counts bits ten times faster than bools
    return np.bitwise_count(bits).sum(axis=-1) / z.shape[-1]


class Ensemble:
    """All restarts of one experiment, in blocks that a few threads train side by side."""

    def __init__(self, task: Task, network: Network) -> None:
        self.results = Results.room_for(task, network)
        self._task, self._samples = task, _samples(task)
        threads, bounds = _plan(task, network.restarts)
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

        Without an end in sight every block is trained from start to end, so that only those in
        work need memory; else they take turns, so that all restarts get on alike.
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
    """The data to train on and to test on, in the kernel's units.

    The shares hold all factors of a step: those of the units, of the loss, and the learning rate.
    """
    kernel, (_, factor) = KERNELS[task.activation], DELTAS[task.loss, task.output]
    step = factor * task.learning_rate * (kernel.takes / kernel.gives) ** 2 / kernel.takes

    def samples(X, targets):
        if task.output == "sigmoid":
            targets = 2 * targets - 1
        return Samples(np.vstack([X, np.ones_like(X[:1])]) * kernel.gives, targets, step)

    data = samples(*task.data)
    return data, data if task.test is None or task.test is task.data else samples(*task.test)


def _plan(task: Task, restarts: int) -> tuple[int, list[int]]:
    """How many threads, and where the blocks begin, with the end of the last one.

    A block has as many restarts as fit the cache with their buffers. Where threads work side by
    side it has more: Python lets one of them at a time begin a call, and handing that over takes
    longer than a small call; so there had better be few and long ones.
    """
    X, _ = task.data
    bytes_each = 3 * sum(task.layers[1:]) * X.shape[1] * X.itemsize
    threads = max(1, min(_cores(), restarts, restarts * bytes_each // THREAD_BYTES))
    size = max(1, CACHE_BYTES * (1 if threads == 1 else 4) // bytes_each)
    size = ceil(restarts / (ceil(restarts / size / threads) * threads))  # as even as can be
    return threads, [*range(0, restarts, size), restarts]


def _cores() -> int:
    """How many this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _views(flat: np.ndarray, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    """Consecutive pieces of the last axis of ``flat``, in these shapes."""
    ends = np.cumsum([prod(shape) for shape in shapes])
    return [
        flat[..., end - prod(shape) : end].reshape(*flat.shape[:-1], *shape)
        for shape, end in zip(shapes, ends, strict=True)
    ]
