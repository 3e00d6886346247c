"""Order and chaos: theory held against measurement."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure import theory
from initviz.measure.layers import rms
from initviz.measure.phase import edge_of_chaos, growth, measured, plane, predicted, sigmas
from initviz.networks.network import backpropagated, weighted_sums

QUICK = replace(iv.explore_phase.start, hidden_layers=(20,) * 6, restarts=3)


WIDE = replace(iv.explore_phase.start, hidden_layers=(400,) * 12, restarts=12)


def train(experiment=QUICK, **settings):
    return iv.train(replace(experiment, **settings))


def test_the_sigmas_are_those_that_the_network_was_drawn_with():
    sigma_w, sigma_b = sigmas(train(WIDE, scale=1.3, bias_std=0.4).network_at(0))
    assert sigma_w == pytest.approx(1.3, rel=0.01)
    assert sigma_b == pytest.approx(0.4, rel=0.03)
    narrow = train(hidden_layers=(200,), scale=1.3, initializer="he_normal").network_at(0)
    assert sigmas(narrow)[0] == pytest.approx(1.3 * np.sqrt(2), rel=0.1)


def test_variance_correlation_and_gradient_are_those_of_the_pair():
    run = train()
    network, X, y = run.network_at(0), iv.DATASETS["pair"].X, iv.DATASETS["pair"].y
    found = measured(run)
    deltas = backpropagated(network, X, y, run.loss_name).deltas
    for layer, z in enumerate(weighted_sums(network, X)[0][:-1]):
        for r in range(3):
            one, other = z[r].T
            q = (one @ one + other @ other) / 40
            c = (one @ other) / np.sqrt((one @ one) * (other @ other))
            assert found.variance[layer, r] == pytest.approx(q, rel=1e-5)
            assert found.correlation[layer, r] == pytest.approx(c, rel=1e-4)
        expected = rms(deltas[layer]) / rms(deltas[5])
        np.testing.assert_allclose(found.chi[layer], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("activation", "scale", "bias_std"),
    [
        ("tanh", 0.8, 0.0),
        ("tanh", 2.0, 0.3),
        ("relu", 1.4, 0.0),
        ("sigmoid", 4.0, 1.0),
        ("gelu", 1.4, 0.5),
        ("selu", 1.0, 0.1),
    ],
)
def test_theory_lies_on_the_measurement_of_wide_layers(activation, scale, bias_std):
    run = train(WIDE, activation=activation, scale=scale, bias_std=bias_std)
    found = measured(run)
    expected = predicted(run)
    for ours, theirs in zip(found, expected, strict=True):
        spread = ours.std(axis=1)
        difference = np.abs(np.median(ours, axis=1) - theirs)
        assert (difference <= spread + 0.03 * np.abs(theirs)).all()


def test_theory_starts_in_the_first_layer_and_its_gradient_ends_in_the_last():
    run = train()
    found = measured(run)
    expected = predicted(run)
    assert expected.variance[0] == found.variance[0].mean()
    assert expected.chi[-1] == 1
    where = "tanh", *sigmas(run.network_at(0))
    step = np.sqrt(theory.chi(*where, q=float(expected.variance[4])))
    assert expected.chi[4] / expected.chi[5] == pytest.approx(step)


def test_the_edge_is_where_chi_is_one():
    for sigma_w, sigma_b in edge_of_chaos("tanh")[1:]:
        assert theory.chi("tanh", sigma_w, sigma_b) == pytest.approx(1, abs=1e-9)
    assert edge_of_chaos("relu").tolist() == [[pytest.approx(np.sqrt(2)), 0]]
    assert edge_of_chaos("softplus").shape == (0, 2)


def test_the_planes_colours_are_the_gradients_factor():
    changes, (sigma_w, sigma_b) = growth("tanh"), plane()
    for at in ((0, 5), (12, 40), (24, 55)):
        factor = theory.gradient_factor("tanh", sigma_w[at], sigma_b[at])
        assert changes[at] == pytest.approx(np.log10(factor), abs=1e-3)
