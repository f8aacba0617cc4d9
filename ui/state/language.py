"""The language of a visitor: the one they chose, or else the first available one that their browser asks for."""

from collections.abc import Mapping
from contextvars import ContextVar

import streamlit as st

from language import translation
from ui.state.streamlit_state import in_session

COOKIE = "digit_lab_language"
"""The cookie in which a browser keeps the language chosen in it."""

_LONGEST_HEADER = 200

_of_thread: ContextVar[str | None] = ContextVar("language of the session", default=None)
"""The cached result of `of_visitor`, which a page calls a thousand times; a thread serves only one session."""


def of_visitor() -> str:
    """Return the language code of the session whose script is running; English outside sessions."""
    if not in_session():
        return translation.ENGLISH
    found = _of_thread.get()
    if found is None:
        found = of_browser(st.context.headers, st.context.cookies)
        _of_thread.set(found)
    return found


def of_browser(headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    """Return the language code for a browser, from its cookie or else from its Accept-Language header."""
    chosen = cookies.get(COOKIE)
    if chosen in translation.languages():
        return chosen
    wanted = headers.get("Accept-Language", "")[:_LONGEST_HEADER].split(",")
    return translation.best([each.partition(";")[0].strip() for each in wanted])  # browsers list them in order
