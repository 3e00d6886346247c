"""Sharpness, held against PyTorch's Hessian and against closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import initviz as iv
from initviz.measure.landscape import as_network, as_points
from initviz.measure.sharpness import _largest_eigenvalue

MOONS = iv.DATASETS["moons"].X[:20], iv.DATASETS["moons"].y[:20]


def torch_losses(torch, network, X, y, loss):
    """The loss of a single network as a function of its numbers, said again in PyTorch."""
    functions = {"tanh": torch.tanh, "softplus": torch.nn.functional.softplus}
    named = {
        "binary_cross_entropy": torch.nn.functional.binary_cross_entropy_with_logits,
        "squared_error": lambda z, y: ((torch.sigmoid(z) - y) ** 2).mean(),
    }
    targets = torch.tensor(y, dtype=torch.float64)

    def value(point):
        a, at = torch.tensor(X.T), 0
        for layer, W in enumerate(network.weights):
            out, into = W.shape[1:]
            weights = point[at : at + out * into].reshape(out, into)
            at += out * into
            z = weights @ a + point[at : at + out].reshape(out, 1)
            at += out
            a = functions[network.activation](z) if layer < len(network.weights) - 1 else z
        return named[loss](a[0], targets)

    return value


@pytest.mark.parametrize("activation", ["tanh", "softplus"])
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "squared_error"])
def test_sharpness_is_the_largest_eigenvalue_of_pytorchs_hessian(activation, loss):
    torch = pytest.importorskip("torch")
    kinds = ((0.1, "glorot_normal"), (1.0, "normal"), (3.0, "glorot_normal"))
    for scale, scheme in kinds:
        network = iv.init_network((2, 4, 3, 1), activation, scheme, scale, bias="same", restarts=3)
        found = iv.sharpness(network, *MOONS, loss)
        for r, point in enumerate(as_points(network)):
            value = torch_losses(torch, network, *MOONS, loss)
            hessian = torch.autograd.functional.hessian(value, torch.tensor(point)).numpy()
            assert found[r] == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-3)


@pytest.mark.parametrize("scale", [0.01, 0.1, 1.0])
def test_behind_a_norm_short_weights_bend_the_loss_sharply(scale):
    torch = pytest.importorskip("torch")
    network = iv.init_network((2, 4, 1), "sine", "siren", scale, norm="layer")
    turns = np.full((1, 4, 1), 10 * np.pi)  # which a sine does not feel, and which is long
    network = replace(network, shifts=(turns,))
    X, y = map(torch.tensor, (MOONS[0], MOONS[1].astype(float)))

    def value(point):
        W, b, V, c, gain, shift = torch.split(point, [8, 4, 4, 1, 4, 4])
        z = torch.nn.functional.layer_norm(X @ W.reshape(4, 2).T + b, (4,), gain, shift)
        logits = torch.sin(30 * z) @ V + c
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, y)

    hessian = torch.autograd.functional.hessian(value, torch.tensor(as_points(network)[0]))
    found = iv.sharpness(network, *MOONS, "binary_cross_entropy")
    assert found[0] == pytest.approx(np.linalg.eigvalsh(hessian.numpy())[-1], rel=2e-3)


def test_a_kink_nearby_is_no_bend():
    """ReLU(x + b) - y squared, x + b being 1e-6: with u = (W, b, V) the answer is V (W x + b)."""
    ones, z = np.ones((1, 1, 1)), 1e-6
    network = iv.Network((ones, ones), (ones * (z - 1), 0 * ones), "relu", "identity")
    slope, error = np.array([1, 1, z, 1]), z - 3.0  # of the answer, by W, b, V and c
    mixed = np.zeros((4, 4))
    mixed[:2, 2] = mixed[2, :2] = 1  # how the answer's slope changes
    hessian = 2 * (np.outer(slope, slope) + error * mixed)
    found = iv.sharpness(network, [[1.0]], [3.0], "squared_error")
    np.testing.assert_allclose(found, np.linalg.eigvalsh(hessian)[-1], rtol=1e-3)


def test_of_a_linear_model_it_is_that_of_the_inputs_second_moments():
    """The loss |W x + b - y|², a mean: its Hessian is twice the mean of (x, 1) (x, 1)ᵀ."""
    digits = iv.DATASETS["digits"]
    X, y = digits.X[:200], np.eye(10)[digits.y[:200]]
    network = iv.init_network((64, 10), output="identity", restarts=2)
    inputs = np.hstack([X, np.ones((200, 1))])
    expected = 2 * np.linalg.eigvalsh(inputs.T @ inputs / 200)[-1]
    np.testing.assert_allclose(iv.sharpness(network, X, y, "squared_error"), expected, rtol=1e-3)


def test_it_is_the_largest_and_not_the_one_of_the_largest_size():
    """One sigmoid, which is sure of itself: where that is wrong, the squared error bends down."""
    X, y, z = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1.0, 0.0]), np.array([-2.0, -2.0])
    network = iv.Network((z.reshape(1, 1, 2),), (np.zeros((1, 1, 1)),), "tanh", "sigmoid")
    p = 1 / (1 + np.exp(-z))
    slope, bend = p * (1 - p), p * (1 - p) * (1 - 2 * p)
    inputs = np.hstack([X, np.ones((2, 1))])
    values = np.linalg.eigvalsh(inputs.T @ np.diag(slope**2 + (p - y) * bend) @ inputs)
    assert 0.01 < values[-1] < -values[0]
    assert iv.sharpness(network, X, y, "squared_error") == pytest.approx(values[-1], rel=1e-3)


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_norms_and_skips_bend_the_loss_as_its_second_differences_say(norm):
    network = iv.init_network((2, 3, 3, 1), "tanh", "normal", norm=norm, skip=True, restarts=1)
    point, h = as_points(network)[0], 1e-4
    steps = h * np.eye(len(point))

    def losses(moves):
        flat = (point + moves).reshape(-1, len(point))
        at = as_network(flat, network)
        return iv.gradients(at, *MOONS, "binary_cross_entropy")[0].reshape(moves.shape[:-1])

    both, apart = steps[:, None] + steps, steps[:, None] - steps
    hessian = (losses(both) + losses(-both) - losses(apart) - losses(-apart)) / (4 * h**2)
    found = iv.sharpness(network, *MOONS, "binary_cross_entropy")
    assert found == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-3)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(0, 12))
@settings(max_examples=30)
def test_the_largest_eigenvalue_of_any_matrix_is_found(seed, size, rank):
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(3, size, min(rank, size)))
    signs = rng.choice([-1.0, 1.0], size=half.shape[2])
    matrices = (half * signs) @ half.swapaxes(1, 2)  # also all zero, and with equal eigenvalues
    found = _largest_eigenvalue(lambda v: np.einsum("rij,rj->ri", matrices, v), (3, size), size)
    expected = np.linalg.eigvalsh(matrices)[:, -1]
    largest = np.abs(matrices).max(initial=1e-9)
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-3 * largest)


def test_equal_eigenvalues_below_zero_are_not_taken_for_zero():
    found = _largest_eigenvalue(lambda v: -2 * v, (2, 5), 5)
    assert found.tolist() == pytest.approx([-2, -2])


def test_where_nothing_bends_it_is_zero_and_where_nothing_is_a_number_it_is_none():
    dead = iv.init_network((2, 4, 1), "relu", "zeros", output="identity", restarts=2)
    sharp = iv.sharpness(dead, *MOONS, "squared_error")  # only the output's bias counts: 2 (c - y)²
    assert sharp == pytest.approx([2, 2])
    weights = tuple(W.copy() for W in dead.weights)
    weights[0][1] = np.nan
    sharp = iv.sharpness(replace(dead, weights=weights), *MOONS, "squared_error")
    assert sharp[0] == pytest.approx(2)
    assert np.isnan(sharp[1])


def test_each_restart_has_its_own_whatever_stands_beside_it():
    network = iv.init_network((2, 6, 1), "tanh", "normal", restarts=5)
    together = iv.sharpness(network, *MOONS, "binary_cross_entropy")
    alone = [iv.sharpness(network.restart(r), *MOONS, "binary_cross_entropy")[0] for r in range(5)]
    np.testing.assert_allclose(together, alone, rtol=1e-3)
    half = network.each_array(lambda array: array.astype(np.float32))
    single = iv.sharpness(half, *MOONS, "binary_cross_entropy")
    np.testing.assert_allclose(single, together, rtol=1e-3)
