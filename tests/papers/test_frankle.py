"""Frankle & Carbin 2019 run again: measured on small jobs, and every verdict seen."""

import numpy as np
import pytest
from verdicts import drawn

from initviz.papers import frankle


def accuracies(own=0.95, redrawn=0.85):
    spread = np.linspace(-0.01, 0.01, 24)
    return [
        {
            "keep": keep,
            "whole": (0.95 + spread).tolist(),
            "own": (own + spread).tolist(),
            "redrawn": (redrawn + spread).tolist(),
        }
        for keep in frankle.KEPT
    ]


@pytest.mark.parametrize(
    ("made", "agrees"),
    [
        (accuracies(), "yes"),
        (accuracies(redrawn=0.95), "partly"),
        (accuracies(own=0.9), "partly"),
        (accuracies(own=0.85), "no"),
    ],
)
def test_frankle_is_right_if_tickets_win_and_redrawn_ones_do_not(made, agrees):
    verdict = drawn("frankle-tickets", made)
    assert verdict.agrees == agrees
    assert "10% of the weights: " in verdict.measured


def test_small_tickets_may_do_worse_than_the_whole():
    made = accuracies()
    for each in made[2:]:
        each["own"] = (np.array(each["own"]) - 0.05).tolist()
    assert drawn("frankle-tickets", made).agrees == "yes"


def test_a_ticket_that_keeps_all_is_the_whole_network():
    small = {"data": "digits", "samples": 300, "units": [16, 8], "restarts": 4}
    found = frankle.measure(keep=1.0, **small)
    assert found["own"] == found["whole"]
    assert found["redrawn"] != found["whole"]
    few = frankle.measure(keep=0.1, **small)
    assert few["whole"] == found["whole"]
    assert np.median(few["own"]) < np.median(few["whole"])
