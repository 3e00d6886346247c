"""One sentence for every bad argument: which one, what it was, and what would do.

Nothing here knows what initviz is about; every module above uses it.
"""

import difflib
import sys
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from math import isfinite
from numbers import Integral, Real
from typing import Any

SHOWN, SENTENCE = 80, 500  # letters of a value, and of the whole
ALIKE = 0.7  # how much of two names agrees where one may be meant: by swish it is not softsign
MOST = 100_000  # that anything listed may have: layers, names, widths

# To ask the plain type first takes a twentieth of the time.
WHOLE, REAL = (int, Integral), (float, Real)
NO_LISTS = (str, bytes, bytearray, set, frozenset)


def bad(argument: str, value: object, remedy: str) -> ValueError:
    """The error to raise: ``learning_rate=-1: give a positive, finite number``."""
    return ValueError(cut(printable(f"{cut(argument)}={shown(value)}: {remedy}"), SENTENCE))


def tell(sentence: str) -> None:
    """One line on stderr; nobody is told where that is closed or cannot be written."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{cut(printable(' '.join(sentence.split())), SENTENCE)}\n")
            sys.stderr.flush()


def in_words(error: BaseException, named: bool = False) -> str:
    """What an error says, on one line, after its type where that is not one of the usual ones.

    named: its type stands there in any case.
    """
    try:
        said = " ".join(str(error).split())
    except BaseException:  # the errors of others may do what they like
        said = ""
    if isinstance(error, KeyboardInterrupt) and not named:
        return said or "stopped"
    if said and not named and isinstance(error, ValueError | ImportError | OSError):
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def printable(text: str) -> str:
    """Without what would move a terminal's cursor, turn a line around or be no character in XML:
    names, and what errors say, are other people's."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def shown(value: object) -> str:
    """``repr(value)`` on one line of at most ``SHOWN`` letters, for whatever there is."""
    try:
        text = repr(_beginning(value))
    except Exception:  # an int of more than 4300 digits has none, and a class can have a bad one
        text = f"<{type(value).__name__}>"
    return cut(" ".join(line.strip() for line in text.splitlines()))


def _beginning(value: Any, depth: int = 4) -> Any:
    """As much of a value as a sentence has room for: to write out a list of millions takes long."""
    if isinstance(value, str | bytes):
        return value[:SHOWN]
    if depth == 0 or type(value) not in (list, tuple, set, frozenset):
        return value
    return type(value)(_beginning(each, depth - 1) for each in islice(value, SHOWN))


def cut(text: str, length: int = SHOWN) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def same_name(value: object, allowed: Iterable[str]) -> str | None:
    """The name among ``allowed`` that ``value`` is, whatever its case; None if there is none."""
    if not isinstance(value, str):
        return None
    names = {name: name for name in allowed}
    alike = {name.casefold(): name for name in names}
    return names.get(value) or alike.get(value.casefold())


def one_of(
    argument: str,
    value: object,
    allowed: Iterable[str],
    *,
    function: str = "give a name, not a function",
) -> str:
    """The name among ``allowed`` that ``value`` is, whatever its case.

    Otherwise ValueError, which suggests the nearest one.
    function: what somebody should do who gives a function.
    """
    names = list(allowed)
    found = same_name(value, names)
    if found is not None:
        return found
    said = value if isinstance(value, str) else getattr(value, "__name__", "")
    sought = str(said)[:SHOWN].casefold()
    near = difflib.get_close_matches(sought, map(str.casefold, names), n=1, cutoff=ALIKE)
    hint = f"did you mean {same_name(near[0], names)!r}? " if near else ""
    remedy = function if callable(value) else f"give one of {', '.join(names)}"
    raise bad(argument, value, f"{hint}{remedy[0].upper()}{remedy[1:]}" if hint else remedy)


def some_of(argument: str, value: object, kind: str, allowed: Iterable[str]) -> list[str]:
    """The names among ``allowed`` that ``value`` lists, each once, or ValueError.

    kind: what one of them is called, such as "view".
    """
    names = list(allowed)
    given = items(argument, value, f"give a list of some of {', '.join(names)}")
    return list(dict.fromkeys(one_of(kind, each, names) for each in given))


def items(argument: str, value: object, remedy: str) -> tuple:
    """What ``value`` lists, or ValueError: for text, for a set, which has no order, for no end."""
    try:
        if isinstance(value, NO_LISTS) or not isinstance(value, Iterable):
            raise TypeError
        found = tuple(islice(value, MOST + 1))
    except Exception:  # whatever a class of somebody's raises when it is asked
        raise bad(argument, value, remedy) from None
    if len(found) > MOST:
        raise bad(argument, value, f"{remedy}; at most {MOST:,}")
    return found


def function_name(function: object, remedy: str) -> str:
    """The name of a function that somebody enters in a table; ValueError where it is none."""
    if isinstance(function, type) or not callable(function) or not hasattr(function, "__name__"):
        raise bad("function", function, remedy)
    return function.__name__


def whole(argument: str, value: object, least: int, below: float = 10**100) -> int:
    """``value`` as an int, or ValueError unless it is a whole number inside the limits.

    The usual one is above all that can be counted; of more than 4300 digits nothing can be said.
    """
    given = integer(value)
    if given is None or given < least:
        raise bad(argument, value, f"give a whole number of at least {least}")
    if given >= below:
        raise bad(argument, value, f"give a whole number below {below:.0e}")
    return given


def integer(value: object) -> int | None:
    """``value`` as an int, or None where it is no whole number."""
    if is_no_number(value) or not isinstance(value, WHOLE):
        return None
    try:
        return int(value)
    except Exception:  # a class that only calls itself a number
        return None


def is_no_number(value: object) -> bool:
    """Though Python and NumPy call it a whole number. NumPy is asked for by name, since a command
    line that only copies notebooks would wait for its import."""
    return isinstance(value, bool) or type(value).__name__ == "timedelta64"


def number(
    argument: str,
    value: object,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
) -> float:
    """``value`` as a float, or ValueError unless it is finite and inside the limits."""
    given = _finite(value)
    if (
        given is None
        or (above is not None and given <= above)
        or (least is not None and given < least)
        or (below is not None and given >= below)
    ):
        limits = [("above", above), ("of at least", least), ("below", below)]
        words = " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
        raise bad(argument, value, f"give a finite number {words}".rstrip())
    return given


def flag(argument: str, value: object) -> bool:
    """``value`` as a bool, or ValueError unless it is True or False."""
    if type(value).__name__ not in ("bool", "bool_"):  # Python's, or NumPy's of any version
        raise bad(argument, value, "give True or False")
    return bool(value)


def _finite(value: object) -> float | None:
    if is_no_number(value) or not isinstance(value, REAL):
        return None
    try:
        given = float(value)
    except Exception:  # an int beyond every float, or such a class
        return None
    return given + 0.0 if isfinite(given) else None  # -0.0 would be another 0
