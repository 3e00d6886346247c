"""A batch as a Keras model takes it."""

from __future__ import annotations

import keras  # pyright: ignore[reportMissingImports]
import numpy as np

from ...networks.arrays import real_array
from ..adapter import check_batch
from .kinds import as_numpy, ops


def batch(name: str, values):
    """Arrays as Keras takes them: one, or a list, tuple or dict of several."""
    if isinstance(values, dict):
        return {key: batch(f"{name}[{key!r}]", value) for key, value in values.items()}
    if isinstance(values, tuple | list) and any(
        ops.is_tensor(each) or isinstance(each, np.ndarray) for each in values
    ):  # a list of plain numbers is one array, NumPy's numbers among them
        return [batch(f"{name}[{n}]", value) for n, value in enumerate(values)]
    given = as_numpy(values) if ops.is_tensor(values) else values
    values = real_array(given, name, "give an array of numbers")
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what it cannot hold is counted
            values = values.astype(keras.config.floatx())
    not_finite = int(values.size - np.isfinite(values).sum())
    check_batch(name, len(values) if values.ndim else 0, values.size, not_finite)
    # Booleans stay; JAX has no integers of 64 bits, and warns.
    whole = "int32" if values.dtype.itemsize == 8 else str(values.dtype)
    return ops.convert_to_tensor(values, dtype=None if values.dtype.kind == "f" else whole)
