"""The explorer of depth."""

from dataclasses import replace

import initviz as iv
from initviz.measure import layers


def test_it_opens_on_silent_upper_layers_that_wake_up():
    run = iv.train(replace(iv.explore_depth.start, restarts=32))
    size, _ = layers.signal_over_epochs(run, [0, iv.explore_depth.start.epochs])
    assert size[-1, 0] < 0.1 * size[0, 0]
    assert size[-1, 1] > 0.5 * size[0, 1]
    assert (run.losses[20] > 0.6).mean() > 0.8
    assert (run.losses[-1] < 0.5).mean() > 0.6


def test_the_explorer_takes_settings_and_twenty_layers():
    explorer = iv.explore_depth(epochs=10, restarts=2, hidden_layers=(4,) * 20, scale=0.5)
    assert explorer.experiment.hidden_layers == (4,) * 20
    assert "layer 20" in explorer.words.value
