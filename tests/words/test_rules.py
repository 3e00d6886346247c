"""Which findings are told, and which follow from another one; the rules are in tests/checkups."""

import pytest

import initviz as iv
from initviz.measure.standards import ZONES
from initviz.words.rules import EXPLAINS, SIGNS, Finding, unexplained


def found(sign, level="serious"):
    return Finding(sign, level, "", "", ())


@pytest.mark.parametrize("cause", EXPLAINS)
def test_what_a_cause_explains_is_not_told_unless_it_is_worse(cause):
    for effect in EXPLAINS[cause]:
        both = found(cause), found(effect)
        assert unexplained(both) == both[:1]
        worse = found(cause, "worth a look"), found(effect)
        assert unexplained(worse) == worse


def test_nothing_explains_itself_and_every_sign_has_its_place():
    assert all(cause not in effects for cause, effects in EXPLAINS.items())
    assert {*EXPLAINS, *ZONES}.union(*EXPLAINS.values()) <= set(SIGNS)
    assert len(set(SIGNS)) == len(SIGNS)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_a_gradient_of_rounding_does_not_part_one_layer_of_zeros_from_the_others(activation):
    data = iv.DATASETS["moons"]
    network = iv.init_network((2, 16, 16, 1), activation, "zeros")
    first = iv.checkup(network, data.X, data.y).findings[0]
    assert (first.sign, first.level) == ("zeros", "serious")
    assert first.layers == ("layer 1", "layer 2", "output layer")
