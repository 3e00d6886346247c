"""All restarts of one experiment, in blocks that a few threads train side by side."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from time import perf_counter

import numpy as np

from ..networks.network import Network
from .task import Block, Loop, Task

SLICE = 0.02  # seconds that a block is trained for before anything can interrupt it
PACE = 3e-10  # seconds for a sample and a weight, until it is measured


class Ensemble:
    """losses, accuracies: (epochs + 1, restarts), NaN where they are still to come; accuracies are
    None where there is no right answer. kept: (snapshots, restarts, parameters)."""

    def __init__(self, task: Task, network: Network, loop: Loop, blocks: int, threads: int) -> None:
        """blocks: into how many the restarts are split. threads: how many work on them."""
        restarts, shape = network.restarts, (task.epochs + 1, network.restarts)
        self.losses = np.full(shape, np.nan)
        self.accuracies = None if task.test is None else self.losses.copy()
        self.kept = np.empty((task.slots.max() + 1, restarts, sum(task.sizes)), task.data[0].dtype)
        flat = [each.reshape(restarts, -1) for each in network.arrays]
        np.concatenate(flat, axis=1, out=self.kept[0])
        bounds = np.linspace(0, restarts, min(blocks, restarts) + 1).astype(int).tolist()
        self._blocks = [self._block(slice(*each)) for each in pairwise(bounds)]
        self._waiting = deque(self._blocks)
        self._task, self._loop, self._threads = task, loop, min(threads, len(self._blocks))
        self._pace = PACE * sum(task.sizes) * task.data[0].shape[1]
        self._stop = np.inf

    def _block(self, restarts: slice) -> Block:
        accuracies = None if self.accuracies is None else self.accuracies[:, restarts]
        return Block(self.losses[:, restarts], accuracies, self.kept[:, restarts])

    @property
    def done(self) -> int:
        """The last epoch that is measured for all restarts; -1 before the first."""
        return min(block.epoch for block in self._blocks) - 1

    def advance(self, seconds: float) -> bool:
        """Train for about ``seconds``, at least a slice of one block. True when all is done.

        If ``seconds`` is infinite, each block is trained from start to end, so that only the blocks
        at work take memory. Otherwise they take turns, so that all restarts advance alike.
        """
        self._stop = perf_counter() + seconds
        if self._threads == 1:
            self._work()
        else:
            with ThreadPoolExecutor(self._threads - 1) as threads:
                helpers = []
                with suppress(RuntimeError):  # no more can be started: those there are do it all
                    for _ in range(self._threads - 1):
                        helpers.append(threads.submit(self._work))
                try:
                    self._work()
                    for helper in helpers:
                        helper.result()
                finally:  # an interrupt ends them soon
                    self._stop = 0
        return not self._waiting

    def _work(self) -> None:
        in_turns = self._stop < np.inf
        put_back = self._waiting.append if in_turns else self._waiting.appendleft
        try:
            with np.errstate(all="ignore"):  # divergence is a result; it is found in the losses
                while (block := self._next()) is not None:
                    self._train(block, in_turns)
                    if block.epoch <= self._task.epochs:
                        put_back(block)
                    if perf_counter() > self._stop:
                        return
        except BaseException:
            self._stop = 0  # the others need not go on
            raise

    def _next(self) -> Block | None:
        """The block whose turn it is; another thread may be about to take the last one."""
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def _train(self, block: Block, in_turns: bool) -> None:
        """A slice of a block. Of epoch 0 all restarts can be shown as soon as possible."""
        restarts, start = block.losses.shape[1], perf_counter()
        epochs = max(1, int(SLICE / self._pace / restarts))
        end = min(block.epoch + epochs, self._task.epochs + 1)
        if block.epoch == 0:
            block.begin(self._task)
            end = 1 if in_turns else end
        self._loop(self._task, block, end)
        # A browser's clock may stand still meanwhile, and one may be set back while it runs.
        took = max(perf_counter() - start, 1e-9)
        self._pace = took / (end - block.epoch) / restarts
        block.epoch = end
        if end > self._task.epochs:
            block.finish()
