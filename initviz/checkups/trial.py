"""Mends that are tried before they are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from ..measure import standards
from ..measure.examination import Examination
from ..words.rules import ENDS, FINE, SERIOUS, Finding, findings, rank
from .adapter import Scope

Examine = Callable[[Scope], Examination]  # after a mend
NO_MEND = "No mend that was tried takes this away."


def tried(
    found: Sequence[Finding],
    before: Examination,
    examine: Examine,
    kept: Callable[[], AbstractContextManager[Scope]],
) -> tuple[tuple[Finding, ...], int]:
    """The findings with the first of their mends that helps, without one where none does; and how
    many mends were tried.

    kept: within, mends may change the model, which is as before afterwards.
    """
    count = 0

    def helps(finding: Finding, mend: str) -> bool:
        nonlocal count
        count += 1
        with kept() as scope:
            try:
                exec(mend, scope)  # our own line
                return is_better(finding, found, before, examine(scope))
            except Exception:  # it does not even go through
                return False

    def with_mend(finding: Finding) -> Finding:
        mends = [mend for mend in (finding.mend, *finding.others) if mend]
        mend = next((mend for mend in mends if helps(finding, mend)), "")
        sentence = f"{finding.sentence} {NO_MEND}" if mends and not mend else finding.sentence
        return replace(finding, mend=mend, sentence=sentence, others=())

    return tuple(f if f.level == FINE else with_mend(f) for f in found), count


def is_better(
    finding: Finding, found: Sequence[Finding], before: Examination, after: Examination
) -> bool:
    """Whether a mend has taken its finding away, has brought no serious one, and has lost nothing
    of what a model had learnt already."""
    left, ill = findings(after), set(finding.layers)
    same = [f for f in left if f.sign == finding.sign and (ill & {*f.layers} or not ill)]
    still = any(rank(f) <= rank(finding) for f in same)
    known = {f.sign for f in found if f.level == SERIOUS}
    worse = any(f.level == SERIOUS and f.sign not in known | {finding.sign} for f in left)
    compared = finding.sign not in ENDS  # else the first loss meant something else
    knew = compared and before.loss < standards.A_LITTLE * before.chance
    lost = knew and not after.loss < before.loss / standards.A_LITTLE
    return not (still or worse or lost)
