"""The explorers of the chapters, and the questions, in real JupyterLab and real Chromium."""

import pytest

import initviz as iv
from initviz.widgets import CHAPTERS
from initviz.widgets.controls import Menu, Slider

pytest.importorskip("playwright")
from lab import (
    PICTURE,
    becomes,
    changed,
    chromium,
    chromium_path,
    clipped_labels,
    drag,
    jupyterlab,
    menu,
    open_notebook,
    run_all,
    silent_labels,
    slider,
    still,
    words,
    write_notebook,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.pages,
    pytest.mark.xdist_group("chapters"),  # they share a page
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
]

SWEEP = """
base = iv.Experiment(hidden_layers=(4,), activation="tanh", epochs=20, restarts=4)
over = {"hidden_layers": [1, 2], "scale": [0.1, 1, 10], "seed": [0, 1]}
iv.explore_sweep(iv.sweep(base, over, progress=False))"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A notebook of one cell in JupyterLab, in which every test runs what it is about."""
    folder = tmp_path_factory.mktemp("chapters")
    write_notebook(folder / "chapter.ipynb", "")
    with jupyterlab(folder) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, device_scale_factor=2)
        open_notebook(page, address, "chapter.ipynb")
        yield page
    assert "Traceback" not in (folder / "jupyterlab.log").read_text()


def run(page, code):
    """Put code into the cell in place of what is there, and run it."""
    page.evaluate(
        """async code => {
          const {commands, shell} = window.jupyterapp;
          await commands.execute('notebook:clear-all-cell-outputs');
          shell.currentWidget.content.widgets[0].model.sharedModel.setSource(code);
        }""",
        f"import initviz as iv\n\n{code}",
    )
    run_all(page)


@pytest.fixture(scope="module", params=[name for name in CHAPTERS if name != "explore"])
def explorer(request, page):
    """(page, chapter, fingerprint of the picture that it opened with) of an explorer."""
    run(page, f"iv.{request.param}()")
    page.wait_for_selector(PICTURE, timeout=60_000)
    page.locator(PICTURE).scroll_into_view_if_needed()
    yield page, getattr(iv, request.param), still(page)
    for kind in ("stderr", "error"):
        assert page.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']").count() == 0


def move(page, control) -> None:
    """Put a control of either kind somewhere else."""
    if isinstance(control, Menu):
        choices = menu(page, control.description).locator("option").all_inner_texts()
        now = menu(page, control.description).evaluate("e => e.selectedIndex")
        menu(page, control.description).select_option(choices[(now + 1) % len(choices)])
    else:
        handle = slider(page, control.description)
        at_the_left = handle.get_attribute("aria-valuenow") == handle.get_attribute("aria-valuemin")
        handle.press("ArrowRight" if at_the_left else "ArrowLeft")


def test_it_follows_its_main_controls(explorer):
    page, chapter, _ = explorer
    for control in chapter.lead:
        before = still(page)
        move(page, control)
        changed(page, before)
        assert len(words(page)) > 20


def test_no_label_is_clipped_and_each_explains_itself(explorer):
    page, _, _ = explorer
    assert clipped_labels(page) == []
    assert silent_labels(page) == []
    picture = page.locator(PICTURE).bounding_box()
    cell = page.locator(".jp-OutputArea-output").filter(has=page.locator(PICTURE)).bounding_box()
    assert picture["x"] >= cell["x"]
    assert picture["x"] + picture["width"] <= cell["x"] + cell["width"]


def test_nothing_below_the_controls_moves_when_they_are_moved(explorer):
    page, chapter, _ = explorer
    below = page.get_by_role("button", name="Reset")
    places = [page.locator(PICTURE).bounding_box(), below.bounding_box()]
    for control in chapter.lead:
        if isinstance(control, Slider):
            for distance in (900, -1200):
                before = still(page)
                drag(page, slider(page, control.description), distance)
                changed(page, before)
        else:
            move(page, control)
            still(page)
    assert [page.locator(PICTURE).bounding_box(), below.bounding_box()] == places


def test_pin_and_reset(explorer):
    page, chapter, first = explorer
    page.get_by_role("button", name="Reset").click()
    becomes(page, first)
    still(page)  # while it trains there is nothing to pin
    page.get_by_role("button", name="Pin").click()
    page.get_by_role("button", name="Unpin").wait_for()
    pinned = still(page)
    move(page, chapter.lead[0])  # a treatment, which is the clinic's other one, may change nothing
    changed(page, pinned)
    assert "Pinned:" in words(page)
    page.get_by_role("button", name="Reset").click()
    becomes(page, first)


def test_a_finished_sweep_is_looked_at_from_its_sides(page):
    run(page, SWEEP)
    page.wait_for_selector(PICTURE, timeout=60_000)
    before = still(page)
    slider(page, "hidden layers").press("ArrowRight")
    before = changed(page, before)
    page.get_by_role("button", name="More settings").click()
    page.get_by_label("seed").select_option("1")
    before = changed(page, before)
    assert "Of 24 networks" in words(page)
    page.get_by_label("across").select_option("hidden layers")
    changed(page, before)
    down = page.get_by_label("down", exact=True)
    assert down.evaluate("e => e.selectedOptions[0].text") == "scale"
    assert clipped_labels(page) == []
    assert silent_labels(page) == []
