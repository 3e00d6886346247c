"""The training loop as the textbook has it, for R networks at once, in place.

An epoch is: forward, measure, keep; then for each batch forward, backward, step. ``compiled.py``
takes the same steps in the same order, and is faster; this one needs nothing but NumPy. A test
holds both equal to a third one that is made of ``network.gradients``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..networks.activations import ACTIVATIONS, LEAK
from ..networks.blocks import before_norm, standardised
from ..networks.losses import LOSSES, accuracy
from .task import ADAM_EPSILON, BETA_1, BETA_2, Block, Parts, Task, parts_of


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
    standards: by the number of the layer, what its norm has made of its sums. bent: likewise, f(z)
    of the layers with a skip.
    """

    X: np.ndarray
    targets: np.ndarray
    activations: list[np.ndarray]
    slopes: list[np.ndarray]
    deltas: list[np.ndarray]
    standards: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    bent: dict[int, np.ndarray] = field(default_factory=dict)


def room_for(task: Task, samples: tuple[np.ndarray, np.ndarray], restarts: int) -> Pass:
    X, targets = samples
    shapes = [(restarts, units, X.shape[1]) for units in task.layers[1:]]
    activations, slopes, deltas = ([np.empty(s, X.dtype) for s in shapes] for _ in range(3))
    return Pass(X, targets, activations, slopes, deltas)


def multiply(A: np.ndarray, B: np.ndarray, out: np.ndarray, equal: np.ndarray) -> None:
    """A B. In the networks where units are equal, every sum is made in the same order: BLAS takes a
    matrix's last rows in another one, and equal units would part by rounding."""
    product = np.multiply if A.shape[-1] == 1 else np.matmul  # which does not know it is quicker
    product(A, B, out=out)
    if len(equal):
        B = np.broadcast_to(B, (len(A), *B.shape[1:]))
        out[equal] = np.einsum("rik,rkj->rij", A[equal], B[equal])


def forward(task: Task, parts: Parts, through: Pass, equal: np.ndarray) -> np.ndarray:
    """The output layer's z, (restarts, outputs, samples)."""
    a = through.X[np.newaxis]
    for layer, (W, b) in enumerate(parts.layers):
        z = through.activations[layer]
        multiply(W, a, z, equal)
        z += b
        if layer < task.norms:
            gain, shift = parts.norms[layer]
            through.standards[layer] = unit, _ = standardised(z, task.norm)
            np.multiply(gain, unit, out=z)
            z += shift
        if z is not through.activations[-1]:
            bend(task.activation, z, through.slopes[layer])
        if layer in parts.alphas:
            through.bent[layer] = z.copy()
            z *= parts.alphas[layer]
            z += a
        a = z
    return a


def backward(task: Task, parts: Parts, gradients: Parts, through: Pass, equal: np.ndarray) -> None:
    """Fill ``gradients`` from what the forward pass has left in its place."""
    z, inputs = through.activations[-1], [through.X[np.newaxis], *through.activations]
    through.deltas[-1][...] = LOSSES[task.loss].gradient(z, through.targets, task.output)
    for layer in range(len(parts.layers) - 1, -1, -1):
        delta, (dW, db), above = through.deltas[layer], gradients.layers[layer], None
        if layer in parts.alphas:
            above = delta.copy()
            dalpha = (delta * through.bent[layer]).sum(axis=(1, 2), keepdims=True)
            gradients.alphas[layer][...] = dalpha
            delta *= parts.alphas[layer]
        if z is not through.activations[layer]:
            delta *= through.slopes[layer]
        if layer < task.norms:
            (gain, _), (unit, spread) = parts.norms[layer], through.standards[layer]
            dgain, dshift = gradients.norms[layer]
            np.sum(delta * unit, axis=2, keepdims=True, out=dgain)
            np.sum(delta, axis=2, keepdims=True, out=dshift)
            delta[...] = before_norm(gain * delta, unit, spread, task.norm)
        multiply(delta, inputs[layer].swapaxes(1, 2), dW, equal)
        np.sum(delta, axis=2, keepdims=True, out=db)
        if layer > 0:
            below, W = through.deltas[layer - 1], parts.layers[layer][0]
            multiply(W.swapaxes(1, 2), delta, below, equal)
            if above is not None:
                below += above


def step(task: Task, block: Block, gradient: np.ndarray, rates: np.ndarray, number: int) -> None:
    """The steps' ``number``, from 0 on, by gradient descent or by Adam. rates: (parameters,)."""
    descent, warm = task.descent, task.descent.warmth(number)
    if descent.adam:
        adam(block, gradient, warm * rates, number + 1)
        return
    gradient *= warm * rates
    block.moments *= descent.momentum
    block.moments += gradient
    block.parameters -= block.moments


def adam(block: Block, gradient: np.ndarray, rates: np.ndarray, step: int) -> None:
    """A step of Kingma & Ba 2015, https://arxiv.org/abs/1412.6980, with their numbers: along the
    mean gradient, divided by its usual size; both are means of the past, larger at the start."""
    mean, square = np.split(block.moments, 2, axis=1)  # views
    mean += (1 - BETA_1) * (gradient - mean)
    square += (1 - BETA_2) * (gradient**2 - square)
    size = np.sqrt(square / (1 - BETA_2**step)) + ADAM_EPSILON
    block.parameters -= rates * (mean / (1 - BETA_1**step)) / size


def train(task: Task, block: Block, end: int) -> None:
    """Measure the block's next epochs to before ``end``, each before its steps; the last of all the
    task's epochs has none."""
    parts, gradient = parts_of(task, block.parameters), np.empty_like(block.parameters)
    equal, restarts = np.flatnonzero(block.equal), len(block.parameters)
    gradients, rates = parts_of(task, gradient), np.repeat(task.descent.rates, task.sizes)
    rates = rates.astype(gradient.dtype)
    data = test = room_for(task, task.data, restarts)
    if task.test is not None and task.test is not task.data:
        test = room_for(task, task.test, restarts)
    for epoch in range(block.epoch, end):
        if task.slots[epoch] >= 0:
            block.kept[task.slots[epoch]] = block.parameters
        z = forward(task, parts, data, equal)
        block.losses[epoch] = LOSSES[task.loss].value(z, data.targets, task.output)
        if block.accuracies is not None:
            z = z if test is data else forward(task, parts, test, equal)
            finite = np.isfinite(block.losses[epoch])  # what overflows is right about nothing
            block.accuracies[epoch] = np.where(finite, accuracy(z, test.targets), 0)
        if epoch == task.epochs:
            return
        if task.batch_size is None:
            backward(task, parts, gradients, data, equal)
            step(task, block, gradient, rates, epoch)
            continue
        order = task.order(epoch)
        for number, start in enumerate(range(0, len(order), task.batch_size), epoch * task.steps):
            indices = order[start : start + task.batch_size]
            some = data.X[:, indices], data.targets[:, indices]
            batch = room_for(task, some, restarts)
            forward(task, parts, batch, equal)
            backward(task, parts, gradients, batch, equal)
            step(task, block, gradient, rates, number)
