"""Exercises: right, wrong, and whatever else a reader may type."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import initviz as iv
from initviz.plots.style import BLUE, ORANGE


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (0.5, 0.5),
        (0.501, 0.5),
        (np.float32(0.5), 0.5),
        (3, 3.0),
        ([1, 2], (1.0, 2.0)),
        (np.array([1.0, 2.0]), [1, 2]),
        (" He_Normal ", "he_normal"),
        (True, True),
        (["b", "a"], {"a", "b"}),
        (7, lambda n: n > 6),
        (0, 0),
    ],
)
def test_right_answers(answer, expected):
    assert iv.check(answer, expected, hint="no").right is True


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (0.52, 0.5),
        ([2, 1], [1, 2]),
        ("he", "he_normal"),
        (False, True),
        (["a"], {"a", "b"}),
        (5, lambda n: n > 6),
        (1e-3, 0),
        (np.nan, 1.0),
        (np.inf, 1.0),
    ],
)
def test_wrong_answers_get_the_hint(answer, expected):
    verdict = iv.check(answer, expected, hint="Look at the slope.")
    assert verdict.right is False
    assert repr(verdict) == "Not yet. Look at the slope."


@pytest.mark.parametrize(
    ("answer", "expected", "remedy"),
    [
        ("half", 0.5, "give a number"),
        (True, 1.0, "give a number"),
        ([1], [1, 2], "2 numbers"),
        (3, "relu", "in quotation marks"),
        (1, True, "True or False"),
        ("ab", {"a", "b"}, "braces"),
    ],
)
def test_an_answer_of_another_kind_is_told_which_kind_is_wanted(answer, expected, remedy):
    assert remedy in repr(iv.check(answer, expected))


class _Hostile:
    def __float__(self):
        raise RuntimeError

    def __gt__(self, other):
        raise RecursionError("deep")


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.complex_numbers(),
    st.lists(st.one_of(st.text(), st.floats(), st.lists(st.integers()))),
    st.dictionaries(st.text(), st.integers()),
    st.just(_Hostile()),
    st.just(object),
    st.just(len),
)
EXPECTED = st.sampled_from(
    [0.5, [1.0, 2.0], "relu", True, {"a"}, lambda n: n > 6, lambda n: n[0]["x"]]
)


@given(ANYTHING, EXPECTED)
def test_nothing_that_a_reader_types_raises_anything(answer, expected):
    verdict = iv.check(answer, expected)
    assert verdict.right in (True, False, None)
    assert re.search(r"Right|Not yet|No answer yet|cannot be used", repr(verdict))
    assert "<script" not in verdict._repr_html_()


def test_no_answer_yet_is_neither_right_nor_wrong():
    for nothing in (..., None):
        assert iv.check(nothing, 1).right is None


def test_what_was_typed_is_shown_as_text_not_run_as_html():
    verdict = iv.check("<b>", lambda answer: {}[answer])
    assert "<b>" not in verdict._repr_html_().replace("<b>Right", "")


def test_a_numpy_truth_is_no_number_and_a_numpy_expectation_is_a_truth():
    assert iv.check(np.bool_(True), 1.0).right is False
    assert iv.check(1, np.bool_(True)).right is False


def test_tolerance_and_colour():
    assert iv.check(0.55, 0.5, tolerance=0.2).right is True
    assert iv.check(1e-9, 0).right is False
    assert BLUE in iv.check(1, 1)._repr_html_()
    assert ORANGE in iv.check(1, 2)._repr_html_()


def test_a_tolerance_that_is_none_is_not_the_readers_fault():
    with pytest.raises(ValueError, match=r"^tolerance='x': give a finite number"):
        iv.check(3, 3, tolerance="x")
