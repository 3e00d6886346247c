"""Networks: how they are drawn, the forward pass, backpropagation, LSUV."""

import re
from dataclasses import replace
from itertools import pairwise
from math import inf, nan

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, softmax

import initviz as iv
from initviz.networks.network import backpropagated, losses_of, weighted_sums

every_activation = pytest.mark.parametrize("activation", iv.ACTIVATIONS)
every_scheme = pytest.mark.parametrize("initializer", iv.INITIALIZERS)

X = np.random.default_rng(0).normal(size=(5, 3))


def network_for(problem, activation, restarts=3):
    """Three restarts of 3-4-6-outputs with biases, so that every parameter matters."""
    layers, scale = (
        (problem.data.features, 4, 6, problem.data.outputs),
        iv.ACTIVATIONS[activation].unit,
    )
    usual = {"bias": "same", "restarts": restarts, "output": problem.output}
    return iv.init_network(layers, activation, "he_normal", scale, **usual)


def moved(network, part, layer, unit, step):
    """The network with ``step`` added to one weight or bias of every restart."""
    arrays = list(getattr(network, part))
    arrays[layer] = arrays[layer].copy()
    arrays[layer][(slice(None), *unit)] += step
    return replace(network, **{part: tuple(arrays)})


# Drawing


def test_shapes_are_restarts_fan_out_fan_in():
    network = iv.init_network((2, 16, 5, 1), restarts=7)
    assert [w.shape for w in network.weights] == [(7, 16, 2), (7, 5, 16), (7, 1, 5)]
    assert [b.shape for b in network.biases] == [(7, 16, 1), (7, 5, 1), (7, 1, 1)]
    assert (network.restarts, network.layers) == (7, (2, 16, 5, 1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_and_activations_have_the_dtype_asked_for(dtype):
    network = iv.init_network((3, 4, 1), dtype=dtype)
    arrays = (*network.weights, *network.biases, *iv.forward(network, X))
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


@every_scheme
def test_a_restart_does_not_depend_on_how_many_there_are(initializer):
    many = iv.init_network((3, 6, 2), initializer=initializer, bias="same", restarts=8)
    few = iv.init_network((3, 6, 2), initializer=initializer, bias="same", restarts=3)
    for a, b in zip((*many.weights, *many.biases), (*few.weights, *few.biases), strict=True):
        assert_array_equal(a[:3], b)


def test_the_seed_decides_and_restarts_differ():
    one, again, other = (iv.init_network((3, 6, 2), restarts=2, seed=s).weights for s in (1, 1, 2))
    assert_array_equal(one[0], again[0])
    assert not np.isclose(one[0], other[0]).any()
    assert not np.isclose(one[0][0], one[0][1]).any()
    assert not np.isclose(one[0][0, :2], one[1][0, :, :3]).any()


@every_scheme
def test_scale_multiplies_every_layer(initializer):
    plain = iv.init_network((3, 6, 2), initializer=initializer)
    larger = iv.init_network((3, 6, 2), initializer=initializer, scale=4.0)
    for a, b in zip(plain.weights, larger.weights, strict=True):
        assert_array_equal(4 * a, b)


def test_the_sigmoid_of_scikit_learns_scheme_is_passed_on():
    sigmoid = iv.init_network((30, 50, 1), "sigmoid", "sklearn_default").weights[0]
    tanh = iv.init_network((30, 50, 1), "tanh", "sklearn_default").weights[0]
    assert_allclose(sigmoid, tanh / np.sqrt(3), rtol=1e-12)


def test_a_number_as_bias_fills_every_bias():
    assert {b for bs in iv.init_network((3, 6, 2), bias=-0.5).biases for b in bs.flat} == {-0.5}


def test_the_bias_same_is_drawn_like_the_layers_own_weights():
    network = iv.init_network((400, 50, 1), initializer="lecun_uniform", bias="same", restarts=40)
    hidden, last = network.biases
    assert np.abs(hidden).max() == pytest.approx(np.sqrt(3 / 400), rel=0.01)
    assert hidden.std() == pytest.approx(np.sqrt(1 / 400), rel=5 * np.sqrt(0.8 / 4 / hidden.size))
    assert np.abs(last).max() == pytest.approx(np.sqrt(3 / 50), rel=0.1)
    assert len(np.unique(hidden)) == hidden.size


@pytest.mark.parametrize(("units", "output"), [(1, "sigmoid"), (2, "softmax"), (10, "softmax")])
def test_the_usual_output_follows_from_the_units(units, output):
    assert iv.init_network((3, 4, units)).output == output


GOOD = {"layers": (2, 3, 1)}


def test_biases_can_be_drawn_by_a_scheme_of_their_own():
    network = iv.init_network((2, 500, 1), initializer="zeros", bias="normal", scale=3.0)
    assert not network.weights[0].any()
    assert network.biases[0].std() == pytest.approx(3.0, rel=0.1)
    assert len(np.unique(network.biases[0])) == 500


def test_what_goes_back_through_the_layers_is_the_slope_of_the_loss_on_z():
    """With one sample, d loss / d z is d loss / d bias, which finite differences have confirmed."""
    network = iv.init_network((3, 4, 4, 1), bias="same", restarts=2, activation="tanh")
    X, y = np.array([[0.3, -1.0, 2.0]]), np.array([1])
    back = backpropagated(network, X, y, "binary_cross_entropy")
    expected, _, biases = iv.gradients(network, X, y, "binary_cross_entropy")
    np.testing.assert_array_equal(back.loss, expected)
    for delta, bias in zip(back.deltas, biases, strict=True):
        np.testing.assert_array_equal(delta, bias)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": (2,)}, "layers=(2,)"),
        ({"layers": ()}, "layers=()"),
        ({"layers": 2}, "layers=2"),
        ({"layers": "231"}, "layers='231'"),
        ({"layers": (2, -3, 1)}, "layers=-3"),
        ({"layers": (0, 3, 1)}, "layers=0"),
        ({"layers": (2, 3.0, 1)}, "layers=3.0"),
        ({"layers": (2, True, 1)}, "layers=True"),
        ({"activation": "sigmoidd"}, "activation='sigmoidd': did you mean 'sigmoid'"),
        ({"activation": "softmax"}, "activation='softmax'"),
        ({"initializer": "xavi"}, "initializer='xavi': did you mean 'xavier'?"),
        ({"initializer": np.tanh}, "initializer=<ufunc 'tanh'>: give the name of an initializer; "),
        (
            {"activation": np.tanh},
            "activation=<ufunc 'tanh'>: did you mean 'tanh'? Give a name, not",
        ),
        ({"output": []}, "output=[]"),
        ({"output": np.arange(3)}, "output=array([0, 1, 2])"),
        ({"first": -1}, "first=-1"),
        ({"first": "a"}, "first='a'"),
        ({"layers": np.array(3)}, "layers=array(3)"),
        ({"layers": np.ones((2, 2), int)}, "layers=[1, 1]"),
        ({"scale": -1.0}, "scale=-1.0"),
        ({"scale": nan}, "scale=nan"),
        ({"scale": True}, "scale=True"),
        ({"bias": "zero"}, "bias='zero': give a number, a scheme, or"),
        ({"bias": inf}, "bias=inf"),
        ({"restarts": 0}, "restarts=0"),
        ({"restarts": True}, "restarts=True"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 0.5}, "seed=0.5"),
        ({"seed": None}, "seed=None"),
        ({"dtype": "float16"}, "dtype='float16'"),
        ({"dtype": np.float64}, "dtype=<class 'numpy.float64'>"),
        ({"output": "relu"}, "output='relu'"),
    ],
)
def test_a_bad_setting_of_a_network_is_named(settings, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        iv.init_network(**{**GOOD, **settings})


@pytest.mark.parametrize("settings", [{"scale": 1e39}, {"bias": 1e39}])
def test_what_overflows_float32_is_a_result_and_no_warning(settings):
    network = iv.init_network((2, 3, 1), initializer="constant", dtype="float32", **settings)
    assert np.isinf([w.max() for w in (*network.weights, *network.biases)]).any()


# Forward


def test_the_forward_pass_is_the_sum_written_out():
    network = iv.init_network((3, 4, 2), "tanh", bias="same", restarts=2, output="identity")
    inputs, hidden, output = iv.forward(network, X)
    (W, V), (b, c) = network.weights, network.biases
    for r, n in np.ndindex(2, 5):
        assert inputs[r, :, n].tolist() == X[n].tolist()
        z = [sum(W[r, i, j] * X[n, j] for j in range(3)) + b[r, i, 0] for i in range(4)]
        assert_allclose(hidden[r, :, n], np.tanh(z), rtol=1e-12)
        y = [sum(V[r, i, j] * np.tanh(z[j]) for j in range(4)) + c[r, i, 0] for i in range(2)]
        assert_allclose(output[r, :, n], y, rtol=1e-12)


@pytest.mark.parametrize(
    ("output", "function"),
    [("sigmoid", expit), ("softmax", lambda z: softmax(z, axis=1)), ("identity", lambda z: z)],
)
def test_the_output_layer_does_what_its_name_says(output, function):
    network = iv.init_network((3, 4, 2), restarts=2, output=output)
    z = network.weights[1] @ iv.forward(network, X)[1]
    assert_allclose(iv.forward(network, X)[-1], function(z), rtol=1e-12)


@every_activation
def test_a_restart_alone_gives_what_it_gives_among_others(activation):
    network = iv.init_network((3, 4, 6, 2), activation, bias="same", restarts=4)
    alone = network.restart(2)
    assert (alone.restarts, alone.layers, alone.activation) == (1, network.layers, activation)
    for a, among in zip(iv.forward(alone, X), iv.forward(network, X), strict=True):
        assert_allclose(a, among[2:3], rtol=1e-13)


@pytest.mark.parametrize("r", [-1, 4, 99, 1.0, True, None])
def test_a_restart_that_is_not_there_is_named(r):
    with pytest.raises(ValueError, match=f"^r={r}: give a "):
        iv.init_network((3, 4, 1), restarts=4).restart(r)


@pytest.mark.parametrize("layers", [(3, 4, 1), (3, *[100] * 200, 2)])
def test_a_network_says_what_it_is_in_three_lines(layers):
    network = iv.init_network(layers, "tanh", restarts=2, dtype="float32")
    lines = repr(network).splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= 110
    count = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(layers))
    assert lines[1] == f"  2 restarts of {count:,} weights and biases, float32"


@pytest.mark.parametrize("look", [iv.forward, iv.saturation, iv.dead, iv.mean_slope, iv.lsuv])
def test_what_is_no_network_is_named(look):
    run = iv.train(iv.Experiment(epochs=1, restarts=1))
    with pytest.raises(ValueError, match=r"^network='Run': give an initviz\.Network, such as "):
        look(run, run.dataset.X)


def test_overflow_is_a_result_and_no_warning():
    network = iv.init_network((3, 8, 8, 2), "relu", scale=1e200, output="identity")
    assert not np.isfinite(iv.forward(network, X)[-1]).any()
    loss, dW, _ = iv.gradients(network, X, np.zeros((5, 2)), "squared_error")
    assert not np.isfinite(loss).any()
    assert not np.isfinite(dW[-1]).all()


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.zeros((5, 2)), "X.shape=(5, 2)"),
        (np.zeros(3), "X.shape=(3,)"),
        (np.zeros((0, 3)), "X.shape=(0, 3)"),
        (np.zeros((1, 5, 3)), "X.shape=(1, 5, 3)"),
        ([[0, 1, 2], [3, nan, 5]], "X[1, 1]=nan"),
        ([["a", "b", "c"]], "X=[['a', 'b', 'c']]"),
    ],
)
def test_inputs_that_do_not_fit_are_named(inputs, message):
    network = iv.init_network((3, 4, 1))
    for look in (
        lambda: iv.forward(network, inputs),
        lambda: iv.gradients(network, inputs, np.zeros(len(inputs)), "squared_error"),
        lambda: iv.lsuv(network, inputs),
        lambda: iv.saturation(network, inputs),
        lambda: iv.activation_statistics(network, inputs),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
            look()


# Backpropagation


@every_activation
def test_gradients_are_the_slopes_of_the_loss(activation, problem):
    network, h = network_for(problem, activation), 1e-6
    _, dW, db = iv.gradients(network, *problem.data_and_loss)
    for part, gradient in (("weights", dW), ("biases", db)):
        for layer, g in enumerate(gradient):
            assert g.shape == getattr(network, part)[layer].shape
            for unit in np.ndindex(g.shape[1:]):
                ends = [moved(network, part, layer, unit, step) for step in (h, -h)]
                up, down = (iv.gradients(end, *problem.data_and_loss)[0] for end in ends)
                slope = (up - down) / (2 * h)
                assert_allclose(g[(slice(None), *unit)], slope, rtol=1e-6, atol=1e-8)


@every_activation
def test_loss_and_gradients_are_those_of_autograd(activation, problem, torch, torch_activations):
    network = network_for(problem, activation)
    loss, dW, db = iv.gradients(network, *problem.data_and_loss)
    weights, biases = (
        [torch.tensor(p, requires_grad=True) for p in part]
        for part in (network.weights, network.biases)
    )
    a = torch.tensor(problem.data.X.T)
    for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
        z = W @ a + b
        a = torch_activations[activation](z) if layer < 2 else z
    theirs = torch_losses(torch, z, problem)
    theirs.sum().backward()
    assert_allclose(loss, theirs.detach(), rtol=1e-12)
    assert_array_equal(losses_of(network, *problem.data_and_loss), loss)
    for ours, parameter in zip((*dW, *db), (*weights, *biases), strict=True):
        assert_allclose(ours, parameter.grad, rtol=1e-9, atol=1e-13)


def torch_losses(torch, z, problem):
    """(restarts,), from the output layer's z (restarts, outputs, samples)."""
    y = torch.tensor(problem.data.y)
    if problem.loss == "softmax_cross_entropy":
        columns = [torch.nn.functional.cross_entropy(z_r.T, y) for z_r in z]
        return torch.stack(columns)
    y = y.double().reshape(len(y), -1).T.expand_as(z)
    if problem.loss == "binary_cross_entropy":
        pointwise = torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")
    else:
        pointwise = ((torch.sigmoid(z) if problem.output == "sigmoid" else z) - y) ** 2
    return pointwise.sum(dim=1).mean(dim=1)


@pytest.mark.parametrize(
    ("y", "loss", "message"),
    [
        ([0, 1, 1, 0, 1], "mse", "loss='mse'"),
        ([0, 1, 1, 0, 1], "binary_crossentropy", "loss='binary_crossentropy': did you mean"),
        ([0, 1, 1, 0, 1], "softmax_cross_entropy", "loss='softmax_cross_entropy': with a sigmoid"),
        ([0, 1, 1, 0], "binary_cross_entropy", "y.shape=(4,)"),
        ([0, 1, 1, 0, 2], "binary_cross_entropy", "y=array([0., 1., 2.])"),
        ([0, 1, 1, 0, nan], "squared_error", "y[4]=nan"),
        (["a"] * 5, "squared_error", "y=['a', 'a'"),
        (np.zeros((5, 2)), "squared_error", "y.shape=(5, 2)"),
        (1, "squared_error", "y.shape=()"),
    ],
)
def test_targets_or_a_loss_that_do_not_fit_are_named(y, loss, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        iv.gradients(iv.init_network((3, 4, 1)), X, y, loss)


@pytest.mark.parametrize("y", [[0, 1, 2, 3, 0], [0, 1, -1, 0, 0], [0, 1, 0.5, 0, 0]])
def test_class_numbers_that_no_output_stands_for_are_named(y):
    with pytest.raises(ValueError, match=r"^y=array.*class numbers from 0 to 2"):
        iv.gradients(iv.init_network((3, 4, 3)), X, y, "softmax_cross_entropy")


@pytest.mark.parametrize("units", [1, 3])
def test_gradients_of_no_data_at_all_name_the_argument(units):
    network = iv.init_network((3, 4, units))
    loss = "binary_cross_entropy" if units == 1 else "softmax_cross_entropy"
    with pytest.raises(ValueError, match=r"^[Xy]"):
        iv.gradients(network, np.zeros((0, 3)), np.zeros(0), loss)


# LSUV

BATCH = np.random.default_rng(1).normal(size=(200, 3))


@pytest.mark.parametrize("tolerance", [0.1, 1e-6])
@every_activation
def test_lsuv_gives_every_layer_of_every_restart_variance_one(activation, tolerance):
    network = iv.init_network((3, 10, 10, 10, 2), activation, "orthogonal", scale=3.0, restarts=4)
    zs, _ = weighted_sums(iv.lsuv(network, BATCH, tolerance), BATCH)
    for z in zs:
        assert_allclose(z.var(axis=(1, 2)), 1, atol=tolerance)


def test_lsuv_only_multiplies_each_layer_and_leaves_the_original_alone():
    network = iv.init_network((3, 10, 2), "tanh", scale=3.0, bias=0.5, restarts=4)
    before = [w.copy() for w in network.weights]
    scaled = iv.lsuv(network, BATCH)
    for w, old, new in zip(network.weights, before, scaled.weights, strict=True):
        assert_array_equal(w, old)
        ratio = new / old
        assert_allclose(ratio, np.broadcast_to(ratio[:, :1, :1], ratio.shape), rtol=1e-12)
        assert (ratio != 1).all()
    assert [b.tolist() for b in scaled.biases] == [b.tolist() for b in network.biases]


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_lsuv_leaves_a_layer_as_it_is_whose_norm_would_undo_it(norm):
    network = iv.init_network((3, 6, 6, 1), "tanh", "normal", norm=norm, restarts=3)
    network = replace(network, gains=tuple(3 * gain for gain in network.gains))
    scaled = iv.lsuv(network, BATCH)
    for before, after in zip(network.weights[:-1], scaled.weights[:-1], strict=True):
        assert_array_equal(after, before)
    assert_allclose(weighted_sums(scaled, BATCH)[0][-1].var(axis=(1, 2)), 1, atol=0.1)


def test_lsuv_leaves_a_layer_as_it_is_that_does_not_vary():
    network = iv.init_network((3, 10, 2), "relu", bias=-100.0, restarts=2)
    scaled = iv.lsuv(network, BATCH)
    assert_array_equal(scaled.weights[1], network.weights[1])
    assert weighted_sums(scaled, BATCH)[0][0].var() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tolerance": 0}, "tolerance=0"),
        ({"tolerance": nan}, "tolerance=nan"),
        ({"max_tries": 0}, "max_tries=0"),
        ({"max_tries": 2.5}, "max_tries=2.5"),
    ],
)
def test_a_bad_setting_of_lsuv_is_named(settings, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        iv.lsuv(iv.init_network((3, 4, 1)), BATCH, **settings)


def test_noise_is_not_multiplied_by_the_scale():
    plain, noisy = (
        iv.init_network((20, 50, 1), scale=10.0, noise=noise, seed=1) for noise in (0.0, 0.01)
    )
    assert (noisy.weights[0] - plain.weights[0]).std() == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize("given", [None, "moons", [1], np.zeros(3), iv.Experiment(), iv.Network])
def test_what_is_no_network_is_refused_wherever_one_is_wanted(given):
    X, y = [[0, 1]], [1]
    for ask in (
        lambda: iv.forward(given, X),
        lambda: iv.gradients(given, X, y, "squared_error"),
        lambda: iv.gradient_statistics(given, X, y, "squared_error"),
        lambda: iv.lsuv(given, X),
        lambda: iv.symmetry(given),
        lambda: iv.cosine(given, [0, 1], [1, 0]),
        lambda: iv.saturation(given, X),
        lambda: iv.dead(given, X),
        lambda: iv.mean_slope(given, X),
        lambda: iv.participation_ratio(given, X),
    ):
        with pytest.raises(ValueError, match=r"^network='.*': give an initviz.Network"):
            ask()
