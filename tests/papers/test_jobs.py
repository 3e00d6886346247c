"""What jobs have in common: settings crossed, data in part, networks a thousand at a time."""

from math import inf

import numpy as np

import initviz as iv
from initviz.papers import jobs
from initviz.papers.jobs import crossed, part, plain, relu_networks, rows, table, when


def test_no_number_is_not_in_json():
    assert plain([[1.0, inf], [np.nan, 2.0]]) == [[1.0, None], [None, 2.0]]
    found = table([{"a": 1, "v": [None, 2.0]}, {"a": 2, "v": [0.0, 0.0]}], "v", a=1)
    np.testing.assert_array_equal(found, [[np.nan, 2.0]])


def test_jobs_are_crossed_with_the_last_choice_fastest():
    found = crossed(a=(1, 2), b="xy")
    assert found == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]
    assert crossed({"c": 3}, a=(1, 2)) == [{"a": 1, "c": 3}, {"a": 2, "c": 3}]


def test_rows_are_those_with_all_the_settings():
    measured = [{"a": 1, "b": 2, "v": [0]}, {"a": 1, "b": 3, "v": [1]}, {"a": 2, "b": 2, "v": [2]}]
    assert rows(measured, a=1, b=2) == measured[:1]
    assert rows(measured, a=1) == measured[:2]
    assert rows(measured) == measured


def test_what_never_happened_is_infinite():
    measured = [{"a": 1, "v": [None, 2.0]}, {"a": 1, "v": [3.0, None]}, {"a": 2, "v": [0.0, 0.0]}]
    assert when(measured, "v", a=1).tolist() == [inf, 2.0, 3.0, inf]


def test_data_in_part_is_from_the_training_images():
    data = part("digits", 50)
    np.testing.assert_array_equal(data.X, iv.DATASETS["digits"].X[:50])
    assert data.X_test is None
    assert len(part("digits", None).X) == len(iv.DATASETS["digits"].X)


def test_networks_come_in_chunks_that_are_all_different(monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK", 3)
    chunks = list(relu_networks((2, 3, 1), 8, seed=5, dtype="float64"))
    assert [chunk.restarts for chunk in chunks] == [3, 3, 2]
    assert len({float(w[0, 0]) for chunk in chunks for w in chunk.weights[0]}) == 8
