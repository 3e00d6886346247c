"""What is measured of one layer: where it is saturated, which units differ, moments."""

from math import inf, isnan, log, nan

import numpy as np
import pytest
from checkups.torch_models import F, torch
from hypothesis import assume, example, given
from hypothesis import strategies as st

import initviz as iv
from initviz.checkups.arrays import moments, note_saturated, on_lines
from initviz.checkups.layer import GRID, Answers, distinct_points, flat_ends, is_rectifier


@given(st.sampled_from(sorted(iv.ACTIVATIONS)), st.floats(-11.9, 11.9))
def test_an_activation_is_flat_where_its_exact_slope_is_below_a_tenth(name, z):
    bend = iv.ACTIVATIONS[name]
    low, high = flat_ends(bend.function(GRID))
    assume(min(abs(z - low), abs(z - high)) > 0.02)  # the grid's width, and more
    slopes = abs(bend.derivative(np.append(GRID, z)))
    if z <= low or z >= high:
        assert slopes[-1] < 0.1 * slopes.max()
    elif name != "gelu":  # which has a flat place in its valley
        assert slopes[-1] > 0.1 * slopes.max()


@pytest.mark.parametrize(
    ("function", "ends"),
    [
        (torch.relu, (0, inf)),
        (F.relu6, (0, 6)),
        (torch.tanh, (-1.818, 1.818)),  # artanh √0.9
        (torch.sigmoid, (-3.637, 3.637)),  # twice that
        (F.hardtanh, (-1, 1)),
        (F.hardsigmoid, (-3, 3)),
        (F.elu, (log(0.1), inf)),
        (F.softplus, (-log(9), inf)),
        (F.leaky_relu, (0, inf)),
        (lambda z: F.leaky_relu(z, 0.2), (-inf, inf)),
        (lambda z: z, (-inf, inf)),
    ],
)
def test_flat_ends_known_in_closed_form(function, ends):
    found = flat_ends(function(torch.tensor(GRID)).numpy())
    assert found == pytest.approx(ends, abs=0.006)


@pytest.mark.parametrize(
    ("ends", "word"), [((0, inf), "dead"), ((0, 6), "dead"), ((-1, 1), "saturated")]
)
def test_saturated_units(ends, word):
    z = np.array([[-9.0, -9, 9], [-9, 0.5, 9], [-9, 9, 9]])
    seen = Answers()
    note_saturated(seen, z, ends)
    expected = {(0, inf): 1 / 3, (0, 6): 2 / 3, (-1, 1): 8 / 9}[ends]
    assert (seen.saturated, seen.dead_word) == ([pytest.approx(expected)], word)
    assert is_rectifier(ends) == (word == "dead")


@given(st.integers(2, 40), st.integers(0, 39), st.integers(0, 5), st.booleans())
@example(3000, 7, 0, False)
def test_distinct_points_counts_planted_twins(units, twins, seed, in_weights_only):
    twins = min(twins, units - 1)
    rng = np.random.default_rng(seed)
    W, slopes = rng.normal(size=(2, units, 6))
    W[units - twins :] = W[0]
    if not in_weights_only:
        slopes[units - twins :] = slopes[0]
    points = on_lines(W.astype(np.float32), 0), on_lines(slopes.astype(np.float32), 0)
    both = units if in_weights_only else units - twins
    assert distinct_points(*points) == (both, units - twins)


def test_distinct_points_that_are_not_finite_say_nothing():
    points = np.array([[0.0, 1], [nan, 2]])
    assert all(map(isnan, distinct_points(points, np.zeros((2, 2)))))
    assert distinct_points(np.zeros((4, 2)), np.zeros((4, 2))) == (1, 1)


@given(
    st.floats(-100, 100),
    st.floats(1e-3, 100),
    st.integers(1, 500),
    st.sampled_from([np.float32, np.float64]),
)
def test_moments_are_those_of_numpy_in_float64(mean, std, size, dtype):
    from initviz.checkups.pytorch import _moments

    values = (mean + std * np.random.default_rng(size).normal(size=size)).astype(dtype)
    exact = values.astype(float)
    expected = exact.mean(), exact.std(), np.sqrt((exact**2).mean())
    assume(expected[1] > 1e-4 * expected[2])
    for found in (moments(values), _moments(torch.tensor(values))):
        assert found == pytest.approx(expected, rel=2e-3, abs=1e-5 * expected[2])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_equal_numbers_have_no_std_and_half_precision_is_measured_in_full(dtype):
    from initviz.checkups.pytorch import _moments

    assert _moments(torch.full((70_001,), 0.1, dtype=dtype))[1] == 0
    assert moments(np.full(300_001, 0.1, np.float32))[1] == 0
    values = (0.5 + torch.randn(3_000_000)).to(dtype)
    found, exact = _moments(values), values.double()
    assert found[:2] == pytest.approx((exact.mean().item(), exact.std().item()), rel=1e-3)
