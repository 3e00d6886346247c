"""An explorer in a process that has as little as a browser's kernel has, and no more is touched."""

import subprocess
import sys

# What does not exist there, or fails. What others ask for when they are imported is their own
# matter: Pyodide has them changed.
WITHOUT = """
import multiprocessing.process
import os
import socket
import subprocess
import sys
import threading
from types import ModuleType

import ipywidgets
import matplotlib.font_manager
import scipy.special

def fails(*_, **__):
    raise OSError("there is no such thing in a browser")

for module in ("_multiprocessing", "_posixshmem", "numba"):
    sys.modules[module] = None
for module in ("fcntl", "resource", "termios"):  # JupyterLite has them, with nothing in them
    sys.modules[module] = ModuleType(module)
for name in [n for n in dir(os) if n.startswith(("fork", "posix_spawn", "sched_", "wait"))]:
    delattr(os, name)
os.cpu_count = lambda: None
subprocess.Popen = socket.socket = threading.Thread.start = fails
multiprocessing.process.BaseProcess.start = fails

sys.platform = "emscripten"
"""

EXPLORES = """
import initviz as iv
from initviz.networks.memory import free_bytes

assert free_bytes() > 0
explorer = iv.explore(epochs=30, restarts=4)
before = explorer.run.losses
explorer.controls.widgets["scale"].value = 0.01
assert explorer.run.finished and explorer.run.loop == "plain"
assert (explorer.run.losses != before).any()
"""


def test_importing_and_exploring_touch_nothing_that_a_browser_does_not_have():
    command = [sys.executable, "-c", WITHOUT + EXPLORES]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
