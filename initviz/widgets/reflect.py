"""Questions to answer in one's own words, before reading how somebody else puts it."""

import re
from collections.abc import Callable
from numbers import Real
from string import Formatter
from typing import Any

import ipywidgets as w

from ..errors import bad, printable, shown
from ..words.numbers import short
from ..words.questions import Reflection, reflection
from ..words.text import escaped
from .panel import WIDE, Asked, button, link_to
from .paragraphs import folded, live, paragraph

# Of this session, by their questions. They stay in the kernel until the reader saves them.
WRITTEN: dict[str, str] = {}
FIRST = "Write a sentence or two first. It need not be right: saying it is what makes it stay."


def reflect(question: str | Reflection, **numbers: Any) -> "Reflect":
    """Ask the reader for an answer in their own words, and then show one beside it.

    question: the name of one in ``initviz/words/questions``, such as ``"00.equal"``, or a question
        of your own.
    numbers: what the model answer has in braces, such as ``loss=0.69`` for ``{loss}``.

    Raises ValueError where there is no such question, or one of its numbers is missing.

    >>> reflect("Why do my own weights differ?")
    Why do my own weights differ?
    """
    if isinstance(question, str) and re.fullmatch(r"\d\d\.\S+", question):  # as no sentence is
        question = reflection(question)
    elif isinstance(question, str) and question.strip():
        question = Reflection(question)
    if not isinstance(question, Reflection):
        raise bad("question", question, "give the name of one, such as '00.equal', or a text")
    try:
        answer = _Numbers().format(question.answer, **numbers)
    except KeyError as missing:
        remedy = f"the answer needs {missing.args[0]}=…, too; a brace of its own is doubled: {{{{"
        raise bad("numbers", list(numbers), remedy) from None
    except Exception as error:
        remedy = f"they do not fit into the answer ({error}); a brace of its own is doubled: {{{{"
        raise bad("numbers", numbers, remedy) from None
    return Reflect(question.ask, answer)


class _Numbers(Formatter):
    """Numbers are written as in every sentence, with two digits that count, unless told how."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec or isinstance(value, str):
            return super().format_field(value, format_spec)
        if not isinstance(value, Real):  # a complex one would lose a part
            raise TypeError(f"{shown(value)} is no number")
        return short(float(value))


class Reflect(Asked):
    """A box to write in, and a model answer beside it when something is written.

    box: what is written. shown: the button for the model answer. model: the answer. save, link: the
        button and the link to a file of all answers.
    """

    def __init__(self, ask: str, answer: str) -> None:
        self.ask, self.answer = ask, answer
        hint = "In your own words …"
        self.box = w.Textarea(description="your answer", placeholder=hint, rows=4)
        self.box.style.description_width = "initial"
        self.box.layout.flex, self.box.layout.width = "1 1 320px", "0"
        self.box.value = WRITTEN.get(ask, "")
        self.box.observe(self._keep, "value")
        self.model = w.HTML(layout={"flex": "1 1 320px"})
        self.shown = self._button("Show a model answer", "Another way to say it", self._show)
        self.save = self._button("Save my answers", "A link to a file of your own", self._save)
        self.link = w.HTML()
        asked = w.HTML(paragraph(f"<b>{escaped(ask)}</b>"))
        wrap = {**WIDE, "flex_flow": "row wrap", "grid_gap": "0 18px"}
        both = w.HBox([self.box, self.model], layout=wrap)
        buttons = [self.shown, self.save] if answer else [self.save]
        super().__init__([asked, both, w.HBox([*buttons, self.link], layout=wrap)])

    def _button(self, label: str, tooltip: str, act: Callable[[], None]) -> w.Button:
        return button(label, tooltip, "180px", lambda _: act())

    def _keep(self, change) -> None:
        WRITTEN[self.ask] = self.box.value
        self.link.value = ""  # it would hold less

    def _show(self) -> None:
        there = bool(self.box.value.strip())
        self.model.value = live(_parts(self.answer) if there else paragraph(FIRST))

    def _save(self) -> None:
        """The answers as a file in a link: they go from here to the reader's own disk only."""
        parts = (f"## {ask}\n\n{text}\n" for ask, text in WRITTEN.items() if text.strip())
        content = "\n".join(parts).encode()
        self.link.value = link_to("initviz-answers.md", "text/markdown;charset=utf-8", content)

    def __repr__(self) -> str:
        return printable(self.ask)

    def _repr_html_(self) -> str:
        """For where no kernel runs: the model answer waits behind a fold."""
        asked = f"<p><b>{escaped(self.ask)}</b></p>"
        return asked + (folded("Show a model answer", _parts(self.answer)) if self.answer else "")


def _parts(text: str) -> str:
    """A text with empty lines between its paragraphs as HTML."""
    return "".join(paragraph(escaped(" ".join(p.split()))) for p in text.split("\n\n"))
