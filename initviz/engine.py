"""The training loop, written for speed: R networks step together, in place, in buffers made once.

It does what ``network.gradients`` does, in the same order; a test holds the two equal. What speed
changed: every result is written into a buffer, because fresh memory costs more than the sum that
fills it; the common activations have an in-place form that needs no z once a is known; and the
restarts are taken in blocks small enough for the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import numpy as np

from .activations import ACTIVATIONS
from .losses import LOSSES, OUTPUTS
from .network import Network

CACHE_BYTES = 2**21  # what the buffers of one block may take: a core's own cache on today's machines


# In place: z becomes a, and later delta becomes delta · f'(z), with f' worked out from a alone.


def _sigmoid(z):
    z *= 0.5  # sigmoid(z) = (1 + tanh(z / 2)) / 2, and NumPy's tanh is faster than its exp
    np.tanh(z, out=z)
    z *= 0.5
    z += 0.5


def _times_sigmoid_derivative(delta, a, scratch):
    np.multiply(a, a, out=scratch)
    np.subtract(a, scratch, out=scratch)
    delta *= scratch


def _tanh(z):
    np.tanh(z, out=z)


def _times_tanh_derivative(delta, a, scratch):
    np.multiply(a, a, out=scratch)
    np.subtract(1, scratch, out=scratch)
    delta *= scratch


def _relu(z):
    np.maximum(z, 0, out=z)


def _times_relu_derivative(delta, a, scratch):
    np.greater(a, 0, out=scratch)
    delta *= scratch


IN_PLACE = {
    "sigmoid": (_sigmoid, _times_sigmoid_derivative),
    "tanh": (_tanh, _times_tanh_derivative),
    "relu": (_relu, _times_relu_derivative),
}


class Buffers:
    """Everything that a forward and backward pass writes, for some restarts and some samples."""

    def __init__(self, layers: tuple[int, ...], restarts: int, samples: int, dtype) -> None:
        def empty():
            return [np.empty((restarts, units, samples), dtype) for units in layers[1:]]

        self.z, self.delta, self.scratch = empty(), empty(), empty()


class Block:
    """Some of the restarts: their weights while they are trained, and the passes over data."""

    def __init__(self, network: Network, loss: str, learning_rate: float, momentum: float) -> None:
        # All parameters lie in one flat array, and their gradients in another, so that a step is a
        # few sums over one array instead of over each; the layers are views into it.
        arrays = [*network.weights, *network.biases]
        self._flat = np.concatenate([p.ravel() for p in arrays])
        self._flat_gradient = np.empty_like(self._flat)
        self._velocity = np.zeros_like(self._flat)
        self.parameters = _views(self._flat, arrays)
        self._gradients = _views(self._flat_gradient, arrays)
        self.weights = self.parameters[: len(network.weights)]
        self.biases = self.parameters[len(network.weights) :]
        self._learning_rate, self._momentum = learning_rate, momentum
        self._loss, self._output = LOSSES[loss], network.output
        self._activation = ACTIVATIONS[network.activation]
        self._in_place = IN_PLACE.get(network.activation)

    def forward(self, X: np.ndarray, buffers: Buffers) -> np.ndarray:
        """The output layer's z, (restarts, outputs, samples), for X (features, samples)."""
        self._activations = [X[np.newaxis]]
        last = len(self.weights) - 1
        for layer, (W, b, z) in enumerate(zip(self.weights, self.biases, buffers.z, strict=True)):
            np.matmul(W, self._activations[-1], out=z)
            z += b
            if layer < last:
                self._activations.append(self._activate(z))
        return z

    def _activate(self, z):
        if self._in_place is None:
            return self._activation.function(z)
        self._in_place[0](z)
        return z

    def backward(self, targets: np.ndarray, buffers: Buffers) -> None:
        """Fill the gradients from the forward pass that has just been made."""
        layers = len(self.weights)
        delta = self._loss.gradient(buffers.z[-1], targets, self._output)
        for layer in reversed(range(layers)):
            a = self._activations[layer]
            np.matmul(delta, a.swapaxes(1, 2), out=self._gradients[layer])
            np.add.reduce(delta, axis=2, keepdims=True, out=self._gradients[layers + layer])
            if layer > 0:
                W = self.weights[layer]
                delta = np.matmul(W.swapaxes(1, 2), delta, out=buffers.delta[layer - 1])
                self._times_derivative(delta, buffers.z[layer - 1], buffers.scratch[layer - 1])

    def _times_derivative(self, delta, z, scratch):
        if self._in_place is None:
            delta *= self._activation.derivative(z)
        else:
            self._in_place[1](delta, z, scratch)  # z holds a by now

    def step(self) -> None:
        """Gradient descent: p -= learning_rate · v, with v = momentum · v + gradient."""
        self._velocity *= self._momentum
        self._velocity += self._flat_gradient
        np.multiply(self._velocity, self._learning_rate, out=self._flat_gradient)
        self._flat -= self._flat_gradient

    def loss(self, z: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return self._loss.value(z, targets, self._output)

    def hits(self, z: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The share of samples put into their class, (restarts,). A NaN output is a miss."""
        if z.shape[1] == 1:
            return ((z > 0) & (targets > 0) | (z <= 0) & (targets <= 0)).mean(axis=(1, 2))
        right = (z.argmax(axis=1) == targets.argmax(axis=0)) & np.isfinite(z).all(axis=1)
        return right.mean(axis=1)


class Ensemble:
    """All restarts of one experiment, trained block by block, epoch after epoch.

    data, test: (X (features, samples), targets (outputs, samples)), in the network's dtype; ``test``
        is what accuracy is measured on, None where there is no such thing.
    batches(epoch): the sample indices of every mini-batch, or None for the full batch.
    snapshot_epochs: the epochs whose weights are kept.

    losses, accuracies: (epochs + 1, restarts), filled up to row ``done``.
    snapshots: per parameter an array (snapshots, restarts, …), weights first, then biases.
    """

    def __init__(
        self, network, loss, learning_rate, momentum, data, test, batches, epochs, snapshot_epochs
    ):
        self._data, self._test, self._batches, self._epochs = data, test, batches, epochs
        self._network = network
        self._buffers = {}
        self._slot = {int(epoch): slot for slot, epoch in enumerate(snapshot_epochs)}
        R, dtype = network.restarts, network.weights[0].dtype
        bytes_each = 3 * sum(network.layers[1:]) * data[0].shape[1] * dtype.itemsize
        size = max(1, CACHE_BYTES // bytes_each)
        self._bounds = [(start, min(start + size, R)) for start in range(0, R, size)]
        self._blocks = [
            Block(_part(network, *bounds), loss, learning_rate, momentum) for bounds in self._bounds
        ]
        self.done = -1
        self.losses = np.full((epochs + 1, R), np.nan)
        self.accuracies = None if test is None else np.full((epochs + 1, R), np.nan)
        self.snapshots = [
            np.empty((len(snapshot_epochs), *p.shape), dtype)
            for p in (*network.weights, *network.biases)
        ]
        self._steps = self._train()

    def advance(self, seconds: float) -> bool:
        """Train for about ``seconds``, at least one step of one block. True when all is done."""
        stop = perf_counter() + seconds
        with np.errstate(all="ignore"):  # divergence is a result; it is found in the losses
            for _ in self._steps:
                if perf_counter() > stop:
                    return False
        return True

    def _train(self) -> Iterator[None]:
        for epoch in range(self._epochs + 1):
            batches = self._batches(epoch)
            for block, (start, stop) in zip(self._blocks, self._bounds, strict=True):
                restarts = slice(start, stop)
                self._measure(block, epoch, restarts)
                if epoch < self._epochs:
                    yield from self._epoch(block, batches)
            self.done = epoch
            yield

    def _measure(self, block: Block, epoch: int, restarts: slice) -> None:
        """Row ``epoch`` of the losses and accuracies, and the weights as they are now."""
        if epoch in self._slot:
            for kept, p in zip(self.snapshots, block.parameters, strict=True):
                kept[self._slot[epoch], restarts] = p
        if self._test is not None:
            X, targets = self._test
            z = block.forward(X, self._buffer(block, X))
            self.accuracies[epoch, restarts] = block.hits(z, targets)
        X, targets = self._data
        if self._test is None or self._test[0] is not X:
            z = block.forward(X, self._buffer(block, X))  # last, so that `backward` finds it
        self.losses[epoch, restarts] = block.loss(z, targets)

    def _epoch(self, block: Block, batches) -> Iterator[None]:
        X, targets = self._data
        if batches is None:
            block.backward(targets, self._buffer(block, X))  # `_measure` has been forward already
            block.step()
            yield
            return
        for batch in batches:
            X_batch = np.ascontiguousarray(X[:, batch])
            buffers = self._buffer(block, X_batch)
            block.forward(X_batch, buffers)
            block.backward(targets[:, batch], buffers)
            block.step()
            yield

    def _buffer(self, block: Block, X: np.ndarray) -> Buffers:
        """One set of buffers for every shape, shared by the blocks, so that it stays in the cache."""
        shape = (len(block.weights[0]), X.shape[1])
        if shape not in self._buffers:
            self._buffers[shape] = Buffers(self._network.layers, *shape, X.dtype)
        return self._buffers[shape]


def _views(flat: np.ndarray, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Consecutive pieces of ``flat``, shaped like the arrays."""
    ends = np.cumsum([a.size for a in arrays])
    return [flat[end - a.size : end].reshape(a.shape) for a, end in zip(arrays, ends, strict=True)]


def _part(network: Network, start: int, stop: int) -> Network:
    return Network(
        tuple(w[start:stop] for w in network.weights),
        tuple(b[start:stop] for b in network.biases),
        network.activation,
        network.output,
    )
