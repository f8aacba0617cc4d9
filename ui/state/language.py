"""The language of a visitor: the one they chose, before that the first that their browser wants and that there is."""

from collections.abc import Mapping
from contextvars import ContextVar

import streamlit as st

from language import translation
from ui.state.streamlit_state import in_session

COOKIE = "digit_lab_language"
"""The cookie in which a browser keeps the language that was chosen there."""

_LONGEST_HEADER = 200

_of_thread: ContextVar[str | None] = ContextVar("language of the session", default=None)
"""What `of_visitor` has found in this thread, as a page asks a thousand times; it runs the scripts of one session."""


def of_visitor() -> str:
    """Return the code of the language to speak: that of the session whose script this is, elsewhere English."""
    if not in_session():
        return translation.ENGLISH
    found = _of_thread.get()
    if found is None:
        found = of_browser(st.context.headers, st.context.cookies)
        _of_thread.set(found)
    return found


def of_browser(headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    """Return the code of the language to speak to a browser, by the cookie that it sends or by what it wants."""
    chosen = cookies.get(COOKIE)
    if chosen in translation.languages():
        return chosen
    wanted = headers.get("Accept-Language", "")[:_LONGEST_HEADER].split(",")
    return translation.best([each.partition(";")[0].strip() for each in wanted])  # browsers state them in order
