"""Intervals against published numbers, other formulas, and their promise: to enclose the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import initviz as iv


@given(st.integers(0, 40), st.integers(1, 40))
def test_wilson_is_what_scipy_has(hits, misses):
    from scipy.stats import binomtest

    interval = iv.proportion_interval([True] * hits + [False] * misses)
    limits = binomtest(hits, hits + misses).proportion_ci(method="wilson")
    assert (interval.low, interval.high) == pytest.approx((limits.low, limits.high), abs=1e-12)


def test_wilson_gives_the_numbers_of_newcombe_1998():
    """Table I of Newcombe, Statistics in Medicine 17, 857-872: 81/263, 15/148, 0/20, 1/29."""
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (hits, n), limits in published.items():
        interval = iv.proportion_interval([True] * hits + [False] * (n - hits))
        assert interval.value == hits / n
        assert (interval.low, interval.high) == pytest.approx(limits, abs=5e-5)


def test_the_limits_of_a_median_are_the_tabulated_order_statistics():
    """n=10: 2nd and 9th; n=20: 6th and 15th; n=32: 10th and 23rd (sign test tables, 95 %)."""
    for n, rank in ((10, 2), (20, 6), (32, 10)):
        values = np.random.default_rng(0).permutation(n) + 1.0
        assert iv.median_interval(values) == (rank, (n + 1) / 2, n + 1 - rank)


@given(st.integers(6, 60), st.sampled_from([0.8, 0.95]))
def test_a_medians_interval_encloses_it_as_often_as_promised(n, confidence):
    from scipy.stats import binom

    interval = iv.median_interval(np.arange(1.0, n + 1), confidence)
    k = int(interval.low)
    assert 1 - 2 * binom.cdf(k - 1, n, 0.5) >= confidence
    assert 1 - 2 * binom.cdf(k, n, 0.5) < confidence  # the next narrower one would not do


def test_what_never_happened_counts_and_few_values_enclose_nothing():
    assert iv.median_interval([1.0, 2.0, np.inf, np.inf, np.inf, np.inf, np.inf]).value == np.inf
    assert iv.median_interval([1.0, 2.0, 3.0, 4.0, 5.0])[::2] == (-np.inf, np.inf)


@pytest.mark.parametrize("function", [iv.proportion_interval, iv.median_interval])
@pytest.mark.parametrize(
    "nonsense",
    [[], [[1, 2]], ["a"], 3, None, [[1], [1, 2]], np.ma.masked_array([1, 0], mask=[1, 0])],
)
def test_what_is_no_row_of_numbers_is_refused(function, nonsense):
    with pytest.raises(ValueError, match=r"^(hits|values)=.*: give a row of at least one number"):
        function(nonsense)


def test_nan_and_confidence_beyond_one_are_refused():
    with pytest.raises(ValueError, match="values=nan"):
        iv.median_interval([1.0, np.nan])
    with pytest.raises(ValueError, match="confidence=95"):
        iv.proportion_interval([True], 95)


@pytest.mark.parametrize("hit", [0.3, np.nan, 2])
def test_hits_are_true_or_false(hit):
    with pytest.raises(ValueError, match="hits="):
        iv.proportion_interval([hit, 0.0])


def test_wilson_takes_the_confidence_asked_for():
    from scipy.stats import binomtest

    limits = binomtest(3, 10).proportion_ci(0.5, method="wilson")
    assert iv.proportion_interval([True] * 3 + [False] * 7, 0.5)[::2] == pytest.approx(
        tuple(limits)
    )
