"""Every activation against its own slope, PyTorch, and integrals over a normal z."""

from math import inf, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, special, stats

import initviz as iv
from initviz.networks.activations import ACTIVATIONS, ALIASES, softmax

every_activation = pytest.mark.parametrize("name", ACTIVATIONS)
settling = pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "sine"])
both_dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])

SMOOTH = np.linspace(-6, 6, 240)  # an even count: 0, where some have a kink, is not among them
WITH_ZERO = np.linspace(-6, 6, 241)

# f' far to the left and far to the right. A sine has no far out.
SLOPE_FAR_OUT = {
    "sigmoid": (0, 0),
    "tanh": (0, 0),
    "lecun_tanh": (0, 0),
    "relu": (0, 1),
    "leaky_relu": (0.01, 1),
    "selu": (0, 1.0507009873554805),
    "gelu": (0, 1),
    "silu": (0, 1),
    "elu": (0, 1),
    "mish": (0, 1),
    "softplus": (0, 1),
    "softsign": (0, 0),
    "identity": (1, 1),
}

STEEPEST = {
    "sigmoid": 1 / 4,
    "tanh": 1,
    "lecun_tanh": 1.7159 * 2 / 3,
    "relu": 1,
    "leaky_relu": 1,
    "selu": 1.0507009873554805 * 1.6732632423543772,  # just left of 0
    "gelu": stats.norm.cdf(sqrt(2)) + sqrt(2) * stats.norm.pdf(sqrt(2)),  # f'' = 0 at sqrt(2)
    "silu": 1.0998393201288669,  # at 2.3994, where f'' = 0 (mpmath)
    "elu": 1,
    "mish": 1.0884981612557279,  # at 1.4906 (mpmath)
    "softplus": 1,
    "softsign": 1,
    "sine": 30,
    "identity": 1,
}

# What torch.nn.init.calculate_gain documents.
PYTORCH_GAINS = {
    "sigmoid": 1,
    "tanh": 5 / 3,
    "relu": sqrt(2),
    "leaky_relu": sqrt(2 / (1 + 0.01**2)),
    "selu": 3 / 4,
    "identity": 1,
}

# 1 / sqrt(E[f(z)²]) and 1 / sqrt(E[f'(z)²]) for z ~ N(0, 1).
NORMAL_GAINS = {
    "tanh": (1.5925, 1.4674),
    "sigmoid": (1.8462, 4.7226),
    "relu": (1.4142, 1.4142),
    "selu": (1.0000, 0.9660),
    "gelu": (1.5335, 1.4811),
}


def normal_gain(f):
    """1 / sqrt(E[f(z)²]) for z ~ N(0, 1), integrated on each side of the kink at 0."""

    def integrand(z):
        return float(f(np.array([z]))[0] ** 2 * stats.norm.pdf(z))

    halves = [integrate.quad(integrand, *side)[0] for side in ((-12, 0), (0, 12))]
    return 1 / sqrt(sum(halves))


def test_the_tables_here_cover_every_activation():
    assert {*SLOPE_FAR_OUT, "sine"} == set(STEEPEST) == set(ACTIVATIONS)


@every_activation
def test_the_derivative_is_the_slope(name):
    f = ACTIVATIONS[name]
    z, h = f.unit * SMOOTH, f.unit * 1e-5
    slope = (f.function(z + h) - f.function(z - h)) / (2 * h)
    assert_allclose(f.derivative(z), slope, rtol=1e-8, atol=1e-9 / f.unit)


@every_activation
def test_value_and_derivative_are_those_of_pytorch(name, torch, torch_activations):
    z = torch.tensor(WITH_ZERO, requires_grad=True)
    value = torch_activations[name](z)
    value.sum().backward()
    assert_allclose(ACTIVATIONS[name].function(WITH_ZERO), value.detach(), rtol=1e-12, atol=1e-14)
    assert_allclose(ACTIVATIONS[name].derivative(WITH_ZERO), z.grad, rtol=1e-12, atol=1e-14)


@both_dtypes
@every_activation
def test_shape_and_dtype_are_kept(name, dtype):
    z = WITH_ZERO[:240].reshape(2, 3, 40).astype(dtype)
    for f in (ACTIVATIONS[name].function, ACTIVATIONS[name].derivative):
        assert (f(z).shape, f(z).dtype) == (z.shape, z.dtype)
        assert_allclose(f(z[1, 2]), f(z)[1, 2], rtol=1e-6)


@both_dtypes
@settling
def test_the_slope_far_out_is_its_limit(name, dtype):
    z = np.array([-1e4, 1e4], dtype)
    assert np.isfinite(ACTIVATIONS[name].function(z)).all()
    assert_allclose(ACTIVATIONS[name].derivative(z), SLOPE_FAR_OUT[name], rtol=1e-6, atol=2e-8)


@both_dtypes
@settling
def test_the_largest_floats_give_no_nan_and_no_warning(name, dtype):
    z = np.array([-1, 1], dtype) * np.finfo(dtype).max / 2
    assert not np.isnan(ACTIVATIONS[name].function(z)).any()
    assert_allclose(ACTIVATIONS[name].derivative(z), SLOPE_FAR_OUT[name], rtol=1e-6, atol=1e-12)


def test_a_sine_goes_on_as_far_as_numbers_go_and_at_infinity_is_none():
    z = np.geomspace(1, 1e300, 1000)
    row = ACTIVATIONS["sine"]
    assert_allclose(row.function(z) ** 2 + (row.derivative(z) / 30) ** 2, 1, rtol=1e-12)
    with np.errstate(invalid="ignore"):
        far = np.array([-inf, inf, np.nan])
        assert np.isnan([row.function(far), row.derivative(far)]).all()


@every_activation
def test_the_range_is_where_the_values_lie(name):
    z = np.concatenate([np.linspace(-1e4, 1e4, 2001), np.linspace(-5, 5, 10_001)])
    values = ACTIVATIONS[name].function(z)
    low, high = ACTIVATIONS[name].range
    assert values.min() == pytest.approx(low, abs=2e-4) if low > -inf else values.min() < -99
    assert values.max() == pytest.approx(high, abs=2e-4) if high < inf else values.max() > 999
    assert low <= values.min()
    assert values.max() <= high


@pytest.mark.parametrize(("name", "gain"), PYTORCH_GAINS.items())
def test_where_pytorch_has_a_gain_it_is_taken(name, gain):
    assert ACTIVATIONS[name].gain == pytest.approx(gain, rel=1e-12)


@pytest.mark.parametrize("name", PYTORCH_GAINS)
def test_calculate_gain_says_the_same(name, torch):
    nonlinearity = "linear" if name == "identity" else name
    gain = torch.nn.init.calculate_gain(nonlinearity, 0.01 if name == "leaky_relu" else None)
    assert ACTIVATIONS[name].gain == pytest.approx(gain, rel=1e-12)


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n not in PYTORCH_GAINS])
def test_elsewhere_the_gain_keeps_the_mean_square_of_a_normal_z(name):
    assert ACTIVATIONS[name].gain == pytest.approx(normal_gain(ACTIVATIONS[name].function), 1e-5)


@pytest.mark.parametrize(("name", "gains"), NORMAL_GAINS.items())
def test_the_integrals_over_a_normal_z_are_the_known_ones(name, gains):
    f = ACTIVATIONS[name]
    assert normal_gain(f.function) == pytest.approx(gains[0], abs=5.1e-5)
    assert normal_gain(f.derivative) == pytest.approx(gains[1], abs=5.1e-5)


@every_activation
def test_the_steepest_slope_is_the_known_one(name):
    assert ACTIVATIONS[name].steepest == pytest.approx(STEEPEST[name], rel=1e-6)


def test_softmax_is_taken_over_the_units():
    z = np.random.default_rng(0).normal(size=(2, 3, 4))
    assert_allclose(softmax(z), special.softmax(z, axis=1), rtol=1e-14)


@both_dtypes
def test_softmax_takes_any_size_of_z(dtype):
    z = np.array([[-1e30], [0], [1e30]], dtype)
    assert softmax(z).dtype == dtype
    assert softmax(z).ravel().tolist() == [0, 0, 1]


@pytest.mark.parametrize(("theirs", "ours"), ALIASES.items())
def test_what_others_call_an_activation_is_understood(theirs, ours):
    assert theirs not in ACTIVATIONS
    assert iv.Experiment(activation=theirs.upper()).activation == ours
    assert iv.init_network((2, 3, 1), theirs).activation == ours
    assert iv.theory.gain(theirs) == iv.theory.gain(ours)
    assert iv.theory.norm_chi(theirs, "batch") == iv.theory.norm_chi(ours, "batch")
