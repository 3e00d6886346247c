"""The training loop, written for speed: R networks step together, in place, in buffers made once.

It takes the steps of ``network.gradients`` in the same order; a test holds the two equal. What
speed changed:

- Every result is written into a buffer: fresh memory costs more than the sum that fills it.
- The bias is one more column of the weights, and meets an input that is always 1. One matrix
  product then does W a + b, and one gives the gradients of both. So activations have a last row of
  ones, and what is done to them elementwise is done to that row too: memory without gaps is faster.
- The common activations work in place, with a derivative that needs only a, not z.
- The restarts are taken in blocks that fit the processor's cache.

All of it runs on one thread. On the small networks of the explorer a second one makes it slower:
their sums take a microsecond each, and the threads spend their time waiting for one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

import numpy as np

from .activations import ACTIVATIONS
from .losses import LOSSES
from .network import Network

CACHE_BYTES = 2**21  # for the buffers of one block: about a core's own cache


# In place: z becomes a; later delta becomes delta · f'(z), with f' worked out from a alone.


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


def with_ones(X: np.ndarray) -> np.ndarray:
    """X (features, samples) with one more row, the input that the bias meets."""
    return np.vstack([X, np.ones_like(X[:1])])


class Buffers:
    """What a forward and a backward pass write, for some restarts and samples.

    a, delta, scratch: one array a hidden layer, (restarts, units + 1, samples).
    z: the output layer's, (restarts, outputs, samples).
    """

    def __init__(self, layers: Sequence[int], restarts: int, samples: int, dtype) -> None:
        *hidden, outputs = layers[1:]
        shapes = [(restarts, units + 1, samples) for units in hidden]
        self.a = [np.ones(shape, dtype) for shape in shapes]
        self.delta = [np.zeros(shape, dtype) for shape in shapes]
        self.scratch = [np.empty(shape, dtype) for shape in shapes]
        self.z = np.empty((restarts, outputs, samples), dtype)


class Block:
    """Some of the restarts: their weights while they are trained, and the passes over data.

    weights: one array a layer, (restarts, fan_out, fan_in + 1), the bias in the last column.
    """

    def __init__(self, network: Network, loss: str, learning_rate: float, momentum: float) -> None:
        pairs = zip(network.weights, network.biases, strict=True)
        arrays = [np.concatenate(pair, axis=2) for pair in pairs]
        # All layers lie in one flat array, so that a step of gradient descent is a few sums.
        self._flat = np.concatenate([w.ravel() for w in arrays])
        self._flat_gradient = np.empty_like(self._flat)
        self._velocity = np.zeros_like(self._flat)
        self.weights = _views(self._flat, arrays)
        self._gradients = _views(self._flat_gradient, arrays)
        self._learning_rate, self._momentum = learning_rate, momentum
        self._loss, self._output = LOSSES[loss], network.output
        self._activation = ACTIVATIONS[network.activation]
        self._in_place = IN_PLACE.get(network.activation)

    def forward(self, X: np.ndarray, buffers: Buffers) -> np.ndarray:
        """The output layer's z, (restarts, outputs, samples), for X with its row of ones."""
        self._inputs = [X[np.newaxis], *buffers.a]
        if self._in_place is None:
            self._zs = [self._bend(W, i, buffers) for i, W in enumerate(self.weights[:-1])]
        else:
            for W, a, z in zip(self.weights, self._inputs, buffers.a, strict=False):
                np.matmul(W, a, out=z[:, :-1])
                self._in_place[0](z)
                z[:, -1] = 1
        return np.matmul(self.weights[-1], self._inputs[-1], out=buffers.z)

    def _bend(self, W, layer, buffers):
        """A hidden layer with an activation that has no in-place form; its z is kept."""
        z = np.matmul(W, self._inputs[layer])
        buffers.a[layer][:, :-1] = self._activation.function(z)
        return z

    def backward(self, targets: np.ndarray, buffers: Buffers) -> None:
        """Fill the gradients from the forward pass that has just been made."""
        delta = self._loss.gradient(buffers.z, targets, self._output)
        for layer in reversed(range(len(self.weights))):
            np.matmul(delta, self._inputs[layer].swapaxes(1, 2), out=self._gradients[layer])
            if layer > 0:
                W = self.weights[layer][:, :, :-1]
                padded = buffers.delta[layer - 1]
                next_delta = np.matmul(W.swapaxes(1, 2), delta, out=padded[:, :-1])
                if self._in_place is None:
                    next_delta *= self._activation.derivative(self._zs[layer - 1])
                else:
                    self._in_place[1](padded, buffers.a[layer - 1], buffers.scratch[layer - 1])
                delta = next_delta

    def step(self) -> None:
        """Gradient descent: w -= learning_rate · v, with v = momentum · v + gradient."""
        self._velocity *= self._momentum
        self._velocity += self._flat_gradient
        np.multiply(self._velocity, self._learning_rate, out=self._flat_gradient)
        self._flat -= self._flat_gradient

    def loss(self, z: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return self._loss.value(z, targets, self._output)


def hits(z: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The share of samples put into the right class, (restarts,). An output of NaN is a miss."""
    if z.shape[1] == 1:
        right = np.where(targets > 0, z > 0, z <= 0)[:, 0]
    else:
        right = np.equal(z.argmax(axis=1), targets.argmax(axis=0)) & ~np.isnan(z).any(axis=1)
    return right.sum(axis=1) / z.shape[2]


class Ensemble:
    """All restarts of one experiment, trained block by block, epoch after epoch.

    data, test: (X (features + 1, samples) with its row of ones, targets (outputs, samples)), in the
        network's dtype; accuracy is measured on ``test``, and not at all where that is None.
    batches(epoch): the sample indices of every mini-batch, or None for the full batch.
    snapshot_epochs: the epochs whose weights are kept.

    losses, accuracies: (epochs + 1, restarts), filled up to row ``done``.
    snapshots: one array a layer, (snapshots, restarts, fan_out, fan_in + 1), bias last.
    """

    def __init__(
        self,
        network: Network,
        loss: str,
        learning_rate: float,
        momentum: float,
        data: tuple[np.ndarray, np.ndarray],
        test: tuple[np.ndarray, np.ndarray] | None,
        batches: Callable[[int], list[np.ndarray] | None],
        epochs: int,
        snapshot_epochs: np.ndarray,
    ) -> None:
        self._data, self._test, self._batches, self._epochs = data, test, batches, epochs
        self._layers = network.layers
        self._buffers: dict[tuple[int, int], Buffers] = {}
        self._slot = {int(epoch): slot for slot, epoch in enumerate(snapshot_epochs)}
        self._bounds = list(_bounds(network, samples=data[0].shape[1]))
        self._blocks = [
            Block(_part(network, *bounds), loss, learning_rate, momentum) for bounds in self._bounds
        ]
        shape = (epochs + 1, network.restarts)
        self.done = -1
        self.losses = np.full(shape, np.nan)
        self.accuracies = None if test is None else np.full(shape, np.nan)
        self.snapshots = [
            np.empty((len(snapshot_epochs), *w.shape[:2], w.shape[2] + 1), w.dtype)
            for w in network.weights
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
                self._measure(block, epoch, slice(start, stop))
                if epoch < self._epochs:
                    yield from self._epoch(block, batches)
            self.done = epoch
            yield

    def _measure(self, block: Block, epoch: int, restarts: slice) -> None:
        """Row ``epoch`` of the losses and accuracies, and the weights as they are now."""
        if epoch in self._slot:
            for kept, w in zip(self.snapshots, block.weights, strict=True):
                kept[self._slot[epoch], restarts] = w
        if self._test is not None:
            X, targets = self._test
            z = block.forward(X, self._buffer(block, X))
            self.accuracies[epoch, restarts] = hits(z, targets)
        X, targets = self._data
        if self._test is None or self._test[0] is not X:
            z = block.forward(X, self._buffer(block, X))  # last, so that `backward` finds it
        self.losses[epoch, restarts] = block.loss(z, targets)

    def _epoch(self, block: Block, batches: list[np.ndarray] | None) -> Iterator[None]:
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
        """One set for every shape, shared by the blocks, so that it stays in the cache."""
        shape = (len(block.weights[0]), X.shape[1])
        if shape not in self._buffers:
            self._buffers[shape] = Buffers(self._layers, *shape, X.dtype)
        return self._buffers[shape]


def _bounds(network: Network, samples: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of every block, as many restarts as fit the cache with their buffers."""
    units, itemsize = sum(network.layers[1:]), network.weights[0].dtype.itemsize
    size = max(1, CACHE_BYTES // (3 * units * samples * itemsize))
    for start in range(0, network.restarts, size):
        yield start, min(start + size, network.restarts)


def _part(network: Network, start: int, stop: int) -> Network:
    return Network(
        tuple(w[start:stop] for w in network.weights),
        tuple(b[start:stop] for b in network.biases),
        network.activation,
        network.output,
    )


def _views(flat: np.ndarray, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Consecutive pieces of ``flat``, shaped like the arrays."""
    ends = np.cumsum([a.size for a in arrays])
    return [flat[end - a.size : end].reshape(a.shape) for a, end in zip(arrays, ends, strict=True)]
