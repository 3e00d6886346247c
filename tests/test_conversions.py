"""What other tools make of the notebooks: pages, slides, a run without a front end."""

import re
from itertools import groupby
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

nbconvert = pytest.importorskip("nbconvert")
pytestmark = pytest.mark.fronts

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
FOLD = re.compile(r"<details.*?</details>", re.DOTALL)
# docs/teaching.md says how to ask for it on the command line.
HANDOUT = Config({"TagRemovePreprocessor": {"enabled": True, "remove_input_tags": {"hide-input"}}})


@pytest.mark.parametrize("exporter", [nbconvert.HTMLExporter, nbconvert.SlidesExporter])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_pages_and_slides_keep_pictures_and_fold_answers(path, exporter):
    page, _ = exporter(config=HANDOUT).from_filename(str(path))
    cells = nbformat.read(path, 4).cells
    shown = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    pictures = sum("image/png" in data for data in shown)
    folded = sum("".join(data.get("text/html", "")).count("data:image/png") for data in shown)
    assert page.count('src="data:image/png;base64,') == pictures + folded
    assert "<details open" not in page
    in_sight = FOLD.sub("", page)
    assert in_sight.count('src="data:image/png;base64,') == pictures
    assert "# Folded:" not in in_sight


@pytest.mark.parametrize("name", ["00_start_here", "03_scale_and_saturation"])
def test_papermill_runs_a_notebook_and_its_checks_stay_folded(name, tmp_path):
    papermill = pytest.importorskip("papermill")
    (path,) = (path for path in NOTEBOOKS if path.stem == name)
    papermill.execute_notebook(path, tmp_path / "run.ipynb", cwd=tmp_path, progress_bar=False)
    saved, run = (nbformat.read(p, 4).cells for p in (path, tmp_path / "run.ipynb"))
    for before, after in zip(saved, run, strict=True):
        assert kinds(before) == kinds(after), after.source


def kinds(cell):
    """Of its outputs, in order; what is printed may come in any number of parts."""
    return [kind for kind, _ in groupby(o.output_type for o in cell.get("outputs", []))]
