"""What the picture of the spectrum shows is what was measured."""

from dataclasses import replace

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.figure import Figure

import initviz as iv
from initviz.plots import jacobian as spectrum
from initviz.plots import picture
from initviz.plots.jacobian import SpectrumScene
from initviz.plots.style import ALARM, RUST
from initviz.words.jacobian import explain_spectrum

QUICK = replace(iv.explore_jacobian.start, hidden_layers=(6,) * 5, epochs=10, restarts=3)


def train(**settings):
    return iv.train(replace(QUICK, **settings))


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


@pytest.mark.parametrize("scheme", ["orthogonal", "lecun_normal"])
def test_the_number_is_orange_where_the_words_say_unequally(scheme):
    run = train(initializer=scheme)
    view = spectrum.Spectrum(Figure().add_subplot(), run)
    for epoch in (0, run.epoch):
        view.update(run, epoch)
        heights = 10 ** np.asarray(view._median.get_ydata())
        unequal = heights[0] > 10 * heights[-1]
        assert (view._ratio.color == RUST) == view._ratio.text.startswith(ALARM) == unequal
        assert ("very unequally" in explain_spectrum(run, epoch)) == unequal


def test_a_pinned_run_may_have_another_depth_and_width():
    run, pinned = train(), train(hidden_layers=(9,) * 3, epochs=4)
    axes = picture(SpectrumScene, run, 8, pinned).axes[0]
    (dashed,) = [
        line for line in axes.lines if line.get_linestyle() == "--" and line.get_lw() < 1.2
    ]
    assert len(dashed.get_xdata()) == 6
