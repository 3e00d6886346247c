"""The Jacobian's spectrum: what is measured, its picture, and its words."""

from dataclasses import replace

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure.jacobian import gaussian, spectra, uneven
from initviz.plots import jacobian as spectrum
from initviz.plots import picture
from initviz.plots.jacobian import SpectrumScene
from initviz.words.jacobian import explain_spectrum

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


def test_the_dots_are_medians_and_the_bars_the_range():
    run = train()
    view = spectrum.Spectrum(Figure().add_subplot(), run)
    now = np.array([[2.0, 1.0, 0.1], [4.0, 1.0, 0.0], [8.0, 1.0, 0.01]])
    view._x = np.arange(1, 4)
    view._draw(now.T, None)
    np.testing.assert_allclose(view._median.get_ydata(), np.log10([4, 1, 0.01]))
    ends = np.array([segment[:, 1] for segment in view._range.get_segments()])
    np.testing.assert_allclose(ends[0], np.log10([2, 8]))
    assert ends[2, 0] == spectrum.STRETCH.low
    assert not len(view._thin.get_xdata())


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("layers", [1, 4, 32])
def test_everything_in_the_picture_can_be_read(activation, scale, layers):
    run = train(activation=activation, scale=scale, hidden_layers=(8,) * layers)
    assert_legible(picture(SpectrumScene, run, None, run))


def test_a_pinned_run_may_have_another_depth_and_width():
    run, pinned = train(), train(hidden_layers=(9,) * 3, epochs=4)
    axes = picture(SpectrumScene, run, 8, pinned).axes[0]
    (thin,) = [line for line in axes.lines if line.get_alpha() == 0.75]
    assert len(thin.get_xdata()) == 6


def test_the_words_compare_the_start_with_a_gaussian_one():
    words = explain_spectrum(train(hidden_layers=(16,) * 8), 0)
    assert "At epoch 0 the layers stretch directions about evenly" in words
    assert "From a Gaussian start of the same variance that would be" in words
    lost = explain_spectrum(train(activation="relu", hidden_layers=(8,) * 30), 0)
    assert "at least half of all directions are lost on the way" in lost
    assert "A Gaussian start of the same variance loses half of them or more." in lost
    alone = explain_spectrum(train(hidden_layers=(8,)), 0)
    assert "With one hidden layer there is no way from the first to the last." in alone
