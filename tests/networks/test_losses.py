"""Every loss against scipy, PyTorch and its own slope."""

from decimal import Context, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import expit, log_expit, log_softmax

from initviz.networks.losses import LOSSES, check_loss, encode_targets

R, K, N = 2, 3, 5
Z = np.random.default_rng(0).normal(scale=3, size=(R, K, N))
NUMBERS = np.random.default_rng(1).normal(size=(K, N))
ZERO_ONE = np.random.default_rng(2).integers(2, size=(K, N)).astype(float)
ONE_HOT = np.eye(K)[:, [0, 2, 1, 1, 0]]

ROWS = [
    ("squared_error", "identity", NUMBERS),
    ("squared_error", "sigmoid", ZERO_ONE),
    ("binary_cross_entropy", "sigmoid", ZERO_ONE),
    ("softmax_cross_entropy", "softmax", ONE_HOT),
]
every_row = pytest.mark.parametrize(("loss", "output", "targets"), ROWS)


def by_scipy(loss, output, z, t):
    """The loss of one restart, written down once more."""
    if loss == "squared_error":
        return (((expit(z) if output == "sigmoid" else z) - t) ** 2).sum() / N
    if loss == "binary_cross_entropy":
        return -(t * log_expit(z) + (1 - t) * log_expit(-z)).sum() / N
    return -(t * log_softmax(z, axis=0)).sum() / N


def test_the_rows_here_cover_every_loss_and_output():
    pairs = {(name, output) for name, loss in LOSSES.items() for output in loss.outputs}
    assert {row[:2] for row in ROWS} == pairs


@every_row
def test_the_loss_of_every_restart_is_the_formula(loss, output, targets):
    values = LOSSES[loss].value(Z, targets, output)
    assert_allclose(values, [by_scipy(loss, output, z, targets) for z in Z], rtol=1e-12)


@every_row
def test_the_gradient_is_the_slope_of_the_loss(loss, output, targets):
    gradient, h = LOSSES[loss].gradient(Z, targets, output), 1e-5
    assert gradient.shape == Z.shape
    for unit, sample in np.ndindex(K, N):
        step = np.zeros_like(Z)
        step[:, unit, sample] = h
        up, down = (LOSSES[loss].value(z, targets, output) for z in (Z + step, Z - step))
        assert_allclose(gradient[:, unit, sample], (up - down) / (2 * h), rtol=1e-7, atol=1e-9)


@every_row
def test_the_loss_is_that_of_pytorch(loss, output, targets, torch):
    F = torch.nn.functional
    z, t = torch.tensor(Z[0].T), torch.tensor(targets.T)
    value = {
        "squared_error": lambda: F.mse_loss(
            torch.sigmoid(z) if output == "sigmoid" else z, t, reduction="sum"
        ),
        "binary_cross_entropy": lambda: F.binary_cross_entropy_with_logits(z, t, reduction="sum"),
        "softmax_cross_entropy": lambda: F.cross_entropy(z, t, reduction="sum"),
    }[loss]()
    assert LOSSES[loss].value(Z, targets, output)[0] == pytest.approx(float(value) / N, rel=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("z", "target", "expected"), [(-800, 1, 800), (800, 1, 0), (1e4, 0, 1e4)])
def test_binary_cross_entropy_stays_exact_where_the_sigmoid_is_0_or_1(z, target, expected, dtype):
    z, targets = np.full((1, 1, 1), z, dtype), np.full((1, 1), target, dtype)
    value = LOSSES["binary_cross_entropy"].value(z, targets, "sigmoid")
    assert (value.item(), value.dtype) == (expected, dtype)
    slope = LOSSES["binary_cross_entropy"].gradient(z, targets, "sigmoid")
    assert slope.item() == (z > 0).item() - target


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_cross_entropy_stays_exact_for_large_z(dtype):
    z, targets = np.array([[[-1e4], [1e4]]], dtype), np.array([[1], [0]], dtype)
    assert LOSSES["softmax_cross_entropy"].value(z, targets, "softmax").item() == 2e4
    slope = LOSSES["softmax_cross_entropy"].gradient(z, targets, "softmax")
    assert slope.ravel().tolist() == [-1, 1]


def exact_cross_entropy(z, shares):
    """Of one sample, to a hundred digits; shares sum to 1."""
    with localcontext(Context(prec=100, Emin=-(10**17), Emax=10**17)):
        z = [Decimal(float(each)) for each in z]
        log_sum = sum((each - max(z)).exp() for each in z).ln()
        missed = (Decimal(t) * (max(z) - each) for t, each in zip(shares, z, strict=True))
        return float(log_sum + sum(missed))


def by_compiled_code(z, targets):
    """Of one sample, (outputs,)."""
    compiled = pytest.importorskip("initviz.training.compiled", exc_type=ImportError)
    z, targets = z[:, np.newaxis], targets[:, np.newaxis]
    return compiled.softmax_cross_entropy(z, targets, np.empty_like(z))


def by_the_loss(z, targets):
    value = LOSSES["softmax_cross_entropy"].value
    return value(z[np.newaxis, :, np.newaxis], targets[:, np.newaxis], "softmax").item()


sums = st.floats(-1e30, 1e30) | st.floats(-50, 50)


@pytest.mark.parametrize(("dtype", "precision"), [("float32", 5e-7), ("float64", 1e-15)])
@pytest.mark.parametrize("measured", [by_the_loss, by_compiled_code])
@given(
    z=st.lists(sums, min_size=2, max_size=10) | st.tuples(sums, st.integers(2, 9)),
    right=st.integers(0, 9),
)
def test_softmax_cross_entropy_is_right_at_every_size_of_z(measured, dtype, precision, z, right):
    """Also where all z are equal and large: then it is log K, as for any other guess."""
    z = np.array([z[0]] * z[1] if isinstance(z, tuple) else z, dtype)
    targets = np.eye(len(z), dtype=dtype)[right % len(z)]
    expected = exact_cross_entropy(z, targets.tolist())
    # What the answer is made of has the size of the answer itself, or of log K.
    assert measured(z, targets) == pytest.approx(expected, rel=4 * precision, abs=10 * precision)


@given(sums, st.lists(st.integers(0, 9), min_size=2, max_size=6).filter(any))
def test_so_it_is_with_shares_for_targets(level, counts):
    shares = np.array(counts) / sum(counts)
    z = level + np.arange(len(shares))
    expected = exact_cross_entropy(z, shares.tolist())
    assert by_the_loss(z, shares) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("measured", [by_the_loss, by_compiled_code])
def test_a_z_too_far_below_for_the_dtype_counts_as_nothing(measured):
    z = np.array([3e38, -3e38], "float32")
    with np.errstate(all="ignore"):
        assert measured(z, np.array([1, 0], "float32")) == 0
        assert measured(z, np.array([0, 1], "float32")) == np.inf


@given(st.floats(-700, 700), st.sampled_from([0.0, 1.0]))
def test_binary_cross_entropy_is_exact_to_the_last_digits_for_a_sure_answer(z, target):
    expected = exact_cross_entropy([z, 0.0], [target, 1 - target])
    for dtype, precision in (("float64", 1e-15), ("float32", 1e-6)):
        given = np.full((1, 1, 1), z, dtype)
        value = LOSSES["binary_cross_entropy"].value(given, np.full((1, 1), target, dtype), "")
        expected = exact_cross_entropy([given.item(), 0.0], [target, 1 - target])
        if np.finfo(dtype).tiny < expected:
            assert value.item() == pytest.approx(expected, rel=4 * precision)


@pytest.mark.parametrize("y", [[[1, 1, 0]], [[0, 0, 0]], [[0.5, 0.2, 0.2]]])
def test_shares_that_do_not_sum_to_one_are_named(y):
    with pytest.raises(ValueError, match=r"^y=array\(.*shares of the classes that sum to 1"):
        encode_targets(np.array(y), "softmax_cross_entropy", 3)


def test_class_numbers_become_one_hot_columns():
    encoded = encode_targets(np.array([0, 2, 1]), "softmax_cross_entropy", 3)
    assert encoded.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_targets_come_out_with_the_samples_last():
    y = np.arange(6.0).reshape(3, 2)
    assert encode_targets(y, "squared_error", 2).tolist() == [[0, 2, 4], [1, 3, 5]]
    assert encode_targets(y[:, 0], "squared_error", 1).tolist() == [[0, 2, 4]]


@pytest.mark.parametrize(
    ("said", "name"), [("mse", "squared_error"), ("BCE", "binary_cross_entropy")]
)
def test_the_name_that_another_library_gives_a_loss_is_told_its_own(said, name):
    with pytest.raises(ValueError, match=f"^loss='{said}': this loss is called {name}$"):
        check_loss(said)


def test_a_loss_matches_whatever_its_case():
    assert check_loss("Squared_Error") == "squared_error"
