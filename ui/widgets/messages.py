"""Messages that may quote the name or content of a visitor's file."""

import re

import streamlit as st

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+!|~$:&-])")


def problem(sentence: str) -> None:
    """Say what is wrong and what to do."""
    st.error(_plain(sentence))


def hint(sentence: str) -> None:
    """Say what to do."""
    st.info(_plain(sentence))


def done(sentence: str) -> None:
    """Say what was done."""
    st.success(_plain(sentence))


def _plain(sentence: str) -> str:
    """Escape Markdown, which in a file name could make the page load resources from another host."""
    return _MARKUP.sub(r"\\\1", sentence)
