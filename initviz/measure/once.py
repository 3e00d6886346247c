"""Measure once: what a view has measured on a run is there when the next view asks for it."""

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar

from ..training.run import Run

LATEST = 32  # epochs whose results are kept beside the start's

P = ParamSpec("P")
T = TypeVar("T")
_lock = Lock()


def once_per_run(function: Callable[Concatenate[Run, P], T]) -> Callable[Concatenate[Run, P], T]:
    """A function of (run) or (run, epoch, …) whose results stay with the run, and go when it goes.

    Kept are those for the whole run and for epoch 0, which are shown again and again, and those of
    the ``LATEST`` other epochs. They are shared: callers must not change them. Further arguments
    must be hashable.
    """

    @wraps(function)
    def remembered(run: Run, *args: P.args, **kwargs: P.kwargs) -> T:
        asked = (*args, *kwargs.items())
        with _lock:
            results = run._memo.setdefault(remembered, {})
            result = results.get(asked)
        if result is None:
            result = function(run, *args, **kwargs)
        with _lock:
            results.pop(asked, None)
            results[asked] = result  # the latest comes last
            passing = [each for each in results if each and each[0] != 0]
            for each in passing[:-LATEST]:
                del results[each]
        return result

    return remembered
