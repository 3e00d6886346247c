"""Schoenholz et al. 2017 run again: the theory's depth, and the depth that trains."""

from itertools import product
from math import log

import numpy as np
import pytest
from verdicts import drawn

from initviz.measure import theory
from initviz.papers import schoenholz


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
