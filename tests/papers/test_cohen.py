"""Cohen et al. 2021 run again: measured on small jobs, and every verdict seen."""

import numpy as np
import pytest
from verdicts import drawn

import initviz as iv
from initviz.papers import cohen


def ends(end=1.0, start=0.4, left=0.6):
    """Made from where 16 networks of every job begin and end, in 2 / η."""
    spread = np.linspace(0.99, 1.01, 16)
    return [
        {
            "degree": degree,
            "rate": rate,
            "start": (start * spread).tolist(),
            "end": (end * spread).tolist(),
            "rises": [0.4] * 16,
            "left": (left * spread).tolist(),
        }
        for degree in cohen.DEGREES
        for rate in cohen.RATES
    ]


@pytest.mark.parametrize(
    ("made", "agrees"),
    [
        (ends(), "yes"),
        (ends(start=1.2), "yes"),  # what starts above need not rise
        (ends(end=0.7), "partly"),
        (ends(end=1.2), "partly"),
        (ends(left=1.5), "partly"),
        (ends(end=0.39, left=1.5), "no"),
    ],
)
def test_cohen_is_right_if_the_sharpness_rises_to_2_over_the_rate_and_stays(made, agrees):
    verdict = drawn("cohen-edge", made)
    assert verdict.agrees == agrees
    assert "the loss rises at 40% (40% to 40%) of the steps" in verdict.measured


def test_one_task_that_does_not_get_there_is_enough_against_it():
    made = ends()
    made[4] |= {"end": [0.6] * 16}
    assert drawn("cohen-edge", made).agrees == "partly"


def test_a_network_that_overflows_is_not_at_the_edge():
    made = ends()
    for each in made:
        each["end"] = [None] * 16
    assert drawn("cohen-edge", made).agrees == "partly"


def test_shares_are_of_two_over_the_rate():
    found = cohen.measure(degree=3, rate=0.1, units=6, epochs=40)
    x = np.linspace(-1, 1, 20)
    data = iv.Dataset("wave", x[:, np.newaxis], 4 * x**3 - 3 * x, "regression")
    start = iv.init_network(
        (1, 6, 6, 1), "tanh", "pytorch_default", bias="same", restarts=16, dtype="float32",
        output="identity",
    )  # fmt: skip
    expected = iv.sharpness(start, data.X, data.y, "squared_error") * 0.1 / 2
    np.testing.assert_allclose(found["start"], expected, rtol=1e-3)
    assert len(found["end"]) == 16
