"""Every entry of every notebook's questions is complete, and can be opened as it says."""

import re
import runpy
from dataclasses import fields, replace
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, nct, t

import initviz as iv
from initviz.training.experiment import Experiment
from initviz.widgets.chapter import Chapter
from initviz.widgets.controls import Controls
from initviz.words import questions
from initviz.words.measured import COLUMNS
from initviz.words.questions import Many, Prediction, SurveyQuestion, Try
from initviz.words.survey import Answers

ROOT = Path(__file__).parents[2]
NOTEBOOKS = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
PREDICTED = questions.names("predict")
FIELDS = {
    "predict": {"ask", "options", "answer", "why", "wrong", "look", "try", "many"},
    "reflect": {"ask", "answer"},
    "survey": {"ask", "options", "answer", "why", "wrong", "notebook"},
}
TRIED = {field.name for field in fields(Try)} - {"starts"} | {"start", "settings", "against"}


def chapter(shown: Try) -> Chapter:
    return getattr(iv, shown.explorer)


def ends_well(text):
    return re.search(r"[.?!…:)”](\s*)$", text) is not None


def test_every_file_is_named_like_its_notebook():
    assert {path.stem for path in questions.FOLDER.glob("*.toml")} <= NOTEBOOKS


@pytest.mark.parametrize("number", questions.pages())
def test_a_file_holds_nothing_that_nobody_reads(number):
    page = questions.page(number)
    assert page.keys() <= {"starts", *FIELDS}
    for kind, known in FIELDS.items():
        for name, each in page.get(kind, {}).items():
            assert each.keys() <= known, f"{number}.{name}"
            assert each.get("try", {}).keys() <= TRIED, f"{number}.{name}"


@pytest.mark.parametrize("number", questions.pages())
def test_every_start_is_an_experiment(number):
    page = questions.page(number)
    for name, start in page.get("starts", {}).items():
        lists = {key: tuple(v) if isinstance(v, list) else v for key, v in start.items()}
        assert Experiment(**lists), name


@pytest.mark.parametrize("name", PREDICTED)
def test_a_prediction_is_complete(name):
    asked = questions.prediction(name)
    wrong = asked.options.keys() - {asked.answer}
    assert wrong
    assert asked.wrong.keys() <= wrong
    assert asked.ask
    for text in (asked.why, *asked.wrong.values(), *filter(None, [asked.look])):
        assert ends_well(text), text
    assert len(set(asked.options.values())) == len(asked.options)


@pytest.mark.parametrize("name", PREDICTED)
def test_what_can_be_tried_names_controls_and_views_that_there_are(name):
    shown = questions.prediction(name).explorer
    if shown is None:
        return
    assert shown.explorer in iv.__all__
    assert all(isinstance(start, Experiment) for start in shown.starts)
    assert len(shown.starts) in (1, 2)
    part = chapter(shown).part(shown.controls, shown.views)
    for start in shown.starts:
        Controls(start, part.lead, part.others, lambda experiment: None)


@pytest.mark.parametrize("name", PREDICTED)
def test_what_is_trained_again_has_rows_and_columns(name):
    many = questions.prediction(name).many
    if many is None:
        return
    assert many.rows
    assert set(many.columns) <= COLUMNS.keys()
    assert len({each.restarts for each in many.rows.values()}) == 1


@pytest.mark.parametrize("name", questions.names("reflect"))
def test_a_reflection_is_a_question_with_an_answer(name):
    asked = questions.reflection(name)
    assert asked.ask.rstrip()[-1] in "?.…"
    assert asked.answer.strip()


SURVEY = questions.survey()


def test_ten_questions_of_understanding_have_four_options_each():
    assert len(SURVEY) == 10
    assert {len(asked.options) for asked in SURVEY.values()} == {4}
    answers = [asked.answer for asked in SURVEY.values()]
    assert max(answers.count(letter) for letter in "abcd") <= 3
    assert min(answers.count(letter) for letter in "abcd") >= 2


@pytest.mark.parametrize("name", SURVEY)
def test_a_question_of_understanding_is_complete(name):
    asked = SURVEY[name]
    assert asked.wrong.keys() == asked.options.keys() - {asked.answer}
    assert any(stem.startswith(asked.notebook) for stem in NOTEBOOKS)
    assert ends_well(asked.ask)
    assert all(text.endswith(".") for text in (asked.why, *asked.wrong.values()))


def test_the_right_option_is_not_known_by_its_length():
    ranks = [
        sorted(map(len, q.options.values())).index(len(q.options[q.answer]))
        for q in SURVEY.values()
    ]
    assert max(ranks.count(rank) for rank in range(4)) <= 5


OPTIONS = {"a": "one", "b": "other"}


def test_a_wrong_option_without_its_misconception_is_refused_in_a_survey_only():
    assert Prediction("Which?", OPTIONS, "a", "So.").wrong == {}
    with pytest.raises(ValueError, match=r"wrong=\[\]: say what is mistaken in b, too"):
        SurveyQuestion("Which?", OPTIONS, "a", "So.")


@pytest.mark.parametrize("kind", [Prediction, SurveyQuestion])
@pytest.mark.parametrize(
    ("answer", "wrong", "message"),
    [("c", {}, "answer='c': give one of a, b"), ("a", {"z": "No."}, "wrong='z': give one of a, b")],
)
def test_an_answer_that_is_no_option_is_refused(kind, answer, wrong, message):
    with pytest.raises(ValueError, match=message):
        kind("Which?", OPTIONS, answer, "So.", wrong)


@pytest.mark.parametrize("read", [questions.prediction, questions.reflection])
@pytest.mark.parametrize("name", [None, 3, "", "tiny", "77.tiny", "00.", "00.nothing_of_this_name"])
def test_a_name_that_does_not_exist_gets_one_clear_error(read, name):
    with pytest.raises(ValueError, match=rf"^name={re.escape(repr(name))}: "):
        read(name)


@pytest.mark.parametrize("name", ["0.tiny", "20.tiny", "90.tiny"])  # 90 predicts nothing
def test_where_the_notebook_asks_nothing_those_that_do_are_named(name):
    with pytest.raises(ValueError, match=r"such as '00\.tiny'; these notebooks ask: 00, .*14$"):
        questions.prediction(name)


def test_a_name_that_is_nearly_right_is_suggested():
    with pytest.raises(ValueError, match=r"did you mean '00\.tiny'\?"):
        questions.prediction("00.tinny")


def test_settings_and_rows_are_changes_of_the_start(monkeypatch):
    page = {
        "starts": {"small": {"hidden_layers": [4], "epochs": 5}},
        "predict": {
            "one": {
                "ask": "Which?",
                "options": ["x", "y"],
                "answer": "b",
                "why": "So.",
                "try": {"start": "small", "settings": {"scale": 2.0}, "against": {"scale": 3.0}},
                "many": {"twice": {"scale": 2.0}, "restarts": 7, "columns": ["loss"]},
            }
        },
    }
    monkeypatch.setattr(questions, "page", lambda number: page)
    read = questions.prediction("00.one")
    start = Experiment(hidden_layers=(4,), epochs=5, scale=2.0)
    assert read.explorer == Try([start, Experiment(hidden_layers=(4,), epochs=5, scale=3.0)])
    assert read.many == Many({"twice": replace(start, restarts=7, seed=1)}, ["loss"])
    for options in ("xy", ["x"]):
        page["predict"]["one"]["options"] = options
        with pytest.raises(ValueError, match="give at least two"):
            questions.prediction("00.one")


def test_the_teachers_page_is_what_the_program_writes():
    written = runpy.run_path(str(ROOT / "docs" / "teachers_page.py"))["page"]()
    assert (ROOT / "docs" / "answers.md").read_text() == written, "run make answers"


GUIDE = (ROOT / "docs" / "teaching.md").read_text()


def test_what_the_teachers_guide_names_exists():
    """Its predictions, reflections and questions, and where its links lead."""
    known = {name for kind in FIELDS for name in questions.names(kind)}
    named = set(re.findall(r"`(\d\d\.[a-z_0-9]+)`", GUIDE))
    assert len(named) > 10
    assert named <= known, named - known
    for target in re.findall(r"\]\((?!http|#)([^)#]+)\)", GUIDE):
        assert (ROOT / "docs" / target).exists(), target


def test_the_python_of_the_teachers_guide_runs(tmp_path, monkeypatch, capsys):
    """On the files of twenty students who have learnt two things more or less."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "answers").mkdir()
    rng, asked = np.random.default_rng(0), questions.survey()

    def answers(right):
        known = rng.permutation(len(asked)) < right
        pairs = zip(asked.items(), known, strict=True)
        return {name: each.answer if right else min(each.wrong) for (name, each), right in pairs}

    for student in range(20):
        before = int(rng.integers(2, 6))
        kept = Answers(answers(before), answers(before + int(rng.integers(1, 4))))
        file = tmp_path / "answers" / f"{student}.csv"
        file.write_bytes(kept.to_csv().encode("utf-8-sig"))
    names = {}
    for block in re.findall(r"```python\n(.*?)```", GUIDE, flags=re.DOTALL):
        exec(block, names)
    assert names["after"] - names["before"] == pytest.approx(2, abs=0.5)
    assert names["test"].pvalue < 1e-6
    assert "20 students" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("size", "degrees", "root"),
    [(0.67, 19, sqrt(20)), (1.33, 18, sqrt(5)), (0.91, 38, sqrt(10))],
    ids=["20 in pairs", "two groups of 10", "two groups of 20"],
)
def test_a_change_of_that_size_is_found_four_times_in_five(size, degrees, root):
    limit = t.ppf(0.975, degrees)
    assert 1 - nct.cdf(limit, degrees, size * root) == pytest.approx(0.8, abs=0.015)


def test_of_those_who_guess_one_in_five_has_four_right():
    assert binom.sf(3, 10, 1 / 4) == pytest.approx(1 / 5, abs=0.03)


YES = {"a": "yes", "b": "no"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"options": ["yes", "no"]}, "options=.*give texts by their letters"),
        ({"options": {1: "yes", 2: "no"}, "answer": 1}, "options=.*give texts by their letters"),
        ({"options": {}}, "options=.*give texts by their letters"),
        ({"options": {"a": "yes"}}, "options=.*give at least two"),
        ({"explorer": Experiment()}, "explorer=.*give a Try"),
        ({"many": {"x": Experiment()}}, "many=.*give a Many"),
    ],
)
def test_a_prediction_of_ones_own_is_checked_before_it_is_asked(wrong, message):
    with pytest.raises(ValueError, match=rf"^{message}"):
        Prediction(**{"ask": "Is it?", "options": YES, "answer": "a", "why": "So."} | wrong)


@pytest.mark.parametrize("starts", [Experiment(), [], [Experiment()] * 3, ["moons"]])
def test_one_experiment_is_tried_or_two(starts):
    with pytest.raises(ValueError, match=r"^(starts|experiment)="):
        Try(starts)


@pytest.mark.parametrize("epoch", [-1, "last", 0.5])
def test_a_try_opens_on_an_epoch_that_there_can_be(epoch):
    with pytest.raises(ValueError, match=r"^epoch="):
        Try([Experiment()], epoch=epoch)


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        ({}, ["loss"], "rows="),
        ({"x": 3}, ["loss"], "experiment=3"),
        ({"x": Experiment(restarts=2), "y": Experiment(restarts=3)}, ["loss"], "rows="),
        ({"x": Experiment()}, ["nope"], "column='nope': give one of learnt"),
        ({"x": Experiment()}, "loss", "columns='loss': give a list"),
        ({"x": Experiment()}, [], "columns="),
    ],
)
def test_what_is_trained_again_is_checked_before_it_is(rows, columns, message):
    with pytest.raises(ValueError, match=rf"^{message}"):
        Many(rows, columns)
