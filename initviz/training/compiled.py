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
from numba.extending import intrinsic
from numba.np.numpy_support import carray

from ..networks.activations import LEAK, OMEGA, SELU_ALPHA, SELU_SCALE
from ..networks.blocks import EPSILON, NORMS
from .task import ADAM_EPSILON, BETA_1, BETA_2, Block, Task

builtin: Any = intrinsic
FAST = {"reassoc", "contract", "arcp", "afn", "nsz"}
SMALL = 4  # BLAS is slower than a plain loop where a matrix has fewer rows or columns
OPTIONS: Any = {"nogil": True, "error_model": "numpy", "fastmath": FAST}
jit: Any = njit(**OPTIONS)  # what it makes has types of its own, which no editor knows
# A call within a loop would stop it from vectorising.
inlined: Any = njit(forceinline=True, **OPTIONS)

LN2_HIGH = 0.693145751953125  # of few bits, so that whole multiples of it are exact
LN2_LOW = 1.4286068203094172e-06  # the rest of ln(2)
PI_HIGH, PI_MIDDLE = 3.141592502593994, 1.5099578831723193e-07  # 24 bits each
PI_LOW = 1.0780605716316238e-14

# Numbers for names, which compiled code has none of; those of activations stand below.
BATCH = NORMS.index("batch")
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


@builtin
def in_full_vectors(context):
    """Let the function that says this use all of the processor's vectors: LLVM prefers half."""

    def code(context, builder, signature, arguments):
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), code


def polynomial(short, long) -> Any:
    """Of one variable, one for float32 and one for float64; the highest power first."""

    @builtin
    def value(context, x):
        def code(context, builder, signature, arguments):
            number = arguments[0].type
            first, *others = short if x == types.float32 else long
            total = ir.Constant(number, first)
            for coefficient in others:
                product = builder.fmul(total, arguments[0])
                total = builder.fadd(product, ir.Constant(number, coefficient))
            return total

        return x(x), code

    return value


# Those with the least largest error (mpmath.chebyfit).
# fmt: off
expm1_series = polynomial(  # (exp(r) - 1 - r) / r² for |r| ≤ ln(2) / 2
    (0.0013926183587713494, 0.008363179052722578, 0.041666554617204574, 0.16666576989698775, 0.5),
    (2.510038549551032e-08, 2.7620088445409746e-07, 2.7557268459997064e-06, 2.4801521295954376e-05,
     0.00019841269863053618, 0.0013888888917213717, 0.008333333333330062, 0.04166666666662413,
     0.16666666666666669, 0.5000000000000001),
)
atanh_series = polynomial(  # (2 atanh(s) - 2 s) / s³ for t = s² ≤ 1/9
    (0.2322432922402335, 0.21706575800880373, 0.28592357994302836, 0.3999970633192972,
     0.6666666732052742),
    (0.1616404561194353, 0.08800738486144674, 0.12001072809590713, 0.13314144209654935,
     0.15385570064958623, 0.18181789436132859, 0.22222222717427864, 0.2857142856710876,
     0.40000000000014585, 0.6666666666666666),
)
sine_series = polynomial(  # (sin(r) - r) / r³ for t = r² ≤ π²/4
    (-2.4080095087121688e-08, 2.753645944364607e-06, -0.0001984108650700057, 0.008333332768529359,
     -0.1666666666387985),
    (2.731436876937957e-15, -7.643969663988072e-13, 1.6058977292642743e-10,
     -2.505210761669045e-08, 2.7557319219160833e-06, -0.00019841269841254966, 0.008333333333333316,
     -0.16666666666666666),
)
# fmt: on

# Below it exp(x) is taken to be 0: processors are slow where numbers are not normal ones.
lowest = polynomial((-86.0,), (-706.0,))


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


@njit(forceinline=True, **OPTIONS | {"fastmath": {"contract"}})
def half_turns(x):
    """(±1, r, π/2 - |r|), where sin(x) is ± sin(r) and cos(x) is ± sin(π/2 - |r|), with |r| ≤ π/2.

    In double precision: of an x that is many turns, few digits would be left. Beyond 10⁹ turns it
    is those of a number next to x.
    """
    k = np.floor(x / math.pi + 0.5)
    r = ((x - k * PI_HIGH) - k * PI_MIDDLE) - k * PI_LOW
    r = math.pi / 2 if r > math.pi / 2 else r
    r = -math.pi / 2 if r < -math.pi / 2 else r
    return 1 - 2 * (k - 2 * np.floor(k / 2)), r, math.pi / 2 - abs(r)


@inlined
def sin(r):
    """For |r| ≤ π/2."""
    return r + r * r * r * sine_series(r * r)


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
def within(z, end):
    """z, but not beyond ±end: for products with what is 0 there, since inf x 0 would be NaN."""
    t = min(abs(z), like(end, z))
    return -t if z < 0 else t


@inlined
def gelu(z):
    below = like(0.5, z) * (like(1, z) + math.erf(z * like(math.sqrt(0.5), z)))
    t = within(z, 40)
    density = like(1 / math.sqrt(2 * math.pi), z) * exp(like(-0.5, z) * t * t)
    return z * below, below + t * density


@inlined
def silu(z):
    a, slope = sigmoid(z)
    return z * a, a + within(z, 800) * slope


@inlined
def elu(z):
    low = expm1(like(0, z) if z > 0 else z)
    return (z, like(1, z)) if z > 0 else (low, low + like(1, z))


@inlined
def mish(z):
    """With tanh(softplus(z)) = ((1 + u)² - 1) / ((1 + u)² + 1), u = exp(z), divided by u² > 1."""
    one, two, e = like(1, z), like(2, z), exp(-abs(z))
    above = e * (e + two) if z < 0 else one + two * e
    below = above + two * (one if z < 0 else e * e)
    bent = like(4, z) * (one + e) * (e if z < 0 else e * e) / (below * below)
    return z * (above / below), above / below + within(z, 800) * bent


@inlined
def softplus(z):
    one, e = like(1, z), exp(-abs(z))
    return positive(z) + log1p(e), (e if z < 0 else one) / (one + e)


@inlined
def softsign(z):
    q = like(1, z) / (like(1, z) + abs(z))
    return z * q, q * q


@inlined
def sine(z):
    sign, r, rest = half_turns(like(like(OMEGA, z) * z, 1.0))
    a, slope = sin(like(r, z)), sin(like(rest, z))
    return like(sign, z) * a, like(OMEGA * sign, z) * slope


@inlined
def identity(z):
    return z, like(1, z)


ACTIVATED = (
    *(sigmoid, tanh, lecun_tanh, relu, leaky_relu, selu, gelu),
    *(silu, elu, mish, softplus, softsign, sine, identity),
)
ACTIVATION = {f.__name__: number for number, f in enumerate(ACTIVATED)}


def along_rows(number: int) -> Any:
    """Activations from this number on: z becomes f(z), and slopes becomes f'(z).

    z, slopes: (units · samples,), in one row: what is left at the end of one, too little for a
    vector, takes as long as all the rest.
    """
    f, last = ACTIVATED[number], number == len(ACTIVATED) - 1
    others: Any = along_rows(number + 1) if not last else None

    @jit
    def bend(activation, z, slopes):
        in_full_vectors()
        if activation != number and not last:
            others(activation, z, slopes)
            return
        for j in range(z.size):
            z[j], slopes[j] = f(z[j])

    return bend


bend = along_rows(0)


# Matrix products. BLAS does all but the smallest, and none where some units are equal: it takes the
# last rows of a matrix in another order, and equal units would part by rounding.
@jit
def for_blas(W, blas):
    return blas and W.shape[0] >= SMALL and W.shape[1] >= SMALL


@jit
def product(A, B, out, blas):
    """out = A B: the sums of a layer, with Wᵀ what it sends back."""
    if for_blas(A, blas):
        np.dot(A, B, out)
        return
    for i in range(A.shape[0]):
        a = A[i, 0]
        for j in range(out.shape[1]):
            out[i, j] = a * B[0, j]
        for k in range(1, A.shape[1]):
            a = A[i, k]
            for j in range(out.shape[1]):
                out[i, j] += a * B[k, j]


@jit
def weights_gradient(delta, a, gradient, blas):
    """gradient = delta aᵀ."""
    if for_blas(gradient, blas):
        np.dot(delta, a.T, gradient)
        return
    for i in range(gradient.shape[0]):
        for k in range(gradient.shape[1]):
            total = like(0, delta[i, 0])
            for j in range(delta.shape[1]):
                total += delta[i, j] * a[k, j]
            gradient[i, k] = total


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


# Losses: N times the loss of one network; N d loss / d z goes into delta.
@inlined
def squared_error(z, target):
    error = z - target
    return error * error, like(2, z) * error


@inlined
def squared_error_of_sigmoid(z, target):
    p, slope = sigmoid(z)
    value, delta = squared_error(p, target)
    return value, delta * slope


@inlined
def binary_cross_entropy(z, target):
    p, _ = sigmoid(z)
    return (positive(z) - target * z) + log1p(exp(-abs(z))), p - target


def over_outputs(f) -> Any:
    @inlined
    def measure(z, targets, delta):
        total = like(0, z[0, 0])
        for i in range(z.shape[0]):
            for j in range(z.shape[1]):
                value, delta[i, j] = f(z[i, j], targets[i, j])
                total += value
        return total

    return measure


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


measure_squared_error = over_outputs(squared_error)
measure_squared_error_of_sigmoid = over_outputs(squared_error_of_sigmoid)
measure_binary_cross_entropy = over_outputs(binary_cross_entropy)


@jit
def measure(loss, z, targets, delta):
    if loss == SQUARED_ERROR:
        return measure_squared_error(z, targets, delta)
    if loss == SQUARED_ERROR_OF_SIGMOID:
        return measure_squared_error_of_sigmoid(z, targets, delta)
    if loss == BINARY_CROSS_ENTROPY:
        return measure_binary_cross_entropy(z, targets, delta)
    return softmax_cross_entropy(z, targets, delta)


@jit
def hits(z, targets):
    """How many answers are right, as ``networks.losses.accuracy`` has it."""
    right, outputs, samples = 0, z.shape[0], z.shape[1]
    if outputs == 1:
        for j in range(samples):
            right += (z[0, j] == z[0, j]) and (z[0, j] > 0) == (targets[0, j] > 0)
        return right
    top, hit = z[0].copy(), targets[0].copy()
    for i in range(1, outputs):
        for j in range(samples):
            better = z[i, j] > top[j] or z[i, j] != z[i, j]  # NaN, which nothing is better than
            top[j] = z[i, j] if better else top[j]
            hit[j] = targets[i, j] if better else hit[j]
    for j in range(samples):
        right += hit[j] > 0 and top[j] == top[j]
    return right


# Norms, as ``networks.blocks`` has them. unit: the sums less their mean, divided by the spread, of
# which there is one for each unit, or for each sample.
@jit
def standardise(norm, z, unit, spread):
    units, samples = z.shape
    if norm == BATCH:
        for i in range(units):
            standardise_row(z[i], unit[i], spread, i)
        return
    for j in range(samples):
        spread[j] = like(0, spread[j])
    mean, share = np.zeros_like(z[0]), like(1 / units, z[0, 0])
    for i in range(units):
        for j in range(samples):
            mean[j] += share * z[i, j]
    for i in range(units):
        for j in range(samples):
            unit[i, j] = z[i, j] - mean[j]
            spread[j] += share * unit[i, j] * unit[i, j]
    for j in range(samples):
        spread[j] = np.sqrt(spread[j] + like(EPSILON, share))
    for i in range(units):
        for j in range(samples):
            unit[i, j] /= spread[j]


@jit
def standardise_row(z, unit, spread, i):
    total, square, share = like(0, z[0]), like(0, z[0]), like(1 / z.size, z[0])
    for j in range(z.size):
        total += z[j]
    for j in range(z.size):
        unit[j] = z[j] - total * share
        square += unit[j] * unit[j]
    spread[i] = np.sqrt(square * share + like(EPSILON, share))
    for j in range(z.size):
        unit[j] /= spread[i]


@jit
def gain_and_shift(unit, gains, shifts, z):
    for i in range(z.shape[0]):
        gain, shift = gains[i], shifts[i]
        for j in range(z.shape[1]):
            z[i, j] = gain * unit[i, j] + shift


@jit
def before_norm(norm, delta, unit, spread, gains, gains_gradient, shifts_gradient):
    """delta = d loss / d sums, from what it is behind the gains and shifts; and their gradients."""
    units, samples = delta.shape
    biases_gradient(delta, shifts_gradient)
    for i in range(units):
        total = like(0, gains[i])
        for j in range(samples):
            total += delta[i, j] * unit[i, j]
        gains_gradient[i] = total
    if norm == BATCH:
        for i in range(units):
            scale, share = gains[i] / spread[i], like(1 / samples, gains[i])
            moved, stretched = share * shifts_gradient[i], share * gains_gradient[i]
            for j in range(samples):
                delta[i, j] = scale * (delta[i, j] - moved - unit[i, j] * stretched)
        return
    moved, stretched = np.zeros_like(delta[0]), np.zeros_like(delta[0])
    share = like(1 / units, gains[0])
    for i in range(units):
        for j in range(samples):
            delta[i, j] *= gains[i]
            moved[j] += share * delta[i, j]
            stretched[j] += share * delta[i, j] * unit[i, j]
    for i in range(units):
        for j in range(samples):
            delta[i, j] = (delta[i, j] - moved[j] - unit[i, j] * stretched[j]) / spread[j]


# Skips.
@jit
def add_branch(a, below, alpha, bent):
    """a = below + alpha f(z), of which f(z) is kept."""
    for j in range(a.size):
        bent[j] = a[j]
        a[j] = below[j] + alpha * a[j]


@jit
def into_branch(delta, alpha, bent):
    """delta = alpha d loss / d a, which is kept in place of f(z); gives the gradient of alpha."""
    total = like(0, alpha)
    for j in range(delta.size):
        total += delta[j] * bent[j]
        bent[j] = delta[j]
        delta[j] *= alpha
    return total


# What of a layer lies where in the memory, in multiples of its room; activations come first.
SLOPES, DELTAS, UNITS, SPREADS, BENT = range(1, 6)


# The loop. What a network needs lies in a few rows: of its layers matrices are made where they are
# needed, since to keep them in lists would take longer than to multiply small ones.
@builtin
def address(context, row, start):
    """Of an element. It does not hold the row, so that whoever takes it has to."""

    def code(context, builder, signature, arguments):
        kind, (row, start) = signature.args[0], arguments
        return builder.gep(context.make_array(kind)(context, builder, row).data, [start])

    return types.CPointer(row.dtype)(row, start), code


@inlined
def matrix(row, start, rows, columns):
    """What lies in ``row`` from ``start`` on, as (rows, columns)."""
    return carray(address(row, start), (rows, columns))


@inlined
def stretch(row, start, size):
    return carray(address(row, start), (size,))


@jit
def part(samples, layers, start):
    """The samples from this one on, as many as go through together: X and targets."""
    X, targets, size = samples
    fan_in, outputs = layers[0], layers[-1]
    size = min(size, X.size // fan_in - start)
    some = matrix(X, start * fan_in, fan_in, size)
    return some, matrix(targets, start * outputs, outputs, size)


@jit
def starts(samples, layers):
    """Of all parts."""
    X, _, size = samples
    return range(0, X.size // layers[0], size)


@jit
def forward(kind, parameters, X, memory):
    """The output layer's z, (outputs, samples)."""
    layers, activation, norm, skip, places, blas = kind
    room, gains, alpha = places
    a, w, at = X, 0, 0
    for layer in range(len(layers) - 1):
        fan_in, units, size = layers[layer], layers[layer + 1], layers[layer + 1] * X.shape[1]
        z = matrix(memory, at, units, X.shape[1])
        product(matrix(parameters, w, units, fan_in), a, z, blas)
        add(z, stretch(parameters, w + units * fan_in, units))
        if layer < len(layers) - 2:
            if norm:
                unit = matrix(memory, UNITS * room + at, units, X.shape[1])
                standardise(norm, z, unit, stretch(memory, SPREADS * room + at, size))
                shift = stretch(parameters, gains + units, units)
                gain_and_shift(unit, stretch(parameters, gains, units), shift, z)
                gains += 2 * units
            row = stretch(memory, at, size)
            bend(activation, row, stretch(memory, SLOPES * room + at, size))
            if has_skip(skip, layers, layer):
                below, bent = stretch(memory, at - size, size), BENT * room + at
                add_branch(row, below, parameters[alpha], stretch(memory, bent, size))
                alpha += 1
        a, w, at = z, w + units * (fan_in + 1), at + size
    return a


@inlined
def has_skip(skip, layers, layer):
    return skip and layer > 0 and layers[layer] == layers[layer + 1]


@jit
def backward(kind, parameters, gradient, X, memory):
    """Fill the gradient, from what the forward pass has left and the output layer's delta."""
    layers, _, norm, skip, places, blas = kind
    room, w, gains = places
    samples, at, alpha = X.shape[1], layers[1:].sum() * X.shape[1], parameters.size
    for layer in range(len(layers) - 2, -1, -1):
        fan_in, units, size = layers[layer], layers[layer + 1], layers[layer + 1] * samples
        w, at, below = w - units * (fan_in + 1), at - size, fan_in * samples
        delta = matrix(memory, DELTAS * room + at, units, samples)
        if layer < len(layers) - 2:
            row, bent = stretch(memory, DELTAS * room + at, size), BENT * room + at
            if has_skip(skip, layers, layer):
                alpha -= 1
                slope = into_branch(row, parameters[alpha], stretch(memory, bent, size))
                gradient[alpha] = slope
            multiply(row, stretch(memory, SLOPES * room + at, size))
            if norm:
                gains -= 2 * units
                unit = matrix(memory, UNITS * room + at, units, samples)
                spread, gain = (
                    stretch(memory, SPREADS * room + at, size),
                    stretch(parameters, gains, units),
                )
                both = stretch(gradient, gains, units), stretch(gradient, gains + units, units)
                before_norm(norm, delta, unit, spread, gain, *both)
        a = matrix(memory, at - below, fan_in, samples) if layer else X
        weights_gradient(delta, a, matrix(gradient, w, units, fan_in), blas)
        biases_gradient(delta, stretch(gradient, w + units * fan_in, units))
        if layer:
            W, start = matrix(parameters, w, units, fan_in), DELTAS * room + at - below
            product(W.T, delta, matrix(memory, start, fan_in, samples), blas)
            if layer < len(layers) - 2 and has_skip(skip, layers, layer):
                add_to(stretch(memory, start, below), stretch(memory, BENT * room + at, size))


@jit
def output_delta(kind, samples, memory):
    """Room for it, behind those of the hidden layers."""
    layers, room = kind[0], kind[4][0]
    start = DELTAS * room + layers[1:-1].sum() * samples
    return matrix(memory, start, layers[-1], samples)


@jit
def accuracy(kind, parameters, samples, memory):
    layers, right = kind[0], 0
    for start in starts(samples, layers):
        X, targets = part(samples, layers, start)
        right += hits(forward(kind, parameters, X, memory), targets)
    return right / (samples[0].size // layers[0])


@jit
def add_to(total, gradient):
    for n in range(total.size):
        total[n] += gradient[n]


@jit
def step(descent, state, gradient, count, number):
    """The steps' ``number``, from 0 on, from the gradients' sum over ``count`` samples.

    descent: as ``task.Descent`` has it, with the rates of stretches of parameters, and their ends.
    """
    adam, momentum, rates, ends, warmup = descent
    parameters, moments = state
    begin, warmth = 0, min(1.0, (number + 1) / warmup) if warmup else 1.0
    for n in range(ends.size):
        size, rate = ends[n] - begin, warmth * rates[n]
        some, speed = stretch(parameters, begin, size), stretch(moments, begin, size)
        slope = stretch(gradient, begin, size)
        if adam:
            square = stretch(moments, parameters.size + begin, size)
            adam_step(some, speed, square, slope, rate, count, number + 1)
        else:
            sgd_step(some, speed, slope, like(rate / count, slope[0]), like(momentum, slope[0]))
        begin = ends[n]


@jit
def sgd_step(parameters, velocity, gradient, rate, momentum):
    """Gradient descent with momentum: v = momentum · v + rate · gradient, and w -= v."""
    for n in range(parameters.size):
        velocity[n] = momentum * velocity[n] + rate * gradient[n]
        parameters[n] -= velocity[n]


@jit
def adam_step(parameters, velocity, squares, gradient, rate, count, step):
    """See ``loop.adam``."""
    one, share = like(1, gradient[0]), like(1 / count, gradient[0])
    rate, size = like(rate / (1 - BETA_1**step), one), like(1 / (1 - BETA_2**step), one)
    for n in range(parameters.size):
        slope = share * gradient[n]
        velocity[n] += like(1 - BETA_1, one) * (slope - velocity[n])
        squares[n] += like(1 - BETA_2, one) * (slope * slope - squares[n])
        parameters[n] -= rate * velocity[n] / (np.sqrt(size * squares[n]) + like(ADAM_EPSILON, one))


@jit
def train_network(kind, task, samples, memory, state, results, first, end):
    """``loop.train`` for one network.

    kind: layers, activation, norm, whether there are skips, where things lie (how far in memory;
    in the parameters gains, and alphas), and whether BLAS may be used. samples: all; those to
    measure accuracy on, none where these are the same; and an epoch's mini-batches, none where each
    step is made from all samples. memory: of one part activations, slopes, deltas, then what norms
    and skips keep. state: parameters and moments. results: losses, accuracies (empty where
    there are none), kept parameters, and for each epoch where they are kept.
    """
    loss, epochs, descent = task
    data, test, batches = samples
    parameters = state[0]
    losses, accuracies, kept, slots = results
    gradient, total = np.empty_like(parameters), np.empty_like(parameters)
    layers = kind[0]
    count, number = data[0].size // layers[0], first * max(1, len(starts(batches, layers)))
    for epoch in range(first, end):
        if slots[epoch] >= 0:
            kept[slots[epoch]] = parameters
        lost, right = 0.0, 0
        total[:] = 0
        for start in starts(data, layers):
            X, targets = part(data, layers, start)
            z = forward(kind, parameters, X, memory)
            lost += measure(loss, z, targets, output_delta(kind, X.shape[1], memory))
            if accuracies.size and not test[0].size:
                right += hits(z, targets)
            if epoch < epochs and not batches[0].size:
                backward(kind, parameters, gradient, X, memory)
                add_to(total, gradient)
        losses[epoch] = lost / count
        if accuracies.size:
            known = right / count
            if test[0].size:
                known = accuracy(kind, parameters, test, memory)
            finite = np.isfinite(losses[epoch])  # what overflows is right about nothing
            accuracies[epoch] = known if finite else 0.0
        if epoch == epochs:
            break
        if not batches[0].size:
            step(descent, state, total, count, epoch)
        for start in starts(batches, layers):
            X, targets = part(batches, layers, start)
            z = forward(kind, parameters, X, memory)
            measure(loss, z, targets, output_delta(kind, X.shape[1], memory))
            backward(kind, parameters, gradient, X, memory)
            step(descent, state, gradient, X.shape[1], number)
            number += 1


@jit
def gather(columns, order, size, gathered):
    """The columns in this order, ``size`` after ``size``, each of these parts in one piece."""
    features, n = columns.shape[0], 0
    for start in range(0, len(order), size):
        indices = order[start : start + size]
        for i in range(features):
            for j in indices:
                gathered[n] = columns[i, j]
                n += 1


@jit
def train_networks(kind, task, data, orders, sizes, memory, state, results, first, end):
    """All networks of a block.

    data: X and targets; these in parts; those to measure accuracy on, in parts, if any. orders:
    (epochs, samples). sizes: of a part; of a mini-batch, or 0. memory: as ``train_network`` has it.

    One network after the other is trained through all these epochs in the cache. With mini-batches
    it is one epoch after the other: to gather the samples anew for each network would take longer.
    """
    (X, targets), parts, test_parts = data
    parameters, moments = state
    losses, accuracies, kept, slots = results
    layers, activation, norm, skip, places, equal = kind
    size, batch_size = sizes
    batches, turn = (parts[0][:0], parts[1][:0], 1), end - first
    if batch_size:
        batches, turn = (np.empty_like(parts[0]), np.empty_like(parts[1]), batch_size), 1
    for epoch in range(first, end, turn):
        if batch_size and epoch < task[1]:
            gather(X, orders[epoch - first], batch_size, batches[0])
            gather(targets, orders[epoch - first], batch_size, batches[1])
        samples = (*parts, size), (*test_parts, size), batches
        for r in range(len(parameters)):
            of_one = losses[:, r], accuracies[:, r], kept[:, r], slots
            network = parameters[r], moments[r]
            of_kind = layers, activation, norm, skip, places, not equal[r]
            train_network(of_kind, task, samples, memory, network, of_one, epoch, epoch + turn)


def train(task: Task, block: Block, end: int) -> None:
    """``loop.train``."""
    X, _ = task.data
    epochs = range(block.epoch, min(end, task.epochs)) if task.batch_size else ()
    orders = np.empty((len(epochs), X.shape[1]), np.int64)
    for row, epoch in zip(orders, epochs, strict=True):
        row[:] = task.order(epoch)
    accuracies = block.losses[:0] if block.accuracies is None else block.accuracies
    most = max(X.shape[1] for X, _ in (task.data, task.test or task.data))
    room = sum(task.layers[1:]) * min(most, max(task.part, task.batch_size or 0))
    rows = 6 if task.norms or task.skips else 3
    names = ACTIVATION[task.activation], NORMS.index(task.norm)
    layers, norms = 2 * (len(task.layers) - 1), 2 * task.norms
    places = room, sum(task.sizes[:layers]), sum(task.sizes[: layers + norms])
    train_networks(
        (np.array(task.layers), *names, bool(task.skips), places, block.equal),
        (LOSS[task.loss, task.output], task.epochs, _descent(task)),
        (task.data, *task.parts),
        orders,
        (task.part, task.batch_size or 0),
        np.empty(rows * room, X.dtype),
        (block.parameters, block.moments),
        (block.losses, accuracies, block.kept, task.slots),
        block.epoch,
        end,
    )


def _descent(task: Task) -> tuple:
    """As ``step`` has it: neighbours of one rate are one stretch."""
    descent, ends = task.descent, np.cumsum(task.sizes)
    last = np.append(np.diff(descent.rates) != 0, True)
    rates = np.array(descent.rates)[last]
    return descent.adam, float(descent.momentum), rates, ends[last], descent.warmup


def signature(real: types.Float) -> tuple:
    """Of ``train_networks`` for float32 or float64."""
    whole, number = types.int64, types.float64
    columns, row, indices = (
        types.Array(kind, axes, "C") for kind, axes in ((real, 2), (real, 1), (whole, 1))
    )
    flags, rates = types.Array(types.boolean, 1, "C"), types.Array(number, 1, "C")
    descent = types.boolean, number, rates, indices, whole
    scores, kept = types.Array(number, 2, "A"), types.Array(real, 3, "A")
    return (
        types.Tuple((indices, whole, whole, types.boolean, types.UniTuple(whole, 3), flags)),
        types.Tuple((whole, whole, types.Tuple(descent))),
        types.Tuple((types.UniTuple(columns, 2), *[types.UniTuple(row, 2)] * 2)),
        types.Array(whole, 2, "C"),
        types.UniTuple(whole, 2),
        row,
        types.UniTuple(columns, 2),
        types.Tuple((scores, scores, kept, indices)),
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
