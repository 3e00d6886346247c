"""Check-ups of our own networks."""

import dataclasses
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from checkups.torch_models import mended, nn, torch

import initviz as iv
from initviz.measure.examination import Layer

OURS = iv.DATASETS["digits"]


def network(activation="tanh", initializer="glorot_normal", hidden=(32, 32), scale=1.0, **more):
    made = iv.init_network((64, *hidden, 10), activation, initializer, output="softmax", **more)
    return replace(made, weights=tuple(scale * W for W in made.weights))


OUR_SICK = {
    "× 0.01": (lambda: network(scale=0.01, hidden=(32,) * 3), "weights"),
    "× 10": (lambda: network(scale=10.0), "weights"),
    "zeros": (lambda: network(initializer="zeros"), "zeros"),
    "constant": (lambda: network(initializer="constant"), "symmetry"),
    "6 sigmoids": (lambda: network("sigmoid", hidden=(32,) * 6), "gradient"),
    "dead": (
        lambda: (lambda n: replace(n, biases=tuple(b - 20 for b in n.biases)))(
            network("relu", "he_normal")
        ),
        "saturated",
    ),
}


@pytest.mark.parametrize("name", OUR_SICK)
def test_our_own_networks_have_the_same_illnesses_and_mends(name):
    make, sign = OUR_SICK[name]
    model, batch = make(), (OURS.X[:200], OURS.y[:200])
    before = [W.copy() for W in (*model.weights, *model.biases)]
    first = iv.checkup(model, *batch).findings[0]
    assert (first.sign, first.level) == (sign, "serious")
    for W, kept in zip((*model.weights, *model.biases), before, strict=True):
        assert np.array_equal(W, kept)
    for _ in range(3):
        report = iv.checkup(model, *batch)
        if report.serious:
            model = mended(report.findings[0], model, *batch)[0]
    assert not iv.checkup(model, *batch).serious


def test_our_own_numbers_are_those_of_torch():
    """The same network in both worlds, float64 in both."""
    ours = network("relu", "he_normal")
    twin = nn.Sequential(
        nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10)
    ).double()
    for layer, W, b in zip(twin[::2], ours.weights, ours.biases, strict=True):
        layer.weight.data, layer.bias.data = torch.tensor(W[0]), torch.tensor(b[0, :, 0])
    batch = OURS.X[:100], OURS.y[:100]
    one, other = iv.checkup(ours, *batch), iv.checkup(twin, *batch)
    assert one.loss == pytest.approx(other.loss)
    shares = np.bincount(OURS.y[:100]) / 100
    assert one.guessing == pytest.approx(-(shares * np.log(shares)).sum())
    assert one.examination.input_size == pytest.approx(other.examination.input_size, rel=1e-5)
    softmax = {"output_mean", "output_std", "spread"}  # a part of our network, not of the other
    for a, b in zip(one.layers, other.layers, strict=True):
        for field in dataclasses.fields(Layer):
            x, y = getattr(a, field.name), getattr(b, field.name)
            apart = {"default_std"} | (softmax if a is one.layers[-1] else set())
            if isinstance(x, float) and field.name not in apart:
                assert x == pytest.approx(y, rel=1e-4, abs=1e-12, nan_ok=True), field.name


def test_restarts_are_summed_up_by_their_median():
    many, batch = network(restarts=5), (OURS.X[:50], OURS.y[:50])
    each = [iv.checkup(many.restart(r), *batch) for r in range(5)]
    report = iv.checkup(many, *batch)
    assert report.loss == pytest.approx(np.median([one.loss for one in each]))
    assert report.layers[0].gradient_rms == pytest.approx(
        np.median([one.layers[0].gradient_rms for one in each])
    )


def test_a_network_of_ours_needs_targets_and_a_loss_of_ours():
    with pytest.raises(ValueError, match="y=None: a Network is checked with its targets"):
        iv.checkup(network(), OURS.X[:9])
    with pytest.raises(ValueError, match=r"loss='mse_loss': give one of"):
        iv.checkup(network(), OURS.X[:9], OURS.y[:9], "mse_loss")


def test_a_check_up_without_data_asks_for_a_batch():
    with pytest.raises(ValueError, match=r"^X=None: give a batch .*checkup\(model, X, y\)$"):
        iv.checkup(network())


def test_checking_a_network_of_ours_imports_no_framework():
    code = (
        "import sys, numpy as np, initviz as iv;"
        "n = iv.init_network((3, 4, 1), 'tanh', 'glorot_normal');"
        "str(iv.checkup(n, np.eye(3), np.array([0, 1, 1])));"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "keras", "jax", "tensorflow"} & set(done.stdout.split())


@pytest.mark.parametrize("loss", [np.zeros((3, 2)), {}, []])
def test_a_loss_that_is_no_name_is_refused(loss):
    network = iv.init_network((2, 3, 1))
    with pytest.raises(ValueError, match=r"^loss=.*: give one of squared_error"):
        iv.checkup(network, [[0, 1]], [1], loss)
