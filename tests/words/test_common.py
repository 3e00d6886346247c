"""What no sentence may stumble over: no hidden layer, equal targets, targets beyond all squares."""

import re
from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure.layers import gradient_by_layer
from initviz.measure.standards import KEPT
from initviz.words.common import NO_LAYER, differences, gradient_back, unlike

MAPS = ("explore_trainability", "explore_width")  # of many runs, and not one
CHAPTERS = [name for name in iv.widgets.CHAPTERS if name not in MAPS]
LAYERED = ("depth", "saturation", "schemes", "jacobian", "phase")
X = np.random.default_rng(0).normal(size=(12, 2))
SMALL = {"hidden_layers": (4, 3), "epochs": 3, "restarts": 3}


def flat(value=3.0):
    return iv.Dataset("flat", X, np.full(12, value), "regression")


def huge():
    return iv.Dataset("huge", X, X[:, 0] * 1e200, "regression")


def said(name, run, epoch):
    text = getattr(iv, name).explain(run, epoch)
    assert not re.search(r"\bnan\b|\binf\b|array\(|np\.", text)
    assert len(text) > 20
    return text


@pytest.mark.parametrize("name", [n for n in CHAPTERS if n != "explore_clinic"])
@pytest.mark.parametrize("epoch", [0, 3])
def test_networks_without_a_hidden_layer_have_their_words(name, epoch):
    run = iv.train(iv.Experiment(**SMALL | {"hidden_layers": ()}))
    text = said(name, run, epoch)
    if name.removeprefix("explore_") in LAYERED:
        assert NO_LAYER in text


@pytest.mark.parametrize("name", CHAPTERS)
@pytest.mark.parametrize("data", [flat, huge])
def test_targets_that_nothing_can_be_learnt_from_have_their_words(name, data):
    if name == "explore_clinic":
        run = iv.train(iv.explore_clinic.start, data())
    else:
        run = iv.train(iv.Experiment(**SMALL), data())
    for epoch in (0, run.epoch):
        text = said(name, run, epoch)
    if name in ("explore_race", "explore_restarts"):
        assert ("nothing to learn" if data is flat else "overflowed") in text


ONE_OF_MANY = r"\b1 (networks|units|epochs|layers|restarts|seeds|kinds|signs|hidden layers)\b"


@pytest.mark.parametrize("name", [n for n in CHAPTERS if n != "explore_clinic"])
@pytest.mark.parametrize("layers", [(1,), (1, 1), (5,)])
def test_one_of_anything_is_spoken_of_in_the_singular(name, layers):
    usual = iv.Experiment(hidden_layers=layers, activation="tanh", epochs=1, restarts=1)
    runs = [iv.train(replace(usual, scale=scale)) for scale in (0.0, 1.0, 30.0)]
    for run in runs:
        for epoch in (0, 1):
            assert not re.search(ONE_OF_MANY, said(name, run, epoch))
        pinned = getattr(iv, name).compare(run, runs[0])
        assert not re.search(ONE_OF_MANY, pinned), pinned


def test_a_run_by_another_version_of_an_initializer_is_told_apart(monkeypatch):
    monkeypatch.setitem(iv.INITIALIZERS, "mine", lambda rng, shape, scale: rng.normal(size=shape))
    e = iv.Experiment("xor", (3,), "tanh", "mine", epochs=2, restarts=3)
    old = iv.train(e)
    monkeypatch.setitem(iv.INITIALIZERS, "mine", lambda rng, shape, scale: rng.uniform(size=shape))
    new = iv.train(e)
    assert not np.array_equal(old.network_at(0).weights[0], new.network_at(0).weights[0])
    for name in ("explore", "explore_race", "explore_restarts", "explore_phase"):
        chapter = getattr(iv, name)
        assert chapter.compare(new, old).startswith("Pinned: another version of mine")
        assert chapter.compare(new, iv.train(e)) in ("Pinned: this run.", "Pinned: this start.")


# A small fuzz.

DATA = [name for name in iv.DATASETS if not name.startswith(("mnist", "digits"))]
NEVER_SAID = r"\bnan\b|\binf\b|\bNone\b(?! of)|  |-0(\.0+)?(?![\d.])|\ball \d+ of \d|\b(\d+) of \2 "
NEVER_SAID += r"|(?<![\d.,])1 (networks|units|layers|epochs|targets)\b"


def random_experiment(rng):
    def one(values):
        return values[rng.integers(len(values))]

    return iv.Experiment(
        one(DATA),
        tuple(rng.integers(1, 9, size=rng.integers(1, 5)).tolist()),
        one(sorted(iv.ACTIVATIONS)),
        one([name for name in iv.INITIALIZERS if name != "mine"]),
        scale=10 ** rng.uniform(-3, 3),
        bias=one([0.0, -5.0, 3.0, "same"]),
        noise=one([0.0, 0.0, 1e-7]),
        learning_rate=10 ** rng.uniform(-3, 2),
        epochs=int(rng.integers(1, 6)),
        restarts=int(rng.integers(1, 4)),
        seed=int(rng.integers(1000)),
    )


@pytest.mark.parametrize("seed", range(60))
def test_no_experiment_makes_the_words_stumble(seed):
    run = iv.train(random_experiment(np.random.default_rng(seed)))
    for name in CHAPTERS:
        if name == "explore_clinic":
            continue
        for epoch in (0, run.epoch):
            text = getattr(iv, name).explain(run, epoch)
            assert not re.search(NEVER_SAID, text), (name, run.experiment, text)


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        ((4,), (2,), "width 2"),
        ((4, 4), (2, 2), "width 2"),
        ((8, 8), (8, 8, 8), "3 hidden layers"),
        ((8, 8), (8,), "1 hidden layer"),
        ((8,), (), "no hidden layer"),
        ((8, 8), (4,), "hidden layers 4"),
        ((8, 8), (8, 4), "hidden layers 8, 4"),
    ],
)
def test_a_width_is_not_called_a_number_of_layers(now, then, said):
    e = iv.Experiment(epochs=1, restarts=1)
    run, pinned = (iv.train(replace(e, hidden_layers=layers)) for layers in (now, then))
    assert differences(run, pinned) == said


def test_a_gradient_that_training_has_turned_round_is_told_as_it_was_before():
    """Over the window gradients explode, and fade once the steps have saturated the units."""
    run, turned = iv.train(replace(iv.explore_depth.start, scale=10)), 0
    for epoch in range(run.epoch + 1):
        rms = np.median(gradient_by_layer(run, epoch), axis=1)
        smaller = rms[0] < rms[-2] / KEPT
        before = "; before training it was 24 times larger."
        assert gradient_back(run, epoch).endswith(before) == smaller
        turned += smaller
    assert turned


def test_a_skip_is_told_in_words():
    skips = iv.Experiment(skip=True, norm="batch")
    assert unlike(skips, iv.Experiment()) == "norm batch, skip yes"
    assert unlike(iv.Experiment(), skips) == "norm none, skip no"
