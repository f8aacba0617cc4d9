"""The choice of a view at the top of a page that has several."""

from collections.abc import Iterable

import streamlit as st

from language.translation import _


def choose_view(names: Iterable[str], key: str) -> str:
    """Show a page's views, given by their English names, and return the chosen one: initially the first."""
    views = list(names)
    chosen = st.segmented_control(
        _("View"),
        views,
        format_func=_,
        default=views[0],
        required=True,
        key=key,
        persist_state="session",
        label_visibility="collapsed",
    )
    assert chosen is not None
    return chosen
