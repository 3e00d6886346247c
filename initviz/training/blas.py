"""BLAS held to one thread while networks are trained: their matrices are small, and more threads
each make them slower, not faster.
"""

from functools import cache
from threading import Lock
from typing import Any


class _OneThread:
    """A context that many threads may be in at once; the last one to leave lifts the limit.

    Two of threadpoolctl's own that overlap would leave the user's kernel limited for good: each
    restores what it found.
    """

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0
        self._limit: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limit = _controller().limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *exception) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limit.restore_original_limits()


@cache
def _controller():
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


one_blas_thread = _OneThread()
