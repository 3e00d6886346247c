"""Which of the three formulas the weights of a network follow."""

from itertools import pairwise

import numpy as np

from ..networks.network import Network
from ..training.run import Run
from .layers import at_epoch
from .once import once_per_run
from .standards import SCHEMES
from .vitals import moments, weight_sizes


def reference_sizes(network: Network) -> dict[str, np.ndarray]:
    """The standard deviation that each of the three formulas asks for, (layers,)."""
    fans = list(pairwise(network.layers))
    names = ("He", "Glorot", "LeCun")
    return {name: np.array([SCHEMES[name](*fan) for fan in fans]) for name in names}


# The weights' standard deviation, in units of LeCun's 1 / √fan_in: (layers, restarts).
weights_in_lecun = at_epoch(
    lambda network, run: weight_sizes(network) * np.sqrt(network.layers[:-1])[:, np.newaxis]
)


@once_per_run
def formulas_in_lecun(run: Run) -> dict[str, np.ndarray]:
    """What each formula asks for, in the same units: (layers,)."""
    network = run.network_at(0)
    unit = np.sqrt(network.layers[:-1])
    return {name: wanted * unit for name, wanted in reference_sizes(network).items()}


def ratios_to(network: Network) -> dict[str, np.ndarray]:
    """How many times as large the weights of each layer are as each formula asks for, (layers,)."""
    stds = np.array([moments(W[np.newaxis])[1][0] for W in network.weights])
    return {name: stds / wanted for name, wanted in reference_sizes(network).items()}


@np.errstate(all="ignore")
def closest_formula(network: Network) -> tuple[str, float] | None:
    """(name, factor) of the formula that all layers follow, up to chance and one common factor.

    Factor 1 is the formula itself. None where the layers follow none of the three.
    """
    doubt = 0.02 + 4 / np.sqrt([2 * W.size for W in network.weights])  # the error of a measured std
    fits = {}
    for name, ratios in ratios_to(network).items():
        logs = np.log(np.maximum(ratios, 1e-300))
        middle = np.average(logs, weights=1 / doubt**2)
        if (np.abs(logs) < doubt).all():
            fits[name] = 0.0
        elif (np.abs(logs - middle) < doubt).all():
            fits[name] = middle
    if not fits:
        return None
    name = min(fits, key=lambda each: abs(fits[each]))
    return name, float(np.exp(fits[name]))
