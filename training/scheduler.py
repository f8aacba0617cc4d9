"""The few threads of the process that train all runs in turn.

A thread for each run would make them fight over the cores and starve the pages. Here each run gets a short slice,
then the next one does, so that twenty runs share the machine as fairly as two.
"""

import logging
import os
import threading
import time
from typing import Protocol

from threadpoolctl import threadpool_limits

SLICE = 0.02
"""Seconds of training before the next run has its turn."""

WAY = 0.15
"""Seconds that training gives way to what a person waits for."""

_MOST_THREADS = 4
"""Each thread holds Python's one lock for about a fifth of its time; with more they would wait for one another, and the
pages for all of them."""

logger = logging.getLogger(__name__)


class Trainable(Protocol):
    """What the scheduler asks of a run."""

    def advance(self, seconds: float) -> float | None:
        """Train for about so many seconds; return seconds until it wants to go on, None when it does not."""


class Scheduler:
    """Trains runs in turn on a few threads, which exist only while there is a run to train.

    A run that raises is logged and trained no more until it is added again; the others do not notice.
    """

    def __init__(self, threads: int | None = None) -> None:
        """Make ready; no thread starts yet.

        Args:
            threads: How many may train at once; as many as there are cores when left out, and no more than four.
        """
        self._threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)
        self._changed = threading.Condition()
        self._due: dict[Trainable, float] = {}
        self._busy: set[Trainable] = set()
        self._alive = 0
        self._rests_until = 0.0
        # Matrix products of one run stay on one core: the threads here are the parallelism.
        threadpool_limits(limits=1, user_api="blas")

    def add(self, run: Trainable) -> None:
        """Train a run from now on, until it has enough or is removed; one that is trained already is left as it is."""
        with self._changed:
            self._due[run] = time.monotonic()
            if self._alive < min(self._threads, len(self._due)):
                self._alive += 1
                threading.Thread(target=self._work, name="training", daemon=True).start()
            self._changed.notify()

    def remove(self, run: Trainable) -> None:
        """Train a run no more: its slice in hand is its last. Returns at once."""
        with self._changed:
            self._due.pop(run, None)
            self._changed.notify_all()

    def give_way(self) -> None:
        """Begin no slice for a moment, in which the machine does what a person waits for. Returns at once.

        However often it is asked, training has half the time.
        """
        with self._changed:
            now = time.monotonic()
            if now >= self._rests_until + WAY:
                self._rests_until = now + WAY

    def _work(self) -> None:
        while turn := self._next():
            run, due = turn
            try:
                wait = run.advance(SLICE)
            except Exception:
                logger.exception("A run failed and is trained no more.")
                wait = None
            with self._changed:
                self._busy.discard(run)
                if self._due.get(run) == due:  # else it was removed, or set off again, meanwhile
                    if wait is None:
                        del self._due[run]
                    else:
                        self._due[run] = time.monotonic() + wait
                self._changed.notify()

    def _next(self) -> tuple[Trainable, float] | None:
        """Wait for the run that has waited longest, and since when; None when there is none left for this thread."""
        with self._changed:
            while True:
                free = [run for run in self._due if run not in self._busy]
                if not free and len(self._due) < self._alive:
                    self._alive -= 1
                    return None
                run = min(free, key=self._due.__getitem__, default=None)
                wait = None if run is None else max(self._due[run], self._rests_until) - time.monotonic()
                if run is not None and wait is not None and wait <= 0:
                    self._busy.add(run)
                    return run, self._due[run]
                self._changed.wait(wait)
