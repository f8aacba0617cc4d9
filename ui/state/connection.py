"""The connection of a session's page: runs train until it is lost, and a closed tab leaves no memory behind."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

import streamlit as st
from streamlit import runtime

from training.scheduler import Schedulable, Scheduler
from ui.workarounds.return_memory import given_back

_SLICE_OVER = 1.0
"""Seconds after which a run that is trained no more has surely ended the slice in hand."""

_BEFORE_STREAMLIT = 5.0
"""Seconds by which a lost session ends before Streamlit's own time for it is up.

From then on Streamlit hides it, so that nobody can end it, and keeps it until the next person leaves.
"""


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
        session_id: Streamlit's id of the session.
        replaced: Whether another connection has followed this one.
    """

    def __init__(self, scheduler: Scheduler, session_id: str, empty_session: Callable[[], None]) -> None:
        """Train nothing yet.

        Args:
            scheduler: Trains the runs.
            session_id: Streamlit's id of the session.
            empty_session: Empties the session once it is gone for good, for whoever still holds it.
        """
        self.session_id = session_id
        self.replaced = False
        self._scheduler = scheduler
        self._empty_session = empty_session
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
        loop.call_later(_SLICE_OVER, _release_memory, runs)
        loop.call_later(st.get_option("server.disconnectedSessionTTL") - _BEFORE_STREAMLIT, self._end_session)

    def _end_session(self) -> None:
        """End the session and empty it, unless the visitor is back."""
        server = runtime.get_instance()
        if self.replaced or server.is_active_session(self.session_id):
            return
        with given_back():
            server.close_session(self.session_id)
            self._empty_session()


def _release_memory(runs: Iterable[ScheduledRun]) -> None:
    """Release what can be filled again, while the connection is lost."""
    with given_back():
        for run in runs:
            run.release_memory()
