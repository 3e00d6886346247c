"""The vital signs of a network: seven measurements of its start, and what lies out of its zone.

The zones (``standards.ZONES``) are rules of thumb, wide on purpose: an alarm is a reason to look,
not a verdict. Notebook 08 measures how often they err.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import number
from ..networks.losses import chance, guessing
from ..networks.network import Network, forward, gradient
from ..training.run import Run
from .examination import USUAL_RATE, Layer
from .layers import by_layer, in_units, passing_little, rms, signal_spread
from .once import once_per_run
from .standards import EQUAL, SCHEMES, STILL, WORST, ZONES, count_distinct, outside, saturated_word


@dataclass(frozen=True, eq=False)
class Vitals:
    """What ``vitals`` measured.

    values: for every sign in ``ZONES``, (layers, restarts). "signal", "saturated" and "symmetry"
        are of the hidden layers only, "loss" has a single row.
    scheme: the name in ``SCHEMES`` that the weights come nearest to.
    guessing, chance: the losses of guessing and of chance (see ``networks.losses``).

    NaN says nothing: "weights" is NaN in a layer of a single weight and in front of a norm, which
    forgives their size, unless they are all equal; "update" for weights that are all 0 or without a
    learning rate, "symmetry" where some are not finite. Any other overflow is inf.

    weights: a layer's standard deviation, divided by what ``scheme`` aims at.
    signal: how much a unit's answer varies from sample to sample (std; rms over the units).
    saturated: the share of units that pass hardly any gradient: saturated, and of a rectifier on
        every sample, which of ReLU are the dead ones.
    symmetry: the share of units that differ, in what comes in or in what goes out.
    gradient: its rms, divided by the output layer's.
    update: the rms of the first step, divided by the weights' own.
    loss: divided by that of chance.
    """

    network: Network
    X: np.ndarray
    y: np.ndarray
    loss_name: str
    learning_rate: float | None
    scheme: str
    guessing: float
    chance: float
    losses: np.ndarray
    values: dict[str, np.ndarray]

    @property
    def alarms(self) -> dict[str, np.ndarray]:
        """For every sign, (restarts,) bool: is it out of its zone in any layer?"""
        return {s: np.any(outside(v, ZONES[s]), axis=0) for s, v in self.values.items()}

    @property
    def alarmed(self) -> np.ndarray:
        """(restarts,) bool: is any sign out of its zone?"""
        return np.any(list(self.alarms.values()), axis=0)

    @np.errstate(all="ignore")
    def worst(self, sign: str) -> tuple[int, float]:
        """(layer, value) where the median restart is furthest out of its zone, or nearest to leave.

        Layers are counted from 0. The output layer's gradient, to which the others are compared, is
        not among them, unless it is the only one. Raises ValueError where there is no layer.
        """
        middle = np.median(self.values[sign], axis=1)
        asked = middle[:-1] if sign == "gradient" and len(middle) > 1 else middle
        layer = int(np.argmax([decades(sign, value) for value in asked]))
        return layer, float(asked[layer])

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """As a check-up sees them: every number is the median of the restarts.

        A norm stands behind the weights that it follows, and so does the alpha of a skip, where it
        is 0 and lets no gradient through.
        """
        network, rate = self.network, self.learning_rate or USUAL_RATE
        _, slopes = gradient(network, self.X, self.y, self.loss_name)
        answers, found = forward(network, self.X)[1:], []
        alphas = zip(network.skips, network.alphas, strict=True)
        closed = [n for n, alpha in alphas if not alpha.any()]
        parts = zip(network.weights, network.biases, slopes.weights, answers, strict=True)
        for n, arrays in enumerate(parts):
            found.append(self._layer(n, rate, *arrays))
            if n < len(network.gains):
                gains = network.gains[n], slopes.gains[n]
                found.append(_norm(network.norm, n, *gains, network.shifts[n]))
            if n in closed:
                place = network.skips.index(n)
                found.append(_alpha(n, place, network.alphas[place], slopes.alphas[place]))
        return tuple(found)

    def _layer(self, n: int, rate: float, W, b, slope, a) -> Layer:
        numbers = _of_weights(W, slope, rate) | _of_answers(a) | {"bias_mean": moments(b)[0]}
        _, fan_out, fan_in = W.shape
        fields: dict[str, Any] = {"name": "output layer", "last": True}
        if n < len(self.network.weights) - 1:
            activation = self.network.activation
            numbers["saturated"] = self.values["saturated"][n]
            fields = {"name": f"layer {n + 1}", "activation": activation}
            fields["dead_word"] = saturated_word(activation)
            fields["normed"] = bool(self.network.gains)
            fields["bypassed"] = fields["joins"] = n in self.network.skips
        fields |= _medians(numbers)
        fields |= {"fan_in": fan_in, "fan_out": fan_out, "units": fan_out, "calls": 1}
        fields |= {"kind": "Dense", "role": "matrix", "parameter": f"weights[{n}]"}
        return Layer(shape=(fan_out, fan_in), **fields)


def vitals(
    network: Network, X: np.ndarray, y: np.ndarray, loss: str, learning_rate: float | None = None
) -> Vitals:
    """Take the vital signs of R networks, with one forward and one backward pass.

    X: (samples, features). y: (samples,) or (samples, outputs). loss: a name in ``LOSSES``.
    learning_rate: of plain gradient descent; None says nothing of the first step.
    Overflow gives inf, which is out of every zone, and never a warning. Raises ValueError naming
    the argument that is wrong.

    >>> import initviz as iv
    >>> data = iv.DATASETS["moons"]
    >>> network = iv.init_network((2, 16, 16, 1), "tanh", "glorot_normal", restarts=3)
    >>> checked = vitals(network, data.X, data.y, "binary_cross_entropy")
    >>> checked.scheme, checked.alarmed.tolist()
    ('Glorot', [False, False, False])
    """
    rate = np.nan if learning_rate is None else number("learning_rate", learning_rate, above=0)
    losses, slopes = gradient(network, X, y, loss)
    sizes = np.array([rms(W) for W in network.weights])
    slope_sizes = np.array([rms(slope) for slope in slopes.weights])
    scheme, weights = against_schemes(network)
    knows_nothing = chance(y, loss, network.output, network.layers[-1])
    with np.errstate(all="ignore"):
        values = {
            "weights": weights,
            "signal": signal_spread(network, X),
            "saturated": passing_little(network, X),
            "gradient": np.where(slope_sizes == 0, 0, slope_sizes / slope_sizes[-1]),
            "update": rate * slope_sizes / sizes,
            "loss": losses[np.newaxis] / knows_nothing,
        }
    values = {sign: np.where(np.isnan(v), np.inf, v) for sign, v in values.items()}
    values["loss"][:] = values["loss"] if knows_nothing else np.nan
    values["update"][(sizes == 0) | np.isnan(rate)] = np.nan
    values["weights"][[W[0].size == 1 for W in network.weights]] = np.nan
    forgiven = values["weights"][: len(network.gains)]
    forgiven[forgiven > 0] = np.nan
    values["symmetry"] = by_layer(network, _units(network), lambda u: _distinct(u) / u.shape[1])
    values = {sign: values[sign] for sign in ZONES}
    known = guessing(y, loss), knows_nothing
    return Vitals(network, X, y, loss, learning_rate, scheme, *known, losses, values)


@once_per_run
def vitals_of(run: Run, epoch: int = 0) -> Vitals:
    """The vital signs of a run's networks at ``epoch``, on the samples that its pictures show."""
    rate = run.experiment.learning_rate
    return vitals(run.network_at(epoch), run.probe, run.probe_targets, run.loss_name, rate)


@np.errstate(all="ignore")
def decades(sign: str, value: float) -> float:
    """Powers of ten between a value and its zone: above 0 outside of it, below inside."""
    low, high = ZONES[sign]
    if np.isnan(value):
        return -np.inf
    if sign == "saturated":  # what counts is the share that still works
        beyond = np.log10((1 - high) / np.subtract(1, value))
    else:
        below = np.log10(np.divide(low, value)) if low else -np.inf
        beyond = max(below, np.log10(np.divide(value, high)))
    return float(np.clip(beyond, -WORST, WORST))


def against_schemes(network: Network) -> tuple[str, np.ndarray]:
    """(nearest scheme, the weights' std divided by its target, (layers, restarts)).

    Nearest in powers of ten, every layer counting by how many weights it has, because the std of
    few weights says little. A layer of equal weights has the std 0 and has no say, and in front of
    a norm any size will do.
    """
    std = weight_sizes(network)
    counts = np.array([W[0].size for W in network.weights])[:, np.newaxis]
    counts[: len(network.gains)] = 0
    ratios, distance = {}, {}
    with np.errstate(all="ignore"):
        for name, target in SCHEMES.items():
            targets = [target(*fans) for fans in pairwise(network.layers)]
            ratios[name] = std / np.array(targets)[:, np.newaxis]
            logs = np.log(np.where(std > 0, ratios[name], 1))
            distance[name] = (counts * logs**2).sum()
    nearest = min(distance, key=lambda name: distance[name])
    return nearest, ratios[nearest]


def weight_sizes(network: Network) -> np.ndarray:
    """The standard deviation of each layer's weights, (layers, restarts)."""
    return np.array([moments(W)[1] for W in network.weights])


def moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, std and rms of each restart's values; the std of equal numbers is 0, without rounding.

    In units of the largest, so that squares neither overflow nor vanish.
    """
    values = values.reshape(len(values), -1).astype(float)
    with np.errstate(all="ignore"):
        largest = np.abs(values).max(axis=1)
        unit = np.where((largest > 0) & (largest < np.inf), largest, 1)
        values = values / unit[:, np.newaxis]
        std = np.where(np.ptp(values, axis=1) != 0, values.std(axis=1), 0)  # NaN stays NaN
        mean = values.mean(axis=1)
        return mean * unit, std * unit, np.hypot(mean, std) * unit


def _of_weights(W: np.ndarray, slope: np.ndarray, rate: float) -> dict[str, np.ndarray]:
    mean, std, size = moments(W)
    slope_std, slope_size = (np.where(np.isnan(m), np.inf, m) for m in moments(slope)[1:])
    with np.errstate(all="ignore"):
        W, slope = in_units(W), in_units(slope)
        return {
            "weight_mean": mean,
            "weight_std": std,
            "weight_rms": size,
            "gradient_std": slope_std,
            "gradient_rms": slope_size,
            "update": np.where(size == 0, np.nan, rate * slope_size / size),
            "distinct": _distinct(np.concatenate([W, STILL / EQUAL * slope], axis=2), STILL, 1.0),
            "differing": _distinct(W),
        }


def _norm(norm: str, n: int, gain: np.ndarray, slope: np.ndarray, shift: np.ndarray) -> Layer:
    numbers = _sizes(gain, slope) | {"bias_mean": moments(shift)[0]}
    where = {"name": f"norm of layer {n + 1}", "parameter": f"gains[{n}]", "shape": gain.shape[1:2]}
    return Layer(kind=f"{norm} norm", role="norm", calls=1, **where, **_medians(numbers))


def _alpha(n: int, place: int, alpha: np.ndarray, slope: np.ndarray) -> Layer:
    where = {"name": f"alpha of layer {n + 1}", "parameter": f"alphas[{place}]", "shape": (1, 1)}
    return Layer(kind="skip", role="other", calls=1, **where, **_medians(_sizes(alpha, slope)))


def _sizes(values: np.ndarray, slope: np.ndarray) -> dict[str, np.ndarray]:
    names = ("weight_mean", "weight_std", "weight_rms")
    return dict(zip(names, moments(values), strict=True)) | {"gradient_rms": moments(slope)[2]}


@np.errstate(all="ignore")
def _medians(numbers: dict[str, np.ndarray]) -> dict[str, Any]:
    return {key: float(np.median(each)) for key, each in numbers.items()}


def _of_answers(a: np.ndarray) -> dict[str, np.ndarray]:
    """a: (restarts, units, samples). Infinite where something is; rounding is no spread."""
    with np.errstate(all="ignore"):
        means, spreads = a.mean(axis=2, dtype=float), a.std(axis=2, dtype=float)
        spreads = np.where(spreads < 1e-6 * np.abs(means), 0, spreads)
        spread = np.sqrt((spreads**2).mean(axis=1))
        found = means.mean(axis=1), np.hypot(spread, means.std(axis=1)), spread
        lost = ~np.isfinite(means).all(axis=1) | ~np.isfinite(spreads).all(axis=1)
        found = (np.where(lost, np.inf, each) for each in found)
    return dict(zip(("output_mean", "output_std", "spread"), found, strict=True))


def _units(network: Network) -> list[np.ndarray]:
    """For every hidden layer all that tells its units apart: (restarts, units, numbers)."""
    following = [W.swapaxes(1, 2) for W in network.weights[1:]]
    parts = [network.weights[:-1], network.biases[:-1], following]
    parts += [network.gains, network.shifts] if network.gains else []
    together = zip(*parts, strict=True)
    return [np.concatenate(part, axis=2, dtype=float) for part in together]


def _distinct(units: np.ndarray, *limits: float) -> np.ndarray:
    """``count_distinct``, (restarts,); NaN where not all of their numbers are finite."""
    return np.where(np.isfinite(units).all(axis=(1, 2)), count_distinct(units, *limits), np.nan)
