"""The house rules: eight rooms with arrows that only point down, and how notebooks are made."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import initviz as iv

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "initviz"
FRAMEWORKS = {"torch", "keras", "jax", "tensorflow"}
CONTROLS = {"ipywidgets", "IPython", "traitlets"}
PICTURES = {"matplotlib", "PIL"}

pytestmark = pytest.mark.once

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

# The rooms from the ground up. Those of one tuple stand beside each other, and know nothing of one
# another. Below them all lies errors.py.
STOREYS = (
    ("networks",),
    ("training",),
    ("measure",),
    ("words",),
    ("plots",),
    ("widgets", "papers", "checkups"),
)
ROOMS = [room for storey in STOREYS for room in storey]
DOORS = {"__init__", "__main__", "theory", "initializers", "datasets"}
ADAPTERS = {PACKAGE / "checkups/torch", PACKAGE / "checkups/keras"}


def allowed(room: str) -> set[str]:
    """The rooms that a room may import from: itself, and all on the storeys below it."""
    height = next(n for n, storey in enumerate(STOREYS) if room in storey)
    return {room, *(below for storey in STOREYS[:height] for below in storey)}


def forbidden(path: Path) -> set[str]:
    """The libraries that a module may not import."""
    room, adapter = path.relative_to(PACKAGE).parts[0], path.parent in ADAPTERS
    without_pictures = room in ROOMS[: ROOMS.index("plots")]
    return {
        *(set() if adapter else FRAMEWORKS),
        *(set() if room == "widgets" else CONTROLS),
        *(PICTURES if without_pictures else set()),
    }


def imported(path: Path) -> tuple[set[str], set[str]]:
    """(our rooms, libraries) that a module imports anywhere, also inside its functions."""
    rooms, libraries = set(), set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                parts = alias.name.split(".")
                (rooms.add(parts[1]) if parts[0] == "initviz" and parts[1:] else None)
                libraries.add(parts[0])
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0 and node.module.split(".")[0] != "initviz":
                libraries.add(node.module.split(".")[0])
                continue
            rooms |= our_rooms(node, path)
    return rooms, libraries


def our_rooms(node: ast.ImportFrom, path: Path) -> set[str]:
    """What a ``from … import a, b`` of ours takes from: each of its names may be a room."""
    if node.level == 0:
        below = node.module.split(".")[1:]
    else:
        here = path.relative_to(PACKAGE).parent.parts
        start = here[: len(here) - (node.level - 1)]
        below = [*start, *(node.module.split(".") if node.module else [])]
    return {below[0]} if below else {alias.name for alias in node.names}


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE)


def test_the_house_has_eight_rooms():
    rooms = {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert rooms == set(ROOMS)
    assert {p.stem for p in PACKAGE.glob("*.py")} <= DOORS | {"errors"}


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_point_downward(path):
    rooms, libraries = imported(path)
    room = path.relative_to(PACKAGE).parts[0]
    assert rooms <= {*allowed(room), "errors", "__version__"}
    assert not libraries & forbidden(path)
    assert "initviz" not in libraries or path.relative_to(PACKAGE).as_posix() == "training/run.py"


def test_nothing_is_fetched_or_sent():
    """A front end talks to its kernel, dask to its workers; nothing of ours opens a connection."""
    network = {"aiohttp", "ftplib", "http", "httpx", "requests", "socket", "ssl", "urllib"}
    for path in PACKAGE.rglob("*.py"):
        assert not imported(path)[1] & network, path


def test_no_text_and_no_file_is_carried_out():
    """Where Python is made of text, or objects of bytes: each place has been looked at."""
    unsafe = re.compile(r"(?<![\w.])(?:eval|exec|compile)\(|pickle\.loads?\(|allow_pickle=True")
    found = {
        (path.relative_to(PACKAGE).as_posix(), call)
        for path in PACKAGE.rglob("*.py")
        for call in unsafe.findall(path.read_text(encoding="utf-8"))
    }
    assert found == {
        ("checkups/trial.py", "exec("),  # a mend, which is a line of ours
        ("training/alone.py", "pickle.load("),  # a pipe between two processes of ours
        ("training/alone.py", "pickle.loads("),
        ("training/code.py", "pickle.loads("),  # what we have pickled for a worker of the user's
    }


def test_only_a_runs_plot_asks_at_the_front_door_and_only_for_the_overview():
    """Whatever is imported as a whole could be asked for anything."""
    text = (PACKAGE / "training" / "run.py").read_text()
    assert re.findall(r"import initviz$|\binitviz\.\w+\.\w+\(", text, re.MULTILINE) == [
        "import initviz",
        "initviz.plots.overview(",
    ]


def test_the_rule_sees_names_and_imports_inside_functions(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    (tmp_path / "measure").mkdir()
    module = tmp_path / "measure" / "layers.py"
    module.write_text(
        "from .. import theory, plots\n"
        "from ..words.numbers import short\n"
        "import initviz.widgets.quiz\n"
        "def f():\n    from ..papers import glorot\n    import matplotlib.pyplot\n"
    )
    rooms, libraries = imported(module)
    assert rooms == {"theory", "plots", "words", "widgets", "papers"}
    assert libraries == {"initviz", "matplotlib"}
    assert "words" not in allowed("measure")


def test_importing_initviz_loads_neither_plots_nor_widgets():
    code = "import sys, initviz; print(*sorted(m.split('.')[0] for m in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {"sklearn", "scipy", "pandas", "joblib", *PICTURES, *CONTROLS, *FRAMEWORKS}
    assert not heavy & set(loaded.stdout.split())


def test_the_command_line_starts_without_numpy():
    code = "import sys, initviz.__main__; print('numpy' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert loaded.stdout == "False\n"


def test_pandas_and_scikit_learn_are_loaded_by_whoever_needs_them():
    code = """
import sys
import initviz as iv

def loaded():
    print(*[name for name in ("pandas", "sklearn") if name in sys.modules], sep=",")

loaded()
small = iv.Experiment(epochs=10, restarts=2)
iv.explain(iv.train(small))
quick = {  # those that open with many networks; explore_width would do so on the digits
    "explore_trainability": {"epochs": 10, "restarts": 1},
    "explore_width": {"dataset": "moons", "epochs": 1, "restarts": 1},
}
for name in iv.widgets.CHAPTERS:
    getattr(iv, name)(**quick.get(name, {}))
iv.compare(small, small)
iv.predict("00.tiny")
iv.checkup(iv.init_network((2, 4, 1), output="identity"), [[0, 1], [1, 0]], [0.0, 1.0])
loaded()
iv.sweep(small, scale=[1])
loaded()
iv.DATASETS["circles"]
iv.DATASETS["digits"]
loaded()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split("\n") == ["", "", "pandas", "pandas,sklearn", ""], done.stderr


def test_it_imports_from_any_folder(tmp_path):
    code = "import initviz; initviz.explore; initviz.plots"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_every_public_name_exists_and_is_described():
    for name in iv.__all__:
        assert getattr(iv, name).__doc__, name
    with pytest.raises(AttributeError, match="no_such_name"):
        iv.__getattr__("no_such_name")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_have_short_cells_and_no_widget_state(path):
    assert path.stat().st_size < 1_000_000
    notebook = json.loads(path.read_text())
    assert "widgets" not in notebook["metadata"]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            lines = [line for line in cell["source"] if not line.startswith("# Folded:")]
            assert len(lines) <= 10, cell["source"]


def without_text(cells: list[dict]) -> list[str]:
    """The sources of the cells that show a picture without its text alternative."""
    outputs = [(cell, output) for cell in cells for output in cell.get("outputs", [])]
    return [
        "".join(cell["source"])
        for cell, output in outputs
        if "image/png" in output.get("data", {})
        and not output["metadata"].get("image/png", {}).get("alt", "").strip()
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_picture_in_a_notebook_has_a_text_alternative(path):
    assert without_text(json.loads(path.read_text())["cells"]) == []


@pytest.mark.parametrize(
    "metadata", [{}, {"image/png": {"width": 300}}, {"image/png": {"alt": ""}}]
)
def test_a_picture_without_a_text_is_found(metadata):
    picture = {"data": {"image/png": "iVBO"}, "metadata": metadata}
    cells = [{"source": ["plt.plot()"], "outputs": [picture]}, {"source": ["## Next"]}]
    assert without_text(cells) == ["plt.plot()"]
    picture["metadata"] = {"image/png": {"alt": "A line.", "width": 300}}
    assert without_text(cells) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_column_of_a_table_has_a_heading(path):
    """A screen reader names a cell by its column's heading."""
    for cell in json.loads(path.read_text())["cells"]:
        if cell["cell_type"] == "markdown":
            headings = re.findall(r"^(\|.*)\n\|:?-", "".join(cell["source"]), re.MULTILINE)
            assert all(re.search(r"\|\s*\|", heading) is None for heading in headings), headings


@pytest.mark.parametrize("path", NOTEBOOKS[:-1], ids=lambda p: p.stem)
def test_run_all_comes_back_to_the_top(path):
    """All but the test before and after, which is short."""
    cells = json.loads(path.read_text())["cells"]
    last = max(n for n, cell in enumerate(cells) if cell["cell_type"] == "code")
    assert "".join(cells[last]["source"]) == "iv.back_to_top()"
    assert last <= len(cells) - 3  # two cells below it: the very last is the one it looks for
