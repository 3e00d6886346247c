"""The front ends that people have besides JupyterLab in Chromium: open, drag, and look."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("voila")
from lab import (
    PICTURE,
    changed,
    chromium,
    chromium_path,
    drag,
    firefox,
    firefox_path,
    jupyter,
    jupyterlab,
    open_notebook,
    run_all,
    server,
    slider,
    still,
    wait_until_idle,
)

pytestmark = pytest.mark.fronts
with_chromium = pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed")
with_firefox = pytest.mark.skipif(firefox_path() is None, reason="Firefox is not installed")

ROOT = Path(__file__).parents[2]
START, SATURATION, RESTARTS = "00_start_here", "03_scale_and_saturation", "05_random_restarts"
SCHEMA = "Cannot read properties of undefined (reading 'schema')"  # of Notebook 7.6
ERRORS = ", ".join(
    [
        "[data-mime-type='application/vnd.jupyter.error']",
        "[data-mime-type='application/vnd.jupyter.stderr']",
        ".output_error",  # these two are nbclassic's
        ".output_stderr",
    ]
)


@pytest.fixture
def folder(tmp_path):
    """The notebooks, and where the logs go."""
    for name in (START, SATURATION, RESTARTS):
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", tmp_path)
    return tmp_path


@contextmanager
def sound(browser, folder, fault_of_its_own: str = "") -> Iterator:
    """A page on which nothing goes wrong, and behind which nothing does.

    fault_of_its_own: what the front end says with every notebook, an empty one, too.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 900}, device_scale_factor=2)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert set(errors) <= {fault_of_its_own}
    assert page.locator(ERRORS).all_inner_texts() == []
    for log in folder.glob("*.log"):
        assert "Traceback" not in log.read_text(), log.read_text()


def follows(page, label: str) -> None:
    """The first picture follows the first slider of this name, and goes back with it."""
    page.locator(PICTURE).first.scroll_into_view_if_needed()
    handle = slider(page, label).first
    before = still(page)
    drag(page, handle, 300)
    right = changed(page, before)
    drag(page, handle, -500)
    assert changed(page, right) != before


@with_firefox
def test_jupyterlab_in_firefox(folder):
    with jupyterlab(folder) as address, firefox() as browser, sound(browser, folder) as page:
        open_notebook(page, address, f"{START}.ipynb")
        run_all(page)
        wait_until_idle(page)
        follows(page, "scale")


@with_chromium
def test_notebook_7(folder):
    """By mouse: its arrow keys go on to the next control, also where the slider is a bare one."""
    show = "--JupyterNotebookApp.expose_app_in_browser=True"
    with (
        jupyter("notebook", folder, "notebooks", show) as address,
        chromium() as browser,
        sound(browser, folder, SCHEMA) as page,
    ):
        open_notebook(page, address, f"{START}.ipynb")
        run_all(page)
        wait_until_idle(page)
        follows(page, "scale")


@with_chromium
def test_nbclassic(folder):
    with (
        jupyter("nbclassic", folder, "nbclassic/notebooks") as address,
        chromium() as browser,
        sound(browser, folder) as page,
    ):
        page.goto(address.format(notebook=f"{START}.ipynb"))
        kernel = "window.Jupyter?.notebook?.kernel"
        page.wait_for_function(f"() => {kernel}?.widget_manager && {kernel}.is_connected()")
        page.wait_for_timeout(1000)  # its widgets first ask the kernel what there is
        page.evaluate("() => Jupyter.notebook.execute_all_cells()")
        codes = "Jupyter.notebook.get_cells().filter(cell => cell.cell_type === 'code')"
        done = f"() => {codes}.every(cell => /^\\d+$/.test(cell.input_prompt_number))"
        page.wait_for_function(done, timeout=90_000)
        follows(page, "scale")


@with_chromium
@pytest.mark.parametrize(
    ("name", "label"), [(START, "scale"), (SATURATION, "scale"), (RESTARTS, "learning rate")]
)
def test_voila_as_make_voila_starts_it(folder, name, label):
    settings = f"--Voila.config_file_paths={ROOT}"
    with (
        server("voila", folder, settings, str(folder)) as address,
        chromium() as browser,
        sound(browser, folder) as page,
    ):
        outside = []  # what the page gets from elsewhere
        page.on("response", lambda r: r.url.startswith(("http", "ws")) and outside.append(r.url))
        page.goto(f"{address}/voila/render/{name}.ipynb")
        page.wait_for_selector(PICTURE, timeout=60_000)
        follows(page, label)  # while the cells below it run
        page.wait_for_function(
            "() => !document.querySelector('.voila-skeleton-container')", timeout=120_000
        )
        assert [url for url in outside if not url.startswith(address)] == []
        assert page.get_by_text("What this cell found").count() > 3
        assert page.locator("details[open]").count() == 0
        assert page.locator("pre", has_text="Error").count() == 0
