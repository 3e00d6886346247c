"""The vital signs of a network: what to measure on its start, and what is healthy.

Seven measurements, each with the zone in which healthy starts usually lie. The zones are rules of
thumb, wide on purpose: an alarm is a reason to look, not a verdict. Notebook 08 measures how often
they err.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..errors import number
from ..measure.layers import is_saturated, rms, signal_spread
from ..measure.standards import SCHEMES, WORST, ZONES
from ..networks.activations import ACTIVATIONS
from ..networks.losses import guessing
from ..networks.network import Network, gradients, weighted_sums
from ..training.run import Run
from .numbers import short


@dataclass(frozen=True)
class Finding:
    """One sign that is out of its zone. badness: by how many powers of ten; sentence: in words."""

    sign: str
    badness: float
    sentence: str


@dataclass(frozen=True, eq=False)
class Vitals:
    """What ``vitals`` measured.

    values: for every sign in ``ZONES``, (layers, restarts). "signal", "saturated" and "distinct"
        are of the hidden layers only, "loss" has a single row.
    scheme: the name in ``SCHEMES`` that the weights come nearest to.
    guessing: the loss of guessing.

    NaN says nothing: "weights" is NaN in a layer of a single weight, "update" for weights that are
    all 0, "distinct" where some are not finite. Any other overflow is inf.

    weights: a layer's standard deviation, divided by what ``scheme`` aims at.
    signal: how much a unit's answer varies from sample to sample (std; rms over the units).
    idle: the share of units that pass hardly any gradient: saturated, or dead (off on every
        sample) where the activation has an off side.
    distinct: the share of units that differ, in what comes in or in what goes out.
    gradient: its rms, divided by the output layer's.
    update: the rms of the first step, divided by the weights' own.
    loss: divided by that of guessing.
    """

    network: Network
    scheme: str
    guessing: float
    values: dict[str, np.ndarray]

    @property
    def alarms(self) -> dict[str, np.ndarray]:
        """For every sign, (restarts,) bool: is it out of its zone in any layer?"""
        return {sign: outside(sign, values).any(axis=0) for sign, values in self.values.items()}

    @property
    def alarmed(self) -> np.ndarray:
        """(restarts,) bool: is any sign out of its zone?"""
        return np.any(list(self.alarms.values()), axis=0)

    @property
    def findings(self) -> list[Finding]:
        """What is out of its zone in the median restart, each sign in its worst layer, worst first.

        An empty list is a clean bill of health.
        """
        found = (self._finding(sign) for sign in ZONES)
        return sorted((f for f in found if f), key=lambda finding: -finding.badness)

    def worst(self, sign: str) -> tuple[int, float]:
        """(layer, value) where the median restart is furthest out of its zone, or nearest to leave.

        Layers are counted from 0. The output layer's gradient, to which the others are compared, is
        not among them, unless it is the only one.
        """
        middle = typical(self.values[sign])
        asked = middle[:-1] if sign == "gradient" and len(middle) > 1 else middle
        layer = int(np.argmax([_badness(sign, value) for value in asked]))
        return layer, float(asked[layer])

    def _finding(self, sign: str) -> Finding | None:
        if not len(self.values[sign]):
            return None
        layer, value = self.worst(sign)
        if not outside(sign, value) or (sign, value) == ("update", 0):  # "gradient" says that
            return None
        badness = _badness(sign, value)
        if sign == "distinct" and value * self.network.layers[layer + 1] <= 1:
            badness = WORST  # equal units never part
        return Finding(sign, badness, SENTENCES[sign](self, layer, value))


def vitals(
    network: Network, X: np.ndarray, y: np.ndarray, loss: str, learning_rate: float
) -> Vitals:
    """Take the vital signs of R networks, with one forward and one backward pass.

    X: (samples, features). y: (samples,) or (samples, outputs). loss: a name in ``LOSSES``.
    Overflow gives inf, which is out of every zone, and never a warning. Raises ValueError naming
    the argument that is wrong.
    """
    number("learning_rate", learning_rate, above=0)
    losses, slopes, _ = gradients(network, X, y, loss)
    zs, _ = weighted_sums(network, X)
    sizes = np.array([rms(W) for W in network.weights])
    slope_sizes = np.array([rms(slope) for slope in slopes])
    scheme, weights = against_schemes(network)
    guess = guessing(y, loss)
    hidden = (len(zs) - 1, network.restarts)
    with np.errstate(all="ignore"):
        values = {
            "weights": weights,
            "signal": signal_spread(network, X),
            "saturated": np.reshape([_idle(z, network.activation) for z in zs[:-1]], hidden),
            "gradient": np.where(slope_sizes == 0, 0, slope_sizes / slope_sizes[-1]),
            "update": learning_rate * slope_sizes / sizes,
            "loss": losses[np.newaxis] / guess,
        }
    values = {sign: np.where(np.isnan(v), np.inf, v) for sign, v in values.items()}
    values["update"][sizes == 0] = np.nan
    values["weights"][[W[0].size == 1 for W in network.weights]] = np.nan
    values["distinct"] = np.reshape([_distinct(units) for units in _units(network)], hidden)
    return Vitals(network, scheme, guess, {sign: values[sign] for sign in ZONES})


def vitals_of(run: Run, epoch: int = 0) -> Vitals:
    """The vital signs of a run's networks at ``epoch``, on the samples that its pictures show."""
    rate = run.experiment.learning_rate
    return vitals(run.network_at(epoch), run.probe, run.probe_targets, run.loss_name, rate)


def typical(values: np.ndarray) -> np.ndarray:
    """The median of the restarts, (layers, restarts) to (layers,); NaN where there is none."""
    return np.median(values, axis=1)


def against_schemes(network: Network) -> tuple[str, np.ndarray]:
    """(nearest scheme, the weights' std divided by its target, (layers, restarts)).

    Nearest in powers of ten, every layer counting by how many weights it has, because the std of
    few weights says little. A layer of equal weights has the std 0 and has no say.
    """
    std = weight_sizes(network)
    counts = np.array([W[0].size for W in network.weights])[:, np.newaxis]
    ratios, distance = {}, {}
    with np.errstate(all="ignore"):
        for name, target in SCHEMES.items():
            targets = [target(W.shape[2], W.shape[1]) for W in network.weights]
            ratios[name] = std / np.array(targets)[:, np.newaxis]
            logs = np.log(np.where(std > 0, ratios[name], 1))
            distance[name] = (counts * logs**2).sum()
    nearest = min(distance, key=distance.get)
    return nearest, ratios[nearest]


def weight_sizes(network: Network) -> np.ndarray:
    """The standard deviation of each layer's weights, (layers, restarts)."""
    return np.array([_std(W) for W in network.weights])


def _std(W: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        drawn = np.ptp(W, axis=(1, 2)) != 0  # the std of equal numbers is 0 but for rounding
        return np.where(drawn, W.std(axis=(1, 2), dtype=float), 0)


def _idle(z: np.ndarray, activation: str) -> np.ndarray:
    flat = is_saturated(z, activation)
    if ACTIVATIONS[activation].rectifies:  # to be off on half of the samples is its nature
        flat = flat.all(axis=2)
    return flat.reshape(len(z), -1).mean(axis=1)


def _units(network: Network) -> list[np.ndarray]:
    """For every hidden layer all that tells its units apart: (restarts, units, numbers)."""
    following = [W.swapaxes(1, 2) for W in network.weights[1:]]
    parts = zip(network.weights[:-1], network.biases[:-1], following, strict=True)
    return [np.concatenate(part, axis=2, dtype=float) for part in parts]


def _distinct(units: np.ndarray, tolerance: float = 1e-6) -> np.ndarray:
    """The share of distinct units, (restarts,); NaN where not all weights are finite.

    All units are thrown onto one line, and equal ones fall on the same point: sorted, the gaps
    between neighbours count the different ones, without a comparison of every pair.
    """
    line = np.random.default_rng(0).standard_normal(units.shape[2])
    with np.errstate(all="ignore"):
        points = np.sort(units @ line, axis=1)
        limit = tolerance * np.abs(units).max(axis=(1, 2))
        share = (1 + (np.diff(points, axis=1) > limit[:, np.newaxis]).sum(axis=1)) / units.shape[1]
    return np.where(np.isfinite(limit), share, np.nan)


def outside(sign: str, values: np.ndarray | float) -> np.ndarray:
    """Where values lie out of the healthy zone of a sign. NaN says nothing, and is not outside."""
    low, high = ZONES[sign]
    return np.less(values, low) | np.greater(values, high)


def _badness(sign: str, value: float) -> float:
    """Powers of ten between a value and its zone: above 0 outside of it, below inside."""
    low, high = ZONES[sign]
    if np.isnan(value):
        return -np.inf
    with np.errstate(divide="ignore"):
        if sign == "saturated":  # what counts is the share that still works
            decades = np.log10((1 - high) / np.subtract(1, value))
        else:
            decades = max(
                np.log10(np.divide(low, value)) if low else -np.inf,
                np.log10(np.divide(value, high)),
            )
    return float(np.clip(decades, -WORST, WORST))


# What a finding says. Each takes the vitals, the layer (from 0) and the value there.


def _weights(v: Vitals, layer: int, value: float) -> str:
    where = _layer(v, layer)
    if value == 0:
        return f"All weights of {where} are equal, not drawn."
    std = short(float(np.median(_std(v.network.weights[layer]))))
    return (
        f"The weights of {where} are {_ratio(value)} than {v.scheme} would draw them (std {std})."
    )


def _signal(v: Vitals, layer: int, value: float) -> str:
    where = _layer(v, layer)
    if value > 1:
        size = "overflow" if np.isinf(value) else f"vary by {short(value)} from sample to sample"
        return f"The signal has grown too large: the units of {where} {size}."
    if value == 0:
        return f"No signal gets through {where}: its units say the same for every sample."
    return f"The signal has faded: the units of {where} vary by {short(value)} between samples."


def _idle_units(v: Vitals, layer: int, value: float) -> str:
    rectifies = ACTIVATIONS[v.network.activation].rectifies
    word = "dead (off for every sample)" if rectifies else "saturated"
    return f"{_layer(v, layer).capitalize()}: {value:.0%} of the units are {word}."


def _distinct_units(v: Vitals, layer: int, value: float) -> str:
    units = v.network.layers[layer + 1]
    return f"{_layer(v, layer).capitalize()} has {round(value * units)} distinct of {units} units."


def _gradient(v: Vitals, layer: int, value: float) -> str:
    where = _layer(v, layer)
    if value == 0:
        return f"The gradient of {where} is exactly zero."
    if np.isinf(value):
        return f"The gradient of {where} overflows."
    return f"The gradient of {where} is {_ratio(value)} than that of the output layer."


def _update(v: Vitals, layer: int, value: float) -> str:
    where = _layer(v, layer)
    if value > 1:
        if np.isinf(value):
            return f"In {where} the first step overflows."
        return f"In {where} the first step is {short(value)} times as large as the weights."
    steps = short(1 / value)
    return f"Steps are short: {where} needs {steps} of them to move its weights by their own size."


def _loss(v: Vitals, layer: int, value: float) -> str:
    start = short(value * v.guessing)
    return f"The start is far off: its loss is {start}, and guessing gives {short(v.guessing)}."


SENTENCES: dict[str, Callable[[Vitals, int, float], str]] = {
    "weights": _weights,
    "signal": _signal,
    "saturated": _idle_units,
    "distinct": _distinct_units,
    "gradient": _gradient,
    "update": _update,
    "loss": _loss,
}


def _layer(v: Vitals, layer: int) -> str:
    return "the output layer" if layer == len(v.network.weights) - 1 else f"layer {layer + 1}"


def _ratio(value: float) -> str:
    if np.isinf(value):
        return "infinitely many times larger"
    if value < 1:
        return f"{short(1 / value)} times smaller"
    return f"{short(value)} times larger"
