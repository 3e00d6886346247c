"""How a network stretches directions."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure.jacobian import gaussian, spectra, uneven

QUICK = replace(iv.explore_jacobian.start, hidden_layers=(6,) * 5, epochs=10, restarts=3)


def train(**settings):
    return iv.train(replace(QUICK, **settings))


def test_the_last_spectrum_is_that_of_the_jacobian_from_hidden_to_hidden():
    run = train(dtype="float64")
    network, x = run.network_at(4), run.probe[0]
    found = spectra(network, x)
    assert found.shape == (5, 3, 6)
    expected = np.linalg.svd(iv.jacobian(network, x), compute_uv=False)
    np.testing.assert_allclose(found[-1], expected, rtol=1e-10)
    assert (found[0] == 1).all()


def test_layers_of_several_widths_are_shown_as_far_as_the_narrowest():
    network = iv.init_network((2, 6, 4, 5, 1), "tanh", restarts=2)
    assert spectra(network, np.ones(2)).shape == (3, 2, 4)


def test_the_gaussian_start_has_the_same_variance_in_every_layer(monkeypatch):
    run, seen = train(initializer="he_uniform", scale=1.7, restarts=40), []
    monkeypatch.setattr("initviz.measure.jacobian.spectra", lambda network, x: seen.append(network))
    gaussian(run)
    for W, drawn in zip(run.network_at(0).weights, seen[0].weights, strict=True):
        assert drawn.std() == pytest.approx(W.std(), rel=0.15)
        assert np.abs(drawn).max() > 1.2 * np.abs(W).max()  # a bell curve has tails


def test_orthogonal_layers_without_a_bend_keep_everything_and_gaussian_ones_do_not():
    run = train(activation="identity", epochs=10)
    assert uneven(spectra(run.network_at(0), run.probe[0])) == pytest.approx(1)
    assert uneven(gaussian(run)) > 10


def test_what_only_rounding_has_left_counts_as_lost():
    rows = np.array([[[1.0, 1e-14, 0.0]] * 2])
    assert uneven(rows) == np.inf
    assert uneven(np.array([[[1.0, 1e-3, 0.0]] * 2])) == pytest.approx(1e3)
    assert uneven(np.full((1, 2, 3), np.nan)) == np.inf
