"""What the picture of order and chaos shows is what was measured."""

from dataclasses import replace

import pytest
from legible import assert_legible

import initviz as iv
from initviz.measure.phase import sigmas
from initviz.plots import picture
from initviz.plots.phase import PhaseScene
from initviz.words.phase import explain_phase

QUICK = replace(iv.explore_phase.start, hidden_layers=(20,) * 6, restarts=3)


def train(experiment=QUICK, **settings):
    return iv.train(replace(experiment, **settings))


def test_the_dot_stands_where_the_network_does_and_the_ring_where_the_pinned_one_does():
    run, pinned = train(scale=3.0, bias_std=1.0), train(scale=0.01, bias_std=0.0)
    (axes, *_) = picture(PhaseScene, run, None, pinned).axes
    ring, dot = [line for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert dot.get_xydata()[0] == pytest.approx(sigmas(run.network_at(0)))
    assert ring.get_xydata()[0] == pytest.approx([0.25, 0])  # the plane's corner


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
@pytest.mark.parametrize("scale", [0.1, 1.5, 10.0])
def test_everything_in_the_picture_can_be_read(activation, scale):
    run = train(iv.explore_phase.start, activation=activation, scale=scale, hidden_layers=(8,) * 50)
    assert_legible(picture(PhaseScene, run, None, run))


def test_what_overflows_is_drawn_at_the_edge():
    run = train(activation="relu", scale=10.0, initializer="normal", hidden_layers=(30,) * 40)
    figure = picture(PhaseScene, run)
    dots = [line for axes in figure.axes[1:] for line in axes.lines if line.get_marker() == "o"]
    assert dots[0].get_ydata()[-1] == 4
    assert "the signal grows without end" in explain_phase(run, 0)
    assert "nothing is left to correlate" in explain_phase(run, 0)
