"""What the map of trainability shows is what was trained."""

from dataclasses import replace

import made_up
import numpy as np
import pytest
from legible import assert_legible
from matplotlib.figure import Figure

import initviz as iv
from initviz.plots import picture
from initviz.plots.trainability import TrainabilityMap, TrainabilityScene


def test_the_map_shows_the_medians_and_what_is_not_trained_yet_is_blank():
    found = made_up.trainability([[1, 0], [1, 1]])
    accuracies = found.accuracies.copy()
    accuracies[1] = np.nan
    partly = replace(found, accuracies=accuracies)
    view = TrainabilityMap(Figure().add_subplot(), found)
    view.update(partly, 60)
    shown = view._image.get_array()
    assert shown[0].tolist() == [1, 0]
    assert np.ma.getmaskarray(shown)[1].all()


def test_the_thin_line_is_the_pinned_maps_edge():
    found, pinned = made_up.trainability([[1, 1], [1, 1]]), made_up.trainability([[1, 1], [1, 0]])
    view = TrainabilityMap(Figure().add_subplot(), found)
    view.update(found, 60)
    assert not len(view._edge.get_xdata())
    view.update(found, 60, pinned)
    assert view._edge.get_ydata().tolist() == [1.5, 0.5]


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
def test_everything_in_the_picture_can_be_read(activation):
    found = made_up.trainability([[1] * 13] * 6, activation=activation)
    assert_legible(picture(TrainabilityScene, found, None, found))


def test_where_even_one_layer_is_too_deep_the_line_is_below_the_map():
    found = made_up.trainability([[1] * 13] * 6, activation="sine", scale=400.0)
    view = TrainabilityMap(Figure().add_subplot(), found)
    view.update(found, 60)
    assert (view._line.get_ydata() < view._ylim[0]).all()
