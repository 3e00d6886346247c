"""The pictures of two networks and of the edge of stability draw what they are given."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

import initviz as iv
from initviz.plots import matching, sharpness


def test_a_way_is_drawn_for_every_pair_and_their_median_is_named():
    axes, rng = Figure().add_subplot(), np.random.default_rng(0)
    ways = {"as they are": rng.random((5, 3)), "matched": rng.random((5, 3)) / 9}
    matching.ways_between(axes, ways)
    lines = [np.asarray(line.get_xydata()) for line in axes.lines]
    for n, heights in enumerate(ways.values()):
        for pair in range(3):
            np.testing.assert_array_equal(lines[4 * n + pair][:, 1], heights[:, pair])
        np.testing.assert_array_equal(lines[4 * n + 3][:, 1], np.median(heights, axis=1))
    named: Any = {text.get_text(): text for text in axes.texts}
    assert named["matched"].xy == (0.5, np.median(ways["matched"][2]))


def test_barriers_stand_over_their_widths_between_their_limits():
    axes = Figure().add_subplot()
    heights = {
        "as they are": {8: iv.Interval(0.5, 1, 2), 32: iv.Interval(0.4, 0.5, 0.6)},
        "matched": {8: iv.Interval(0.1, 0.2, 0.3), 32: iv.Interval(0.01, 0.02, 0.03)},
    }
    matching.barriers(axes, heights)
    assert [np.asarray(line.get_xydata()).tolist() for line in axes.lines] == [
        [[3, 1], [5, 0.5]],
        [[3, 0.2], [5, 0.02]],
    ]
    whiskers: Any = axes.collections[1]
    assert whiskers.get_segments()[1].tolist() == [[5, 0.01], [5, 0.03]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["8", "32"]


def test_the_edge_is_drawn_at_2_over_the_rate():
    panels = Figure().subplots(1, 2)
    values = np.random.default_rng(0).random((4, 3)) * 30
    sharpness.at_the_edge(panels, np.arange(4), {0.1: values, 0.2: values})
    for axes, edge in zip(panels, (20, 10), strict=True):
        *restarts, median, level = axes.lines
        for line, each in zip(restarts, values.T, strict=True):
            np.testing.assert_array_equal(line.get_ydata(), each)
        np.testing.assert_array_equal(median.get_ydata(), np.median(values, axis=1))
        assert level.get_ydata() == [edge, edge]
        assert f"2 / η = {edge}" in [text.get_text() for text in axes.texts]
