"""Where a layer's weighted sums z fall on the activation's curve, and how steep it is there."""

from dataclasses import dataclass

import numpy as np

from ..networks.activations import ACTIVATIONS
from ..networks.network import weighted_sums
from ..training.run import Run
from .layers import always_saturated, bars, mean_slope, saturation
from .once import once_per_run
from .standards import is_saturated

END = 8.0  # of the axis of z, in units of the activation
BINS = 49  # an odd number, so that the z around 0 share a bin


@dataclass(frozen=True, eq=False)
class LayerSaturation:
    """What is seen of one hidden layer, over all restarts, units and samples.

    bars: which share of z falls in each bin.
    saturated, always_saturated, slope: see ``saturation``, ``always_saturated``, ``mean_slope``.
    """

    bars: np.ndarray
    saturated: float
    always_saturated: float
    slope: float


NOTHING = LayerSaturation(np.zeros(BINS), np.nan, np.nan, np.nan)


def end_of_axis(activation: str) -> float:
    """Of z: every curve has bent by then, and what lies beyond is put there."""
    return END * ACTIVATIONS[activation].unit


@once_per_run
def measure(run: Run, epoch: int) -> list[LayerSaturation]:
    """Every hidden layer of a run at ``epoch``, on its probe."""
    network, X = run.network_at(epoch), run.probe
    end = end_of_axis(network.activation)
    fallen = [bars(z, -end, end, BINS) for z in weighted_sums(network, X)[0][:-1]]
    measures = (saturation, always_saturated, mean_slope)
    numbers = (each(network, X).mean(axis=1).tolist() for each in measures)
    return [LayerSaturation(*layer) for layer in zip(fallen, *numbers, strict=True)]


def flat_stretches(z: np.ndarray, activation: str) -> list[slice]:
    """Where along a rising z, (points,), the slope stays below 10 % of its maximum."""
    edges = np.flatnonzero(np.diff(is_saturated(z, activation), prepend=False, append=False))
    return [slice(start, stop) for start, stop in edges.reshape(-1, 2)]
