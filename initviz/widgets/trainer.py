"""Trains whatever setting is newest, and gives up on the ones before it."""

import atexit
from collections.abc import Callable, Iterator
from math import inf
from threading import Condition, RLock, Thread
from time import perf_counter
from weakref import WeakSet

from ..training.experiment import Experiment
from ..training.place import place
from ..training.run import Run

TICK = 0.025  # seconds of training after which a long run is first shown, and may be given up
SLICE = 0.15  # seconds between two pictures of a long run
PATIENCE = 0.5  # seconds for which `start` waits to see a first picture
AT_ONCE = 8.0  # seconds after which a run that keeps everything waiting is given up
ASLEEP = 2.0  # seconds that a step takes at most: more than that, and the computer has slept
REST = 0.12  # seconds without a newer setting after which the hand counts as resting
LINGER = 5.0  # seconds for which the thread waits for another setting before it ends


Stream = Callable[..., Iterator[Run | None]]
Act = Callable[..., None]


class Trainer:
    """One experiment at a time, the newest one winning.

    stream(experiment, seconds=…): trains it, as ``training.stream`` does.
    wait(): say that something is coming, while there is nothing to see. show(run): draw a run,
        finished or so far, quickly. finish(): draw it again, well, now that no newer setting has
        come for a while. fail(error): say why there is no run. None is called any more once a newer
        setting has come.
    calling: the lock that is held while one of them is called.

    All settings are trained on one thread: a new one for each would cost a frame a millisecond, and
    the kernel opens a socket for every thread that speaks to the browser. Where no thread can be
    started, or nothing that one sends is shown, each is trained while the front end waits.
    """

    def __init__(self, stream: Stream, wait: Act, show: Act, finish: Act, fail: Act) -> None:
        self._stream = stream
        self._wait, self._show, self._finish, self._fail = wait, show, finish, fail
        self._news = Condition()  # guards what follows, and tells of its changes
        self._newest, self._wanted = 0, None  # settings so far, and the last one of them
        self._begun = self._seen = 0  # the number of the last one that was begun, that was shown
        self._thread: Thread | None = None
        self._closed = False
        self.calling = RLock()
        _trainers.add(self)

    def run(self, experiment: Experiment) -> None:
        """Train this here and now, to its end."""
        self._train(experiment, self._newest, rest=0)

    def start(self, experiment: Experiment) -> None:
        """Drop what is being trained, and train this on the thread.

        Returns as soon as a first picture is drawn, or after ``PATIENCE``. Waiting is what keeps a
        fast drag from queueing up: the front end sends no new setting before the last one is
        answered.
        """
        with self._news:
            if self._closed:
                return
            self._newest, self._wanted = self._newest + 1, experiment
            number = self._newest
            runs = self._thread is not None and self._thread.is_alive()
        if runs or place().heard:
            self._on_the_thread(number)
        else:
            self._train(experiment, number, rest=0, limit=AT_ONCE)

    def _on_the_thread(self, number: int) -> None:
        with self._news:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._work, name="initviz training", daemon=True)
                self._thread.start()
            self._news.notify_all()
            self._news.wait_for(lambda: self._seen >= number, PATIENCE)

    def close(self) -> None:
        """Give up what is being trained, and end the thread: from now on nothing is called."""
        with self.calling, self._news:
            self._closed, self._newest, self._wanted = True, self._newest + 1, None
            self._news.notify_all()

    def end(self) -> None:
        """Close, and wait for the thread."""
        thread = self._thread
        self.close()
        if thread is not None:
            thread.join(1)

    def _work(self) -> None:
        while True:
            with self._news:
                woken = self._news.wait_for(lambda: self._newest > self._begun, LINGER)
                if not woken or self._wanted is None:
                    self._thread = None
                    return
                number, experiment = self._newest, self._wanted
                self._begun = number
            self._train(experiment, number, REST)
            self._note_seen(number)

    def _note_seen(self, number: int) -> None:
        with self._news:
            self._seen = number
            self._news.notify_all()

    def _train(self, experiment: Experiment, number: int, rest: float, limit: float = inf) -> None:
        shown, spent, last = -inf, 0.0, perf_counter()
        try:
            for run in self._stream(experiment, seconds=TICK):
                if self._newest > number:
                    return
                now = perf_counter()
                spent, last = spent + min(max(now - last, 0), ASLEEP), now
                if run is None:
                    self._call(number, self._wait)
                elif run.finished or not 0 <= now - shown < SLICE or spent > limit:
                    self._call(number, self._show, run)
                    shown = perf_counter()
                    self._note_seen(number)
                    if spent > limit:
                        break
            with self._news:
                if self._news.wait_for(lambda: self._newest > number, rest):
                    return
            self._call(number, self._finish)
        except BaseException as error:  # whatever it is, it belongs on the screen, not in a log
            self._call(number, self._fail, error)

    def _call(self, number: int, function: Act, *args) -> None:
        """Call one of the four, unless a newer setting than ``number`` has come."""
        with self.calling:
            if self._newest == number:
                function(*args)


_trainers: WeakSet[Trainer] = WeakSet()


@atexit.register
def _end_all() -> None:
    """A thread that still computes while Python ends can take it down with a crash."""
    for trainer in list(_trainers):
        trainer.end()
