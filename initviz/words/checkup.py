"""In words: the vital signs of a start."""

from __future__ import annotations

from ..measure.vitals import vitals_of
from ..training.run import Run
from .explain import outcome
from .vitals import findings

TOLD = 2  # findings that are said; the picture shows the others


def explain_checkup(run: Run, epoch: int) -> str:
    """What became of the run, and the findings of its start, the worst first."""
    found = findings(vitals_of(run, 0))
    if not found:
        return (
            f"{outcome(run, epoch)} Before training, all seven signs were in their healthy zones."
        )
    said = " ".join(finding.sentence for finding in found[:TOLD])
    rest = len(found) - TOLD
    more = f" {_signs(rest)} out of the healthy zone too." if rest > 0 else ""
    return f"{outcome(run, epoch)} Before training: {said}{more}"


def _signs(number: int) -> str:
    return "One more sign is" if number == 1 else f"{number} more signs are"
