"""The explorer of saturation."""

from dataclasses import replace

import numpy as np

import initviz as iv


def test_the_explorer_opens_where_the_scale_decides():
    learnt = {}
    for scale in (0.01, 1.0, 100.0):
        losses = iv.train(replace(iv.explore_saturation.start, scale=scale, restarts=32)).losses[-1]
        learnt[scale] = (losses < 0.9 * np.log(2)).mean()
    assert learnt[0.01] == 0
    assert learnt[1.0] > 0.85
    assert learnt[100.0] < 0.2
