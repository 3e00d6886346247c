"""What is finished of a sweep, kept on disk."""

import os
import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import numpy as np

from ..errors import bad
from ..networks.datasets import Dataset
from .code import digest
from .experiment import Experiment, initializers_of
from .run import Run


def keys(
    settings: list[Experiment], sets: list[Dataset], measure: Callable[[Run], np.ndarray], loop: str
) -> list[str | None]:
    """A digest of all that decides each setting's numbers: the setting, its data, the functions
    that draw its weights, the loop, and what is measured, by what version of initviz. None if one
    has none.
    """
    from .. import __version__

    functions = {f for setting in settings for f in initializers_of(setting).values()}
    codes = {f: digest(f) for f in functions}
    prints = {d: digest([d.task, d.X, d.y, d.X_test, d.y_test]) for d in set(sets)}

    def key(setting: Experiment, data: Dataset) -> str | None:
        drawn = [codes[f] for f in initializers_of(setting).values()]
        parts = [setting.to_json(), prints[data], measure, loop, __version__, *drawn]
        return None if None in drawn else digest(parts)

    return [key(*each) for each in zip(settings, sets, strict=True)]


class Cache:
    """A file for every finished setting, there in full or not at all; ValueError if unwritable."""

    def __init__(self, folder: str | Path) -> None:
        if not isinstance(folder, str | os.PathLike):
            raise bad("cache", folder, "give the name of a folder")
        self._named, self._folder, self._warned = str(folder), Path(folder) / "initviz", False
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write("trial", np.empty(0))
        except (OSError, ValueError) as error:
            raise bad("cache", self._named, f"it cannot be written ({error})") from None

    def get(self, key: str, shape: tuple[int, int]) -> np.ndarray | None:
        """The rows that are kept, or None; what is damaged is not there."""
        try:
            with self._path(key).open("rb") as file:
                rows = np.lib.format.read_array(file, allow_pickle=False)
        except Exception:  # what is damaged can raise anything
            return None
        return rows if rows.shape == shape else None

    def put(self, key: str, rows: np.ndarray) -> None:
        """Keep the rows; where that fails, warn, the first time."""
        try:
            self._write(key, rows)
        except OSError as error:
            if not self._warned:
                self._warned = True
                warnings.warn(
                    f"cache={self._named!r}: it can no longer be written ({error}); the sweep "
                    "goes on, and what is not kept will be trained again next time",
                    stacklevel=5,
                )

    def _write(self, key: str, rows: np.ndarray) -> None:
        np.save(buffer := BytesIO(), rows, allow_pickle=False)
        part = self._folder / f"{uuid4().hex}.part"  # so that nobody ever finds half of it
        try:
            part.write_bytes(buffer.getvalue())
            part.replace(self._path(key))
        finally:
            part.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.npy"
