"""Whatever somebody puts in whatever argument: an answer, or one sentence that names the argument.

Every public name is taken from ``initviz/__init__.pyi``, and its arguments from its signature. A
new argument has to be given a value below that is right; the others then follow.
"""

import ast
import inspect
import random
import re
import types
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count, islice
from math import inf, nan
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy.sparse import csr_matrix

import initviz as iv
from initviz.errors import SENTENCE


class BadRepr:
    def __repr__(self):
        raise RuntimeError("no picture of me")


class LongRepr:
    def __repr__(self):
        return "y\n" * 10**5


class BadLength(list):
    def __len__(self):
        raise RuntimeError("no length")


class BadArray:
    def __array__(self, *_, **__):
        raise RuntimeError("no numbers")


class Endless:
    def __len__(self):
        return 3

    def __getitem__(self, place):
        return 0.0


def raises(*_, **__):
    raise RuntimeError("it does not work")


def selfish():
    values: list = []
    values.append(values)
    return values


def deep():
    values: list = []
    for _ in range(3000):
        values = [values]
    return values


# What no argument can be, unless it takes anything at all.
NEVER = {
    "complex": lambda: 1j,
    "complex array": lambda: np.ones((3, 2)) * 1j,
    "a date": lambda: date(2026, 1, 1),
    "dates": lambda: np.array(["2026-01-01"] * 2, "M8[D]"),
    "a span": lambda: np.timedelta64(3, "ns"),
    "a time": lambda: timedelta(1),
    "masked": lambda: np.ma.masked_array(np.ones((3, 2)), np.eye(3, 2, dtype=bool)),
    "one masked": lambda: np.ma.masked,
    "words": lambda: np.array(["a", "1"]),
    "objects": lambda: np.array([None, {}], object),
    "ragged": lambda: [[1, 2], [3]],
    "None in a list": lambda: [None],
    "a signalling NaN": lambda: Decimal("sNaN"),
    "1e4000": lambda: np.longdouble("1e4000"),
    "10^12 x 10^12": lambda: np.broadcast_to(1.0, (10**6, 10**6)),
    "a set": lambda: {1.5, 2.5},
    "names in a set": lambda: {"x", "y"},
    "structured": lambda: np.zeros(2, [("a", float), ("b", int)]),
    "sparse": lambda: csr_matrix(np.eye(3, 2)),
    "NA": lambda: pd.NA,
    "NaT": lambda: pd.NaT,
    "words of pandas": lambda: pd.Series(["a", "b"]),
    "a generator": lambda: (n for n in (1, 2)),
    "count": count,
    "endless": Endless,
    "no numbers": BadArray,
    "no picture": BadRepr,
    "a long picture": LongRepr,
    "selfish": selfish,
    "deep": deep,
    "an error": lambda: ValueError("x"),
    "a module": lambda: re,
    "...": lambda: ...,
    "bytes": lambda: b"x",
    "a bytearray": lambda: bytearray(b"xy"),
}
OTHERS = {
    "no length": lambda: BadLength([1, 2]),
    "a mock": MagicMock,
    "None": lambda: None,
    "True": lambda: True,
    "False": lambda: np.False_,
    "0": lambda: 0,
    "-1": lambda: -1,
    "-0.0": lambda: -0.0,
    "10^5000": lambda: 10**5000,
    "-10^5000": lambda: -(10**5000),
    "2^64": lambda: 2**64,
    "10^18": lambda: 10**18,
    "NaN": lambda: nan,
    "inf": lambda: inf,
    "1e308": lambda: 1e308,
    "1e-320": lambda: 1e-320,
    "a fraction": lambda: Fraction(1, 3),
    "a large fraction": lambda: Fraction(10**500, 3),
    "a decimal": lambda: Decimal("0.5"),
    "float16": lambda: np.float16(0.5),
    "uint64": lambda: np.uint64(2**64 - 1),
    "''": lambda: "",
    "'1'": lambda: "1",
    "'\\0'": lambda: "\0",
    "a million letters": lambda: "x" * 10**6,
    "half a letter": lambda: "\ud800",
    "{}": dict,
    "a dict": lambda: {"a": 1},
    "range": lambda: range(10**12),
    "a memoryview": lambda: np.arange(4.0).data,
    "0-d": lambda: np.array(3.0),
    "(0, 2)": lambda: np.zeros((0, 2)),
    "NaNs": lambda: np.full((3, 2), nan),
    "a table": lambda: pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}),
    "a function that raises": lambda: raises,
    "a class": lambda: BadRepr,
    "a file": lambda: Path("/nowhere/x"),
}
SHELF = NEVER | OTHERS

FEW = iv.Experiment(hidden_layers=(4, 4), epochs=2, restarts=2)
X, Y = np.random.default_rng(0).normal(size=(6, 2)), np.arange(6) % 2
NETWORK = iv.init_network((2, 4, 4, 1), restarts=2)
RUN = iv.train(FEW, loop="plain")
THREE = {"scale": [0.5, 1.0], "seed": [0, 1]}
CHAPTERS = [name for name in iv.widgets.CHAPTERS if name != "explore_sweep"]


def sweep(**given):
    return iv.sweep(**{"n_jobs": 1, "progress": False} | given)


def explorer(chapter):
    """Opened on what it opens on; with nothing but bad arguments it never opens."""

    def opened(experiment=chapter.start, controls=None, views=None, scale=None):
        chosen = {} if scale is None else {"scale": scale}
        return chapter(experiment, controls=controls, views=views, **chosen)

    return opened


def all_of(stream):
    return lambda **given: list(islice(stream(**given), 1))


# What is called instead of a name: as quick, and itself the whole of it.
CALLED = {
    "sweep": sweep,
    "stream": all_of(iv.stream),
    "progress": all_of(iv.progress),
    "stream_trainability": all_of(iv.stream_trainability),
    "Network": lambda **given: iv.forward(iv.Network(**given), X),
    "coordinate_check": lambda **given: iv.coordinate_check(**given),
    **{name: explorer(getattr(iv, name)) for name in CHAPTERS},
}
MORE = {  # of what a name offers, methods and functions of a room
    "Experiment.from_json": iv.Experiment.from_json,
    "Network.restart": NETWORK.restart,
    "Network.each_array": NETWORK.each_array,
    "Run.snapshot_at": RUN.snapshot_at,
    "Run.network_at": RUN.network_at,
    "Run.epochs_to": RUN.epochs_to,
    "Run.plot": RUN.plot,
    "plots.dots": iv.plots.dots,
    "plots.matrix": iv.plots.matrix,
    "plots.overview": iv.plots.overview,
    "plots.picture": iv.plots.picture,
    "plots.heat_map": iv.plots.sweeps.heat_map,
    "datasets.as_dataset": iv.datasets.as_dataset,
}


def own_functions(module, kinds=types.FunctionType):
    return {name: f for name, f in vars(module).items() if isinstance(f, kinds) and name[0] != "_"}


for name, function in own_functions(iv.theory).items():
    if function.__module__ in ("initviz.measure.theory", "initviz.measure.blocks"):
        MORE[f"theory.{name}"] = function
for name in iv.INITIALIZERS:
    MORE[f"initializers.{name}"] = inspect.unwrap(iv.INITIALIZERS[name])
    CALLED[f"initializers.{name}"] = iv.INITIALIZERS[name]

# A value for each argument that is right.
RIGHT = {
    "network": NETWORK,
    "X": X,
    "y": Y,
    "x": X[0],
    "other": X[1],
    "loss": "binary_cross_entropy",
    "run": RUN,
    "pinned": None,
    "epoch": 1,
    "experiment": FEW,
    "base": FEW,
    "data": None,
    "seconds": 0.0,
    "loop": "plain",
    "progress": False,
    "over": {"scale": [1.0]},
    "n_jobs": 1,
    "cache": None,
    "items": [1, 2],
    "layers": (2, 4, 1),
    "activation": "tanh",
    "initializer": "normal",
    "scale": 1.0,
    "bias": 0.0,
    "restarts": 2,
    "seed": 0,
    "dtype": "float64",
    "output": "sigmoid",
    "noise": 0.1,
    "bias_std": 0.1,
    "norm": "none",
    "skip": False,
    "alpha": 0.5,
    "mean": 0.0,
    "square": 1.0,
    "cosine": 0.5,
    "gains": (),
    "shifts": (),
    "alphas": (),
    "optimizer": "sgd",
    "warmup": 3,
    "parametrization": "standard",
    "layer": 1,
    "depth": 2,
    "width": 16,
    "first": 0,
    "tolerance": 0.1,
    "max_tries": 2,
    "threshold": 0.1,
    "weights": NETWORK.weights,
    "biases": NETWORK.biases,
    "r": 0,
    "change": lambda array: array,
    "name": "mine",
    "task": "binary",
    "X_test": X,
    "y_test": Y,
    "dataset": "moons",
    "hidden_layers": (4,),
    "learning_rate": 0.1,
    "momentum": 0.1,
    "batch_size": 3,
    "epochs": 2,
    "text": '{"epochs": 3}',
    "hits": [True, False],
    "values": [1.0, 2.0],
    "confidence": 0.9,
    "low": 0.0,
    "value": 0.5,
    "high": 1.0,
    "model": NETWORK,
    "mend": True,
    "steps": 0,
    "answer": 1,
    "expected": 1,
    "hint": "",
    "question": "00.tiny",
    "picture": None,
    "alt": "a picture",
    "file": "answers.csv",
    "a": FEW,
    "b": FEW,
    "explorer": iv.explore,
    "controls": None,
    "views": None,
    "frame": None,
    "axes": Figure().add_subplot(),
    "intervals": {"a": iv.Interval(0.0, 0.5, 1.0)},
    "colors": None,
    "rows": ["a"],
    "columns": ["b"],
    "scene": iv.plots.Overview,
    "across": "scale",
    "down": "seed",
    "shown": "learnt",
    "q": 1.0,
    "c": 0.5,
    "sigma_w": 1.2,
    "sigma_b": 0.1,
    "start": 1.0,
    "rng": np.random.default_rng(0),
    "shape": (3, 4),
    "variance": 1.0,
    "mode": "fan_in",
    "distribution": "normal",
    "sparsity": 0.5,
    "std": 0.1,
}
RIGHT_HERE = {
    "gradients": {"loss": "squared_error"},
    "match_units": {"other": NETWORK},
    "barrier": {"other": NETWORK},
    "movement": {"start": NETWORK},
    "Experiment": {"loss": "squared_error", "initializer": "normal"},
    "Run.epochs_to": {"loss": 0.1},
    "train": {"network": None, "y": None},
    "stream": {"network": None, "y": None},
    "reflect": {"question": "00.equal"},
    "plots.matrix": {"values": [[0.5]], "text": "{:.0%}"},
    "theory.propagate": {"layers": 3},
    "theory.propagate_blocks": {"blocks": 3},
    "theory.siren_variances": {"layers": 3, "features": 2},
    "theory.norm_chi": {"norm": "batch"},
    "datasets.as_dataset": {"name": "mine"},
}
# What these take is not looked at here: made by a program, or of PyTorch, or anything at all.
LEFT_OUT = {
    "Run": "only training makes one",
    "Interval": "a tuple of any three values",
    "coordinate_check": "tests/checkups/test_coordinates.py has its own",
    "back_to_top": "takes nothing",
}
TABLES = ("ACTIVATIONS", "DATASETS", "INITIALIZERS", "LOSSES")
ROOMS = ("datasets", "initializers", "plots", "theory", "widgets")
ANYTHING = {"answer", "expected", "hint", "items", "rows", "columns"}
ALLOWED = {("seconds", "1e4000")}  # which may be infinite
SWITCHES = {"progress", "mend", "skip"}  # and no other argument is True
# Sentences speak of an item, or of what it is beside.
ALSO_CALLED = {
    "controls": ["control"],
    "views": ["view"],
    "X": ["y"],
    "layers": ["layer"],
    "y": ["X"],
    "data": ["X", "y"],
    "X_test": ["y_test"],
    "rows": ["values"],
    "columns": ["values"],
    "change": ["weights"],
    "restarts": ["over"],
    "hidden_layers": ["initializer", "bias"],
    "experiment": ["dataset"],
    "sigma_b": ["sigma_w"],
    "scale": ["setting"],
    "question": ["name"],
}


def public_names():
    tree = ast.parse(Path(iv.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return [str(alias.asname) for node in imports for alias in node.names]


def places():
    """(name, argument) of all that is tried here."""
    named = {n: getattr(iv, n) for n in public_names() if n not in (*LEFT_OUT, *TABLES, *ROOMS)}
    for name, function in (named | MORE).items():
        asked = CALLED[name] if name in CHAPTERS else function
        for argument, kind in inspect.signature(asked).parameters.items():
            if kind.kind not in (kind.VAR_KEYWORD, kind.VAR_POSITIONAL):
                yield name, argument, CALLED.get(name, function)


PLACES = list(places())


@pytest.fixture(scope="module")
def table():
    return sweep(base=FEW, over=THREE)


@pytest.mark.parametrize(
    ("name", "argument", "call"), PLACES, ids=[f"{n}-{a}" for n, a, _ in PLACES]
)
def test_an_answer_or_one_sentence_that_names_the_argument(
    name, argument, call, table, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    right = RIGHT | {"frame": table, "picture": Figure()} | RIGHT_HERE.get(name, {})
    if name == "predict":
        right["picture"] = None
    assert argument in right, f"say in RIGHT what would do for {argument}"
    others = [] if name in CHAPTERS else [a for n, a, _ in PLACES if n == name]
    given = {a: right[a] for a in others}
    names = [argument, *ALSO_CALLED.get(argument, ())]
    for kind in chosen(name, argument):
        try:
            call(**given | {argument: SHELF[kind]()})
        except (ValueError, TypeError) as error:
            said = str(error)
            assert len(said) <= SENTENCE + 20, f"{kind}: {said}"
            assert len(said.splitlines()) == 1, f"{kind}: {said}"
            assert re.match(rf"({'|'.join(names)})\b", said), f"{kind}: {said}"
        else:
            assert kind != "True" or argument in SWITCHES | {"rows", "columns"} | ANYTHING, kind
            assert kind in OTHERS or argument in ANYTHING or (argument, kind) in ALLOWED, kind


def chosen(name, argument):
    """All values; of what takes long to answer some, the same every time."""
    if name in CHAPTERS or name in ("compare", "survey"):
        return random.Random(f"{name} {argument}").sample(sorted(NEVER), 6)
    if name in ("sweep", "train", "stream", "stream_trainability", "reflect", "predict", "show"):
        return random.Random(f"{name} {argument}").sample(sorted(SHELF), 24)
    return [kind for kind in SHELF if (argument, kind) not in LONG]


LONG = {("restarts", "10^18"), ("file", "a million letters")}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_in_no_table_is_a_key_error_of_one_sentence(name):
    table = getattr(iv, name)
    for kind, value in SHELF.items():
        with pytest.raises((KeyError, ValueError)) as error:
            table[value()]
        assert len(str(error.value)) <= SENTENCE + 20, kind
        assert value() not in table
        assert table.get(value()) is None


def test_no_public_name_is_left_out_by_mistake():
    assert {*LEFT_OUT, *TABLES, *ROOMS} <= set(public_names())
