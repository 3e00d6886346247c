"""A digest of what a function does, so that an edited one is not taken for what it was."""

from __future__ import annotations

import hashlib
from types import CodeType, FunctionType, ModuleType
from typing import Any


def digest(function: Any) -> str:
    """What a function of the user's does, in 64 characters; "" for one of the package's.

    It covers the bytecode with its constants, the defaults, and the values and functions around it
    that it uses: those of its closure and of its module. It does not depend on where or how often
    the function was defined.
    """
    package = str(getattr(function, "__module__", "")).partition(".")[0]
    if package == __name__.partition(".")[0]:
        return ""
    return hashlib.sha256(repr(_value(function, function, set())).encode()).hexdigest()


def _function(function: Any, first: Any, seen: set[int]) -> Any:
    """Everything that decides what a function does, as values whose repr is always the same."""
    if id(function) in seen:
        return function.__qualname__
    seen.add(id(function))
    code, names = function.__code__, _names(function.__code__)
    around = {name: value for name, value in function.__globals__.items() if name in names}
    cells = {
        name: cell.cell_contents
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True)
    }
    used = cells | around | {"": (function.__defaults__, function.__kwdefaults__)}
    return _code(code), [(name, _value(used[name], first, seen)) for name in sorted(used)]


def _code(code: CodeType) -> tuple:
    constants = [_code(c) if isinstance(c, CodeType) else _constant(c) for c in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, code.co_flags, constants


def _constant(value: Any) -> str:
    """A set of constants has no order that lasts."""
    return repr(sorted(map(repr, value)) if isinstance(value, frozenset) else value)


def _names(code: CodeType) -> set[str]:
    """The names that some code looks up, and the functions defined in it."""
    inner = (_names(each) for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*inner)


def _value(value: Any, first: Any, seen: set[int]) -> Any:
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, FunctionType):
        if value.__module__ in ("__main__", first.__module__):
            return _function(value, first, seen)
        return value.__module__, value.__qualname__
    import joblib

    try:
        return joblib.hash(value)
    except Exception:  # what cannot be pickled can raise anything
        return type(value).__qualname__
