"""Whatever somebody else has written, a page gets the letters of it: no tag that is not ours, no
attribute, no comment, and nothing that turns a line around."""

import html
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import ipywidgets as w
import pytest
from hands import settle
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from made_up import TINY, swept

import initviz as iv
from initviz.datasets import DATASETS, Dataset
from initviz.networks.initializers import INITIALIZERS
from initviz.widgets.fold import _in_a_page
from initviz.widgets.panel import link_to
from initviz.widgets.survey import Survey
from initviz.widgets.versions import open_widgets
from initviz.words.questions import Many, Prediction, Try

OURS = "a b br code details div img li p pre span style summary table tbody td th thead tr ul"
ENDS = ["<x-evil>", "</style>", "</td>", '"', "'", ">", "<", "&", "&lt;", "`", "<!--", "-->"]
TURNS = ["\u202e", "\u2066", "\x1b[2J", "\x00", "\r"]
PIECES = st.sampled_from([*ENDS, *TURNS, " onevil=1 ", "name", "{", "$", "\n", "=cmd"])
texts = st.lists(PIECES, min_size=1, max_size=5).map(lambda parts: "".join([*parts, "<x-evil>"]))
SMALL = replace(TINY, epochs=10)
few = settings(max_examples=2, deadline=None, phases=(Phase.explicit, Phase.generate))


class Reader(HTMLParser):
    """Reads as a browser does, and takes what is ours only."""

    def handle_starttag(self, tag, attrs):
        assert tag in OURS.split(), tag
        known = {"style", "class", "role", "scope", "title", "alt", "src", "href", "download"}
        assert {name for name, _ in attrs} <= known | {"colspan", "width"}, attrs

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


def read(page):
    assert all(c.isprintable() or c == "\n" for c in page), page
    reader = Reader()
    reader.feed(page)
    reader.close()


def sent():
    """What the front end takes as a page of all widgets that are open."""
    for widget in open_widgets().values():
        if isinstance(widget, w.HTML):
            yield widget.value
        elif getattr(widget, "description_allow_html", False):
            yield widget.description
        for name in ("tooltip", "description_tooltip", "_options_labels"):
            told = (widget.has_trait(name) and getattr(widget, name)) or ""
            yield html.escape(told if isinstance(told, str) else " ".join(told))


def read_all(*shown):
    for page in sent():
        read(page)
    for each in shown:
        read(each._repr_html_() if hasattr(each, "_repr_html_") else html.escape(repr(each)))
        assert all(c.isprintable() or c == "\n" for c in repr(each))
        if isinstance(each, w.Widget):
            each.close()


@given(texts)
@few
def test_columns_and_values_of_a_table(name):
    table = swept(TINY, {"scale": [1, 2], "initializer": ["normal", "zeros"]})
    table = table.rename(columns={"scale": name})
    for each in (table, table.assign(initializer=[f"{name} {n}" for n in table["initializer"]])):
        read_all(iv.explore_sweep(each))


@given(texts)
@settings(max_examples=50, deadline=None)
def test_answers_and_why_they_cannot_be_used(said):
    def mine(answer):
        raise ArithmeticError(said)

    read_all(iv.check(1, mine, hint=said), iv.check(1, 2, hint=said))


@given(texts)
@few
def test_predictions(said):
    def picture(figure):
        raise ArithmeticError(said)

    many, shown = Many({said: SMALL}, ["learnt"]), Try([SMALL], explorer="explore")
    for explorer in (shown, replace(shown, controls=[said])):
        options = {said: said, "b": said}
        asked = Prediction(said, options, "b", said, {said: said}, said, explorer, many)
        opened = iv.predict(asked, picture)
        opened.choose(said)
        opened.look()
        read_all(opened)


@given(texts)
@settings(max_examples=20, deadline=None)
def test_questions_for_a_readers_own_words(said):
    asked = iv.reflect(iv.words.questions.Reflection(said, said.replace("{", "")))
    asked.box.value = said
    asked.shown.click()
    asked.save.click()
    read_all(asked)


@given(texts.map(lambda text: "".join(c for c in text if c not in "/\0")))
@few
def test_the_file_of_a_survey(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("survey")
    file = folder / name
    for content in (None, "", f"name,before,after\n{name},a,b\n"):
        if content is not None:
            file.write_text(content)
        asked = Survey(file)
        for box in asked.boxes.values():
            box.value = "a"
        asked.save("after")
        asked.save("after")
        read_all(asked, Survey(file))


@pytest.fixture(scope="module")
def hasty():
    """A hand that rests at once, for as long as hypothesis tries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("initviz.widgets.trainer.REST", 0.0)
        patch.setattr("initviz.widgets.trainer.LINGER", 0.0)
        yield


@pytest.mark.usefixtures("hasty")
@given(name=texts)
@few
def test_names_of_data_and_schemes_and_what_they_raise(name):
    def data():
        return replace_name(DATASETS["xor"], name)

    def scheme(rng, shape):
        raise ArithmeticError(name)

    data.__name__ = scheme.__name__ = name
    iv.datasets.dataset(data)
    iv.initializers.initializer(scheme)
    try:
        explorer = iv.explore(replace(SMALL, dataset=name))
        explorer.pin.value = True
        explorer.controls.widgets["initializer"].value = name
        settle()
        explorer.export.click()
        read_all(explorer, iv.compare(SMALL, replace(SMALL, dataset=name)))
    finally:
        del DATASETS._builders[name], INITIALIZERS[name]


def replace_name(data, name):
    return Dataset(name, data.X, data.y, data.task)


@given(texts)
@settings(max_examples=20, deadline=None)
def test_layers_of_somebodys_model(name):
    network = iv.init_network((2, 3, 3, 1), initializer="zeros")
    report = iv.checkup(network, DATASETS["xor"].X, DATASETS["xor"].y)
    layers = tuple(replace(layer, name=f"{name}{layer.name}") for layer in report.layers)
    findings = tuple(replace(each, sentence=name, mend=name) for each in report.findings)
    report = replace(report, examination=replace(report.examination, layers=layers))
    read_all(replace(report, findings=findings))


@given(texts)
@settings(max_examples=50, deadline=None)
def test_files_and_what_a_folded_cell_shows(text):
    read(link_to(text, "text/plain", b"", text))
    read(_in_a_page({"data": {"text/plain": text}, "metadata": {}}))
    picture = {"image/png": b64encode(text.encode()).decode() + text, "text/plain": text}
    for told in ({}, {"alt": text, "width": text}):
        read(_in_a_page({"data": picture, "metadata": {"image/png": told}}))


def test_there_is_one_way_of_escaping():
    package = Path(iv.__file__).parent
    modules = [path for path in package.rglob("*.py") if "html.escape" in path.read_text()]
    assert modules == [package / "words" / "text.py"]
