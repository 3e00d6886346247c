"""Predictions: commit to an answer, try it, look; only then read which one is right, and why."""

from collections.abc import Callable
from typing import Any

import ipywidgets as w
from matplotlib.figure import Figure

from .. import widgets
from ..errors import bad, in_words, one_of, printable
from ..plots.style import png, styled
from ..training.train import train
from ..words.measured import table
from ..words.questions import Many, Prediction, Try, prediction
from ..words.text import escaped
from .compare import compare
from .fold import keep_folded
from .live_figure import Picture
from .panel import Asked, button
from .paragraphs import folded, live, paragraph, verdict

SIZE = (8.0, 3.0)  # inches of a picture that is drawn at the end


def predict(
    question: str | Prediction, picture: Callable[[Figure], Any] | None = None
) -> "Predict":
    """Ask the reader to commit to an answer; after a look at it, show which one is right, and why.

    question: the name of one in ``initviz/words/questions``, such as ``"00.tiny"``, or one of your
        own.
    picture: draws on an empty figure what the reader gets to see at the end.

    Raises ValueError where there is no such question.

    >>> predict("00.tiny").question.answer
    'b'
    """
    keep_folded()  # or the checks below would give the answer away
    if picture is not None and not callable(picture):
        raise bad("picture", picture, "give a function that draws on an empty figure")
    if isinstance(question, Prediction):
        if question.explorer is not None:
            one_of("explorer", question.explorer.explorer, widgets.CHAPTERS)
        return Predict(question, picture)
    if not isinstance(question, str):
        raise bad("question", question, "give the name of one, such as '00.tiny'")
    return Predict(prediction(question), picture)


class Predict(Asked):
    """A question with a button for every option, and below it what it is about.

    chosen: the letter, None before a choice. buttons: by their letters.
    explorer: what opens after the choice; None where nothing can be tried, or before.
    looked: the button that shows the verdict. verdict: what it says.
    """

    def __init__(self, question: Prediction, picture: Callable[[Figure], Any] | None) -> None:
        self.question, self._draw = question, picture
        self.chosen: str | None = None
        self.explorer: Any = None
        self.buttons = {letter: self._button(letter) for letter in question.options}
        self.trying, self.verdict = w.HTML(), w.HTML()
        self.place, self.shown = w.VBox(), w.VBox(layout={"display": "none"})
        tooltip = "Show which answer is right, and why"
        # Where nothing can be tried, there is nothing to look at before.
        done = "I have looked" if question.explorer else "Show me"
        self.looked = button(done, tooltip, "160px", lambda _: self.look())
        self.looked.button_style = "primary"
        self.looked.layout.display = "none"
        asked = w.HTML(paragraph(f"<b>{escaped(question.ask)}</b>"))
        below = [self.trying, self.place, self.looked, self.shown, self.verdict]
        super().__init__([asked, *self.buttons.values(), *below])

    def _button(self, letter: str) -> w.Button:
        label, tooltip = f"{letter})  {self.question.options[letter]}", "Commit to this answer"
        made = button(label, tooltip, "auto", lambda _: self.choose(letter))
        made.add_class("initviz-option")
        return made

    def choose(self, letter: str) -> None:
        """Commit to an option, and open the explorer; a second choice changes nothing."""
        letter = one_of("letter", letter, self.question.options)
        if self.chosen is not None:
            return
        self.chosen = letter
        for name, option in self.buttons.items():
            # A disabled button loses the focus, and the page would jump: so not this one.
            option.disabled = name != letter
        self.buttons[letter].icon = "lock"
        self.buttons[letter].add_class("initviz-chosen")
        now = "Now try it." if self.question.explorer else "Now see."
        said = f"<b>Your answer is {escaped(letter)}). {now}</b> {escaped(self.question.look)}"
        self.trying.value = live(paragraph(said))
        if self.question.explorer:
            self.place.children = [self._opened(self.question.explorer)]
        self.looked.layout.display = None

    def _opened(self, shown: Try) -> w.Widget:
        """The explorer; where it does not open, why, and the answer is not lost with it."""
        try:
            self.explorer = _open(shown)
        except Exception as error:
            return _sorry("The explorer does not open", error)
        # They would say what is to be found out. Told at last, they move nothing above them.
        self.shown.children = self.explorer.take_words()
        return self.explorer

    def look(self) -> None:
        """Show the verdict, the reason and what many networks do; once the reader has chosen."""
        if self.chosen is None or self.looked.icon:
            return
        self.looked.icon = "hourglass-half"
        if self._draw is not None:  # above the words, which it would push down if it came later
            self.shown.children = [*self.shown.children, self._picture(self._draw)]
        self._mark()
        told = self._verdict()
        self.verdict.value = live(told)
        self.shown.layout.display = None
        self.looked.icon = "check"
        if self.question.many is not None:
            self.verdict.value = live(told + _table(self.question.many))

    def _mark(self) -> None:
        """Right and wrong as words, too: an icon may not be seen."""
        answer = self.question.answer
        for name, option in self.buttons.items():
            told = "right" if name == answer else "your answer" if name == self.chosen else ""
            option.icon = "check" if name == answer else "times" if told else ""
            option.style.font_weight = "bold" if name == answer else "normal"
            option.description += f" ({told})" if told else ""

    def _verdict(self) -> str:
        question, right = self.question, self.chosen == self.question.answer
        opening = "Right." if right else f"Not so: it is {question.answer})."
        why = f"<b>{escaped(opening)}</b> {escaped(question.why)}"
        wrong = "" if right else question.wrong.get(str(self.chosen), "")
        said = escaped(f"{self.chosen}) {wrong}")
        return verdict(right, why) + (paragraph(said, "padding-left: 13px") if wrong else "")

    def _picture(self, draw: Callable[[Figure], Any]) -> w.Widget:
        try:
            with styled():
                figure = Figure(SIZE, layout="constrained", dpi=200)
                draw(figure)
                content = png(figure)
        except Exception as error:  # it is the notebook's own function
            return _sorry("The picture cannot be drawn", error)
        shown = Picture("png")
        shown.value = content
        shown.tooltip = printable(f"{self.question.ask} {self.question.why}")
        return shown

    def __repr__(self) -> str:
        options = (f"{letter}) {text}" for letter, text in self.question.options.items())
        return printable("\n".join([self.question.ask, *options]))

    def _repr_html_(self) -> str:
        """For where no kernel runs: the answer waits behind a fold."""
        asked, options = self.question, self.question.options.items()
        listed = "<br>".join(escaped(f"{letter}) {text}") for letter, text in options)
        why = f"<p><b>{escaped(asked.answer)})</b> {escaped(asked.why)}</p>"
        fold = folded("Show the answer", why)
        return f"<p><b>{escaped(asked.ask)}</b></p><p>{listed}</p>{fold}"


def _sorry(what: str, error: Exception) -> w.HTML:
    """In a click there is nobody to raise it to."""
    return w.HTML(live(paragraph(escaped(f"{what}: {in_words(error)}"))))


def _open(shown: Try) -> Any:
    chapter = getattr(widgets, shown.explorer)
    parts = {"controls": shown.controls, "views": shown.views}
    if len(shown.starts) > 1:
        opened = compare(*shown.starts, explorer=chapter, **parts)
        sides = opened.sides
    else:
        opened = chapter(*shown.starts, **parts)
        sides = [opened]
    for side in sides if shown.epoch is not None else ():
        side.epoch.value = shown.epoch
    return opened


def _table(many: Many) -> str:
    """What is trained again from other starts, in words."""
    runs = {name: train(experiment) for name, experiment in many.rows.items()}
    head, *rows = table(runs, many.columns)
    corner, *columns = head  # an empty heading would be read out as one
    named = "".join(f"<th scope='col'>{escaped(column)}</th>" for column in columns)
    lines = [f"<td>{escaped(corner)}</td>{named}"]
    for name, *cells in rows:
        row = "".join(f"<td>{escaped(cell)}</td>" for cell in cells)
        lines.append(f"<th scope='row'>{escaped(name)}</th>{row}")
    count = next(iter(many.rows.values())).restarts
    said = paragraph(f"The same, from {count} other starts each:")
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"{said}<table class='initviz-measured'>{body}</table>"
