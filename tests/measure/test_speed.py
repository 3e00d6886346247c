"""Epochs to the finish line, start against start and seed against seed."""

from dataclasses import replace

import made_up
import numpy as np
import pytest
from made_up import LINE, NEVER, finishing

import initviz as iv
from initviz.measure import speed


def test_the_finish_line_is_a_quarter_of_guessing():
    assert speed.finish_line(made_up.race()) == pytest.approx(LINE)


def test_finish_epochs_are_the_first_at_or_below_the_line():
    run = iv.train(replace(iv.explore_race.start, epochs=40, restarts=8))
    expected = []
    for losses in run.losses.T:
        below = [epoch for epoch, loss in enumerate(losses) if loss <= LINE]
        expected.append(below[0] if below else np.inf)
    assert 0 < np.isfinite(expected).sum() < 8
    assert speed.finish_epochs(run).tolist() == expected


def test_wins_are_counted_seed_by_seed():
    ours, theirs = finishing(3, 5, 7, NEVER, 4, NEVER), finishing(4, 5, 2, NEVER, NEVER, 9)
    assert speed.count_wins(ours, theirs) == (2, 2, 2)
    assert speed.count_wins(theirs, ours) == (2, 2, 2)
    both = finishing(1, 1), finishing(2, 2, 2)
    assert speed.count_wins(*both) == (2, 0, 0)  # the seeds that both have


def test_only_runs_of_one_seed_are_paired():
    assert speed.is_paired(finishing(3), finishing(4, learning_rate=0.1, initializer="normal"))
    assert not speed.is_paired(finishing(3), finishing(4, seed=1))
    assert not speed.is_paired(finishing(3), None)


def test_quartiles_are_numpys_and_count_a_lost_network_as_the_worst():
    losses = np.random.default_rng(0).exponential(size=(5, 33))
    for ours, share in zip(speed.quartiles(losses), (25, 50, 75), strict=True):
        np.testing.assert_allclose(ours, np.percentile(losses, share, axis=1))
    even = np.random.default_rng(1).exponential(size=(5, 36))  # here the quartiles lie between two
    low, _, high = speed.quartiles(even)
    np.testing.assert_array_equal(low, np.percentile(even, 25, axis=1, method="lower"))
    np.testing.assert_array_equal(high, np.percentile(even, 75, axis=1, method="higher"))
    losses[:, :9] = np.nan
    low, middle, high = speed.quartiles(losses)
    assert np.isfinite(middle).all()
    assert np.isinf(high).all()
    assert (low <= middle).all()


def test_the_spread_is_the_middle_of_the_seeds():
    assert speed.spread(np.arange(1.0, 12)) == (2, 6, 10)
    assert speed.spread(np.array([1, 2, NEVER])).high == np.inf


def test_the_same_seeds_draw_the_same_numbers_at_every_scale_and_up_to_a_factor():
    draws = {
        scheme: iv.init_network((2, 8, 8, 1), "tanh", scheme, restarts=4, seed=3).weights
        for scheme in ("normal", "glorot_normal")
    }
    for plain, glorot in zip(*draws.values(), strict=True):
        factor = np.sqrt(2 / (plain.shape[1] + plain.shape[2]))
        np.testing.assert_allclose(glorot, factor * plain)
