"""``initviz checkup module:factory``: a check-up for the terminal, and for CI."""

import importlib
import os
import sys

from . import checkup


def main(address: str) -> int:
    """Print the report on what ``module:factory`` makes.

    The exit status is 1 if there is a serious finding, 2 if the check-up could not be done, and 0
    otherwise.
    """
    try:
        report = checkup(*made_by(address))
    except (Exception, SystemExit) as error:  # the factory may raise whatever it likes
        known = isinstance(error, ValueError | ImportError)
        said = " ".join(str(error).split())
        said = said if known else f"{type(error).__name__}: {said}"
        print(f"{address}: {said}", file=sys.stderr)
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
