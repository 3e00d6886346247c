"""What the compiled loop is made of, against NumPy and against the plain one."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import initviz as iv
from initviz.networks.losses import LOSSES, accuracy
from initviz.training import loop
from initviz.training.loops import compile_loop

compiled = pytest.importorskip("initviz.training.compiled", exc_type=ImportError)

both_precisions = pytest.mark.parametrize("dtype", ["float32", "float64"])
EPS = {dtype: np.finfo(dtype).eps for dtype in ("float32", "float64")}


def each(function, x):
    return np.array([function(value) for value in x], x.dtype)


def down_to(lowest, dtype):
    return -np.concatenate([[0], np.geomspace(1e-30, -lowest, 1500)]).astype(dtype)


@both_precisions
def test_exp_and_expm1_are_exact_to_the_last_digits(dtype):
    x = down_to(-80 if dtype == "float32" else -700, dtype)
    precise = x.astype(np.longdouble)
    assert_allclose(each(compiled.exp, x), np.exp(precise).astype(dtype), rtol=3 * EPS[dtype])
    assert_allclose(each(compiled.expm1, x), np.expm1(precise).astype(dtype), rtol=3 * EPS[dtype])


@both_precisions
def test_log1p_is_exact_to_the_last_digits(dtype):
    e = np.concatenate([np.geomspace(1e-30, 1, 1000), [0]]).astype(dtype)
    expected = np.log1p(e.astype(np.longdouble)).astype(dtype)
    assert_allclose(each(compiled.log1p, e), expected, rtol=3 * EPS[dtype])


@both_precisions
def test_far_out_they_are_what_they_tend_to_and_nan_is_nan(dtype):
    far = np.array([-1e4, -np.inf, np.nan], dtype)
    assert_allclose(each(compiled.exp, far), [0, 0, np.nan])
    assert_allclose(each(compiled.expm1, far), [-1, -1, np.nan])


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=20))
@example([0.0, -0.0, 1e-300, -1e-300, 1e4, -1e4, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
def test_both_loops_bend_as_the_activations_do(activation, numbers):
    z, row = np.array(numbers), iv.ACTIVATIONS[activation]
    a, slope, plain, plain_slope = z.copy(), np.empty_like(z), z.copy(), np.empty_like(z)
    with np.errstate(all="ignore"):
        compiled.bend(compiled.ACTIVATION[activation], a, slope)
        loop.bend(activation, plain, plain_slope)
        value, derivative = row.function(z), row.derivative(z)
    known = np.isfinite(derivative)  # infinity times a slope of 0 has no value that both must have
    for found, expected in ((a, value), (plain, value), (slope, derivative)):
        assert_allclose(found[known], expected[known], rtol=1e-9, atol=1e-15)
    assert_allclose(plain_slope[known], derivative[known], rtol=1e-9, atol=1e-15)
    assert np.isnan(a[np.isnan(z)]).all()


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
def test_every_activation_has_a_number(activation):
    assert compiled.ACTIVATED[compiled.ACTIVATION[activation]].__name__ == activation


@both_precisions
@pytest.mark.parametrize(("loss", "output"), compiled.LOSS)
def test_losses_and_what_is_sent_back_are_the_networks(loss, output, dtype):
    outputs, rng = 1 if loss == "binary_cross_entropy" else 4, np.random.default_rng(0)
    z = (10 ** rng.uniform(-3, 2, (outputs, 50)) * rng.choice([-1, 1], (outputs, 50))).astype(dtype)
    targets = rng.integers(0, 2, (outputs, 50)).astype(dtype)
    if output == "softmax":
        targets = np.eye(outputs, dtype=dtype)[:, rng.integers(0, outputs, 50)]
    delta = np.empty_like(z)
    value = compiled.measure(compiled.LOSS[loss, output], z, targets, delta) / z.shape[1]
    with np.errstate(all="ignore"):
        expected = LOSSES[loss].value(z[None], targets, output)[0]
        gradient = LOSSES[loss].gradient(z[None], targets, output)[0]
    assert_allclose(value, expected, rtol=20 * EPS[dtype])
    rounding = {"rtol": 1000 * EPS[dtype], "atol": EPS[dtype]}  # p - 1 has lost what p has
    assert_allclose(delta / 50, gradient, **rounding)


NUMBERS = st.sampled_from([-1.0, 0.0, 0.5, 1.0, np.nan, np.inf, -np.inf])  # ties are wanted


@given(st.data())
def test_accuracy_is_that_of_argmax_and_nan_is_a_miss(data):
    classes, samples = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 9))
    drawn = [[data.draw(NUMBERS) for _ in range(samples)] for _ in range(classes)]
    z = np.array(drawn, "float32")
    own = np.array([data.draw(st.integers(0, max(classes - 1, 1))) for _ in range(samples)])
    targets = (own[None] if classes == 1 else np.eye(classes)[:, own]).astype("float32")
    guesses = (z[0] > 0).astype(int) if classes == 1 else z.argmax(axis=0)
    right = (guesses == own) & ~np.isnan(z).any(axis=0)
    assert_allclose(accuracy(z[None], targets), right.mean())
    assert_allclose(compiled.hits(z, targets), right.sum())


@pytest.mark.parametrize("blas", [True, False])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 7), (7, 1), (3, 5), (5, 3), (6, 9)])
def test_products_of_any_shape(rows, columns, blas):
    rng = np.random.default_rng(0)
    W, a = rng.normal(size=(rows, columns)), rng.normal(size=(columns, 11))
    delta = rng.normal(size=(rows, 11))
    z, below, gradient = np.empty((rows, 11)), np.empty((columns, 11)), np.empty((rows, columns))
    compiled.product(W, a, z, blas)
    compiled.product(W.T, delta, below, blas)
    compiled.weights_gradient(delta, a, gradient, blas)
    assert_allclose(z, W @ a, rtol=1e-12, atol=1e-14)
    assert_allclose(below, W.T @ delta, rtol=1e-12, atol=1e-14)
    assert_allclose(gradient, delta @ a.T, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("batch_size", [None, 7, 300])
@pytest.mark.parametrize(("seen", "tested"), [(10, 500), (500, 10), (100, 250)])
@pytest.mark.parametrize("block", [{}, {"norm": "batch", "skip": True}, {"norm": "layer"}], ids=str)
def test_nothing_is_written_beyond_its_memory(seen, tested, batch_size, block, monkeypatch):
    compile_loop()
    train_networks, beyond = compiled.train_networks, []

    def watched(*arguments):
        *before, memory, state, results, first, end = arguments
        larger = np.full(2 * memory.size + 10_000, np.nan, memory.dtype)
        train_networks(*before, larger[: memory.size], state, results, first, end)
        beyond.append(larger[memory.size :])

    monkeypatch.setattr(compiled, "train_networks", watched)
    X = np.random.default_rng(0).normal(size=(seen + tested, 2))
    y = (X[:, 0] > 0).astype(int)
    data = iv.Dataset("split", X[:seen], y[:seen], "binary", X_test=X[seen:], y_test=y[seen:])
    settings = {
        "hidden_layers": (8, 8, 5),
        **block,
        "epochs": 2,
        "restarts": 2,
        "batch_size": batch_size,
    }
    iv.train(iv.Experiment(**settings), data, loop="compiled")
    assert beyond
    assert all(np.isnan(row).all() for row in beyond)
