"""Questions to the reader: predictions to commit to, and exercises that check themselves."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

import ipywidgets as w
import numpy as np

from ..errors import bad, number, one_of
from ..plots.style import BLUE, ORANGE
from .panel import Whole, button

TEXT = "line-height: 1.45; font-size: 14px"
CSS = """<style>
.initviz-option { text-align: left; height: auto; white-space: normal; line-height: 1.45;
                  padding: 4px 10px; }
.widget-button.initviz-option:disabled { opacity: 0.85; }
</style>"""


def predict(question: str, options: Sequence[str], answer: str, why: str) -> Prediction:
    """Ask the reader to commit to an answer; then show which one is right, and why.

    options: what can be chosen; they are named a, b, c, …
    answer: the name of the right one, such as "b".
    why: the reason, a sentence or two.

    Raises ValueError when there is no choice, or the right one is not among it.

    >>> predict("Which start learns?", ["zeros", "small random numbers"], "b", "Units must differ.")
    Which start learns?
    a) zeros
    b) small random numbers
    """
    for name, text in (("question", question), ("why", why)):
        if not isinstance(text, str):
            raise bad(name, text, "give a text")
    most = len(ascii_lowercase)
    if not isinstance(options, list | tuple) or not 2 <= len(options) <= most:
        raise bad("options", options, f"give a list of at least two and at most {most}")
    letters = ascii_lowercase[: len(options)]
    answer = one_of("answer", answer, letters)
    return Prediction(question, dict(zip(letters, options, strict=True)), answer, why)


class Prediction(Whole):
    """A question with a button for every option. chosen: the letter, None before a choice."""

    def __init__(self, question: str, options: dict[str, str], answer: str, why: str) -> None:
        self.question, self.options, self.answer, self.why = question, options, answer, why
        self.chosen: str | None = None
        self.buttons = {letter: self._button(letter) for letter in options}
        self.verdict = w.HTML()
        asked = w.HTML(_paragraph(f"<b>{html.escape(question)}</b>"))
        style = w.HTML(CSS, layout={"display": "none"})
        parts = [asked, *self.buttons.values(), self.verdict, style]
        super().__init__(parts, layout={"max_width": "760px"})

    def _button(self, letter: str) -> w.Button:
        label, tooltip = f"{letter})  {self.options[letter]}", "Commit to this answer"
        made = button(label, tooltip, "auto", lambda _: self.choose(letter))
        made.add_class("initviz-option")
        return made

    def choose(self, letter: str) -> None:
        """Commit to an option; a second choice changes nothing."""
        letter = one_of("letter", letter, self.options)
        if self.chosen is not None:
            return
        self.chosen = letter
        for name, option in self.buttons.items():
            option.disabled = True
            option.icon = "check" if name == self.answer else "times" if name == letter else ""
            option.style.font_weight = "bold" if name == self.answer else "normal"
        right = letter == self.answer
        opening = "Right." if right else f"Not so, it is {self.answer})."
        self.verdict.value = _verdict(right, f"<b>{opening}</b> {html.escape(self.why)}")

    def __repr__(self) -> str:
        return "\n".join([self.question, *(f"{a}) {text}" for a, text in self.options.items())])

    def _repr_html_(self) -> str:
        """For where no kernel runs: the answer waits behind a fold."""
        options = "<br>".join(f"{a}) {html.escape(text)}" for a, text in self.options.items())
        why = f"<p><b>{self.answer})</b> {html.escape(self.why)}</p>"
        fold = f"<details><summary>Show the answer</summary>{why}</details>"
        return f"<p><b>{html.escape(self.question)}</b></p><p>{options}</p>{fold}"

    def _repr_mimebundle_(self, **kwargs) -> dict:
        bundle = super()._repr_mimebundle_(**kwargs) or {}
        return {**bundle, "text/plain": repr(self), "text/html": self._repr_html_()}


@dataclass(frozen=True)
class Marking:
    """What ``check`` found. right: True, False, or None while there is no answer."""

    right: bool | None
    words: str

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        return _verdict(self.right, html.escape(self.words))


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
        reason = str(error) or type(error).__name__
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
    wanted = np.asarray(expected, float)
    what = "a number" if wanted.ndim == 0 else f"{wanted.size} numbers"
    _require(not isinstance(answer, str | bytes | bool | np.bool_), f"give {what}")
    given = np.asarray(answer, float)
    _require(given.shape == wanted.shape, f"give {what}")
    return bool(np.allclose(given, wanted, rtol=tolerance, atol=1e-12))


def _require(condition: bool, remedy: str) -> None:
    if not condition:
        raise ValueError(remedy)


def _verdict(right: bool | None, words: str) -> str:
    colour = {True: BLUE, False: ORANGE, None: "gray"}[right]
    return _paragraph(words, f"border-left: 3px solid {colour}; padding-left: 10px;")


def _paragraph(words: str, style: str = "") -> str:
    return f'<p style="{style} {TEXT}">{words}</p>'
