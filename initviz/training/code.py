"""What the user's functions do: a digest, which every edit changes, and a way to other processes.

By its name alone we take only what nobody edits: Python's own, what is installed, and ours.
"""

import dis
import hashlib
import os
import pickle
import sys
import types
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from operator import attrgetter
from threading import Lock, RLock
from typing import Any

import numpy as np

OURS = __name__.partition(".")[0]
STANDARD = os.path.dirname(os.__file__)  # where Python's own modules are
INSTALLED = "site-packages", "dist-packages"
BY_ANY_NAME = {"eval", "exec", "globals", "__import__"}  # what is found by these, nobody can tell
CODE = attrgetter("co_code", "co_names", "co_varnames", "co_flags", "co_exceptiontable")
FUNCTION = attrgetter("__code__", "__defaults__", "__kwdefaults__", "__closure__", "__dict__")
NO_CODE = {"__firstlineno__", "__static_attributes__", "_abc_impl"}  # of a class
LOCKS = type(Lock()), type(RLock())
REGISTERING = Lock()
PICKLE: Any = pickle  # whose types are known in part


def digest(value: Any) -> str | None:
    """What a value is, or a function does, in 64 characters; None where that cannot be told.

    Of the user's functions it covers the bytecode with its constants, the defaults, and whatever
    they use of their closures and modules: values, functions, classes, whole modules. It does not
    depend on where or how often a function was defined.
    """
    try:
        return hashlib.sha256(_pickled(value)).hexdigest()
    except Exception:  # what cannot be pickled can raise anything
        return None


class ByValue(dict):
    """The user's functions. Another process gets their code: it may know them as they were."""

    def __reduce__(self) -> tuple:
        import cloudpickle

        with REGISTERING, ExitStack() as registered:  # cloudpickle has one list for all threads
            known = cloudpickle.list_registry_pickle_by_value()
            for name, module in sys.modules.copy().items():
                if getattr(module, "__name__", "") == name not in known and _edited(name):
                    cloudpickle.register_pickle_by_value(module)
                    registered.callback(cloudpickle.unregister_pickle_by_value, module)
            return _by_value, (cloudpickle.dumps(dict(self)),)


def _by_value(pickled: bytes) -> ByValue:
    return ByValue(pickle.loads(pickled))  # for dask's scheduler, which sends on what it loads


def _edited(name: str) -> bool:
    """Whether a module is the user's."""
    root = name.partition(".")[0]
    module = sys.modules.get(root)
    place = getattr(module, "__file__", None) or str(getattr(module, "__path__", ""))
    if root == OURS or any(folder in place for folder in INSTALLED):
        return False
    hides = place.endswith(".py") and not place.startswith(STANDARD)  # as a statistics.py may
    return hides or root not in sys.stdlib_module_names


def _by_name(value: Any, name: str = "") -> bool:
    """Whether a value can be had by its name where nobody edits it."""
    module = PICKLE.whichmodule(value, name := name or value.__qualname__)
    try:
        return not _edited(module) and attrgetter(name)(sys.modules[module]) is value
    except (AttributeError, KeyError):
        return False


def _pickled(value: Any) -> bytes:
    from cloudpickle import Pickler

    pickler = _Pickler(buffer := BytesIO(), 5)
    pickler.dispatch_table = Pickler.dispatch_table  # of more types than pickle knows
    pickler.dump(value)
    return buffer.getvalue()


class _Pickler(PICKLE._Pickler):  # the one in Python, whose memo can be told what to leave out
    """The same bytes in every process, and what is the user's by value. Nobody can load them."""

    def memoize(self, value: Any) -> None:
        """Equal strings are the same, whether or not they are one object."""
        if not isinstance(value, str | bytes | tuple | np.dtype):
            super().memoize(value)

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, types.CodeType):
            return list, ([*CODE(value), value.co_consts],)
        if isinstance(value, LOCKS):  # it decides nothing
            return object, ()
        if type(value) in (set, frozenset):
            return list, (sorted(map(_pickled, value)),)  # their order does not last
        if isinstance(value, types.ModuleType) and _edited(value.__name__):
            return object, (), {n: v for n, v in sorted(vars(value).items()) if _decides(n)}
        if isinstance(value, types.FunctionType) and not _by_name(value):
            names = sorted(_names(value.__code__) & value.__globals__.keys())
            used = [*_imported(value.__code__, value.__globals__)]
            return object, (), [*FUNCTION(value), {n: value.__globals__[n] for n in names}, used]
        if isinstance(value, type) and value in vars(types).values():
            return str, (value.__name__,)  # it is not where it says
        if isinstance(value, type) and not _by_name(value):
            members = {n: v for n, v in vars(value).items() if n not in NO_CODE}
            return object, (), [type(value), value.__bases__, members]
        return NotImplemented

    def save_global(self, value: Any, name: str = "") -> None:
        """By the name that a value gives itself; @cache gives its function's."""
        if _by_name(value, name):
            super().save_global(value, name or None)
        else:
            self.save_reduce(object, (), [value.__wrapped__, vars(value)], obj=value)


def _decides(name: str) -> bool:
    """Whether a name of a module is not the import system's."""
    return name == "__getattr__" or not (name[:2] == name[-2:] == "__")


def _names(code: types.CodeType) -> set[str]:
    """The names that some code looks up, and the functions defined in it."""
    return set(code.co_names).union(*map(_names, _inner(code)))


def _imported(code: types.CodeType, names: dict[str, Any]) -> Iterator[types.ModuleType]:
    """The modules that some code imports, also by half a name, and the functions defined in it.

    names: the globals that it sees. ValueError where it looks up what only running it can tell.
    """
    steps = [each for each in dis.get_instructions(code) if each.opname != "EXTENDED_ARG"]
    for level, listed, step in zip(steps, steps[1:], steps[2:], strict=False):
        if step.opname == "IMPORT_NAME":
            yield __import__(step.argval, names, None, listed.argval, level.argval)
    asked = {each.argval for each in steps if each.opname == "LOAD_GLOBAL"}
    if asked & BY_ANY_NAME or "import_module" in code.co_names:
        raise ValueError("it may use whatever there is")
    for each in _inner(code):
        yield from _imported(each, names)


def _inner(code: types.CodeType) -> list[types.CodeType]:
    return [each for each in code.co_consts if isinstance(each, types.CodeType)]
