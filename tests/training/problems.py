"""What several tests of training are tried on."""

import re
from dataclasses import fields

import pytest

import initviz as iv

SMALL = iv.Experiment(hidden_layers=(5,), epochs=6, restarts=3)


def refuses(message):
    return pytest.raises(ValueError, match=f"^{re.escape(message)}")


FIELDS = [field.name for field in fields(iv.Experiment)]

WAYS = [{"batch_size": None}, {"batch_size": 32}, {"batch_size": 32, "dtype": "float64"}]
full_and_mini_batches = pytest.mark.parametrize("way", WAYS)
