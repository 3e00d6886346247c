"""Numbers are written short, and never say more than two digits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initviz.measure.intervals import Interval
from initviz.words.numbers import SUPERSCRIPTS, between, short

BACK = str.maketrans({chr(new): chr(old) for old, new in SUPERSCRIPTS.items()})


def read(text: str) -> float:
    """What a reader takes a written number for."""
    if ord(text[-1]) not in SUPERSCRIPTS.values():
        return float(text.replace(",", ""))
    digits, _, power = text.rpartition("10")
    return float(f"{digits.rstrip('·') or 1}e{power.translate(BACK)}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0333, "0.033"),
        (12.3, "12"),
        (99.7, "100"),
        (4123, "4,100"),
        (3e-7, "3·10⁻⁷"),
        (1e-5, "10⁻⁵"),
        (1.44e9, "1.4·10⁹"),
        (999_999, "10⁶"),
        (-0.5, "-0.5"),
        (-0.0, "0"),
        (np.inf, "overflow"),
        (np.nan, "overflow"),
    ],
)
def test_numbers_are_written_short(value, text):
    assert short(value) == text


@given(st.floats(1e-30, 1e30))
def test_what_is_written_is_the_number_to_two_digits(value):
    assert read(short(value)) == pytest.approx(value, rel=0.051)


def test_there_is_no_minus_zero():
    assert between(Interval(-0.001, -0.0, 1.0), ".2f") == "0.00 (0.00 to 1.00)"
