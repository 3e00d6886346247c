"""What the notebooks ask, read from one plain file a notebook.

The files lie in ``questions/``, named like their notebooks. Each may hold

- ``[starts.NAME]``: fields of an ``Experiment`` on which explorers of this notebook open;
- ``[predict.NAME]``: a prediction, as ``Prediction`` says;
- ``[reflect.NAME]``: a question to answer in one's own words, as ``Reflection`` says;
- ``[survey.NAME]``: a question of understanding, as ``SurveyQuestion`` says.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from ..errors import bad, one_of, some_of, whole
from ..training.experiment import Experiment, check_experiment
from .measured import COLUMNS

FOLDER = Path(__file__).parent / "questions"
SHOWN = ("explorer", "controls", "views", "epoch")  # what a ``try`` says beside its settings


@dataclass(frozen=True)
class Try:
    """The explorer that opens after the choice.

    starts: one experiment, or two to be compared. explorer: the name of the function that opens it.
    controls, views: what it shows of its chapter; None is all. epoch: the moment of the training
    that it opens on; None is the end.
    """

    starts: Sequence[Experiment]
    explorer: str = "explore"
    controls: Sequence[str] | None = None
    views: Sequence[str] | None = None
    epoch: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.starts, list | tuple) or len(self.starts) not in (1, 2):
            raise bad("starts", self.starts, "give a list of one experiment, or of two")
        for start in self.starts:
            check_experiment(start)
        if self.epoch is not None:
            whole("epoch", self.epoch, 0)


@dataclass(frozen=True)
class Many:
    """What is trained again from many other starts when the reader has looked.

    rows: what each is called, and its experiment. columns: of ``measured.COLUMNS``.
    """

    rows: Mapping[str, Experiment]
    columns: Sequence[str]

    def __post_init__(self) -> None:
        if not isinstance(self.rows, Mapping) or not self.rows:
            raise bad("rows", self.rows, "give a name for each experiment, as in {'tanh': …}")
        for row in self.rows.values():
            check_experiment(row)
        if len({row.restarts for row in self.rows.values()}) > 1:
            raise bad("rows", list(self.rows), "give all of them the same number of restarts")
        if not some_of("columns", self.columns, "column", COLUMNS):
            raise bad("columns", self.columns, f"give a list of some of {', '.join(COLUMNS)}")


@dataclass(frozen=True)
class Question:
    """A question with options.

    ask: the question. options: by their letters, from a on. answer: the letter of the right one.
    why: the reason, a sentence or two. wrong: for a wrong letter, what is mistaken in it.
    """

    ask: str
    options: Mapping[str, str]
    answer: str
    why: str
    wrong: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = self.options if isinstance(self.options, Mapping) else {}
        if not all(isinstance(text, str) for each in given.items() for text in each) or not given:
            raise bad("options", self.options, "give texts by their letters, as in {'a': 'yes', …}")
        if len(given) < 2:
            raise bad("options", given, "give at least two")
        one_of("answer", self.answer, self.options)
        for letter in self.wrong:
            one_of("wrong", letter, self.options)


@dataclass(frozen=True)
class Prediction(Question):
    """A question to commit to before looking.

    look: what to do with the explorer, and where to look; it gives nothing away.
    explorer, many: as above; None where nothing can be tried, or nothing is trained again.
    """

    look: str = ""
    explorer: Try | None = None
    many: Many | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, kind in (("explorer", Try), ("many", Many)):
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise bad(name, value, f"give a {kind.__name__}, or None")


@dataclass(frozen=True)
class SurveyQuestion(Question):
    """A question of understanding, asked before and after. Every wrong option has its ``wrong``.

    notebook: the number of the one to read more in, such as "02".
    """

    notebook: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if missing := self.options.keys() - {self.answer} - self.wrong.keys():
            raise bad("wrong", sorted(self.wrong), f"say what is mistaken in {min(missing)}, too")


@dataclass(frozen=True)
class Reflection:
    """A question for the reader's own words. answer: one that is good, with {numbers} to fill in;
    empty where there is none."""

    ask: str
    answer: str = ""


def prediction(name: str) -> Prediction:
    """The one called ``"00.tiny"``: of notebook 00, ``[predict.tiny]``."""
    page, entry = _entry("predict", name)
    shown = _try(page, entry["try"]) if "try" in entry else None
    many = _many(page, entry) if "many" in entry else None
    return Prediction(**_said(entry, "look"), explorer=shown, many=many)


def reflection(name: str) -> Reflection:
    """The one called ``"00.equal"``: of notebook 00, ``[reflect.equal]``."""
    return Reflection(**_entry("reflect", name)[1])


def survey() -> dict[str, SurveyQuestion]:
    """The questions of understanding by their names, in the order in which they are asked."""
    entries = (entry for number in pages() for entry in page(number).get("survey", {}).items())
    return {name: SurveyQuestion(**_said(entry, "notebook")) for name, entry in entries}


def names(kind: str) -> list[str]:
    """Of all predictions ("predict"), reflections ("reflect") or questions of understanding
    ("survey"), in the notebooks' order."""
    return [f"{number}.{name}" for number in pages() for name in page(number).get(kind, {})]


def pages() -> list[str]:
    """The numbers of the notebooks that ask something, such as "00"."""
    return sorted(path.name[:2] for path in FOLDER.glob("*.toml"))


@cache
def page(number: str) -> dict[str, Any]:
    """All that the file of a notebook holds."""
    (path,) = FOLDER.glob(f"{one_of('notebook', number, pages())}_*.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _entry(kind: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    number = name.partition(".")[0] if isinstance(name, str) else ""
    asking = [each for each in pages() if kind in page(each)]
    if number not in asking:
        remedy = f"give a notebook and a name, such as {names(kind)[0]!r}"
        raise bad("name", name, f"{remedy}; these notebooks ask: {', '.join(asking)}")
    known = {f"{number}.{each}": entry for each, entry in page(number).get(kind, {}).items()}
    return page(number), known[one_of("name", name, known)]


def _said(entry: Mapping[str, Any], *more: str) -> dict[str, Any]:
    """The fields of a ``Question`` that an entry holds, and ``more``."""
    texts = [entry["options"]] if isinstance(entry["options"], str) else entry["options"]
    if not 2 <= len(texts) <= len(ascii_lowercase):
        raise bad("options", texts, "give at least two, and at most one for every letter")
    said = {key: entry[key] for key in ("ask", "answer", "why", "wrong", *more) if key in entry}
    return {**said, "options": dict(zip(ascii_lowercase, texts, strict=False))}


def _try(page: dict[str, Any], entry: dict[str, Any]) -> Try:
    """Its settings are changes of its start; with ``against`` there is a second one to compare."""
    changes = [entry.get("settings", {})] + ([entry["against"]] if "against" in entry else [])
    starts = [_experiment(page, entry["start"], change) for change in changes]
    shown = {key: entry[key] for key in SHOWN if key in entry}
    return Try(starts, **shown)


def _many(page: dict[str, Any], entry: dict[str, Any]) -> Many:
    rows = dict(entry["many"])
    columns = [one_of("column", name, COLUMNS) for name in rows.pop("columns")]
    start = rows.pop("start", entry.get("try", {}).get("start"))
    often = {"restarts": rows.pop("restarts", 128), "seed": rows.pop("seed", 1)}
    made = {name: _experiment(page, start, often | change) for name, change in rows.items()}
    return Many(made, columns)


def _experiment(page: dict[str, Any], start: str, change: Mapping[str, Any]) -> Experiment:
    return Experiment.from_json(json.dumps({**page["starts"][start], **change}))
