"""Predictions: a choice that stays, a try without words, and a reveal that comes last."""

import html
import io
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from hands import settle
from PIL import Image

import initviz as iv
from initviz.widgets.versions import open_widgets
from initviz.words.questions import Many, Prediction, Try

FEW = iv.Experiment(hidden_layers=(4,), epochs=10, restarts=3)
ASKED = Prediction(
    "Which <one>?",
    {"a": "this", "b": "that & those", "c": "none"},
    answer="b",
    why="Because 1 < 2.",
    wrong={"a": "It is > 2."},
    look="Look at the line.",
    explorer=Try([FEW], controls=["scale"], views=["losses"]),
    many=Many({"as it is": FEW, "larger": iv.Experiment(scale=3, epochs=10, restarts=3)}, ["loss"]),
)
BARE = Prediction("Which?", {"a": "one", "b": "other"}, "a", "So.")


@pytest.fixture
def question():
    return iv.predict(ASKED)


def said(widget):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", widget.value)).split())


def descriptions(question):
    return [button.description for button in question.buttons.values()]


def test_nothing_is_given_away_before_the_choice(question):
    assert question.chosen is None
    assert question.explorer is None
    assert said(question.verdict) == said(question.trying) == ""
    assert question.looked.layout.display == "none"
    assert not any(button.disabled or button.icon for button in question.buttons.values())
    assert descriptions(question) == ["a)  this", "b)  that & those", "c)  none"]
    question.look()  # which comes too early
    assert said(question.verdict) == ""


def test_a_choice_is_locked_and_opens_the_explorer_on_its_setting(question):
    question.buttons["a"].click()
    assert question.chosen == "a"
    assert said(question.trying) == "Your answer is a). Now try it. Look at the line."
    assert {n: b.icon for n, b in question.buttons.items()} == {"a": "lock", "b": "", "c": ""}
    assert question.explorer.experiment == FEW
    assert [c.name for c in question.explorer.controls.front] == ["scale"]
    assert question.place.children == (question.explorer,)
    assert question.looked.description == "I have looked"
    assert question.looked.layout.display is None
    first = question.explorer
    question.choose("b")
    assert (question.chosen, question.explorer) == ("a", first)


def test_the_button_that_has_the_focus_is_not_disabled(question):
    """A disabled one loses it, and the page jumps to its start."""
    question.choose("c")
    assert {n: b.disabled for n, b in question.buttons.items()} == {
        "a": True,
        "b": True,
        "c": False,
    }
    question.look()
    assert not question.looked.disabled


def test_before_the_look_neither_verdict_nor_the_explorers_sentences_are_seen(question):
    question.choose("a")
    assert said(question.verdict) == ""
    assert question.explorer.words not in question.explorer.children
    assert question.shown.layout.display == "none"
    question.look()
    assert question.shown.layout.display is None
    assert question.explorer.words in question.shown.children
    assert "networks" in said(question.explorer.words)


def test_a_wrong_choice_is_told_in_words_with_the_reason_and_what_is_mistaken_in_it(question):
    question.choose("a")
    question.looked.click()
    assert said(question.verdict).startswith("Not so: it is b). Because 1 < 2. a) It is > 2.")
    assert descriptions(question) == [
        "a)  this (your answer)",
        "b)  that & those (right)",
        "c)  none",
    ]
    assert {n: b.icon for n, b in question.buttons.items()} == {"a": "times", "b": "check", "c": ""}


def test_a_right_choice_is_called_right(question):
    question.choose("b")
    question.look()
    assert said(question.verdict).startswith("Right. Because 1 < 2. The same, from")
    assert descriptions(question)[1] == "b)  that & those (right)"
    told = question.verdict.value
    question.look()
    assert question.verdict.value == told


def test_many_other_starts_are_measured_when_the_reader_has_looked(question, monkeypatch):
    trained = []
    train = iv.train
    monkeypatch.setattr(
        sys.modules[iv.predict.__module__], "train", lambda e: trained.append(e) or train(e)
    )
    question.choose("b")
    assert trained == []
    question.look()
    assert trained == list(ASKED.many.rows.values())
    losses = train(FEW).losses[-1]
    (cell,) = re.findall(r"as it is</th><td>([\d.]+) \(", question.verdict.value)
    assert float(cell) == pytest.approx(np.median(losses), rel=0.05)
    assert "from 3 other starts each" in said(question.verdict)


def test_where_nothing_can_be_tried_the_reveal_draws_the_picture():
    drawn = []

    def picture(figure):
        drawn.append(figure)
        figure.add_subplot().plot([1, 3, 2])

    question = iv.predict(BARE, picture)
    question.choose("a")
    assert said(question.trying) == "Your answer is a). Now see."
    assert question.looked.description == "Show me"
    assert drawn == []
    question.look()
    (shown,) = question.shown.children
    assert np.asarray(Image.open(io.BytesIO(shown.value)).convert("L")).std() > 5
    assert shown.tooltip == "Which? So."


def test_two_starts_are_compared():
    pair = Try([FEW, iv.Experiment(epochs=10, restarts=3)], controls=["scale"], views=["losses"])
    question = iv.predict(
        Prediction("Which?", {"a": "one", "b": "other"}, "a", "So.", explorer=pair)
    )
    question.choose("b")
    assert [side.experiment for side in question.explorer.sides] == pair.starts
    assert len(question.shown.children) == 2
    question.look()
    for name, told in zip(question.explorer.names, question.shown.children, strict=True):
        heading, words = told.children
        assert said(heading) == name
        assert "networks" in said(words)


def test_without_a_kernel_the_question_stands_open_and_the_answer_behind_a_fold(question):
    bundle = question._repr_mimebundle_()
    assert bundle["text/plain"] == "Which <one>?\na) this\nb) that & those\nc) none"
    before, fold = bundle["text/html"].split("<details>")
    assert "that &amp; those" in before
    assert "Because" not in before
    assert "<b>b)</b> Because 1 &lt; 2." in fold


def test_one_of_a_notebooks_is_found_by_its_name():
    assert iv.predict("00.tiny").question.options["b"] == "learn nothing at all"
    with pytest.raises(ValueError, match=r"^name='00.tinny': did you mean '00.tiny'\?"):
        iv.predict("00.tinny")
    with pytest.raises(ValueError, match=r"^name='77.tiny': give a notebook and a name, such as"):
        iv.predict("77.tiny")
    with pytest.raises(ValueError, match=r"^question=3: give the name of one"):
        iv.predict(3)


def test_a_question_whose_answer_is_no_option_is_refused():
    with pytest.raises(ValueError, match="answer='c'"):
        Prediction("Which?", {"a": "x", "b": "y"}, "c", "")


def test_where_the_explorer_does_not_open_that_is_said_and_the_answer_is_not_lost():
    unlike = Try([iv.Experiment(hidden_layers=(3, 4))])
    question = iv.predict(replace(ASKED, explorer=unlike))
    question.buttons["b"].click()
    (instead,) = question.place.children
    assert said(instead).startswith("The explorer does not open: hidden_layers=(3, 4): ")
    question.looked.click()
    assert said(question.verdict).startswith("Right. Because")


def test_where_the_picture_cannot_be_drawn_that_is_said_and_the_rest_follows():
    def broken(figure):
        raise KeyError("<no such run>")

    question = iv.predict(replace(ASKED, explorer=None), broken)
    question.choose("b")
    question.look()
    assert (
        said(question.shown.children[0]) == "The picture cannot be drawn: KeyError: '<no such run>'"
    )
    assert "other starts each" in said(question.verdict)


def test_what_could_not_be_shown_is_refused_before_it_is_asked():
    with pytest.raises(ValueError, match=r"^picture=3: give a function"):
        iv.predict(BARE, 3)
    with pytest.raises(ValueError, match=r"^explorer='explor': did you mean 'explore'\?"):
        iv.predict(replace(ASKED, explorer=Try([FEW], explorer="explor")))


def test_a_closed_question_leaves_no_widget_behind():
    before = set(open_widgets())
    for stage in range(3):
        question = iv.predict(ASKED, lambda figure: figure.add_subplot())
        if stage > 0:
            question.choose("b")
        if stage > 1:
            question.look()
        assert set(open_widgets()) > before
        settle()
        question.close()
        assert set(open_widgets()) == before
