"""``initviz papers``: run the papers again."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import one_of
from . import results
from .laboratory import measure
from .notes import forget
from .report import check_place, row, write
from .result import Result


def named(name: str) -> Result:
    """The result of that name, or ValueError."""
    everything = {result.name: result for result in results()}
    return everything[one_of("NAME", name, everything)]


def main(chosen: Sequence[Result], full: bool, folder: Path, notes: Path) -> int:
    """Print the rows of the chosen results; where none is, measure all and write the report.

    full: the papers' own settings as far as possible.
    notes: for what is measured so far. Stopped at any time, it goes on from there when it is called
        again.

    Raises ValueError before anything is measured where it could not be written down.
    """
    everything = chosen or results()
    if not chosen:
        check_place(everything, folder)
    try:
        measured = measure(everything, full, notes)
    except KeyboardInterrupt:
        said = "stopped. What is measured is kept; called again, it goes on from here."
        raise KeyboardInterrupt(said) from None
    for result in everything:
        print(row(result, result.study.conclude(measured[result.name])), end="\n\n")
    if not chosen:
        write(everything, measured, folder)
        forget(everything, notes)  # the next run measures anew
    return 0
