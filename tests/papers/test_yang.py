"""Yang et al. 2019 run again: rates of growth against other reckonings, and every verdict."""

from dataclasses import replace
from itertools import product
from math import pi

import numpy as np
import pytest
from verdicts import drawn

from initviz.measure.blocks import norm_chi
from initviz.papers import yang


def test_the_papers_rate_falls_to_that_of_large_batches():
    rates = [yang.relu_rate(batch) for batch in (8, 64, 512, 10**6)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(pi / (pi - 1), abs=1e-5)
    assert rates[-1] == pytest.approx(norm_chi("relu", "batch"), abs=1e-5)
    assert yang.linear_rate(10**6) == pytest.approx(norm_chi("identity", "batch"), abs=1e-5)


@pytest.mark.parametrize(("activation", "rate"), yang.THEORY.items())
def test_networks_have_the_papers_rates(activation, rate):
    found = [yang.growth(activation, 6, 300, 16, seed) for seed in range(4)]
    assert np.mean(found) == pytest.approx(rate(6), rel=0.04)


def test_the_scale_of_the_weights_is_no_matter(monkeypatch):
    rate, init = yang.growth("relu", 16, 40, 8, 3), yang.init_network

    def larger(*args, **given):
        network = init(*args, **given)
        *hidden, last = network.weights
        return replace(network, weights=(*(9 * W for W in hidden), last))

    monkeypatch.setattr(yang, "init_network", larger)
    assert yang.growth("relu", 16, 40, 8, 3) == pytest.approx(rate, rel=1e-3)
    assert rate > 1.2


def found(relu=yang.relu_rate, tanh=lambda b: 1.2 + 1 / b, identity=yang.linear_rate):
    rate = {"relu": relu, "tanh": tanh, "identity": identity}
    kinds = product(yang.ACTIVATIONS, yang.BATCHES)
    return [
        {
            "activation": a,
            "batch": b,
            "width": width,
            "rates": [rate[a](b) + x for x in (-1e-3, 0, 0, 0, 0, 1e-3)],
        }
        for width, (a, b) in [*((512, kind) for kind in kinds), (1024, ("identity", 256))]
    ]


def test_yang_is_right_where_all_is_as_derived():
    verdict = drawn("yang-batch-norm", found())
    assert verdict.agrees == "yes"
    assert "1.788 (1.787 to 1.789) and 1.473 (1.472 to 1.474) with ReLU" in verdict.measured
    assert "within 0.02 of π / (π - 1) = 1.467" in verdict.why


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"relu": lambda b: 1.05 * yang.relu_rate(b)}, "is not within 0.02"),
        ({"relu": lambda b: 1.46}, "not what the formulas for wide networks say"),
        ({"identity": lambda b: 1.1}, "not what the formulas"),
        (
            {"identity": lambda b: 0.99 * yang.linear_rate(b)},
            "the straight ones' gradient shrinks by 0.6%",
        ),
        ({"tanh": lambda b: 1.1 if b < 64 else 1.2}, "a bent activation does with less"),
    ],
)
def test_yang_is_partly_right_where_one_claim_is_not_seen(change, words):
    verdict = drawn("yang-batch-norm", found(**change))
    assert verdict.agrees == "partly"
    assert words in verdict.why


def test_yang_is_wrong_where_nothing_grows():
    nothing = found(lambda b: 0.8, lambda b: 0.7, lambda b: 0.95)
    assert drawn("yang-batch-norm", nothing).agrees == "no"
