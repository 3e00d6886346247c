"""Notebook 00 as a reader meets it: run all, commit, try, look, understand."""

import shutil
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from lab import (
    PICTURE,
    chromium,
    chromium_path,
    clipped_labels,
    jupyterlab,
    open_notebook,
    run_all,
    wait_until_idle,
)

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.pages,
    pytest.mark.xdist_group("lesson"),  # they share a page, and follow one another
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
]
PREDICTIONS = range(3)
SCROLLED = ".jp-WindowedPanel-outer"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lesson")
    shutil.copy(NOTEBOOKS / "00_start_here.ipynb", folder)
    with jupyterlab(folder) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        open_notebook(page, address, "00_start_here.ipynb")
        run_all(page)
        wait_until_idle(page)
        yield page
    assert "Traceback" not in (folder / "jupyterlab.log").read_text()


def go_to(page, number):
    """Scroll to the cell of a prediction, and give what lies in it."""
    index = page.evaluate(
        """number => {
          const {content} = window.jupyterapp.shell.currentWidget;
          const asked = content.widgets.map((cell, index) => [cell.model.sharedModel, index])
            .filter(([model]) => model.getSource().includes('iv.predict('));
          return asked[number][1];
        }""",
        number,
    )
    page.evaluate(
        """async index => {
          const {content} = window.jupyterapp.shell.currentWidget;
          content.activeCellIndex = index;
          await content.scrollToItem(index, 'start');
        }""",
        index,
    )
    page.wait_for_timeout(500)
    return page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')


def top_of(locator):
    return locator.bounding_box()["y"]


def focused(page):
    return page.evaluate("() => document.activeElement.textContent")


def test_run_all_ends_where_it_began(page):
    page.wait_for_timeout(1000)
    assert page.locator(SCROLLED).evaluate("e => e.scrollTop") == 0
    assert page.get_by_role("heading", name="Why random, and how large?").is_visible()


def test_nothing_is_unfolded_that_a_reader_is_to_find_out(page):
    shown = page.locator(".jp-Notebook").inner_text()
    for answer in ("median loss", "saturated before training:", "in 1000 epochs"):
        assert answer not in shown


@pytest.mark.parametrize("number", PREDICTIONS)
def test_commit_try_look(page, number):
    cell = go_to(page, number)
    option, looked = cell.locator("button.initviz-option").first, cell.get_by_text("I have looked")
    assert not looked.is_visible()
    before = top_of(option)
    option.click()
    looked.wait_for(timeout=20_000)
    cell.locator(PICTURE).wait_for()
    assert cell.get_by_text("Now try it.").is_visible()
    assert cell.get_by_text("other starts each").count() == 0
    assert (top_of(option), focused(page)) == (before, option.text_content())
    assert cell.get_by_role("button", name="More settings").is_visible()
    assert not cell.get_by_role("button", name="Export").is_visible()

    looked.scroll_into_view_if_needed()
    before = top_of(looked)
    looked.click()
    cell.get_by_text("other starts each").wait_for(timeout=20_000)
    assert (top_of(looked), focused(page)) == (before, looked.text_content())
    assert cell.get_by_text("right)").count() == 1
    assert clipped_labels(page) == []


def test_a_prediction_can_be_made_by_the_keyboard_alone(page):
    run_all(page)  # which asks the questions anew
    page.wait_for_timeout(1000)
    wait_until_idle(page)
    page.wait_for_timeout(1000)
    cell = go_to(page, 0)
    cell.locator("button.initviz-option").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    cell.get_by_text("Your answer is b).").wait_for(timeout=20_000)
    cell.locator(PICTURE).wait_for()
    for _ in range(20):
        page.keyboard.press("Tab")
        if focused(page) == "I have looked":
            break
    page.keyboard.press("Space")
    cell.get_by_text("Right.").wait_for(timeout=20_000)


def test_own_words_come_before_the_model_answer(page):
    box = page.locator("textarea.widget-input, .widget-textarea textarea").first
    box.scroll_into_view_if_needed()
    page.get_by_role("button", name="Show a model answer").first.click()
    page.get_by_text("Write a sentence or two first.").wait_for()
    box.fill("Because nothing of the gradient arrives.")
    page.get_by_role("button", name="Show a model answer").first.click()
    page.get_by_text("A layer changes only by the gradient").wait_for()
    page.get_by_role("button", name="Save my answers").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="initviz-answers.md").click()
    assert "nothing of the gradient arrives" in Path(download.value.path()).read_text()


def test_the_kernels_end_is_told(page):
    """The last test: the ones before need the kernel."""
    go_to(page, 0)
    told = "() => getComputedStyle(document.querySelector('.initviz'), '::before').content"
    assert "kernel has gone" not in page.evaluate(told)
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.wait_for_timeout(1000)
    assert "kernel has gone" in page.evaluate(told)
