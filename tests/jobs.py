"""Jobs that leave a trace, for ``test_laboratory.py`` and ``test_workers.py``.

They run in processes of their own, each of which imports this module, and so little else.
"""

import os
import time
from pathlib import Path

import numpy as np


def number(seed, diary, dangerous=False):
    if dangerous and os.path.exists(f"{diary}/danger"):
        raise RuntimeError("stopped half way")
    with open(f"{diary}/{seed}", "a") as trace:
        trace.write("x")
    return {"number": float(np.random.default_rng(seed).normal())}


def number_or_danger(seed, diary, dangerous, notes):
    """The dangerous one waits until all others are written down."""
    while dangerous and len(list(Path(notes).glob("*.json"))) < 3:
        time.sleep(0.01)
    return number(seed, diary, dangerous)


def total(diary, numbers):
    """For ``test_workers.py``: a process dies of 13, and of the first 31, and 7 is refused."""
    if 13 in numbers or (31 in numbers and not os.path.exists(f"{diary}/31")):
        Path(diary, "31").touch()
        os._exit(1)
    if 7 in numbers:
        print("this is where a result is expected")
        raise ValueError("seven is refused")
    return sum(numbers)


def beat(diary, name):
    """Show for a minute that this process lives."""
    for _ in range(600):
        with open(f"{diary}/{name}", "a") as trace:
            trace.write("x")
        time.sleep(0.1)
