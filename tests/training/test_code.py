"""The digest of an initializer: as it was where nothing changed, another where anything did."""

import re
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


def elsewhere(cell, seed):
    """The digest of what a cell defines in another process."""
    code = f"from initviz.training.code import digest\n{cell}\nprint(digest(own))"
    env = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=env, capture_output=True, text=True, check=True
    ).stdout.split()


def test_it_is_the_same_in_another_process():
    """Where sets have another order, and objects other addresses."""
    assert elsewhere(CELL, "1") == elsewhere(CELL, "2") == [digest(defined())]


def test_the_packages_own_are_known_by_their_names_and_its_version(monkeypatch):
    functions = {*iv.INITIALIZERS.values()}
    before = {digest(function) for function in functions}
    assert len(before) == len(functions)
    monkeypatch.setattr("initviz.networks.initializers.sqrt", abs)
    assert {digest(function) for function in functions} == before


def test_functions_that_call_each_other_and_locks_which_decide_nothing():
    cell = "import threading\nlock = threading.Lock()\ndef own(n):\n    return other(n, lock)\n"
    cell += "def other(n, lock):\n    return own(n - 1)\n"
    assert digest(defined(cell)) == digest(defined(cell))
    assert digest(defined(cell)) != digest(defined(cell.replace("- 1", "- 2")))


@pytest.mark.parametrize(
    "held",
    [
        "(x for x in [1])",
        "{x for x in [(x for x in [1])]}",
        "__import__('numpy').frompyfunc(lambda x: x, 1, 1)",
        "__import__('weakref').ref(helper)",
    ],
)
def test_of_what_cannot_be_looked_into_there_is_no_digest(held):
    cell = f"def helper(): pass\nheld = {held}\ndef own(rng, shape):\n    return held"
    assert digest(defined(cell)) is None


@pytest.mark.parametrize(
    "found",
    [
        "eval('helper')",
        "globals()['helper']",
        "__import__('myhelp')",
        "__import__('importlib').import_module('myhelp')",
        "(lambda: globals())()",
    ],
)
def test_of_what_is_found_by_a_name_that_only_running_tells_there_is_no_digest(found):
    assert digest(defined(f"def own(rng, shape):\n    return {found}")) is None


def test_a_method_that_is_called_eval_is_no_such_thing():
    assert digest(defined("def own(rng, shape):\n    return rng.eval()")) is not None


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


WAYS = {
    "property": """
class Draw:
    @property
    def size(self):
        return 1
    def __call__(self, rng, shape):
        return self.size * rng.normal(size=shape)
own = Draw()
""",
    "cached property": """
from functools import cached_property
class Draw:
    @cached_property
    def size(self):
        return 1
    def __call__(self, rng, shape):
        return self.size * rng.normal(size=shape)
own = Draw()
""",
    "slots": """
from dataclasses import dataclass
@dataclass(slots=True)
class Draw:
    width: float | None = 2.0
    def __call__(self, rng, shape):
        return 1 * rng.normal(size=shape)
own = Draw()
""",
    "a slot": """
class Draw:
    __slots__ = ("size",)
    def __call__(self, rng, shape):
        return self.size * rng.normal(size=shape)
own = Draw()
own.size = 1
""",
    "abstract": """
from abc import ABC, abstractmethod
class Base(ABC):
    @abstractmethod
    def __call__(self, rng, shape): ...
class Draw(Base):
    def __call__(self, rng, shape):
        return 1 * rng.normal(size=shape)
own = Draw()
""",
    "an enumeration": """
from enum import Enum
class Size(Enum):
    SMALL = 1
own = lambda rng, shape: Size.SMALL.value * rng.normal(size=shape)
""",
    "vectorized": """
import numpy as np
size = np.vectorize(lambda x: 1 * x)
own = lambda rng, shape: size(rng.normal(size=shape))
""",
    "a namespace": """
from types import SimpleNamespace
held = SimpleNamespace(size=lambda: 1)
own = lambda rng, shape: held.size() * rng.normal(size=shape)
""",
    "a set": """
held = {lambda: 1, len, max}
own = lambda rng, shape: [f() for f in held] * rng.normal(size=shape)
""",
    "a dict": """
held = {len: lambda: 1, "size": 2}
own = lambda rng, shape: held[len]() * rng.normal(size=shape)
""",
    "an attribute": """
def helper():
    return helper.size
helper.size = 1
own = lambda rng, shape: helper() * rng.normal(size=shape)
""",
    "cache": """
from functools import lru_cache
@lru_cache(maxsize=7)
def helper(n):
    return 1 if n else helper(n - 2)
own = lambda rng, shape: helper(3) * rng.normal(size=shape)
""",
    "ours by its name": """
from functools import wraps
from initviz.networks.initializers import glorot_normal
@wraps(glorot_normal)
def own(rng, shape, scale=2.0):
    return 1 * rng.normal(size=shape)
""",
    "ours under another name": """
from initviz.networks.initializers import variance_scaling as helper
own = lambda rng, shape: helper(rng, shape, variance=1)
""",
    "an array": """
import numpy as np
size = np.array([1])
own = lambda rng, shape: size * rng.normal(size=shape)
""",
    "in an exception": """
def own(rng, shape):
    try:
        return size
    except NameError:
        return 1 * rng.normal(size=shape)
""",
}


@pytest.mark.parametrize("cell", WAYS.values(), ids=WAYS)
def test_an_edit_is_seen_in_whatever_holds_it(cell):
    wrap = iv.initializers.initializer if "@wraps" in cell else lambda f: f
    first = digest(defined(cell, wrap))
    edited = defined(re.sub(r"\b1\b", "5", cell), wrap)
    assert len({first, digest(edited), None}) == 3
    assert digest(defined("\n" + cell, wrap)) == first


@pytest.mark.parametrize("cell", WAYS.values(), ids=WAYS)
def test_it_is_the_same_in_another_process_whatever_holds_it(cell):
    assert elsewhere(cell, "1") == elsewhere(cell, "2") == [digest(defined(cell))]


def test_a_generic_function_is_never_taken_for_what_it_was():
    cell = "from functools import singledispatch\n@singledispatch\ndef helper(x):\n    return 1\n"
    cell += "@helper.register\ndef _(x: int):\n    return 2\n"
    cell += "def own(rng, shape):\n    return helper(shape)"
    before = digest(defined(cell))
    for old, new in (("1", "5"), ("2", "6")):
        assert before is None or digest(defined(cell.replace(old, new))) != before


@pytest.mark.parametrize(
    "cell",
    [
        "import myhelp\nown = lambda rng, shape: myhelp.draw(rng, shape)",
        "import myhelp\nown = lambda rng, shape: getattr(myhelp, 'dr' + 'aw')(rng, shape)",
        "from myhelp import draw\nown = lambda rng, shape: draw(rng, shape)",
        "from myhelp import Draw\nown = Draw()",
        "from myhelp import draw as own",
        "def own(rng, shape):\n    import myhelp\n    return myhelp.draw(rng, shape)",
        "def own(*a):\n    def f():\n        from myhelp import draw\n        draw(*a)\n    f()",
    ],
)
def test_an_edit_is_seen_in_a_module_of_the_users(cell, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    text = "import numpy as np\ndef size():\n    return 1\n"
    text += "def draw(rng, shape):\n    return size() * rng.normal(size=shape)\n"
    text += "class Draw:\n    def __call__(self, *args):\n        return draw(*args)\n"
    found = []
    for factor in ("1", "1", "5"):
        (tmp_path / "myhelp.py").write_text(text.replace("1", factor))
        monkeypatch.delitem(sys.modules, "myhelp", raising=False)
        found.append(digest(defined(cell)))
    assert found[0] == found[1] != found[2]
    assert None not in found


@pytest.mark.parametrize(
    ("file", "cell"),
    [
        ("mylib/part.py", "def own(*a):\n    from mylib import part\n    return part.draw(*a)"),
        ("mylib/__init__.py", "def own(*a):\n    import mylib.bare\n    return mylib.draw(*a)"),
        ("mylib/random.py", "from mylib.near import own"),
        ("colorsys.py", "import colorsys\ndef own(*a):\n    return colorsys.draw(*a)"),
        ("my-packages/inside.py", "from inside import draw as own"),
    ],
)
def test_an_edit_is_seen_wherever_a_module_of_the_users_is(file, cell, tmp_path, monkeypatch):
    """In a package or a folder of any name, also of one of Python's own, imported in any way."""
    (tmp_path / "mylib").mkdir()
    for name in ("__init__", "bare", "near"):
        (tmp_path / f"mylib/{name}.py").touch()
    near = "def own(*a):\n    from .random import draw\n    return draw(*a)\n"
    (tmp_path / "mylib/near.py").write_text(near)
    (tmp_path / "my-packages").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "my-packages")
    found = []
    for factor in ("1", "1", "5"):
        (tmp_path / file).write_text(f"def draw(*a):\n    return {factor}\n")
        for name in sys.modules.copy():
            if name.partition(".")[0] in ("mylib", "colorsys", "inside"):
                monkeypatch.delitem(sys.modules, name)
        found.append(digest(defined(cell)))
    assert found[0] == found[1] != found[2]
    assert None not in found


@pytest.mark.parametrize("text", ["__hidden = {}", "def __getattr__(name):\n    return {}"])
def test_an_edit_is_seen_of_what_a_module_hides(text, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    found = []
    for value in (1, 1, 5):
        (tmp_path / "myhelp.py").write_text(text.format(value))
        monkeypatch.delitem(sys.modules, "myhelp", raising=False)
        found.append(digest(defined("import myhelp\ndef own(*a):\n    return myhelp.__hidden")))
    assert found[0] == found[1] != found[2]
    assert None not in found
