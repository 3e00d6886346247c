"""Hayou et al. 2024 run again: gradients and Adam against other reckonings, and every verdict."""

import numpy as np
import pytest
from verdicts import drawn

from initviz.papers import hayou


def test_the_slopes_are_those_of_finite_differences():
    task = hayou.new_task(6, samples=20, networks=2, seed=0)
    task = hayou.Task(*(each.astype(float) for each in task))
    rng = np.random.default_rng(1)
    adapter = [rng.standard_normal(shape) / 3 for shape in ((2, 6, 4), (2, 4, 6))]

    def error(B, A):
        answers = task.v @ np.maximum((task.W + B @ A) @ task.X, 0)
        return ((answers - task.y) ** 2).sum(axis=(1, 2)) / 2 / 20

    for which, slope in enumerate(hayou.slopes(task, *adapter)):
        step = np.zeros_like(adapter[which])
        step[:, 2, 1] = 1e-6
        up, down = ([*adapter], [*adapter])
        up[which], down[which] = adapter[which] + step, adapter[which] - step
        assert (error(*up) - error(*down)) / 2e-6 == pytest.approx(slope[:, 2, 1], rel=1e-4)


def test_adams_first_step_is_as_long_as_the_rate_and_moves_only_what_has_a_gradient():
    """With one of the two at 0, no gradient reaches the other: it goes through the 0."""
    task = hayou.new_task(6, samples=20, networks=3, seed=0)
    for start in hayou.STARTS:
        B, A = hayou.new_adapter(6, 3, start, seed=5)
        of_B, of_A = hayou.slopes(task, B, A)
        assert not (of_A if start == "A" else of_B).any()
        moved_B = B - np.float32(0.01) * np.sign(of_B)
        moved_A = A - np.float32(0.01) * np.sign(of_A)
        after = hayou.unseen_loss(task, moved_B, moved_A) / hayou.unseen_loss(task, 0 * B, 0 * A)
        assert hayou.tuned(task, start, 0.01, [1], seed=5)[0] == pytest.approx(after, rel=1e-3)


def test_rates_are_read_from_the_losses():
    by_rate = np.full((len(hayou.RATES), 3), 2.0)
    by_rate[2:5, 0] = 0.5, 0.1, 0.9
    by_rate[7, 1] = 0.3
    assert hayou.best_rates(by_rate[:, :2]).tolist() == [hayou.RATES[3], hayou.RATES[7]]
    expected = [hayou.RATES[4], hayou.RATES[7], hayou.RATES[0] / 2]
    assert hayou.borne_rates(by_rate).tolist() == expected


def valleys(borne=(8, 6), lowest=(0.1, 0.3), later=(0.05, 0.055)):
    """Of A random and of B random: the number of the largest rate that is borne, and the lowest
    losses after few and after many steps."""
    found = []
    for job in hayou.jobs(False):
        which = list(hayou.STARTS).index(job["start"])
        losses = np.full((len(hayou.RATES), 2, 8), 3.0)
        losses[: borne[which] + 1] = 0.9
        losses[borne[which] - 1] = [[lowest[which]], [later[which]]]
        losses = losses * (1 + 0.001 * np.arange(8))
        kept = {key: job[key] for key in ("width", "start", "steps")}
        found.append({**kept, "losses": losses.tolist()})
    return found


def test_hayou_is_right_where_a_random_bears_more_and_little_is_left_later():
    verdict = drawn("hayou-lora", valleys())
    assert verdict.agrees == "yes"
    assert "width 128: with A random, rates up to 0.5 (0.5 to 0.5)" in verdict.measured
    assert "0.25 (0.25 to 0.25) is best" in verdict.measured


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"borne": (6, 6)}, "bears no larger rates"),
        ({"lowest": (0.3, 0.3)}, "it does not end lower after 100 steps at every width"),
        ({"later": (0.05, 0.25)}, "20.1% (20.0% to 20.1%) at width 128 of the first loss is left"),
    ],
)
def test_hayou_is_partly_right_where_one_claim_is_not_seen(change, words):
    verdict = drawn("hayou-lora", valleys(**change))
    assert verdict.agrees == "partly"
    assert words in verdict.why


def test_hayou_is_wrong_where_a_random_is_never_ahead():
    assert drawn("hayou-lora", valleys((6, 8), (0.3, 0.1), (0.3, 0.1))).agrees == "no"
