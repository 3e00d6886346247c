"""A digest of what a function does, so that an edited one is not taken for what it was."""

import hashlib
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

PLAIN = (str, bytes, int, float, complex, type(None))
# What a class has beside its code: where it stands, and handles for its instances.
NO_CODE = {"__doc__", "__dict__", "__weakref__", "__firstlineno__", "__static_attributes__"}


def digest(function: Any) -> str:
    """What a function of the user's does, in 64 characters; "" for one of the package's.

    It covers the bytecode with its constants, the defaults, and the values and functions of its
    closure and its module that it uses, and for a method or an object that can be called its class
    and state. It does not depend on where or how often the function was defined.
    """
    package = str(getattr(function, "__module__", "")).partition(".")[0]
    if package == __name__.partition(".")[0]:
        return ""
    return hashlib.sha256(repr(_value(function, function, {})).encode()).hexdigest()


def _function(function: Any, first: Any, seen: dict[int, Any]) -> Any:
    """Everything that decides what a function does, as values whose repr is always the same."""
    if id(function) in seen:
        return function.__qualname__
    seen[id(function)] = function
    code, names = function.__code__, _names(function.__code__)
    around = {name: value for name, value in function.__globals__.items() if name in names}
    contents = [cell.cell_contents for cell in function.__closure__ or ()]
    cells = dict(zip(code.co_freevars, contents, strict=True))
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


def _parts(value: Any, first: Any) -> list:
    """What a value is made of where that may hold code of the user's; else empty."""
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, partial):
        return [value.func, value.args, value.keywords]
    if hasattr(value, "__wrapped__"):  # @cache, @staticmethod and the like
        return [value.__wrapped__]
    if isinstance(value, dict):
        return [(name, value[name]) for name in sorted(value, key=str)]
    if isinstance(value, list | tuple):
        return [] if all(isinstance(each, PLAIN) for each in value) else [*value]
    kind = value if isinstance(value, type) else type(value)
    if kind.__module__ not in ("__main__", first.__module__):
        return []
    if value is kind:
        members = {name: each for name, each in vars(kind).items() if name not in NO_CODE}
        return [kind.__qualname__, *kind.__bases__, members]
    return [kind, vars(value)] if hasattr(value, "__dict__") else []


def _value(value: Any, first: Any, seen: dict[int, Any]) -> Any:
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, FunctionType):
        if value.__module__ in ("__main__", first.__module__):
            return _function(value, first, seen)
        return value.__module__, value.__qualname__
    if parts := _parts(value, first):
        if id(value) in seen:
            return type(value).__qualname__
        seen[id(value)] = value
        return [_value(part, first, seen) for part in parts]
    import joblib

    try:
        return joblib.hash(value)
    except Exception:  # what cannot be pickled can raise anything
        return type(value).__qualname__
