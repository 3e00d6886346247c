"""Every scheme against its formula, PyTorch, scikit-learn, and itself at another scale."""

import re
from fractions import Fraction
from functools import partial
from math import ceil, inf, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import linalg, stats
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

import initviz as iv
from initviz.measure.trainability import scheme_sigma_w
from initviz.networks import initializers
from initviz.networks.initializers import INITIALIZERS, initializer

# Every random scheme's distribution, and its std from the fans.
FORMULAS = {
    "normal": ("normal", lambda fan_in, fan_out: 1),
    "uniform": ("uniform", lambda fan_in, fan_out: 1 / sqrt(3)),
    "truncated_normal": ("truncated", lambda fan_in, fan_out: 1),
    "variance_scaling": ("truncated", lambda fan_in, fan_out: sqrt(1 / fan_in)),
    "glorot_uniform": ("uniform", lambda fan_in, fan_out: sqrt(2 / (fan_in + fan_out))),
    "glorot_normal": ("normal", lambda fan_in, fan_out: sqrt(2 / (fan_in + fan_out))),
    "he_uniform": ("uniform", lambda fan_in, fan_out: sqrt(2 / fan_in)),
    "he_normal": ("normal", lambda fan_in, fan_out: sqrt(2 / fan_in)),
    "lecun_uniform": ("uniform", lambda fan_in, fan_out: sqrt(1 / fan_in)),
    "lecun_normal": ("normal", lambda fan_in, fan_out: sqrt(1 / fan_in)),
    "pytorch_default": ("uniform", lambda fan_in, fan_out: 1 / sqrt(3 * fan_in)),
    "keras_default": ("uniform", lambda fan_in, fan_out: sqrt(2 / (fan_in + fan_out))),
    "sklearn_default": ("uniform", lambda fan_in, fan_out: sqrt(2 / (fan_in + fan_out))),
    # Of a hidden layer of ReLU; where else they are something else is tested below.
    "siren": ("uniform", lambda fan_in, fan_out: sqrt(2 / fan_in) / 30),
    "fixup": ("normal", lambda fan_in, fan_out: sqrt(2 / fan_in)),
    "mup": ("normal", lambda fan_in, fan_out: sqrt(2 / fan_in)),
    "spectral": ("normal", lambda fan_in, fan_out: min(1, sqrt(fan_out / fan_in)) / sqrt(fan_in)),
}
# The same distributions by scipy, with standard deviation 1; and their largest value.
CUT = stats.truncnorm(-2, 2).std()
DISTRIBUTIONS = {
    "normal": (stats.norm(), inf),
    "uniform": (stats.uniform(-sqrt(3), 2 * sqrt(3)), sqrt(3)),
    "truncated": (stats.truncnorm(-2, 2, scale=1 / CUT), 2.2737),
}
ALIASES = {
    "xavier": "glorot_uniform",
    "glorot": "glorot_uniform",
    "xavier_uniform": "glorot_uniform",
    "xavier_normal": "glorot_normal",
    "he": "he_normal",
    "kaiming": "he_normal",
    "kaiming_uniform": "he_uniform",
    "kaiming_normal": "he_normal",
    "lecun": "lecun_normal",
    "pytorch": "pytorch_default",
    "torch": "pytorch_default",
    "keras": "keras_default",
    "sklearn": "sklearn_default",
}
NOT_RANDOM = ("zeros", "constant", "identity", "zero_hadamard")
OTHERS = ("orthogonal", "sparse", *NOT_RANDOM)

every_scheme = pytest.mark.parametrize("name", INITIALIZERS)
every_formula = pytest.mark.parametrize("name", FORMULAS)
fans_of_all_kinds = pytest.mark.parametrize(
    ("fan_out", "fan_in"), [(1, 400), (400, 1), (30, 50), (64, 64)]
)


def draw(name, shape, scale=1.0, seed=0, **options):
    return INITIALIZERS[name](np.random.default_rng(seed), shape, scale, **options)


def standard_error(weights, kurtosis):
    """Of the empirical standard deviation, as a share of it."""
    return sqrt((kurtosis - 1) / (4 * weights.size))


def assert_distributed(weights, distribution, std):
    """Mean, standard deviation, bound and shape of the distribution, within 5 standard errors."""
    oracle, largest = DISTRIBUTIONS[distribution]
    kurtosis = 3 + float(oracle.stats("k"))
    assert abs(weights.mean()) < 5 * std / sqrt(weights.size)
    assert weights.std() == pytest.approx(std, rel=5 * standard_error(weights, kurtosis))
    assert np.abs(weights).max() <= 1.0001 * largest * std
    assert stats.kstest(weights.ravel()[:20_000] / std, oracle.cdf).pvalue > 1e-4


def test_the_tables_here_cover_every_scheme():
    assert {*FORMULAS, *OTHERS, *ALIASES} == set(INITIALIZERS)


@fans_of_all_kinds
@every_formula
def test_mean_std_and_bound_follow_the_formula(name, fan_out, fan_in):
    weights = draw(name, (200_000 // (fan_out * fan_in), fan_out, fan_in))
    distribution, std = FORMULAS[name]
    assert_distributed(weights, distribution, std(fan_in, fan_out))


@every_formula
def test_over_a_hundred_draws_the_mean_square_is_the_target(name):
    draws = draw(name, (100, 60, 40))
    squares = (draws**2).mean(axis=(1, 2))
    _, std = FORMULAS[name]
    error = squares.std(ddof=1) / sqrt(100)
    assert abs(squares.mean() - std(40, 60) ** 2) < 3 * error < 0.01 * squares.mean()


@pytest.mark.parametrize("distribution", ["normal", "uniform", "truncated"])
@pytest.mark.parametrize(("mode", "n"), [("fan_in", 50), ("fan_out", 30), ("fan_avg", 40)])
def test_variance_scaling_divides_by_the_fan_it_is_told(mode, n, distribution):
    given = "truncated_normal" if distribution == "truncated" else distribution
    weights = draw("variance_scaling", (100, 30, 50), variance=1.7, mode=mode, distribution=given)
    assert_distributed(weights, distribution, sqrt(1.7 / n))


@pytest.mark.parametrize("name", [n for n in FORMULAS if DISTRIBUTIONS[FORMULAS[n][0]][1] < inf])
def test_a_bounded_scheme_uses_the_whole_of_its_range(name):
    distribution, std = FORMULAS[name]
    largest = DISTRIBUTIONS[distribution][1] * std(50, 30)
    weights = draw(name, (100, 30, 50))
    assert weights.max() > 0.999 * largest
    assert weights.min() < -0.999 * largest


def test_for_sigmoid_scikit_learns_scheme_has_a_third_of_the_variance():
    weights = draw("sklearn_default", (100, 30, 50), activation="sigmoid")
    assert_distributed(weights, "uniform", sqrt(2 / 3 / (30 + 50)))


@pytest.mark.parametrize(("ours", "theirs"), [("relu", "relu"), ("sigmoid", "logistic")])
def test_the_bound_is_that_of_scikit_learn(ours, theirs):
    model = MLPClassifier((300,), theirs, max_iter=1, learning_rate_init=1e-15, random_state=0)
    X, y = np.random.default_rng(0).normal(size=(10, 200)), np.arange(10) % 2
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    weights = draw("sklearn_default", (300, 200), activation=ours)
    assert np.abs(weights).max() == pytest.approx(np.abs(model.coefs_[0]).max(), rel=1e-3)
    assert weights.std() == pytest.approx(
        model.coefs_[0].std(), rel=5 * sqrt(2) * standard_error(weights, 1.8)
    )


@pytest.mark.parametrize(
    ("name", "theirs", "options"),
    [
        ("xavier_uniform", "xavier_uniform_", {}),
        ("xavier_normal", "xavier_normal_", {}),
        ("kaiming_uniform", "kaiming_uniform_", {"nonlinearity": "relu"}),
        ("kaiming_normal", "kaiming_normal_", {"nonlinearity": "relu"}),
        ("truncated_normal", "trunc_normal_", {"std": 1 / CUT, "a": -2 / CUT, "b": 2 / CUT}),
        ("orthogonal", "orthogonal_", {}),
        ("sparse", "sparse_", {"sparsity": 0.9}),
        ("identity", "eye_", {}),
        ("pytorch_default", "Linear", {}),
    ],
)
def test_moments_and_bound_are_those_of_pytorch(name, theirs, options, torch):
    torch.manual_seed(0)
    layer = torch.nn.Linear(300, 500, dtype=torch.float64).weight.detach()
    weights = draw(name, (500, 300))
    if theirs != "Linear":
        getattr(torch.nn.init, theirs)(layer, **options)
    layer = layer.numpy()
    assert weights.std() == pytest.approx(layer.std(), rel=5 / sqrt((weights != 0).sum()))
    assert abs(weights.mean() - layer.mean()) < 5 * layer.std() * sqrt(2 / layer.size)
    assert (weights == 0).sum() == (layer == 0).sum()
    if DISTRIBUTIONS[FORMULAS.get(ALIASES.get(name, name), ["normal"])[0]][1] < inf:
        assert np.abs(weights).max() == pytest.approx(np.abs(layer).max(), rel=1e-3)


@fans_of_all_kinds
def test_orthogonal_weights_have_orthonormal_rows_or_columns(fan_out, fan_in):
    W = draw("orthogonal", (3, fan_out, fan_in))
    product = W @ W.swapaxes(1, 2) if fan_out <= fan_in else W.swapaxes(1, 2) @ W
    assert_allclose(product - np.eye(min(fan_out, fan_in)), 0, atol=1e-12)


def test_no_orthogonal_matrix_is_preferred():
    trace = np.trace(draw("orthogonal", (4000, 5, 5)), axis1=1, axis2=2)
    assert abs(trace.mean()) < 5 / sqrt(4000)  # of a uniformly random one: mean 0, variance 1
    assert trace.var() == pytest.approx(1, rel=5 * sqrt(2 / 4000))


@pytest.mark.parametrize("sparsity", [0, 0.25, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("fan_out", [2, 7, 10, 64])
def test_sparse_leaves_as_many_zeros_in_a_column_as_pytorch(fan_out, sparsity, torch):
    theirs = torch.nn.init.sparse_(torch.empty(fan_out, 30), sparsity).numpy()
    zeros = (draw("sparse", (4, fan_out, 30), sparsity=sparsity) == 0).sum(axis=1)
    expected = np.minimum((theirs == 0).sum(axis=0), fan_out - 1)  # ours keeps one of them alive
    assert_array_equal(zeros, np.broadcast_to(expected, zeros.shape))


def test_sparse_draws_its_few_weights_from_a_normal_at_random_places():
    weights = draw("sparse", (2000, 8, 10), sparsity=0.7, std=0.05)
    alive = weights != 0
    assert alive.sum(axis=1).tolist() == [[8 - ceil(0.7 * 8)] * 10] * 2000
    assert_distributed(weights[alive], "normal", 0.05)
    share = alive.mean(axis=(0, 2))
    assert_allclose(share, 0.25, atol=5 * sqrt(0.25 * 0.75 / 20_000))


@pytest.mark.parametrize(("fan_out", "fan_in"), [(2, 1), (5, 3), (16, 2), (17, 16), (100, 64)])
def test_zero_grows_a_layer_by_a_hadamard_matrix(fan_out, fan_in):
    c = ceil(np.log2(fan_out))
    hadamard = linalg.hadamard(2**c) / 2 ** (c / 2)
    expected = np.eye(fan_out, 2**c) @ hadamard @ np.eye(2**c, fan_in)
    assert_allclose(draw("zero_hadamard", (2, fan_out, fan_in)), [expected] * 2, rtol=1e-15)


@pytest.mark.parametrize(("fan_out", "fan_in"), [(1, 1), (1, 4), (4, 4), (3, 8)])
def test_zero_is_the_identity_where_a_layer_does_not_grow(fan_out, fan_in):
    assert_array_equal(draw("zero_hadamard", (2, fan_out, fan_in)), [np.eye(fan_out, fan_in)] * 2)


def test_the_schemes_without_chance_are_what_they_are_called():
    assert draw("zeros", (2, 3, 4)).tolist() == np.zeros((2, 3, 4)).tolist()
    assert draw("constant", (2, 3, 4), 0.3).tolist() == np.full((2, 3, 4), 0.3).tolist()
    assert draw("identity", (2, 3, 4), 0.3).tolist() == [(0.3 * np.eye(3, 4)).tolist()] * 2


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_draws_the_same_weights(alias, name):
    assert_array_equal(draw(alias, (2, 3, 4)), draw(name, (2, 3, 4)))
    assert iv.Experiment(initializer=alias.title(), bias=alias).initializer == name
    short, long = (
        iv.init_network((3, 4, 1), initializer=(n, "zeros"), bias=n) for n in (alias, name)
    )
    assert_array_equal(short.weights[0], long.weights[0])
    assert_array_equal(short.biases[0], long.biases[0])


@every_scheme
def test_scale_multiplies_whatever_the_scheme_draws(name):
    weights = draw(name, (2, 6, 5))
    assert_array_equal(draw(name, (2, 6, 5), 4.0), 4 * weights)  # a power of two: to the last bit
    assert_allclose(draw(name, (2, 6, 5), 2.5), 2.5 * weights, rtol=1e-15)
    assert weights.any() == (name != "zeros")


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (7, 3), (4, 1, 1), (2, 5, 1), (2, 1, 5)])
@every_scheme
def test_weights_have_the_shape_asked_for(name, shape):
    weights = draw(name, shape)
    assert (weights.shape, weights.dtype) == (shape, np.float64)
    assert weights.flags.writeable
    assert np.isfinite(weights).all()


@every_scheme
def test_the_seed_decides_and_nothing_else_does(name):
    weights = draw(name, (2, 6, 5), seed=1)
    assert_array_equal(weights, draw(name, (2, 6, 5), seed=1))
    assert np.array_equal(weights, draw(name, (2, 6, 5), seed=2)) == (name in NOT_RANDOM)
    assert np.array_equal(weights[0], weights[1]) == (name in NOT_RANDOM)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("variance_scaling", {"mode": "fan_inn"}, "mode='fan_inn': did you mean 'fan_in'"),
        ("variance_scaling", {"distribution": "cauchy"}, "distribution='cauchy'"),
        ("sparse", {"sparsity": 1.0}, "sparsity=1.0"),
        ("sparse", {"sparsity": -0.1}, "sparsity=-0.1"),
        ("sklearn_default", {"activation": "logit"}, "activation='logit'"),
        ("he_normal", {"shape": (5,)}, r"shape=\(5,\)"),
        ("he_normal", {"shape": 5}, r"shape=5"),
        ("he_normal", {"shape": (2.0, 3)}, r"shape=\(2.0, 3\)"),
        ("he_normal", {"scale": "2"}, r"scale='2'"),
        ("orthogonal", {"shape": (3, 0, 2)}, r"shape=\(3, 0, 2\)"),
        ("zeros", {"shape": (1,) * 65}, r"shape=\(1, 1.*: give \(restarts"),
    ],
)
def test_a_bad_option_is_named(name, options, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        draw(name, **{"shape": (3, 4), **options})


# Schemes of one's own.


@pytest.fixture
def own():
    """Whatever a test enters in the tables is gone afterwards."""
    before = [(table, dict(table)) for table in (INITIALIZERS, initializers.ALIASES)]
    yield
    for table, entries in before:
        table.clear()
        table.update(entries)


def first_weights(name, activation="tanh", scale=1.0, dtype="float64"):
    return iv.init_network((2, 4, 1), activation, (name, "zeros"), scale, dtype=dtype).weights[0][0]


def test_an_own_scheme_is_told_only_what_it_asks_for(own):
    @initializer
    def bare(rng, shape):
        return np.full(shape, 3.0)

    @initializer
    def scaled(rng, shape, scale):
        return np.full(shape, 3.0 + scale)

    @initializer
    def bent(rng, shape, activation):
        return np.full(shape, {"tanh": 1.0, "relu": 2.0}[activation])

    @initializer
    def both(rng, shape, activation, scale=1.0):
        return np.full(shape, {"tanh": 1.0, "relu": 2.0}[activation] + scale)

    assert (first_weights("bare", scale=10.0) == 30).all()
    assert (first_weights("scaled", scale=10.0) == 13).all()
    assert (first_weights("bent", "relu", scale=10.0) == 20).all()
    assert (first_weights("both", "relu", scale=10.0) == 12).all()


def test_a_scheme_entered_twice_is_scaled_once(own):
    @initializer
    @initializer
    def mine(rng, shape):
        return np.full(shape, 3.0)

    assert (first_weights("mine", scale=10.0) == 30).all()


def test_a_scheme_entered_again_replaces_the_old_one_and_its_signature_at_once(own):
    def ones(rng, shape, scale=1.0):
        return np.ones(shape)

    def bent(rng, shape, scale=1.0, activation="relu"):
        return np.full(shape, 9.0 if activation == "tanh" else 1.0)

    def bare(rng, shape):
        return np.full(shape, 2.0)

    for function, value in ((ones, 1), (bent, 9), (bare, 2), (ones, 1)):
        function.__name__ = "mine"
        initializer(function)
        assert (first_weights("mine") == value).all()
        assert scheme_sigma_w("mine", 4, "tanh") == pytest.approx(2 * value)


def test_an_alias_can_be_entered_as_a_scheme_of_ones_own(own):
    @initializer
    def he(rng, shape, scale=1.0):
        return np.full(shape, 7.0)

    assert iv.Experiment(initializer="he").initializer == "he"
    assert (first_weights("he") == 7).all()


@pytest.mark.parametrize(
    "function",
    [
        lambda: 1.0,
        lambda rng: 1.0,
        lambda shape, *, rng: 1.0,
        lambda rng, fan_out, fan_in: 1.0,
        lambda rng, shape, scale, gain: 1.0,
        lambda rng, shape, *, gain: 1.0,
        lambda scale, rng: 1.0,
    ],
)
def test_a_scheme_that_cannot_be_called_is_refused_where_it_is_written(own, function):
    function.__name__ = "odd"
    with pytest.raises(
        ValueError, match=r"^initializer='odd': .* it is called with \(rng, shape\)"
    ):
        initializer(function)
    assert "odd" not in INITIALIZERS


@pytest.mark.parametrize(
    "function",
    [
        lambda rng, shape: np.full(shape, 7.0),
        lambda *where: np.full(where[1], 7.0),
        lambda r, s, /, **options: np.full(s, 7.0),
        lambda rng, shape, gain=7.0, *, scale: np.full(shape, gain * scale),
        partial(lambda value, rng, shape: np.full(shape, value), 7.0),
    ],
)
def test_whatever_can_be_called_so_is_a_scheme(own, function):
    function.__name__ = "odd"
    initializer(function)
    assert (first_weights("odd") == 7).all()


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        (lambda r, s: r.normal(size=s[-1]), "not of shape (2,)"),
        (lambda r, s: r.normal(size=(s[0], 1)), "not of shape (4, 1)"),
        (lambda r, s: r.normal(size=s[::-1]), "not of shape (2, 4)"),
        (lambda r, s: r.normal(size=(1, *s)), "not of shape (1, 4, 2)"),
        (lambda r, s: 0.3, "not of shape ()"),
        (lambda r, s: None, "not NoneType; a NumPy array will do"),
        (lambda r, s: [[1, 2], [3]], "not list; a NumPy array will do"),
        (lambda r, s: np.full(s, 10**400), "not an array of objects"),
        (lambda r, s: np.full(s, Fraction(1, 2)), "not an array of objects"),
        (lambda r, s: np.full(s, "1.5"), "not <U3 values"),
        (lambda r, s: r.normal(size=s) + 1j, "not complex128 values"),
        (lambda r, s: np.ma.masked_all(s), "not masked values"),
        (lambda r, s: [np.ma.masked_array(np.ones(2), mask=True)] * 4, "not masked values"),
    ],
)
def test_what_a_scheme_returns_is_real_numbers_of_the_shape_asked_for(own, returns, message):
    @initializer
    def odd(rng, shape, scale=1.0):
        return returns(rng, shape)

    expected = f"initializer='odd': give back real numbers of shape (4, 2), {message}"
    for look in (lambda: first_weights("odd"), lambda: draw("odd", (4, 2))):
        with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
            look()


@pytest.mark.parametrize("made", ["torch.ones(s, requires_grad=True)", "torch.ones(s).bfloat16()"])
def test_a_tensor_that_is_no_array_is_told_to_be_one(own, torch, made):
    @initializer
    def odd(rng, shape):
        return eval(made, {"torch": torch, "s": shape})

    with pytest.raises(ValueError, match=r"of shape \(4, 2\), not Tensor; a NumPy array will do$"):
        first_weights("odd")


@pytest.mark.parametrize(
    "weights",
    [[[1, 2]] * 4, np.ones((4, 2), bool), np.full((4, 2), inf), np.full((4, 2), np.nan, "float32")],
)
def test_all_real_numbers_of_the_right_shape_are_taken_as_they_are(own, weights):
    @initializer
    def plain(rng, shape, scale=1.0):
        return weights

    assert_array_equal(first_weights("plain"), np.array(weights, float))
    assert_array_equal(first_weights("plain", dtype="float32"), np.array(weights, "float32"))


def test_a_scheme_that_fails_is_named_and_says_why(own):
    @initializer
    def broken(rng, shape, scale=1.0):
        return 1 / 0

    @initializer
    def nested(rng, shape, scale=1.0):
        return INITIALIZERS["sparse"](rng, shape, sparsity=2)

    for name, why in (
        ("broken", "ZeroDivisionError: division by zero"),
        ("nested", "ValueError: sparsity=2: give"),
    ):
        with pytest.raises(ValueError, match=f"^initializer='{name}': it raises {why}") as caught:
            first_weights(name)
        assert caught.value.__cause__ is not None


@pytest.mark.parametrize("function", ["mine", None, np.ones(3), int])
def test_what_is_no_function_cannot_be_a_scheme(function):
    with pytest.raises(ValueError, match=r"^function=.*write @initializer above a function"):
        initializer(function)


@every_scheme
def test_only_a_scheme_that_draws_needs_a_generator(name):
    if name in NOT_RANDOM:
        assert INITIALIZERS[name](None, (3, 2)).shape == (3, 2)
    else:
        with pytest.raises(ValueError, match=r"^rng=None: give a generator, such as numpy"):
            INITIALIZERS[name](None, (3, 2))


# Schemes that know where their layer is


def stds(name, layers, activation="relu"):
    network = iv.init_network(layers, activation, name, restarts=20, output="identity")
    return [W.std() for W in network.weights]


def test_mup_makes_the_output_layer_small_as_the_network_grows():
    for width in (64, 256):
        found = stds("mup", (30, width, width, 10), "tanh")
        gain = iv.ACTIVATIONS["tanh"].gain
        right = [gain / sqrt(30), gain / sqrt(width), gain * sqrt(64) / width]
        assert_allclose(found, right, rtol=0.03)
    assert_allclose(stds("mup", (300, 100)), sqrt(2 / 300), rtol=0.03)  # one layer has no width


def test_fixup_makes_branches_small_with_depth_and_the_output_0():
    found = stds("fixup", (30, 50, 50, 50, 50, 50, 40, 10))  # four skips
    branch, plain = sqrt(2 / 50) / sqrt(4), sqrt(2 / 50)
    assert_allclose(found, [sqrt(2 / 30), *[branch] * 4, plain, 0], rtol=0.03)


def test_siren_spreads_the_inputs_in_the_first_layer():
    found = stds("siren", (30, 50, 10), "sine")
    assert_allclose(found, [1 / 30 / sqrt(3), sqrt(2 / 50) / 30], rtol=0.03)


@pytest.mark.parametrize("name", ["mup", "fixup"])
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"layer": 3}, "layer=3: give one from 0 to 2"),
        ({"layers": (5,)}, "layers=(5,): give the units a layer"),
        ({"layers": (5, 0.5, 1)}, "layers=0.5"),
    ],
)
def test_a_place_that_there_is_not_is_told(name, place, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        draw(name, (5, 5), **place)


def test_an_initializer_of_ones_own_may_ask_for_its_place(monkeypatch):
    asked = []

    def placed(rng, shape, scale=1.0, *, layer, layers):
        asked.append((layer, layers))
        return np.ones(shape)

    monkeypatch.delitem(INITIALIZERS, initializer(placed).__name__, raising=False)
    monkeypatch.setitem(INITIALIZERS, "placed", placed)
    iv.init_network((2, 3, 1), initializer="placed")
    assert asked == [(0, (2, 3, 1)), (1, (2, 3, 1))]
