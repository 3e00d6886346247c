"""A question for the reader's own words."""

import base64
import re
import sys

import pytest

import initviz as iv
from initviz.widgets.versions import open_widgets
from initviz.words.questions import Reflection, reflection

ASKED = Reflection("Why <so>?", "It got {times} smaller.\n\nAnd {loss:.3f} is > 0.")


@pytest.fixture(autouse=True)
def nothing_written(monkeypatch):
    monkeypatch.setattr(sys.modules[iv.reflect.__module__], "WRITTEN", {})


@pytest.fixture
def question():
    return iv.reflect(ASKED, times=35123.4, loss=0.69315)


def test_the_model_answer_comes_when_something_is_written(question):
    question.shown.click()
    assert "Write a sentence or two first" in question.model.value
    assert "smaller" not in question.model.value
    question.box.value = "because"
    question.shown.click()
    assert "It got 35,000 smaller." in question.model.value
    assert "And 0.693 is &gt; 0." in question.model.value


def test_all_answers_of_the_session_can_be_saved_as_one_file(question):
    question.box.value = "because ä"
    other = iv.reflect("What of my own?")
    other.box.value = "mine"
    other.save.click()
    name, content = re.search(
        r'download="(.*?)" href="[^"]*base64,(.*?)"', other.link.value
    ).groups()
    assert name == "initviz-answers.md"
    text = base64.b64decode(content).decode()
    assert text == "## Why <so>?\n\nbecause ä\n\n## What of my own?\n\nmine\n"
    other.box.value = "mine, and more"
    assert other.link.value == ""  # the file would be an old one


def test_what_was_written_is_there_again_when_the_cell_runs_again(question):
    question.box.value = "because"
    assert iv.reflect(ASKED, times=1, loss=1).box.value == "because"


def test_an_own_question_has_no_model_answer():
    question = iv.reflect("Why me?")
    assert question.shown not in question.children[2].children
    assert question.save in question.children[2].children
    assert "details" not in question._repr_html_()


def test_without_a_kernel_the_model_answer_waits_behind_a_fold(question):
    bundle = question._repr_mimebundle_()
    assert bundle["text/plain"] == "Why <so>?"
    before, fold = bundle["text/html"].split("<details>")
    assert "Why &lt;so&gt;?" in before
    assert "35,000" not in before
    assert "It got 35,000 smaller." in fold


def test_one_of_a_notebooks_is_found_by_its_name():
    asked = reflection("00.silence").ask
    assert iv.reflect("00.silence", lost=1, usual=1).ask == asked != "00.silence"
    with pytest.raises(ValueError, match=r"^name='00.silense': did you mean '00.silence'\?"):
        iv.reflect("00.silense")
    with pytest.raises(ValueError, match=r"^question=3: give the name of one"):
        iv.reflect(3)


def test_a_number_that_is_missing_is_named():
    with pytest.raises(ValueError, match=r"^numbers=\['times'\]: the answer needs loss=…, too"):
        iv.reflect(ASKED, times=3)


@pytest.mark.parametrize("nothing", ["", "  "])
def test_an_empty_question_is_none(nothing):
    with pytest.raises(ValueError, match=r"^question=' *': give the name of one, such as"):
        iv.reflect(nothing)


def test_a_closed_one_leaves_no_widget_behind():
    before = set(open_widgets())
    question = iv.reflect(ASKED, times=3, loss=1)
    question.close()
    assert set(open_widgets()) == before


@pytest.mark.parametrize("ask", ["00. Why?", "00.Why do they?", "12.5 of them: why?"])
def test_a_question_may_begin_with_a_number(ask):
    assert iv.reflect(ask).ask == ask


def test_a_name_of_a_notebook_that_asks_nothing_is_no_question():
    with pytest.raises(ValueError, match=r"^name='77\.equal': give a notebook and a name"):
        iv.reflect("77.equal")


@pytest.mark.parametrize(
    "answer", ["the set {0, 1}", "{}", "{", "}", "{0}", "{x.y}", "{x!z}", "{x:k}"]
)
def test_an_answer_that_cannot_be_filled_in_is_an_error_that_says_so(answer):
    with pytest.raises(ValueError, match=r"^numbers=.*a brace of its own is doubled: \{\{$"):
        iv.reflect(Reflection("Why?", answer), x=1)


@pytest.mark.parametrize("x", [None, [1, 2], 1j])
def test_what_is_no_number_cannot_be_filled_in(x):
    with pytest.raises(ValueError, match=r"^numbers=\{'x': .*do not fit into the answer"):
        iv.reflect(Reflection("Why?", "It is {x}."), x=x)
