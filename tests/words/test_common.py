"""What no sentence may stumble over: no hidden layer, equal targets, targets beyond all squares."""

import re

import numpy as np
import pytest

import initviz as iv
from initviz.words.common import NO_LAYER

CHAPTERS = [name for name in iv.widgets.CHAPTERS if name != "explore_trainability"]
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
