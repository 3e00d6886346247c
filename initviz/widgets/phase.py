"""The explorer of order and chaos: theory laid over measurement, through fifty layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .. import theory
from ..initializers import ALIASES, INITIALIZERS
from ..plots.phase import PhaseScene, measured, predicted, sigmas
from ..training import Experiment, Run
from ..wording import short
from .controls import ACTIVATION, DECADE, INITIALIZER, RESTARTS, SCALE, SEED, WIDTH, Slider
from .explorer import Chapter, Explorer, differences

# Theory speaks of weights that are drawn, each for itself.
NOT_DRAWN = ("zeros", "constant", "identity", "zero_hadamard")
KEPT = 0.01  # a gradient that changes by less in a layer is as good as kept

RANDOM = replace(
    INITIALIZER,
    options=lambda: [(n, n) for n in INITIALIZERS if n not in ALIASES and n not in NOT_DRAWN],
)
SIZE = replace(SCALE, values=(*(float(f"{n}e-1") for n in DECADE), *map(float, DECADE), 10.0))
BIAS_STD = Slider(
    "bias_std", "σ_b", "How large the random biases are: their standard deviation",
    values=(0.0, *(n / 20 for n in range(1, 41))),
)  # fmt: skip


def explain_phase(run: Run, epoch: int) -> str:
    """Where the network stands, how far theory lets a signal get, and what is measured."""
    where = run.experiment.activation, *sigmas(run.network_at(0))
    return " ".join((_phase(*where), _reach(*where), _check(run)))


def _phase(activation: str, sigma_w: float, sigma_b: float) -> str:
    here = f"At σ_w = {short(sigma_w)} and σ_b = {short(sigma_b)}"
    q = theory.fixed_point(activation, sigma_w, sigma_b)
    factor = theory.gradient_factor(activation, sigma_w, sigma_b)
    if q == np.inf:
        return f"{here} the signal grows without end, and the gradient by × {factor:.3g} a layer."
    if abs(factor - 1) <= KEPT:
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
    theirs = predicted(run, found).correlation[-1]
    ours = found.correlation[-1]
    if not np.isfinite(theirs) or not np.isfinite(ours).all():
        return f"In layer {len(found.correlation)} nothing is left to correlate."
    spread = f" ({ours.min():.2f} to {ours.max():.2f})" if len(ours) > 1 else ""
    return (
        f"In layer {len(found.correlation)}, two inputs have the correlation {theirs:.2f} by "
        f"theory, and {np.median(ours):.2f}{spread} in these networks."
    )


def compare_phase(run: Run, pinned: Run) -> str:
    settings = differences(run, pinned)
    return f"Pinned: {settings}." if settings else "Pinned: this start."


CHAPTER = Chapter(
    name="phase",
    # Just beyond the edge: two inputs at 60° stay apart through all the layers.
    start=Experiment(
        dataset="pair",
        hidden_layers=(64,) * 50,
        activation="tanh",
        initializer="lecun_normal",
        scale=1.5,
        bias_std=0.2,
        epochs=1,
        restarts=6,
    ),
    lead=(RANDOM, SIZE),
    others=(ACTIVATION, BIAS_STD, replace(WIDTH, values=range(2, 129)), RESTARTS, SEED),
    scene=PhaseScene,
    explain=explain_phase,
    compare=compare_phase,
    player=False,
)


def explore_phase(experiment: Experiment | None = None, **settings) -> Explorer:
    """Open the explorer of order and chaos: what theory predicts, laid over what is measured.

    experiment: where it starts; None is a tanh network of 50 layers near the edge of chaos.
    settings: fields of ``Experiment`` to change in it, such as ``scale=2`` or ``bias_std=0``.

    Raises ValueError naming a setting that is wrong or that no control can show.
    """
    return Explorer(CHAPTER, experiment, **settings)
