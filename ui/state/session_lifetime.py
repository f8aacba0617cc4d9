"""A session's runs train for as long as its page is connected, and a tab that is gone leaves nothing behind."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

import streamlit as st
from streamlit import runtime

from training.scheduler import Scheduler, Trainable
from ui.workarounds.return_memory import given_back

_SLICE_OVER = 1.0
"""Seconds after which a run that is trained no more has surely ended the slice in hand."""

_BEFORE_STREAMLIT = 5.0
"""Seconds by which a lost session ends before Streamlit's own time for it is up.

From then on Streamlit hides it, so that nobody can end it, and keeps it until the next person leaves.
"""


class Leased(Trainable, Protocol):
    """What a lease asks of a run."""

    def release_memory(self) -> None:
        """Release memory that can be filled again."""


class Searching(Protocol):
    """What a lease asks of a search."""

    def interrupt(self) -> None:
        """End what is under way. Returns at once."""


class Lease:
    """Lets a session's runs train for as long as its page is connected.

    It ends with the connection. A script that is still under way then, or a callback that comes late, finds it ended
    and cannot set a run off again; the script that follows a new connection has a new one. Where none follows
    within two minutes, the tab is gone for good, and so is all that the session held.

    Attributes:
        session_id: What Streamlit calls the session.
    """

    def __init__(self, scheduler: Scheduler, session_id: str, empty: Callable[[], None]) -> None:
        """Let nothing be trained yet.

        Args:
            scheduler: That trains the runs.
            session_id: What Streamlit calls the session.
            empty: Leaves nothing in a session that is over, for whoever holds it.
        """
        self._scheduler = scheduler
        self.session_id = session_id
        self._empty = empty
        self._lock = threading.Lock()
        self._runs: set[Leased] = set()
        self._search: Searching | None = None
        self._ended = False
        self._renewed = False

    def train(self, run: Leased) -> None:
        """Have a run trained from now on, beside those that are."""
        with self._lock:
            if not self._ended:
                self._runs.add(run)
                self._scheduler.add(run)

    def leave(self, run: Leased) -> None:
        """Have a run trained no more, and let go of it."""
        with self._lock:
            self._runs.discard(run)
            self._scheduler.remove(run)

    def search(self, search: Searching, begin: Callable[[], None]) -> None:
        """Have a search begin something, which goes on no longer than the page is connected."""
        with self._lock:
            if not self._ended:
                self._search = search
                begin()

    def renew(self) -> None:
        """Know that another lease follows this one: the person is back."""
        self._renewed = True

    def end(self) -> None:
        """Let nothing train or search any more; weights and history stay with the session for now. Returns at once."""
        with self._lock:
            self._ended = True
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
        loop.call_later(_SLICE_OVER, _rest, runs)
        loop.call_later(st.get_option("server.disconnectedSessionTTL") - _BEFORE_STREAMLIT, self._let_go)

    def _let_go(self) -> None:
        """End the session and empty it, unless the person is back."""
        server = runtime.get_instance()
        if self._renewed or server.is_active_session(self.session_id):
            return
        with given_back():
            server.close_session(self.session_id)
            self._empty()


def _rest(runs: Iterable[Leased]) -> None:
    """Give back what can be made again, while the connection is lost."""
    with given_back():
        for run in runs:
            run.release_memory()
