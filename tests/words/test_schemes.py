"""What is said of the formula that the weights follow, and of the way there and back."""

import re
from dataclasses import replace

import made_up
import numpy as np
import pytest

import initviz as iv
from initviz.words.common import change
from initviz.words.schemes import explain_schemes


@pytest.fixture
def runs():
    return made_up.schemes()


def words(**settings):
    run = iv.train(replace(made_up.ONE_EPOCH, **settings))
    return explain_schemes(run, run.epoch)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "Before training, the weights are as large as Glorot asks for."),
        (
            {"initializer": "he_uniform"},
            "Before training, the weights are as large as He asks for.",
        ),
        (
            {"initializer": "variance_scaling"},
            "Before training, the weights are as large as LeCun asks for.",
        ),
        (
            {"initializer": "keras_default"},
            "Before training, the weights are as large as Glorot asks for.",
        ),
        ({"initializer": "pytorch_default"}, "the weights are 0.58 times as large as LeCun"),
        ({"initializer": "he_normal", "scale": 3.0}, "times as large as He asks for."),
        ({"initializer": "normal"}, "none of the three formulas: they are 1 to 2.9 times as"),
        ({"initializer": "orthogonal"}, "the weights follow none of the three formulas"),
        ({"initializer": "zeros"}, "all weights of a layer are equal"),
        ({"initializer": "constant"}, "all weights of a layer are equal"),
    ],
)
def test_it_names_the_formula_that_the_weights_follow(settings, sentence):
    assert sentence in words(**settings)


@pytest.mark.parametrize("scheme", ["glorot_normal", "he_normal", "lecun_uniform"])
@pytest.mark.parametrize(
    "shape",
    [{"hidden_layers": (16,)}, {"hidden_layers": (64,) * 4}, {"dataset": "digits", "restarts": 2}],
)
def test_it_recognises_every_formula_at_any_shape(scheme, shape):
    right = {"glorot_normal": "Glorot", "he_normal": "He", "lecun_uniform": "LeCun"}[scheme]
    for seed in range(5):
        text = words(initializer=scheme, seed=seed, **shape)
        assert f"as large as {right} asks for" in text


def test_it_says_what_happens_on_the_way_forward_and_back(runs):
    def said(name):
        return explain_schemes(runs[name], runs[name].epoch)

    assert "keep their size: × 0.97 and × 1.01 a layer." in said("he")
    assert "Forward, each layer leaves 0.68 of the signal: in layer 8 it is 14" in said("glorot")
    assert "Backward, each layer leaves 0.72 of the gradient: in layer 1 it is 9.9" in said(
        "glorot"
    )
    assert "each layer multiplies the signal by 570" in said("overflow")
    assert "signal is exactly zero. Backward, the gradient is exactly zero." in said("zeros")
    assert "nothing is handed on" in said("one layer")


def test_it_counts_beyond_what_a_float_can_hold():
    sizes = np.array([*[[1e150]] * 11, [1e-160]])
    assert "in layer 12 it is 10³¹⁰ times smaller" in change("the signal", sizes, 1, 12)
    lost = words(initializer="normal", scale=1e-30, hidden_layers=(8,) * 12)
    assert "the signal is lost: it is exactly zero in layer 12" in lost


def test_it_tells_zero_from_overflow():
    some = change("the signal", np.array([[0.0, 1.0], [0.0, 1.0]]), 1, 2)
    assert some == "the signal is exactly zero in some networks"
    assert change("it", np.array([[1.0, 1.0], [np.inf, np.nan]]), 1, 2) == "it overflows"


def test_a_steady_size_is_not_taken_for_a_living_signal(runs):
    text = explain_schemes(runs["sigmoid"], 1)
    assert "the signal keeps its size (× 1.00 a layer)" in text
    assert "What differs from input to input fades faster: × 0.22 a layer." in text
    assert "fades faster" not in explain_schemes(runs["he"], 30)


def test_it_ends_with_the_outcome_and_names_the_moment(runs):
    run = runs["he"]
    best = f"{run.losses[-1].min():.2g}"
    assert f"the best loss is {best}, the median" in explain_schemes(run, 30)
    then = f"{run.losses[5].min():.2g}"
    assert then != best
    assert re.search(rf"After 5 epochs .*: the best loss is {then},", explain_schemes(run, 5))
    assert "All 8 networks have overflowed" in explain_schemes(runs["overflow"], 1)


def test_what_grows_less_does_not_fade():
    steady = {"activation": "relu", "initializer": "zero_hadamard", "bias": "same"}
    text = words(dataset="pair", hidden_layers=(8,) * 3, **steady)
    assert "What differs from input to input grows less: × 1.00 a layer." in text


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_of_any_size_are_told_without_a_warning(dtype):
    with np.errstate(all="raise"):
        large = words(initializer="he_normal", scale=1e300, dtype=dtype)
        tiny = words(initializer="he_normal", scale=1e-320, dtype="float64")
        equal = words(initializer="constant", scale=1e300, dtype=dtype)
    said = "·10²⁹⁹ times as large as He asks for" if dtype == "float64" else "the weights overflow."
    assert said in large
    assert "times as large as" in tiny
    assert ("of a layer are equal" if dtype == "float64" else "the weights overflow.") in equal


def test_a_gradient_that_a_skip_leads_around_a_closed_layer_is_zero_only_there():
    said = words(hidden_layers=(6,) * 4, skip=True, alpha="rezero")
    assert "Backward, the gradient is exactly zero in layer 4." in said
    said = words(hidden_layers=(6,) * 4, initializer="zeros")
    assert "the gradient is exactly zero." in said


def test_many_factors_that_are_nearly_1_do_not_keep_a_size():
    sizes = 0.95 ** np.arange(21.0)[:, np.newaxis]
    assert change("it", sizes[:6], 1, 6) == "it keeps its size (× 0.95 a layer)"
    assert "in layer 21 it is 2.8 times smaller than in layer 1" in change("it", sizes, 1, 21)
