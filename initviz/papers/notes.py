"""Notes: what is measured of the papers so far, a file for every job that is finished.

A note begins with words of ours and a digest of all that follows. Whatever does not is somebody
else's and stays, and so does a folder of which no note says that it was made for them.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..errors import bad
from .files import check_writable, put
from .result import Job, Measured, Result

DIGITS = 16  # hexadecimal, in the name of a note
OURS, DIGEST = b'{"initviz papers": "', 64  # how a note begins, and hexadecimal digits after that
PACKAGE = Path(__file__).parents[1]


class Note(NamedTuple):
    """What a note says. code: what did the job. made: whether the folder was made for notes."""

    measured: Measured
    code: str
    made: bool


def place(notes: Path, result: Result, job: Job) -> Path:
    """Where the note of a job is, done by the code of today."""
    text = json.dumps([source(), result.name, job], sort_keys=True)
    return notes / f"{result.name}-{hashlib.sha256(text.encode()).hexdigest()[:DIGITS]}.json"


def prepare(notes: Path, places: Sequence[Path]) -> bool:
    """Make the folder, and tell whether it had to be made.

    Raises ValueError where the notes cannot be written, or something else is in their places.
    """
    check_writable("--notes", notes)
    for path in places:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise bad("--notes", str(notes), f"{path.name} is no note, but in the place of one")
    made = not notes.exists()
    notes.mkdir(parents=True, exist_ok=True)
    return made


def write(path: Path, measured: Measured, made: bool) -> None:
    said = json.dumps(Note(measured, source(), made)._asdict())
    put(path, _with_digest(path, f'",\n{said[1:]}\n'.encode()))


def read(path: Path) -> Note | None:
    """What the note says; None where it is not as it was written."""
    try:
        written = path.read_bytes()
    except OSError:
        return None
    if written != _with_digest(path, written[len(OURS) + DIGEST :]):
        return None
    said = json.loads(written)
    return Note(*(said[name] for name in Note._fields))


def forget(results: Sequence[Result], notes: Path) -> None:
    """Take away the notes of these results, of old code as well, and the folder if it was made for
    them and nothing else is in it."""
    made = False
    for path in of(results, notes):
        note = read(path)
        made = made or (note is not None and note.made)
        path.unlink()
    if made and not any(notes.iterdir()):
        notes.rmdir()


def of(results: Sequence[Result], notes: Path) -> Iterator[Path]:
    """The files that are notes of these results, or damaged ones, or halves that were left."""
    for result in results:
        for path in notes.glob(f"{result.name}-{'[0-9a-f]' * DIGITS}*"):
            named = path.suffix in (".json", ".draft") and not path.is_symlink()
            if named and path.is_file() and path.read_bytes().startswith(OURS):
                yield path


@cache
def source() -> str:
    """A fingerprint of the package, so that no number outlives the code that produced it."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _with_digest(path: Path, rest: bytes) -> bytes:
    """A whole note. The digest is of its name too: by another name it would be of another job."""
    return OURS + hashlib.sha256(path.name.encode() + rest).hexdigest().encode() + rest
