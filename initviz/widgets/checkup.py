"""The explorer of notebook 08: the vital signs of a start, and what they foretell."""

from __future__ import annotations

from dataclasses import replace

from ..explain import outcome
from ..plots.vitals import CheckupScene
from ..training import Experiment, Run
from ..vitals import vitals_of
from .controls import (
    ACTIVATION,
    BIAS,
    INITIALIZER,
    LAYERS,
    LEARNING_RATE,
    SCALE,
    SEED,
    WIDTH,
)
from .explorer import Chapter, Explorer

TOLD = 2  # findings that are said; the picture shows the others


def explain_checkup(run: Run, epoch: int) -> str:
    """What became of the run, and the findings of its start, the worst first."""
    findings = vitals_of(run, 0).findings
    if not findings:
        return f"{outcome(run)} Before training, all seven signs were in their healthy zones."
    said = " ".join(finding.sentence for finding in findings[:TOLD])
    rest = len(findings) - TOLD
    more = f" {_signs(rest)} out of the healthy zone too." if rest > 0 else ""
    return f"{outcome(run)} Before training: {said}{more}"


def _signs(number: int) -> str:
    return "One more sign is" if number == 1 else f"{number} more signs are"


CHAPTER = Chapter(
    name="checkup",
    start=Experiment(
        dataset="moons",
        hidden_layers=(12,) * 4,
        activation="tanh",
        initializer="glorot_normal",
        learning_rate=0.3,
        epochs=60,
        restarts=8,
    ),
    lead=(INITIALIZER, SCALE),
    others=(
        ACTIVATION,
        LAYERS,
        WIDTH,
        LEARNING_RATE,
        replace(BIAS, options=lambda: [*BIAS.options(), ("−5", -5.0)]),
        SEED,
    ),
    scene=CheckupScene,
    explain=explain_checkup,
)


def explore_checkup(experiment: Experiment | None = None, **settings) -> Explorer:
    """Open the check-up: six vital signs by layer, each with its healthy zone, and the losses.

    experiment: where it starts; None is a healthy tanh network.
    settings: fields of ``Experiment`` to change in it, such as ``scale=0.01``.

    Raises ValueError naming a setting that is wrong or that no control can show.
    """
    return Explorer(CHAPTER, experiment, **settings)
