"""What the rules have in common: how bad a value is, and which scheme a layer asks for."""

from math import inf, nan

import pytest

from initviz.measure.examination import Layer, asked_for, misfit, size_against
from initviz.measure.standards import SERIOUS, ZONES
from initviz.words.rules.finding import finding, level_of, named


def layers(count, **settings):
    return [Layer(f"layer {n}", "Linear", "matrix", **settings) for n in range(count)]


@pytest.mark.parametrize("sign", SERIOUS)
def test_a_level_begins_where_its_zone_ends(sign):
    (low, high), (least, most) = ZONES[sign], SERIOUS[sign]
    assert level_of(sign, low) == level_of(sign, high) == level_of(sign, nan) == ""
    assert level_of(sign, 1.001 * most) == level_of(sign, least - 1e-9) == "serious"
    if most > high:
        assert level_of(sign, 1.001 * high) == level_of(sign, most) == "worth a look"


def test_only_serious_signs_are_serious():
    assert level_of("weights", 1e9) == level_of("update", 0.0) == "worth a look"


def test_a_misfit_is_the_same_both_ways():
    assert [misfit(ratio) for ratio in (4, 0.25, 1, 0)] == [4, 4, 1, inf]


def test_few_layers_are_named_and_many_counted():
    assert named(layers(1)) == "`layer 0`"
    assert named(layers(3)) == "`layer 0`, `layer 1` and `layer 2`"
    assert named(layers(4)) == "4 layers (`layer 0` to `layer 3`)"
    assert finding("zeros", "fine", layers(2), "", "").layers == ("layer 0", "layer 1")


@pytest.mark.parametrize(
    ("activation", "scheme", "ratio"),
    [("relu", "He", 1.0), ("selu", "LeCun", 2**0.5), ("tanh", "Glorot", 2**0.5)],
)
def test_weights_are_held_against_the_scheme_that_their_activation_asks_for(
    activation, scheme, ratio
):
    std = (2 / 50) ** 0.5  # He's
    (layer,) = layers(1, activation=activation, fan_in=50, fan_out=50, weight_std=std)
    assert asked_for(layer) == scheme
    assert size_against(layer) == pytest.approx(ratio)
