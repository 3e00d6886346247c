"""axe-core finds no barrier that is ours: with all predictions made and all settings unfolded."""

import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from lab import chromium, chromium_path, jupyterlab, open_notebook, run_all, wait_until_idle

AXE = Path(sys.prefix) / "axe" / "node_modules" / "axe-core" / "axe.min.js"
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
# Of ipywidgets' own making: a slider's handle and the buttons of Play have no name. JupyterLab
# draws a saved picture without its text alternative, which other viewers show.
UPSTREAM = {
    "aria-input-field-name": "noUi-handle",
    "button-name": "fa fa-",
    "image-alt": '<img src="data:image/png',
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.pages,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: make .venv/test"),
]


@pytest.mark.parametrize("number", ["00", "03", "09"])
def test_no_barrier_is_ours(number, tmp_path):
    (notebook,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    shutil.copy(notebook, tmp_path)
    with jupyterlab(tmp_path) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        open_notebook(page, address, notebook.name)
        run_all(page)
        wait_until_idle(page, 240)
        page.evaluate(AXE.read_text())
        count = page.evaluate("() => jupyterapp.shell.currentWidget.content.widgets.length")
        assert [fault for index in range(count) for fault in barriers(page, index)] == []


def barriers(page, index):
    """The faults of one cell: what is wrong, and where."""
    page.evaluate(
        "async index => jupyterapp.shell.currentWidget.content.scrollToItem(index, 'start')", index
    )
    selector = f'.jp-Cell[data-windowed-list-index="{index}"]'
    cell = page.locator(selector)
    cell.wait_for()
    if cell.locator(".initviz-option").count():
        cell.locator(".initviz-option").first.click()
        cell.locator("button.mod-primary").click(timeout=30_000)
    if cell.get_by_role("button", name="More settings").count():
        cell.get_by_role("button", name="More settings").first.click()
    page.wait_for_timeout(200)
    found = page.evaluate(
        """async selector => {
          const shown = `${selector} :is(.jp-OutputArea, .jp-MarkdownOutput)`;
          if (!document.querySelector(shown)) return [];
          const {violations} = await axe.run(shown);
          return violations.flatMap(({id, nodes}) => nodes.map(({html}) => [id, html]));
        }""",
        selector,
    )
    return [(rule, where) for rule, where in found if UPSTREAM.get(rule, "—") not in where]


def test_a_barrier_would_be_found(tmp_path):
    """Or the test above could not fail."""
    with chromium() as browser:
        page = browser.new_page()
        page.set_content("<main><input type='text'></main>")
        page.evaluate(AXE.read_text())
        rules = page.evaluate("async () => (await axe.run('main')).violations.map(v => v.id)")
    assert "label" in rules
