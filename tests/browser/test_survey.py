"""Notebook 90 as a person meets it: real JupyterLab, real Chromium, by mouse and by keyboard."""

import shutil
from pathlib import Path

import pytest

from initviz.words.survey import Answers, survey

pytest.importorskip("playwright")
from lab import chromium, chromium_path, jupyterlab, open_notebook, run_all

NOTEBOOK = "90_before_and_after.ipynb"
ASKED = survey()
TOLD = "() => document.querySelector('.initviz').innerText"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.pages,
    pytest.mark.xdist_group("survey"),
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
]


def choose(page, letters):
    for name, letter in zip(ASKED, letters, strict=True):
        row = page.locator(".initviz-asked").nth(list(ASKED).index(name))
        row.locator("input").nth("abcd".index(letter)).check()


def save(page, when):
    button = page.get_by_role("button", name=f"Save as {when}")
    button.scroll_into_view_if_needed()
    button.click()
    page.get_by_text("Saved, in").wait_for()
    assert button.evaluate("e => e === document.activeElement")  # the page does not jump


def test_before_is_kept_and_after_tells_what_has_changed(tmp_path):
    shutil.copy(Path(__file__).parents[2] / "notebooks" / NOTEBOOK, tmp_path)
    right = [asked.answer for asked in ASKED.values()]
    with jupyterlab(tmp_path) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        open_notebook(page, address, NOTEBOOK)
        run_all(page)
        page.get_by_text("Nothing is saved yet").wait_for()
        assert page.locator(".initviz-asked input:checked").count() == 0

        choose(page, "aaaaaaaaaa")
        first = page.locator(".initviz-asked").first
        first.locator("input").first.press("Tab")
        page.keyboard.press("Space")
        assert first.locator("input").nth(1).is_checked()
        save(page, "before")
        assert page.locator(".initviz-asked input:checked").count() == 0
        assert not any(asked.why in page.evaluate(TOLD) for asked in ASKED.values())

        run_all(page)  # the answers from before are read from the file again
        page.get_by_text("Your answers from before are in").wait_for()
        choose(page, right)
        save(page, "after")
        page.get_by_text("Right after: 10 of 10").wait_for()
        assert all(asked.why in page.evaluate(TOLD) for asked in ASKED.values())
    kept = Answers.from_csv((tmp_path / "initviz-answers.csv").read_text("utf-8-sig"))
    assert list(kept.before.values()) == list("baaaaaaaaa")
    assert list(kept.after.values()) == right
