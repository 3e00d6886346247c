"""In words: where a network stands between order and chaos."""

import numpy as np

from ..measure import theory
from ..measure.phase import measured, predicted, sigmas
from ..measure.standards import EDGE, LIMITLESS
from ..training.run import Run
from .common import NO_LAYER, differences
from .numbers import count, short


def explain_phase(run: Run, epoch: int) -> str:
    """Where the start stands, how far theory lets a signal get, and what is measured.

    All of it is of the networks before training, whatever the epoch.
    """
    if not run.experiment.hidden_layers:
        return NO_LAYER
    where = run.experiment.activation, *sigmas(run.network_at(0))
    if not np.isfinite(where[1:]).all():
        return "These weights or biases are too large for the computer to square: theory ends here."
    depth = theory.TRAINABLE * theory.reach(*where)
    layers = count(float(f"{depth:.2g}"), "layer")
    reach = f"By theory, such networks can be trained to a depth of about {layers}."
    if depth > LIMITLESS:
        reach = "Theory sets no limit to the depth that can be trained."
    return f"{_phase(*where)} {reach} {_check(run)}"


def _phase(activation: str, sigma_w: float, sigma_b: float) -> str:
    here = f"At σ_w = {short(sigma_w)} (weights) and σ_b = {short(sigma_b)} (biases)"
    q = theory.fixed_point(activation, sigma_w, sigma_b)
    factor = theory.gradient_factor(activation, sigma_w, sigma_b)
    if q == np.inf:
        grows = f"every layer multiplies the gradient by {factor:.3g}"
        return f"{here} the signal grows without end, and {grows}."
    if abs(factor - 1) <= EDGE:
        return f"{here} this is the edge of chaos: the gradient keeps its size."
    if factor > 1:
        return f"{here} there is chaos: every layer multiplies the gradient by {factor:.3g}."
    signal = " and the signal dies out" if q == 0 else ""
    return f"{here} there is order: every layer leaves {short(factor)} of the gradient{signal}."


def _check(run: Run) -> str:
    theirs, ours = predicted(run).correlation[-1], measured(run).correlation[-1]
    where = f"In layer {len(run.experiment.hidden_layers)}"
    if not np.isfinite(theirs) or not np.isfinite(ours).all():
        return f"{where} nothing is left to correlate before training."
    spread = f" ({ours.min():z.2f} to {ours.max():z.2f})" if len(ours) > 1 else ""
    these = f"in {'these networks' if len(ours) > 1 else 'this network'}"
    found = f"{np.median(ours):z.2f}{spread} {these} before training"
    return f"{where} the two inputs have a correlation of {theirs:z.2f} by theory, and of {found}."


def compare_phase(run: Run, pinned: Run) -> str:
    settings = differences(run, pinned)
    return f"Pinned: {settings}." if settings else "Pinned: this start."
