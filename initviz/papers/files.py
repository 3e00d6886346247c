"""Where the report and the notes are written: whether that can be done, and a file at a time."""

import os
from pathlib import Path
from tempfile import TemporaryFile
from uuid import uuid4

from ..errors import bad


def check_writable(argument: str, folder: Path) -> None:
    """Raise ValueError unless files can be made in the folder, or where it would be made itself.

    Nothing is left there.
    """
    try:
        there = next(filter(os.path.lexists, (folder, *folder.absolute().parents)))
        TemporaryFile(dir=there).close()
    except OSError as error:
        raise bad(argument, str(folder), f"it cannot be written ({error.strerror})") from None


def put(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there: it is whole, wherever we are stopped."""
    draft = path.with_name(f"{path.stem}-{uuid4().hex}.draft")
    try:
        with draft.open("xb") as file:
            file.write(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
