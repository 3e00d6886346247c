"""The quick part of the clinic: what needs no packages of strangers. All of it: ``make clinic``."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

classics, sick_starts, sick_losses, sequences, quick = (
    pytest.importorskip(f"clinic.{name}")  # without PyTorch
    for name in ("classics", "sick_starts", "sick_losses", "sequences", "quick")
)
WELL = [*classics.CASES, *sequences.CASES]
SICK = quick.first_of_each_kind([*sick_starts.SICK, *sick_losses.SICK])


@pytest.mark.parametrize("case", [*WELL, *SICK], ids=lambda case: case.name)
def test_what_is_healthy_is_not_alarmed_and_what_is_sick_is_named(case):
    assert not quick.complaint(case)


@pytest.mark.skipif(not find_spec("keras"), reason="needs Keras")
def test_keras_in_a_process_of_its_own():
    """Which backend it takes, the first import says."""
    tests = str(Path(__file__).parents[1])
    settings = {"KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1", "PYTHONPATH": tests}
    done = subprocess.run(
        [sys.executable, "-m", "clinic.quick"],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
