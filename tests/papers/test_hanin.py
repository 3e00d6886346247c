"""Hanin & Rolnick 2018 run again: lengths against the closed form, and every verdict."""

from math import exp

import numpy as np
import pytest
from verdicts import drawn

from initviz.papers import hanin


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
