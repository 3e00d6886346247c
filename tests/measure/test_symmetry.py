"""Which units differ, and when equal ones part."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure.standards import count_distinct
from initviz.measure.symmetry import parting

START = replace(iv.explore_symmetry.start, epochs=60)


R, C, Z = "normal", "constant", "zeros"


def run(**settings):
    return iv.train(replace(START, **settings))


def test_distinct_units_are_counted_as_iv_symmetry_counts_them():
    rng = np.random.default_rng(0)
    units = rng.choice([-1.0, 0.0, 1.0], size=(200, 6, 3))  # many twins among them
    weights = (units[:, :, :2], rng.normal(size=(200, 1, 6)))
    biases = (units[:, :, 2:], np.zeros((200, 1, 1)))
    network = iv.Network(weights, biases, "tanh", "sigmoid")
    counted = count_distinct(units)
    assert len(set(counted)) > 3
    np.testing.assert_array_equal(counted, iv.symmetry(network).distinct[0])
    np.testing.assert_array_equal(counted, [len({tuple(u) for u in each}) for each in units])


def test_rounding_dust_makes_no_unit_different():
    units = np.zeros((1, 4, 3))
    units[0, 1, 0] = 1e-17
    assert count_distinct(units, least=1.0) == [1]
    units[0, 1, 0] = 1e-4
    assert count_distinct(units, least=1.0) == [2]
    assert count_distinct(1e6 + units, least=1.0) == [1]  # beside weights so large it is nothing


def test_parting_is_what_iv_symmetry_says_of_every_snapshot():
    trained = run(initializer=(R, C, Z), restarts=3)
    part = parting(trained)
    for epoch in (0, 7, 60):
        network = trained.network_at(epoch).restart(trained.best)
        measured = iv.symmetry(network)
        np.testing.assert_array_equal(part.distinct[:, epoch], measured.distinct[:, 0])
        np.testing.assert_allclose(part.rank[:, epoch], measured.effective_rank[:, 0])
        for layer in (0, 1):
            one = np.concatenate([network.weights[layer][0], network.biases[layer][0]], axis=1)
            largest = max(np.abs(a - b).max() for a in one for b in one)
            assert part.gap[layer, epoch] == pytest.approx(largest)


def test_a_small_gap_grows_as_the_curvature_of_the_activation_says():
    """Fukumizu & Amari 2000: units part along the most negative eigenvalue of v Σ e f''(z) x xᵀ."""
    lone = {"hidden_layers": (6,), "learning_rate": 1.5, "initializer": C, "noise": 1e-9}
    trained = run(epochs=400, **lone)
    gap = np.log(parting(trained).gap[0])
    growth = (gap[400] - gap[250]) / 150

    moons = iv.DATASETS["moons"]
    network = trained.network_at(325)
    _, hidden, output = (a[0] for a in iv.forward(network, moons.X))
    a, v = hidden[0], network.weights[1].flat[0]
    x = np.vstack([moons.X.T, np.ones(100)])
    K = v * ((output[0] - moons.y) / 100 * -2 * a * (1 - a**2) * x) @ x.T
    trace = 1 + 0.9 - 1.5 * np.linalg.eigvalsh(K).min()
    mu = (trace + np.sqrt(trace**2 - 4 * 0.9)) / 2
    assert growth == pytest.approx(np.log(mu), rel=0.05)
