"""Check-ups of Keras models, on every backend that is installed.

Keras takes its backend once a process, and takes seconds to import: the tests are in
``keras_*.py``, and each backend has a process of its own for them. Those with "every_backend" in
their names try what the backends do differently. By hand:
``KERAS_BACKEND=torch pytest tests/checkups/keras_*.py``.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

BACKENDS = [
    name for name in ("torch", "jax", "tensorflow") if find_spec("keras") and find_spec(name)
]
TESTS = sorted(map(str, Path(__file__).parent.glob("keras_*.py")))


@pytest.mark.parametrize("backend", BACKENDS)
def test_check_ups_of_keras_models_on(backend):
    """All that can be told on one backend is told on the first one only."""
    only = [] if backend == BACKENDS[0] else ["-k", "every_backend"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, *only]
    settings = {
        "KERAS_BACKEND": backend,
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # most of JAX' time goes into compiling
        "XLA_FLAGS": "--xla_backend_optimization_level=0",
    }
    done = subprocess.run(
        command, env=os.environ | settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
