"""Build the site into ``_site``: every notebook as a page to read, and JupyterLite to try it in.

make site

``_site/read`` holds the pages, with the pictures that the notebooks were saved with; ``_site/try``
is JupyterLite, with the notebooks and the wheels of what its Python does not have by itself.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import nbformat
from jinja2 import Environment, FileSystemLoader
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

SITE = Path(__file__).parent
ROOT = SITE.parent
OUT = ROOT / "_site"
KATEX = ROOT / ".venv" / "katex" / "node_modules" / "katex" / "dist"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ADDRESS = PROJECT["urls"]["Repository"]

# Pyodide, a browser's Python, has all the others that initviz needs; these are no part of it.
WHEELS = ("comm", "ipywidgets", "jupyterlab-widgets", "mlxtend")

# What no page needs: it installs or scrolls, and shows nothing.
SILENT = re.compile(r"# Set-up:|iv\.back_to_top\(\)$")


class Lesson(NamedTuple):
    """A notebook in the list of all: what its first cell says about it."""

    name: str
    title: str
    does: str
    time: str
    picture: str | None


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    lessons = [lesson(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    try_it(OUT / "try", [lesson.name for lesson in lessons])
    read_it(OUT / "read", lessons)
    page = Environment(loader=FileSystemLoader(SITE), autoescape=True).get_template("index.html.j2")
    (OUT / "index.html").write_text(page.render(lessons=lessons, address=ADDRESS))
    size = sum(file.stat().st_size for file in OUT.rglob("*") if file.is_file()) / 1e6
    print(
        f"{OUT.name}: {size:.0f} MB. To look at it: {sys.executable} -m http.server -d {OUT.name}"
    )


def lesson(path: Path) -> Lesson:
    text = notebook(path.stem).cells[0].source
    rows = dict(re.findall(r"^\| \*\*(.+)\*\* \| (.+) \|$", text, re.MULTILINE))
    picture = ROOT / "docs" / f"{path.stem}.png"
    title = text.partition("\n")[0].removeprefix("# ")
    shown = picture.name if picture.exists() else None
    return Lesson(path.stem, title, rows["You'll do"], rows["Time"], shown)


def notebook(name: str) -> NotebookNode:
    """The notebook; its links to files that the site does not have go to the repository."""
    text = (ROOT / "notebooks" / f"{name}.ipynb").read_text()
    return nbformat.reads(text.replace("](../", f"]({ADDRESS}/blob/HEAD/"), 4)


def try_it(folder: Path, names: list[str]) -> None:
    """JupyterLite, with the notebooks in it."""
    with TemporaryDirectory() as work:
        contents, wheels = Path(work, "contents"), Path(work, "wheels")
        contents.mkdir()
        for name in names:
            nbformat.write(notebook(name), contents / f"{name}.ipynb")
        gather(wheels)
        shutil.copy(SITE / "jupyter-lite.json", work)
        run(
            *("jupyter_core", "lite", "build", "--apps", "lab", "--no-sourcemaps"),
            *("--contents", contents, "--output-dir", folder.resolve()),
            *(word for wheel in sorted(wheels.iterdir()) for word in ("--piplite-wheels", wheel)),
            cwd=work,
        )


def gather(wheels: Path) -> None:
    """Our own wheel, and those of the same versions as everywhere else."""
    run("pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels, ROOT)
    pins = ROOT / "requirements.txt"
    run("pip", "download", "--quiet", "--no-deps", "--constraint", pins, "--dest", wheels, *WHEELS)


def run(module: str, *words: str | Path, **options) -> None:
    """Run a module of Python; what it prints is shown only where it fails."""
    command = [sys.executable, "-m", module, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\nThis failed: {' '.join(command)}")


def read_it(folder: Path, lessons: list[Lesson]) -> None:
    """A page for each notebook, its folds kept, and what all pages share."""
    exporter = HTMLExporter(template_name="read", extra_template_basedirs=[str(SITE)])
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    folder.mkdir()
    for before, this, after in zip([None, *lessons], lessons, [*lessons[1:], None], strict=False):
        told = notebook(this.name)
        told.cells = [cell for cell in told.cells if not SILENT.match(cell.source)]
        about = {"lesson": this, "before": before, "after": after}
        page, _ = exporter.from_notebook_node(told, resources={"about": about})
        page = re.sub(r'href="([\w.-]+)\.ipynb"', r'href="\1.html"', page)
        (folder / f"{this.name}.html").write_text(page)
        if this.picture:
            shutil.copy(ROOT / "docs" / this.picture, folder)
    shutil.copy(SITE / "style.css", OUT)
    (OUT / "code.css").write_text(HtmlFormatter().get_style_defs(".highlight"))
    shutil.copytree(KATEX, OUT / "katex", ignore=shutil.ignore_patterns("*.ttf", "*.woff", "*.mjs"))


if __name__ == "__main__":
    main()
