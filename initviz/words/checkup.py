"""In words: the vital signs of a start."""

from ..measure.vitals import vitals_of
from ..training.run import Run
from .explain import outcome
from .vitals import findings

TOLD = 2  # findings that are said; the picture shows the others


def explain_checkup(run: Run, epoch: int) -> str:
    """What became of the run, and the findings of its start, the worst first."""
    found = findings(vitals_of(run, 0))
    if not found:
        healthy = "Before training, all seven signs were in their healthy zones."
        return f"{outcome(run, epoch)} {healthy}"
    said = " ".join(finding.sentence for finding in found[:TOLD])
    rest = len(found) - TOLD
    signs = "One more sign is" if rest == 1 else f"{rest} more signs are"
    more = f" {signs} out of the healthy zone too." if rest > 0 else ""
    return f"{outcome(run, epoch)} Before training: {said}{more}"
