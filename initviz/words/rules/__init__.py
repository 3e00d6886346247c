"""What a check-up finds: rules that look at the layers, each with its sentence and its mend.

The limits are those of ``measure.standards``, wide on purpose; the tests hold them against known
patients, and train these to see whether the verdict was right.
"""

from collections.abc import Iterator, Sequence

from ...measure import standards
from ...measure.examination import Examination
from ..zones import is_out, said
from .ends import labels, loss, output, priors, shapes, summed, targets, update
from .finding import ENDS, EXPLAINS, FINE, LEVELS, LOOK, SERIOUS, SIGNS, Finding, rank, redraw
from .ways import detached, gradient, inputs, not_finite, saturated, signal, unlisted, unused
from .weights import centred, mismatch, norms, sizes, sizes_allowed, symmetry, twins, unbent, zeros

__all__ = [
    "ENDS",
    "EXPLAINS",
    "FINE",
    "LEVELS",
    "LOOK",
    "RULES",
    "SERIOUS",
    "SIGNS",
    "Finding",
    "concerned",
    "findings",
    "judged",
    "rank",
    "sizes_allowed",
    "unexplained",
]

HEADS = (output, labels, shapes, summed, priors)
ON_THE_WAY = (inputs, zeros, symmetry, centred, sizes, saturated, gradient, signal)
ATSIDE = (mismatch, targets, loss, update, twins, unbent, norms, unlisted, detached, unused)
RULES = (*HEADS, *ON_THE_WAY, *ATSIDE)


def findings(e: Examination) -> tuple[Finding, ...]:
    """The findings, the worst first, without those that another one explains."""
    return unexplained(judged(e))


def unexplained(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that no other of the findings explains."""

    def explains(one: Finding, other: Finding) -> bool:
        return other.sign in EXPLAINS.get(one.sign, ()) and rank(one) <= rank(other)

    return tuple(f for f in found if not any(explains(other, f) for other in found))


def judged(e: Examination) -> list[Finding]:
    """All findings, the worst first; where they are equally bad, causes come before effects."""
    found = list(not_finite(e))
    if not found:
        found = [one for rule in RULES for one in rule(e)]
    elif not found[0].layers:  # only the loss is not finite: what does it make of the outputs?
        found += [one for rule in HEADS for one in rule(e)]
    return sorted([*found, *out_of_zone(e, found)], key=lambda f: (rank(f), SIGNS.index(f.sign)))


def out_of_zone(e: Examination, found: Sequence[Finding]) -> Iterator[Finding]:
    """The signs out of their zone in the median restart that are not ``found`` yet.

    Each is worth a look. A layer that starts at 0 and will move (``found`` as fine) excuses what is
    exactly 0 in consequence.
    """
    if e.vitals is None:
        return
    excused = any((one.sign, one.level) == ("zeros", FINE) for one in found)
    known = {one.sign for one in found}
    for sign in standards.ZONES:
        if sign not in known and is_out(e.vitals, sign):
            layer, value = e.vitals.worst(sign)
            ill = e.matrices[layer]
            if sign == "gradient" and ill.normed and value:
                continue  # it goes as 1 over the weights there, and its rule has seen to that
            level = FINE if excused and value == 0 else LOOK
            layers = () if sign == "loss" else (ill.name,)
            mend = e.mends.shrink(e.matrices[-1]) if sign == "loss" else redraw(e, e.matrices)
            mend = "" if sign == "update" else mend  # that is up to whoever trains
            yield Finding(sign, level, said(e.vitals, sign), mend, layers)


def concerned(e: Examination) -> dict[str, set[str]]:
    """The layers that findings speak of, by sign, those included that another finding explains."""
    ill: dict[str, set[str]] = {}
    for found in judged(e):
        if found.level != FINE:
            ill.setdefault(found.sign, set()).update(found.layers)
    return ill
