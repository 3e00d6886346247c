"""Pruning: the largest weights are kept, what is gone stays gone, and all else learns as ever."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import initviz as iv
from initviz.measure.pruning import ticket, train_sparse

MOONS = iv.DATASETS["moons"]
DATA = MOONS.X, MOONS.y, "binary_cross_entropy"


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 0.2, 0.5, 0.77, 1]))
@settings(max_examples=20)
def test_the_largest_of_each_layer_are_kept_with_their_first_values(seed, keep):
    start, trained = (
        iv.init_network((3, 5, 4, 1), "tanh", "normal", bias="same", restarts=2, seed=seed + n)
        for n in (0, 1)
    )
    found = ticket(trained, start, keep)
    for W, W0, kept in zip(trained.weights, start.weights, found.weights, strict=True):
        for r in range(2):
            there = kept[r] != 0
            assert there.sum() == W[r].size - round((1 - keep) * W[r].size)
            np.testing.assert_array_equal(kept[r][there], W0[r][there])
            sizes = np.abs(W[r])
            assert sizes[there].min(initial=np.inf) >= sizes[~there].max(initial=0)
    for b, b0 in zip(found.biases, start.biases, strict=True):
        np.testing.assert_array_equal(b, b0)


@pytest.mark.parametrize("y", [MOONS.y[:-1], np.append(MOONS.y, 1), None])
@pytest.mark.parametrize("batch_size", [None, 7])
def test_targets_for_other_samples_are_refused(y, batch_size):
    network = iv.init_network((2, 3, 1))
    how = {"learning_rate": 0.1, "epochs": 1, "batch_size": batch_size}
    with pytest.raises(ValueError, match=r"^y"):
        train_sparse(network, MOONS.X, y, DATA[2], **how)


def test_a_whole_network_trains_as_it_does_elsewhere():
    e = iv.Experiment(
        hidden_layers=(5,), activation="tanh", momentum=0.9, learning_rate=0.1, epochs=20,
        restarts=3, dtype="float64",
    )  # fmt: skip
    run = iv.train(e, loop="plain")
    found = train_sparse(run.network_at(0), *DATA, learning_rate=0.1, momentum=0.9, epochs=20)
    for W, W0 in zip(found.weights, run.network_at(20).weights, strict=True):
        np.testing.assert_allclose(W, W0, atol=1e-12)
    for b, b0 in zip(found.biases, run.network_at(20).biases, strict=True):
        np.testing.assert_allclose(b, b0, atol=1e-12)


def test_what_is_pruned_stays_so_and_the_rest_goes_down_the_slope_of_what_is_left():
    start = iv.init_network((2, 6, 1), "tanh", "normal", restarts=2)
    sparse = ticket(start, start, 0.5)
    after = train_sparse(sparse, *DATA, learning_rate=0.3, epochs=1)
    _, weights, biases = iv.gradients(sparse, *DATA)
    for before, slope, W in zip(sparse.weights, weights, after.weights, strict=True):
        np.testing.assert_allclose(W, before - 0.3 * np.where(before != 0, slope, 0), atol=1e-12)
    for before, slope, b in zip(sparse.biases, biases, after.biases, strict=True):
        np.testing.assert_allclose(b, before - 0.3 * slope, atol=1e-12)  # those that are 0 as well
    later = train_sparse(sparse, *DATA, learning_rate=0.3, momentum=0.5, epochs=9, batch_size=30)
    for before, W in zip(sparse.weights, later.weights, strict=True):
        np.testing.assert_array_equal(W != 0, before != 0)


def test_batches_take_every_sample_once_an_epoch_and_are_drawn_from_the_seed(monkeypatch):
    seen = []

    def slopes(point, like, X, y, loss):
        assert len(X) == len(y)
        seen.append(X[:, 0].tolist())
        return np.zeros_like(point)

    monkeypatch.setattr("initviz.measure.pruning.slopes_at", slopes)
    X, y = np.arange(10.0)[:, np.newaxis], np.zeros(10)
    network, batches = iv.init_network((1, 1)), {}
    for seed in (0, 0, 1):
        seen.clear()
        settings = {"learning_rate": 1.0, "epochs": 2, "batch_size": 4, "seed": seed}
        train_sparse(network, X, y, "binary_cross_entropy", **settings)
        assert [len(batch) for batch in seen] == [4, 4, 2] * 2
        for epoch in (seen[:3], seen[3:]):
            assert sorted(x for batch in epoch for x in batch) == list(range(10))
        assert seen[0] != seen[3]
        batches.setdefault(seed, []).append(list(seen))
    assert batches[0][0] == batches[0][1] != batches[1][0]


@pytest.mark.parametrize("keep", [-0.1, 1.1, np.nan, "x"])
def test_a_share_is_from_0_to_1(keep):
    network = iv.init_network((2, 6, 1))
    with pytest.raises(ValueError, match=r"^keep="):
        ticket(network, network, keep)


@pytest.mark.parametrize(
    "bad", [{"learning_rate": 0}, {"momentum": 1}, {"epochs": -1}, {"batch_size": 0}, {"seed": -1}]
)
def test_a_bad_setting_is_named(bad):
    settings = {"learning_rate": 1, "epochs": 1, **bad}
    with pytest.raises(ValueError, match=next(iter(bad))):
        train_sparse(iv.init_network((2, 6, 1)), *DATA, **settings)
