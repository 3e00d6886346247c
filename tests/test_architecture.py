"""The house rules: three storeys with arrows that only point down, and files that agree."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import initviz as iv

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "initviz"
CONTROLS = {"ipywidgets", "IPython", "traitlets"}
FRAMEWORKS = {"torch", "keras", "jax", "tensorflow"}
UPPER = {"plots", "widgets", "papers", "checkups"}
FORBIDDEN = {
    "maths": {"matplotlib", "PIL", *CONTROLS, *FRAMEWORKS, *UPPER},
    "plots": {*CONTROLS, *FRAMEWORKS, "widgets", "papers", "checkups"},
    "checkups": {*CONTROLS, "widgets", "papers"},
    "papers": {*CONTROLS, *FRAMEWORKS, "widgets", "checkups"},
    "widgets": {*FRAMEWORKS, "papers", "checkups"},
}
DOORS = {PACKAGE / "__init__.py", PACKAGE / "__main__.py"}


def storey(path: Path) -> str:
    return path.parent.name if path.parent != PACKAGE else "maths"


def imported(path: Path) -> set[str]:
    """The top names that a module imports anywhere, ours without the leading package."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or node.names[0].name).removeprefix("initviz.").split(".")[0])
    return names


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.stem)
def test_imports_point_downward(path):
    if path in DOORS:
        pytest.skip("a door to all storeys; another test watches what it loads")
    assert not imported(path) & FORBIDDEN[storey(path)]


def test_importing_initviz_loads_neither_plots_nor_widgets():
    code = "import sys, initviz; print(*sorted(m.split('.')[0] for m in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {"matplotlib", "ipywidgets", "sklearn", "scipy", "PIL", "pandas", "joblib", *FRAMEWORKS}
    assert not heavy & set(loaded.stdout.split())


def test_it_imports_from_any_folder(tmp_path):
    code = "import initviz; initviz.explore; initviz.plots"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_every_public_name_exists_and_is_described():
    for name in iv.__all__:
        assert getattr(iv, name).__doc__, name
    with pytest.raises(AttributeError, match="no_such_name"):
        iv.__getattr__("no_such_name")


def test_the_address_stands_in_pyproject_and_the_binder_badge_follows_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    owner_and_name = project["urls"]["Repository"].removeprefix("https://github.com/")
    badges = re.findall(
        r"https://mybinder\.org/v2/gh/([^/]+/[^/]+)/", (ROOT / "README.md").read_text()
    )
    assert badges
    assert set(badges) == {owner_and_name}


def test_no_file_names_a_package_index():
    for name in ("requirements.txt", "tests/requirements.txt", "environment.yml", "pyproject.toml"):
        text = (ROOT / name).read_text()
        assert not re.search(r"index-url|find-links|trusted-host|://(?!github\.com/)", text), name


def test_every_requirement_is_pinned_exactly():
    for name in ("requirements.txt", "tests/requirements.txt"):
        for line in (ROOT / name).read_text().splitlines():
            assert re.fullmatch(r"[\w.-]+==[\w.]+", line), f"{name}: {line}"


def test_both_pin_files_agree():
    pins = [
        dict(line.split("==") for line in (ROOT / name).read_text().splitlines())
        for name in ("requirements.txt", "tests/requirements.txt")
    ]
    both = pins[0].keys() & pins[1].keys()
    assert {n: pins[0][n] for n in both} == {n: pins[1][n] for n in both}


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebooks_have_short_cells_and_no_widget_state(path):
    assert path.stat().st_size < 1_000_000
    notebook = json.loads(path.read_text())
    assert "widgets" not in notebook["metadata"]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert len("".join(cell["source"]).splitlines()) <= 10, cell["source"]
