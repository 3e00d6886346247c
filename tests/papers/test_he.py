"""He et al. 2015 run again: measured on small jobs, and every verdict seen."""

import json
from math import sqrt

import numpy as np
import pytest
from verdicts import drawn

import initviz as iv
from initviz.papers import he

# He: 22 and 30 layers.


def begun(**epochs):
    """x22=…, h22=…, x30=…, h30=…: the epochs at which ten networks of each kind begin."""
    kinds = {"x22": (22, "Xavier"), "h22": (22, "He"), "x30": (30, "Xavier"), "h30": (30, "He")}
    usual = {"x22": [30] * 10, "h22": [2] * 10, "x30": [None] * 10, "h30": [3] * 10} | epochs
    return [
        {
            "layers": layers,
            "scheme": scheme,
            "epochs": 80,
            "begun": usual[key],
            "losses": [2.3] * 40 + [1.0 if scheme == "He" else 2.0] * 41,
            "diverged": 0,
        }
        for key, (layers, scheme) in kinds.items()
    ]


def test_he_agrees_if_xavier_stalls_at_30_alone():
    verdict = drawn("he-depth", begun())
    assert verdict.agrees == "yes"
    assert "22 layers, Xavier: 100% (72% to 100%) begin to learn, the median at epoch 30" in (
        verdict.measured
    )
    assert "nothing is learnt" in verdict.why


@pytest.mark.parametrize(
    ("changed", "agrees"),
    [
        ({"x30": [70] * 4 + [None] * 6}, "partly"),  # late, but not all of them never
        ({"x30": [30] * 10}, "no"),  # no later than with 22
        ({"x22": [2] * 10}, "no"),  # as early as He
        ({"h30": [None] * 10}, "no"),
        ({"x22": [None] * 8 + [30] * 2}, "no"),
    ],
)
def test_he_disagrees_where_the_numbers_do(changed, agrees):
    verdict = drawn("he-depth", begun(**changed))
    assert verdict.agrees == agrees
    assert ("patience" in verdict.why) == (agrees == "partly")


def test_he_counts_what_diverges():
    measured = begun()
    measured[3]["diverged"] = 2
    assert "2 of all 40 networks diverge later" in drawn("he-depth", measured).measured


def test_he_measures_when_the_loss_leaves_guessing():
    job = {"layers": 6, "seed": 1, "data": "digits", "units": 16, "epochs": 4, "restarts": 3}
    found = he.measure_depth(scheme="He", **job)
    assert found == he.measure_depth(scheme="He", **job)
    e = iv.Experiment(
        "digits",
        (16,) * 5,
        "relu",
        "he_normal",
        learning_rate=0.002,
        momentum=0.9,
        batch_size=64,
        epochs=4,
        restarts=3,
        seed=1,
    )
    losses = iv.train(e).losses
    there = losses <= 0.9 * np.log(10) * (1 + 1e-3)
    expected = [int(column.argmax()) if column.any() else None for column in there.T]
    assert found["begun"] == expected
    np.testing.assert_allclose(found["losses"], np.median(losses, axis=1))
    json.dumps(found, allow_nan=False)


# He: a fixed standard deviation.


def test_the_formula_is_the_papers_number():
    assert he.predicted_shrinkage(he.UNITS) == pytest.approx(1.7e4, rel=0.02)
    factors = [1 / (sqrt(9 * n / 2) * 0.01) for n in (64, 128, 256, 512)]
    np.testing.assert_allclose(factors, [5.9, 4.2, 2.9, 2.1], atol=0.06)  # in a note of the paper


def test_the_shrinkage_measured_is_that_of_the_formula():
    units = [200, 300, 300]
    found = [he.measure_fixed(units, seed)["shrunk"] for seed in range(200)]
    expected = 1 / np.prod([n / 2 * 0.01**2 for n in units])  # of the square
    squares = 1 / np.square(found)
    error = squares.std() / sqrt(200)
    assert abs(squares.mean() - 1 / expected) < 4 * error < 0.2 / expected
    assert found[3] == he.measure_fixed(units, 3)["shrunk"]


def test_the_verdict_on_the_fixed_start_follows_the_numbers():
    formula = he.predicted_shrinkage(he.UNITS)
    close = [{"shrunk": formula * factor} for factor in (0.8, 0.9, 0.95, 1.1, 1.2, 1.3)]
    far = [{"shrunk": 2 * m["shrunk"]} for m in close]
    assert drawn("he-fixed", close).agrees == "yes"
    assert drawn("he-fixed", far).agrees == "no"
