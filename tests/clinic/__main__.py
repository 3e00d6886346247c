"""The whole clinic: ``make clinic`` writes what it finds into docs/checkup.md."""

import os

os.environ["KERAS_BACKEND"] = "torch"
os.environ["OMP_NUM_THREADS"] = "1"  # there are two processes

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from clinic.cases import Result
from clinic.one_case import places, result_at
from clinic.page import written

MODULES = (
    *("timm_zoo", "torchvision_zoo", "keras_zoo", "transformers_zoo", "pyg_zoo"),
    *("classics", "sequences", "keras_classics", "sick_starts", "sick_losses", "keras_sick"),
)
PAGE = Path(__file__).parents[2] / "docs" / "checkup.md"


def results() -> Iterator[Result]:
    """In two processes, each of which imports the packages by itself."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        every = list(chain.from_iterable(pool.map(places, MODULES)))
        for n, done in enumerate(pool.map(result_at, every), start=1):
            if sys.stderr.isatty():
                print(f"\r{n} of {len(every)}", end="", file=sys.stderr, flush=True)
            yield done


def main() -> int:
    start = perf_counter()
    every = list(results())
    PAGE.write_text(written(every, perf_counter() - start))
    broken = [each for each in every if each.broken]
    for each in broken:
        print(f"{each.case.name}: {each.broken}")
    print(f"{PAGE.name}: {len(every)} cases, {len(broken)} of them broken")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
