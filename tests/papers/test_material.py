"""What is measured on: parts of the data sets, and networks a thousand at a time."""

import numpy as np

import initviz as iv
from initviz.papers import material
from initviz.papers.material import part


def test_data_in_part_is_from_the_training_images():
    data = part("digits", 50)
    np.testing.assert_array_equal(data.X, iv.DATASETS["digits"].X[:50])
    assert data.X_test is None
    assert len(part("digits", None).X) == len(iv.DATASETS["digits"].X)


def test_networks_come_in_chunks_that_are_all_different(monkeypatch):
    monkeypatch.setattr(material, "CHUNK", 3)
    chunks = list(material.relu_networks((2, 3, 1), 8, seed=5, dtype="float64"))
    assert [chunk.restarts for chunk in chunks] == [3, 3, 2]
    assert len({float(w[0, 0]) for chunk in chunks for w in chunk.weights[0]}) == 8
