"""What is said of a race: who is first, and how sure that is."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import NEVER, RACES, finishing

import initviz as iv
from initviz.words.race import compare_race, explain_race


@pytest.fixture(scope="module")
def runs():
    return {name: iv.train(experiment) for name, experiment in RACES.items()}


def test_it_says_how_many_finish_and_when():
    words = explain_race(finishing(*range(2, 12)), 12)
    assert words == (
        "All 10 networks cross the finish line (a loss of 0.17, a quarter of guessing) within "
        "12 epochs. The median is 6.5 epochs (95% interval: 3 to 10). "
        "The luckiest seed needs 2 epochs, the unluckiest 11."
    )


def test_it_counts_who_does_not_finish():
    words = explain_race(finishing(2, 3, 4, 5, 6, NEVER, NEVER, NEVER), 4)
    assert "5 of 8 networks cross" in words
    assert "12 epochs; 3 do not." in words
    assert "The median is 5.5 epochs (95% interval: 2 to never)." in words
    assert "luckiest seed needs 2 epochs." in words
    assert words.endswith("At epoch 4, 3 are across.")


def test_without_a_median_it_gives_none():
    words = explain_race(finishing(4, NEVER, NEVER, NEVER), 12)
    assert "1 of 4 networks crosses" in words
    assert "median" not in words


def test_two_networks_are_both(runs):
    assert explain_race(finishing(3, 4), 12).startswith("Both networks cross the finish line")


@pytest.mark.parametrize(("number", "words"), [(1, "The loss has"), (3, "All losses have")])
def test_losses_that_have_overflowed_are_told_as_such(number, words):
    gone = replace(finishing(*[NEVER] * number), losses=np.full((13, number), np.inf))
    assert f"{words} overflowed." in explain_race(gone, 12)


def test_it_says_that_there_is_no_luck_where_nothing_is_random():
    words = explain_race(iv.train(replace(iv.explore_race.start, initializer="zero_hadamard")), 60)
    assert "All 32 networks cross" in words
    assert "Nothing in this start is random" in words
    assert "luckiest" not in words


def test_of_equal_units_it_says_that_time_does_not_help(runs):
    assert "more epochs would not change that" in explain_race(runs["zero"], 12)
    assert "more epochs" not in explain_race(runs["large"], 12)


def test_one_network_is_one_network():
    words = explain_race(finishing(7), 12)
    assert words.startswith("The network crosses the finish line")
    assert "It takes 7 epochs." in words
    assert "does not cross" in explain_race(finishing(NEVER), 12)


def test_it_says_who_wins_on_how_many_seeds():
    pinned = finishing(*[8] * 10, scale=2.0)
    words = compare_race(finishing(*range(2, 12)), pinned)
    assert words.startswith("Pinned: scale 2;")
    low, share, high = iv.proportion_interval([True] * 6 + [False] * 4)
    assert f"faster on 6 of 10 ({share:.0%}, 95% interval: {low:.0%} to {high:.0%})" in words
    assert words.endswith("slower on 3 and as fast on 1.")


def test_it_says_when_nobody_wins_and_when_there_is_nothing_to_compare(runs):
    assert "Neither is faster on any seed" in compare_race(
        finishing(3, 4), finishing(3, 4, scale=2.0)
    )
    assert "cannot be paired" in compare_race(finishing(3, 4), finishing(3, 4, seed=1))
    assert compare_race(finishing(3), finishing(3)) == "Pinned: this run."
    assert "other data" in compare_race(runs["start"], runs["digits"])
