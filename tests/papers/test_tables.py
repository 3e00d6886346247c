"""Jobs that cross their settings, and what they measured as arrays."""

from math import inf

import numpy as np

from initviz.papers.result import agreement
from initviz.papers.tables import crossed, plain, rows, table, when


def test_no_number_is_not_in_json():
    assert plain([[1.0, inf], [np.nan, 2.0]]) == [[1.0, None], [None, 2.0]]
    found = table([{"a": 1, "v": [None, 2.0]}, {"a": 2, "v": [0.0, 0.0]}], "v", a=1)
    np.testing.assert_array_equal(found, [[np.nan, 2.0]])


def test_jobs_are_crossed_with_the_last_choice_fastest():
    jobs = crossed(a=(1, 2), b="xy")
    assert jobs == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]


def test_rows_are_those_with_all_the_settings():
    measured = [{"a": 1, "b": 2, "v": [0]}, {"a": 1, "b": 3, "v": [1]}, {"a": 2, "b": 2, "v": [2]}]
    assert rows(measured, a=1, b=2) == measured[:1]
    assert rows(measured, a=1) == measured[:2]
    assert rows(measured) == measured


def test_what_never_happened_is_infinite():
    measured = [{"a": 1, "v": [None, 2.0]}, {"a": 1, "v": [3.0, None]}, {"a": 2, "v": [0.0, 0.0]}]
    assert when(measured, "v", a=1).tolist() == [inf, 2.0, 3.0, inf]


def test_a_paper_agrees_where_all_its_claims_do():
    assert agreement(True, True) == "yes"
    assert agreement(False, True) == "partly"
    assert agreement(False, False) == "no"
