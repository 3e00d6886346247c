"""The picture of norms and skips shows what was measured before training, and theory over it."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure.layers import factor_per_layer
from initviz.measure.ways import measured, predicted
from initviz.plots.blocks import BlocksScene

START = replace(iv.explore_blocks.start, epochs=3)


@pytest.fixture(scope="module")
def run():
    return iv.train(replace(START, norm="batch"))


def ways(run, pinned=None):
    scene = BlocksScene(Figure(), run, pinned)
    scene.update(run, run.epoch, pinned)
    return scene.views[:2]


def test_dots_are_the_start_and_the_line_is_theory(run):
    pinned = iv.train(replace(START, skip=True))
    for view, found, expected, then in zip(
        ways(run, pinned), measured(run), predicted(run), measured(pinned), strict=True
    ):
        heights = np.asarray(view._median.get_ydata())
        np.testing.assert_allclose(heights, np.log10(np.median(found, axis=1)))
        np.testing.assert_allclose(view._line.get_ydata(), np.log10(expected))
        high = np.clip(np.log10(np.median(then, axis=1)), -4, 6)
        np.testing.assert_allclose(view._thin.get_ydata(), high)


def test_each_way_names_its_factor_in_its_own_direction(run):
    signal, gradient = (view._factor.text for view in ways(run))
    forward, back = measured(run)
    assert signal == f"× {factor_per_layer(forward):.2f} a layer →"
    assert gradient == f"× {factor_per_layer(back[::-1]):.2f} a layer ←"


def test_where_theory_does_not_hold_there_is_no_line():
    for view in ways(iv.train(replace(START, initializer="zeros"))):
        assert np.isnan(view._line.get_ydata()).all()
        assert view._factor.text == ""
