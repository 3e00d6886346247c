"""Where z falls on the activation's curve."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure import saturation as measured
from initviz.measure.layers import bars
from initviz.networks.network import weighted_sums

SMALL = replace(iv.explore_saturation.start, epochs=4, restarts=4)


@pytest.mark.parametrize("scale", [0.01, 1.0, 10.0])
def test_a_layer_is_measured_as_its_definitions_say(scale):
    run = iv.train(replace(SMALL, scale=scale, restarts=3))
    zs = weighted_sums(run.network_at(0), run.dataset.X)[0][:-1]
    shares = iv.saturation(run.network_at(0), run.dataset.X).mean(axis=1)
    for layer, z, share in zip(measured.measure(run, 0), zs, shares, strict=True):
        z = z.astype(np.float64)
        assert layer.saturated == pytest.approx(share)
        h = 1e-5  # the slope as rise over run
        slope = (1 / (1 + np.exp(-z - h)) - 1 / (1 + np.exp(-z + h))) / (2 * h)
        assert layer.slope == pytest.approx(slope.mean(), rel=1e-4)
        flat_everywhere = [(slope[r, unit] < 0.025).all() for r, unit in np.ndindex(3, 8)]
        assert layer.always_saturated == pytest.approx(np.mean(flat_everywhere))


def test_bars_count_every_z_and_the_last_ones_what_lies_beyond():
    z = np.array([-1e30, -9.0, -8.0, -0.01, 0.0, 0.01, 3.0, 8.0, np.inf, np.nan])
    counts, _ = np.histogram(np.clip(z[:-1], -8, 8), bins=measured.BINS, range=(-8, 8))
    heights = bars(z, -8, 8, measured.BINS)
    np.testing.assert_allclose(heights, counts / 9)
    assert heights[0] == 3 / 9  # three lie at -8 or beyond
    assert heights[measured.BINS // 2] == 3 / 9  # and three around 0, in one bin


def test_one_layer_multiplies_the_gradient_by_scale_times_root_width_times_slope():
    shape, X, y = (2, 16, 16, 16, 1), np.ones((1, 2)), np.zeros(1)
    for activation, slope in (("identity", 1.0), ("sigmoid", 0.25)):
        network = iv.init_network(shape, activation, "normal", 0.01, restarts=2000)
        deltas = iv.gradients(network, X, y, "binary_cross_entropy")[2]
        sizes = [np.sqrt((delta**2).mean()) for delta in deltas]
        assert sizes[0] / sizes[1] == pytest.approx(0.01 * 4 * slope, rel=0.05)
