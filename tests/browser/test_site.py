"""The site in a real Chromium: pages to read, and JupyterLite, with all else out of reach."""

import functools
import hashlib
import json
import re
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("playwright")
from lab import chromium, chromium_path

import initviz as iv

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_site"
PYODIDE = ROOT / ".venv" / "pyodide" / "node_modules" / "pyodide"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SERVER = "https://cdn.jsdelivr.net/pyodide/"
# Every file is read by the browser's own Python, and has what it needs of the standard library.
READ_AND_IMPORT = """\
import ast, importlib, sys
from pathlib import Path

files = list(Path(initviz.__path__[0]).rglob("*.py"))
nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
names = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
names |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
needed = sorted(name for name in names if name.partition(".")[0] in sys.stdlib_module_names)
for name in needed:
    importlib.import_module(name)
print(len(files) > 100, len(needed) > 10)
"""
PHONE, LAPTOP = {"width": 390, "height": 800}, {"width": 1280, "height": 900}

pytestmark = [
    pytest.mark.site,
    pytest.mark.xdist_group("site"),
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not SITE.exists(), reason="make site builds what is looked at here"),
]


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


class Reader:
    """A page of a browser that gets the site, and from elsewhere only what ``elsewhere`` gives."""

    def __init__(self, browser, address, elsewhere=None):
        self.address, self.elsewhere, self.asked, self.errors = address, elsewhere, [], []
        context = browser.new_context(viewport=LAPTOP)  # with the workers of its pages
        context.route(lambda url: not url.startswith(address), self._answer)
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _answer(self, route):
        self.asked.append(route.request.url)
        file = self.elsewhere and self.elsewhere / route.request.url.rpartition("/")[2]
        if file and file.exists():
            route.fulfill(path=file, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.abort()

    def goto(self, path):
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture(scope="module")
def address():
    handler = functools.partial(Silent, directory=SITE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def pictures(path):
    """How many pictures a notebook was saved with."""
    outputs = [
        output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", ())
    ]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def formulas(path):
    texts = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown"]
    return sum(len(re.findall(r"\$\$.+?\$\$|\$.+?\$", text, re.DOTALL)) for text in texts)


def test_it_is_small_enough_for_a_page_of_a_project():
    assert sum(file.stat().st_size for file in SITE.rglob("*") if file.is_file()) < 100e6


def test_its_list_leads_to_every_notebook_to_read_and_to_try(browser, address):
    reader = Reader(browser, address)
    page = reader.goto("index.html")
    for path in NOTEBOOKS:
        title = nbformat.read(path, 4).cells[0].source.partition("\n")[0].removeprefix("# ")
        read, attempt = (
            page.get_by_role("link", name=f"{verb}: {title}").get_attribute("href")
            for verb in ("Read", "Try")
        )
        assert (SITE / read).exists()
        app, _, name = attempt.partition("?path=")
        assert (SITE / app).exists()
        assert (SITE / "try" / "files" / name).exists()
    shown = page.locator("img")
    assert shown.count() == sum(pictures(path) > 0 for path in NOTEBOOKS)
    for number in range(shown.count()):  # they are loaded when they come into sight
        shown.nth(number).scroll_into_view_if_needed()
        assert shown.nth(number).evaluate("image => image.decode().then(() => true)")
    assert reader.asked == reader.errors == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_shows_pictures_and_formulas_folds_answers_and_asks_for_nothing(
    path, browser, address
):
    reader = Reader(browser, address)
    page = reader.goto(f"read/{path.stem}.html")
    shown = "[...document.querySelectorAll('.output_png img')]"
    assert page.locator(".output_png img").count() == pictures(path)
    assert page.evaluate(f"{shown}.every(image => image.naturalWidth > 100 && image.alt)")
    assert page.locator(".katex").count() == formulas(path)
    assert page.locator(".katex-error").count() == 0
    texts = page.locator(".text_cell_render").all_text_contents()
    assert not any("$" in text for text in texts)
    assert page.locator("details[open]:visible").count() == 0
    for size in (LAPTOP, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert reader.asked == reader.errors == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_page_points_to_on_the_site_is_there(path):
    text = (SITE / "read" / f"{path.stem}.html").read_text()
    for target in re.findall(r'(?:href|src)="(?!https?:|data:|#)([^"?#]+)', text):
        assert (SITE / "read" / target).exists(), target


def test_the_wheels_of_what_pyodide_does_not_have_are_found_on_the_site():
    known = json.loads((SITE / "try" / "pypi" / "all.json").read_text())
    assert {"comm", "initviz", "ipywidgets", "jupyterlab-widgets", "mlxtend"} <= known.keys()
    assert list(known["initviz"]["releases"]) == [iv.__version__]
    for releases in known.values():
        for (file,) in releases["releases"].values():
            content = (SITE / "try" / "pypi" / file["url"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file["digests"]["sha256"]


def test_jupyterlite_opens_00_with_its_pictures_and_asks_for_nothing_but_pyodide(browser, address):
    reader = Reader(browser, address)
    page = reader.goto("try/lab/index.html?path=00_start_here.ipynb")
    page.get_by_role("heading", name="Why random, and how large?").wait_for()
    picture = page.locator(".jp-OutputArea img").first
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 1000
    for _ in range(100):
        page.wait_for_timeout(100)
        if reader.asked:
            break
    assert reader.asked
    assert all(url.startswith(SERVER) for url in reader.asked)


@pytest.mark.skipif(not PYODIDE.exists(), reason="npm or the index has not given Pyodide")
def test_python_starts_in_the_browser_and_the_first_cell_installs_initviz(browser, address):
    reader = Reader(browser, address, PYODIDE)
    page = reader.goto("try/lab/index.html?path=00_start_here.ipynb")
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
        "?.status === 'idle'",
        timeout=120_000,
    )
    assert run(page, 1) == []
    (told,) = run(page, 2, "import sys, initviz\nprint(sys.platform, initviz.__version__)")
    assert told["text"] == f"emscripten {iv.__version__}\n"
    (told,) = run(page, 2, READ_AND_IMPORT)
    assert told.get("text") == "True True\n", told
    run(page, 2, "import ipywidgets\nipywidgets.IntSlider(description='moves')")
    page.locator(".widget-hslider").get_by_text("moves").wait_for()
    assert all(url.startswith(SERVER) for url in reader.asked)
    assert reader.errors == []


def run(page, number, source=None):
    """Run a cell, with another source if that is given; its outputs."""
    return page.evaluate(
        """async ([number, source]) => {
          const {content} = window.jupyterapp.shell.currentWidget;
          const {model} = content.widgets[number];
          if (source) model.sharedModel.setSource(source);
          content.activeCellIndex = number;
          await window.jupyterapp.commands.execute('notebook:run-cell');
          return model.toJSON().outputs;
        }""",
        [number, source],
    )
