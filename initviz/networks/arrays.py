"""Arrays of numbers, out of whatever somebody has who calls it numbers."""

from collections.abc import Sequence
from decimal import Decimal
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from ..errors import bad
from .memory import check_room

TEXT = str | bytes | bytearray
BYTES = 16  # of a number: as NumPy has it at first, and as we do


def as_numbers(values: ArrayLike, name: str, remedy: str = "give numbers only") -> np.ndarray:
    """``values`` as a new array of finite float64s, or ValueError: no text, dates or gaps."""
    array = real_array(values, name, remedy)
    with np.errstate(over="ignore"):  # of long doubles; what becomes of them is told below
        array = array.astype(np.float64)
    if not np.isfinite(array).all():
        place = np.argwhere(~np.isfinite(array))[0].tolist()
        raise bad(f"{name}{place or ''}", float(array[*place]), "give finite numbers only")
    return array


def real_array(values: ArrayLike, name: str, remedy: str) -> np.ndarray:
    """``values`` as an array of real numbers, be they finite or not; or ValueError."""
    _check_memory(values, name)
    try:
        if isinstance(values, TEXT) or not (is_listed(values) or isinstance(values, Real)):
            raise TypeError
        array = np.ma.array(values)
        if np.ma.is_masked(array) or array.dtype.kind not in "biufO":
            raise TypeError
        if array.dtype.kind != "O":
            return np.asarray(array.data)  # of a matrix, too
        if not all(isinstance(each, Real | Decimal) for each in array.flat):
            raise TypeError
        return np.asarray(array.data).astype(np.float64)
    except Exception:  # whatever a class of somebody's raises, when it is asked for its numbers
        raise bad(name, values, remedy) from None


def is_listed(values: object) -> bool:
    """Whether it says itself how many numbers it has: NumPy would ask anything that is indexed."""
    return isinstance(values, Sequence) or hasattr(values, "__array__")


def _check_memory(values: object, name: str) -> None:
    """ValueError where the numbers take more than is free: views and ranges can have any number."""
    items = values.size if isinstance(values, np.ndarray) else 0
    if isinstance(values, range):
        items = length(values)
    check_room(name, values, BYTES * items, "give fewer")


def length(values: range) -> int:
    """``len(values)``, which has no answer beyond 2^63."""
    return max(0, -((values.start - values.stop) // values.step))


def check_input(x: ArrayLike, name: str, features: int) -> np.ndarray:
    """One input, (features,), as a new float64 array (1, features), or ValueError."""
    array = as_numbers(x, name, "give the numbers of one input (features,)")
    if array.shape != (features,):
        raise bad(f"{name}.shape", array.shape, f"give one input, ({features},)")
    return array[np.newaxis]


def check_inputs(X: ArrayLike, name: str = "X", features: int | None = None) -> np.ndarray:
    """``X`` as a new float64 array (samples, features), or ValueError."""
    array = as_numbers(X, name, "give a table of numbers (samples, features)")
    if array.ndim != 2 or 0 in array.shape:
        raise bad(f"{name}.shape", array.shape, "give (samples, features), at least one of each")
    if features is not None and array.shape[1] != features:
        raise bad(f"{name}.shape", array.shape, f"give {features} features, as are expected")
    return array
