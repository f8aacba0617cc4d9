"""The connection of a session's page: runs train until it is lost, and a closed tab leaves no memory behind."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from training.scheduler import Schedulable, Scheduler
from ui.workarounds.closed_session import free_later
from ui.workarounds.released_memory import memory_released

_LONGEST_SLICE = 1.0
"""Seconds after which the slice that a run was in when it was removed from the scheduler has surely ended."""


class ScheduledRun(Schedulable, Protocol):
    """A run that the scheduler trains."""

    def release_memory(self) -> None:
        """Release memory that can be filled again."""


class Interruptible(Protocol):
    """A search that can be stopped for now."""

    def interrupt(self) -> None:
        """Stop what is under way. Returns at once."""


class Connection:
    """Trains a session's runs, and lets its search go on, until the connection of its page is lost.

    A script that is still under way then, or a callback that comes late, cannot start a run over a lost connection;
    the script that follows a new connection has a new one. Where none follows within two minutes, the tab is gone for
    good, and the session's memory is freed.

    Attributes:
        context: Streamlit's context of the session's scripts.
        replaced: Whether another connection has followed this one.
    """

    def __init__(self, scheduler: Scheduler, context: ScriptRunContext) -> None:
        """Train nothing yet.

        Args:
            scheduler: Trains the runs.
            context: Streamlit's context of the session's scripts.
        """
        self.replaced = False
        self._scheduler = scheduler
        self.context = context
        self._lock = threading.Lock()
        self._runs: set[ScheduledRun] = set()
        self._search: Interruptible | None = None
        self._lost = False

    def train(self, run: ScheduledRun) -> None:
        """Train a run from now on, beside those that are trained already."""
        with self._lock:
            if not self._lost:
                self._runs.add(run)
                self._scheduler.add(run)

    def stop_training(self, run: ScheduledRun) -> None:
        """Train a run no more, and drop it."""
        with self._lock:
            self._runs.discard(run)
            self._scheduler.remove(run)

    def search(self, search: Interruptible, begin: Callable[[], None]) -> None:
        """Call `begin`, which starts a part of the search; it is interrupted when the connection is lost."""
        with self._lock:
            if not self._lost:
                self._search = search
                begin()

    def end(self) -> None:
        """Stop training and search; weights and history stay with the session for now. Returns at once."""
        with self._lock:
            self._lost = True
            runs, self._runs = self._runs, set()
            for run in runs:
                self._scheduler.remove(run)
            search, self._search = self._search, None
            if search is not None:
                search.interrupt()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # outside the server there is no loop, and nobody who might come back
            return
        loop.call_later(_LONGEST_SLICE, _release_memory, runs)
        context = self.context
        free_later(
            context.session_id, context.session_state, context.fragment_storage, loop, unless=lambda: self.replaced
        )


def _release_memory(runs: Iterable[ScheduledRun]) -> None:
    """Release what can be filled again, while the connection is lost."""
    with memory_released():
        for run in runs:
            run.release_memory()
