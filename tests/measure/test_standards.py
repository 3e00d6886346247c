"""Guessing and learnt, against losses that are worked out another way."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

import initviz as iv
from initviz.measure.standards import Learnt, learnt, well
from initviz.networks.losses import LOSSES, encode_targets, guessing, guessing_accuracy

RNG = np.random.default_rng(0)
TARGETS = {
    "three classes, one rare": ("softmax_cross_entropy", np.repeat([0, 1, 2], [1, 9, 20])),
    "class 1 is missing": ("softmax_cross_entropy", np.array([0, 2, 2, 2])),
    "shares of classes": ("softmax_cross_entropy", RNG.dirichlet(np.ones(4), 30)),
    "two classes": ("binary_cross_entropy", np.repeat([0, 1], [3, 17])),
    "three yes or no": (
        "binary_cross_entropy",
        (RNG.random((30, 3)) < [0.1, 0.5, 0.8]).astype(int),
    ),
    "probabilities": ("binary_cross_entropy", RNG.random(30)),
    "numbers": ("squared_error", RNG.normal(3, 2, 30)),
    "two numbers": ("squared_error", RNG.normal(3, 2, (30, 2))),
}


@pytest.mark.parametrize("name", TARGETS)
def test_guessing_is_the_least_loss_of_a_constant_answer(name):
    loss, y = TARGETS[name]
    outputs = y.shape[1] if y.ndim == 2 else (y.max() + 1 if "softmax" in loss else 1)
    targets, output = encode_targets(y, loss, outputs), LOSSES[loss].outputs[0]

    def loss_of(constant):
        z = np.broadcast_to(constant[None, :, None], (1, *targets.shape))
        return LOSSES[loss].value(z, targets, output)[0]

    best = minimize(loss_of, np.zeros(outputs), tol=1e-10).fun
    assert guessing(y, loss) == pytest.approx(best, rel=1e-4)


def test_the_accuracy_of_guessing_is_the_share_of_the_most_frequent_class():
    assert guessing_accuracy(np.array([0, 1, 1, 2, 1])) == 0.6


def test_learnt_in_three_words():
    run = iv.train(iv.Experiment(epochs=1, restarts=8))
    first = np.log(2) * np.array([1, 1, 1, 1, 0.8, 0.8, 1, 1])
    last = np.log(2) * np.array([0.24, 0.26, 0.89, 0.91, 0.79, 0.7, np.nan, np.inf])
    run = replace(run, losses=np.stack([first, last]))
    expected = [Learnt.WELL, Learnt.A_LITTLE, Learnt.A_LITTLE, Learnt.NOTHING]
    expected += [Learnt.NOTHING, Learnt.A_LITTLE, Learnt.NOTHING, Learnt.NOTHING]
    assert learnt(run).tolist() == expected
    assert well(run).tolist() == [True] + [False] * 7
    assert not learnt(run, 0).any()


def test_below_a_quarter_of_guessing_no_point_of_xor_is_wrong():
    for loss in ("squared_error", "binary_cross_entropy"):
        e = iv.Experiment(dataset="xor", hidden_layers=(2,), loss=loss, learning_rate=1.0)
        run = iv.train(replace(e, activation="tanh", epochs=2000, restarts=100))
        assert 0 < well(run).sum() < 100
        assert (run.accuracies[-1, well(run)] == 1).all()
