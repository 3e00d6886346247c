"""A fully connected network, and many of them at once.

An ensemble of R networks of the same shape ("restarts") is one ``Network`` whose arrays have a
leading axis of length R. A single network is R = 1 and nothing special.

Overflow, NaN and what is too small for floating point are results here, and never a warning or an
error, whatever ``numpy.seterr`` has been told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from inspect import signature
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from ..errors import bad, cut, in_words, number, one_of, whole
from .activations import ACTIVATIONS
from .arguments import check_bias, check_initializer, check_layers, check_seed, each_layer
from .arrays import check_inputs
from .initializers import INITIALIZERS
from .losses import LOSSES, OUTPUTS, check_loss, encode_targets
from .memory import check_room

TRIES = 10_000  # of a layer, to have the variance 1: what has not by then never will
DTYPES = ("float32", "float64")
KEPT_BYTES = 16  # of every z and what becomes of it
LAYER_BYTES = 500  # of a layer's arrays, beside the weights in them


@dataclass(frozen=True, eq=False)
class Network:
    """R networks of one shape.

    weights: one array a layer, (restarts, fan_out, fan_in).
    biases: one array a layer, (restarts, fan_out, 1).
    activation: of the hidden layers, a name in ``ACTIVATIONS``.
    output: of the last layer, "sigmoid", "softmax" or "identity".

    Raises ValueError where the arrays are no such layers.
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    activation: str
    output: str

    def __post_init__(self) -> None:
        _check_arrays("weights", self.weights)
        _check_arrays("biases", self.biases)
        units = (self.weights[0].shape[2], *(W.shape[1] for W in self.weights))
        shapes = [(self.restarts, *fans) for fans in zip(units[1:], units[:-1], strict=True)]
        for name, right in (("weights", shapes), ("biases", [(*s[:2], 1) for s in shapes])):
            found = [array.shape for array in getattr(self, name)]
            if found != right:
                raise bad(f"{name}.shape", found, f"with these weights give {right}")
        for name, table in (("activation", ACTIVATIONS), ("output", OUTPUTS)):
            given = getattr(self, name)
            if not isinstance(given, str) or given not in table:
                object.__setattr__(self, name, one_of(name, given, table))

    @property
    def restarts(self) -> int:
        return len(self.weights[0])

    @property
    def layers(self) -> tuple[int, ...]:
        """Units a layer, the inputs first."""
        return (self.weights[0].shape[2], *(w.shape[1] for w in self.weights))

    def __repr__(self) -> str:
        layers = "-".join(map(str, self.layers))
        sizes = sum(p[0].size for p in (*self.weights, *self.biases))
        many = "1 restart" if self.restarts == 1 else f"{self.restarts:,} restarts"
        return (
            f"Network {cut(layers)}: {self.activation}, then {self.output}\n"
            f"  {many} of {sizes:,} weights and biases, "
            f"{self.weights[0].dtype}\n"
            "  its activations on inputs X (samples, features): iv.forward(this, X)"
        )

    def restart(self, r: int) -> Network:
        """The r-th restart alone, still with its leading axis; ValueError where there is none."""
        if whole("r", r, least=0) >= self.restarts:
            raise bad("r", r, f"give a restart from 0 to {self.restarts - 1}")
        return self.each_array(lambda array: array[r : r + 1])

    def each_array(self, change: Callable[[np.ndarray], np.ndarray]) -> Network:
        """The networks with every array of weights and biases changed."""
        if not callable(change):
            raise bad("change", change, "give a function of an array")
        try:
            weights, biases = (tuple(map(change, arrays)) for arrays in (self.weights, self.biases))
        except Exception as error:
            raise bad("change", change, f"it raises {in_words(error, named=True)}") from error
        return replace(self, weights=weights, biases=biases)


def _check_arrays(name: str, arrays: object) -> None:
    """ValueError unless there is an array of three axes for every layer."""
    if not isinstance(arrays, tuple) or not arrays:
        raise bad(name, arrays, "give a tuple with one array a layer")
    for array in arrays:
        if type(array) is not np.ndarray or array.dtype.kind != "f" or array.ndim != 3:
            raise bad(name, array, "give NumPy arrays of floats, (restarts, fan_out, fan_in) each")
        if 0 in array.shape[1:]:
            raise bad(f"{name}.shape", array.shape, "give at least one unit a layer")


@np.errstate(all="ignore")
def init_network(
    layers: Sequence[int],
    activation: str = "sigmoid",
    initializer: str | Sequence[str] = "glorot_uniform",
    scale: float = 1.0,
    *,
    bias: float | str | Sequence[float | str] = 0.0,
    restarts: int = 1,
    seed: int = 0,
    dtype: str = "float64",
    output: str | None = None,
    noise: float = 0.0,
    bias_std: float = 0.0,
    first: int = 0,
) -> Network:
    """Draw the weights of R networks.

    layers: units a layer, inputs first, such as (2, 16, 16, 1).
    initializer: a name in ``INITIALIZERS``, or a tuple of them, one a layer.
    bias: a constant; or "same", drawn like the weights of its own layer; or the name of another
        scheme to draw it by; or a tuple, one a layer.
    noise: standard deviation of a normal noise on top of every weight and bias. It is drawn last,
        so that all other numbers stay what they are without it.
    bias_std: standard deviation of a normal draw on top of every bias: what theory calls sigma_b.
        It is drawn after everything else.
    seed: restart r draws from the r-th child of ``numpy.random.SeedSequence(seed)``, so its
        numbers do not depend on how many restarts there are. Its last 128 bits count.
    output: what the last layer does; None takes sigmoid for one unit and softmax for more.
    first: the restart to begin with, so that many of them can be drawn part by part.

    Raises ValueError naming the argument that is wrong.

    >>> init_network((2, 16, 1), "tanh", "glorot_uniform", restarts=50)
    Network 2-16-1: tanh, then sigmoid
      50 restarts of 65 weights and biases, float64
      its activations on inputs X (samples, features): iv.forward(this, X)
    """
    layers = check_layers("layers", layers)
    if len(layers) < 2:
        raise bad("layers", layers, "give the units a layer, inputs first, such as (2, 16, 1)")
    usual = "sigmoid" if layers[-1] == 1 else "softmax"
    output = usual if output is None else one_of("output", output, OUTPUTS)
    activation = one_of("activation", activation, ACTIVATIONS)
    dtype = one_of("dtype", dtype, DTYPES)
    schemes = each_layer("initializer", check_initializer(initializer), len(layers) - 1)
    constants = each_layer("bias", check_bias(bias), len(layers) - 1)
    scale, noise = number("scale", scale, least=0), number("noise", noise, least=0)
    bias_std = number("bias_std", bias_std, least=0)
    restarts, first = whole("restarts", restarts, least=1), whole("first", first, least=0)
    seed = check_seed(seed)

    def draw(rng, name, shape):
        options = {"activation": activation} if name in asking else {}
        return INITIALIZERS[name](rng, shape, scale, **options)

    _check_memory(layers, restarts)
    names = {name for name in (*schemes, *constants) if name in INITIALIZERS}
    asking = {n for n in names if "activation" in signature(INITIALIZERS[n]).parameters}
    fans = list(zip(layers[1:], layers[:-1], strict=True))
    weights = [np.empty((restarts, fan_out, fan_in), dtype) for fan_out, fan_in in fans]
    biases = [np.empty((restarts, fan_out, 1), dtype) for fan_out, fan_in in fans]
    for r in range(restarts):
        # The r-th of the children that SeedSequence.spawn gives, without making all of them at once
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(first + r,)))
        for w, b, fan, name, start in zip(weights, biases, fans, schemes, constants, strict=True):
            w[r] = draw(rng, name, fan)
            if isinstance(start, str):
                b[r] = draw(rng, name if start == "same" else start, fan)[:, :1]
            else:
                b[r] = start
        if noise:
            for array in (*weights, *biases):
                array[r] += noise * rng.standard_normal(array.shape[1:])
        if bias_std:
            for b in biases:
                b[r] += bias_std * rng.standard_normal(b.shape[1:])
    return Network(tuple(weights), tuple(biases), activation, output)


def _check_memory(layers: tuple[int, ...], restarts: int) -> None:
    """ValueError where the weights, or the arrays that hold them, are more than there is room for.

    The weights are drawn as float64, layer by layer, whatever they are kept as.
    """
    each = sum(LAYER_BYTES + 8 * (a + 1) * b for a, b in pairwise(layers))
    check_room("layers", layers, each, "give fewer")
    check_room("restarts", restarts, restarts * each, "give fewer")


def stack_networks(networks: Sequence[Network]) -> Network:
    """Networks of one shape, one after the other, as one ensemble."""

    def joined(part: str) -> tuple[np.ndarray, ...]:
        layers = zip(*(getattr(network, part) for network in networks), strict=True)
        return tuple(np.concatenate(layer) for layer in layers)

    return replace(networks[0], weights=joined("weights"), biases=joined("biases"))


def check_network(network: object) -> None:
    """Raise ValueError where somebody gives a run, or what else is no network."""
    if not isinstance(network, Network):
        remedy = "give an initviz.Network, such as initviz.init_network(…) or run.network_at(epoch)"
        raise bad("network", type(network).__name__, remedy)


@np.errstate(all="ignore")
def weighted_sums(network: Network, X: ArrayLike) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """(z of every layer but the input, activations of every layer); (restarts, units, samples).

    The whole forward pass: z = W a + b, then a = f(z), layer after layer.
    """
    check_network(network)
    inputs = check_inputs(X, features=network.layers[0])
    numbers = network.restarts * sum(network.layers) * len(inputs)
    check_room("X.shape", inputs.shape, KEPT_BYTES * numbers, "give fewer samples")
    hidden = ACTIVATIONS[network.activation].function
    functions = [hidden] * (len(network.weights) - 1) + [OUTPUTS[network.output]]
    a = inputs.T.astype(network.weights[0].dtype)
    a = np.broadcast_to(a, (network.restarts, *a.shape))
    zs, activations = [], [a]
    for W, b, f in zip(network.weights, network.biases, functions, strict=True):
        z = W @ a + b
        a = f(z)
        zs.append(z)
        activations.append(a)
    return zs, activations


def forward(network: Network, X: ArrayLike) -> list[np.ndarray]:
    """The activations of every layer, input first, each (restarts, units, samples).

    X: (samples, features).

    >>> network = init_network((2, 16, 1), restarts=50)
    >>> [a.shape for a in forward(network, [[0, 0], [0, 1], [1, 0]])]
    [(50, 2, 3), (50, 16, 3), (50, 1, 3)]
    """
    return weighted_sums(network, X)[1]


@np.errstate(all="ignore")
def gradients(
    network: Network, X: ArrayLike, y: ArrayLike, loss: str
) -> tuple[np.ndarray, tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """The loss, and how it changes with every weight and bias (backpropagation).

    X: (samples, features). y: (samples,) or (samples, outputs). loss: a name in ``LOSSES``.
    Returns (loss (restarts,), weight gradients, bias gradients), these shaped like
    ``network.weights`` and ``network.biases``.

    >>> network = init_network((2, 16, 1), "tanh", "zeros")
    >>> loss, weights, biases = gradients(network, [[0, 1], [1, 0]], [1, 1], "squared_error")
    >>> loss, biases[-1].ravel()  # with zeros everywhere, the answer is 1/2
    (array([0.25]), array([-0.25]))
    """
    value, deltas, activations = backpropagated(network, X, y, loss)
    pairs = zip(deltas, activations, strict=False)
    weight_gradients = tuple(delta @ a.swapaxes(1, 2) for delta, a in pairs)
    bias_gradients = tuple(delta.sum(axis=2, keepdims=True) for delta in deltas)
    return value, weight_gradients, bias_gradients


@np.errstate(all="ignore")
def backpropagated(
    network: Network, X: ArrayLike, y: ArrayLike, loss: str
) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """What the backward pass sends from layer to layer: d loss / d z.

    X, y, loss: as for ``gradients``.
    Returns (loss (restarts,), d loss / d z of every layer but the input, activations of every
    layer), all (restarts, units, samples).
    """
    check_network(network)
    loss = check_loss(loss)
    if network.output not in LOSSES[loss].outputs:
        fitting = [name for name, row in LOSSES.items() if network.output in row.outputs]
        raise bad("loss", loss, f"with a {network.output} output give {' or '.join(fitting)}")
    zs, activations = weighted_sums(network, X)
    targets = encode_targets(y, loss, outputs=network.layers[-1])
    if targets.shape[1] != zs[-1].shape[2]:
        raise bad("y.shape", np.shape(y), f"X has {zs[-1].shape[2]} samples; give as many targets")
    derivative = ACTIVATIONS[network.activation].derivative

    targets = targets.astype(zs[-1].dtype)
    value = LOSSES[loss].value(zs[-1], targets, network.output)
    deltas = [LOSSES[loss].gradient(zs[-1], targets, network.output)]
    for W, z in zip(network.weights[:0:-1], zs[-2::-1], strict=True):
        deltas.insert(0, (W.swapaxes(1, 2) @ deltas[0]) * derivative(z))
    return value, deltas, activations


@np.errstate(all="ignore")
def lsuv(network: Network, X: ArrayLike, tolerance: float = 0.1, max_tries: int = 10) -> Network:
    """Layer-sequential unit variance: rescale each layer until its z has variance 1 on the batch X.

    Mishkin & Matas 2016, https://arxiv.org/abs/1511.06422; the paper starts from "orthogonal".
    Each restart is scaled on its own. A layer whose z does not vary at all is left as it is.
    Returns a network; the one given stays as it is. X is (samples, features).

    >>> X = np.random.default_rng(0).normal(size=(100, 8))
    >>> far = init_network((8, 32, 32, 1), "relu", "orthogonal", 10.0)
    >>> near = lsuv(far, X, tolerance=0.001)
    >>> [round(float(z.var()), 2) for z in weighted_sums(near, X)[0]]
    [1.0, 1.0, 1.0]
    """
    check_network(network)
    number("tolerance", tolerance, above=0)
    whole("max_tries", max_tries, least=1, below=TRIES)
    for layer in range(len(network.weights)):
        for _ in range(max_tries):
            z = weighted_sums(network, X)[0][layer]
            variance = z.var(axis=(1, 2), keepdims=True)
            if (np.abs(variance - 1) < tolerance).all():
                break
            std = np.sqrt(np.where(variance > 0, variance, 1))
            weights = list(network.weights)
            weights[layer] = weights[layer] / std
            network = replace(network, weights=tuple(weights))
    return network
