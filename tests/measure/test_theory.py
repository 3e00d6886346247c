"""Mean-field theory against quadrature, closed forms, published numbers, and simulation."""

import re
from dataclasses import replace
from itertools import pairwise, product
from math import acos, inf, log, log10, nan, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

import initviz as iv
from initviz.measure import theory
from initviz.measure.averages import averages
from initviz.networks.activations import LEAK, OMEGA, SELU_ALPHA, SELU_SCALE
from initviz.networks.network import weighted_sums

every_activation = pytest.mark.parametrize("activation", iv.ACTIVATIONS)
BIASED = sqrt(0.05)  # σ_b of Poole et al. and Schoenholz et al.


def by_scipy(g, limits=(-38, -1, -1e-2, 0, 1e-2, 1, 38)):
    """E[g(z)] over z ~ N(0, 1), piece by piece."""

    def density(z):
        return float(g(np.array(z))) * stats.norm.pdf(z)

    return sum(
        integrate.quad(density, *ends, epsabs=1e-16, epsrel=2e-11, limit=400)[0]
        for ends in pairwise(limits)
    )


def by_trapezoids(g, turns):
    """E[g(z)] of a smooth g that goes round ``turns`` times over 2π or less: such sums are exact
    once the normal density has no part left of the frequency that they cannot tell from 0."""
    z = np.arange(-40, 40, 2 * pi / (turns + 12))
    return float((g(z) * stats.norm.pdf(z)).sum() * (z[1] - z[0]))


# The averages.


@every_activation
@pytest.mark.parametrize("q", [1e-6, 0.01, 1.0, 100.0, 1e4])
def test_the_averages_over_one_input_are_scipys(activation, q):
    f, slope = iv.ACTIVATIONS[activation].function, iv.ACTIVATIONS[activation].derivative
    for average, g in ((theory.mean_square, f), (theory.mean_square_slope, slope)):
        expected = (
            by_trapezoids(lambda z, g=g: g(sqrt(q) * z) ** 2, 2 * OMEGA * sqrt(q))
            if activation == "sine"  # which no adaptive quadrature can follow
            else by_scipy(lambda z, g=g: g(sqrt(q) * z) ** 2)
        )
        assert float(average(activation, q)) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    "activation",
    [
        "tanh",
        "lecun_tanh",
        "selu",
        "softsign",
        "sigmoid",
        "gelu",
        "softplus",
        "silu",
        "elu",
        "mish",
    ],
)
@pytest.mark.parametrize("q", [0.3, 30.0])
@pytest.mark.parametrize("c", [-0.7, 0.2, 0.95])
def test_the_averages_over_two_inputs_are_those_of_another_quadrature(activation, q, c):
    """Gauss–Legendre in the plane: for every u, v on either side of its own kink."""
    f = iv.ACTIVATIONS[activation].function
    x, w = np.polynomial.legendre.leggauss(400)

    def line(low, high):
        return low + (high - low) * (1 + x) / 2, (high - low) * w / 2

    total, s = 0.0, sqrt(1 - c * c)
    for ends in ((-9, 0), (0, 9)):
        u, u_weights = line(*ends)
        for above in (False, True):
            kink = np.clip(-c * u / s, -9, 9)[:, np.newaxis]
            v, v_weights = line(*((kink, 9.0) if above else (-9.0, kink)))
            inner = f(sqrt(q) * (c * u[:, np.newaxis] + s * v)) * stats.norm.pdf(v) * v_weights
            total += (f(sqrt(q) * u) * stats.norm.pdf(u) * u_weights) @ inner.sum(axis=1)
    found = float(theory.correlation_map(c, activation, 1.0, q=q))
    assert found == pytest.approx(total / float(theory.mean_square(activation, q)), abs=1e-8)


@pytest.mark.parametrize("q", [1e-12, 1e-5, 1e-3, 0.02])
@pytest.mark.parametrize("c", [-1, -0.4, 1e-9, 0.3, 0.99, 1])
def test_the_averages_of_a_sine_over_two_inputs_are_sums_over_the_plane(q, c):
    turns, s = OMEGA * sqrt(q), sqrt(1 - c * c)
    row, over = iv.ACTIVATIONS["sine"], averages("sine")
    for g, found in ((row.function, over.pair(q, c)), (row.derivative, over.pair_slope(q, c))):

        def given(u, g=g):
            return by_trapezoids(lambda v: g(sqrt(q) * (c * u + s * v)), turns) * g(sqrt(q) * u)

        expected = by_trapezoids(lambda u, given=given: np.array([given(x) for x in u]), 2 * turns)
        assert float(found) == pytest.approx(expected, rel=1e-7, abs=1e-15)


@pytest.mark.parametrize("activation", ["sine", "tanh", "elu", "softplus"])
@pytest.mark.parametrize("q", [1e-4, 1e-3])
def test_how_a_mean_square_grows_is_its_slope(activation, q):
    over, h = averages(activation), 1e-4 * q
    slope = (over.square(np.array(q + h)) - over.square(np.array(q - h))) / (2 * h)
    assert float(over.growth(np.array(q))) == pytest.approx(float(slope), rel=1e-6)


def test_a_sine_settles_where_its_closed_form_does():
    """SIREN's start, σ_w² = 2 / ω²: the variance v of ω z is the root of v = 1 - exp(-2 v)."""
    v = optimize.brentq(lambda v: 1 - np.exp(-2 * v) - v, 0.1, 1)
    sigma_w = sqrt(2) / OMEGA
    assert v == pytest.approx(0.797, abs=5e-4)
    assert OMEGA**2 * theory.fixed_point("sine", sigma_w) == pytest.approx(v, rel=1e-9)
    assert theory.chi("sine", sigma_w) == pytest.approx(1 + np.exp(-2 * v), rel=1e-9)


def arc_cosine(c):
    """The correlation after a ReLU layer (Cho & Saul 2009)."""
    return (sqrt(1 - c * c) + c * (pi - acos(c))) / pi


@pytest.mark.parametrize("c", [-1, -0.999, -0.3, 0, 0.5, 0.999999, 1])
@pytest.mark.parametrize("q", [1e-20, 1.0, 1e10])
def test_relu_is_exact(c, q):
    assert float(theory.variance_map(q, "relu", 1.3, 0.0)) == pytest.approx(1.3**2 * q / 2, 1e-12)
    found = float(theory.correlation_map(c, "relu", 1.3, q=q))
    assert found == pytest.approx(arc_cosine(c), abs=1e-12)
    leaky = ((1 - LEAK) ** 2 * arc_cosine(c) / 2 + LEAK * c) / ((1 + LEAK**2) / 2)
    assert float(theory.correlation_map(c, "leaky_relu", 1.3, q=q)) == pytest.approx(leaky, 1e-12)
    assert float(theory.correlation_map(c, "identity", 1.3, q=q)) == pytest.approx(c, abs=1e-12)


def test_with_biases_the_shared_part_counts():
    expected = (1.3**2 * 2 * arc_cosine(0.4) / 2 + 0.25) / (1.3**2 * 2 / 2 + 0.25)
    assert float(theory.correlation_map(0.4, "relu", 1.3, 0.5, 2.0)) == pytest.approx(expected)


def test_arrays_come_back_in_their_shape():
    q = np.array([[0.1, 1.0], [2.0, 3.0]])
    assert theory.variance_map(q, "tanh", 1.0).shape == (2, 2)
    assert theory.correlation_map(q / 3, "tanh", 1.0, q=1.0).shape == (2, 2)
    one = float(theory.variance_map(2.0, "tanh", 1.0))
    assert theory.variance_map(q, "tanh", 1.0)[1, 0] == pytest.approx(one)


# Published numbers.


@pytest.mark.parametrize(
    ("activation", "forward", "centred", "backward"),
    [
        ("tanh", 1.5925, 1.5925, 1.4674),
        ("sigmoid", 1.8462, 4.8013, 4.7227),
        ("relu", 1.4142, 1.7129, 1.4142),
        ("selu", 1.0, 1.0, 0.9660),
        ("gelu", 1.5335, 1.7009, 1.4811),
    ],
)
def test_the_gains_are_the_published_ones(activation, forward, centred, backward):
    gains = theory.gain(activation)
    assert gains[:3] == pytest.approx((forward, centred, backward), abs=1e-4)
    assert gains.folklore == iv.ACTIVATIONS[activation].pytorch_gain


@every_activation
def test_the_table_of_activations_has_the_same_gain_where_pytorch_has_none(activation):
    gains = theory.gain(activation)
    if gains.folklore is None:
        assert iv.ACTIVATIONS[activation].gain == pytest.approx(gains.forward, rel=1e-6)


CRITICAL = {  # at σ_b = 0
    "tanh": 1.0,
    "softsign": 1.0,
    "identity": 1.0,
    "lecun_tanh": 1 / (1.7159 * 2 / 3),
    "relu": sqrt(2),
    "leaky_relu": sqrt(2 / (1 + LEAK**2)),
    "selu": sqrt(2 / (1 + SELU_ALPHA**2)) / SELU_SCALE,
    "elu": 1.0,
    "sine": 1 / OMEGA,
}


@pytest.mark.parametrize(("activation", "sigma_w"), CRITICAL.items())
def test_without_biases_the_edge_has_a_closed_form(activation, sigma_w):
    assert theory.critical_sigma_w(activation) == pytest.approx(sigma_w, rel=1e-9)
    assert theory.why_not_critical(activation) == ""


def test_tanhs_edge_with_biases_is_the_published_one():
    assert theory.critical_sigma_w("tanh", BIASED) ** 2 == pytest.approx(1.761, abs=5e-4)


@pytest.mark.parametrize(
    ("activation", "sigma_b", "reason"),
    [
        ("relu", 0.1, "stays below 1"),
        ("identity", 1.0, "stays below 1"),
        ("leaky_relu", 0.3, "stays below 1"),
        ("softplus", 0.0, "stays below 1"),
        ("softplus", 2.0, "stays below 1"),
        ("gelu", 0.0, "grows without end"),
        ("gelu", 0.3, "settles on"),
    ],
)
def test_where_there_is_no_edge_it_says_why(activation, sigma_b, reason):
    assert theory.critical_sigma_w(activation, sigma_b) is None
    assert reason in theory.why_not_critical(activation, sigma_b)


# Without biases q creeps towards 0 at the edge, like 1/layers; there the closed forms have to do.
BIASES = (0.1, BIASED, 1.0, 3.0)
EDGES = [
    *product(("sigmoid", "tanh", "lecun_tanh", "selu", "softsign"), BIASES),
    ("sigmoid", 0.0),
    ("gelu", 0.5),
    ("gelu", 1.0),
]


@pytest.mark.parametrize(("activation", "sigma_b"), EDGES)
def test_at_the_edge_the_layers_themselves_settle_where_chi_is_one(activation, sigma_b):
    sigma_w = theory.critical_sigma_w(activation, sigma_b)

    def chi_after_many_layers(sigma_w):
        q = 1.0
        for _ in range(3000):
            before, q = q, float(theory.variance_map(q, activation, sigma_w, sigma_b))
            if q == before:  # and so it will be in every layer to come
                break
        return theory.chi(activation, sigma_w, sigma_b, q)

    assert chi_after_many_layers(sigma_w) == pytest.approx(1, abs=1e-8)
    assert chi_after_many_layers(0.999 * sigma_w) < 1 < chi_after_many_layers(1.001 * sigma_w)


@pytest.mark.parametrize(("activation", "sigma_b"), [*EDGES, *((a, 0.0) for a in CRITICAL)])
def test_at_the_edge_the_reach_has_no_end_and_beside_it_one(activation, sigma_b):
    """On either side, however near: where two roots become one, a search for them may stray."""
    edge = theory.critical_sigma_w(activation, sigma_b)
    assert theory.depth_scale(activation, edge, sigma_b).correlation == inf
    for beside in (10.0**-k for k in range(3, 13)):
        for sigma_w in ((1 - beside) * edge, (1 + beside) * edge):
            assert theory.reach(activation, sigma_w, sigma_b) > 100
            assert 0 <= theory.correlation_fixed_point(activation, sigma_w, sigma_b) <= 1


def test_selu_has_its_fixed_point_at_one_and_relu_keeps_every_variance():
    assert theory.fixed_point("selu", 1.0, 0.0, start=3.0) == pytest.approx(1, abs=1e-9)
    for start in (0.2, 1.0, 70.0):
        assert theory.fixed_point("relu", sqrt(2), 0.0, start) == start


def test_under_relu_unrelated_inputs_come_to_look_alike():
    c = theory.propagate(51, 1.0, 0.0, "relu", sqrt(2)).correlation
    expected = [0.0]
    for _ in range(50):
        expected.append(arc_cosine(expected[-1]))
    np.testing.assert_allclose(c, expected, atol=1e-7)
    assert c[[1, 10, 50]] == pytest.approx([1 / pi, 0.872, 0.988], abs=5e-4)


# Where the layers settle.


@every_activation
@pytest.mark.parametrize("sigma_w", [0.3, 0.9, 1.1, 2.5, 12.0])
@pytest.mark.parametrize("sigma_b", [0.0, 0.3, 2.0])
def test_the_fixed_point_is_where_many_layers_lead(activation, sigma_w, sigma_b):
    q = 1.0
    for _ in range(4000):
        before, q = q, float(theory.variance_map(q, activation, sigma_w, sigma_b))
        if q > 1e12 or abs(q - before) <= 1e-14 * q:
            break
    found = theory.fixed_point(activation, sigma_w, sigma_b)
    if q > 1e12:
        assert found == inf
    elif q < 1e-12:
        assert found == 0
    else:
        assert found == pytest.approx(q, rel=1e-6)


@pytest.mark.parametrize(
    ("activation", "sigma_w"),
    [("tanh", 2.5), ("tanh", 1.0), ("selu", 1.1), ("sigmoid", 13.0), ("softplus", 1.2)],
)
@pytest.mark.parametrize("sigma_b", [0.3, 1.5])
def test_the_depth_scales_are_the_decay_that_the_maps_have(activation, sigma_w, sigma_b):
    q_end = theory.fixed_point(activation, sigma_w, sigma_b)
    c_end = theory.correlation_fixed_point(activation, sigma_w, sigma_b)
    scale = theory.depth_scale(activation, sigma_w, sigma_b)
    near = q_end * (1 + 1e-4)
    after = float(theory.variance_map(near, activation, sigma_w, sigma_b))
    assert log((near - q_end) / (after - q_end)) == pytest.approx(1 / scale.variance, rel=1e-2)
    near = c_end - 1e-4
    after = float(theory.correlation_map(near, activation, sigma_w, sigma_b))
    assert log((c_end - near) / (c_end - after)) == pytest.approx(1 / scale.correlation, rel=0.02)
    assert theory.reach(activation, sigma_w, sigma_b) == scale.correlation


def test_the_correlations_fixed_point_is_where_many_layers_lead():
    for where in (("tanh", 1.5, 0.2), ("tanh", 4.0, 1.0), ("tanh", 0.9, 0.5), ("selu", 1.2, 0.5)):
        c = theory.propagate(3000, theory.fixed_point(*where), 0.4, *where).correlation[-1]
        assert theory.correlation_fixed_point(*where) == pytest.approx(c, abs=1e-5)


def test_a_signal_that_dies_out_or_explodes_is_limited_by_its_size():
    assert theory.reach("tanh", 0.5) == pytest.approx(1 / log(4))
    assert theory.reach("relu", 1.0) == pytest.approx(1 / log(2))
    assert theory.reach("relu", 2.0) == pytest.approx(1 / log(2))
    assert theory.reach("relu", sqrt(2)) == inf
    assert theory.depth_scale("tanh", 1.0).variance == inf
    with pytest.raises(ValueError, match=r"^sigma_w=2.0: the variance of relu grows without end"):
        theory.depth_scale("relu", 2.0)


def test_a_course_is_the_maps_applied_again_and_again():
    where = "tanh", 1.7, 0.3
    course, q, c = theory.propagate(6, 0.2, 0.9, *where), 0.2, 0.9
    for layer in range(6):
        found = [float(part[layer]) for part in course]
        assert found == pytest.approx([q, c, theory.chi(*where, q)], rel=1e-12)
        c = float(theory.correlation_map(c, *where, q))
        q = float(theory.variance_map(q, *where))
    grown = theory.propagate(400, 1.0, 0.5, "relu", 20.0)
    assert grown.variance[-1] == inf
    assert np.isnan(grown.correlation[-1])


# Theory against simulation.


LAYERS, SIGMA_W, SIGMA_B = 5, 1.3, 0.3
PAIR = sqrt(2) * np.array([[1.0, 0.0], [0.6, 0.8]])
FIRST = SIGMA_W**2 + SIGMA_B**2, 0.6 * SIGMA_W**2 + SIGMA_B**2  # variance, covariance in layer 1


@pytest.fixture(scope="module")
def wide():
    """What 40 networks of 1000 units a layer do: activation → (networks, quantities).

    Variance of the sums, correlation and χ, each from the first layer on; χ is what becomes of
    random numbers on their way back through a layer. The same weights serve every activation, in
    its own unit of z: of a sine the correlation would be lost at once.
    """
    found, rng = {activation: [] for activation in iv.ACTIVATIONS}, np.random.default_rng(0)
    for seed in range(40):
        network = iv.init_network(
            (2, *(1000,) * LAYERS, 1),
            "tanh",
            "lecun_normal",
            SIGMA_W,
            seed=seed,
            dtype="float32",
            bias_std=SIGMA_B,
        )
        noise = rng.standard_normal((LAYERS - 1, 1000, 1)).astype("float32")
        for activation, rows in found.items():
            own = replace(network, activation=activation)
            if (unit := np.float32(iv.ACTIVATIONS[activation].unit)) != 1:
                weights, biases = (
                    tuple(unit * p for p in each) for each in (own.weights, own.biases)
                )
                own = replace(own, weights=weights, biases=biases)
            zs = weighted_sums(own, PAIR)[0][:-1]
            z = np.concatenate(zs).astype(float)
            squares = (z**2).mean(axis=1)
            shared = (z[..., 0] * z[..., 1]).mean(axis=1) / np.sqrt(squares.prod(axis=1))
            slope = iv.ACTIVATIONS[activation].derivative
            back = [
                ((slope(z[:, :1]) * (W[0].T @ delta)) ** 2).mean() / (delta**2).mean()
                for (z,), W, delta in zip(zs[:-1], own.weights[1:-1], noise, strict=True)
            ]
            rows.append([*squares.mean(axis=1), *shared, *back])
    return {activation: np.array(rows) for activation, rows in found.items()}


@pytest.mark.xdist_group("wide")  # or both workers would draw them
@pytest.mark.parametrize("quantity", ["variance", "correlation", "chi"])
@every_activation
def test_wide_networks_do_what_theory_says(activation, quantity, wide):
    """Averaged over the layers, within 3 standard errors; and every layer alone within 5.

    The layers of all activations make 196 comparisons, of which by chance one or two lie beyond 3.
    A width of 1000 shifts the mean by some 1/1000 a layer, a fraction of the error of 40 networks.
    """
    (q, shared), unit = FIRST, iv.ACTIVATIONS[activation].unit
    sigmas = unit * SIGMA_W, unit * SIGMA_B
    course = theory.propagate(LAYERS, unit**2 * q, shared / q, activation, *sigmas)
    predicted = np.split(
        np.concatenate([course.variance, course.correlation, course.chi[:-1]]), [LAYERS, 2 * LAYERS]
    )
    which = ("variance", "correlation", "chi").index(quantity)
    measured = np.split(wide[activation], [LAYERS, 2 * LAYERS], axis=1)[which]
    ratio = measured / predicted[which]
    error = ratio.std(axis=0, ddof=1) / sqrt(40)
    assert (np.abs(ratio.mean(axis=0) - 1) < 5 * error).all()
    over_layers = ratio.mean(axis=1)
    error = over_layers.std(ddof=1) / sqrt(40)
    assert abs(over_layers.mean() - 1) < 3 * error < 0.06


@pytest.fixture(scope="module")
def one_layer():
    """(z, delta, Wᵀ delta) of 20 layers of 1000 units, whose sums have the variance 1.5."""
    rng = np.random.default_rng(5)
    W = iv.INITIALIZERS["lecun_normal"](rng, (20, 1000, 1000), 1.3)
    z = sqrt(1.5) * rng.standard_normal((20, 1000, 1))  # of the layer below
    delta = rng.standard_normal((20, 1000, 1))
    return z, delta, W.swapaxes(1, 2) @ delta


@pytest.mark.xdist_group("one layer")  # or both workers would draw it
@every_activation
def test_a_gradient_on_its_way_back_grows_by_chi(activation, one_layer):
    """One layer of 1000 units, whose sums have the variance 1.5, within 3 standard errors."""
    z, delta, returned = one_layer
    back = iv.ACTIVATIONS[activation].derivative(z) * returned
    ratio = (back**2).mean(axis=(1, 2)) / (delta**2).mean(axis=(1, 2))
    error = ratio.std(ddof=1) / sqrt(20)
    chi = theory.chi(activation, 1.3, q=1.5)
    assert abs(ratio.mean() - chi) < 3 * error < 0.06 * chi
    assert theory.gradient_factor(activation, 1.3, q=1.5) == pytest.approx(sqrt(chi))


# Properties.

names = st.sampled_from(sorted(iv.ACTIVATIONS))
sizes = st.floats(0.05, 5)
variances = st.floats(1e-3, 30)


@given(names, sizes, st.floats(0, 2), variances, st.floats(1.01, 3))
def test_a_larger_variance_stays_larger(activation, sigma_w, sigma_b, q, more):
    if activation == "sine":  # beyond that it grows by less than rounding
        q = min(q, 5) / OMEGA**2
    low, high = theory.variance_map(np.array([q, more * q]), activation, sigma_w, sigma_b)
    assert low < high
    assert low < theory.variance_map(q, activation, more * sigma_w, sigma_b)


@given(names, sizes, st.floats(0, 2), variances)
def test_the_correlation_map_stays_within_one_and_is_convex(activation, sigma_w, sigma_b, q):
    c = np.linspace(0, 1, 21)
    found = theory.correlation_map(c, activation, sigma_w, sigma_b, q)
    assert found[-1] == pytest.approx(1, abs=1e-8)
    assert (np.diff(found) >= -1e-8).all()
    assert (np.diff(found, 2) >= -1e-8).all()  # a power series with no negative coefficient
    assert (np.abs(theory.correlation_map(-c, activation, sigma_w, sigma_b, q)) <= 1).all()


@given(names, st.floats(0, 1e3), st.floats(0, 1e3))
def test_no_setting_warns_or_breaks(activation, sigma_w, sigma_b):
    q = theory.fixed_point(activation, sigma_w, sigma_b)
    assert 0 <= q <= inf
    assert 0 <= theory.chi(activation, sigma_w, sigma_b) < inf
    assert theory.reach(activation, sigma_w, sigma_b) >= 0
    theory.propagate(10, 1.0, 0.5, activation, sigma_w, sigma_b)
    if q < inf:
        scale = theory.depth_scale(activation, sigma_w, sigma_b)
        assert not scale.variance < 0


CORNERS = (0.0, 1e-3, 1.0, 1e3)


@pytest.mark.once
@pytest.mark.parametrize("sigma_b", CORNERS)
@pytest.mark.parametrize("sigma_w", CORNERS)
@every_activation
def test_the_corners_make_sense(activation, sigma_w, sigma_b):
    where = activation, sigma_w, sigma_b
    something = sigma_w > 0 or sigma_b > 0
    settled = theory.fixed_point(*where)
    assert settled >= sigma_b**2
    for q in (None, 0.0, 1.0):
        c = theory.correlation_map(np.array([-1, 0, 0.5, 1]), *where, q)
        assert (np.abs(c) <= 1).all() == something
        assert np.isnan(c).all() != something
        assert c[-1] == pytest.approx(1, abs=1e-9) or not something
        assert 0 <= theory.gradient_factor(*where, q) ** 2 == pytest.approx(theory.chi(*where, q))
        assert (0 <= theory.correlation_fixed_point(*where, q) <= 1) == something
        assert np.isfinite(theory.correlation_slope(1.0, *where, q)) == something
    assert theory.reach(*where) >= 0
    assert (theory.propagate(300, 0.0, 0.5, *where).variance >= 0).all()
    last = theory.propagate(300, 1.0, 0.5, *where).variance[-1]
    assert settled == inf or last == pytest.approx(settled, rel=0.01, abs=0.01)
    if settled == inf:
        with pytest.raises(ValueError, match=r"grows without end"):
            theory.depth_scale(*where)
    else:
        assert min(theory.depth_scale(*where)) >= 0


# Sizes beyond all others: every limit has a closed form.


BOUNDED = {"tanh": (-1, 1), "sigmoid": (0, 1), "softsign": (-1, 1), "lecun_tanh": (-1.7159, 1.7159)}


@pytest.mark.parametrize("sigma_w", [1e6, 1e20, 1e100, 1e149, 1e200, 1e308])
@pytest.mark.parametrize("activation", BOUNDED)
def test_a_bounded_activation_of_huge_sums_is_a_step(activation, sigma_w):
    low, high = BOUNDED[activation]
    square, middle, half = (low**2 + high**2) / 2, (low + high) / 2, (high - low) / 2
    with np.errstate(over="ignore"):
        settled = float(np.float64(sigma_w) ** 2 * square)
    assert theory.fixed_point(activation, sigma_w) == pytest.approx(settled, rel=1e-4)
    found = theory.correlation_map(np.array([-1, 0, 0.5, 1]), activation, sigma_w)
    shared = middle**2 + half**2 * 2 / pi * np.arcsin([-1, 0, 0.5, 1])
    assert found == pytest.approx(shared / square, rel=1e-4, abs=1e-4)
    # c settles where c = (m² + h² (2 / π) asin c) / (m² + h²).
    gap = (
        optimize.brentq(
            lambda c: (middle**2 + half**2 * 2 / pi * np.arcsin(c)) / square - c, 0, 0.9
        )
        if middle
        else 0.0
    )
    slope = half**2 / square * 2 / pi / sqrt(1 - gap**2)
    assert theory.reach(activation, sigma_w) == pytest.approx(-1 / log(slope), rel=5e-3)


@pytest.mark.parametrize("sigma_w", [1e3, 1e6, 1e12, 1e20, 1e149])
def test_of_huge_sums_chi_is_the_area_under_the_slope(sigma_w):
    """σ_w² ∫ f'(u)² du / √(2π q), with ∫ sech⁴ = 4/3 and q = σ_w²."""
    expected = 4 / 3 / sqrt(2 * pi) * sigma_w
    assert theory.chi("tanh", sigma_w) == pytest.approx(expected, rel=2 / sigma_w + 1e-9)


@pytest.mark.parametrize("sigma_w", [30, 100, 300, 1000])
def test_far_in_chaos_unrelated_inputs_stay_unrelated(sigma_w):
    q = theory.fixed_point("tanh", sigma_w)
    assert theory.correlation_fixed_point("tanh", sigma_w) == 0
    ends = [0, *(10.0 ** np.arange(-2, log10(9 * sqrt(q)), 0.5)), 9 * sqrt(q)]
    mean_slope = sum(
        integrate.quad(
            lambda u: np.cosh(u) ** -2.0 * stats.norm.pdf(u / sqrt(q)) / sqrt(q), *panel
        )[0]
        for panel in pairwise(np.minimum(ends, 300))
    )
    expected = -1 / log(sigma_w**2 * (2 * mean_slope) ** 2)
    assert theory.reach("tanh", sigma_w) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("sigma_w", [1e-320, 1e-200, 1e-100, 1e-8])
def test_of_tiny_weights_a_signal_dies_at_once_and_no_two_are_told_apart(sigma_w):
    assert theory.fixed_point("tanh", sigma_w) == 0
    assert theory.correlation_map(0.5, "tanh", sigma_w) == pytest.approx(0.5)
    assert theory.chi("tanh", sigma_w) == pytest.approx(sigma_w**2, rel=1e-12)
    assert theory.reach("tanh", sigma_w) == pytest.approx(
        -1 / (2 * log(max(sigma_w, 1e-170))), abs=2e-3
    )
    assert theory.variance_map(4.0, "relu", sigma_w, 0.5) == pytest.approx(2 * sigma_w**2 + 0.25)


@pytest.mark.parametrize("sigma_b", [1e-320, 1e-100, 1e-19, 1e-15, 1e-10, 1e-7])
@pytest.mark.parametrize(("activation", "edge"), [("tanh", 1.0), ("sigmoid", 10.14926371)])
def test_tiny_biases_leave_the_edge_where_it_is_without(activation, edge, sigma_b):
    assert theory.critical_sigma_w(activation, sigma_b) == pytest.approx(edge, abs=1e-4)
    assert theory.why_not_critical(activation, sigma_b) == ""


@pytest.mark.parametrize("sigma_b", [1e7, 1e100, 1e200])
def test_beside_huge_biases_no_edge_is_told(sigma_b):
    assert theory.critical_sigma_w("tanh", sigma_b) is None
    assert "biases so large" in theory.why_not_critical("tanh", sigma_b)


def test_what_no_number_can_hold_is_inf():
    assert theory.variance_map(1.0, "relu", 1e200) == inf
    assert theory.variance_map(np.array([0.0, 1.0]), "relu", 1e200).tolist() == [0, inf]
    assert theory.propagate(3, 1.0, 0.5, "relu", 1e200).variance.tolist() == [1, inf, inf]
    assert theory.chi("relu", 1e200) == inf


@given(names, st.floats(0, 1e300), st.floats(0, 1e300))
@settings(max_examples=settings().max_examples // 2)
def test_no_size_warns_raises_or_gives_nonsense(activation, sigma_w, sigma_b):
    with np.errstate(all="raise"):
        assert theory.fixed_point(activation, sigma_w, sigma_b) >= 0
        assert theory.chi(activation, sigma_w, sigma_b) >= 0
        assert theory.reach(activation, sigma_w, sigma_b) >= 0
        course = theory.propagate(4, 1.0, 0.5, activation, sigma_w, sigma_b)
        assert (course.variance >= 0).all()
        c = theory.correlation_map(0.5, activation, sigma_w, sigma_b)
        assert -1 <= c <= 1 or sigma_w == sigma_b == 0


# Bad input.


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.variance_map(1.0, "tan", 1.0), "activation='tan': did you mean 'tanh'?"),
        (lambda: theory.gain("sigmod"), "activation='sigmod': did you mean 'sigmoid'?"),
        (lambda: theory.variance_map(1.0, "tanh", -1.0), "sigma_w=-1.0"),
        (lambda: theory.variance_map(1.0, "tanh", 1.0, nan), "sigma_b=nan"),
        (lambda: theory.variance_map(-1.0, "tanh", 1.0), "q=-1.0"),
        (lambda: theory.variance_map([1.0, inf], "tanh", 1.0), "q[1]=inf"),
        (lambda: theory.chi("tanh", 1.0, q=nan), "q=nan"),
        (lambda: theory.correlation_map(1.5, "tanh", 1.0), "c=1.5"),
        (lambda: theory.correlation_map([0.5, nan], "tanh", 1.0), "c[1]=nan"),
        (lambda: theory.fixed_point("tanh", 1.0, start=0.0), "start=0.0"),
        (lambda: theory.fixed_point("tanh", inf), "sigma_w=inf"),
        (lambda: theory.critical_sigma_w("tanh", -0.1), "sigma_b=-0.1"),
        (lambda: theory.critical_sigma_w(["tanh"]), "activation=['tanh']"),
        (lambda: theory.why_not_critical("tanh", True), "sigma_b=True"),
        (lambda: theory.correlation_slope(2.0, "tanh", 1.0), "c=2.0"),
        (lambda: theory.variance_slope(-1.0, "tanh", 1.0), "q=-1.0"),
        (lambda: theory.mean_square("tan", 1.0), "activation='tan'"),
        (lambda: theory.mean_square_slope("tanh", nan), "q=nan"),
        (lambda: theory.propagate(0, 1.0, 0.5, "tanh", 1.0), "layers=0"),
        (lambda: theory.depth_scale("tanh", "1"), "sigma_w='1'"),
        (lambda: theory.variance_map("abc", "tanh", 1.0), "q='abc'"),
        (lambda: theory.variance_map(1j, "tanh", 1.0), "q=1j"),
        (lambda: theory.variance_map(None, "tanh", 1.0), "q=None"),
        (lambda: theory.chi("tanh", 1.0, 0.0, [1, 2]), "q=[1, 2]"),
        (lambda: theory.chi("tanh", 1j), "sigma_w=1j"),
        (lambda: theory.correlation_map("x", "tanh", 1.0), "c='x'"),
        (lambda: theory.correlation_map(0.5, "tanh", 1.0, q="1"), "q='1'"),
        (lambda: theory.correlation_slope([0.5], "tanh", 1.0), "c=[0.5]"),
        (lambda: theory.variance_slope([1.0], "tanh", 1.0), "q=[1.0]"),
        (lambda: theory.propagate(3, 1.0, None, "tanh", 1.0), "c=None"),
        (lambda: theory.propagate(3, 1.0, 1.5, "tanh", 1.0), "c=1.5"),
        (lambda: theory.propagate(3, "q", 0.5, "tanh", 1.0), "q='q'"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        call()


def test_nothing_at_all_has_no_correlation():
    assert np.isnan(theory.correlation_map(0.5, "tanh", 0.0))
    assert theory.fixed_point("tanh", 0.0) == 0
    assert theory.propagate(3, 1.0, 0.5, "tanh", 0.0).variance.tolist() == [1, 0, 0]
