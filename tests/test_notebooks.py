"""Every notebook runs from top to bottom, and says again what it was saved with."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

# What a notebook prints where PyTorch is missing, and the first heading that can do without it.
WITHOUT_PYTORCH = {
    "08": """\
This section needs PyTorch: pip install torch, and restart the kernel.
All the others run without it.
""",
    "13": """\
This notebook needs PyTorch: pip install torch, and restart the kernel.
""",
}
ENDS = {"08": "## 3.", "13": "## Exercises"}
PICTURES = Path(__file__).with_name("nbval.cfg")  # which may differ, those behind a fold as well
NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


# Half of nbval's start goes into plugins that do nothing here, and into a grammar with which
# jsonschema could tell international addresses from other text. No notebook has one to check, and
# where that module cannot be imported jsonschema does without.
START = "import sys; sys.modules['rfc3987_syntax'] = None; import pytest; sys.exit(pytest.main())"


def nbval(notebook, folder, **environment):
    """Run it in strict mode: every stored output is compared."""
    options = [
        "-p",
        "nbval.plugin",
        "--nbval",
        "--nbval-cell-timeout=60",
        f"--nbval-sanitize-with={PICTURES}",
        "-p",
        "no:cacheprovider",
        "-q",
        "-c",
        os.devnull,
    ]
    command = [sys.executable, "-c", START, *options, str(notebook)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_says_again_what_it_was_saved_with(notebook):
    result = nbval(notebook, notebook.parent)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebooks_links_lead_to_files_that_are_there(notebook):
    cells = nbformat.read(notebook, 4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [link for link in linked if not (notebook.parent / link).exists()] == []


@pytest.mark.once  # none of the platforms' sets has PyTorch
@pytest.mark.parametrize("number", WITHOUT_PYTORCH)
def test_without_pytorch_a_notebook_says_how_to_get_it_and_passes(number, tmp_path):
    (path,) = (path for path in NOTEBOOKS if path.stem.startswith(number))
    notebook = nbformat.read(path, 4)
    titles = [cell.source.startswith(ENDS[number]) for cell in notebook.cells]
    notebook.cells = notebook.cells[: titles.index(True)]
    asked = next(cell for cell in notebook.cells if "import torch" in cell.source)
    asked.metadata["tags"] = []  # what this one says is compared here
    asked.source = asked.source.removeprefix("# Folded: the measurement.\n")
    asked.outputs = [nbformat.v4.new_output("stream", text=WITHOUT_PYTORCH[number])]
    nbformat.write(notebook, tmp_path / "section.ipynb")
    (tmp_path / "torch.py").write_text("raise ImportError")
    before = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    result = nbval("section.ipynb", tmp_path, PYTHONPATH=before)
    assert result.returncode == 0, result.stdout
