"""What is said of the map of trainability."""

from dataclasses import replace

import numpy as np

import initviz as iv
from initviz.measure.standards import Learnt
from initviz.measure.trainability import Trainability
from initviz.words.trainability import explain_trainability


def made(cells, **settings):
    """A map in which the cells that learnt have an accuracy of 1, the others that of guessing."""
    cells = np.array(cells, bool)
    levels = np.where(cells, Learnt.A_LITTLE, Learnt.NOTHING)[..., np.newaxis].repeat(2, axis=2)
    accuracies = np.where(levels > Learnt.NOTHING, 1.0, 0.5)
    depths = tuple(2**row for row in range(len(cells)))
    scales = tuple(2.0 ** (column - len(cells[0]) // 2) for column in range(len(cells[0])))
    experiment = replace(iv.explore_trainability.start, restarts=2, **settings)
    return Trainability(experiment, iv.DATASETS["moons"], depths, scales, accuracies, levels)


def test_the_words_count_the_cells_and_name_the_deepest():
    words = explain_trainability(made([[1, 1, 1], [0, 1, 1], [0, 0, 0]]), 60)
    assert words.startswith("After 60 epochs, ")
    assert "of the cells under the line" in words
    assert words.endswith("The deepest that learn have 2 hidden layers, at scale 1 to 2.")
    assert "No network has learnt." in explain_trainability(made([[0, 0]]), 60)
    one = explain_trainability(made([[0, 1, 0]]), 60)
    assert one.endswith("The deepest that learn have 1 hidden layer, at scale 1.")
