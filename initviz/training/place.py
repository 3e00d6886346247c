"""What the place where Python runs lets it do."""

import sys
from dataclasses import dataclass
from threading import Thread


@dataclass(frozen=True)
class Place:
    """name: to begin a sentence with. threads: whether one can be started. heard: whether what it
    sends to the screen is shown there."""

    name: str
    threads: bool
    heard: bool


def place() -> Place:
    """Where we are. Asked anew each time, since a limit on threads may be reached at any."""
    if sys.platform == "emscripten":
        return Place("A browser's kernel", threads=False, heard=False)
    threads = _one_starts()
    if "google.colab" in sys.modules:  # googlecolab/colabtools#3373
        return Place("Colab", threads, heard=False)
    return Place("This kernel", threads, heard=threads)


def _one_starts() -> bool:
    try:
        Thread(target=int, daemon=True).start()
    except RuntimeError:
        return False
    return True
