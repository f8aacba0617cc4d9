"""Free the session of a closed tab.

Streamlit 1.67.0 keeps the session of a lost connection for `server.disconnectedSessionTTL` seconds, in which it may
come back. Then it hides the session but does not free it until another one is stored or closed
(streamlit/streamlit#12506); and the server's event loop still refers to the script context that it served last. On an
idle server, the networks and datasets of the last visitors would stay in memory.

Delete this once tests/browser/test_session.py::test_closed_tabs_give_their_memory_back passes without it.
"""

import asyncio
from collections.abc import Callable

import streamlit as st
from streamlit import runtime
from streamlit.runtime.fragment import FragmentStorage
from streamlit.runtime.state import SafeSessionState

from ui.workarounds.released_memory import memory_released

_SECONDS_BEFORE_HIDDEN = 5.0
"""How long before Streamlit hides a session it is freed: afterwards, nothing can close it."""


def free_later(
    session_id: str,
    state: SafeSessionState,
    fragments: FragmentStorage,
    loop: asyncio.AbstractEventLoop,
    *,
    unless: Callable[[], bool],
) -> None:
    """Free a session whose connection is lost, unless it has come back by the end of its time.

    Args:
        session_id: Its id.
        state: Its `st.session_state`, behind Streamlit's wrapper.
        fragments: Its fragments.
        loop: The server's event loop.
        unless: Whether it has come back.
    """

    def free() -> None:
        server = runtime.get_instance()
        if unless() or server.is_active_session(session_id):
            return
        with memory_released():
            server.close_session(session_id)
            wrapped = state._state  # noqa: SLF001 - the wrapper has no way to empty it
            wrapped.clear()
            wrapped._new_widget_state.widget_metadata.clear()  # noqa: SLF001 - `clear` leaves callbacks
            fragments.clear()

    loop.call_later(st.get_option("server.disconnectedSessionTTL") - _SECONDS_BEFORE_HIDDEN, free)
