"""What is finished of a sweep, kept on disk."""

import hashlib
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import bad
from ..networks.datasets import Dataset
from .code import digest
from .experiment import Experiment, initializers_of
from .run import Run

# What decides a setting's numbers: the setting, its data, the user's functions that it calls, and
# what is measured, by what version of initviz.
Key = tuple[str, str, str, str]


def finished(setting: str, data: str, own: str, measured: str, rows: np.ndarray | None = None):
    """The rows of a setting; joblib keeps them under everything else that is given."""
    return rows


def keys(
    settings: list[Experiment], sets: list[Dataset], measure: Callable[[Run], np.ndarray]
) -> list[Key]:
    from .. import __version__

    prints = {data: _fingerprint(data) for data in set(sets)}
    codes = {f: digest(f) for setting in settings for f in initializers_of(setting).values()}
    measured = f"{measure.__module__}.{measure.__qualname__} {__version__}"

    def key(setting: Experiment, data: Dataset) -> Key:
        own = " ".join(codes[f] for f in initializers_of(setting).values()).strip()
        return setting.to_json(), prints[data], own, measured

    return [key(*each) for each in zip(settings, sets, strict=True)]


def _fingerprint(data: Dataset) -> str:
    digest = hashlib.sha256(data.task.encode())
    for array in (data.X, data.y, data.X_test, data.y_test):
        if array is not None:
            digest.update(f"{array.shape} {array.dtype}".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()


class Cache:
    """Finished settings in a folder, each in a file of its own that joblib.Memory writes.

    A file is there in full or not at all. Raises ValueError where the folder cannot be written.
    """

    def __init__(self, folder: str | Path) -> None:
        from joblib import Memory

        if not isinstance(folder, str | os.PathLike):
            raise bad("cache", folder, "give the name of a folder")
        self._folder, self._warned = str(folder), False
        self._memory: Any
        try:
            with _what_joblib_warns_of_raised():
                self._memory = Memory(Path(folder), verbose=0).cache(finished, ignore=["rows"])
            self._try()
        except (OSError, ValueError, Warning) as error:
            raise bad("cache", self._folder, f"it cannot be written ({_reason(error)})") from None

    def _try(self) -> None:
        """Read and write an entry that nobody needs, to see whether the folder can be used."""
        trial = ("trial", "", "", "")
        # joblib keeps the source of ``finished`` once per process, not once per folder, and calls
        # the first entry that is looked up in a folder without it missing: so let it be this one.
        self._memory.check_call_in_cache(*trial)
        self._write(trial, np.empty(0))

    def get(self, key: Key, shape: tuple[int, int]) -> np.ndarray | None:
        """The rows that are kept, or None; what is damaged is not there."""
        try:
            if not self._memory.check_call_in_cache(*key):
                return None
            rows = self._memory.call_and_shelve(*key).get()
        except Exception:  # a damaged pickle can raise anything
            return None
        return rows if isinstance(rows, np.ndarray) and rows.shape == shape else None

    def put(self, key: Key, rows: np.ndarray) -> None:
        """Keep the rows; where that fails, warn, the first time."""
        try:
            self._write(key, rows)
        except (OSError, Warning) as error:
            if not self._warned:
                self._warned = True
                warnings.warn(
                    f"cache={self._folder!r}: it can no longer be written ({_reason(error)}); the "
                    "sweep goes on, and what is not kept will be trained again next time",
                    stacklevel=5,
                )

    def _write(self, key: Key, rows: np.ndarray) -> None:
        with _what_joblib_warns_of_raised():
            self._memory.call(*key, rows)


@contextmanager
def _what_joblib_warns_of_raised() -> Iterator[None]:
    """Where it cannot write, it only warns."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Unable to ")
        yield


def _reason(error: Exception) -> str:
    """What the system says, which joblib puts at the end of its own words."""
    return str(error).rpartition("Exception: ")[2].rstrip(".")
