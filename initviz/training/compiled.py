"""The training loop of ``loop.py``, compiled: the same steps in the same order, several times as
fast.

One network at a time passes through, so that all it needs is in the core's cache, and without the
interpreter's lock, so that threads work side by side. Numba makes vector instructions of the inner
loops only where they are simple: over samples, over one or two arrays, with exp and log spelt out
as below. What the compiler may assume (``FAST``) leaves NaN and infinity as they are: they are
results. All is in one file, because numba looks at no other one to see whether it has changed.
"""

import math
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload

from ..networks.activations import LEAK, SELU_ALPHA, SELU_SCALE
from .task import Block, Task

builtin: Any = intrinsic
FAST = {"reassoc", "contract", "arcp", "afn", "nsz"}
SMALL = 4  # BLAS is slower than a plain loop where a matrix has fewer rows or columns
OPTIONS: Any = {"nogil": True, "error_model": "numpy", "fastmath": FAST}
jit: Any = njit(**OPTIONS)  # what it makes has types of its own, which no editor knows
# A call within a loop would stop it from vectorising.
inlined: Any = njit(forceinline=True, **OPTIONS)

LN2_HIGH = 0.693145751953125  # of few bits, so that whole multiples of it are exact
LN2_LOW = 1.4286068203094172e-06  # the rest of ln(2)

# Numbers for names, which compiled code has none of; those of activations stand below.
SQUARED_ERROR, SQUARED_ERROR_OF_SIGMOID, BINARY_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY = range(4)
LOSS = {
    ("squared_error", "identity"): SQUARED_ERROR,
    ("squared_error", "sigmoid"): SQUARED_ERROR_OF_SIGMOID,
    ("binary_cross_entropy", "sigmoid"): BINARY_CROSS_ENTROPY,
    ("softmax_cross_entropy", "softmax"): SOFTMAX_CROSS_ENTROPY,
}


# Elementary functions, in the precision of their argument.
@builtin
def like(context, number, x):
    """The number in the type of x: a plain 0.5 would make a double of every float32."""

    def code(context, builder, signature, arguments):
        return context.cast(builder, arguments[0], signature.args[0], signature.return_type)

    return x(number, x), code


@builtin
def power_of_2(context, k):
    """2^k for a whole k, by the bits of its exponent."""
    bits, bias, mantissa = (32, 127, 23) if k == types.float32 else (64, 1023, 52)

    def code(context, builder, signature, arguments):
        whole = ir.IntType(bits)
        exponent = builder.add(builder.fptosi(arguments[0], whole), ir.Constant(whole, bias))
        shifted = builder.shl(exponent, ir.Constant(whole, mantissa))
        return builder.bitcast(shifted, arguments[0].type)

    return k(k), code


# Of these there is a short one for float32 and a long one for float64. The coefficients are those
# of the polynomials with the least largest error (mpmath.chebyfit).
def lowest(x) -> Any:
    """Below it exp(x) is taken to be 0: processors are slow where numbers are not normal ones."""


def expm1_series(r) -> Any:
    """(exp(r) - 1 - r) / r² for |r| ≤ ln(2) / 2."""


def atanh_series(t) -> Any:
    """(2 atanh(s) - 2 s) / s³ for t = s² ≤ 1/9."""


@overload(lowest, jit_options=OPTIONS)
def _lowest(x):
    limit = -86.0 if x == types.float32 else -706.0
    return lambda x: like(limit, x)


@overload(expm1_series, jit_options=OPTIONS)
def _expm1_series(r):
    def short(r):
        s = like(0.0013926183587713494, r)
        s = s * r + like(0.008363179052722578, r)
        s = s * r + like(0.041666554617204574, r)
        s = s * r + like(0.16666576989698775, r)
        return s * r + like(0.5, r)

    def long(r):
        s = 2.510038549551032e-08
        s = s * r + 2.7620088445409746e-07
        s = s * r + 2.7557268459997064e-06
        s = s * r + 2.4801521295954376e-05
        s = s * r + 0.00019841269863053618
        s = s * r + 0.0013888888917213717
        s = s * r + 0.008333333333330062
        s = s * r + 0.04166666666662413
        s = s * r + 0.16666666666666669
        return s * r + 0.5000000000000001

    return short if r == types.float32 else long


@overload(atanh_series, jit_options=OPTIONS)
def _atanh_series(t):
    def short(t):
        s = like(0.2322432922402335, t)
        s = s * t + like(0.21706575800880373, t)
        s = s * t + like(0.28592357994302836, t)
        s = s * t + like(0.3999970633192972, t)
        return s * t + like(0.6666666732052742, t)

    def long(t):
        s = 0.1616404561194353
        s = s * t + 0.08800738486144674
        s = s * t + 0.12001072809590713
        s = s * t + 0.13314144209654935
        s = s * t + 0.15385570064958623
        s = s * t + 0.18181789436132859
        s = s * t + 0.22222222717427864
        s = s * t + 0.2857142856710876
        s = s * t + 0.40000000000014585
        return s * t + 0.6666666666666666

    return short if t == types.float32 else long


@njit(forceinline=True, **OPTIONS | {"fastmath": {"contract"}})
def less_multiple_of_ln2(x, k):
    """x - k ln(2), in the order in which it stands here: taken together, the two lose digits."""
    return (x - k * like(LN2_HIGH, x)) - k * like(LN2_LOW, x)


@inlined
def parts_of_exp(x):
    """p, q with exp(x) = p + p q, where p is a power of 2, or 0, and q is small; x ≤ 0."""
    high = lowest(x) if x < lowest(x) else x
    k = np.floor(high * like(1 / math.log(2), x) + like(0.5, x))
    r = less_multiple_of_ln2(high, k)
    return power_of_2(k) if x > lowest(x) else like(0, x), r + r * r * expm1_series(r)


@inlined
def exp(x):
    """For x ≤ 0."""
    p, q = parts_of_exp(x)
    return p + p * q


@inlined
def expm1(x):
    """For x ≤ 0."""
    p, q = parts_of_exp(x)
    return (p - like(1, x)) + p * q


@inlined
def log1p(e):
    """For 0 ≤ e ≤ 1."""
    s = e / (e + like(2, e))
    return like(2, e) * s + s * s * s * atanh_series(s * s)


@inlined
def positive(z):
    """max(0, z), and NaN for NaN."""
    return like(0, z) if z < 0 else z


# Activations: f(z), and its slope f'(z).
@inlined
def sigmoid(z):
    one, e = like(1, z), exp(-abs(z))
    near = e / (one + e)  # how far it is from the nearer one of 0 and 1
    return (near if z < 0 else one - near), near * (one - near)


@inlined
def tanh(z):
    e = expm1(like(-2, z) * abs(z))
    a = e / (like(2, z) + e)
    return (a if z < 0 else -a), like(1, z) - a * a


@inlined
def lecun_tanh(z):
    a, slope = tanh(like(2 / 3, z) * z)
    return like(1.7159, z) * a, like(1.7159 * 2 / 3, z) * slope


@inlined
def relu(z):
    return positive(z), like(1, z) if z > 0 else like(0, z)


@inlined
def leaky_relu(z):
    slope = like(1, z) if z > 0 else like(LEAK, z)
    return slope * z, slope


@inlined
def selu(z):
    low = like(SELU_SCALE * SELU_ALPHA, z) * expm1(like(0, z) if z > 0 else z)
    if z > 0:
        return like(SELU_SCALE, z) * z, like(SELU_SCALE, z)
    return low, low + like(SELU_SCALE * SELU_ALPHA, z)


@inlined
def gelu(z):
    below = like(0.5, z) * (like(1, z) + math.erf(z * like(math.sqrt(0.5), z)))
    t = min(abs(z), like(40, z))  # z exp(-z²/2) tends to 0; inf x 0 would be NaN
    density = like(1 / math.sqrt(2 * math.pi), z) * exp(like(-0.5, z) * t * t)
    return z * below, below + (-t if z < 0 else t) * density


@inlined
def softplus(z):
    one, e = like(1, z), exp(-abs(z))
    return positive(z) + log1p(e), (e if z < 0 else one) / (one + e)


@inlined
def softsign(z):
    q = like(1, z) / (like(1, z) + abs(z))
    return z * q, q * q


@inlined
def identity(z):
    return z, like(1, z)


ACTIVATED = (sigmoid, tanh, lecun_tanh, relu, leaky_relu, selu, gelu, softplus, softsign, identity)
ACTIVATION = {f.__name__: number for number, f in enumerate(ACTIVATED)}
SIGMOID, TANH, LECUN_TANH, RELU, LEAKY_RELU, SELU, GELU, SOFTPLUS, SOFTSIGN, IDENTITY = (
    ACTIVATION.values()
)


@jit
def bend(activation, z, slopes):
    """z becomes f(z), and slopes becomes f'(z); (units · samples,), in one row.

    What is left at the end of a row, too little for a vector, takes as long as all the rest.
    """
    if activation == SIGMOID:
        for j in range(z.size):
            z[j], slopes[j] = sigmoid(z[j])
    elif activation == TANH:
        for j in range(z.size):
            z[j], slopes[j] = tanh(z[j])
    elif activation == LECUN_TANH:
        for j in range(z.size):
            z[j], slopes[j] = lecun_tanh(z[j])
    elif activation == RELU:
        for j in range(z.size):
            z[j], slopes[j] = relu(z[j])
    elif activation == LEAKY_RELU:
        for j in range(z.size):
            z[j], slopes[j] = leaky_relu(z[j])
    elif activation == SELU:
        for j in range(z.size):
            z[j], slopes[j] = selu(z[j])
    elif activation == GELU:
        for j in range(z.size):
            z[j], slopes[j] = gelu(z[j])
    elif activation == SOFTPLUS:
        for j in range(z.size):
            z[j], slopes[j] = softplus(z[j])
    elif activation == SOFTSIGN:
        for j in range(z.size):
            z[j], slopes[j] = softsign(z[j])
    elif activation == IDENTITY:
        for j in range(z.size):
            z[j], slopes[j] = identity(z[j])


# Matrix products. BLAS does all but the smallest.
@jit
def weighted_sums(W, a, z):
    """z = W a."""
    for i in range(W.shape[0]):
        w = W[i, 0]
        for j in range(z.shape[1]):
            z[i, j] = w * a[0, j]
        for k in range(1, W.shape[1]):
            w = W[i, k]
            for j in range(z.shape[1]):
                z[i, j] += w * a[k, j]


@jit
def sent_back(W, delta, below):
    """below = Wᵀ delta."""
    for k in range(W.shape[1]):
        w = W[0, k]
        for j in range(below.shape[1]):
            below[k, j] = w * delta[0, j]
        for i in range(1, W.shape[0]):
            w = W[i, k]
            for j in range(below.shape[1]):
                below[k, j] += w * delta[i, j]


@jit
def weights_gradient(delta, a, gradient):
    """gradient = delta aᵀ."""
    for i in range(gradient.shape[0]):
        for k in range(gradient.shape[1]):
            total = like(0, delta[i, 0])
            for j in range(delta.shape[1]):
                total += delta[i, j] * a[k, j]
            gradient[i, k] = total


@jit
def for_blas(W):
    """Below this BLAS is slower than a plain loop."""
    return W.shape[0] >= SMALL and W.shape[1] >= SMALL


@jit
def add(z, b):
    for i in range(z.shape[0]):
        bias = b[i]
        for j in range(z.shape[1]):
            z[i, j] += bias


@jit
def multiply(delta, slopes):
    for j in range(delta.size):
        delta[j] *= slopes[j]


@jit
def biases_gradient(delta, gradient):
    for i in range(gradient.size):
        total = like(0, delta[i, 0])
        for j in range(delta.shape[1]):
            total += delta[i, j]
        gradient[i] = total


# Losses: each fills delta with N d loss / d z, and returns N times the loss.
@inlined
def squared_error(z, targets, delta):
    total = like(0, z[0, 0])
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            error = z[i, j] - targets[i, j]
            total += error * error
            delta[i, j] = like(2, error) * error
    return total


@inlined
def squared_error_of_sigmoid(z, targets, delta):
    total = like(0, z[0, 0])
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            p, slope = sigmoid(z[i, j])
            error = p - targets[i, j]
            total += error * error
            delta[i, j] = like(2, error) * error * slope
    return total


@inlined
def binary_cross_entropy(z, targets, delta):
    total = like(0, z[0, 0])
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            x, target = z[i, j], targets[i, j]
            p, _ = sigmoid(x)
            delta[i, j] = p - target
            total += (positive(x) - target * x) + log1p(exp(-abs(x)))
    return total


@jit
def softmax_cross_entropy(z, targets, delta):
    top, below, missed = z[0].copy(), np.zeros_like(z[0]), np.zeros_like(z[0])
    for i in range(1, z.shape[0]):
        for j in range(z.shape[1]):
            top[j] = top[j] if z[i, j] < top[j] else z[i, j]
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            share = exp(z[i, j] - top[j])
            delta[i, j] = share
            below[j] += share
        for j in range(z.shape[1]):
            lost = targets[i, j] * (top[j] - z[i, j])
            missed[j] += like(0, lost) if targets[i, j] == 0 else lost  # not 0 · infinity
    total = like(0, z[0, 0])
    for j in range(z.shape[1]):
        total += math.log(below[j]) + missed[j]
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            delta[i, j] = delta[i, j] / below[j] - targets[i, j]
    return total


@jit
def measure(loss, z, targets, delta):
    """The loss of one network; N d loss / d z goes into delta."""
    total = like(0, z[0, 0])
    if loss == SQUARED_ERROR:
        total = squared_error(z, targets, delta)
    elif loss == SQUARED_ERROR_OF_SIGMOID:
        total = squared_error_of_sigmoid(z, targets, delta)
    elif loss == BINARY_CROSS_ENTROPY:
        total = binary_cross_entropy(z, targets, delta)
    else:
        total = softmax_cross_entropy(z, targets, delta)
    return total / like(z.shape[1], total)


@jit
def accuracy(z, targets):
    """As ``networks.losses.accuracy`` has it."""
    right, outputs, samples = 0, z.shape[0], z.shape[1]
    if outputs == 1:
        for j in range(samples):
            right += (z[0, j] == z[0, j]) and (z[0, j] > 0) == (targets[0, j] > 0)
        return right / samples
    top, hit = z[0].copy(), targets[0].copy()
    for i in range(1, outputs):
        for j in range(samples):
            better = z[i, j] > top[j] or z[i, j] != z[i, j]  # NaN, which nothing is better than
            top[j] = z[i, j] if better else top[j]
            hit[j] = targets[i, j] if better else hit[j]
    for j in range(samples):
        right += hit[j] > 0 and top[j] == top[j]
    return right / samples


# The loop.
@jit
def layers_in(parameters, layers):
    """The weights and the biases of one network, as views; a list of each."""
    weights, biases, start = [], [], 0
    for layer in range(len(layers) - 1):
        fan_in, fan_out = layers[layer], layers[layer + 1]
        middle, end = start + fan_out * fan_in, start + fan_out * (fan_in + 1)
        weights.append(parameters[start:middle].reshape(fan_out, fan_in))
        biases.append(parameters[middle:end])
        start = end
    return weights, biases


@jit
def room_for(layers, X):
    """An array a layer, (units, samples), and the same memory in one row."""
    room = [np.empty((units, X.shape[1]), X.dtype) for units in layers[1:]]
    return room, [each.reshape(each.size) for each in room]


@jit
def forward(activation, weights, biases, X, room, slopes):
    """The output layer's z, (outputs, samples). room: what is filled with activations."""
    activations, rows = room
    a = X
    for layer in range(len(weights)):
        W, z = weights[layer], activations[layer]
        if for_blas(W):
            np.dot(W, a, z)
        else:
            weighted_sums(W, a, z)
        add(z, biases[layer])
        if layer < len(weights) - 1:
            bend(activation, rows[layer], slopes[layer])
        a = z
    return a


@jit
def backward(weights, weights_slope, biases_slope, X, activations, slopes, room):
    """Fill the gradient, from what the forward pass has left and the output layer's delta."""
    deltas, rows = room
    for layer in range(len(weights) - 1, -1, -1):
        W, delta, a = weights[layer], deltas[layer], activations[layer - 1] if layer else X
        if for_blas(W):
            np.dot(delta, a.T, weights_slope[layer])
        else:
            weights_gradient(delta, a, weights_slope[layer])
        biases_gradient(delta, biases_slope[layer])
        if layer and for_blas(W):
            np.dot(W.T, delta, deltas[layer - 1])
        elif layer:
            sent_back(W, delta, deltas[layer - 1])
        if layer:
            multiply(rows[layer - 1], slopes[layer - 1])


@jit
def step(parameters, velocity, gradient, rate, momentum):
    """Gradient descent with momentum: v = momentum · v + rate · gradient, and w -= v."""
    for n in range(parameters.size):
        velocity[n] = momentum * velocity[n] + rate * gradient[n]
        parameters[n] -= velocity[n]


@jit
def take(columns, indices):
    taken = np.empty((columns.shape[0], len(indices)), columns.dtype)
    for i in range(taken.shape[0]):
        for j in range(taken.shape[1]):
            taken[i, j] = columns[i, indices[j]]
    return taken


@jit
def train_network(task, data, batches, state, results, first, end):
    """``loop.train`` for one network, its task and block taken apart.

    data: X and targets, and those to measure accuracy on, empty where these are the same.
    batches: X and targets of every step of an epoch; where it is a single one, that is all samples.
    state: parameters and velocity. results: losses, accuracies (empty where there are none), kept
    parameters, and for each epoch where they are kept.
    """
    layers, activation, loss, rate, momentum, epochs = task
    X, targets, test_X, test_targets = data
    parameters, velocity = state
    losses, accuracies, kept, slots = results
    gradient = np.empty_like(parameters)
    weights, biases = layers_in(parameters, layers)
    slope_w, slope_b = layers_in(gradient, layers)
    room, deltas, (_, slopes) = room_for(layers, X), room_for(layers, X), room_for(layers, X)
    momentum = like(momentum, gradient[0])
    for epoch in range(first, end):
        if slots[epoch] >= 0:
            kept[slots[epoch]] = parameters
        z = forward(activation, weights, biases, X, room, slopes)
        losses[epoch] = measure(loss, z, targets, deltas[0][-1])
        if accuracies.size and test_X.size:
            test_room, (_, test_slopes) = room_for(layers, test_X), room_for(layers, test_X)
            test_z = forward(activation, weights, biases, test_X, test_room, test_slopes)
            accuracies[epoch] = accuracy(test_z, test_targets)
        elif accuracies.size:
            accuracies[epoch] = accuracy(z, targets)
        if accuracies.size and not np.isfinite(losses[epoch]):
            accuracies[epoch] = 0  # what overflows is right about nothing
        if epoch == epochs:
            break
        if len(batches) == 1:
            backward(weights, slope_w, slope_b, X, room[0], slopes, deltas)
            step(parameters, velocity, gradient, like(rate / X.shape[1], momentum), momentum)
            continue
        for some, wanted in batches:
            a, d, (_, s) = room_for(layers, some), room_for(layers, some), room_for(layers, some)
            measure(loss, forward(activation, weights, biases, some, a, s), wanted, d[0][-1])
            backward(weights, slope_w, slope_b, some, a[0], s, d)
            step(parameters, velocity, gradient, like(rate / some.shape[1], momentum), momentum)


@jit
def train_networks(task, data, orders, batch_size, state, results, first, end):
    """All networks of a block. orders: (epochs, samples). batch_size: 0 for all samples.

    One network after the other is trained through all these epochs in the cache. With mini-batches
    it is one epoch after the other: to gather the samples anew for each network would take longer.
    """
    X, targets, _, _ = data
    parameters, velocities = state
    losses, accuracies, kept, slots = results
    batches, turn = [(X, targets)], 1 if batch_size else end - first
    for epoch in range(first, end, turn):
        if batch_size and epoch < task[-1]:
            order = orders[epoch - first]
            parts = [order[n : n + batch_size] for n in range(0, len(order), batch_size)]
            batches = [(take(X, part), take(targets, part)) for part in parts]
        for r in range(len(parameters)):
            of_one = losses[:, r], accuracies[:, r], kept[:, r], slots
            network = parameters[r], velocities[r]
            train_network(task, data, batches, network, of_one, epoch, epoch + turn)


def train(task: Task, block: Block, end: int) -> None:
    """``loop.train``."""
    (X, targets), first = task.data, block.epoch
    none = np.empty((len(X), 0), X.dtype)
    test = (none, none) if task.test is None or task.test is task.data else task.test
    epochs = range(first, min(end, task.epochs)) if task.batch_size else ()
    orders = np.empty((len(epochs), X.shape[1]), np.int64)
    for row, epoch in zip(orders, epochs, strict=True):
        row[:] = task.order(epoch)
    names = ACTIVATION[task.activation], LOSS[task.loss, task.output]
    numbers = task.learning_rate, task.momentum, task.epochs
    accuracies = block.losses[:0] if block.accuracies is None else block.accuracies
    train_networks(
        (np.array(task.layers), *names, *numbers),
        (X, targets, *test),
        orders,
        task.batch_size or 0,
        (block.parameters, block.velocities),
        (block.losses, accuracies, block.kept, task.slots),
        first,
        end,
    )


def signature(real: types.Float) -> tuple:
    """Of ``train_networks`` for float32 or float64."""
    whole, number = types.int64, types.float64
    columns, row = types.Array(real, 2, "C"), types.Array(whole, 1, "C")
    scores, kept = types.Array(number, 2, "A"), types.Array(real, 3, "A")
    return (
        types.Tuple((row, whole, whole, number, number, whole)),
        types.UniTuple(columns, 4),
        types.Array(whole, 2, "C"),
        whole,
        types.UniTuple(columns, 2),
        types.Tuple((scores, scores, kept, row)),
        whole,
        whole,
    )


SIGNATURES = [signature(real) for real in (types.float32, types.float64)]


def can_be_kept() -> bool:
    """Whether there is a place that can be written."""
    try:
        train_networks.enable_caching()
    except (RuntimeError, AttributeError):  # no such place, or numba is told not to compile
        return False
    return True


@cache
def load() -> bool:
    """Take the compiled code from where it is kept; False where it is not there, or not whole."""
    if not can_be_kept():
        return False
    kept = train_networks._cache
    try:
        found = [kept.load_overload(each, train_networks.targetctx) for each in SIGNATURES]
    except Exception:  # a damaged file can raise anything
        with suppress(OSError):
            kept.flush()  # or it would be read again
        return False
    if None in found:
        return False
    for each in found:
        train_networks.add_overload(each)
    train_networks.disable_compile()
    return True


def compile_all() -> None:
    """Compile what ``load`` has not found, and keep it where that can be done."""
    for each in SIGNATURES:
        train_networks.compile(each)
    train_networks.disable_compile()
