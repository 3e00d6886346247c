"""What the README shows works as it stands there."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import initviz as iv

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
def names():
    """What the blocks may use; whatever scheme or data set they add is gone afterwards."""
    tables = iv.INITIALIZERS, iv.DATASETS._builders
    before = [dict(table) for table in tables]
    model = iv.init_network((1, 4, 1), output="identity")
    yield {"iv": iv, "X": [[0.0], [1.0]], "y": [0.5, 0.7], "model": model}
    for table, rows in zip(tables, before, strict=True):
        table.clear()
        table.update(rows)


def test_its_python_runs_and_the_new_scheme_and_data_set_are_in_the_explorer(names):
    assert len(BLOCKS) == 6
    for block in BLOCKS:
        exec(block, names)
    assert names["run"].dataset.name == "mine"
    assert names["report"].layers[0].shape == (4, 1)
    assert len(names["table"]) == 2 * 2 * 2 * 4
    explorer = iv.explore(initializer="fifths", dataset="line", epochs=10, restarts=2)
    assert explorer.run.finished
    np.testing.assert_allclose(abs(explorer.run.network_at(0).weights[0]), 0.2)


def test_its_links_lead_somewhere_and_its_pictures_exist():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    pictures = re.findall(r'src="([^"]+)"', README)
    drawn = [path for path in NOTEBOOKS if "image/png" in path.read_text()]
    assert len(pictures) == len(drawn) >= 10
    for target in (*links, *pictures):
        assert (ROOT / target).exists(), target


def test_its_contents_name_every_notebook_with_its_own_title():
    for notebook in NOTEBOOKS:
        title = "".join(json.loads(notebook.read_text())["cells"][0]["source"]).split("\n")[0]
        assert (
            f"**{notebook.name[:2]} [{title.removeprefix('# ')}](notebooks/{notebook.name})**"
            in README
        )
