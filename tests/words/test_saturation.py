"""What is said of slopes and of the gradient that is left."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure import saturation as measured
from initviz.words.saturation import explain_saturation

SMALL = replace(iv.explore_saturation.start, epochs=4, restarts=4)


@pytest.fixture(scope="module")
def healthy():
    return iv.train(SMALL)


def test_the_words_name_the_slopes_and_the_gradient(healthy):
    text = explain_saturation(healthy, 0)
    slopes = [layer.slope for layer in measured.measure(healthy, 0)]
    sizes = iv.gradient_statistics(
        healthy.network_at(0), healthy.dataset.X, healthy.dataset.y, healthy.loss_name
    ).rms
    first, *_, last, _ = np.median(sizes, axis=1)
    assert "At epoch 0 the mean slope is" in text
    assert f"{slopes[0]:.2g}" in text
    assert "the steepest there is: 0.25" in text
    assert f"{last / first:.2g} times smaller than in layer 4" in text
    assert "saturated" in text


def test_the_words_name_the_first_slope_before_the_last():
    run = iv.train(replace(SMALL, activation="tanh"))
    first, *_, last = (layer.slope for layer in measured.measure(run, 0))
    assert first > 1.2 * last
    assert f"is {first:.2g} in layer 1 and {last:.2g} in layer 4" in explain_saturation(run, 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scale": 0.01}, ["about 0.25", "Hardly any unit is saturated"]),
        ({"scale": 100.0}, ["98% of the units are saturated", "% at every point"]),
        ({"hidden_layers": (8,)}, ["the mean slope is 0.1", "The gradient in layer 1 is 0.0"]),
        ({"initializer": "zeros", "activation": "tanh"}, ["Nothing of the gradient"]),
        ({"activation": "relu"}, ["of the units are saturated"]),
        ({"scale": 3.0, "activation": "tanh"}, ["times larger than in layer 4"]),
        (
            {"initializer": "identity", "activation": "identity", "hidden_layers": (8, 8)},
            ["the mean slope is about 1 in layer 1 and in layer 2"],
        ),
        (
            {
                "activation": "identity",
                "initializer": "constant",
                "bias": 1e30,
                "hidden_layers": (8,) * 7,
                "scale": 100.0,
            },
            ["The gradient overflows."],
        ),
        (
            {
                "activation": "identity",
                "initializer": "constant",
                "bias": 1e300,
                "hidden_layers": (8,) * 7,
                "scale": 1e100,
            },
            ["z overflows in layer"],
        ),
    ],
)
def test_the_words_fit_the_run(change, words):
    run = iv.train(replace(SMALL, restarts=32, epochs=1, **change))
    text = explain_saturation(run, 0)
    for phrase in words:
        assert phrase in text
    assert "nan" not in text.lower()
