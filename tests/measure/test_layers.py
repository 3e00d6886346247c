"""Saturation, symmetry and statistics against closed forms, scipy and numpy."""

import re
from dataclasses import replace
from math import acosh, inf, log, nan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.spatial import distance
from scipy.special import expit

import initviz as iv
from initviz.measure import formulas, layers
from initviz.networks.network import weighted_sums

X = np.random.default_rng(0).normal(size=(20, 3))

# The z, worked out by hand, whose slope is below a tenth of the activation's steepest slope.
GELU_STEEPEST = stats.norm.cdf(sqrt(2)) + sqrt(2) * stats.norm.pdf(sqrt(2))


def mish_slope(z):
    """As Misra 2019 writes it."""
    e = np.exp(z)
    return e * (4 * (z + 1) + 4 * e**2 + e**3 + e * (4 * z + 6)) / (2 * e + e**2 + 2) ** 2


FLAT = {
    "sigmoid": lambda z: np.abs(z) > 2 * acosh(sqrt(10)),  # a (1 - a) = 1 / (2 cosh(z / 2))²
    "tanh": lambda z: np.abs(z) > acosh(sqrt(10)),  # 1 - tanh² = 1 / cosh²
    "lecun_tanh": lambda z: np.abs(z) > 1.5 * acosh(sqrt(10)),
    "relu": lambda z: z <= 0,
    "leaky_relu": lambda z: z <= 0,
    "selu": lambda z: z < log(0.1),  # it is steepest just left of 0
    "gelu": lambda z: np.abs(stats.norm.cdf(z) + z * stats.norm.pdf(z)) < 0.1 * GELU_STEEPEST,
    "silu": lambda z: np.abs(expit(z) * (1 + z * expit(-z))) < 0.1 * 1.0998393201288669,
    "elu": lambda z: z < log(0.1),
    "mish": lambda z: np.abs(mish_slope(z)) < 0.1 * 1.0884981612557279,
    "softplus": lambda z: z < -log(9),
    "softsign": lambda z: np.abs(z) > sqrt(10) - 1,
    "sine": lambda z: np.abs(np.cos(30 * z)) < 0.1,
    "identity": lambda z: np.zeros(z.shape, bool),
}


def one_unit(activation, weight=1.0, bias=0.0):
    """A hidden unit whose z is weight times its one input plus bias."""
    network = iv.init_network((1, 1, 1), activation, "constant", scale=weight)
    return replace(network, biases=(np.full((1, 1, 1), bias), network.biases[1]))


def with_hidden(W, b=None):
    """A network with these weights (restarts, units, inputs) and biases in its hidden layer."""
    W = np.asarray(W, float)
    b = np.zeros((*W.shape[:2], 1)) if b is None else np.reshape(b, (*W.shape[:2], 1))
    return iv.Network(
        (W, np.ones((len(W), 1, W.shape[1]))), (b, np.zeros((len(W), 1, 1))), "tanh", "sigmoid"
    )


# Saturation


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
def test_saturation_counts_exactly_the_flat_part(activation):
    z = np.linspace(-8, 8, 4001)
    units = replace(with_hidden(np.zeros((4001, 1, 1)), z), activation=activation)
    assert_array_equal(iv.saturation(units, [[0.0]])[0], FLAT[activation](z))
    share = iv.saturation(one_unit(activation), z[:, None]).item()
    assert share == pytest.approx(FLAT[activation](z).mean(), abs=1e-12)


@pytest.mark.parametrize("threshold", [0.01, 0.25, 0.9])
def test_the_threshold_is_a_share_of_the_steepest_slope(threshold):
    z = np.linspace(-12, 12, 2001)[:, None]
    share = iv.saturation(one_unit("sigmoid", 0.5, bias=1.0), z, threshold).item()
    expected = np.abs(0.5 * z + 1) > 2 * acosh(1 / sqrt(threshold))
    assert share == pytest.approx(expected.mean(), abs=1e-12)


def test_saturation_is_given_for_every_hidden_layer_and_restart():
    network = iv.init_network((3, 8, 6, 2), "tanh", scale=3.0, restarts=4)
    shares = iv.saturation(network, X)
    hidden = iv.forward(network, X)[1:-1]
    expected = [[(1 - a[r] ** 2 < 0.1).mean() for r in range(4)] for a in hidden]
    assert_allclose(shares, expected, rtol=1e-12)
    assert len(set(shares.flat)) > 4


def test_the_output_layer_does_not_count():
    network = iv.init_network((1, 1, 1), "tanh", "constant", scale=1e-3, bias=1e3)
    quiet = replace(network, biases=(np.zeros((1, 1, 1)), network.biases[1]))
    assert iv.saturation(quiet, [[1.0]]).tolist() == [[0]]


def test_however_large_z_is_a_sine_is_flat_on_its_crests_alone():
    inputs = np.linspace(-1, 1, 100_001)[:, None]  # over which the phase goes round evenly
    for scale in (10.0, 1e3):
        share = iv.saturation(one_unit("sine", weight=scale), inputs).item()
        assert share == pytest.approx(2 * np.arcsin(0.1) / np.pi, abs=2e-3)


def test_a_z_that_is_no_number_is_saturated():
    infinities_that_cancel = with_hidden([[[inf, -inf]]])
    assert iv.saturation(infinities_that_cancel, [[1.0, 1.0]]).tolist() == [[1]]


@pytest.mark.parametrize("threshold", [0, -0.1, nan, inf, True, "0.1"])
def test_a_bad_threshold_is_named(threshold):
    with pytest.raises(ValueError, match=f"^threshold={re.escape(repr(threshold))}"):
        iv.saturation(one_unit("tanh"), [[0.0]], threshold)


# Symmetry


@pytest.mark.parametrize("initializer", ["zeros", "constant"])
def test_equal_weights_make_one_unit(initializer):
    measured = iv.symmetry(iv.init_network((3, 8, 5, 1), initializer=initializer, restarts=2))
    assert measured.distinct.tolist() == [[1, 1]] * 2
    assert measured.spread.tolist() == [[0, 0]] * 2
    rank = 0 if initializer == "zeros" else 1
    assert_allclose(measured.effective_rank, rank, atol=1e-12)


def test_the_identity_has_as_many_units_and_ranks_as_it_has_rows():
    measured = iv.symmetry(iv.init_network((6, 6, 6, 1), initializer="identity", restarts=2))
    assert measured.distinct.tolist() == [[6, 6]] * 2
    assert_allclose(measured.effective_rank, 6, rtol=1e-12)


@pytest.mark.parametrize("initializer", ["glorot_uniform", "normal", "orthogonal", "he_normal"])
def test_random_weights_make_every_unit_another_one(initializer):
    measured = iv.symmetry(iv.init_network((3, 64, 5, 1), initializer=initializer, restarts=3))
    assert measured.distinct.tolist() == [[64] * 3, [5] * 3]


@pytest.mark.parametrize(
    ("weights", "biases", "distinct"),
    [
        ([[1, 2], [1, 2], [1, 2]], [0, 0, 0], 1),
        ([[1, 2], [2, 1], [1, 2]], [0, 0, 0], 2),
        ([[1, 2], [1, 2], [1, 2]], [0, 0, 1], 2),
        ([[0, 0], [0, 0], [0, 0]], [0, 1, 2], 3),
        ([[1, 2], [1, 2 + 1e-9], [1, 2]], [0, 0, 0], 1),
        ([[1, 2], [1, 2 + 1e-3], [1, 2]], [0, 0, 0], 2),
        ([[0.0, 1], [-0.0, 1], [0, 1]], [0, 0, 0], 1),
        ([[nan, 1], [0, 1], [0, 1]], [0, 0, 0], 2),
        ([[inf, 1], [0, 1], [0, 1]], [0, 0, 0], 2),
    ],
)
@pytest.mark.parametrize("size", [1e-20, 1, 1e20])
def test_units_are_counted_that_differ_in_what_comes_in(weights, biases, distinct, size):
    network = with_hidden(size * np.array([weights], float), size * np.array([biases], float))
    assert iv.symmetry(network).distinct.tolist() == [[distinct]]


def test_the_tolerance_says_how_alike_equal_units_are():
    network = with_hidden([[[1, 2], [1, 2.001], [1, 2.3]]])
    counts = [iv.symmetry(network, t).distinct.item() for t in (0, 1e-6, 1e-2, 10)]
    assert counts == [3, 3, 2, 1]


def test_units_a_hundredth_of_the_tolerance_apart_are_one_wherever_they_lie():
    weights = np.random.default_rng(0).uniform(-0.9, 0.9, 2000)
    pairs = [[[1, w], [1, w + 1e-8]] for w in weights]
    assert iv.symmetry(with_hidden(pairs)).distinct.tolist() == [[1] * 2000]


def test_spread_is_the_rms_distance_from_the_mean_unit():
    network = iv.init_network((3, 8, 5, 1), bias="same", restarts=2)
    for layer, (W, b) in enumerate(zip(network.weights[:-1], network.biases[:-1], strict=True)):
        for r in range(2):
            units = np.column_stack([W[r], b[r]])
            distances = np.linalg.norm(units - units.mean(axis=0), axis=1)
            expected = np.sqrt(np.mean(distances**2))
            assert iv.symmetry(network).spread[layer, r] == pytest.approx(expected, rel=1e-12)


def test_the_effective_rank_is_the_exponential_of_the_singular_values_entropy():
    W = np.random.default_rng(0).normal(size=(4, 6, 5))
    singular = [np.linalg.svd(w, compute_uv=False) for w in W]
    expected = [np.exp(stats.entropy(s)) for s in singular]
    assert_allclose(iv.symmetry(with_hidden(W)).effective_rank, [expected], rtol=1e-12)


def test_the_effective_rank_of_weights_that_are_not_finite_is_nan():
    W = np.stack([np.eye(3), np.eye(3), np.eye(3)])
    W[1, 0, 0], W[2, 1, 2] = nan, inf
    measured = iv.symmetry(with_hidden(W))
    assert_allclose(measured.effective_rank, [[3, nan, nan]], rtol=1e-12)
    assert np.isfinite(measured.spread[0]).tolist() == [True, False, False]


@pytest.mark.parametrize("tolerance", [-1e-6, nan, inf, None])
def test_a_bad_tolerance_is_named(tolerance):
    with pytest.raises(ValueError, match=f"^tolerance={tolerance!r}"):
        iv.symmetry(one_unit("tanh"), tolerance)


# 33 of one class, 27 of the other: on balanced classes zeros have no gradient at all with sigmoid.
UNBALANCED = iv.Dataset("part", iv.DATASETS["circles"].X[:60], np.arange(60) % 20 < 11, "binary")


@pytest.mark.parametrize("width", [2, 3, 5, 8, 16, 33, 64])
@pytest.mark.parametrize("initializer", ["zeros", "constant"])
@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
def test_units_that_start_equal_stay_equal(activation, initializer, width):
    e = iv.Experiment(
        hidden_layers=(width, width),
        activation=activation,
        initializer=initializer,
        scale=0.1,
        learning_rate=0.05,
        batch_size=20,
        epochs=20,
        restarts=1,
        dtype="float64",
    )
    run = iv.train(e, data=UNBALANCED)
    assert not run.diverged.any()
    assert not np.array_equal(run.biases[-1][0], run.biases[-1][-1])
    assert iv.symmetry(run.network_at(20)).distinct.tolist() == [[1], [1]]


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_from_zeros_only_the_output_bias_moves(activation):
    e = iv.Experiment(activation=activation, initializer="zeros", epochs=20, restarts=1)
    run = iv.train(e, data=UNBALANCED)
    assert not any(w.any() for w in (*run.weights, *run.biases[:-1]))
    assert run.biases[-1][-1].item() != 0


def test_units_that_start_apart_stay_apart():
    run = iv.train(iv.Experiment(activation="tanh", epochs=50, restarts=4))
    assert iv.symmetry(run.network_at(50)).distinct.tolist() == [[16] * 4] * 2


# Slopes, units that are always saturated, and what is left of the signal


def deep(activation="tanh", scheme="glorot_normal", scale=1.0, restarts=4, layers=(6,) * 5, **more):
    return iv.init_network((3, *layers, 1), activation, scheme, scale, restarts=restarts, **more)


def test_the_mean_slope_of_a_sigmoid_is_the_mean_of_a_times_one_minus_a():
    network = deep("sigmoid", scale=3.0)
    expected = [
        [np.mean(a[r] * (1 - a[r])) for r in range(4)] for a in iv.forward(network, X)[1:-1]
    ]
    assert_allclose(iv.mean_slope(network, X), expected, rtol=1e-9)


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
def test_through_a_z_that_is_not_a_number_no_gradient_gets(activation):
    network = replace(with_hidden(np.zeros((1, 2, 1)), [[1.0, nan]]), activation=activation)
    slope = np.abs(iv.ACTIVATIONS[activation].derivative(np.array(1.0)))
    assert iv.mean_slope(network, [[0.0]]).item() == pytest.approx(slope / 2)
    assert iv.saturation(network, [[0.0]]).item() == 0.5
    assert iv.always_saturated(network, [[0.0]]).item() == 0.5


def test_always_saturated_are_the_units_that_no_sample_moves_to_where_the_slope_is():
    network = deep("sigmoid", restarts=1)
    for unit, value in ((0, 100.0), (1, -100.0)):
        network.biases[2][0, unit] = value
    assert_allclose(iv.always_saturated(network, X)[:, 0], [0, 0, 2 / 6, 0, 0])
    # z runs from -8 to 8: most of it is saturated, and the unit is not always so.
    assert iv.always_saturated(one_unit("tanh", 8.0), np.linspace(-1, 1, 9)[:, None]).item() == 0


def test_the_signal_spread_is_the_standard_deviation_over_the_samples():
    network = deep()
    measured = iv.signal_spread(network, X)
    assert measured.shape == (5, 4)
    for layer, a in enumerate(iv.forward(network, X)[1:-1]):
        for r in range(4):
            units = [np.std(unit) for unit in a[r]]
            assert measured[layer, r] == pytest.approx(np.sqrt(np.mean(np.square(units))))


def test_a_layer_that_says_the_same_to_every_input_has_no_spread():
    network = deep("sigmoid", "zeros", bias=0.3)
    assert (iv.signal_spread(network, X) < 1e-12).all()
    assert (iv.activation_statistics(network, X).rms[:-1] > 0.5).all()


def test_without_biases_relu_takes_the_scale_to_the_power_of_the_layer():
    half, full = (iv.signal_spread(deep("relu", "he_normal", scale), X) for scale in (0.5, 1.0))
    assert_allclose(half / full, np.repeat(0.5 ** np.arange(1, 6)[:, None], 4, axis=1))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "gelu"])
def test_the_jacobian_is_what_finite_differences_give(activation):
    network = deep(activation, restarts=2, layers=(6, 5, 4))
    first, step = iv.forward(network, X[3:4])[1], 1e-6

    def last_from(a):
        for W, b in zip(network.weights[1:-1], network.biases[1:-1], strict=True):
            a = iv.ACTIVATIONS[activation].function(W @ a + b)
        return a[..., 0]

    J = iv.jacobian(network, X[3])
    assert J.shape == (2, 4, 6)
    for unit in range(6):
        nudge = np.zeros((1, 6, 1))
        nudge[0, unit] = step
        difference = (last_from(first + nudge) - last_from(first - nudge)) / (2 * step)
        assert_allclose(J[:, :, unit], difference, atol=1e-7)


def test_orthogonal_layers_without_a_bend_keep_every_direction():
    J = iv.jacobian(deep("identity", "orthogonal", layers=(8,) * 20), X[0])
    assert_allclose(np.linalg.svd(J, compute_uv=False), 1)


def test_the_jacobian_of_one_hidden_layer_is_the_identity_and_of_none_there_is_none():
    assert_array_equal(iv.jacobian(deep(layers=(5,)), X[0]), [np.eye(5)] * 4)
    with pytest.raises(ValueError, match="hidden layer"):
        iv.jacobian(deep(layers=()), X[0])


@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus"])
def test_the_stretch_is_that_of_the_jacobian_by_finite_differences(activation):
    network, step = deep(activation, restarts=2, layers=(6, 5, 4)), 1e-6

    def outputs(x):
        return weighted_sums(network, x[np.newaxis])[0][-1][..., 0]

    nudges = step * np.eye(3)
    columns = [(outputs(X[3] + n) - outputs(X[3] - n)) / (2 * step) for n in nudges]
    expected = np.linalg.svd(np.stack(columns, axis=-1), compute_uv=False)
    assert_allclose(iv.jacobian_singular_values(network, X[3]).whole, expected, atol=1e-6)


def test_the_stretch_of_every_layer_is_that_of_its_own_jacobian():
    network = deep("tanh", restarts=2, layers=(6, 5, 4))
    stretch, hidden = iv.jacobian_singular_values(network, X[3]), iv.forward(network, X[3:4])[1:-1]
    assert [layer.shape for layer in stretch.layers] == [(2, 3), (2, 5), (2, 4), (2, 1)]
    for W, a, values in zip(network.weights[:-1], hidden, stretch.layers[:-1], strict=True):
        assert_allclose(values, np.linalg.svd((1 - a**2) * W, compute_uv=False), rtol=1e-12)
    assert_allclose(stretch.layers[-1][:, 0], np.linalg.norm(network.weights[-1], axis=(1, 2)))


def test_the_stretch_of_what_overflows_is_no_number():
    network = deep("identity", "normal", 1e200, restarts=2, layers=(6, 5))
    assert np.isnan(iv.jacobian_singular_values(network, X[0]).whole).all()


def test_the_cosine_is_that_of_the_answers():
    network = deep("tanh", restarts=3, layers=(6, 5))
    for layer, a in enumerate(iv.forward(network, X[:2])[1:-1]):
        one, other = a[..., 0], a[..., 1]
        expected = [stats_cosine(one[r], other[r]) for r in range(3)]
        assert_allclose(iv.cosine(network, X[0], X[1])[layer], expected, rtol=1e-12)
    assert_allclose(iv.cosine(network, X[0], X[0]), 1)


def stats_cosine(one, other):
    return 1 - distance.cosine(one, other)


def test_the_cosine_of_a_zero_answer_is_no_number():
    assert np.isnan(iv.cosine(deep("relu", "zeros", layers=(5,)), X[0], X[1])).all()


def test_dead_units_are_those_that_are_off_everywhere():
    W = np.array([[[1.0], [1.0], [-1.0], [0.0]]])
    b = np.array([[[-9.0], [0.0], [-1.0], [-1.0]]])  # dead, half on, dead for x > -1, dead
    network = replace(with_hidden(W, b), activation="relu")
    assert iv.dead(network, [[-0.5], [2.0]]).tolist() == [[0.75]]
    assert iv.dead(network, [[-2.0], [2.0]]).tolist() == [[0.5]]
    assert iv.dead(replace(network, activation="leaky_relu"), [[-0.5], [2.0]]).tolist() == [[0]]
    assert iv.dead(replace(network, activation="tanh"), [[-0.5], [2.0]]).tolist() == [[0]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "lecun_tanh"])
@given(st.floats(0, 1000))
def test_a_unit_that_is_pinned_at_either_end_is_dead_alike(activation, dtype, z):
    network = replace(with_hidden([[[z]]]), activation=activation)
    up, down = (
        iv.dead(replace(network, weights=(np.array([[[w]]], dtype), *network.weights[1:])), [[1.0]])
        for w in (z, -z)
    )
    assert up.tolist() == down.tolist()
    if z > 45:
        assert up.item() == 1
    if z < 7:
        assert up.item() == 0


@pytest.mark.parametrize("size", [1e-320, 1e-300, 1e-100, 1.0, 1e100, 1e300])
def test_the_cosine_of_answers_of_any_size_is_that_of_their_directions(size):
    u, v = np.array([3.0, 4.0, 12.0]), np.array([4.0, -3.0, 12.0])
    network = replace(
        with_hidden(size * np.stack([u, v], axis=1)[np.newaxis]), activation="identity"
    )
    expected = 144 / 169  # 3·4 - 4·3 + 12·12, over 13²
    digits = 1e-3 if size < 1e-310 else 1e-14  # numbers so small have four
    assert iv.cosine(network, [1, 0], [0, 1]).item() == pytest.approx(expected, rel=digits)


def test_the_cosine_with_no_answer_at_all_is_no_number():
    network = replace(with_hidden(np.array([[[0.0, 1.0]]])), activation="identity")
    assert np.isnan(iv.cosine(network, [1, 0], [0, 1])).all()


def test_zeros_in_relu_are_all_dead_and_nothing_participates():
    network = deep("relu", "zeros")
    assert (iv.dead(network, X) == 1).all()
    assert (iv.participation_ratio(network, X) == 0).all()


def test_the_participation_is_the_eigenvalues_ratio():
    network = deep("tanh", restarts=2, layers=(6, 5))
    for layer, a in enumerate(iv.forward(network, X)[1:-1]):
        eigenvalues = [np.linalg.eigvalsh(np.cov(a[r])) for r in range(2)]
        expected = [values.sum() ** 2 / (values**2).sum() for values in eigenvalues]
        assert_allclose(iv.participation_ratio(network, X)[layer], expected, rtol=1e-10)


@pytest.mark.parametrize("size", [1e-300, 1.0, 1e200])
def test_equal_units_participate_as_one_and_unrelated_ones_all_at_any_size(size):
    equal = replace(with_hidden(size * np.ones((1, 5, 2))), activation="identity")
    assert_allclose(iv.participation_ratio(equal, [[1, 0], [0, 3], [1, 1]]), 1)
    unrelated = replace(with_hidden(size * np.eye(4)[np.newaxis]), activation="identity")
    corners = np.vstack([np.eye(4), -np.eye(4)])
    assert_allclose(iv.participation_ratio(unrelated, corners), 4)


def test_the_participation_of_what_overflows_is_no_number():
    network = replace(with_hidden(np.full((1, 3, 3), 1e308)), activation="identity")
    assert np.isnan(iv.participation_ratio(network, 1e3 * X)).all()


# Statistics


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_activation_statistics_are_numpys_over_units_and_samples(dtype):
    network = iv.init_network((3, 8, 6, 2), "sigmoid", bias="same", restarts=2, dtype=dtype)
    statistics = iv.activation_statistics(network, X)
    layers = iv.forward(network, X)[1:]
    assert statistics.mean.shape == statistics.std.shape == statistics.rms.shape == (3, 2)
    for layer, r in np.ndindex(3, 2):
        a = layers[layer][r].astype(float)
        assert statistics.mean[layer, r] == pytest.approx(np.mean(a), rel=1e-12)
        assert statistics.std[layer, r] == pytest.approx(np.std(a), rel=1e-9)
        assert statistics.rms[layer, r] == pytest.approx(np.sqrt(np.mean(a**2)), rel=1e-12)


def test_gradient_statistics_are_numpys_over_the_weights(problem):
    layers = (3, 8, 6, problem.data.outputs)
    network = iv.init_network(layers, "tanh", restarts=2, output=problem.output)
    statistics = iv.gradient_statistics(network, *problem.data_and_loss)
    gradients = iv.gradients(network, *problem.data_and_loss)[1]
    for layer, r in np.ndindex(3, 2):
        g = gradients[layer][r]
        assert statistics.mean[layer, r] == pytest.approx(np.mean(g), rel=1e-9)
        assert statistics.std[layer, r] == pytest.approx(np.std(g), rel=1e-9)
        assert statistics.rms[layer, r] == pytest.approx(np.linalg.norm(g) / sqrt(g.size), rel=1e-9)


def test_the_squares_of_tiny_float32_gradients_do_not_vanish():
    network = iv.init_network((3, 4, 4, 4, 1), scale=1e-8, dtype="float32")
    y = np.arange(20) % 3 == 0
    gradient = iv.gradients(network, X, y, "binary_cross_entropy")[1][0]
    rms = iv.gradient_statistics(network, X, y, "binary_cross_entropy").rms[0, 0]
    assert 0 < np.abs(gradient).max() < 1e-23  # squared in float32 it would be 0
    assert_allclose(rms, np.linalg.norm(gradient.astype(float)) / sqrt(12), rtol=1e-9)


def test_statistics_of_overflow_are_results_and_no_warning():
    network = iv.init_network((3, 8, 8, 1), "relu", scale=1e200)
    assert not np.isfinite(iv.activation_statistics(network, X).rms[1]).any()
    y = np.arange(20) % 2
    assert not np.isfinite(iv.gradient_statistics(network, X, y, "squared_error").rms).all()


def test_without_a_hidden_layer_there_are_no_rows_but_still_restarts():
    network = iv.init_network((3, 1), restarts=2)
    for measure in (iv.saturation, iv.always_saturated, iv.mean_slope, iv.signal_spread):
        assert measure(network, X).shape == (0, 2)
    assert iv.symmetry(network).distinct.shape == (0, 2)


def size_of_signal(network, X):
    return iv.activation_statistics(network, X).rms[:-1]


def wide(scheme, activation, depth=16, width=100, **settings):
    network = iv.init_network((width,) * (depth + 1) + (1,), activation, scheme, **settings)
    return network, np.random.default_rng(0).standard_normal((40, width))


def test_the_gradient_is_what_a_small_push_on_a_sum_does_to_one_samples_loss():
    network = iv.init_network((3, 4, 5, 1), "tanh", restarts=2, seed=1)
    X, y, push = np.random.default_rng(0).normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0]), 1e-6
    for layer in (0, 1):
        units = network.weights[layer].shape[1]
        slopes = np.empty((2, units, 6))
        for unit, sample in np.ndindex(units, 6):
            losses = []
            for sign in (-1, 1):
                biases = [b.copy() for b in network.biases]
                biases[layer][:, unit] += sign * push  # for one sample, a push on z and no more
                pushed = replace(network, biases=tuple(biases))
                one = slice(sample, sample + 1)
                losses.append(iv.gradients(pushed, X[one], y[one], "binary_cross_entropy")[0])
            slopes[:, unit, sample] = (losses[1] - losses[0]) / (2 * push)
        sizes = layers.gradient_sizes(network, X, y, "binary_cross_entropy")
        assert np.allclose(sizes[layer], np.sqrt((slopes**2).mean(axis=(1, 2))), rtol=1e-6)


@pytest.mark.parametrize(
    ("scheme", "factor"),
    [("he_normal", 1), ("glorot_uniform", 0.5**0.5), ("pytorch_default", 6**-0.5)],
)
def test_relu_layers_multiply_signal_and_gradient_as_the_formulas_say(scheme, factor):
    network, X = wide(scheme, "relu", restarts=24)
    y = np.arange(40) % 2
    signal = size_of_signal(network, X)
    gradient = layers.gradient_sizes(network, X, y, "binary_cross_entropy")
    assert np.isclose(layers.factor_per_layer(signal), factor, rtol=0.03)
    assert np.isclose(layers.factor_per_layer(gradient[::-1]), factor, rtol=0.03)


def test_tanh_at_gain_five_thirds_settles_at_065_and_its_gradient_grows_by_121():
    network, X = wide("glorot_normal", "tanh", depth=25, scale=5 / 3, restarts=12)
    gradient = layers.gradient_sizes(network, X, np.arange(40) % 2, "binary_cross_entropy")
    assert np.isclose(np.median(size_of_signal(network, X)[-1]), 0.65, atol=0.01)
    assert np.isclose(layers.factor_per_layer(gradient[5:][::-1]) ** 2, 1.21, rtol=0.02)


def test_the_spread_is_the_size_without_what_every_input_shares():
    network = iv.init_network((2, 6, 6, 1), "relu", "he_normal", bias=3.0, restarts=4)
    X = np.random.default_rng(0).normal(size=(50, 2))
    hidden = iv.forward(network, X)[1:-1]
    shared = [np.sqrt((a.mean(axis=2) ** 2).mean(axis=1)) for a in hidden]
    sizes, spread = size_of_signal(network, X), iv.signal_spread(network, X)
    assert np.allclose(spread**2 + np.square(shared), sizes**2)
    assert (iv.signal_spread(network, X[:1]) == 0).all()


def test_pytorchs_biases_hide_that_no_signal_is_left():
    network = iv.init_network((64, *[100] * 15, 10), "relu", "pytorch_default", bias="same")
    X = iv.DATASETS["digits"].X[:50]
    assert size_of_signal(network, X)[-1] > 0.02
    assert iv.signal_spread(network, X)[-1] < 1e-5


def test_factor_per_layer():
    powers = np.array([[2.0], [6.0], [18.0]])
    assert layers.factor_per_layer(powers) == pytest.approx(3)
    assert layers.factor_per_layer(np.hstack([powers, powers, 9 * powers**0])) == pytest.approx(3)
    for unknown in (powers[:1], 0 * powers, np.inf * powers):
        assert np.isnan(layers.factor_per_layer(unknown))


def test_the_three_formulas():
    network = iv.init_network((8, 32, 2))
    wanted = {
        "He": [0.5, 0.25],
        "Glorot": [0.05**0.5, (2 / 34) ** 0.5],
        "LeCun": [8**-0.5, 32**-0.5],
    }
    for name, stds in formulas.reference_sizes(network).items():
        assert np.allclose(stds, wanted[name])


QUICK = replace(iv.explore_depth.start, scale=1.0, epochs=10, restarts=3)


def train(**settings):
    return iv.train(replace(QUICK, **settings))


def test_the_map_measures_every_epoch_on_its_own_network():
    run = train()
    epochs = [0, 3, 10]
    size, fixed = layers.signal_over_epochs(run, epochs)
    for column, epoch in enumerate(epochs):
        network, seen = run.network_at(epoch), run.probe[: layers.SAMPLES]
        np.testing.assert_allclose(
            size[:, column], np.median(iv.signal_spread(network, seen), axis=1), rtol=1e-5
        )
        np.testing.assert_allclose(
            fixed[:, column], np.median(iv.always_saturated(network, seen), axis=1), rtol=1e-6
        )


@pytest.mark.parametrize("x", [None, "x", [1], [1j, 0], np.ma.masked_array([1, 2], mask=[1, 0])])
def test_what_is_no_input_is_refused_by_all_that_take_one(x):
    network = iv.init_network((2, 3, 3, 1))
    for ask in (
        lambda: iv.cosine(network, [0, 1], x),
        lambda: iv.cosine(network, x, [0, 1]),
        lambda: iv.jacobian(network, x),
        lambda: iv.jacobian_singular_values(network, x),
    ):
        with pytest.raises(ValueError, match=r"^(x|X|other)(\.shape)?=.*: give "):
            ask()
