"""A bar for long work that leaves nothing behind: neither on the screen nor in a saved notebook."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sized
from itertools import islice
from typing import TypeVar

from ..errors import bad

T = TypeVar("T")

# tqdm writes its first bar into a saved notebook, as text. Without the counts that is blank.
BLANK = "{desc}{bar}"
MOST = 1_000_000  # that are made before the first is passed on, for the bar to know how many


def progress(items: Iterable[T]) -> Iterator[T]:
    """Go through ``items`` under a progress bar (tqdm's, in a terminal or a notebook).

    >>> [n**2 for n in progress([1, 2, 3])]
    [1, 4, 9]
    """
    try:
        iter(items)
        held = items if isinstance(items, Sized) else list(islice(items, MOST + 1))
        total = len(held)
    except Exception:  # whatever a class of somebody's raises
        raise bad("items", items, "give something to go through, such as a list") from None
    if held is not items and total > MOST:
        raise bad("items", items, f"give what has a length, or no more than {MOST:,}")
    return _under_a_bar(held, total)


def _under_a_bar(items: Iterable[T], total: int) -> Iterator[T]:
    with Bar(total) as bar:
        for done, item in enumerate(items, start=1):
            yield item
            bar.show(done)


class Bar:
    """A bar of ``total`` steps, open for the length of a ``with``; nothing where not ``shown``."""

    def __init__(self, total: int, shown: bool = True) -> None:
        self._bar = None
        if shown and sys.stderr is not None:  # which a program without a console has not
            from tqdm.auto import tqdm  # here, because it would make up most of `import initviz`

            # Its monitor would be a thread, to show late what ``show`` shows at once.
            quiet = type("tqdm", (tqdm,), {"monitor_interval": 0})
            self._bar = quiet(total=total, bar_format=BLANK, leave=False)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *exception) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, done: int) -> None:
        if self._bar is not None:
            self._bar.n = done
            self._bar.set_description_str(f"{done:,} of {self._bar.total:,} ")
