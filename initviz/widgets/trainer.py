"""Trains whatever setting is newest, and gives up on the ones before it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from math import inf
from threading import Event, Lock, Thread
from time import perf_counter, sleep

from ..training import Experiment, Run, stream

TICK = 0.025  # seconds of training after which a long run is first shown, and may be given up
SLICE = 0.15  # seconds between two pictures of a long run
PATIENCE = 0.5  # seconds for which `start` waits to see a first picture
REST = 0.12  # seconds without a newer setting after which the hand counts as resting


class Trainer:
    """One experiment at a time, each on a thread of its own, the newest one winning.

    wait(): say that something is coming, while there is nothing to see. show(run): draw a run,
        finished or so far, quickly. finish(): draw it again, well, now that no newer setting has
        come for a while. fail(error): say why there is no run. All are called from the training
        thread, never two at a time, and never for a setting that is outdated.
    """

    def __init__(
        self,
        wait: Callable[[], None],
        show: Callable[[Run], None],
        finish: Callable[[], None],
        fail: Callable[[Exception], None],
    ) -> None:
        self._wait, self._show, self._finish, self._fail = wait, show, finish, fail
        self._counting, self._showing = Lock(), Lock()
        self._newest = 0

    def start(self, experiment: Experiment, patience: float | None = PATIENCE) -> None:
        """Drop what is being trained, and train this.

        Returns as soon as a first picture is drawn, or after ``patience`` seconds (None: when all
        is done). Waiting is what keeps a fast drag from queueing up: the front end sends no new
        setting before the last one is answered.
        """
        with self._counting:
            self._newest += 1
            number = self._newest
        seen = Event()
        arguments = (experiment, number, seen)
        thread = Thread(target=self._train, args=arguments, name="initviz training", daemon=True)
        thread.start()
        if patience is None:
            thread.join()
        else:
            seen.wait(patience)

    def _train(self, experiment: Experiment, number: int, seen: Event) -> None:
        def tell(what: Callable, *news) -> None:
            with self._showing:
                if number != self._newest:
                    raise _OutdatedError
                what(*news)

        try:
            shown = -inf
            for run in stream(experiment, seconds=TICK):
                if run is None:
                    tell(self._wait)
                elif run.finished or perf_counter() - shown >= SLICE:
                    tell(self._show, run)
                    shown = perf_counter()
                    seen.set()
                elif number != self._newest:
                    return
            sleep(REST)
            tell(self._finish)
        except _OutdatedError:
            pass
        except Exception as error:  # whatever it is, it belongs on the screen and not in a log
            with suppress(_OutdatedError):
                tell(self._fail, error)
        finally:
            seen.set()


class _OutdatedError(Exception):
    """A newer setting has come; what is being trained interests nobody any more."""
