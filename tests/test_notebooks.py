"""Every notebook runs from top to bottom, and says again what it was saved with."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_says_again_what_it_was_saved_with(notebook):
    """nbval in strict mode: every stored output is compared."""
    options = [
        "--nbval",
        "--nbval-cell-timeout=60",
        "-p",
        "no:cacheprovider",
        "-q",
        "-c",
        os.devnull,
    ]
    command = [sys.executable, "-m", "pytest", *options, str(notebook)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=notebook.parent)
    assert result.returncode == 0, result.stdout
