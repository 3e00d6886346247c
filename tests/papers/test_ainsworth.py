"""Ainsworth et al. 2022 run again: measured on small jobs, and every verdict seen."""

import numpy as np
import pytest
from verdicts import drawn

from initviz.papers import ainsworth


def heights(before=(1.0, 0.5), after=(0.3, 0.02)):
    """Made from the barriers at the smallest and the largest width, evenly between."""
    spread = np.linspace(0.9, 1.1, 16)

    def at(ends):
        return np.geomspace(ends[0], ends[1], len(ainsworth.WIDTHS))

    return [
        {"layers": n, "width": w, "before": (b * spread).tolist(), "after": (a * spread).tolist()}
        for n in ainsworth.LAYERS
        for w, b, a in zip(ainsworth.WIDTHS, at(before), at(after), strict=True)
    ]


@pytest.mark.parametrize(
    ("made", "agrees"),
    [
        (heights(), "yes"),
        (heights(after=(0.3, 0.3)), "partly"),
        (heights(after=(0.02, 0.3)), "partly"),
        (heights(after=(2.0, 0.4)), "partly"),
        (heights(after=(1.5, 1.5)), "no"),
    ],
)
def test_ainsworth_is_right_if_matching_helps_and_width_does(made, agrees):
    verdict = drawn("ainsworth-barrier", made)
    assert verdict.agrees == agrees


def test_the_barriers_are_told_with_and_without_matching():
    said = drawn("ainsworth-barrier", heights()).measured
    assert said.startswith("barrier at 16 → 128 units, 1 hidden layer: 1 (")
    assert "2 hidden layers: " in said
    assert "matched 0.3 (" in said


def test_pairs_are_matched_and_matching_helps():
    found = ainsworth.measure(layers=1, width=24, data="digits", samples=200)
    assert len(found["before"]) == len(found["after"]) == 16
    assert np.median(found["after"]) < np.median(found["before"]) / 2
