"""The digest of an initializer: as it was where nothing changed, another where anything did."""

import subprocess
import sys
from types import FunctionType

import numpy as np
import pytest

import initviz as iv
from initviz.training.code import digest

CELL = """
STD = 0.5
TABLE = {"a": [1, 2]}
def helper(x):
    return x * 2
def outer(power):
    def own(rng, shape, scale=1.0, *, bound=3):
        inner = lambda x: helper(x) ** power
        return inner(rng.normal(size=shape)) * STD * scale if TABLE and "a" in {"a", "b"} else 0
    return own
own = outer(2)
"""


def defined(cell=CELL, wrap=lambda f: f):
    """What a cell defines, as a notebook has it."""
    names = {"__name__": "__main__"}
    exec(compile(cell, f"<cell {id(names)}>", "exec"), names)
    return wrap(names["own"])


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    monkeypatch.setattr("initviz.networks.initializers.INITIALIZERS", dict(iv.INITIALIZERS))


@pytest.mark.parametrize(
    "wrap", [lambda f: f, iv.initializers.initializer], ids=["bare", "entered"]
)
class TestDigest:
    def test_the_same_code_run_again_is_the_same_wherever_it_stands(self, wrap):
        assert digest(defined(wrap=wrap)) == digest(defined("\n\n" + CELL, wrap=wrap))

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("** power", "// power"),
            ("outer(2)", "outer(3)"),
            ("x * 2", "x * 3"),
            ("STD = 0.5", "STD = 0.6"),
            ("[1, 2]", "[1, 3]"),
            ("scale=1.0", "scale=2.0"),
            ("bound=3", "bound=4"),
            ("bound", "activation"),
            ("normal", "uniform"),
            ('"b"', '"c"'),
            ("* scale if", "* 2 * scale if"),
        ],
    )
    def test_any_edit_is_seen(self, wrap, old, new):
        edited = CELL.replace(old, new)
        assert edited != CELL
        assert digest(defined(wrap=wrap)) != digest(defined(edited, wrap=wrap))


def test_it_is_the_same_in_another_process():
    """Where sets have another order, and objects other addresses."""
    code = f"from initviz.training.code import digest\n{CELL}\nprint(digest(own))"
    found = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert found[0] == found[1] == digest(defined())


def test_the_packages_own_are_known_by_its_version():
    assert {digest(function) for function in iv.INITIALIZERS.values()} == {""}


def test_functions_that_call_each_other_and_values_that_cannot_be_pickled():
    cell = "import threading\nlock = threading.Lock()\ndef own(n):\n    return other(n, lock)\n"
    cell += "def other(n, lock):\n    return own(n - 1)\n"
    assert digest(defined(cell)) == digest(defined(cell))
    assert digest(defined(cell)) != digest(defined(cell.replace("- 1", "- 2")))


def test_a_callable_that_is_no_function():
    assert isinstance(defined(), FunctionType)
    parts = [np.vectorize(abs, otypes=[kind]) for kind in ("f", "d", "d")]
    assert digest(parts[0]) != digest(parts[1]) == digest(parts[2])


OBJECT = """
from functools import cache, partial
class Base:
    FACTOR = 2
    @staticmethod
    def half(x):
        return x / 2
class Draw(Base):
    def __init__(self, std):
        self.std = std
    def __call__(self, rng, shape, scale=1.0):
        return self.half(rng.normal(size=shape)) * self.std
    method = __call__
@cache
def kept(x):
    return x + 1
def drawn(rng, shape, scale=1.0, *, power=1):
    return rng.normal(size=shape) ** power
TABLE = {"first": [drawn, kept]}
"""
CALLED = ["Draw(3)", "Draw(3).method", "partial(drawn, power=4)"]
CALLED += ["lambda rng, shape: TABLE['first'][0](rng, shape)", "lambda rng, shape: kept(1)"]


@pytest.mark.parametrize(
    ("own", "old", "new"),
    [
        (CALLED[0], "Draw(3)", "Draw(4)"),
        (CALLED[0], "* self.std", "/ self.std"),
        (CALLED[0], "x / 2", "x / 3"),
        (CALLED[0], "FACTOR = 2", "FACTOR = 3"),
        (CALLED[1], "Draw(3)", "Draw(4)"),
        (CALLED[1], "* self.std", "/ self.std"),
        (CALLED[2], "power=4", "power=5"),
        (CALLED[2], "** power", "// power"),
        (CALLED[3], "** power", "// power"),
        (CALLED[4], "x + 1", "x + 2"),
    ],
)
def test_objects_methods_and_parts_of_functions_are_known_by_their_code(own, old, new):
    cell = f"{OBJECT}own = {own}\n"
    edited = cell.replace(old, new)
    assert edited != cell
    assert digest(defined(cell)) == digest(defined(f"\n\n{cell}"))
    assert digest(defined(cell)) != digest(defined(edited))
