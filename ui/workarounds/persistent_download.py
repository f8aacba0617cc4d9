"""Download buttons whose file stays available until the browser has fetched it.

Given a callable, Streamlit 1.67.0's download button creates the file on click (streamlit/streamlit#12942) and sends the
browser its URL, but does not record which session needs it: the next script run of any session deletes the file, and a
slow connection gets a 404. While a network trains, pages redraw four times a second. Here the visitor's session holds
the file until the page is redrawn or the button is clicked again. streamlit/streamlit#8932 is a similar report.

Delete this once tests/browser/test_downloads.py passes with `st.download_button` itself.
"""

import threading
from collections.abc import Callable

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from ui.state import streamlit_state
from ui.state.file_turns import MAKING


def download_button(
    label: str,
    make: Callable[[], bytes],
    *,
    file_name: str,
    key: str,
    mime: str = "application/octet-stream",
    disabled: bool = False,
    help: str | None = None,  # noqa: A002
) -> None:
    """Show a button that downloads a file without rerunning the page.

    Args:
        label: The label.
        make: Creates the file on click, in a thread without a session.
        file_name: The file name suggested by the browser.
        key: The widget's key; a session holds one file per key.
        mime: The MIME type.
        disabled: Whether to disable the button.
        help: The tooltip.
    """
    context = get_script_run_ctx()
    visitor = frozenset() if context is None else streamlit_state.visitor()

    def make_and_hold() -> bytes:
        if visitor in MAKING.waiting:  # each that waits takes one of the few threads in which Streamlit makes files
            raise RuntimeError("one file of this session is being made, and one waits")
        with MAKING.turn(visitor):
            file = make()
        if context is not None and runtime.exists():
            # Streamlit determines the session that holds a file from the current thread, so this needs a new one.
            hold = threading.Thread(target=_hold, args=(context.session_id, file, mime, key, file_name))
            add_script_run_ctx(hold, context)
            hold.start()
            hold.join()
        return file

    st.download_button(
        label, make_and_hold, file_name=file_name, mime=mime, key=key, on_click="ignore", disabled=disabled, help=help
    )


def _hold(session_id: str, file: bytes, mime: str, key: str, file_name: str) -> None:
    """Make a session hold a file; the same bytes, type and name give the same URL."""
    server = runtime.get_instance()
    server.media_file_mgr.add(file, mime, f"download {key}", file_name, is_for_static_download=True)
    if not server.is_active_session(session_id):  # the tab has since closed, and its files are already released
        server.media_file_mgr.clear_session_refs(session_id)
