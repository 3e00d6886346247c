"""Initialisation schemes: how the weights of one layer are drawn before any training.

Every scheme is a function ``scheme(rng, shape, scale=1.0)`` that returns weights.

rng: a ``numpy.random.Generator``. There is no global random state anywhere in initviz.
shape: (..., fan_out, fan_in), usually (restarts, fan_out, fan_in).
scale: multiplies whatever the scheme draws.

Nearly all schemes come down to one question, how large the variance should be, and so to
``variance_scaling``. To add your own, write one function under ``@initializer``. It may leave out
``scale``, and it may ask for more of the network that the layer belongs to, by these names:

activation: the name of that of the hidden layers.
layer, layers: which layer this is, from 0 on, and the units of them all, inputs first.
"""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from math import ceil, log2, prod, sqrt
from numbers import Number

import numpy as np
from numpy.random import Generator

from ..errors import bad, function_name, in_words, integer, items, number, one_of, whole
from .activations import ACTIVATIONS, OMEGA, activation_name
from .arrays import is_listed
from .blocks import with_skips
from .memory import check_room
from .table import Table

Shape = tuple[int, ...]
SIZES = "give (restarts, fan_out, fan_in), each at least 1"
GENERATOR = "give a generator, such as numpy.random.default_rng(0)"
OPTIONS = ("activation", "layer", "layers")
AXES = 64  # the most that an array of NumPy has

INITIALIZERS: Table[Callable[..., np.ndarray]] = Table("initializer", {})

# The other names under which people look for these schemes.
ALIASES = {
    "glorot": "glorot_uniform",
    "xavier": "glorot_uniform",
    "xavier_uniform": "glorot_uniform",
    "xavier_normal": "glorot_normal",
    "he": "he_normal",
    "kaiming": "he_normal",
    "kaiming_uniform": "he_uniform",
    "kaiming_normal": "he_normal",
    "lecun": "lecun_normal",
    "pytorch": "pytorch_default",
    "torch": "pytorch_default",
    "keras": "keras_default",
    "sklearn": "sklearn_default",
}

# A normal distribution cut at two standard deviations keeps this share of its standard deviation.
TRUNCATED_STD = 0.87962566103423978


def initializer(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Enter a scheme in the table ``INITIALIZERS`` under its own name.

    Its arguments are checked, and so is what it returns. One that is there already is replaced.
    Raises ValueError where it cannot be called so.
    """
    name = function_name(function, "write @initializer above a function(rng, shape, scale)")
    # @wraps of one of ours makes the user's say that it is from here
    ours = function.__module__ == __name__ and getattr(function, "__globals__", 0) is globals()
    takes_scale = _takes_scale(name, function)

    @wraps(function)
    def checked(rng, shape, scale=1.0, **options):
        if not isinstance(rng, Generator | None):
            raise bad("rng", rng, GENERATOR)
        shape = check_shape(shape)
        number("scale", scale)
        scales = {"scale": scale} if takes_scale else {}
        try:
            with np.errstate(all="ignore"):  # as a decorator it could not travel to other processes
                weights = function(rng, shape, **scales, **options)
        except Exception as error:
            if rng is None and isinstance(error, AttributeError):  # a scheme that draws
                raise bad("rng", rng, GENERATOR) from None
            if ours:  # it says itself which of its arguments is wrong
                raise
            remedy = f"it raises {in_words(error, named=True)}"
            raise bad("initializer", name, remedy) from error
        if ours:
            return weights
        weights = _real(name, weights, shape)
        return weights if takes_scale else scale * weights

    ALIASES.pop(name, None)  # from now on it is a name like all others
    INITIALIZERS[name] = checked
    return checked


def _takes_scale(name: str, function: Callable) -> bool:
    """Whether it asks for the scale; ValueError where it asks for what nobody will give."""
    scale = [option for option in ("scale",) if option in signature(function).parameters]
    try:
        signature(function).bind(None, None, **dict.fromkeys((*scale, *options_of(function))))
    except TypeError as error:
        known = f"scale, {', '.join(OPTIONS)}"
        remedy = f"{error}; it is called with (rng, shape), and {known} if it has them"
        raise bad("initializer", name, remedy) from None
    return bool(scale)


def options_of(function: Callable) -> tuple[str, ...]:
    """What a scheme asks for beside rng, shape and scale."""
    return tuple(option for option in OPTIONS if option in signature(function).parameters)


def _real(name: str, weights: object, shape: Shape) -> np.ndarray:
    try:
        given = weights if is_listed(weights) or isinstance(weights, Number) else None
        array, masked = np.asarray(given), np.ma.is_masked(np.ma.array(given))
    except Exception:  # rows of different lengths, say
        array, masked = np.empty((), object), False
    if masked:
        found = "masked values"
    elif array.dtype.kind not in "biuf":
        values = "an array of objects" if array.dtype.kind == "O" else f"{array.dtype} values"
        found = values if array.ndim else f"{type(weights).__name__}; a NumPy array will do"
    elif array.shape != tuple(shape):
        found = f"of shape {array.shape}"
    else:
        return array if array.dtype.kind == "f" else array.astype(np.float64)
    raise bad("initializer", name, f"give back real numbers of shape {tuple(shape)}, not {found}")


scheme = initializer  # as it was called before version 0.2


def fans(shape: Shape) -> tuple[int, int]:
    """(fan_in, fan_out): how many units feed a layer, and how many it has."""
    shape = check_shape(shape)
    return shape[-1], shape[-2]


def check_shape(shape: object) -> Shape:
    """``shape`` as a tuple of Python's whole numbers, or ValueError."""
    if type(shape) is not tuple or not all(type(n) is int for n in shape):  # it nearly always is
        shape = _plain(shape)
    if not 2 <= len(shape) <= AXES or min(shape) < 1:
        raise bad("shape", shape, SIZES)
    check_room("shape", shape, 8 * prod(shape), "give fewer")
    return shape


def _plain(shape: object) -> Shape:
    """A list as a tuple, and NumPy's whole numbers as Python's; or ValueError."""
    given = items("shape", shape, SIZES) if isinstance(shape, tuple | list) else [None]
    sizes = tuple(size for size in map(integer, given) if size is not None)
    if len(sizes) < len(given):
        raise bad("shape", shape, SIZES)
    return sizes


# Three distributions, each with mean 0 and standard deviation 1.
def _normal(rng: Generator, shape: Shape) -> np.ndarray:
    return rng.standard_normal(shape)


def _uniform(rng: Generator, shape: Shape) -> np.ndarray:
    return rng.uniform(-sqrt(3), sqrt(3), shape)  # U(-b, b) has the standard deviation b / sqrt(3)


def _truncated_normal(rng: Generator, shape: Shape) -> np.ndarray:
    values = rng.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = rng.standard_normal(outside.sum())
    return values / TRUNCATED_STD


DISTRIBUTIONS = {"normal": _normal, "uniform": _uniform, "truncated_normal": _truncated_normal}


@initializer
def variance_scaling(
    rng: Generator,
    shape: Shape,
    scale: float = 1.0,
    *,
    variance: float = 1.0,
    mode: str = "fan_in",
    distribution: str = "truncated_normal",
) -> np.ndarray:
    """Weights of mean 0 and variance ``scale² · variance / n``, n being the fan named by ``mode``.

    mode: "fan_in", "fan_out" or "fan_avg". The sum over n inputs then has the same size at every n.
    distribution: "normal", "uniform" or "truncated_normal" (cut at two sigma, its std restored).

    >>> rng = np.random.default_rng(0)
    >>> weights = variance_scaling(rng, (400, 100), variance=2.0, distribution="normal")
    >>> round(float(weights.var()) * 100, 1)
    2.0
    """
    number("variance", variance, least=0)
    fan_in, fan_out = fans(shape)
    sizes = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    n = sizes[one_of("mode", mode, sizes)]
    draw = DISTRIBUTIONS[one_of("distribution", distribution, DISTRIBUTIONS)]
    return scale * sqrt(variance / n) * draw(rng, shape)


# What people write by hand: a scale that knows nothing of the layer's size.


@initializer
def zeros(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """Every weight 0: the start that never learns, because no unit differs from its neighbour."""
    return np.zeros(shape)


@initializer
def constant(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """Every weight equal to ``scale``."""
    return np.full(shape, float(scale))


@initializer
def normal(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """N(0, scale²): ``np.random.randn(fan_out, fan_in) * scale``."""
    return scale * rng.standard_normal(shape)


@initializer
def uniform(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """U(-scale, scale)."""
    return rng.uniform(-1, 1, shape) * scale


@initializer
def truncated_normal(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """Standard deviation ``scale``, nothing beyond 2.2737 of it: a normal cut at two sigma."""
    return scale * _truncated_normal(rng, shape)


# Glorot & Bengio 2010 (Xavier): 2 / (fan_in + fan_out), halfway between what keeps the signal and
# what keeps the gradient. https://proceedings.mlr.press/v9/glorot10a.html
@initializer
def glorot_uniform(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """U(±sqrt(6 / (fan_in + fan_out))), the paper's "normalized initialization".

    >>> weights = glorot_uniform(np.random.default_rng(0), (400, 200))
    >>> round(float(weights.max()), 2), round(sqrt(6 / (200 + 400)), 2)
    (0.1, 0.1)
    """
    return variance_scaling(rng, shape, scale, mode="fan_avg", distribution="uniform")


@initializer
def glorot_normal(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """N(0, 2 / (fan_in + fan_out)), not truncated, as in PyTorch (Keras and JAX cut it)."""
    return variance_scaling(rng, shape, scale, mode="fan_avg", distribution="normal")


# He et al. 2015 (Kaiming): ReLU drops half of its input, so twice the variance.
# https://arxiv.org/abs/1502.01852
@initializer
def he_uniform(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """U(±sqrt(6 / fan_in))."""
    return variance_scaling(rng, shape, scale, variance=2.0, distribution="uniform")


@initializer
def he_normal(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """N(0, 2 / fan_in), not truncated, as in PyTorch (Keras and JAX cut it).

    >>> weights = he_normal(np.random.default_rng(0), (400, 200))
    >>> round(float(weights.std()), 2), round(sqrt(2 / 200), 2)
    (0.1, 0.1)
    """
    return variance_scaling(rng, shape, scale, variance=2.0, distribution="normal")


# LeCun et al. 1998, "Efficient BackProp": weights of standard deviation fan_in^(-1/2).
@initializer
def lecun_uniform(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """U(±sqrt(3 / fan_in))."""
    return variance_scaling(rng, shape, scale, distribution="uniform")


@initializer
def lecun_normal(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """N(0, 1 / fan_in), not truncated (Keras, JAX and Flax cut it)."""
    return variance_scaling(rng, shape, scale, distribution="normal")


# Schemes that set the whole matrix, not just its variance.


@initializer
def orthogonal(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """A random orthogonal matrix: the rows or columns, whichever are fewer, are orthonormal.

    Saxe et al. 2014, https://arxiv.org/abs/1312.6120. QR gives a uniformly random one only after
    the signs of R's diagonal are moved into Q.

    >>> W = orthogonal(np.random.default_rng(0), (3, 5))
    >>> (W @ W.T).round(10) + 0.0
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    fan_in, fan_out = fans(shape)
    gaussian = rng.standard_normal((*shape[:-2], max(fan_in, fan_out), min(fan_in, fan_out)))
    q, r = np.linalg.qr(gaussian)
    q = q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
    return scale * (q if fan_out >= fan_in else q.swapaxes(-1, -2))


@initializer
def sparse(
    rng: Generator, shape: Shape, scale: float = 1.0, *, sparsity: float = 0.9, std: float = 0.01
) -> np.ndarray:
    """N(0, std²) in a few places, the rest 0 (Martens 2010, as ``torch.nn.init.sparse_`` has it).

    sparsity: the share of zeros among the weights that leave one unit, rounded up. Unlike PyTorch
    we always leave one of them alive: a layer with a single unit would otherwise be all zero.
    """
    number("sparsity", sparsity, least=0, below=1)
    number("std", std, least=0)
    _, fan_out = fans(shape)
    silent = min(ceil(sparsity * fan_out), fan_out - 1)
    rank = rng.random(shape).argsort(axis=-2).argsort(axis=-2)  # a random order in every column
    return np.where(rank < silent, 0.0, scale * std * rng.standard_normal(shape))


@initializer
def identity(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """Ones on the diagonal: unit i copies input i."""
    fan_in, fan_out = fans(shape)
    return np.broadcast_to(scale * np.eye(fan_out, fan_in), shape).copy()


@initializer
def zero_hadamard(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """ZerO: identity and Hadamard matrices. Nothing in it is random, and yet it is not symmetric.

    Zhao et al. 2022, https://arxiv.org/abs/2110.12661. The identity where a layer does not grow;
    where it does, identity · Hadamard / 2^(c/2) · identity with c = ceil(log2(fan_out)).
    """
    fan_in, fan_out = fans(shape)
    if fan_out <= fan_in:
        return identity(rng, shape, scale)
    c = ceil(log2(fan_out))
    check_room("shape", shape, 2 * 8 * 4**c, "give fewer units")
    hadamard = np.ones((1, 1))
    for _ in range(c):
        hadamard = np.kron([[1, 1], [1, -1]], hadamard)
    weights = scale * hadamard[:fan_out, :fan_in] / 2 ** (c / 2)
    return np.broadcast_to(weights, shape).copy()


# What knows where in the network its layer is.


def _check_place(layer: int, layers: Shape) -> None:
    """ValueError unless there is such a layer."""
    sizes = "give the units a layer, inputs first"
    units = items("layers", layers, sizes)
    if len(units) < 2:
        raise bad("layers", layers, sizes)
    for each in units:
        whole("layers", each, least=1)
    if whole("layer", layer, least=0) > len(units) - 2:
        raise bad("layer", layer, f"give one from 0 to {len(units) - 2}: so many have weights")


@initializer
def siren(rng: Generator, shape: Shape, scale: float = 1.0, *, layer: int = 1) -> np.ndarray:
    """For sines: U(±1 / fan_in) in the first layer, U(±sqrt(6 / fan_in) / 30) in the others.

    30 is the frequency of the activation "sine". What it bends, 30 z, has about the variance 1 in
    every layer then, and in the first one inputs from -1 to 1 go through some periods of it
    (Sitzmann et al. 2020, https://arxiv.org/abs/2006.09661).
    """
    fan_in, _ = fans(shape)
    if whole("layer", layer, least=0) == 0:
        return rng.uniform(-1, 1, shape) * (scale / fan_in)
    variance = 2 / OMEGA**2
    return variance_scaling(rng, shape, scale, variance=variance, distribution="uniform")


@initializer
def fixup(
    rng: Generator,
    shape: Shape,
    scale: float = 1.0,
    *,
    layer: int = 1,
    layers: Shape = (1, 1, 1, 1),
) -> np.ndarray:
    """He's weights; over a skip divided by sqrt(depth), depth being how many there are; output 0.

    Fixup (Zhang, Dauphin & Ma 2019, https://arxiv.org/abs/1901.09321) divides by
    depth^(1 / (2m - 2)) in branches of m layers. Ours have one layer, for which this says nothing;
    1 / sqrt(depth) is what it says for two.
    """
    _check_place(layer, layers)
    if layer == len(layers) - 2:
        return np.zeros(shape)
    skips = with_skips(layers)
    return he_normal(rng, shape, scale / sqrt(len(skips)) if layer in skips else scale)


# A network of so many units a layer is the standard one; see ``training.rates``.
WIDTH = 64


@initializer
def mup(
    rng: Generator,
    shape: Shape,
    scale: float = 1.0,
    *,
    activation: str = "relu",
    layer: int = 1,
    layers: Shape = (1, 1, 1, 1),
) -> np.ndarray:
    """N(0, gain² / fan_in), in the output layer N(0, 64 gain² / fan_in²): smaller as it grows.

    The maximal update parametrization, table 3 of Tensor Programs V (Yang, Hu et al. 2022,
    https://arxiv.org/abs/2203.03466), whose rates are ``parametrization="mup"``. At 64 units the
    output layer is like the others.
    """
    _check_place(layer, layers)
    fan_in, _ = fans(shape)
    gain = ACTIVATIONS[activation_name(activation)].gain
    size = sqrt(WIDTH / fan_in) if 0 < layer == len(layers) - 2 else 1.0
    return variance_scaling(rng, shape, scale * gain * size, distribution="normal")


@initializer
def spectral(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """N(0, σ²) with σ = min(1, sqrt(fan_out / fan_in)) / sqrt(fan_in).

    A matrix of it makes a vector's mean square neither larger nor smaller, whatever its shape
    (Yang, Simon & Bernstein 2023, https://arxiv.org/abs/2310.17813).
    """
    fan_in, fan_out = fans(shape)
    return variance_scaling(
        rng, shape, scale * min(1, sqrt(fan_out / fan_in)), distribution="normal"
    )


# What the libraries do when nobody says anything.


@initializer
def pytorch_default(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """``torch.nn.Linear``: U(±1 / sqrt(fan_in)). PyTorch draws the bias likewise: ``bias="same"``.

    It is the baseline that Glorot & Bengio's paper criticises: its std is 1 / sqrt(3 fan_in).
    """
    return variance_scaling(rng, shape, scale, variance=1 / 3, distribution="uniform")


@initializer
def keras_default(rng: Generator, shape: Shape, scale: float = 1.0) -> np.ndarray:
    """``keras.layers.Dense``: Glorot uniform, bias 0."""
    return glorot_uniform(rng, shape, scale)


@initializer
def sklearn_default(
    rng: Generator, shape: Shape, scale: float = 1.0, *, activation: str = "relu"
) -> np.ndarray:
    """``sklearn.neural_network.MLPClassifier``: U(±sqrt(6 / (fan_in + fan_out))).

    With activation "sigmoid" (which scikit-learn calls "logistic") the 6 is a 2. The bias is drawn
    from the same bound: ``bias="same"``.
    """
    logistic = activation_name(activation) == "sigmoid"
    return glorot_uniform(rng, shape, scale * sqrt(1 / 3) if logistic else scale)


INITIALIZERS.update({alias: INITIALIZERS[name] for alias, name in ALIASES.items()})
