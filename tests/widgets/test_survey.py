"""Ten questions before and after: what is told when, and what becomes of the file."""

import csv
import html
import io
import re
from base64 import b64decode

import pytest

import initviz as iv
from initviz.widgets.versions import open_widgets
from initviz.words.questions import survey
from initviz.words.survey import Answers

ASKED = survey()
RIGHT = {name: asked.answer for name, asked in ASKED.items()}
WRONG = {name: min(asked.wrong) for name, asked in ASKED.items()}
FEW = {**WRONG, "last": RIGHT["last"]}


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The usual one, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "initviz-answers.csv"


def answer(opened, letters, when):
    for name, letter in letters.items():
        opened.boxes[name].value = letter
    getattr(opened, when).click()


def text(widget):
    return html.unescape(re.sub(r"<[^>]+>", " ", widget.value))


def everything(opened):
    """All that can be read, but for the questions and the options."""
    return text(opened.told) + text(opened.result)


def linked(opened):
    """The file that the first link holds."""
    address = re.search(r"base64,([^\"]+)", opened.told.value + opened.result.value)
    return b64decode(address[1]).decode("utf-8-sig")


def test_nothing_is_chosen_at_first_and_no_file_is_made(file):
    opened = iv.survey()
    assert [box.value for box in opened.boxes.values()] == [None] * 10
    assert "Nothing is saved yet" in text(opened.told)
    assert not file.exists()


def test_what_is_open_is_named_and_nothing_is_saved(file):
    opened = iv.survey()
    answer(opened, dict.fromkeys(list(ASKED)[:7], "a"), "before")
    assert "Questions 8, 9 and 10 are still open" in text(opened.told)
    answer(opened, dict.fromkeys(list(ASKED)[:9], "a"), "before")
    assert "Question 10 is still open" in text(opened.told)
    assert not file.exists()
    assert opened.boxes["parting"].value == "a"


def test_before_is_kept_and_gives_nothing_away(file):
    opened = iv.survey()
    answer(opened, FEW, "before")
    assert Answers.from_csv(file.read_text("utf-8-sig")) == Answers(FEW)
    assert str(file) in text(opened.told)
    assert {box.value for box in opened.boxes.values()} == {None}
    shown = everything(opened) + file.read_text("utf-8-sig") + linked(opened)
    for asked in ASKED.values():
        assert asked.why not in shown
        assert not any(reason in shown for reason in asked.wrong.values())
    assert "right" not in linked(opened).splitlines()[0]


def test_weeks_later_after_is_compared_with_it(file):
    answer(iv.survey(), FEW, "before")
    opened = iv.survey()
    assert "answers from before are in" in text(opened.told)
    answer(opened, RIGHT | {"shape": WRONG["shape"]}, "after")
    shown = text(opened.result)
    assert "Right before: 1 of 10. Right after: 9 of 10. The normalised gain is 0.89" in shown
    for name, asked in ASKED.items():
        assert asked.ask in shown
        assert asked.why in shown
        told = {each for each, reason in asked.wrong.items() if reason in shown}
        assert told == (set() if name == "last" else {WRONG[name]})
    table = list(csv.DictReader(io.StringIO(linked(opened))))
    assert [row["after_right"] for row in table].count("1") == 9
    assert file.read_text("utf-8-sig") == linked(opened).replace("\r\n", "\n")


def test_right_and_wrong_are_words(file):
    opened = iv.survey()
    answer(opened, FEW, "before")
    answer(opened, RIGHT, "after")
    assert f"{WRONG['parting']}) wrong" in text(opened.result)
    assert f"{RIGHT['parting']}) right" in text(opened.result)


def test_opened_once_more_the_comparison_waits_behind_a_fold(file):
    file.write_text(Answers(FEW, RIGHT).to_csv())
    opened = iv.survey()
    assert opened.result.value.startswith("<details>")
    assert "Right before: 1 of 10" in text(opened.result)


def test_what_is_told_can_no_longer_be_changed(file):
    file.write_text(Answers(FEW, RIGHT).to_csv())
    opened = iv.survey()
    for when in ("before", "after"):
        answer(opened, WRONG, when)
        assert "Both are saved" in text(opened.told)
    assert Answers.from_csv(file.read_text("utf-8-sig")) == Answers(FEW, RIGHT)


def test_a_second_before_is_asked_about_first(file):
    answer(iv.survey(), FEW, "before")
    opened = iv.survey()
    answer(opened, RIGHT, "before")
    assert "these would replace them" in text(opened.told)
    assert Answers.from_csv(file.read_text("utf-8-sig")) == Answers(FEW)
    answer(opened, RIGHT, "before")
    assert Answers.from_csv(file.read_text("utf-8-sig")) == Answers(RIGHT)


def test_an_after_without_a_before_is_asked_about_first(file):
    opened = iv.survey()
    answer(opened, FEW, "after")
    assert "all right answers will be told" in text(opened.told)
    assert not file.exists()
    assert opened.result.value == ""
    answer(opened, FEW, "after")
    assert "1 of 10 are right. There is no “before”" in text(opened.result)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\xfe", b"day,rain\nMonday,3\n", b"name,before,after\nlast,z,\n"]
)
def test_a_damaged_or_foreign_file_is_left_as_it_is_and_no_answer_is_lost(file, content):
    file.write_bytes(content)
    opened = iv.survey()
    assert "holds no answers to these questions, and is left as it is" in text(opened.told)
    answer(opened, FEW, "before")
    assert file.read_bytes() == content
    assert "keep your answers yourself" in text(opened.told)
    assert Answers.from_csv(linked(opened)) == Answers(FEW)
    answer(opened, RIGHT, "after")
    assert "Right before: 1 of 10. Right after: 10 of 10." in text(opened.result)
    assert file.read_bytes() == content


def test_where_the_folder_cannot_be_written_there_is_a_link(tmp_path):
    """Root may write into any folder, so this one does not exist."""
    opened = iv.survey(tmp_path / "nowhere" / "mine.csv")
    answer(opened, FEW, "before")
    assert "mine.csv  cannot be written" in text(opened.told)
    assert 'download="mine.csv"' in opened.told.value
    assert Answers.from_csv(linked(opened)) == Answers(FEW)
    answer(opened, RIGHT, "after")
    assert "Right before: 1 of 10" in text(opened.result)


def test_a_save_that_fails_half_way_leaves_the_file_as_it_was(file, monkeypatch):
    answer(iv.survey(), FEW, "before")

    def full(*paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    opened = iv.survey()
    answer(opened, RIGHT, "after")
    assert "No space left on device" in text(opened.told)
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert Answers.from_csv(file.read_text("utf-8-sig")) == Answers(FEW)


def test_what_another_notebook_has_saved_meanwhile_counts(file):
    opened = iv.survey()
    file.write_text(Answers(FEW).to_csv())
    answer(opened, RIGHT, "after")
    assert "Right before: 1 of 10" in text(opened.result)


def test_the_answers_of_several_people_lie_side_by_side(file):
    answer(iv.survey("blue-heron.csv"), FEW, "before")
    assert (file.parent / "blue-heron.csv").exists()
    assert not file.exists()


def test_answers_are_saved_as_before_or_after_and_not_otherwise(tmp_path):
    with pytest.raises(ValueError, match=r"^when='befor': did you mean 'before'"):
        iv.survey(tmp_path / "answers.csv").save("befor")


@pytest.mark.parametrize("name", [None, 3, "", "/", b"x.csv", "a\0b.csv"])
def test_what_is_no_name_of_a_file_is_refused(name):
    with pytest.raises(ValueError, match=r"^file=.*give the name of a file"):
        iv.survey(name)


def test_a_strange_name_is_shown_as_text_not_run_as_html(file):
    opened = iv.survey("<b>&.csv")
    answer(opened, FEW, "before")
    assert "&lt;b&gt;&amp;.csv" in opened.told.value
    assert "<b>&.csv" not in opened.told.value


def test_without_a_kernel_the_questions_are_open_and_the_answers_behind_a_fold():
    bundle = iv.survey()._repr_mimebundle_()
    before, fold = bundle["text/html"].split("<details>")
    for asked in ASKED.values():
        assert html.escape(asked.ask) in before
        assert all(html.escape(option) in before for option in asked.options.values())
        for reason in (asked.why, *asked.wrong.values()):
            assert html.escape(reason) in fold
            assert html.escape(reason) not in before
            assert reason not in bundle["text/plain"]


def test_what_is_saved_with_the_notebook_does_not_depend_on_the_file(file):
    before = iv.survey()._repr_mimebundle_()
    file.write_text(Answers(FEW, RIGHT).to_csv())
    after = iv.survey()._repr_mimebundle_()
    assert all(before[kind] == after[kind] for kind in ("text/plain", "text/html"))


def test_a_closed_survey_leaves_no_widget_behind(file):
    before = set(open_widgets())
    opened = iv.survey()
    answer(opened, FEW, "before")
    opened.close()
    assert set(open_widgets()) == before
