"""Download buttons whose file stays available until the browser has fetched it.

Streamlit 1.67.0 makes the file of a download button with a callable at the click (streamlit/streamlit#12942) and sends
the browser its URL, but records no session that needs it: the file is deleted after the next script run of any session,
and a slow connection gets a 404. While a network trains, pages redraw four times a second. Here the visitor's session
holds the file until its page is drawn again or the button is clicked again. A similar report: streamlit/streamlit#8932.

Delete this once tests/browser/test_downloads.py passes with `st.download_button` itself.
"""

import threading
from collections.abc import Callable

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx


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
    """Show a button that downloads a file without a rerun of the page.

    Args:
        label: The label.
        make: Makes the file at a click, in a thread without a session.
        file_name: The name that the browser suggests.
        key: The widget's key; a session holds one file per key.
        mime: The MIME type.
        disabled: Whether there is nothing to download.
        help: The tooltip.
    """
    context = get_script_run_ctx()

    def make_and_hold() -> bytes:
        file = make()
        if context is not None and runtime.exists():
            # Streamlit finds the session for which a file is held by the current thread, so this takes its own.
            hold = threading.Thread(target=_hold, args=(context.session_id, file, mime, key, file_name))
            add_script_run_ctx(hold, context)
            hold.start()
            hold.join()
        return file

    st.download_button(
        label, make_and_hold, file_name=file_name, mime=mime, key=key, on_click="ignore", disabled=disabled, help=help
    )


def _hold(session_id: str, file: bytes, mime: str, key: str, file_name: str) -> None:
    """Have a session hold a file; the same bytes, type and name have the same URL."""
    server = runtime.get_instance()
    server.media_file_mgr.add(file, mime, f"download {key}", file_name, is_for_static_download=True)
    if not server.is_active_session(session_id):  # the tab has closed meanwhile, and what it held is gone already
        server.media_file_mgr.clear_session_refs(session_id)
