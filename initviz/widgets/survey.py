"""Ten questions of understanding, before the notebooks and after them, and what has changed."""

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import ipywidgets as w

from ..errors import bad, one_of
from ..words import questions
from ..words.survey import AFTER, BEFORE, Answers, Row, rows, tell
from ..words.text import escaped
from .panel import Asked, button, link_to
from .paragraphs import folded, live, paragraph
from .versions import give_tip

FILE = "initviz-answers.csv"
CSS = """<style>
.initviz-asked .widget-radio-box label { height: auto; line-height: 1.45; font-size: 14px;
    white-space: normal; margin: 3px 0; max-width: 52em; display: flex; align-items: center;
    flex-direction: row-reverse; justify-content: flex-end; }
.initviz-asked .widget-radio-box input { flex: none; margin: 0 10px 0 4px; }
.initviz-compared { border-collapse: collapse; font-size: 14px; line-height: 1.45; margin: 6px 0;
                    max-width: 62em; }
.initviz-compared th, .initviz-compared td { text-align: left; vertical-align: top;
                                             padding: 8px 18px 0 0; }
.initviz-compared [scope=row], .initviz-compared [scope=row] ~ td {
    border-top: 1px solid var(--jp-border-color1, #b7c3ce); }
.initviz-compared .initviz-letter { white-space: nowrap; }
.initviz-compared [colspan] { padding: 2px 18px 10px 22px; }
.initviz-compared p { margin: 4px 0; }
</style>"""
ELSEWHERE = "<code>iv.survey('my-answers.csv')</code>"
TEMPORARY = (
    "If this machine forgets your files when you leave it, as Binder and Colab do, keep a copy"
)


def survey(file: str | Path = FILE) -> "Survey":
    """Ask ten questions of understanding, once before notebook 00 and once after 09.

    file: where the answers are kept, in the folder of the notebook unless it says another. It is
        the reader's own, and nothing is sent anywhere.

    Raises ValueError where ``file`` is no name of a file.

    >>> len(survey().boxes)
    10
    """
    if not isinstance(file, str | Path) or not Path(file).name or "\0" in str(file):
        raise bad("file", file, f"give the name of a file, such as {FILE!r}")
    return Survey(Path(file))


class Survey(Asked):
    """Ten questions, two buttons, and what they have to say.

    answers: what has been saved. boxes: the options of every question, by its name.
    before, after: the buttons. told: what they say. result: the comparison, once there is one.
    """

    def __init__(self, file: Path) -> None:
        self.file, self.questions = file, questions.survey()
        self.answers = Answers()
        self._warned = ""  # of what, so that a second press goes through
        self.boxes = {name: _box(asked) for name, asked in self.questions.items()}
        self.told, self.result = w.HTML(), w.HTML()
        self.before = self._button(BEFORE, "You have not worked through the notebooks yet")
        self.after = self._button(AFTER, "You have worked through the notebooks; then all is told")
        both = w.HBox([self.before, self.after])
        style = w.HTML(CSS, layout={"display": "none"})
        super().__init__([*self._asked(), both, self.told, self.result, style])
        self._open()

    def _asked(self) -> list[w.Widget]:
        asked: list[w.Widget] = []
        for number, (name, box) in enumerate(self.boxes.items(), 1):
            text = f"<b>{number}. {escaped(self.questions[name].ask)}</b>"
            asked += [w.HTML(paragraph(text, "margin-top: 18px")), box]
        return asked

    def _button(self, when: str, tooltip: str) -> w.Button:
        return button(f"Save as {when}", tooltip, "150px", lambda _: self.save(when))

    def _open(self) -> None:
        """Say what is in the file already."""
        trouble = self._read()
        where = f"<b>{escaped(str(self.file))}</b>"
        said = "Nothing is saved yet: answer all ten, and press “Save as before”. A guess counts."
        if trouble:
            said = trouble
        elif self.answers.after:
            said = f"Your answers from before and after are in {where}."
            self.result.value = folded("Show the comparison", self._compared())
        elif self.answers.before:
            said = f"Your answers from before are in {where}. When you have worked through the "
            said += "notebooks, answer all ten again, and press “Save as after”."
        self._emphasise()
        self._say(said)

    def save(self, when: str) -> None:
        """Keep what is chosen as the answers "before" or "after"; after that, compare the two."""
        when = one_of("when", when, (BEFORE, AFTER))
        chosen = {name: box.value for name, box in self.boxes.items()}
        left = [str(n) for n, letter in enumerate(chosen.values(), 1) if letter is None]
        trouble = self._read()
        if doubt := _nothing_left_to_save(self.answers) or _unanswered(left):
            self._say(doubt)
        elif (doubt := _in_doubt(when, self.answers)) and self._warned != doubt:
            self._warned = doubt
            self._say(f"{doubt} If that is what you want, press “Save as {when}” once more.")
        else:
            self.answers = replace(self.answers, **{when: chosen})
            trouble = trouble or self._write()
            for box in self.boxes.values():
                box.value = None  # the second time is not to start from the first one's answers
            self._warned = ""
            self._emphasise()
            self._say_saved(trouble)

    def _read(self) -> str:
        """Take the answers from the file, if there is one; what is wrong with it, in words."""
        try:
            text = self.file.read_bytes().decode("utf-8-sig", errors="replace")
            self.answers = Answers.from_csv(text)
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            reason = escaped(getattr(error, "strerror", None) or str(error))
            return (
                f"<b>{escaped(str(self.file))}</b> holds no answers to these questions, and is "
                f"left as it is ({reason}). Move it away or give it another name, or keep your "
                f"answers elsewhere, with {ELSEWHERE}."
            )
        return ""

    def _write(self) -> str:
        """Put the answers into the file in one go; why that cannot be done, in words."""
        half = self.file.with_name(f"{self.file.name}-{uuid4().hex}.part")  # nobody's
        try:
            half.write_bytes(self._file())
            os.replace(half, self.file)
        except OSError as error:
            with suppress(OSError):
                half.unlink()
            reason = escaped(error.strerror or str(error))
            return f"<b>{escaped(str(self.file))}</b> cannot be written ({reason})."
        return ""

    def _file(self) -> bytes:
        # With its mark of UTF-8 at the front, spreadsheets read every letter as it is.
        return self.answers.to_csv().encode("utf-8-sig")

    def _emphasise(self) -> None:
        """The button that comes next is the blue one."""
        first = not self.answers.before
        self.before.button_style = "primary" if first else ""
        self.after.button_style = "primary" if not first and not self.answers.after else ""

    def _say(self, *said: str) -> None:
        self.told.value = live("".join(map(paragraph, said)))

    def _say_saved(self, trouble: str) -> None:
        where = escaped(str(self.file.resolve()))
        saved = f"Saved, in <b style='overflow-wrap: anywhere'>{where}</b>."
        copy = f"{TEMPORARY}: {self._link()}. Put it back into this folder when you return."
        if trouble:
            saved, copy = trouble, f"So keep your answers yourself: {self._link()}."
        if self.answers.after:
            following = "What has changed stands below."
            self.result.value = live(self._compared())
        else:
            following = "Now go through the notebooks, and open this one again when you are done. "
            following += "The right answers are told when you have saved the answers after."
        self._say(f"{saved} {following}", copy)

    def _link(self) -> str:
        """The file as a link that holds it, so that no server is needed."""
        return link_to(self.file.name, "text/csv;charset=utf-8", self._file())

    def _compared(self) -> str:
        head = ("question, and what is behind it", "before", "after", "right")
        titles = "".join(f"<th scope='col'>{title}</th>" for title in head)
        lines = [_lines(number, row) for number, row in enumerate(rows(self.answers), 1)]
        table = f"<tr>{titles}</tr>{''.join(lines)}"
        summary = paragraph(f"<b>{tell(self.answers)}</b> As a table to keep: {self._link()}.")
        return f"{summary}<table class='initviz-compared'>{table}</table>"

    def __repr__(self) -> str:
        asked = enumerate(self.questions.values(), 1)
        return "\n\n".join(f"{n}. {each.ask}\n{_options(each, chr(10))}" for n, each in asked)

    def _repr_html_(self) -> str:
        """For where no kernel runs: the questions are open, the answers wait behind a fold."""
        asked, told = "", ""
        for number, each in enumerate(self.questions.values(), 1):
            options = escaped(_options(each, "\n")).replace("\n", "<br>")
            asked += f"<p><b>{number}. {escaped(each.ask)}</b></p><p>{options}</p>"
            told += f"<p><b>{number}. {each.answer})</b> {escaped(each.why)}</p>"
            wrong = (f"{letter}) {escaped(text)}" for letter, text in each.wrong.items())
            told += f"<p>{'<br>'.join(wrong)}</p>"
        return asked + folded("Show the answers", told)


def _box(asked: questions.SurveyQuestion) -> w.RadioButtons:
    options = [(f"{letter})  {text}", letter) for letter, text in asked.options.items()]
    made = w.RadioButtons(options=options, value=None, layout={"width": "auto"})
    give_tip(made, asked.ask)
    made.add_class("initviz-asked")
    return made


def _options(asked: questions.SurveyQuestion, between: str) -> str:
    return between.join(f"{letter}) {text}" for letter, text in asked.options.items())


def _nothing_left_to_save(answers: Answers) -> str:
    if not answers.after:
        return ""
    return (
        "Both are saved, and the right answers have been told, so these stay as they are. To start "
        f"anew give another file: {ELSEWHERE}."
    )


def _unanswered(left: list[str]) -> str:
    if not left:
        return ""
    numbers = " and ".join(filter(None, [", ".join(left[:-1]), left[-1]]))
    which = f"Question {numbers} is" if len(left) == 1 else f"Questions {numbers} are"
    return f"{which} still open. A guess counts, too."


def _in_doubt(when: str, answers: Answers) -> str:
    """What should be asked before these answers are kept, if anything."""
    if when == BEFORE and answers.before:
        return "There are answers from before, and these would replace them."
    if when == AFTER and not answers.before:
        return "There are no answers from before, and now all right answers will be told."
    return ""


def _lines(number: int, row: Row) -> str:
    """The letters, and below them what is mistaken in the wrong ones, and the reason."""
    asked = row.asked
    title = f"<th scope='row'>{number}. {escaped(asked.ask)}</th>"
    letters = _letter(asked, row.before) + _letter(asked, row.after)
    right = f"<td>{asked.answer}) {escaped(asked.options[asked.answer])}</td>"
    behind = "".join(f"<p>{letter}) {escaped(text)}</p>" for letter, text in row.behind.items())
    why = f"<p>{asked.answer}) {escaped(asked.why)} More in notebook {asked.notebook}.</p>"
    return f"<tr>{title}{letters}{right}</tr><tr><td colspan='4'>{behind}{why}</td></tr>"


def _letter(asked: questions.SurveyQuestion, letter: str) -> str:
    """Right and wrong as words."""
    told = f"<b>{letter}) right</b>" if letter == asked.answer else f"{letter}) wrong"
    return f"<td class='initviz-letter'>{told if letter else '–'}</td>"
