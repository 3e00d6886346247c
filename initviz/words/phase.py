"""In words: where a network stands between order and chaos."""

import numpy as np

from ..measure import theory
from ..measure.phase import measured, predicted, sigmas
from ..measure.standards import EDGE
from ..training.run import Run
from .common import NO_LAYER
from .compare import differences
from .numbers import short


def explain_phase(run: Run, epoch: int) -> str:
    """Where the start stands, how far theory lets a signal get, and what is measured.

    All of it is of the networks before training, whatever the epoch.
    """
    if not run.experiment.hidden_layers:
        return NO_LAYER
    where = run.experiment.activation, *sigmas(run.network_at(0))
    return " ".join((_phase(*where), _reach(*where), _check(run)))


def _phase(activation: str, sigma_w: float, sigma_b: float) -> str:
    here = f"At σ_w = {short(sigma_w)} and σ_b = {short(sigma_b)}"
    q = theory.fixed_point(activation, sigma_w, sigma_b)
    factor = theory.gradient_factor(activation, sigma_w, sigma_b)
    if q == np.inf:
        return f"{here} the signal grows without end, and the gradient by × {factor:.3g} a layer."
    if abs(factor - 1) <= EDGE:
        return f"{here} this is the edge of chaos: the gradient keeps its size."
    if factor > 1:
        return f"{here} there is chaos: every layer multiplies the gradient by {factor:.3g}."
    signal = " and the signal dies out" if q == 0 else ""
    return f"{here} there is order: every layer leaves {factor:.2g} of the gradient{signal}."


def _reach(activation: str, sigma_w: float, sigma_b: float) -> str:
    depth = theory.TRAINABLE * theory.reach(activation, sigma_w, sigma_b)
    if depth > 1000:
        return "Theory sets no limit to the depth that can be trained."
    return f"By theory, such networks can be trained to a depth of about {depth:.2g} layers."


def _check(run: Run) -> str:
    found = measured(run)
    theirs = predicted(run).correlation[-1]
    ours = found.correlation[-1]
    if not np.isfinite(theirs) or not np.isfinite(ours).all():
        return f"In layer {len(found.correlation)} nothing is left to correlate, before training."
    spread = f" ({ours.min():.2f} to {ours.max():.2f})" if len(ours) > 1 else ""
    return (
        f"In layer {len(found.correlation)}, two inputs have the correlation {theirs:.2f} by "
        f"theory, and {np.median(ours):.2f}{spread} in these networks before training."
    )


def compare_phase(run: Run, pinned: Run) -> str:
    settings = differences(run, pinned)
    return f"Pinned: {settings}." if settings else "Pinned: this start."
