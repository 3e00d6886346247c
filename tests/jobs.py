"""Jobs of a fake result that leave a trace, for ``test_laboratory.py``.

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
