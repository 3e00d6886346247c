"""Theory of residual blocks and norms against simulation, closed forms and published numbers."""

import re
from dataclasses import dataclass
from math import e, inf, nan, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import initviz as iv
from initviz.measure import theory
from initviz.measure.blocks import norm_chi, propagate_blocks, siren_variances

WIDTH, BLOCKS, NETWORKS, BATCH, COSINE = 1000, 3, 16, 64, 0.5


@dataclass(frozen=True)
class Case:
    activation: str
    norm: str
    skip: bool
    alpha: float
    sigma_w: float = 1.0
    sigma_b: float = 0.0

    @property
    def rule(self):
        return {"norm": self.norm, "skip": self.skip, "alpha": self.alpha}


CASES = [
    Case("relu", "none", True, 1.0, sqrt(2)),
    Case("relu", "none", True, -0.5, sqrt(2), 0.3),
    Case("tanh", "none", True, 0.7, 1.5, 0.2),
    Case("gelu", "none", False, 1.5, 1.2),
    Case("relu", "batch", False, 1.0, 7.0),
    Case("tanh", "batch", False, 1.0, sigma_b=3.0),
    Case("relu", "batch", True, 1.0),
    Case("tanh", "layer", False, 1.0, 0.1),
    Case("silu", "layer", True, 0.5, 2.0, 1.0),
]


def backwards(case, a, W, b, noise):
    """(a behind the block, what noise behind it has become before it), a: (units, samples)."""
    row, z = iv.ACTIVATIONS[case.activation], case.sigma_w * (W @ a) + case.sigma_b * b
    axis = {"none": None, "batch": 1, "layer": 0}[case.norm]
    size = 1.0
    if axis is not None:
        z = z - z.mean(axis, keepdims=True)
        size = z.std(axis, keepdims=True)
        z = z / size
    back = case.alpha * row.derivative(z) * noise
    if axis is not None:
        back = back - back.mean(axis, keepdims=True) - z * (back * z).mean(axis, keepdims=True)
    returned = case.sigma_w * (W.T @ (back / size)) + case.skip * noise
    return case.skip * a + case.alpha * row.function(z), returned


def measured(case, a, W, b, noise):
    """Mean, mean square and cosine behind the last block, and the squared gradient's growth."""
    growth = 1.0
    for each in zip(W, b, noise, strict=True):
        a, back = backwards(case, a, *each)
        growth *= (back**2).mean() / (each[2] ** 2).mean()
    square = (a**2).mean()
    gram = a.T @ a / len(a)
    pairs = (gram.sum() - np.trace(gram)) / (len(gram) * (len(gram) - 1))
    return a.mean(), square, pairs / square, growth


@pytest.fixture(scope="module")
def simulated():
    """{case: (networks, 4)}; the same weights serve all of them."""
    rng, found = np.random.default_rng(0), {case: [] for case in CASES}
    for _ in range(NETWORKS):
        W = rng.standard_normal((BLOCKS, WIDTH, WIDTH), "float32") / np.float32(sqrt(WIDTH))
        b = rng.standard_normal((BLOCKS, WIDTH, 1), "float32")
        own, common = (
            rng.standard_normal((WIDTH, BATCH), "float32"),
            rng.standard_normal((WIDTH, 1)),
        )
        a = (sqrt(COSINE) * common + sqrt(1 - COSINE) * own).astype("float32")
        noise = rng.standard_normal((BLOCKS, WIDTH, BATCH), "float32")
        for case, rows in found.items():
            rows.append(measured(case, a, W, b, noise))
    return {case: np.array(rows) for case, rows in found.items()}


@pytest.mark.xdist_group("blocks")  # or both workers would draw them
@pytest.mark.parametrize("case", CASES, ids=str)
def test_wide_blocks_do_what_theory_says(case, simulated):
    """Within 3 standard errors of 16 networks; of batch norm theory knows an endless batch alone,
    and these have 64."""
    where = case.activation, case.sigma_w, case.sigma_b
    course = propagate_blocks(BLOCKS, *where, **case.rule, cosine=COSINE)
    last = (course.mean[-1], course.square[-1], course.cosine[-1], course.gradient.prod())
    found, expected = simulated[case].astype(float), np.array(last)
    error = found.std(axis=0, ddof=1) / sqrt(NETWORKS)
    limited = 2 / BATCH * np.maximum(1, expected) if case.norm == "batch" else 0
    assert (np.abs(found.mean(axis=0) - expected) < 3 * error + limited).all()
    assert (error < 0.03 * np.maximum(1, expected)).all()


def test_blocks_without_anything_are_plain_layers():
    layers = theory.propagate(6, 1.7, 0.4, "tanh", 1.3)
    course = propagate_blocks(5, "tanh", 1.3, skip=False, square=1.7 / 1.69, cosine=0.4)
    np.testing.assert_allclose(1.69 * course.square, layers.variance, rtol=1e-9)
    np.testing.assert_allclose(course.cosine, layers.correlation, rtol=1e-7)
    np.testing.assert_allclose(course.gradient, layers.chi[:-1], rtol=1e-9)


@pytest.mark.parametrize("blocks", [1, 10, 100, 1000])
def test_an_unbent_branch_grows_as_the_papers_say(blocks):
    def grown(alpha):
        return propagate_blocks(blocks, "identity", 1.0, alpha=alpha).square[-1]

    assert grown(1.0) == pytest.approx(2.0**blocks)
    assert grown(1 / sqrt(blocks)) == pytest.approx((1 + 1 / blocks) ** blocks)
    assert grown(1 / sqrt(blocks)) == pytest.approx(e, rel=0.6 / blocks**0.9)
    assert grown(0.0) == 1


def test_a_branch_that_is_never_negative_grows_faster():
    tanh, relu = (
        propagate_blocks(30, f, gain, alpha=1 / sqrt(30))
        for f, gain in (("tanh", 1.0), ("relu", sqrt(2)))
    )
    assert tanh.square[-1] < e < 100 < relu.square[-1]
    assert tanh.mean[-1] == pytest.approx(0, abs=1e-12)
    assert relu.cosine[-1] > 0.9  # what all inputs gain is the same


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_behind_norms_the_gradient_settles_on_a_number_of_the_activation(activation, norm):
    course = propagate_blocks(9, activation, 3.0, norm=norm, skip=False)
    assert course.gradient[-1] == pytest.approx(norm_chi(activation, norm), rel=1e-9)


def test_the_published_explosion_of_batch_norm():
    assert norm_chi("relu", "batch") == pytest.approx(pi / (pi - 1), rel=1e-10)
    assert norm_chi("tanh", "batch") == pytest.approx(1.178, abs=5e-4)
    for norm in ("batch", "layer"):
        assert norm_chi("identity", norm) == pytest.approx(1, rel=1e-10)
    assert norm_chi("relu", "layer") == pytest.approx(1, rel=1e-10)


def test_skips_tame_it():
    """Each block adds the same to what varies, and so the l-th one multiplies by 1 + 1 / l."""
    gradient = propagate_blocks(400, "relu", 1.0, norm="batch").gradient
    assert 400 * (gradient[-1] - 1) == pytest.approx(pi / (pi - 1), rel=0.01)


@pytest.mark.parametrize("features", [1, 2, 64])
def test_sirens_sums_are_those_of_a_simulation(features):
    """U(±1 / n), then U(±√(6 / n) / 30): 12 networks of 1000 units, inputs all over (-1, 1)."""
    rng, found = np.random.default_rng(features), []
    X = rng.uniform(-1, 1, (features, 30))
    X /= np.sqrt(2 * (X**2).mean(axis=0))
    for _ in range(12):
        a, squares, reach = X, [], 1 / features
        for _ in range(5):
            z = 30 * rng.uniform(-reach, reach, (1000, len(a))) @ a
            squares.append((z**2).mean())
            a, reach = np.sin(z), sqrt(6 / 1000) / 30
        found.append(squares)
    ratio = np.array(found) / siren_variances(5, features, 0.5)
    error = ratio.std(axis=0, ddof=1) / sqrt(12)
    assert (np.abs(ratio.mean(axis=0) - 1) < 3 * error).all()


def test_siren_settles_below_what_its_paper_says():
    v = siren_variances(60, 2)
    assert v[1] == pytest.approx(1, abs=1e-9)
    assert v[-1] == pytest.approx(0.796812, abs=1e-6)
    np.testing.assert_allclose(v[1:], 1 - np.exp(-2 * v[:-1]), rtol=1e-12)


@given(
    st.sampled_from(sorted(iv.ACTIVATIONS)),
    st.sampled_from(["none", "batch", "layer"]),
    st.booleans(),
    *[st.floats(0, 1e3)] * 3,
    st.floats(-2, 2),
)
def test_what_comes_out_can_be(activation, norm, skip, sigma_w, sigma_b, square, alpha):
    rule = {"norm": norm, "skip": skip, "alpha": alpha, "square": square}
    course = propagate_blocks(5, activation, sigma_w, sigma_b, **rule)
    known = np.isfinite(course.square)
    assert (course.square >= 0).all()
    rounding = 1 + 1e-9
    assert (course.mean[known] ** 2 <= rounding * course.square[known]).all()
    assert not (np.abs(course.cosine[known]) > rounding).any()
    assert not (course.gradient < 0).any()


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "tanh"])
@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize("skip", [False, True])
def test_weights_of_zero_leave_what_a_network_has(activation, norm, skip):
    """Sums that are all 0 stay 0 behind a norm."""
    block = iv.init_network((8, 8, 8, 8, 1), activation, "zeros", norm=norm, skip=skip)
    X = np.random.default_rng(0).standard_normal((5, 8))
    first, *others = iv.forward(block, X)[1:-1]
    square = float((first**2).mean())
    start = {"mean": float(first.mean()), "square": square, "cosine": 1.0}
    course = propagate_blocks(2, activation, 0.0, norm=norm, skip=skip, **start)
    for n, a in enumerate(others, start=1):
        np.testing.assert_allclose(course.mean[n], a.mean(), atol=1e-12)
        np.testing.assert_allclose(course.square[n], (a**2).mean(), atol=1e-12)
    np.testing.assert_array_equal(course.gradient, float(skip))
    if square > 0:
        np.testing.assert_allclose(course.cosine, 1.0)


def test_what_no_number_can_hold_is_inf():
    course = propagate_blocks(2000, "relu", sqrt(2))
    assert course.square[-1] == inf
    assert np.isnan([course.mean[-1], course.cosine[-1], course.gradient[-1]]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: propagate_blocks(-1, "relu", 1.0), "blocks=-1"),
        (lambda: propagate_blocks(3, "rely", 1.0), "activation='rely': did you mean 'relu'"),
        (lambda: propagate_blocks(3, "relu", -1.0), "sigma_w=-1.0"),
        (lambda: propagate_blocks(3, "relu", 1.0, nan), "sigma_b=nan"),
        (
            lambda: propagate_blocks(3, "relu", 1.0, norm="btch"),
            "norm='btch': did you mean 'batch'",
        ),
        (lambda: propagate_blocks(3, "relu", 1.0, alpha=inf), "alpha=inf"),
        (lambda: propagate_blocks(3, "relu", 1.0, mean=2.0), "mean=2.0: give at most"),
        (lambda: propagate_blocks(3, "relu", 1.0, cosine=1.5), "cosine=1.5"),
        (lambda: norm_chi("relu", "none"), "norm='none': give one of batch, layer"),
        (lambda: siren_variances(0, 2), "layers=0"),
        (lambda: siren_variances(3, 0), "features=0"),
        (lambda: siren_variances(3, 2, -1.0), "square=-1.0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        call()
