"""Training with norms, skips, Adam, warm-up and parametrizations, by both loops, against a readable
one and against PyTorch's optimisers."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from made_up import PROBLEMS
from numpy.testing import assert_allclose, assert_array_equal
from training.problems import refuses

import initviz as iv
from initviz.networks.blocks import NORMS
from initviz.networks.network import gradient
from initviz.training import loops
from initviz.training.rates import OPTIMIZERS, PARAMETRIZATIONS, rates

SKIPS = [{"skip": False}, *({"skip": True, "alpha": a} for a in (0.7, "1/sqrt(depth)", "rezero"))]
every_norm = pytest.mark.parametrize("norm", NORMS)
every_skip = pytest.mark.parametrize("skip", SKIPS, ids=str)
# Losses do not know of blocks, nor of steps: one is enough.
one_problem = pytest.mark.parametrize("problem", PROBLEMS[-1:], indirect=True)
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)
ways = pytest.mark.parametrize("batch_size", [None, 3])


@pytest.fixture(params=loops.LOOPS)
def train(request):
    """Training by either loop."""
    if request.param == "compiled":
        pytest.importorskip("numba")
    return partial(iv.train, loop=request.param)


def experiment(problem, **settings):
    usual = {
        "hidden_layers": (4, 4, 3, 3),
        "activation": "tanh",
        "loss": problem.loss,
        "initializer": "he_normal",
        "bias": "same",
        "learning_rate": 0.03,
        "epochs": 4,
        "restarts": 3,
        "dtype": "float64",
    }
    return iv.Experiment(**{**usual, **settings})


def batches_of(run, epoch):
    """As ``train`` takes them; that it does so is tested in test_loops."""
    size, samples = run.experiment.batch_size, len(run.dataset.X)
    if size is None:
        return [np.arange(samples)]
    sequence = np.random.SeedSequence(run.experiment.seed, spawn_key=(0, epoch))
    order = np.random.default_rng(sequence).permutation(samples)
    return np.split(order, range(size, samples, size))


def follow(run, torch):
    """Every kept network is the one that PyTorch's optimiser makes of the readable gradients."""
    e, data, network = run.experiment, run.dataset, run.network_at(0)
    each = rates(network, e.optimizer, e.parametrization, e.alpha == "rezero")
    arrays = [torch.tensor(array.copy(), requires_grad=True) for array in network.arrays]
    groups = [{"params": [p], "lr": e.learning_rate * r} for p, r in zip(arrays, each, strict=True)]
    if e.optimizer == "adam":
        optimizer = torch.optim.Adam(groups)
    else:
        optimizer = torch.optim.SGD(groups, lr=1.0, momentum=e.momentum)
    warm = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / e.warmup) if e.warmup else 1
    )
    for epoch in range(e.epochs):
        for batch in batches_of(run, epoch):
            now = network.with_arrays([p.detach().numpy() for p in arrays])
            slopes = gradient(now, data.X[batch], data.y[batch], run.loss_name)[1]
            for parameter, slope in zip(arrays, slopes.arrays, strict=True):
                parameter.grad = torch.tensor(slope)
            optimizer.step()
            warm.step()
        kept = run.network_at(epoch + 1).arrays
        for ours, theirs in zip(kept, arrays, strict=True):
            assert_allclose(ours, theirs.detach(), rtol=1e-7, atol=1e-9)


@one_problem
@ways
@every_norm
@every_skip
def test_blocks_train_as_the_readable_gradients_say(train, skip, norm, batch_size, problem, torch):
    e = experiment(problem, norm=norm, batch_size=batch_size, momentum=0.5, **skip)
    follow(train(e, data=problem.data), torch)


@one_problem
@ways
@every_optimizer
@pytest.mark.parametrize("parametrization", PARAMETRIZATIONS)
@pytest.mark.parametrize("warmup", [0, 3])
def test_steps_are_those_of_pytorch(
    train, optimizer, parametrization, warmup, batch_size, problem, torch
):
    descent = {"optimizer": optimizer, "parametrization": parametrization, "warmup": warmup}
    block = {"norm": "layer", "skip": True, "alpha": "rezero"}
    e = experiment(problem, batch_size=batch_size, learning_rate=0.01, **descent, **block)
    follow(train(e, data=problem.data), torch)


@one_problem
def test_momentum_carries_on_steps_at_the_rate_that_they_had(train, problem):
    """As in Keras; PyTorch multiplies all that has added up by the rate of the moment."""
    e = experiment(problem, momentum=0.9, warmup=3, epochs=5)
    run = train(e, data=problem.data)
    step = [0.0] * len(run.network_at(0).arrays)
    for epoch in range(e.epochs):
        now, rate = run.network_at(epoch), e.learning_rate * min(1, (epoch + 1) / 3)
        slopes = gradient(now, problem.data.X, problem.data.y, run.loss_name)[1].arrays
        step = [0.9 * s + rate * slope for s, slope in zip(step, slopes, strict=True)]
        after = run.network_at(epoch + 1).arrays
        for array, moved, then in zip(now.arrays, step, after, strict=True):
            assert_allclose(then, array - moved, rtol=1e-7, atol=1e-9)


def test_a_batch_norm_looks_at_all_samples_of_a_step_and_of_a_measurement(train):
    """Also where there are more than go through the cache together."""
    e = iv.Experiment(
        norm="batch", hidden_layers=(6, 6), skip=True, epochs=3, restarts=2, dtype="float64"
    )
    rows = np.random.default_rng(0).normal(size=(700, 3))
    data = iv.Dataset("rows", rows[:, :2], rows[:, 2], "regression")
    run = train(e, data)
    for epoch in range(4):
        loss, slopes = gradient(run.network_at(epoch), data.X, data.y, run.loss_name)
        assert_allclose(run.losses[epoch], loss, rtol=1e-9)
        if epoch < 3:
            pairs = zip(run.network_at(epoch).arrays, slopes.arrays, strict=True)
            for i, (array, slope) in enumerate(pairs):
                learns = i < len(slopes.arrays) - len(slopes.alphas)
                moved = array - e.learning_rate * learns * slope
                assert_allclose(run.network_at(epoch + 1).arrays[i], moved, rtol=1e-8, atol=1e-12)


@every_norm
@every_optimizer
def test_units_that_start_equal_stay_equal(train, norm, optimizer):
    e = iv.Experiment(
        "circles", (7, 7), "tanh", "constant", 0.5, norm=norm, skip=True, optimizer=optimizer
    )
    end = train(replace(e, learning_rate=0.01, epochs=60, restarts=2)).network_at(60)
    for W, b in zip(end.weights[:-1], end.biases[:-1], strict=True):
        assert_array_equal(W, np.broadcast_to(W[:, :1], W.shape))
        assert_array_equal(b, np.broadcast_to(b[:, :1], b.shape))


@every_norm
@every_optimizer
def test_what_diverges_comes_through(train, norm, optimizer):
    e = iv.Experiment(activation="relu", scale=30.0, learning_rate=1e30, loss="squared_error")
    e = replace(e, norm=norm, skip=True, optimizer=optimizer, epochs=20)
    data = iv.Dataset("line", np.linspace(-1, 1, 50)[:, None], np.linspace(0, 9, 50), "regression")
    assert train(e, data).diverged.all()


def test_alpha_is_learnt_in_rezero_alone(train):
    e = iv.Experiment(hidden_layers=(8, 8, 8), activation="tanh", skip=True, epochs=20, restarts=3)
    fixed, learnt = (
        train(replace(e, alpha=alpha)).network_at(20).alphas for alpha in (0.5, "rezero")
    )
    assert_array_equal(np.ravel(fixed), 0.5)
    assert np.ravel(learnt).all()


@pytest.mark.parametrize("settings", [{"norm": "batch"}, {"skip": True, "alpha": "rezero"}])
def test_a_run_goes_on_and_is_copied_with_all_that_is_learnt(train, settings):
    e = iv.Experiment(hidden_layers=(8, 8), epochs=6, restarts=3, dtype="float64", **settings)
    whole = train(e)
    half = replace(e, epochs=3)
    again = train(half, network=train(half).network_at(3))
    assert_array_equal(again.losses[-1], whole.losses[-1])


def test_a_run_says_what_it_is_made_of(train):
    e = iv.Experiment(norm="batch", skip=True, optimizer="adam", epochs=2)
    said = repr(train(e))
    assert (
        "2-16-16-1, batch norm, sigmoid with skips, glorot_uniform × 1, by adam, on moons" in said
    )


def test_a_network_of_other_blocks_is_refused():
    network = iv.init_network((2, 16, 16, 1), restarts=16)
    with refuses("network.norm='none': the experiment has 'batch'"):
        iv.train(iv.Experiment(norm="batch"), network=network)
    with refuses("network.skips=(): the experiment has (1,)"):
        iv.train(iv.Experiment(skip=True), network=network)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"optimizer": "rmsprop"}, "optimizer='rmsprop': give one of sgd, adam"),
        ({"optimizer": "adam", "momentum": 0.9}, "momentum=0.9: adam has its own"),
        ({"parametrization": "ntk"}, "parametrization='ntk'"),
        ({"warmup": -1}, "warmup=-1"),
        ({"warmup": 10**30}, f"warmup={10**30}: give a whole number below 9e+18"),
        ({"residual": True}, "residual: this setting is called skip"),
    ],
)
def test_what_a_descent_cannot_be_is_named(settings, message):
    with refuses(message):
        iv.Experiment(**settings)


# Table 3 of Tensor Programs V: how each rate goes with the width


@pytest.mark.parametrize(
    ("optimizer", "powers"),
    [
        ("sgd", {"input": 1, "hidden": 0, "output": -1, "bias": 1, "output bias": 0}),
        ("adam", {"input": 0, "hidden": -1, "output": -1, "bias": 0, "output bias": 0}),
    ],
)
def test_mup_has_the_powers_of_the_table(optimizer, powers):
    def at(width):
        network = iv.init_network((10, width, width, 3), norm="layer")
        return np.array(rates(network, optimizer, "mup", alpha_learns=False))

    found = np.log2(at(128) / at(64))
    names = ["input", "bias", "hidden", "bias", "output", "output bias", *["bias"] * 4]
    assert_allclose(found, [powers[name] for name in names])
    assert_array_equal(at(64), 1)


def test_spectral_rates_are_those_of_the_paper():
    network = iv.init_network((10, 40, 20, 3))
    sgd = rates(network, "sgd", "spectral", alpha_learns=False)
    assert_allclose(sgd[::2], [4, 0.5, 3 / 20])
    adam = rates(network, "adam", "spectral", alpha_learns=False)
    assert_allclose(adam[::2], [6.4, 1.6, 3.2])
