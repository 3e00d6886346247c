"""Glorot & Bengio 2010 run again: each measurement against an oracle, each verdict both ways."""

import json
from math import inf, pi, sqrt

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.backends.backend_agg import FigureCanvasAgg
from verdicts import TINY

import initviz as iv
from initviz.papers import glorot
from initviz.papers.glorot import before, training
from initviz.papers.jobs import part
from initviz.plots.style import styled

pytest.importorskip("mlxtend")

RESULTS = {result.name: result for result in glorot.RESULTS}


# Made-up measurements.


def figure_2(out_of_4=20.0, out_of_5=inf, lower=0.6, low=0.02):
    """Top layers that fall to ``low`` in epoch 1 and come back at an epoch, 8 networks each."""
    rows = []
    for depth, out in ((4, out_of_4), (5, out_of_5)):
        mean = np.full((41, depth), lower)
        mean[1:, -1] = np.where(np.arange(1, 41) < out, low, 0.3)
        rows += 8 * [{"depth": depth, "mean": mean.tolist(), "std": (mean / 10).tolist()}]
    return rows


def saturating(activation, setting, when, level):
    """8 networks whose layers saturate at these epochs, to this share or up to 0.07 more."""
    rows = []
    for share in level + np.arange(8) / 100:
        shares = np.where(np.arange(13)[:, None] >= when, share, 0.0).tolist()
        rising = np.linspace(0.1, 0.9, 65).reshape(13, 5).tolist()
        rows.append(
            {
                "activation": activation,
                "setting": setting,
                "saturated": shares,
                "percentile": rising,
                "std": shares,
            }
        )
    return rows


def figure_3(
    tanh=(1, 2, 3, 4, 5),
    softsign=(2, 2, 3, 3, 2),
    less=0.3,
    quiet=(3, 3, 3, 3, 2),
    narrow=(1, 2, 3, 5, 4),
):
    return [
        *saturating("tanh", "wide", tanh, 0.5),
        *saturating("softsign", "wide", softsign, less),
        *saturating("tanh", "quiet", quiet, 0.5),
        *saturating("tanh", "narrow", narrow, 0.5),
    ]


def starts(key, *values):
    """8 networks of each start; values: of its layers."""
    rows = zip(before.STARTS, values, strict=True)
    return [
        {"scheme": s, "inputs": i, key: list(v), "theory": list(v)}
        for (s, i), v in rows
        for _ in range(8)
    ]


def geometric(factor):
    return factor ** np.arange(5.0)


def figure_6(standard=0.57, normalised=0.9, quiet=0.97):
    return starts("std", *map(geometric, (standard, normalised, quiet)))


def figure_7(standard=0.57, normalised=0.9, quiet=0.97):
    return starts("std", *(geometric(f)[::-1] for f in (standard, normalised, quiet)))


def figure_8(standard=0.98, normalised=0.95):
    return starts("std", geometric(standard), 10 * geometric(normalised), np.ones(5))


def jacobian(standard=0.5, normalised=0.8, quiet=0.84):
    return starts("singular", *([value] * 4 for value in (standard, normalised, quiet)))


def table_1(errors=(1.6, 1.7, 1.76, 1.64, 2.2), spread=0.01):
    """8 networks a row and rate; the middle rate is the best on the images held out."""
    return [
        {
            "row": row,
            "learning_rate": rate,
            "held_out": [held_out] * 4,
            "test": (error / 100 + spread / 100 * np.arange(4)).tolist(),
        }
        for (row, (_, _, rates, _)), error in zip(training.ROWS.items(), errors, strict=True)
        for rate, held_out in zip(rates, (0.2, 0.1, 0.3), strict=True)
        for _ in range(2)
    ]


MADE_UP = {
    "glorot-figure-2": figure_2,
    "glorot-figure-3": figure_3,
    "glorot-figure-6": figure_6,
    "glorot-figure-7": figure_7,
    "glorot-figure-8": figure_8,
    "glorot-jacobian": jacobian,
    "glorot-table-1": table_1,
}


# Every result.


def test_every_result_is_there_in_the_order_of_the_paper():
    assert list(RESULTS) == list(MADE_UP)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("name", RESULTS)
def test_there_are_networks_enough_for_an_interval(name, full):
    networks = {}
    for job in RESULTS[name].study.jobs(full):
        setting = tuple((k, v) for k, v in job.items() if k != "seed")
        networks[setting] = networks.get(setting, 0) + job.get("restarts", 1)
    assert min(networks.values()) >= 6


@pytest.mark.parametrize("name", RESULTS)
def test_what_is_measured_is_what_is_concluded_from(name):
    """From tiny jobs of every setting: no verdict matters, but there is one, and a picture."""
    result = RESULTS[name]
    jobs = [job | TINY[name] for job in result.study.jobs(False) if job["seed"] == 0]
    measured = [json.loads(json.dumps(result.study.measure(**job))) for job in jobs]
    assert set(measured[0]) == set(MADE_UP[name]()[0]) - (
        {"theory"} if name[-1] in "678" else set()
    )
    assert result.study.conclude(measured).agrees in ("yes", "partly", "no")
    result.study.draw(measured)


@pytest.mark.parametrize("name", ["glorot-figure-2", "glorot-figure-3", "glorot-table-1"])
def test_a_network_that_diverges_is_a_result(name):
    result = RESULTS[name]
    jobs = [job | TINY[name] for job in result.study.jobs(False) if job["seed"] == 0]
    measured = [result.study.measure(**job | {"learning_rate": 1e38}) for job in jobs]
    json.dumps(measured, allow_nan=False)
    assert result.study.conclude(measured).agrees in ("yes", "partly", "no")
    result.study.draw(measured)


@pytest.mark.parametrize("name", RESULTS)
def test_the_picture_is_legible(name):
    with styled():
        figure = RESULTS[name].study.draw(MADE_UP[name]())
        FigureCanvasAgg(figure)
        assert_legible(figure)


# The verdicts.


@pytest.mark.parametrize(
    ("name", "change", "agrees", "why"),
    [
        ("glorot-figure-2", {}, "yes", "there for as long as we watched, 40 epochs"),
        ("glorot-figure-2", {"out_of_5": 30}, "partly", "1.5 times as many epochs"),
        ("glorot-figure-2", {"out_of_4": inf}, "partly", "does not come back while we watch"),
        ("glorot-figure-2", {"lower": 0.5}, "partly", "layer 1 and 2 and 3 is not clearly above"),
        ("glorot-figure-2", {"low": 0.2}, "no", "does not saturate"),
        ("glorot-figure-3", {}, "yes", "from the first one up"),
        ("glorot-figure-3", {}, "yes", "leads no more (epochs 3 (3 to 3)"),
        ("glorot-figure-3", {}, "yes", "in another order"),
        ("glorot-figure-3", {"narrow": (1, 2, 3, 4, 5)}, "yes", "in turn as well"),
        ("glorot-figure-3", {"tanh": (1, 4, 3, 5, 2)}, "partly", "do not follow in turn"),
        ("glorot-figure-3", {"tanh": (5, 4, 3, 2, 1)}, "partly", "does not lead"),
        ("glorot-figure-3", {"less": 0.48}, "partly", "saturates no less"),
        ("glorot-figure-3", {"softsign": (1, 9, 13, 13, 13)}, "partly", "no more together"),
        ("glorot-figure-3", {"quiet": (1, 2, 3, 4, 5)}, "yes", "still leads (epochs 1 (1 to 1)"),
        (
            "glorot-figure-3",
            {"tanh": (2, 2, 2, 2, 1), "softsign": (1, 4, 4, 4, 4), "less": 0.6},
            "no",
            "does not lead",
        ),
        ("glorot-figure-6", {}, "yes", "lost to tanh:"),
        ("glorot-figure-6", {"normalised": 0.8}, "partly", "gives back that factor"),
        ("glorot-figure-6", {"normalised": 0.6}, "no", "hardly more"),
        ("glorot-figure-6", {"quiet": 0.85}, "yes", "more than tanh"),
        ("glorot-figure-7", {}, "yes", "lost to tanh:"),
        ("glorot-figure-7", {"normalised": 0.8}, "partly", "shrinks as well"),
        ("glorot-figure-7", {"normalised": 0.6}, "no", "hardly more"),
        ("glorot-figure-8", {}, "yes", "the same in all layers"),
        ("glorot-figure-8", {"normalised": 0.7}, "partly", "the same in all layers"),
        ("glorot-figure-8", {"standard": 0.7, "normalised": 0.7}, "no", "the layers differ"),
        ("glorot-jacobian", {}, "yes", "has 0.84"),
        ("glorot-jacobian", {}, "yes", "number depends on"),
        ("glorot-jacobian", {"quiet": 0.8}, "yes", "number hardly depends on"),
        ("glorot-jacobian", {"normalised": 0.9}, "partly", "says 0.50 and 0.90"),
        ("glorot-jacobian", {"normalised": 0.72}, "partly", "says 0.50 and 0.72"),
        ("glorot-jacobian", {"standard": 0.4, "normalised": 0.72}, "no", "says 0.40 and 0.72"),
        ("glorot-table-1", {}, "yes", "harms softsign, we see too"),
        ("glorot-table-1", {"errors": (1.7, 1.6, 1.7, 1.7, 2.2)}, "partly", "it helps here"),
        ("glorot-table-1", {"errors": (1.6, 1.6, 1.7, 1.6, 1.6)}, "partly", "not surely last"),
        (
            "glorot-table-1",
            {"errors": (1.6, 1.6, 1.6, 1.6, 1.6)},
            "no",
            "helps tanh is not beyond chance; that it harms softsign is not beyond chance",
        ),
        ("glorot-table-1", {"spread": 1.0}, "no", "not surely last"),
    ],
)
def test_the_verdict_follows_the_numbers(name, change, agrees, why):
    verdict = RESULTS[name].study.conclude(MADE_UP[name](**change))
    assert verdict.agrees == agrees
    assert why in verdict.why


def test_numbers_are_written_with_their_intervals():
    assert "[" not in (text := training.conclude_figure_2(figure_2(out_of_5=30)).measured)
    assert "with 4 layers the top comes back at epoch 20 (20 to 20), with 5 at epoch 30" in text
    assert "with 5 at epoch never" in training.conclude_figure_2(figure_2()).measured
    assert "10% (10% to 10%)" in before.conclude_figure_6(figure_6(standard=0.1**0.25)).measured
    assert "standard), 0.80 (" in before.conclude_jacobian(jacobian()).measured
    text = training.conclude_table_1(table_1()).measured
    assert text.index("Softsign 1.6") < text.index("Tanh N") < text.index("Sigmoid")
    assert text.endswith("Sigmoid 0.6")


# The measurements.


def test_a_training_epoch_by_epoch_is_one_training_with_other_batches():
    data = part("digits", 50)
    e = iv.Experiment("digits", (8,), "tanh", batch_size=10, epochs=2, restarts=2, seed=3)
    start, first, second = training.in_training(e, data)
    run = iv.train(
        iv.Experiment("digits", (8,), "tanh", batch_size=10, epochs=1, restarts=2, seed=3), data
    )
    for mine, theirs in ((start, run.network_at(0)), (first, run.network_at(1))):
        np.testing.assert_array_equal(mine.weights[0], theirs.weights[0])
    on = iv.train(
        iv.Experiment("digits", (8,), "tanh", batch_size=10, epochs=1, restarts=2, seed=1003),
        data,
        network=first,
    )
    np.testing.assert_array_equal(second.weights[1], on.network_at(1).weights[1])
    assert np.abs(second.weights[0] - first.weights[0]).max() > 0


def test_the_way_out_is_the_first_epoch_back_after_the_fall():
    tops = np.array(
        [
            [0.5, 0.02, 0.02, 0.3, 0.02, 0.3],
            [0.5, 0.02, 0.02, 0.02, 0.02, 0.02],
            [0.5, 0.4, 0.4, 0.4, 0.4, 0.4],
        ]
    )
    np.testing.assert_array_equal(training.way_out(tops), [3, inf, inf])


def test_layers_are_looked_at_halfway_to_the_way_out():
    means = np.stack([np.arange(11) / 10, [0.5] + 5 * [0.01] + 5 * [0.3]], axis=1)[np.newaxis]
    np.testing.assert_allclose(training.while_fallen(means), [[0.3, 0.01]])


def test_the_top_sigmoid_layer_saturates():
    """The paper's figure 2 and notebook 07: within an epoch, and the layers below do not."""
    job = training.figure_2_jobs(False)[0] | {"epochs": 2}
    mean = np.array(training.figure_2(**job)["mean"])
    assert mean.shape == (3, 4)
    start = iv.init_network((64, *[100] * 4, 10), "sigmoid", "pytorch_default", dtype="float32")
    for layer, a in enumerate(iv.forward(start, iv.DATASETS["digits"].X_test[:300])[1:-1]):
        assert mean[0, layer] == pytest.approx(a.mean(), rel=1e-5)
    assert mean[2, -1] < 0.05
    assert (mean[2, :-1] > 0.45).all()


def test_softsign_saturates_less_and_percentiles_are_of_the_activations():
    job = {
        "setting": "wide",
        "inputs": 1.0,
        "seed": 0,
        "units": 20,
        "learning_rate": 0.1,
        "epochs": 3,
        "samples": 500,
    }
    tanh, softsign = (training.figure_3(activation=a, **job) for a in ("tanh", "softsign"))
    ends = [np.array(m["percentile"])[-1] for m in (tanh, softsign)]
    assert (ends[1] < ends[0]).all()
    X = iv.DATASETS["mnist5k"].X_test[:300]
    start = iv.init_network((784, *[20] * 5, 10), "tanh", "pytorch_default", dtype="float32")
    for layer, a in enumerate(iv.forward(start, X)[1:-1]):
        share = (a < tanh["percentile"][0][layer]).mean()
        assert share == pytest.approx(0.98, abs=0.001)
        assert tanh["std"][0][layer] == pytest.approx(a.std(), rel=1e-4)
        assert tanh["saturated"][0][layer] == pytest.approx((1 - a**2 < 0.1).mean(), abs=1e-6)


def test_quiet_inputs_are_quiet_in_training_and_when_looked_at(monkeypatch):
    seen = []

    def train(experiment, data, network=None):
        seen.append(data)
        return iv.train(experiment, data, network=network)

    monkeypatch.setattr(training, "train", train)
    measured = training.figure_3(
        setting="quiet",
        activation="tanh",
        inputs=0.1,
        seed=0,
        units=20,
        learning_rate=0.1,
        epochs=1,
        samples=100,
    )
    mnist = iv.DATASETS["mnist5k"]
    np.testing.assert_allclose(seen[0].X, mnist.X[:100] / 10)
    start = iv.init_network((784, *[20] * 5, 10), "tanh", "pytorch_default", dtype="float32")
    first = iv.forward(start, mnist.X_test[:300] / 10)[1]
    assert measured["std"][0][0] == pytest.approx(first.std(), rel=1e-4)


@pytest.mark.parametrize(("scheme", "factor"), [("standard", sqrt(1 / 3)), ("normalised", 1.0)])
def test_small_signals_shrink_by_the_root_of_n_times_the_variance(scheme, factor):
    """The paper's equations 5, 6 and 14, which hold where tanh is straight."""
    job = {"scheme": scheme, "inputs": 1e-3, "seed": 0, "units": 400}
    measures = before.figure_6, before.figure_7, before.figure_8
    forward, backward, weights = (np.array(measure(**job)["std"]) for measure in measures)
    np.testing.assert_allclose(forward[1:] / forward[:-1], factor, rtol=0.1)
    np.testing.assert_allclose(backward[:-1] / backward[1:], factor, rtol=0.1)
    np.testing.assert_allclose(weights[1:] / weights[:-1], 1, rtol=0.2)


def test_a_gradient_is_the_loss_s_own_change(torch):
    """PyTorch's gradient of the loss with respect to the weights of every layer."""
    job = {"scheme": "normalised", "inputs": 1.0, "seed": 1, "units": 30}
    network, X, _ = before.start(**job)
    y = torch.tensor(iv.DATASETS["mnist5k"].y_test[:300])
    weights = [torch.tensor(W[0], requires_grad=True) for W in network.weights]
    a, zs = torch.tensor(X.T, dtype=torch.float32), []
    for W in weights:
        zs.append(W @ a)
        zs[-1].retain_grad()
        a = torch.tanh(zs[-1])
    torch.nn.functional.cross_entropy(zs[-1].T, y).backward()
    for measure, parts in ((before.figure_7, zs), (before.figure_8, weights)):
        theirs = [float(part.grad.std(correction=0)) for part in parts[:-1]]
        np.testing.assert_allclose(measure(**job)["std"], theirs, rtol=1e-3)


@pytest.mark.parametrize(("scheme", "sigma"), [("standard", sqrt(1 / 3)), ("normalised", 1.0)])
def test_the_average_singular_value_is_that_of_a_random_square_matrix(scheme, sigma):
    job = {"scheme": scheme, "seed": 0, "units": 300}
    straight = before.jacobian(inputs=1e-3, **job)
    np.testing.assert_allclose(straight["singular"], 8 / (3 * pi) * sigma, rtol=0.02)
    bent = before.jacobian(inputs=1.0, **job)
    np.testing.assert_allclose(bent["singular"], bent["theory"], rtol=0.06)
    assert max(bent["singular"]) < min(straight["singular"])


def test_errors_are_the_share_of_wrong_answers():
    eye = np.stack([np.eye(3), np.eye(3)[[1, 0, 2]]])
    network = iv.Network((eye,), (np.zeros((2, 3, 1)),), "tanh", "softmax")
    X, y = np.eye(3)[[0, 1, 2, 2]], np.array([0, 1, 2, 0])
    assert training.errors(network, X, y) == [0.25, 0.75]


def test_neither_the_images_held_out_nor_those_for_testing_are_trained_on(monkeypatch):
    seen = []

    def train(experiment, data):
        seen.append(data)
        return iv.train(experiment, data)

    monkeypatch.setattr(training, "train", train)
    measured = training.table_1(
        row="Tanh N", learning_rate=0.03, seed=0, units=20, restarts=2, epochs=1
    )
    mnist = iv.DATASETS["mnist5k"]
    np.testing.assert_array_equal(seen[0].X, mnist.X[:3000])
    assert seen[0].X_test is None
    assert 0 < np.mean(measured["test"]) < 0.5  # guessing is 0.9
    assert abs(np.mean(measured["test"]) - np.mean(measured["held_out"])) < 0.1


def test_the_rate_is_chosen_on_the_images_held_out_alone():
    rows = [
        {"row": "Tanh", "learning_rate": 0.1, "held_out": [0.1, 0.1], "test": [0.5, 0.6]},
        {"row": "Tanh", "learning_rate": 0.3, "held_out": [0.2, 0.2], "test": [0.0, 0.0]},
    ]
    assert training.chosen_rate(rows, "Tanh") == 0.1
    np.testing.assert_allclose(training.final_errors(rows, "Tanh"), [50, 60])
