"""The connection of a session's page: runs train until it is lost, and a closed tab's memory is freed."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Protocol, Self

from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from training.scheduler import Schedulable, Scheduler
from ui.state.kept_visits import VISITS
from ui.workarounds.closed_session import free_later
from ui.workarounds.released_memory import release_memory_soon

_LONGEST_SLICE = 1.0
"""Seconds to wait after removing a run from the scheduler, so that its last slice has ended."""


class ScheduledRun(Schedulable, Protocol):
    """A run that the scheduler trains."""

    def release_memory(self) -> None:
        """Release memory that can be rebuilt."""


class Interruptible(Protocol):
    """A search that can be suspended."""

    def interrupt(self) -> None:
        """Suspend the search without blocking."""


class Connection:
    """Trains a session's runs and continues its search until the page's connection is lost.

    After that, neither a script that is still running nor a late callback can start a run. Reconnecting or reloading
    creates a new `Connection`; if that does not happen within two minutes, the tab counts as closed and the session's
    memory is freed. After a reload, the old session's memory is freed at once.

    Attributes:
        context: Streamlit's context for the session's scripts.
        replaced: Whether a newer connection of the same Streamlit session has replaced this one.
    """

    def __init__(self, scheduler: Scheduler, context: ScriptRunContext) -> None:
        """Start without runs."""
        self.replaced = False
        self._scheduler = scheduler
        self.context = context
        self._lock = threading.Lock()
        self._runs: set[ScheduledRun] = set()
        self._search: Interruptible | None = None
        self._lost = self._continued = False
        self._free: Callable[[], None] | None = None

    def train(self, run: ScheduledRun) -> None:
        """Start training a run alongside those already in training."""
        with self._lock:
            if not self._lost:
                self._runs.add(run)
                self._scheduler.add(run)

    def stop_training(self, run: ScheduledRun) -> None:
        """Stop training a run and forget it."""
        with self._lock:
            self._runs.discard(run)
            self._scheduler.remove(run)

    def search(self, search: Interruptible, begin: Callable[[], None]) -> None:
        """Call `begin`, which starts part of the search; losing the connection interrupts it."""
        with self._lock:
            if not self._lost:
                self._search = search
                begin()

    def replace(self, newer: Self) -> None:
        """Stop in favour of a newer connection: of the same page, or of one that continues its visit after a reload."""
        self.replaced = newer.context.session_id == self.context.session_id
        self._stop()
        with self._lock:
            self._continued, free = not self.replaced, self._free
        if self._continued and free is not None:
            free()

    def end(self) -> None:
        """Stop training and search without blocking; the session keeps weights and history for now."""
        runs = self._stop()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # outside the server there is no loop and no one to reconnect
            return
        loop.call_later(_LONGEST_SLICE, loop.run_in_executor, None, _release_memory, runs)
        context = self.context
        free = free_later(
            context.session_id,
            context.session_state,
            context.fragment_storage,
            loop,
            unless=lambda: self.replaced,
            also=VISITS.let_go,
        )
        with self._lock:
            self._free, continued = free, self._continued
        if continued:
            free()

    def _stop(self) -> set[ScheduledRun]:
        """Stop training and search; return the runs that were being trained."""
        with self._lock:
            self._lost = True
            runs, self._runs = self._runs, set()
            for run in runs:
                self._scheduler.remove(run)
            search, self._search = self._search, None
            if search is not None:
                search.interrupt()
        return runs


def _release_memory(runs: Iterable[ScheduledRun]) -> None:
    """Release rebuildable memory while the connection is lost."""
    for run in runs:
        run.release_memory()
    release_memory_soon()
