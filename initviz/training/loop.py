"""The training loop as the textbook has it, for R networks at once, in place.

An epoch is: forward, measure, keep; then for each batch forward, backward, step. ``compiled.py``
takes the same steps in the same order, and is faster; this one needs nothing but NumPy. A test
holds both equal to a third one that is made of ``network.gradients``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..networks.activations import ACTIVATIONS, LEAK
from ..networks.losses import LOSSES, accuracy
from .task import Block, Layers, Task, layers_in


# Activations in place, each beside its slope: z becomes f(z), and s becomes f'(z).
def sigmoid(z: np.ndarray, s: np.ndarray) -> None:
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)
    np.subtract(1, z, out=s)
    s *= z


def tanh(z: np.ndarray, s: np.ndarray) -> None:
    np.tanh(z, out=z)
    np.square(z, out=s)
    np.subtract(1, s, out=s)


def lecun_tanh(z: np.ndarray, s: np.ndarray) -> None:
    z *= 2 / 3
    tanh(z, s)
    z *= 1.7159
    s *= 1.7159 * 2 / 3


def relu(z: np.ndarray, s: np.ndarray) -> None:
    np.maximum(z, 0, out=z)
    np.greater(z, 0, out=s)


def leaky_relu(z: np.ndarray, s: np.ndarray) -> None:
    np.greater(z, 0, out=s)
    s *= 1 - LEAK
    s += LEAK
    z *= s


BENDS: dict[str, Callable[[np.ndarray, np.ndarray], None]] = {
    bend.__name__: bend for bend in (sigmoid, tanh, lecun_tanh, relu, leaky_relu)
}


def bend(activation: str, z: np.ndarray, s: np.ndarray) -> None:
    """z becomes a = f(z), and s becomes f'(z)."""
    if activation in BENDS:
        BENDS[activation](z, s)
    else:
        s[...] = ACTIVATIONS[activation].derivative(z)
        z[...] = ACTIVATIONS[activation].function(z)


@dataclass(frozen=True)
class Pass:
    """Samples, and room for what becomes of them on the way through R networks.

    X: (features, samples). targets: (outputs, samples). activations, slopes, deltas: one array a
    layer, (restarts, units, samples); those of the last layer's activations hold its z.
    """

    X: np.ndarray
    targets: np.ndarray
    activations: list[np.ndarray]
    slopes: list[np.ndarray]
    deltas: list[np.ndarray]


def room_for(task: Task, samples: tuple[np.ndarray, np.ndarray], restarts: int) -> Pass:
    X, targets = samples
    shapes = [(restarts, units, X.shape[1]) for units in task.layers[1:]]
    return Pass(X, targets, *([np.empty(shape, X.dtype) for shape in shapes] for _ in range(3)))


def multiply(A: np.ndarray, B: np.ndarray, out: np.ndarray, equal: np.ndarray) -> None:
    """A B. In the networks where units are equal, every sum is made in the same order: BLAS takes a
    matrix's last rows in another one, and equal units would part by rounding."""
    product = np.multiply if A.shape[-1] == 1 else np.matmul  # which does not know it is quicker
    product(A, B, out=out)
    if len(equal):
        B = np.broadcast_to(B, (len(A), *B.shape[1:]))
        out[equal] = np.einsum("rik,rkj->rij", A[equal], B[equal])


def forward(task: Task, layers: Layers, through: Pass, equal: np.ndarray) -> np.ndarray:
    """The output layer's z, (restarts, outputs, samples)."""
    a = through.X[np.newaxis]
    for (W, b), z, s in zip(layers, through.activations, through.slopes, strict=True):
        multiply(W, a, z, equal)
        z += b
        if z is not through.activations[-1]:
            bend(task.activation, z, s)
        a = z
    return a


def backward(
    task: Task, layers: Layers, gradients: Layers, through: Pass, equal: np.ndarray
) -> None:
    """Fill ``gradients`` from what the forward pass has left in its place."""
    z, inputs = through.activations[-1], [through.X[np.newaxis], *through.activations]
    through.deltas[-1][...] = LOSSES[task.loss].gradient(z, through.targets, task.output)
    for layer in range(len(layers) - 1, -1, -1):
        delta, (dW, db) = through.deltas[layer], gradients[layer]
        multiply(delta, inputs[layer].swapaxes(1, 2), dW, equal)
        np.sum(delta, axis=2, keepdims=True, out=db)
        if layer > 0:
            below, W = through.deltas[layer - 1], layers[layer][0]
            multiply(W.swapaxes(1, 2), delta, below, equal)
            below *= through.slopes[layer - 1]


def step(task: Task, block: Block, gradient: np.ndarray) -> None:
    """Gradient descent with momentum: v = momentum · v + rate · gradient, and w -= v."""
    gradient *= task.learning_rate
    block.velocities *= task.momentum
    block.velocities += gradient
    block.parameters -= block.velocities


def train(task: Task, block: Block, end: int) -> None:
    """Measure the block's next epochs to before ``end``, each before its steps; the last of all the
    task's epochs has none."""
    layers, gradient = layers_in(block.parameters, task.layers), np.empty_like(block.parameters)
    equal = np.flatnonzero(block.equal)
    gradients, restarts = layers_in(gradient, task.layers), len(block.parameters)
    data = test = room_for(task, task.data, restarts)
    if task.test is not None and task.test is not task.data:
        test = room_for(task, task.test, restarts)
    for epoch in range(block.epoch, end):
        if task.slots[epoch] >= 0:
            block.kept[task.slots[epoch]] = block.parameters
        z = forward(task, layers, data, equal)
        block.losses[epoch] = LOSSES[task.loss].value(z, data.targets, task.output)
        if block.accuracies is not None:
            z = z if test is data else forward(task, layers, test, equal)
            finite = np.isfinite(block.losses[epoch])  # what overflows is right about nothing
            block.accuracies[epoch] = np.where(finite, accuracy(z, test.targets), 0)
        if epoch == task.epochs:
            return
        if task.batch_size is None:
            backward(task, layers, gradients, data, equal)
            step(task, block, gradient)
            continue
        order = task.order(epoch)
        for start in range(0, len(order), task.batch_size):
            indices = order[start : start + task.batch_size]
            some = data.X[:, indices], data.targets[:, indices]
            batch = room_for(task, some, restarts)
            forward(task, layers, batch, equal)
            backward(task, layers, gradients, batch, equal)
            step(task, block, gradient)
