"""Answers to the questions of understanding, before and after: kept, compared, and told.

They are kept as CSV, which every spreadsheet opens: a row a question, the letters in the columns
``before`` and ``after``. Which of them are right stands in it only when both have been answered.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import NamedTuple

from ..errors import bad, one_of
from .questions import SurveyQuestion, survey

BEFORE, AFTER = "before", "after"
KEPT = ("name", "question", BEFORE, AFTER)
JUDGED = ("right", "before_right", "after_right")
DELIMITERS = ",;\t"  # a spreadsheet may save with another one than it opened


@dataclass(frozen=True)
class Answers:
    """The letters that somebody chose, by the names of the questions; empty where not answered.

    >>> Answers.from_csv(Answers(before={name: "a" for name in survey()}).to_csv()).before["last"]
    'a'
    """

    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)

    def to_csv(self) -> str:
        """A row a question. Right answers are told when there are answers after."""
        file = io.StringIO()
        table = csv.writer(file, lineterminator="\r\n")
        table.writerow([*KEPT, *JUDGED] if self.after else KEPT)
        for name, asked in survey().items():
            letters = [self.before.get(name, ""), self.after.get(name, "")]
            judged = [asked.answer, *(_judged(asked, letter) for letter in letters)]
            table.writerow([name, asked.ask, *letters, *(judged if self.after else [])])
        return file.getvalue()

    @classmethod
    def from_csv(cls, text: str) -> "Answers":
        """Those that ``to_csv`` wrote, or ValueError, which says what is wrong with the text."""
        head = text.partition("\n")[0]
        delimiter = next((each for each in DELIMITERS if each in head), ",")
        try:
            rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter, restval=""))
        except csv.Error as error:
            raise bad("text", text, f"this is no CSV: {error}") from None
        if not rows or not {"name", BEFORE, AFTER} <= rows[0].keys():
            raise bad("head", head, "give a table with the columns name, before and after")
        return cls(_column(rows, BEFORE), _column(rows, AFTER))


class Row(NamedTuple):
    """A question of the comparison. behind: for the wrong letters chosen, what is mistaken."""

    asked: SurveyQuestion
    before: str
    after: str
    behind: Mapping[str, str]


def rows(answers: Answers) -> list[Row]:
    """A row a question, in the order in which they are asked."""
    return [_row(asked, answers, name) for name, asked in survey().items()]


def count_right(letters: Mapping[str, str]) -> int:
    """How many of the letters, by the names of the questions, are right."""
    return sum(survey()[name].answer == letter for name, letter in letters.items())


def normalised_gain(before: int, after: int, count: int) -> float:
    """The share of what was left to gain that was gained (Hake 1998); NaN if nothing was left.

    >>> normalised_gain(before=4, after=7, count=10)
    0.5
    """
    return (after - before) / (count - before) if before < count else nan


def tell(answers: Answers) -> str:
    """How many were right before and after, in a sentence or two."""
    before, after = count_right(answers.before), count_right(answers.after)
    count = len(survey())
    if not answers.before:
        return f"{after} of {count} are right. There is no “before” to compare them with."
    counted = f"Right before: {before} of {count}. Right after: {after} of {count}."
    if before == count:
        return f"{counted} Before there was nothing left to gain, so there is no normalised gain."
    gain = normalised_gain(before, after, count)
    means = f"the change of {after - before:+d}, divided by the {count - before} left to gain"
    return f"{counted} The normalised gain is {gain:.2f}: {means}.".replace("-", "−")


def _judged(asked: SurveyQuestion, letter: str) -> str:
    return str(int(letter == asked.answer)) if letter else ""


def _row(asked: SurveyQuestion, answers: Answers, name: str) -> Row:
    before, after = answers.before.get(name, ""), answers.after.get(name, "")
    behind = {each: asked.wrong[each] for each in (before, after) if each in asked.wrong}
    return Row(asked, before, after, behind)


def _column(rows: Sequence[Mapping[str, str]], when: str) -> dict[str, str]:
    """Nobody's answers, or those to all questions; ValueError where something else stands there."""
    letters = {row["name"].strip(): (row[when] or "").strip().lower() for row in rows}
    if not any(letters.values()):
        return {}
    for name, letter in letters.items():
        one_of(when, letter, survey()[one_of("name", name, survey())].options)
    if missing := survey().keys() - letters.keys():
        raise bad("name", sorted(letters), f"{min(missing)} is missing")
    return {name: letters[name] for name in survey()}
