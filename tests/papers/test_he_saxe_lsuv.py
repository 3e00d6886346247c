"""He's, Saxe's and Mishkin's results: measured on small jobs, and every verdict seen."""

import json
from math import inf, sqrt

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.backends.backend_agg import FigureCanvasAgg

import initviz as iv
from initviz.papers import he, mishkin, saxe
from initviz.plots.style import styled

RESULTS = {result.name: result for module in (he, saxe, mishkin) for result in module.RESULTS}


def drawn(name, measured):
    """The verdict on measurements, whose picture is drawn and can be read."""
    measured = json.loads(json.dumps(measured, allow_nan=False))
    with styled():
        figure = RESULTS[name].draw(measured)
        FigureCanvasAgg(figure)
        figure.subplots_adjust(left=0.2, right=0.84, bottom=0.25, top=0.85)
        assert_legible(figure)
    return RESULTS[name].conclude(measured)


@pytest.mark.parametrize("result", RESULTS.values(), ids=lambda result: result.name)
@pytest.mark.parametrize("full", [False, True])
def test_jobs_are_plain_values_and_every_one_another(result, full):
    jobs = [json.dumps(job) for job in result.jobs(full)]
    assert len(set(jobs)) == len(jobs)


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


# Saxe.


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


# LSUV.


def accuracies(**changed):
    """activation_start=accuracy of all networks; 0.9 where nothing is said, 0.1 for sigmoid."""
    return [
        {
            "activation": a,
            "start": s,
            "accuracies": (
                changed.get(f"{a}_{s}", 0.1 if a == "sigmoid" else 0.9) + 0.01 * np.arange(8)
            ).tolist(),
        }
        for a in mishkin.ACTIVATIONS
        for s in mishkin.STARTS
    ]


@pytest.mark.parametrize(
    ("changed", "agrees", "words"),
    [
        ({}, "yes", "none of the others beats it"),
        ({f"relu_{s}": 0.5 for s in ("orthogonal", "He", "Xavier")}, "yes", "others with relu;"),
        ({"relu_He": 0.5}, "yes", "none of the others beats it"),  # and it does not beat all
        ({"tanh_orthogonal": 0.95}, "partly", "with tanh it is beaten by orthogonal"),
        ({"tanh_LSUV": 0.5}, "partly", "with tanh it is beaten by orthogonal and He and Xavier"),
        ({f"{a}_LSUV": 0.3 for a in mishkin.CLAIMED}, "no", "with relu it is beaten"),
        ({"sigmoid_He": 0.8}, "yes", "none"),
    ],
)
def test_lsuv_is_compared_with_each_of_the_others(changed, agrees, words):
    verdict = drawn("mishkin-lsuv", accuracies(**changed))
    assert verdict.agrees == agrees
    assert words in verdict.why
    assert ("sigmoid networks" in verdict.why) == ("sigmoid_He" not in changed)
    assert ("better than all" in verdict.why) == ("relu_orthogonal" in changed)


def test_lsuv_counts_who_learns():
    verdict = mishkin.conclude(accuracies(relu_Xavier=0.1))
    assert "LSUV 100% (86% to 100%), orthogonal 100%" in verdict.measured
    assert "Xavier 67% (47% to 82%)" in verdict.measured


def test_lsuv_trains_the_rescaled_networks():
    job = {
        "activation": "relu",
        "seed": 0,
        "data": "digits",
        "samples": 60,
        "units": 8,
        "layers": 4,
        "epochs": 3,
    }
    found = {start: mishkin.measure(start=start, **job)["accuracies"] for start in mishkin.STARTS}
    assert found["LSUV"] == mishkin.measure(start="LSUV", **job)["accuracies"]
    assert found["LSUV"] != found["orthogonal"]
    assert len({tuple(each) for each in found.values()}) == 4
