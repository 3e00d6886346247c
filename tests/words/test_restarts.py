"""What is said of the restarts, and of how many it takes."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure import landscape
from initviz.measure import landscape as land
from initviz.widgets.restarts import START
from initviz.words.restarts import compare_restarts, explain_restarts


@pytest.fixture(scope="module")
def run():
    return iv.train(START)


@pytest.fixture(scope="module")
def circles():
    return iv.train(replace(START, dataset="circles", restarts=12, epochs=60))


def test_the_sentences_count_what_the_run_has(run):
    done = land.solved(run)
    at = landscape.on_levels(run)
    text = explain_restarts(run, run.epoch)
    assert f"{done.sum()} of 48 restarts have solved the task" in text
    assert f"Of the others, {at['1/8']} are at a loss of 1/8 (two points" in text
    assert f"{at['1/6']} at 1/6 (three points" in text
    k = [land.tries_needed(p) for p in iv.proportion_interval(done)]
    assert f"you need {k[1]} restart" in text
    assert f"({k[2]} to {k[0]}, since p" in text


def test_before_training_nothing_is_solved_and_the_sentence_says_when(run):
    text = explain_restarts(run, 0)
    assert text.startswith("At epoch 0, none of 48 restarts has solved the task (a loss below")
    assert "interval" not in text


def test_where_none_solves_it_the_chance_may_be_nothing_or_a_little(run):
    failed = replace(run, losses=np.full_like(run.losses, 0.2))
    text = explain_restarts(failed, run.epoch)
    assert text.startswith("None of 48 restarts has solved the task (")
    assert "interval reaches up to 7%" in text


@pytest.mark.parametrize(
    ("loss", "words"), [(0.01, "restart has solved"), (1 / 8, "restart has not solved")]
)
def test_one_restart_is_one(loss, words):
    one = iv.train(replace(START, restarts=1, epochs=3))
    text = explain_restarts(replace(one, losses=np.full_like(one.losses, loss)), 3)
    assert text.startswith(f"The {words} the task")
    assert ("It is at a loss of 1/8 (two points" in text) == (loss > 0.1)
    assert "sure" not in text
    assert "chance" not in text


def test_a_single_one_of_the_others_is_no_group(run):
    losses = run.losses.copy()
    losses[-1], losses[-1, 0] = 0.01, 1 / 6
    text = explain_restarts(replace(run, losses=losses), run.epoch)
    assert "The other one is at a loss of 1/6 (three points" in text


def test_of_the_pinned_run_it_says_how_many_solved_it(run, circles):
    other = replace(run, experiment=replace(START, scale=3.0))
    words = f"Of its 48 restarts, {land.solved(run).sum()} solved it."
    assert compare_restarts(other, run).endswith(words)
    assert compare_restarts(run, run) == "Pinned: this run."
    assert "solved it" not in compare_restarts(run, circles)


def test_equal_starts_are_called_equal():
    for scheme, bias in (("constant", "same"), ("zeros", 0.0)):
        equal = iv.train(replace(START, initializer=scheme, bias=bias))
        assert (equal.losses == equal.losses[:, :1]).all()
        text = explain_restarts(equal, equal.epoch)
        assert "a restart changes nothing" in text
        assert "sure that" not in text


def test_data_without_named_plateaus_give_the_best_of_the_others(circles):
    text = explain_restarts(circles, circles.epoch)
    assert f"The lowest loss is {circles.losses[-1].min():.2g}." in text
    some = circles.losses.copy()
    some[-1, 0] = 0.01
    text = explain_restarts(replace(circles, losses=some), circles.epoch)
    assert f"The lowest loss of the others is {some[-1, 1:].min():.2g}." in text
    assert "1/8" not in text


def test_when_all_solve_it_nobody_is_left_over(run):
    text = explain_restarts(replace(run, losses=np.full_like(run.losses, 0.01)), run.epoch)
    assert text.startswith("All 48 restarts have solved the task")
    assert "others" not in text.lower()


def test_overflow_is_said_and_not_warned_of(circles):
    nothing = replace(circles, losses=np.full_like(circles.losses, np.nan))
    assert "overflow" in explain_restarts(nothing, nothing.epoch)


def test_starts_that_overflow_are_told_without_a_warning():
    with np.errstate(all="raise"):
        run = iv.train(replace(START, initializer="constant", scale=1e300, epochs=1, restarts=2))
        assert "Their losses have overflowed." in explain_restarts(run, 1)
