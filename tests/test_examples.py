"""The examples in the docstrings: everybody who reads them may type them in."""

import doctest
import importlib
import io
from pathlib import Path

import numpy as np
import pytest

import initviz as iv

# They need torch, Keras and numba, which need not be there, and have no examples.
EXTRAS = ("initviz.checkups.torch", "initviz.checkups.keras", "initviz.training.compiled")


class Finder(doctest.DocTestFinder):
    """It also looks into what is decorated, which doctest takes for somebody else's."""

    def _from_module(self, module, object):
        return getattr(object, "__module__", module.__name__) == module.__name__


def examples(module):
    names = {**vars(module), "iv": iv, "np": np}
    return [test for test in Finder().find(module, extraglobs=names) if test.examples]


def modules():
    package = Path(iv.__file__).parent
    for path in sorted(package.rglob("*.py")):
        name = ".".join(path.relative_to(package.parent).with_suffix("").parts)
        name = name.removesuffix(".__init__")
        if not name.startswith(EXTRAS) and not name.endswith("__main__"):
            yield importlib.import_module(name)


def what_is_wrong(example):
    said = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(example, out=said.write)
    return said.getvalue()


EXAMPLES = {test.name: test for module in modules() for test in examples(module)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_what_it_says(name):
    assert not what_is_wrong(EXAMPLES[name])


def test_examples_of_decorated_functions_and_methods_are_found():
    assert {
        "initviz.networks.initializers.he_normal",
        "initviz.networks.network.init_network",
        "initviz.networks.datasets.Dataset",
        "initviz.measure.theory.chi",
    } <= set(EXAMPLES)


def test_a_wrong_example_is_seen():
    example = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert "Expected:\n    3\nGot:\n    2" in what_is_wrong(example)
