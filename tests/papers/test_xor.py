"""Two hidden units on XOR: what becomes of runs that fail, and every verdict."""

import json

import numpy as np
import pytest
from verdicts import drawn

import initviz as iv
from initviz.papers import xor


@pytest.fixture(scope="module")
def failed():
    """Of 60 starts, what becomes of those that have not solved it in 1600 steps."""
    return json.loads(json.dumps(xor.no_minimum(epochs=1600, restarts=60, seed=0)))


def test_failed_runs_are_trained_on_from_where_they_were(failed):
    assert failed["moments"] == [50, 100, 200, 400, 800, 1600, 3200, 6400]
    losses = np.array(failed["losses"])
    assert losses.shape == (len(failed["rose"]), 8)
    assert 3 <= len(losses) <= 25
    assert (losses[:, 5] >= 1 / 16).all()
    run = iv.train(
        iv.Experiment(
            dataset="xor",
            hidden_layers=(2,),
            loss="squared_error",
            initializer="uniform",
            bias="same",
            momentum=0.9,
            epochs=1600,
            restarts=60,
            dtype="float64",
        )
    )
    there = run.losses[1600][run.losses[1600] >= 1 / 16]
    assert np.array_equal(losses[:, 5], there)
    assert (losses[:, 6] < there).all()
    assert max(failed["solved_losses"][-1:]) < 1 / 16


def test_the_gradient_is_the_slope_of_the_loss(failed):
    run = iv.train(
        iv.Experiment(
            dataset="xor",
            hidden_layers=(2,),
            loss="squared_error",
            epochs=1,
            restarts=2,
            learning_rate=1e-4,
            dtype="float64",
            initializer="uniform",
            bias="same",
        )
    )
    fall = run.losses[0] - run.losses[1]
    assert fall == pytest.approx(1e-4 * xor.steepness(run.network_at(0), run) ** 2, rel=1e-2)


def test_hamey_is_right_where_all_runs_fall_and_run_off(failed):
    verdict = drawn("xor-no-minimum", [failed])
    assert verdict.agrees == "yes"
    assert f"{len(failed['rose'])} of 60 runs fail" in verdict.measured
    assert "at 1/8" in verdict.measured


def at_rest(failed, count, **change):
    """The measured runs, ``count`` of ten times as many changed into something else."""
    m = {
        key: value * 10 if key in ("losses", "lengths", "gradients", "rose") else value
        for key, value in failed.items()
    }
    for r in range(count):
        for key, value in change.items():
            m[key] = [*m[key][:r], value, *m[key][r + 1 :]]
    return m


STILL = {
    "a loss that stays": {"losses": [0.125003] * 8},
    "a loss that rises on the way": {"rose": True},
    "no gradient": {"gradients": [1e-9, 0.0]},
    "weights that stay": {"lengths": [20.0, 20.0]},
}


@pytest.mark.parametrize("change", STILL.values(), ids=STILL)
def test_hamey_is_partly_right_where_one_run_rests_and_wrong_where_many_do(failed, change):
    verdict = drawn("xor-no-minimum", [at_rest(failed, 1, **change)])
    assert verdict.agrees == "partly"
    assert verdict.why.startswith("1 failed")
    many = at_rest(failed, 3 * len(failed["rose"]), **change)
    assert drawn("xor-no-minimum", [many]).agrees == "no"


def test_a_run_that_gets_out_was_held_by_no_minimum(failed):
    out = {"losses": [0.13] * 6 + [0.01, 0.02], "rose": True}
    verdict = drawn("xor-no-minimum", [at_rest(failed, 4, **out)])
    assert verdict.agrees == "yes"
    assert "4 of them solve it after all" in verdict.measured


def test_where_none_fails_nothing_is_tested(failed):
    none = failed | {key: [] for key in ("losses", "lengths", "gradients", "rose")}
    verdict = drawn("xor-no-minimum", [none])
    assert verdict.agrees == "partly"
    assert verdict.measured.startswith("0 of 60")


def test_equal_constants_never_solve_it_and_nearly_equal_ones_may():
    equal, nearly, random = (
        sum(xor.restarts_solved(kind, restarts=60, epochs=3000, seed=1)["solved"])
        for kind in ("equal", "nearly equal", "random")
    )
    assert equal == 0
    assert 0 < nearly < random


def test_constants_are_equal_within_a_network_and_noise_is_small():
    network = xor.constants("equal", 5, seed=0)
    points = iv.measure.landscape.as_points(network)
    assert (points == points[:, :1]).all()
    assert points[:, 0] == pytest.approx(np.geomspace(0.1, 10, 5))
    noise = iv.measure.landscape.as_points(xor.constants("nearly equal", 500, seed=0))
    assert noise.std(axis=1).mean() == pytest.approx(0.01, rel=0.1)


def restarts(share=0.86, equal=0, nearly=40, clumped=False):
    hits = np.random.default_rng(0).permutation(np.arange(1000) < 1000 * share)
    if clumped:
        hits.sort()
    return [
        {"kind": "random", "solved": hits[:400].tolist()},
        {"kind": "random", "solved": hits[400:].tolist()},
        {"kind": "equal", "solved": (np.arange(100) < equal).tolist()},
        {"kind": "nearly equal", "solved": (np.arange(100) < nearly).tolist()},
    ]


def test_the_rate_is_right_where_all_holds():
    verdict = drawn("xor-restarts", restarts())
    assert verdict.agrees == "yes"
    assert "86% (84% to 88%) of 1000" in verdict.measured
    assert "0 of 100 equal" in verdict.measured


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"share": 0.7}, "not confirmed"),
        ({"clumped": True}, "do not follow"),
        ({"equal": 1}, "either equal units"),
        ({"nearly": 0}, "either equal units"),
    ],
)
def test_the_rate_is_partly_right_where_something_does_not(change, words):
    verdict = drawn("xor-restarts", restarts(**change))
    assert verdict.agrees == "partly"
    assert words in verdict.why


def test_the_rate_is_wrong_where_neither_law_nor_way_down_holds():
    assert drawn("xor-restarts", restarts(clumped=True, equal=3)).agrees == "no"
