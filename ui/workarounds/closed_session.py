"""Free the session of a closed tab.

After a connection is lost, Streamlit 1.67.0 keeps its session for `server.disconnectedSessionTTL` seconds in case it
reconnects. It then hides the session but does not free it until another one is stored or closed
(streamlit/streamlit#12506), and the server's event loop still references the last script context. On an idle server,
the networks and datasets of the last visitors would stay in memory.

Delete this once tests/browser/test_session.py::test_closed_tabs_give_their_memory_back passes without it.
"""

import asyncio
from collections.abc import Callable

import streamlit as st
from streamlit import runtime
from streamlit.runtime.fragment import FragmentStorage
from streamlit.runtime.state import SafeSessionState

from ui.workarounds.released_memory import release_memory_soon

_SECONDS_BEFORE_HIDDEN = 5.0
"""Seconds by which a session is freed before Streamlit hides it; a hidden session cannot be closed."""


def free_later(
    session_id: str,
    state: SafeSessionState,
    fragments: FragmentStorage,
    loop: asyncio.AbstractEventLoop,
    *,
    unless: Callable[[], bool],
    also: Callable[[str], None],
) -> Callable[[], None]:
    """Free a session whose connection is lost, unless it reconnects in time.

    Args:
        session_id: The session's id.
        state: The session's `st.session_state`, in Streamlit's wrapper.
        fragments: The session's fragments.
        loop: The server's event loop.
        unless: Returns whether the session has reconnected.
        also: Frees what is held outside the session, given its id.

    Returns:
        A function that frees the session now; call it from any thread.
    """

    def free() -> None:
        server = runtime.get_instance()
        if unless() or server.is_active_session(session_id):
            return
        also(session_id)
        server.close_session(session_id)
        wrapped = state._state  # noqa: SLF001 - the wrapper has no way to empty it
        wrapped.clear()
        wrapped._new_widget_state.widget_metadata.clear()  # noqa: SLF001 - `clear` leaves callbacks
        fragments.clear()
        release_memory_soon()

    later = loop.call_later(st.get_option("server.disconnectedSessionTTL") - _SECONDS_BEFORE_HIDDEN, free)

    def free_instead() -> None:
        later.cancel()
        free()

    def free_now() -> None:
        loop.call_soon_threadsafe(free_instead)

    return free_now
