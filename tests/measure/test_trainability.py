"""The map of what can be trained."""

from dataclasses import replace

import made_up
import numpy as np
import pytest

import initviz as iv
from initviz.measure import trainability
from initviz.measure.standards import learnt
from initviz.measure.trainability import (
    Trainability,
    deepest,
    predicted_depth,
    scheme_sigma_w,
    shares_learnt,
)

QUICK = replace(iv.explore_trainability.start, hidden_layers=(6,) * 8, epochs=15, restarts=3)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(trainability, "DEPTHS", (1, 3))
    monkeypatch.setattr(trainability, "SCALES", (0.5, 1.0, 2.0))


def whole(experiment):
    *_, last = iv.stream_trainability(experiment, seconds=np.inf)
    return last


@pytest.mark.usefixtures("few")
def test_every_cell_is_what_a_training_of_its_own_gives():
    found = whole(replace(QUICK, bias_std=0.1, noise=0.01, scale=0.9))
    assert found.accuracies.shape == (2, 3, 3)
    for row, depth in enumerate((1, 3)):
        for column, scale in enumerate((0.5, 1.0, 2.0)):
            alone = replace(
                found.experiment, hidden_layers=(6,) * depth, scale=scale * found.experiment.scale
            )
            run = iv.train(alone)
            np.testing.assert_array_equal(found.accuracies[row, column], run.accuracies[-1])
            np.testing.assert_array_equal(found.levels[row, column], learnt(run))


@pytest.mark.usefixtures("few")
def test_it_is_handed_out_row_by_row_and_read_only():
    steps = list(iv.stream_trainability(QUICK, seconds=0))
    assert not steps[0].finished
    assert steps[0].progress == "0 of 2 depths"
    assert steps[-1].finished
    assert steps[-1].progress == "2 of 2 depths"
    known = [int((~np.isnan(step.accuracies)).sum()) for step in steps]
    assert known == sorted(known)
    assert set(known) == {0, 9, 18}
    with pytest.raises(ValueError, match="read-only"):
        steps[-1].accuracies[:] = 0


@pytest.mark.usefixtures("few")
def test_its_table_has_a_line_for_every_network():
    found = whole(replace(QUICK, scale=2.0))
    head, *lines = found.to_csv().splitlines()
    assert head == "depth,scale,restart,accuracy"
    assert len(lines) == found.accuracies.size
    assert lines[-1] == f"3,4.0,2,{float(found.accuracies[-1, -1, -1])}"


def test_guessing_is_the_larger_class_of_what_is_tested():
    assert made_up.trainability([[1]]).guessing == 0.5
    digits = replace(made_up.trainability([[1]]).experiment, dataset="digits")
    y = iv.DATASETS["digits"].y_test
    one = np.ones((1, 1, 2))
    found = Trainability(digits, iv.DATASETS["digits"], (1,), (1.0,), one, one)
    assert found.guessing == np.bincount(y).max() / len(y)
    assert found.loss_name == "softmax_cross_entropy"


@pytest.mark.parametrize(
    ("initializer", "expected"),
    [
        ("lecun_normal", 1),
        ("glorot_uniform", 1),
        ("he_normal", np.sqrt(2)),
        ("normal", 4),
        ("orthogonal", 1),
        ("pytorch_default", np.sqrt(1 / 3)),
    ],
)
def test_the_schemes_sizes_in_theorys_unit(initializer, expected):
    assert scheme_sigma_w(initializer, 16, "tanh") == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("held", ["1", "(x for x in ())"], ids=["a digest", "none"])
def test_an_own_schemes_size_follows_what_it_uses(held, monkeypatch):
    names = {"np": np, "__name__": "__main__"}
    exec(f"held = {held}", names)
    exec("def mine(rng, shape): return np.full(shape, size() if held else 0)", names)
    monkeypatch.setitem(iv.INITIALIZERS, "mine", None)
    iv.initializers.initializer(names["mine"])
    for size in (2.0, 9.0, 2.0):
        exec(f"def size(): return {size}", names)
        assert scheme_sigma_w("mine", 4, "tanh") == pytest.approx(2 * size)


def test_the_line_is_six_times_the_reach():
    found = made_up.trainability(
        [[1] * 5], initializer="he_normal", hidden_layers=(16,) * 8, scale=0.5
    )
    x, depth = predicted_depth(found)
    assert (x[0], x[-1]) == (-2, 2)
    assert np.ptp(np.diff(x)) < 1e-12
    sigma_w = np.sqrt(2) * 0.5 * 2 ** x[3]
    assert depth[3] == pytest.approx(6 * iv.theory.reach("tanh", sigma_w), rel=0.03)


def test_shares_are_of_the_cells_on_either_side_of_the_line():
    x, depth = predicted_depth(made_up.trainability([[0] * 5] * 6))
    limit = np.interp([-2, -1, 0, 1, 2], x, np.minimum(depth, 1e3))
    under = np.array([1, 2, 4, 8, 16, 32])[:, np.newaxis] <= limit
    assert 0 < under.mean() < 1
    assert shares_learnt(made_up.trainability(under)) == (1, 0)
    assert shares_learnt(made_up.trainability(~under)) == (0, 1)


def test_deepest_is_the_last_that_learnt_in_every_column():
    assert deepest(made_up.trainability([[1, 1, 0], [1, 0, 0], [0, 0, 0]])).tolist() == [2, 1, 0]


def test_theory_and_training_agree_on_the_real_map():
    under, over = shares_learnt(whole(iv.explore_trainability.start))
    assert under > 0.9
    assert over < 0.25
