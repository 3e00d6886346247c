"""What is measured of one layer: where it is saturated, which units differ, moments."""

from math import inf, isnan, log, nan

import numpy as np
import pytest
from checkups.torch_models import F, torch
from hypothesis import assume, example, given
from hypothesis import strategies as st

import initviz as iv
from initviz.checkups.layer import GRID, Flat, Outputs, distinct_points, flat_parts, moments
from initviz.checkups.torch.layers import _parts
from initviz.measure.standards import is_always_saturated, is_dead, is_saturated, saturated_word


@given(st.sampled_from(sorted(iv.ACTIVATIONS)), st.floats(-11.9, 11.9))
def test_an_activation_is_flat_where_its_exact_slope_is_below_a_tenth(name, z):
    bend = iv.ACTIVATIONS[name]
    low, high, _ = flat_parts(bend.function(GRID))
    assume(min(abs(z - low), abs(z - high)) > 0.02)  # the grid's width, and more
    slopes = abs(bend.derivative(np.append(GRID, z)))
    if z <= low or z >= high:
        assert slopes[-1] < 0.1 * slopes.max()
    elif name not in ("gelu", "silu", "mish", "sine"):  # with flat places in valleys, on crests
        assert slopes[-1] > 0.1 * slopes.max()


@pytest.mark.parametrize("name", iv.ACTIVATIONS)
def test_rectifiers_and_dead_units_are_those_of_our_own_activations(name):
    flat = flat_parts(iv.ACTIVATIONS[name].function(GRID))
    assert flat.rectifies == iv.ACTIVATIONS[name].rectifies == (name in ("relu", "leaky_relu"))
    z = np.array([[-9.0, -9], [9, 9]])
    seen = Outputs()
    seen.note_saturated(z, flat)
    assert seen.dead_word == saturated_word(name)
    units = is_always_saturated(z, name) if flat.rectifies else is_saturated(z, name)
    assert seen.saturated == [units.mean()]
    assert (seen.dead_word == "dead") == bool(is_dead(z, name).any() and flat.rectifies)


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
def test_flat_parts_known_in_closed_form(function, ends):
    found = flat_parts(function(torch.tensor(GRID)).numpy())
    assert found[:2] == pytest.approx(ends, abs=0.006)
    assert found.rectifies == (ends[0] == 0)
    if found.rectifies:
        assert found.zero == (function is not F.leaky_relu)


@pytest.mark.parametrize(
    ("flat", "word", "share"),
    [
        (Flat(0, inf, True), "dead", 1 / 3),
        (Flat(0, inf, False), "saturated", 1 / 3),  # always, but their slope is not 0
        (Flat(0, 6, True), "dead", 2 / 3),  # below 0 or above 6, on every sample
        (Flat(-1, 1, True), "saturated", 7 / 9),
        (Flat(-inf, inf, True), "saturated", 0),
    ],
)
def test_saturated_units(flat, word, share):
    seen = Outputs()
    seen.note_saturated(np.array([[-9.0, -9, -9], [-9, 0.5, 0.2], [9, -9, 9]]), flat)
    assert (seen.saturated, seen.dead_word) == ([pytest.approx(share)], word)


@given(st.integers(2, 40), st.integers(0, 39), st.integers(0, 5), st.booleans())
@example(3000, 7, 0, False)
def test_distinct_points_counts_planted_equals(units, equal, seed, in_weights_only):
    equal = min(equal, units - 1)
    rng = np.random.default_rng(seed)
    W, slopes = rng.normal(size=(2, units, 6))
    W[units - equal :] = W[0]
    if not in_weights_only:
        slopes[units - equal :] = slopes[0]
    points = (moments([each.astype(np.float32)])[-1] for each in (W, slopes))
    both = units if in_weights_only else units - equal
    assert distinct_points(*points) == (both, units - equal)


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
    values = (mean + std * np.random.default_rng(size).normal(size=(3, size))).astype(dtype)
    exact = values.astype(float)
    expected = exact.mean(), exact.std(), np.sqrt((exact**2).mean())
    assume(expected[1] > 1e-4 * expected[2])
    found = moments([values[:1], values[1:]])
    assert found[:3] == pytest.approx(expected, rel=1e-4, abs=1e-6 * expected[2])
    np.testing.assert_allclose(found[3], moments([values])[3])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_equal_numbers_have_no_std_and_half_precision_is_measured_in_full(dtype):
    assert moments(_parts(torch.full((70_001,), 0.1, dtype=dtype), 0))[1] == 0
    values = (0.5 + torch.randn(3_000_000)).to(dtype)
    found, exact = moments(_parts(values, 0)), values.double()
    assert found[:2] == pytest.approx((exact.mean().item(), exact.std().item()), rel=1e-5)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_parts_are_all_the_rows_in_their_order(axis):
    values = torch.randn(300, 70, 40)
    parts = list(_parts(values, axis))
    assert len(parts) > 1
    assert all(part.size <= 2**16 for part in parts)
    expected = values.movedim(axis, 0).flatten(1).double().numpy()
    np.testing.assert_array_equal(np.concatenate(parts), expected)
