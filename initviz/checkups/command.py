"""``python -m initviz checkup module:factory``: a check-up for the terminal, and for CI."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from . import checkup

EPILOG = """The factory takes no arguments, and returns (model, X), (model, X, y) or
(model, X, y, loss), as initviz.checkup takes them. The exit status is 1 if there is a serious
finding, 2 if the check-up could not be done, and 0 otherwise."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; the exit status is as in ``EPILOG``."""
    parser = argparse.ArgumentParser("python -m initviz")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("checkup", help="check the start of a model", epilog=EPILOG)
    command.add_argument("factory", metavar="module:factory", help="makes the model and a batch")
    options = parser.parse_args(arguments)
    try:
        report = checkup(*made_by(options.factory))
    except Exception as error:  # the factory may raise whatever it likes
        known = isinstance(error, ValueError | ImportError)
        said = " ".join(str(error).split())
        said = said if known else f"{type(error).__name__}: {said}"
        print(f"{options.factory}: {said}", file=sys.stderr)
        return 2
    print(report)
    return int(report.serious)


def made_by(address: str) -> tuple:
    """What the factory at ``module:factory`` returns; the current folder is searched as well."""
    module, colon, name = address.partition(":")
    if not (module and colon and name):
        raise ValueError("give module:factory, such as mymodels.vision:make")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    factory = getattr(importlib.import_module(module), name, None)
    if not callable(factory):
        raise ValueError(f"{module} has no function {name!r}")
    made = factory()
    if not isinstance(made, tuple) or not 2 <= len(made) <= 4:
        raise ValueError(f"{name}() should return (model, X), (model, X, y) or (model, X, y, loss)")
    return made
