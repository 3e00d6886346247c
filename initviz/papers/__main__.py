"""Run the papers again: ``python -m initviz.papers``, or ``make papers``.

Without names it measures every result and writes the report; with names it prints their rows.
Stopped at any time, it goes on from there when it is called again.
"""

import argparse
import shutil
import sys
from pathlib import Path

from . import results
from .laboratory import measure
from .report import row, write

ROOT = Path(__file__).parents[2]


def main(words: list[str] | None = None) -> None:
    everything = {result.name: result for result in results()}
    parser = argparse.ArgumentParser(prog="python -m initviz.papers", description=__doc__)
    add, names = parser.add_argument, f"only these: {', '.join(everything)}"
    add("names", nargs="*", metavar="NAME", choices=[[], *everything], help=names)
    add("--full", action="store_true", help="the papers' own settings as far as possible: hours")
    add("--folder", type=Path, help="for the report; docs, or with --full build/full")
    notes = ROOT / "build" / "papers"
    add("--notes", type=Path, default=notes, help="for what is measured so far")
    given = parser.parse_args(words)

    chosen = [everything[name] for name in given.names] or list(everything.values())
    try:
        measured = measure(chosen, given.full, given.notes)
    except KeyboardInterrupt:
        sys.exit("\nStopped. What is measured is kept; called again, it goes on from here.")
    for result in chosen:
        print(row(result, result.study.conclude(measured[result.name])), end="\n\n")
    if not given.names:
        write(chosen, measured, given.folder or ROOT / ("build/full" if given.full else "docs"))
        shutil.rmtree(given.notes)  # the next run measures anew


if __name__ == "__main__":
    main()
