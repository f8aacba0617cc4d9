"""Sentences to a person that may hold the name of a file or what is in it."""

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
    """Have Streamlit show text as it is: as Markdown, the name of a file could make the page ask another host."""
    return _MARKUP.sub(r"\\\1", sentence)
