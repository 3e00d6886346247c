"""Ioffe & Szegedy 2015 run again: measured on small jobs, and every verdict seen."""

from types import SimpleNamespace

import numpy as np
import pytest
from verdicts import drawn

from initviz.networks.network import init_network
from initviz.papers import ioffe


def trained(accuracy=0.8, good=8.0, wander=0.5, scales=ioffe.SCALES):
    """With batch norm 0.97, 2 and 0.2 at every scale; without, what is given, at these scales."""
    found = []
    for job in ioffe.jobs(False):
        other = job["norm"] == "none" and job["scale"] in scales
        end, epoch, far = (accuracy, good, wander) if other else (0.97, 2.0, 0.2)
        if job["norm"] == "none" and not other:
            end, epoch, far = 0.8, 8.0, 0.5
        few = 0.001 * np.arange(8)
        found.append(
            {
                "scale": job["scale"],
                "norm": job["norm"],
                "rate": job["rate"],
                "epochs": 25,
                "accuracies": (end - few).tolist(),
                "good": [epoch] * 8,
                "wander": (far + few).tolist(),
            }
        )
    return found


def test_ioffe_is_right_where_batch_norm_is_ahead_at_every_scale():
    verdict = drawn("ioffe-batch-norm", trained(good=None))
    assert verdict.agrees == "yes"
    assert "with batch norm (90% at epoch 2 (2 to 2))" in verdict.measured
    assert "without (most never at 90%)" in verdict.measured


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"accuracy": 0.97, "scales": (0.3,)}, "end higher at 0.01, 0.03, 0.1, 1 only"),
        ({"good": 2.0}, "they are at 90% earlier at no scale"),
        ({"wander": 0.1}, "sigmoids wander less at no scale"),
    ],
)
def test_ioffe_is_partly_right_where_one_claim_is_not_seen(change, words):
    verdict = drawn("ioffe-batch-norm", trained(**change))
    assert verdict.agrees == "partly"
    assert words in verdict.why


def test_ioffe_is_wrong_where_batch_norm_is_never_ahead():
    assert drawn("ioffe-batch-norm", trained(0.97, 2.0, 0.1)).agrees == "no"


def test_every_start_is_judged_at_its_better_rate():
    measured = trained()
    for m in measured:
        if m["rate"] == 0.5:
            m["accuracies"] = [0.1] * 8
    assert {m["rate"] for m in ioffe.at_its_rate(measured, 0.1, "none")} == {2.0}


def test_wandering_is_what_the_mean_varies_beside_the_spread():
    """A bias that goes 0, 1, 2 … 10 moves a unit's sums by as much, and their spread by nothing."""
    network = init_network((2, 3, 3, 2), "sigmoid", restarts=2, seed=1)
    X = np.random.default_rng(0).standard_normal((50, 2))

    def network_at(epoch):
        biases = list(network.biases)
        biases[1] = biases[1] + epoch
        return network.with_arrays(
            [each for pair in zip(network.weights, biases, strict=True) for each in pair]
        )

    run = SimpleNamespace(
        experiment=SimpleNamespace(epochs=10), dataset=SimpleNamespace(X=X), network_at=network_at
    )
    a = 1 / (1 + np.exp(-(network.weights[0] @ X.T)))
    spreads = (network.weights[1] @ a).std(axis=2)
    expected = np.median(np.std(np.arange(11)) / spreads, axis=1)
    assert ioffe.wander(run) == pytest.approx(expected)


def test_small_weights_learn_with_batch_norm_only():
    job = {"scale": 0.01, "rate": 0.5, "data": "digits", "epochs": 4, "restarts": 2, "seed": 0}
    found = {norm: ioffe.measure(norm=norm, **job) for norm in ioffe.NORMS}
    assert min(found["batch"]["accuracies"]) > 0.7
    assert max(found["none"]["accuracies"]) < 0.2
    assert found["none"]["good"] == [None, None]
