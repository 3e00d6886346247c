"""What is said of a layer, whatever framework it is from."""

from dataclasses import replace

import pytest

import initviz as iv
from initviz.measure.standards import NO_GRADIENT


def last_layer(activation, dtype):
    data = iv.DATASETS["moons"]
    network = iv.init_network((2, 16, 16, 1), activation, "zeros", dtype=dtype)
    return iv.checkup(network, data.X, data.y).layers[-1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_of_balanced_classes_weights_of_0_get_a_gradient_of_rounding_only(activation, dtype):
    assert not last_layer(activation, dtype).moving


def test_weights_of_0_move_where_there_is_a_gradient():
    layer = last_layer("sigmoid", "float64")
    assert replace(layer, gradient_rms=2 * NO_GRADIENT).moving
    assert not replace(layer, gradient_rms=2 * NO_GRADIENT, weight_rms=0.1).moving
