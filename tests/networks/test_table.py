"""Tables whose names match whatever their case."""

import pickle

import pytest

import initviz as iv
from initviz.networks.table import Table


@pytest.mark.parametrize(
    ("table", "said", "name"),
    [
        (iv.ACTIVATIONS, "ReLU", "relu"),
        (iv.INITIALIZERS, "He", "he_normal"),
        (iv.LOSSES, "Squared_Error", "squared_error"),
    ],
)
def test_a_name_matches_whatever_its_case(table, said, name):
    assert table[said] is table[name]


def test_a_name_that_is_none_is_told_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'tanh'"):
        iv.ACTIVATIONS["tahn"]


@pytest.mark.parametrize("name", ["swish", "hardshrink", "maxout"])
def test_what_is_another_thing_altogether_is_not_told_a_nearest(name):
    with pytest.raises(KeyError, match=f"{name}': give one of sigmoid, tanh"):
        iv.ACTIVATIONS[name]


def test_a_table_is_printed_as_its_names():
    assert repr(Table("loss", {"a": 1, "b": 2})) == "loss: a, b"


def test_a_table_can_be_copied_by_pickle():
    table = pickle.loads(pickle.dumps(Table("loss", {"a": 1})))
    assert table["A"] == 1
