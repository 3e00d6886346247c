"""Write the teacher's page: every question of the notebooks with its answer, and what is mistaken
in the wrong ones. All of it is read from the files that the notebooks ask from.

make answers
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from initviz.words import questions
from initviz.words.questions import Prediction, Question, Reflection, SurveyQuestion

DOCS = Path(__file__).parent
NOTEBOOKS = {path.name[:2]: path for path in (DOCS.parent / "notebooks").glob("*.ipynb")}
HEAD = """\
# Questions and answers

For teachers: it gives everything away. [Teaching with initviz](teaching.md) says how to use it.

In a cell of any notebook `iv.predict("00.tiny")` asks the prediction `00.tiny`, and `iv.reflect` a
question for one's own words. Right options are bold. Below each option stands the reason, or what
is mistaken in it. Numbers that a notebook measures are … here.

*Written by `make answers` from `initviz/words/questions/`; change the questions there, not here.*
"""


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([HEAD, *map(_notebook, questions.pages())])


def _notebook(number: str) -> str:
    path = NOTEBOOKS[number]
    title = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]).partition(
        "\n"
    )[0]
    link = f"[{title.removeprefix('# ')}](../notebooks/{path.name})"
    page = questions.page(number)
    parts = [f"## {number} {link}\n"]
    for name in page.get("predict", {}):
        parts.append(_prediction(f"{number}.{name}"))
    for name in page.get("reflect", {}):
        parts.append(_reflection(f"{number}.{name}", questions.reflection(f"{number}.{name}")))
    if "survey" in page:
        asked = questions.survey().items()
        parts += [_survey(f"{number}.{name}", each) for name, each in asked]
    return "\n".join(parts)


def _prediction(name: str) -> str:
    asked = questions.prediction(name)
    return f"{_heading('Prediction', name, asked.ask)}{_options(asked)}{_look(asked)}"


def _look(asked: Prediction) -> str:
    look = f"*Try it:* {_plain(asked.look)}\n" if asked.look else ""
    rows = "; ".join(asked.many.rows) if asked.many else ""
    return look + (f"\n*Measured over many seeds:* {rows}.\n" if rows else "")


def _reflection(name: str, asked: Reflection) -> str:
    parts = re.sub(r"\{[^{}]*\}", "…", asked.answer).strip().split("\n\n")
    answer = "".join(f"> {_plain(part)}\n>\n" for part in parts).removesuffix(">\n")
    return f"{_heading('In your own words', name, asked.ask)}A model answer:\n\n{answer}"


def _survey(name: str, asked: SurveyQuestion) -> str:
    more = f"More in [notebook {asked.notebook}](../notebooks/{NOTEBOOKS[asked.notebook].name}).\n"
    return f"{_heading('Question', name, asked.ask)}{_options(asked)}{more}"


def _heading(kind: str, name: str, ask: str) -> str:
    return f"### {kind} `{name}`\n\n{_plain(ask)}\n\n"


def _options(asked: Question) -> str:
    listed = ""
    for letter, text in asked.options.items():
        option = f"{letter}) {_plain(text)}"
        right = letter == asked.answer
        said = asked.why if right else asked.wrong.get(letter, "")
        listed += f"- {f'**{option}**' if right else option}"
        listed += f"<br>{_plain(said)}\n" if said else "\n"
    return f"{listed}\n"


def _plain(text: str) -> str:
    """On one line, and nothing in it is taken for Markdown."""
    return re.sub(r"([\\*_<>`|$])", r"\\\1", " ".join(text.split()))


if __name__ == "__main__":
    (DOCS / "answers.md").write_text(page(), encoding="utf-8")
