"""Train all runs of the process in turn, on a few threads.

With one thread per run, the runs would compete for the cores and starve the pages. Instead, each run trains for a
short time slice and then waits for its next turn, so that twenty runs share the machine as fairly as two. A run whose
pieces of work are longer than a slice misses turns in exchange (deficit round robin; Shreedhar and Varghese, 1995).
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from typing import Protocol

from threadpoolctl import threadpool_limits

SLICE_SECONDS = 0.02
"""How long a run trains before the next run takes its turn."""

PAUSE_SECONDS = 0.15
"""How long training pauses for work that a user is waiting for."""

_MAX_THREADS = 4
"""Each thread holds the GIL for about a fifth of its time; more threads would delay one another and the pages."""

logger = logging.getLogger(__name__)


class Schedulable(Protocol):
    """What the scheduler needs from a run."""

    def advance(self, seconds: float) -> float | None:
        """Train for about this long; return the seconds until the run can continue, or None if it has stopped."""


class InPieces:
    """The work of a generator that yields between its pieces; it takes turns with the runs in the scheduler."""

    def __init__(self, work: Iterator[None]) -> None:
        """Keep the work for `advance`."""
        self._work = work

    def advance(self, seconds: float) -> float | None:
        """Work for about this long, at least one piece; return 0 if there is more to do, None if not."""
        until = time.monotonic() + seconds
        for _ in self._work:
            if time.monotonic() >= until:
                return 0.0
        return None

    def release_memory(self) -> None:
        """Keep everything: it is needed until the last piece."""


class Scheduler:
    """Trains runs in turn on a few threads, which exist only while there is a run to train.

    If a run raises, the error is logged and the run is dropped until it is added again; the others continue.
    """

    def __init__(self, threads: int | None = None) -> None:
        """Prepare to train on this many threads, by default one per core, but at most four; none starts yet."""
        self._threads = threads or min(os.cpu_count() or 1, _MAX_THREADS)
        self._changed = threading.Condition()
        self._due: dict[Schedulable, float] = {}
        self._busy: set[Schedulable] = set()
        self._overtime: dict[Schedulable, float] = {}
        self._alive = 0
        self._paused_until = 0.0
        # One BLAS thread each: the parallelism is between runs.
        threadpool_limits(limits=1, user_api="blas")

    def add(self, run: Schedulable) -> None:
        """Train a run until it stops or is removed; a run already added becomes due at once."""
        with self._changed:
            self._due[run] = time.monotonic()
            if self._alive < min(self._threads, len(self._due)):
                threading.Thread(target=self._work, name="training", daemon=True).start()
                self._alive += 1  # only now: it may fail to start
            self._changed.notify()

    def remove(self, run: Schedulable) -> None:
        """Stop training a run after its current time slice. Returns at once."""
        with self._changed:
            self._due.pop(run, None)
            self._overtime.pop(run, None)
            self._changed.notify_all()

    def pause_briefly(self) -> None:
        """Start no time slice for PAUSE_SECONDS, to free the processor for something more urgent. Returns at once.

        However often this is called, training gets half of the time.
        """
        with self._changed:
            now = time.monotonic()
            if now >= self._paused_until + PAUSE_SECONDS:
                self._paused_until = now + PAUSE_SECONDS

    def _work(self) -> None:
        while turn := self._next():
            run, due = turn
            began = time.monotonic()
            try:
                wait = run.advance(SLICE_SECONDS)
            except Exception:
                logger.exception("A run failed and was dropped.")
                wait = None
            with self._changed:
                self._busy.discard(run)
                if self._due.get(run) == due:  # otherwise it was removed or re-added meanwhile
                    if wait is None:
                        del self._due[run]
                        self._overtime.pop(run, None)
                    else:
                        now = time.monotonic()
                        self._due[run] = now + wait
                        self._overtime[run] = max(self._overtime[run] + now - began - SLICE_SECONDS, 0.0)
                self._changed.notify()

    def _next(self) -> tuple[Schedulable, float] | None:
        """Wait for the longest overdue run, and return it with its due time; None to end this thread."""
        with self._changed:
            while True:
                free = [run for run in self._due if run not in self._busy]
                if not free and len(self._due) < self._alive:
                    self._alive -= 1
                    return None
                run = min(free, key=self._due.__getitem__, default=None)
                wait = None if run is None else max(self._due[run], self._paused_until) - time.monotonic()
                if run is not None and wait is not None and wait <= 0:
                    overtime = self._overtime.get(run, 0.0) if len(free) > 1 else 0.0  # nothing else is waiting
                    if overtime >= SLICE_SECONDS:
                        self._overtime[run] = overtime - SLICE_SECONDS
                        self._due[run] = time.monotonic()
                        continue
                    self._overtime[run] = overtime
                    self._busy.add(run)
                    return run, self._due[run]
                self._changed.wait(wait)
