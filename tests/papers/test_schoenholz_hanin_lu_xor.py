"""Trainable depth, fluctuating lengths, networks born dead, XOR: the papers, run again."""

import json
from itertools import product
from math import exp, log

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.backends.backend_agg import FigureCanvasAgg

import initviz as iv
from initviz.measure import theory
from initviz.papers import hanin, lu, schoenholz, xor
from initviz.papers.report import row
from initviz.plots.style import styled

RESULTS = {r.name: r for module in (schoenholz, hanin, lu, xor) for r in module.RESULTS}

TINY = {
    "schoenholz-trainable-depth": {
        "sigma_w2": 1.0,
        "depth": 2,
        "restarts": 2,
        "seed": 3,
        "width": 8,
        "images": 200,
        "learning_rate": 0.1,
        "epochs": 3,
    },
    "hanin-lengths": {"widths": [3, 4], "networks": 30, "seed": 5},
    "lu-born-dead": {"width": 2, "depth": 3, "networks": 30, "seed": 5},
    "xor-no-minimum": {"epochs": 320, "restarts": 4, "seed": 2},
    "xor-restarts": {"kind": "nearly equal", "restarts": 3, "epochs": 20, "seed": 2},
}


# What all have in common


@pytest.mark.parametrize("name", RESULTS)
def test_a_measurement_is_plain_and_depends_on_its_job_alone(name):
    measure = RESULTS[name].measure
    first = json.dumps(measure(**TINY[name]), allow_nan=False)
    assert json.dumps(measure(**TINY[name])) == first
    other = json.dumps(measure(**{**TINY[name], "seed": 77}))
    assert (other == first) == (name == "xor-restarts")  # in 20 steps nobody solves it


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("name", RESULTS)
def test_jobs_are_plain_and_no_two_are_alike(name, full):
    jobs = RESULTS[name].jobs(full)
    assert json.loads(json.dumps(jobs)) == jobs
    assert len({job["seed"] for job in jobs}) == len(jobs)
    assert all(set(job) == set(TINY[name]) for job in jobs)


def drawn(name, measured):
    """The row, and the picture, whose every text can be read."""
    result, measured = RESULTS[name], json.loads(json.dumps(measured))
    with styled():
        figure = result.draw(measured)
        FigureCanvasAgg(figure)
        assert_legible(figure)
    verdict = result.conclude(measured)
    assert f"agrees: {verdict.agrees}" in row(result, verdict)
    return verdict


# Schoenholz et al.


def maps(limit):
    """Cells in which exactly those networks learn that have at most ``limit(σ_w²)`` layers."""
    cells = []
    for sigma_w2, depth in product(schoenholz.SIGMA_W2, schoenholz.DEPTHS):
        spread = limit(sigma_w2) * np.geomspace(0.9, 1.1, 6)
        end = np.where(depth <= spread, 0.98, 0.11).tolist()
        early = np.where(2 * depth <= spread, 0.8, 0.11).tolist()
        cells.append(
            {
                "sigma_w2": sigma_w2,
                "depth": depth,
                "learning_rate": 0.01,
                "end": end,
                "third": early,
            }
        )
    slow = {"sigma_w2": 3.0, "learning_rate": 0.005, "third": [0.1] * 6}
    ends = {22: 0.95, 33: 0.9, 50: 0.9, 75: 0.1}
    return cells + [{**slow, "depth": depth, "end": [end] * 6} for depth, end in ends.items()]


def test_the_reach_is_that_of_the_theory_and_without_end_at_the_edge():
    chi = theory.chi("tanh", 1.0, 0.05**0.5)  # in the ordered phase the slope is chi
    assert schoenholz.reach(1.0) == pytest.approx(-6 / log(chi), rel=1e-6)
    assert schoenholz.reach(1.76) > 1000
    assert schoenholz.reach(4.0) < schoenholz.reach(2.5) < schoenholz.reach(2.0)


def test_a_grid_is_cut_where_networks_stop_to_learn():
    cells = [
        {"sigma_w2": 1.0, "depth": d, "end": end, "third": [0.1, 0.1, 0.1]}
        for d, end in ((20, [0.9, 0.1, 0.9]), (10, [0.9, 0.1, 0.9]), (40, [0.1, 0.9, 0.53]))
    ]
    assert schoenholz.deepest(cells).tolist() == [[20, 5, 40]]  # halfway is 0.5
    assert schoenholz.deepest(cells, "third").tolist() == [[5, 5, 5]]


def test_only_depths_that_the_grid_has_are_compared():
    ordered, chaotic = schoenholz.sides(schoenholz.at_rates(maps(schoenholz.reach))[0])
    sigmas = np.array(schoenholz.SIGMA_W2)
    assert sigmas[ordered].tolist() == [1.0, 1.1, 1.25, 1.4]
    assert sigmas[chaotic].tolist() == [2.5, 3.0, 3.5, 4.0]


def test_what_is_trained_in_shorter_steps_is_kept_apart():
    usual, slow = schoenholz.at_rates(maps(schoenholz.reach))
    assert len(usual) == len(schoenholz.SIGMA_W2) * len(schoenholz.DEPTHS)
    assert [m["depth"] for m in slow] == [22, 33, 50, 75]


def test_ratios_are_taken_at_the_moment_that_is_asked_for():
    cells, _ = schoenholz.at_rates(maps(schoenholz.reach))
    _, chaotic = schoenholz.sides(cells)
    end, third = (schoenholz.ratios(cells, chaotic, when).value for when in ("end", "third"))
    assert 2 / 3 < end <= 1
    assert 1 / 3 < third <= 1 / 2


def test_the_paper_is_right_where_the_limit_is_6_xi():
    verdict = drawn("schoenholz-trainable-depth", maps(schoenholz.reach))
    assert verdict.agrees == "yes"
    assert "the greatest depth is 75, where σ_w² is 1.6 to 2" in verdict.measured
    assert "about 6 on both sides" in verdict.why
    assert "at 0.5 of the learning rate" in verdict.why
    assert "up to 50 layers in place of 50 (6 ξ_c: 54)" in verdict.why


def test_it_is_partly_right_where_the_limit_is_another_multiple():
    verdict = drawn("schoenholz-trainable-depth", maps(lambda s: schoenholz.reach(s) / 2))
    assert verdict.agrees == "partly"
    assert "not 6" in verdict.why


@pytest.mark.parametrize("limit", [lambda s: 30, lambda s: 80 / s, lambda s: 20 * s])
def test_it_is_wrong_where_the_limit_knows_no_edge(limit):
    verdict = drawn("schoenholz-trainable-depth", maps(limit))
    assert verdict.agrees == "no"
    assert "does not follow" in verdict.why


def test_far_below_the_edge_shallow_networks_learn_and_deep_ones_do_not():
    settings = {
        "sigma_w2": 0.5,
        "restarts": 3,
        "seed": 0,
        "width": 30,
        "images": 200,
        "learning_rate": 0.1,
        "epochs": 9,
    }
    shallow, deep = (schoenholz.trainable_depth(depth=d, **settings) for d in (2, 25))
    assert min(shallow["end"]) > 0.6  # 6 ξ_c is 7 layers
    assert max(deep["end"]) < 0.25
    assert min(shallow["end"]) > min(shallow["third"])


# Hanin & Rolnick


def test_the_factor_of_a_layer_has_mean_1_and_variance_5_over_its_width():
    g = np.random.default_rng(0).standard_normal((200_000, 4))
    factor = (2 * np.maximum(g, 0) ** 2).mean(axis=1)
    assert factor.mean() == pytest.approx(1, abs=0.01)
    assert factor.var() == pytest.approx(5 / 4, rel=0.03)
    assert hanin.mean_square([4]) == 1 + 5 / 4
    assert hanin.mean_square([10, 20]) == pytest.approx(1.5 * 1.25)


def test_networks_have_the_moments_of_the_closed_form():
    M = hanin.squared_lengths([40, 20], networks=4000, seed=1)
    assert M.shape == (4000,)
    assert M.mean() == pytest.approx(1, abs=0.03)
    assert (M**2).mean() == pytest.approx(1.125 * 1.25, rel=0.08)


def test_the_sum_of_inverse_widths_knows_no_order_and_no_rounding():
    assert hanin.inverse_widths([10] * 5) == hanin.inverse_widths([10, 40] * 4) == 0.5


def test_enough_is_what_luck_allows():
    assert hanin.enough([True] * 8)
    assert hanin.enough([True] * 6 + [False] * 2)
    assert not hanin.enough([True] * 5 + [False] * 3)


def around(value, width=0.05):
    return [value * (1 - width), value, value * (1 + width)]


def lengths(mean=1.0, square=1.0, median=lambda beta: exp(-2.5 * beta)):
    """As the theory has them, but for these factors."""
    return [
        {
            "widths": widths,
            "mean": around(mean),
            "square": around(square * hanin.mean_square(widths)),
            "median": around(median(hanin.inverse_widths(widths))),
        }
        for widths in hanin.SHAPES
    ]


def test_hanin_is_right_where_all_is_as_derived():
    verdict = drawn("hanin-lengths", lengths())
    assert verdict.agrees == "yes"
    assert "8 of 8" in verdict.measured
    assert "from 0.78 (0.74 to 0.82) where the sum is 0.1 to 0.0067" in verdict.measured


@pytest.mark.parametrize("change", [{"mean": 1.2}, {"square": 0.8}])
def test_hanin_is_partly_right_where_only_the_median_falls(change):
    verdict = drawn("hanin-lengths", lengths(**change))
    assert verdict.agrees == "partly"
    assert "0 of 8" in verdict.measured
    assert "the measured means are not" in verdict.why


@pytest.mark.parametrize("median", [lambda beta: 0.5, lambda beta: 2 * exp(-2.5 * beta)])
def test_hanin_is_partly_right_where_only_the_means_fit(median):
    verdict = drawn("hanin-lengths", lengths(median=median))
    assert verdict.agrees == "partly"
    assert "does not fall" in verdict.why


def test_hanin_is_wrong_where_nothing_fits():
    assert drawn("hanin-lengths", lengths(square=2, median=lambda beta: 1.2)).agrees == "no"


def test_in_measuring_the_mean_is_kept_and_the_median_falls():
    found = [hanin.lengths(widths, 1500, seed=0) for widths in ([10] * 2, [10] * 5, [10] * 10)]
    assert found[0]["mean"].low < 1 < found[0]["mean"].high
    highs, lows = [m["median"].high for m in found], [m["median"].low for m in found]
    assert highs[1] < lows[0]
    assert highs[2] < lows[1]


# Lu et al.


def test_the_bounds_of_small_networks_are_worked_out_by_hand():
    assert lu.at_one_input(2, 1) == 1 / 4
    assert lu.at_one_input(3, 2) == pytest.approx(1 - (7 / 8) ** 2)
    assert lu.at_least(5, 1) == pytest.approx(0)  # one layer never misses both signs
    # Two layers: with 1/2 both units have the same sign, and one input is dead already; the other
    # dies with 1/4. Otherwise the two are at right angles, and both die with 1/4 · 1/4.
    assert lu.at_least(2, 2) == pytest.approx(1 / 2 * 1 / 4 + 1 / 2 * 1 / 16)


def test_the_lower_bound_is_a_chain_of_two_states():
    for width, depth in ((2, 6), (4, 9), (7, 30)):
        p = 2.0**-width
        both, one = 1 - 2 * p, 2 * p  # after the first layer
        for _ in range(depth - 1):
            falls = 2 * p + (width - 2) * p**2  # only one lives on, or one unit is all that is left
            stays = 1 - falls - p**2
            both, one = both * stays, one * (1 - p) + both * falls
        assert lu.at_least(width, depth) == pytest.approx(1 - both - one)
        assert lu.at_least(width, depth) < lu.at_one_input(width, depth)


def test_networks_are_born_dead_as_often_as_the_closed_form_says():
    m = lu.born_dead(width=2, depth=2, networks=6000, seed=123)
    assert m["at_one"] / 6000 == pytest.approx(7 / 16, abs=0.025)
    assert m["everywhere"] / 6000 == pytest.approx(5 / 32, abs=0.018)  # exact for two layers


def born_dead(one=lambda upper, lower: upper, everywhere=lambda upper, lower: (upper + lower) / 2):
    cells = []
    for width, depth in product(lu.WIDTHS, lu.DEPTHS):
        bounds = lu.at_one_input(width, depth), lu.at_least(width, depth)
        cells.append(
            {
                "width": width,
                "depth": depth,
                "networks": 3000,
                "at_one": round(3000 * one(*bounds)),
                "everywhere": round(3000 * everywhere(*bounds)),
            }
        )
    return cells


def test_lu_is_right_where_shares_lie_on_the_formula_and_between_the_bounds():
    verdict = drawn("lu-born-dead", born_dead())
    assert verdict.agrees == "yes"
    assert "25 of 25 shapes" in verdict.measured
    assert "within the bounds for 25 of 25" in verdict.measured


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"one": lambda upper, lower: upper**2}, "more intervals miss the formula"),
        ({"everywhere": lambda upper, lower: upper**0.5}, "leaves the bounds"),
        ({"everywhere": lambda upper, lower: lower / 2}, "leaves the bounds"),
    ],
)
def test_lu_is_partly_right_where_one_of_the_two_fits(change, words):
    verdict = drawn("lu-born-dead", born_dead(**change))
    assert verdict.agrees == "partly"
    assert words in verdict.why


def test_lu_is_wrong_where_none_fits():
    none = born_dead(lambda upper, lower: upper / 2, lambda upper, lower: lower / 4)
    assert drawn("lu-born-dead", none).agrees == "no"


# XOR


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
