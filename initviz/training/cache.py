"""What is finished of a sweep, kept on disk: a file for every setting, which NumPy reads anywhere.

``np.load(file)`` has its ``rows``, the setting in words (``experiment``, as JSON), and ``sha256``
of both and of the file's name. Nothing that stands in a file is believed before that agrees: a
folder may be shared, copied or a stranger's. (joblib.Memory and diskcache keep pickles, which run
code when they are read, and see no flipped bit.)
"""

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from math import prod
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple
from uuid import uuid4
from zipfile import ZIP_STORED, ZipFile

import numpy as np

from ..errors import bad
from ..networks.datasets import Dataset
from .code import digest
from .experiment import Experiment, initializers_of
from .run import Run

NUMBERS = np.dtype("<f8")  # on every machine
HEADS = 4096  # bytes; what is in a file beside its arrays takes a quarter of it
CALLER = 6  # of initviz.sweep: so many frames up from where a warning is given


class Entry(NamedTuple):
    """key: a digest of all that decides a setting's numbers. words: the setting, as JSON."""

    key: str
    words: str


def entries(
    settings: list[Experiment], sets: list[Dataset], measure: Callable[[Run], np.ndarray], loop: str
) -> list[Entry | None]:
    """What each setting is kept by. Its numbers are decided by the setting, its data, the functions
    that draw its weights, the loop, and what is measured, by what version of initviz. None if one
    has no digest.
    """
    from .. import __version__

    functions = {f for setting in settings for f in initializers_of(setting).values()}
    codes = {f: digest(f) for f in functions}
    prints = {d: digest([d.task, d.X, d.y, d.X_test, d.y_test]) for d in set(sets)}

    def entry(setting: Experiment, data: Dataset) -> Entry | None:
        words = setting.to_json()
        drawn = [codes[f] for f in initializers_of(setting).values()]
        key = digest([words, prints[data], measure, loop, __version__, *drawn])
        return None if None in drawn or key is None else Entry(key, words)

    return [entry(*each) for each in zip(settings, sets, strict=True)]


class Cache:
    """A file for every finished setting, there in full or not at all; ValueError if unwritable."""

    def __init__(self, folder: str | Path) -> None:
        if not isinstance(folder, str | os.PathLike):
            raise bad("cache", folder, "give the name of a folder")
        self._named, self._folder, self._warned = str(folder), Path(folder) / "initviz", False
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            trial = self._folder / f"{uuid4().hex}.trial"
            self._write(trial, b"")
            trial.unlink()
        except (OSError, ValueError) as error:
            raise bad("cache", self._named, f"it cannot be written ({error})") from None

    def get(
        self, entries: Sequence[Entry | None], shape: tuple[int, int]
    ) -> Iterator[tuple[int, np.ndarray]]:
        """(place, rows of this shape) of each that is kept; warns of files that cannot be used."""
        unusable = 0
        for place, entry in enumerate(entries):
            try:
                rows = None if entry is None else self._read(entry, shape)
            except Exception:  # what is damaged can raise anything
                unusable += 1
            else:
                if rows is not None:
                    yield place, rows
        if unusable:
            files = "1 file is" if unusable == 1 else f"{unusable:,} files are"
            self._warn(f"{files} damaged or cannot be read; what was in there is trained again")

    def put(self, entry: Entry, rows: np.ndarray) -> None:
        """Keep the rows; where that fails, warn, the first time."""
        try:
            self._write(self._path(entry), _packed(entry, rows.astype(NUMBERS)))
        except OSError as error:
            if not self._warned:
                self._warned = True
                self._warn(
                    f"it can no longer be written ({error}); the sweep goes on, and what is not "
                    "kept will be trained again next time"
                )

    def _warn(self, what: str) -> None:
        warnings.warn(f"cache={self._named!r}: {what}", stacklevel=CALLER)

    def _read(self, entry: Entry, shape: tuple[int, int]) -> np.ndarray | None:
        """None where there is no such file; raises whatever it may where it cannot be used."""
        path = self._path(entry)
        most = NUMBERS.itemsize * prod(shape) + 4 * len(entry.words) + HEADS
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        if not S_ISREG(found.st_mode) or found.st_size > most:
            raise ValueError("no file of ours")
        return _unpacked(path.read_bytes(), entry, shape)

    def _write(self, path: Path, content: bytes) -> None:
        part = self._folder / f"{uuid4().hex}.part"  # so that nobody ever finds half of it
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _path(self, entry: Entry) -> Path:
        return self._folder / f"{entry.key}.npz"


def _packed(entry: Entry, rows: np.ndarray) -> bytes:
    np.savez(buffer := BytesIO(), rows=rows, experiment=entry.words, sha256=_seal(entry, rows))
    return buffer.getvalue()


def _unpacked(content: bytes, entry: Entry, shape: tuple[int, int]) -> np.ndarray:
    """The rows, or ValueError (or what a damaged archive raises) where anything is amiss."""
    with ZipFile(BytesIO(content)) as archive:
        rows = _array(archive, "rows", NUMBERS, shape)
        words = _array(archive, "experiment", np.array(entry.words).dtype, ())
        seal = _array(archive, "sha256", np.dtype("<U64"), ())
    if (words.item(), seal.item()) != (entry.words, _seal(entry, rows)):
        raise ValueError("not what was written")
    return rows.astype(float)


def _array(archive: ZipFile, name: str, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """What is said to be there has to be what is expected, before anything is made of it."""
    if archive.getinfo(f"{name}.npy").compress_type != ZIP_STORED:
        raise ValueError("a few bytes could unpack to more than memory holds")
    with archive.open(f"{name}.npy") as file:
        np.lib.format.read_magic(file)
        if np.lib.format.read_array_header_1_0(file) != (shape, False, dtype):
            raise ValueError("another array")
        return np.frombuffer(file.read(), dtype).reshape(shape)


def _seal(entry: Entry, rows: np.ndarray) -> str:
    head = json.dumps([*entry, rows.dtype.str, rows.shape])
    return hashlib.sha256(head.encode() + rows.tobytes()).hexdigest()
