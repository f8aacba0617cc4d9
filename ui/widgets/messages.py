"""Messages and labels that may quote the name or content of a visitor's file."""

import re

import streamlit as st

from language.translation import _

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+!|~$:&-])")


def problem(sentence: str) -> None:
    """Say what is wrong and what to do."""
    st.error(plain(sentence))


def unexpected(error: Exception) -> bool:
    """Say that a page could not be finished, in place of Streamlit's message; Streamlit has logged the error."""
    if isinstance(error, MemoryError):
        sentence = _(
            "The server ran out of memory. What you made is kept. Reload the page, or try it with less data or fewer"
            " units."
        )
    else:
        sentence = _("This failed, and should not have. What you made is kept. Reload the page, or open another.")
    problem(sentence)
    return True


def hint(sentence: str) -> None:
    """Say what to do."""
    st.info(plain(sentence))


def done(sentence: str) -> None:
    """Say what was done."""
    st.success(plain(sentence))


def plain(sentence: str) -> str:
    """Escape Markdown, which in the name of a class or file could make the page contact another host."""
    return _MARKUP.sub(r"\\\1", sentence)
