"""Exercises that check themselves, whatever a reader may type."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import in_words, number, printable
from ..networks.arrays import real_array
from ..words.text import escaped
from .paragraphs import verdict


@dataclass(frozen=True)
class Marking:
    """What ``check`` found. right: True, False, or None while there is no answer."""

    right: bool | None
    words: str

    def __repr__(self) -> str:
        return printable(self.words)

    def _repr_html_(self) -> str:
        return verdict(self.right, escaped(self.words))


def check(answer: Any, expected: Any, hint: str = "", tolerance: float = 0.01) -> Marking:
    """Say whether an answer to an exercise is right. Nothing that a reader types raises anything.

    answer: ``...`` counts as none yet.
    expected: a number, or a sequence of them (right within the relative ``tolerance``); a string
        (case and outer blanks do not matter); True or False; a set; or a function that takes the
        answer and says whether it is right.
    hint: shown with a wrong answer.

    >>> check(0.333, 1 / 3)
    Right.
    >>> check(3, 1 / 3, hint="Divide the other way round.")
    Not yet. Divide the other way round.
    """
    number("tolerance", tolerance, least=0)
    if answer is ... or answer is None:
        words = "No answer yet: put yours in place of the dots, and run the cell again."
        return Marking(None, words)
    try:
        with np.errstate(all="ignore"):
            right = _agrees(answer, expected, tolerance)
    except Exception as error:  # whatever was typed, the reader gets a sentence
        reason = in_words(error)
        return Marking(False, f"This answer cannot be used: {reason}. {hint}".strip())
    return Marking(True, "Right.") if right else Marking(False, f"Not yet. {hint}".strip())


def _agrees(answer: Any, expected: Any, tolerance: float) -> bool:
    if callable(expected):
        return bool(expected(answer))
    if isinstance(expected, str):
        _require(isinstance(answer, str), "give a name, in quotation marks")
        return answer.strip().casefold() == expected.strip().casefold()
    if isinstance(expected, bool | np.bool_):
        _require(isinstance(answer, bool | np.bool_), "give True or False")
        return bool(answer) == bool(expected)
    if isinstance(expected, set):
        _require(not isinstance(answer, str), "give all of them, in braces: {…, …}")
        return set(answer) == expected
    wanted = real_array(expected, "expected", "give numbers").astype(float)
    what = "a number" if wanted.ndim == 0 else f"{wanted.size} numbers"
    _require(not isinstance(answer, str | bytes | bool | np.bool_), f"give {what}")
    given = _numbers(answer, what)
    _require(given.shape == wanted.shape, f"give {what}")
    return bool(np.allclose(given, wanted, rtol=tolerance, atol=1e-12))


def _numbers(answer: Any, what: str) -> np.ndarray:
    try:
        return real_array(answer, "answer", what).astype(float)
    except ValueError:  # a reader is not told of arguments
        raise ValueError(f"give {what}") from None


def _require(condition: bool, remedy: str) -> None:
    if not condition:
        raise ValueError(remedy)
