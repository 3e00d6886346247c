"""A fully connected network, and many of them at once.

An ensemble of R networks of the same shape ("restarts") is one ``Network`` whose arrays have a
leading axis of length R. A single network is R = 1 and nothing special.

A layer sums up, z = W a + b, and bends, a = f(z). Between the two there may be a norm; and around
a hidden layer that is as wide as the one below it a skip: a ← a + α f(norm(W a + b)).

Overflow, NaN and what is too small for floating point are results here, and never a warning or an
error, whatever ``numpy.seterr`` has been told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import bad, cut, flag, in_words, number, one_of, whole
from .activations import ACTIVATIONS, activation_name
from .arguments import (
    check_alpha,
    check_bias,
    check_initializer,
    check_layers,
    check_seed,
    each_layer,
)
from .arrays import check_inputs
from .blocks import NORMS, before_norm, standardised, with_skips
from .initializers import INITIALIZERS, options_of
from .losses import LOSSES, OUTPUTS, Loss, check_loss, encode_targets
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
    norm: of the hidden layers' sums, "none", "batch" or "layer"; see ``norms``.
    gains, shifts: with a norm, what its unit sums are multiplied by and what is added then, one
        array a hidden layer, (restarts, units, 1).
    alphas: with skips, what a layer's answers are multiplied by before they are added to those of
        the layer below, one array for each of the ``skips``, (restarts, 1, 1).

    Raises ValueError where the arrays are no such layers.
    """

    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    activation: str
    output: str
    norm: str = "none"
    gains: tuple[np.ndarray, ...] = ()
    shifts: tuple[np.ndarray, ...] = ()
    alphas: tuple[np.ndarray, ...] = ()

    def __post_init__(self) -> None:
        for name in ("weights", "biases", "gains", "shifts", "alphas"):
            _check_arrays(name, getattr(self, name), empty=name not in ("weights", "biases"))
        for name, table in (("activation", ACTIVATIONS), ("output", OUTPUTS), ("norm", NORMS)):
            given = getattr(self, name)
            if not isinstance(given, str) or given not in table:
                object.__setattr__(self, name, one_of(name, given, table))
        for name, right in self._shapes().items():
            found = [array.shape for array in getattr(self, name)]
            if found != right:
                raise bad(f"{name}.shape", found, f"with these weights give {right}")

    def _shapes(self) -> dict[str, list[tuple[int, ...]]]:
        """What fits to the first layer's inputs, the number of units, and the norm."""
        units = (self.weights[0].shape[2], *(W.shape[1] for W in self.weights))
        weights = [(self.restarts, *fans) for fans in zip(units[1:], units[:-1], strict=True)]
        biases = [(*shape[:2], 1) for shape in weights]
        gains = biases[:-1] if self.norm != "none" else []
        alphas = [(self.restarts, 1, 1) for _ in self.skips]
        parts = {"weights": weights, "biases": biases, "gains": gains, "shifts": gains}
        return parts | {"alphas": alphas}

    @property
    def restarts(self) -> int:
        return len(self.weights[0])

    @property
    def layers(self) -> tuple[int, ...]:
        """Units a layer, the inputs first."""
        return (self.weights[0].shape[2], *(w.shape[1] for w in self.weights))

    @property
    def skips(self) -> tuple[int, ...]:
        """The layers, counted from 0, around which there is a skip; none without ``alphas``."""
        return with_skips(self.layers) if self.alphas else ()

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """Everything that is learnt: of every layer weights and biases, then of every norm gains
        and shifts, then the alphas."""
        return in_order(self.weights, self.biases, self.gains, self.shifts, self.alphas)

    def with_arrays(self, arrays: Iterable[np.ndarray]) -> Network:
        """The networks with other ``arrays``, in that order."""
        given, layers, norms = tuple(arrays), 2 * len(self.weights), 2 * len(self.gains)
        weights, norm, alphas = np.split(np.arange(len(given)), [layers, layers + norms])
        parts = {"weights": weights[::2], "biases": weights[1::2], "alphas": alphas}
        parts |= {"gains": norm[::2], "shifts": norm[1::2]}
        return replace(self, **{name: tuple(given[i] for i in at) for name, at in parts.items()})

    def __repr__(self) -> str:
        layers = "-".join(map(str, self.layers))
        sizes = sum(p[0].size for p in self.arrays)
        many = "1 restart" if self.restarts == 1 else f"{self.restarts:,} restarts"
        norm = f"{self.norm} norm, " if self.norm != "none" else ""
        skips = " with skips" if self.alphas else ""
        return (
            f"Network {cut(layers)}: {norm}{self.activation}{skips}, then {self.output}\n"
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
            changed = list(map(change, self.arrays))
        except Exception as error:
            raise bad("change", change, f"it raises {in_words(error, named=True)}") from error
        return self.with_arrays(changed)


def in_order(weights, biases, gains, shifts, alphas) -> tuple[np.ndarray, ...]:
    """See ``Network.arrays``."""
    layers, norms = (zip(*pair, strict=True) for pair in ((weights, biases), (gains, shifts)))
    return *(each for pair in (*layers, *norms) for each in pair), *alphas


def _check_arrays(name: str, arrays: object, empty: bool) -> None:
    """ValueError unless there is an array of three axes for every layer."""
    if not isinstance(arrays, tuple) or not (arrays or empty):
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
    norm: str = "none",
    skip: bool = False,
    alpha: float | str = 1.0,
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
    norm: of the hidden layers' sums, "none", "batch" or "layer", with gains of 1 and shifts of 0.
    skip: whether hidden layers add their answers to those of the layer below, where that is as
        wide: a ← a + α f(W a + b).
    alpha: α of the skips, a number; "1/sqrt(depth)", depth being the number of skips; or "rezero",
        which is 0 at the start, and learnt (Bachlechner et al. 2020, arXiv 2003.04887).
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
    activation = activation_name(activation)
    dtype = one_of("dtype", dtype, DTYPES)
    schemes = each_layer("initializer", check_initializer(initializer), len(layers) - 1)
    constants = each_layer("bias", check_bias(bias), len(layers) - 1)
    scale, noise = number("scale", scale, least=0), number("noise", noise, least=0)
    bias_std, norm = number("bias_std", bias_std, least=0), one_of("norm", norm, NORMS)
    skips = with_skips(layers) if flag("skip", skip) else ()
    start = {"1/sqrt(depth)": len(skips) ** -0.5 if skips else 1.0, "rezero": 0.0}
    alpha = check_alpha(alpha)
    alpha = start[alpha] if isinstance(alpha, str) else alpha
    restarts, first = whole("restarts", restarts, least=1), whole("first", first, least=0)
    seed = check_seed(seed)

    def draw(rng, name, layer):
        where = {"activation": activation, "layer": layer, "layers": layers}
        options = {option: where[option] for option in asked[name]}
        return INITIALIZERS[name](rng, fans[layer], scale, **options)

    _check_memory(layers, restarts)
    names = {name for name in (*schemes, *constants) if name in INITIALIZERS}
    asked = {name: options_of(INITIALIZERS[name]) for name in names}
    fans = list(zip(layers[1:], layers[:-1], strict=True))
    weights = [np.empty((restarts, fan_out, fan_in), dtype) for fan_out, fan_in in fans]
    biases = [np.empty((restarts, fan_out, 1), dtype) for fan_out, fan_in in fans]
    for r in range(restarts):
        # The r-th of the children that SeedSequence.spawn gives, without making all of them at once
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(first + r,)))
        for layer, (name, start) in enumerate(zip(schemes, constants, strict=True)):
            weights[layer][r] = draw(rng, name, layer)
            if isinstance(start, str):
                start = draw(rng, name if start == "same" else start, layer)[:, :1]
            biases[layer][r] = start
        if noise:
            for array in (*weights, *biases):
                array[r] += noise * rng.standard_normal(array.shape[1:])
        if bias_std:
            for b in biases:
                b[r] += bias_std * rng.standard_normal(b.shape[1:])
    hidden = range(0 if norm == "none" else len(layers) - 2)
    return Network(
        tuple(weights),
        tuple(biases),
        activation,
        output,
        norm=norm,
        gains=tuple(np.ones_like(biases[n]) for n in hidden),
        shifts=tuple(np.zeros_like(biases[n]) for n in hidden),
        alphas=tuple(np.full((restarts, 1, 1), alpha, dtype) for _ in skips),
    )


def _check_memory(layers: tuple[int, ...], restarts: int) -> None:
    """ValueError where the weights, or the arrays that hold them, are more than there is room for.

    The weights are drawn as float64, layer by layer, whatever they are kept as.
    """
    each = sum(LAYER_BYTES + 8 * (a + 1) * b for a, b in pairwise(layers))
    check_room("layers", layers, each, "give fewer")
    check_room("restarts", restarts, restarts * each, "give fewer")


def stack_networks(networks: Sequence[Network]) -> Network:
    """Networks of one shape, one after the other, as one ensemble."""

    together = zip(*(network.arrays for network in networks), strict=True)
    return networks[0].with_arrays(map(np.concatenate, together))


def check_network(network: object) -> None:
    """Raise ValueError where somebody gives a run, or what else is no network."""
    if not isinstance(network, Network):
        remedy = "give an initviz.Network, such as initviz.init_network(…) or run.network_at(epoch)"
        raise bad("network", type(network).__name__, remedy)


class Passed(NamedTuple):
    """What the forward pass leaves of a layer, each (restarts, units, samples).

    below: the activations of the layer below. unit, spread: where there is a norm, W a + b as
    ``standardised`` has it. z: what is bent. bent: f(z). a: the layer's own activations, which are
    ``bent``, and with a skip ``below + alpha * bent``.
    """

    below: np.ndarray
    unit: np.ndarray
    spread: np.ndarray
    z: np.ndarray
    bent: np.ndarray
    a: np.ndarray


@np.errstate(all="ignore")
def passed(network: Network, X: ArrayLike) -> list[Passed]:
    """The whole forward pass: z = W a + b, then a = f(z), layer after layer."""
    check_network(network)
    inputs = check_inputs(X, features=network.layers[0])
    numbers = network.restarts * sum(network.layers) * len(inputs)
    check_room("X.shape", inputs.shape, KEPT_BYTES * numbers, "give fewer samples")
    f, last = ACTIVATIONS[network.activation].function, len(network.weights) - 1
    alpha = dict(zip(network.skips, network.alphas, strict=True))
    a = inputs.T.astype(network.weights[0].dtype)
    a, through = np.broadcast_to(a, (network.restarts, *a.shape)), []
    for layer, (W, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        below, z = a, W @ a + b
        unit = spread = z
        if network.norm != "none" and layer < last:
            unit, spread = standardised(z, network.norm)
            z = network.gains[layer] * unit + network.shifts[layer]
        bent = f(z) if layer < last else OUTPUTS[network.output](z)
        a = below + alpha[layer] * bent if layer in alpha else bent
        through.append(Passed(below, unit, spread, z, bent, a))
    return through


def weighted_sums(network: Network, X: ArrayLike) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """(z of every layer but the input, activations of every layer); (restarts, units, samples).

    z is what is bent: behind the norm, where there is one.
    """
    through = passed(network, X)
    return [each.z for each in through], [through[0].below, *(each.a for each in through)]


def forward(network: Network, X: ArrayLike) -> list[np.ndarray]:
    """The activations of every layer, input first, each (restarts, units, samples).

    X: (samples, features).

    >>> network = init_network((2, 16, 1), restarts=50)
    >>> [a.shape for a in forward(network, [[0, 0], [0, 1], [1, 0]])]
    [(50, 2, 3), (50, 16, 3), (50, 1, 3)]
    """
    return weighted_sums(network, X)[1]


class Backward(NamedTuple):
    """What the backward pass makes. loss: (restarts,). deltas: d loss / d (W a + b) of every layer,
    (restarts, units, samples). inputs: what each layer gets, likewise. gains, shifts, alphas: how
    the loss changes with those of the network, shaped like them."""

    loss: np.ndarray
    deltas: list[np.ndarray]
    inputs: list[np.ndarray]
    gains: tuple[np.ndarray, ...]
    shifts: tuple[np.ndarray, ...]
    alphas: tuple[np.ndarray, ...]


def _answered(
    network: Network, X: ArrayLike, y: ArrayLike, loss: str
) -> tuple[list[Passed], np.ndarray, Loss]:
    """The forward pass, the targets, (outputs, samples), and the loss, which fits the output."""
    check_network(network)
    loss = check_loss(loss)
    if network.output not in LOSSES[loss].outputs:
        fitting = [name for name, row in LOSSES.items() if network.output in row.outputs]
        raise bad("loss", loss, f"with a {network.output} output give {' or '.join(fitting)}")
    through = passed(network, X)
    z, targets = through[-1].z, encode_targets(y, loss, outputs=network.layers[-1])
    if targets.shape[1] != z.shape[2]:
        raise bad("y.shape", np.shape(y), f"X has {z.shape[2]} samples; give as many targets")
    return through, targets.astype(z.dtype), LOSSES[loss]


@np.errstate(all="ignore")
def losses_of(network: Network, X: ArrayLike, y: ArrayLike, loss: str) -> np.ndarray:
    """The loss of every restart, (restarts,), without a backward pass. X, y, loss: see
    ``gradients``, whose first number it is."""
    through, targets, row = _answered(network, X, y, loss)
    return row.value(through[-1].z, targets, network.output)


@np.errstate(all="ignore")
def backpropagated(network: Network, X: ArrayLike, y: ArrayLike, loss: str) -> Backward:
    """The whole backward pass, from the last layer to the first. X, y, loss: see ``gradients``."""
    through, targets, row = _answered(network, X, y, loss)
    z = through[-1].z
    derivative, last = ACTIVATIONS[network.activation].derivative, len(through) - 1
    alpha = dict(zip(network.skips, network.alphas, strict=True))
    deltas, gains, shifts, alphas = [], [], [], []
    above = row.gradient(z, targets, network.output)  # d loss / d a
    for layer in range(last, -1, -1):
        each, delta = through[layer], above
        if layer in alpha:
            alphas.append((above * each.bent).sum(axis=(1, 2), keepdims=True))
            delta = alpha[layer] * above
        if layer < last:
            delta = delta * derivative(each.z)
        if network.norm != "none" and layer < last:
            gains.append((delta * each.unit).sum(axis=2, keepdims=True))
            shifts.append(delta.sum(axis=2, keepdims=True))
            delta = before_norm(network.gains[layer] * delta, each.unit, each.spread, network.norm)
        deltas.append(delta)
        if layer > 0:
            sent_back = network.weights[layer].swapaxes(1, 2) @ delta
            above = sent_back + above if layer in alpha else sent_back
    value = row.value(z, targets, network.output)
    inputs = [each.below for each in through]
    return Backward(value, deltas[::-1], inputs, *(tuple(p[::-1]) for p in (gains, shifts, alphas)))


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
    value, slopes = gradient(network, X, y, loss)
    return value, slopes.weights, slopes.biases


@np.errstate(all="ignore")
def gradient(network: Network, X: ArrayLike, y: ArrayLike, loss: str) -> tuple[np.ndarray, Network]:
    """The loss, and how it changes with everything that is learnt: a ``Network`` of derivatives,
    each where the network has its number. X, y, loss: as for ``gradients``."""
    back = backpropagated(network, X, y, loss)
    pairs = zip(back.deltas, back.inputs, strict=True)
    return back.loss, replace(
        network,
        weights=tuple(delta @ a.swapaxes(1, 2) for delta, a in pairs),
        biases=tuple(delta.sum(axis=2, keepdims=True) for delta in back.deltas),
        gains=back.gains,
        shifts=back.shifts,
        alphas=back.alphas,
    )


@np.errstate(all="ignore")
def lsuv(network: Network, X: ArrayLike, tolerance: float = 0.1, max_tries: int = 10) -> Network:
    """Layer-sequential unit variance: rescale each layer until its z has variance 1 on the batch X.

    Mishkin & Matas 2016, https://arxiv.org/abs/1511.06422; the paper starts from "orthogonal".
    Each restart is scaled on its own. A layer whose z does not vary at all is left as it is, and so
    is one with a norm, which undoes whatever weights are multiplied by.
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
    layers = range(len(network.weights))
    for layer in layers if network.norm == "none" else layers[-1:]:
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
