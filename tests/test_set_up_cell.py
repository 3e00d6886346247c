"""The first code cell of every notebook: it installs initviz where that is missing, only there."""

import importlib.util
import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

ROOT = Path(__file__).parents[1]
ADDRESS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
PROJECT = ADDRESS.removeprefix("https://github.com/")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CELLS = {path.name: nbformat.read(path, 4).cells for path in NOTEBOOKS}
KEPT = f"numpy=={version('numpy')} ipywidgets=={version('ipywidgets')}"


def first_code(cells):
    return next(cell for cell in cells if cell.cell_type == "code")


def test_it_is_the_same_in_every_notebook_and_folded():
    found = [first_code(cells) for cells in CELLS.values()]
    assert all(cell == found[0] for cell in found)
    assert found[0].metadata["jupyter"] == {"source_hidden": True}
    assert not found[0].outputs
    assert set(re.findall(r"https://\S+", found[0].source)) == {f"{ADDRESS}/archive/HEAD.zip"}


def places(name):
    """Where a notebook can be run, as a link of Markdown goes there."""
    path = f"notebooks/{name}"
    return (
        f"(https://mybinder.org/v2/gh/{PROJECT}/HEAD?urlpath=lab/tree/{path})",
        f"(https://colab.research.google.com/github/{PROJECT}/blob/HEAD/{path})",
        f"(https://kaggle.com/kernels/welcome?src={ADDRESS}/blob/HEAD/{path})",
    )


@pytest.mark.parametrize("name", CELLS)
def test_a_notebook_says_where_it_can_be_run(name):
    assert all(link in CELLS[name][0].source for link in places(name))


def test_the_readme_says_where_the_first_one_can_be_run():
    readme = (ROOT / "README.md").read_text()
    assert all(link in readme for link in places("00_start_here.ipynb"))


@pytest.fixture
def installed():
    """What a shell of its own, in which the cell runs, is told to install."""
    asked = []
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    shell.magics_manager.register_function(asked.append, magic_name="pip")

    def run():
        shell.run_cell(first_code(CELLS["00_start_here.ipynb"]).source).raise_error()
        return asked

    return run


@pytest.mark.parametrize("platform", ["linux", "emscripten"])
def test_where_initviz_is_installed_nothing_happens(installed, platform, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    assert installed() == []


@pytest.mark.parametrize(
    ("platform", "asked"),
    [
        ("linux", f"install -q {KEPT} {ADDRESS}/archive/HEAD.zip"),
        ("emscripten", "install -q initviz[mnist]"),
    ],
)
def test_where_it_is_missing_it_comes_from_the_project_or_from_the_site(
    installed, platform, asked, monkeypatch
):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert installed() == [asked]
