"""Settings that were kept are opened again."""

import html
import re

import numpy as np
import pytest

import initviz as iv

pytestmark = pytest.mark.usefixtures("no_rest")

KEPT = iv.Experiment(scale=0.02, epochs=20, restarts=3)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "initviz-settings.json"


def test_a_file_that_windows_has_saved_again_is_opened(file):
    file.write_text(KEPT.to_json(), encoding="utf-8-sig")
    assert iv.explore(file).experiment == KEPT


def test_names_that_can_be_read_only_once_stand_in_the_line():
    explorer = iv.explore(controls=(c for c in ["scale"]), views=(v for v in ["losses"]))
    explorer.export.click()
    expected = "iv.explore(controls=['scale'], views=['losses'])"
    assert f"<code>{expected}</code>" in html.unescape(explorer.links.value)


@pytest.mark.parametrize("form", [str, lambda path: path])
def test_a_file_from_export_is_opened_again(file, form):
    file.write_text(KEPT.to_json())
    assert iv.explore(form(file)).experiment == KEPT
    assert iv.explore(form(file), scale=1).experiment.scale == 1
    sides = iv.compare(form(file), iv.Experiment(epochs=20)).sides
    assert sides[0].experiment == KEPT


def test_a_run_and_an_explorer_are_opened_again():
    assert iv.explore(iv.train(KEPT)).experiment == KEPT
    assert iv.explore(iv.explore(KEPT)).experiment == KEPT


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "decode"),
        (b"[]", "JSON object"),
        (b'{"scale": -1}', "scale=-1"),
        (b'{"lr": 1}', "learning_rate"),
    ],
)
def test_what_is_no_such_file_is_said_with_its_name(file, content, reason):
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=f"settings.json.*{re.escape(reason)}"):
        iv.explore(file)


@pytest.mark.parametrize("given", ["moons", "", "a" * 5000, "\0", 3, "."])
def test_what_is_nothing_to_open_is_said(given):
    with pytest.raises(ValueError, match=r"experiment=.*give an initviz.Experiment"):
        iv.explore(given)


def test_data_without_a_name_cannot_be_trained_on_again():
    X, y = np.zeros((4, 2)), [0, 1, 1, 0]
    with pytest.raises(ValueError, match=r"dataset='yours'.*with a name"):
        iv.explore(iv.train(KEPT, X, y))
