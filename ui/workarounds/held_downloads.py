"""Files that are made when they are asked for, and stay until the browser has come for them.

Streamlit makes the file of a download button at the press and tells the browser its address, but counts nobody who
needs it: the file is gone with the second script of any session that ends after that. While networks train, that is a
fraction of a second, and a slow connection comes for it later. Here the person's session holds the file, until its page
is drawn anew or the button is pressed again.
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
    """Show a button that makes a file and has the browser save it; the page is not drawn anew.

    Args:
        label: What stands on it.
        make: Makes the file, in a thread without a session.
        file_name: The name that the browser proposes.
        key: The widget's, and the file's: a session holds one file a key.
        mime: What kind of file it is.
        disabled: Whether there is nothing to take away.
        help: What it says when it is pointed at.
    """
    context = get_script_run_ctx()

    def made() -> bytes:
        file = make()
        if context is not None and runtime.exists():
            # A thread of its own, since it is by its thread that Streamlit knows for which session a file is held.
            hold = threading.Thread(target=_hold, args=(context.session_id, file, mime, key, file_name))
            add_script_run_ctx(hold, context)
            hold.start()
            hold.join()
        return file

    st.download_button(
        label, made, file_name=file_name, mime=mime, key=key, on_click="ignore", disabled=disabled, help=help
    )


def _hold(session_id: str, file: bytes, mime: str, key: str, file_name: str) -> None:
    """Have a session hold a file; its address is that of the same bytes, kind and name elsewhere."""
    server = runtime.get_instance()
    server.media_file_mgr.add(file, mime, f"download {key}", file_name, is_for_static_download=True)
    if not server.is_active_session(session_id):  # the tab was closed meanwhile, and what it held is dropped already
        server.media_file_mgr.clear_session_refs(session_id)
