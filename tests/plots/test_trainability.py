"""What the map of trainability shows is what was trained."""

from dataclasses import replace

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure.standards import Learnt
from initviz.measure.trainability import Trainability
from initviz.plots import picture
from initviz.plots.trainability import TrainabilityMap, TrainabilityScene


def made(cells, **settings):
    """A map in which the cells that learnt have an accuracy of 1, the others that of guessing."""
    cells = np.array(cells, bool)
    levels = np.where(cells, Learnt.A_LITTLE, Learnt.NOTHING)[..., np.newaxis].repeat(2, axis=2)
    accuracies = np.where(levels > Learnt.NOTHING, 1.0, 0.5)
    depths = tuple(2**row for row in range(len(cells)))
    scales = tuple(2.0 ** (column - len(cells[0]) // 2) for column in range(len(cells[0])))
    experiment = replace(iv.explore_trainability.start, restarts=2, **settings)
    return Trainability(experiment, iv.DATASETS["moons"], depths, scales, accuracies, levels)


def test_the_map_shows_the_medians_and_what_is_not_trained_yet_is_blank():
    found = made([[1, 0], [1, 1]])
    accuracies = found.accuracies.copy()
    accuracies[1] = np.nan
    partly = replace(found, accuracies=accuracies)
    view = TrainabilityMap(Figure().add_subplot(), found)
    view.update(partly, 60)
    shown = view._image.get_array()
    assert shown[0].tolist() == [1, 0]
    assert np.ma.getmaskarray(shown)[1].all()


def test_the_thin_line_is_the_pinned_maps_edge():
    found, pinned = made([[1, 1], [1, 1]]), made([[1, 1], [1, 0]])
    view = TrainabilityMap(Figure().add_subplot(), found)
    view.update(found, 60)
    assert not len(view._edge.get_xdata())
    view.update(found, 60, pinned)
    assert view._edge.get_ydata().tolist() == [1.5, 0.5]


@pytest.mark.parametrize("activation", iv.ACTIVATIONS)
def test_everything_in_the_picture_can_be_read(activation):
    found = made([[1] * 13] * 6, activation=activation)
    assert_legible(picture(TrainabilityScene, found, None, found))
