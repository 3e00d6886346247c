"""The sentence for a bad argument, and the three checks that raise it."""

import re
from fractions import Fraction
from itertools import cycle
from math import inf, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initviz.errors import SENTENCE, SHOWN, bad, flag, number, one_of, same_name, some_of, whole


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
    with says(f"loss={value!r}: give one of squared, absolute"):
        one_of("loss", value, ["squared", "absolute"])


def test_allowed_names_may_come_from_any_iterable():
    assert one_of("loss", "b", iter("abc")) == "b"


@pytest.mark.parametrize("value", ["relu", "ReLU", "RELU"])
def test_a_name_is_known_whatever_its_case_and_comes_back_as_we_write_it(value):
    assert one_of("activation", value, ["tanh", "relu"]) == "relu"
    assert one_of("column", value, ["ReLU"]) == "ReLU"
    assert type(one_of("activation", np.str_(value), ["tanh", "relu"])) is str


def test_of_two_names_that_differ_in_case_only_each_is_itself():
    assert [one_of("data", name, ["Mine", "mine"]) for name in ("Mine", "mine")] == ["Mine", "mine"]


def test_a_name_in_another_case_is_suggested_as_we_write_it():
    with says("activation='RELUU': did you mean 'ReLU'? Give one of ReLU, tanh"):
        one_of("activation", "RELUU", ["ReLU", "tanh"])


def test_a_function_is_told_that_a_name_is_wanted():
    with pytest.raises(
        ValueError, match=r"^loss=.*: did you mean 'tanh'\? Give a name, not a func"
    ):
        one_of("loss", np.tanh, ["relu", "tanh"])
    with pytest.raises(ValueError, match=r"^loss=<function .*: register it first$"):
        one_of("loss", lambda z: z, ["relu"], function="register it first")


@pytest.mark.parametrize("value", [None, 3, ["x"], b"relu", np.array(["relu"])])
def test_only_text_is_a_name(value):
    assert same_name(value, ["relu"]) is None


class Bad:
    def __repr__(self):
        raise RuntimeError("no picture of me")


class Lines:
    def __repr__(self):
        return "two\nlines\r\n   and\u2028more"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 10**6, "'" + "x" * 78 + "…"),
        (-(10**5000), "<int>"),
        (Bad(), "<Bad>"),
        (Lines(), "two lines and more"),
        (np.zeros((2, 2)), "array([[0., 0.], [0., 0.]])"),
        (pd.DataFrame({"a": [1, 2]}), "a 0  1 1  2"),
        ("a\nb", "'a\\nb'"),
    ],
    ids=["letters", "digits", "no repr", "lines", "array", "table", "escaped"],
)
def test_any_value_is_shown_on_one_short_line(value, text):
    assert str(bad("scale", value, "give less")) == f"scale={text}: give less"
    for check in (number, lambda *given: whole(*given, least=1), lambda *g: one_of(*g, ["relu"])):
        with pytest.raises(ValueError, match=re.escape(f"scale={text}: ")):
            check("scale", value)


values = st.recursive(
    st.none()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.just(5000).map(lambda n: 10**n),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.text(), values, st.text())
def test_the_sentence_has_one_line_and_a_measure(argument, value, remedy):
    text = str(bad(argument, value, remedy))
    assert len(text) <= SENTENCE
    shown = str(bad("a", value, "b"))
    assert len(shown.splitlines()) == 1
    assert len(shown) <= SHOWN + len("a=: b")


@pytest.mark.parametrize("value", [2, 7, np.int64(2), np.uint8(200)])
def test_a_whole_number_comes_back_as_int(value):
    assert whole("epochs", value, least=2) == value
    assert type(whole("epochs", value, least=2)) is int


@pytest.mark.parametrize("value", [1, -3, 2.0, 2.5, True, "3", None, [3], inf, nan])
def test_what_is_no_whole_number_in_range_is_refused(value):
    with says(f"epochs={value!r}: give a whole number of at least 2"):
        whole("epochs", value, least=2)


@pytest.mark.parametrize("value", [10**100, 10**5000], ids=["large", "unsayable"])
def test_a_whole_number_that_nothing_can_count_is_refused(value):
    with pytest.raises(ValueError, match=r"^epochs=.*: give a whole number below 1e\+100$"):
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


def test_a_list_of_names_gives_each_of_them_once_and_in_its_order():
    for names in (["b", "a", "B"], ("b", "a"), iter(["b", "a"]), {"b": 1, "a": 2}):
        assert some_of("letters", names, "letter", ["a", "b", "c"]) == ["b", "a"]
    assert some_of("letters", [], "letter", ["a"]) == []
    with pytest.raises(ValueError, match=r"^letter='d': give one of a"):
        some_of("letters", ["d"], "letter", ["a"])


@pytest.mark.parametrize("value", ["a", b"a", 3, True, None, {"a", "b"}, frozenset("a")])
def test_what_is_no_list_of_names_is_refused(value):
    with pytest.raises(ValueError, match=r"^letters=.*: give a list of some of a, b$"):
        some_of("letters", value, "letter", ["a", "b"])


def test_a_list_without_an_end_is_left_at_a_limit():
    with pytest.raises(
        ValueError, match=r"^letters=.*: give a list of some of a; at most 100,000$"
    ):
        some_of("letters", cycle("a"), "letter", ["a"])


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_a_switch_comes_back_as_bool(value):
    assert flag("progress", value) is bool(value)


@pytest.mark.parametrize("value", [0, 1, "yes", None, [], np.array([True]), pd.NA])
def test_what_is_neither_true_nor_false_is_refused(value):
    with pytest.raises(ValueError, match=r"^progress=.*: give True or False$"):
        flag("progress", value)


@pytest.mark.parametrize("value", [np.timedelta64(3), np.timedelta64(3, "ns"), np.True_])
def test_a_span_of_time_is_no_number(value):
    for check in (number, lambda *given: whole(*given, least=1)):
        with pytest.raises(ValueError, match=r"^epochs=.*: give a "):
            check("epochs", value)


def test_there_is_one_zero():
    assert str(number("scale", -0.0, least=0)) == "0.0"


def test_of_millions_only_the_first_are_written_out():
    rows = [[0.5] * 10**6] * 10**6
    assert str(bad("X", rows, "give less")).startswith("X=[[0.5, 0.5, ")
