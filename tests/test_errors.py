"""The sentence for a bad argument, and the three checks that raise it."""

import re
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest

from initviz.errors import bad, number, one_of, whole


def says(message):
    return pytest.raises(ValueError, match=f"^{re.escape(message)}$")


def test_the_sentence_holds_argument_value_and_remedy():
    assert str(bad("momentum", 1, "give less")) == "momentum=1: give less"
    assert isinstance(bad("momentum", 1, "give less"), ValueError)


def test_a_name_close_to_an_allowed_one_is_suggested():
    with says("loss='sqared': did you mean 'squared'? Give one of squared, absolute"):
        one_of("loss", "sqared", ["squared", "absolute"])


@pytest.mark.parametrize("value", ["xyz", None, 3, ["x"], ("x",), nan])
def test_a_name_that_is_not_allowed_is_refused(value):
    with says(f"loss={value!r}: Give one of squared, absolute"):
        one_of("loss", value, ["squared", "absolute"])


def test_allowed_names_may_come_from_any_iterable():
    assert one_of("loss", "b", iter("abc")) is None


@pytest.mark.parametrize("value", [2, 7, np.int64(2), np.uint8(200)])
def test_a_whole_number_comes_back_as_int(value):
    assert whole("epochs", value, least=2) == value
    assert type(whole("epochs", value, least=2)) is int


@pytest.mark.parametrize("value", [1, -3, 2.0, 2.5, True, "3", None, [3], inf, nan])
def test_what_is_no_whole_number_in_range_is_refused(value):
    with says(f"epochs={value!r}: give a whole number of at least 2"):
        whole("epochs", value, least=2)


@pytest.mark.parametrize("value", [0, 0.5, np.float32(0.25), np.int8(0), Fraction(1, 4)])
def test_a_number_comes_back_as_float(value):
    assert number("momentum", value, least=0, below=1) == value
    assert type(number("momentum", value, least=0, below=1)) is float


@pytest.mark.parametrize("value", [-1e-9, 1, 1.0, inf, -inf, nan, True, "0", None, 1j, [0]])
def test_what_is_no_number_in_range_is_refused(value):
    with says(f"momentum={value!r}: give a finite number of at least 0 and below 1"):
        number("momentum", value, least=0, below=1)


def test_above_leaves_the_limit_itself_out():
    assert number("rate", 1e-300, above=0) == 1e-300
    with says("rate=0: give a finite number above 0"):
        number("rate", 0, above=0)


def test_without_limits_any_finite_number_will_do():
    assert number("bias", -1e300) == -1e300
    with says("bias=nan: give a finite number"):
        number("bias", nan)


def test_an_int_beyond_every_float_is_refused():
    with pytest.raises(ValueError, match=r"^rate=1000"):
        number("rate", 10**400)
