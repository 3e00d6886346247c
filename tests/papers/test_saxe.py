"""Saxe et al. 2014 run again: measured on small jobs, and every verdict seen."""

from math import inf

import pytest
from verdicts import drawn

from initviz.papers import saxe


def steps(gaussian, orthogonal):
    """Made from the steps at the best rate for the depths 2 and 32; other rates never learn."""
    return [
        {
            "depth": depth,
            "scheme": scheme,
            "rate": rate,
            "steps": [n if rate == 0.004 else None] * 8,
        }
        for scheme, pair in (("Gaussian", gaussian), ("orthogonal", orthogonal))
        for depth, n in zip((2, 32), pair, strict=True)
        for rate in (0.002, 0.004)
    ]


@pytest.mark.parametrize(
    ("gaussian", "orthogonal", "agrees"),
    [
        ((30, 150), (50, 60), "yes"),
        ((30, None), (50, 20), "yes"),
        ((30, 40), (50, 60), "partly"),
        ((30, 150), (50, 160), "partly"),
        ((30, 40), (50, 160), "no"),
        ((30, 150), (50, None), "partly"),
        ((None, None), (50, 60), "partly"),
    ],
)
def test_saxe_is_right_if_gaussian_times_grow_and_orthogonal_ones_do_not(
    gaussian, orthogonal, agrees
):
    verdict = drawn("saxe-learning-time", steps(gaussian, orthogonal))
    assert verdict.agrees == agrees
    if gaussian == (30, None):
        assert (
            "Gaussian 30 (30 to 30) → not within 200, more than 6.7 times as long"
            in verdict.measured
        )
    if orthogonal == (50, 60):
        assert verdict.measured.endswith("1.2 times as long")
    assert ("not known" in verdict.measured) == (gaussian[0] is None)


def test_saxe_is_half_right_if_some_orthogonal_networks_never_learn():
    measured = steps((30, 150), (50, 60))
    measured[-1]["steps"] = [60] * 7 + [None]
    assert drawn("saxe-learning-time", measured).agrees == "partly"


def test_the_best_rate_is_the_one_with_the_fewest_steps():
    measured = steps((30, 150), (50, 60))
    measured[0]["steps"] = [20] * 8
    interval, rate = saxe.learning_time(measured, 2, "Gaussian")
    assert (interval.value, rate) == (20, 0.002)
    measured[0]["steps"][7] = None  # faster for most, but not for all: the rate that serves all
    interval, rate = saxe.learning_time(measured, 2, "Gaussian")
    assert (interval.high, rate) == (30, 0.004)
    measured[1]["steps"][0] = None  # none serves all: the faster median
    assert saxe.learning_time(measured, 2, "Gaussian")[1] == 0.002
    assert saxe.learning_time(steps((30, None), (1, 1)), 32, "Gaussian")[0].value == inf


def test_a_linear_network_learns_within_the_steps_and_the_count_is_right():
    job = {"depth": 3, "steps": 60, "data": "digits", "samples": 100}
    found = saxe.measure(scheme="orthogonal", rate=0.01, **job)
    assert found == saxe.measure(scheme="orthogonal", rate=0.01, **job)
    assert all(10 < n < 60 for n in found["steps"])
    slow = saxe.measure(scheme="orthogonal", rate=1e-6, **job)
    assert slow["steps"] == [None] * 8
    wild = saxe.measure(scheme="orthogonal", rate=100.0, **job)
    assert wild["steps"] == [None] * 8
