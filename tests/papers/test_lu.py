"""Lu et al. 2020 run again: networks born dead against the bounds, and every verdict."""

from itertools import product

import pytest
from verdicts import drawn

from initviz.papers import lu


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
