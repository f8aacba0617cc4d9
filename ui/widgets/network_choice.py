"""The network selector, shared by all pages that have one."""

from collections.abc import Sequence

import streamlit as st

from data.dataset import DataError
from training.percentages import percent
from ui.state import shared_resources, streamlit_state
from ui.state.networks import SHIPPED


def choose_network(names: Sequence[str], chosen: str, key: str) -> str:
    """Show a select box of networks and return the name of the one chosen.

    Args:
        names: The names to choose from.
        chosen: The name chosen at first; if it is gone, the first of all.
        key: The key of the select box.
    """
    built_in = _built_in_label()
    if not streamlit_state.has_widget(key) and chosen in names:
        streamlit_state.set_widget(key, chosen)
    return st.selectbox(
        "Network",
        names,
        format_func=lambda name: built_in if name == SHIPPED else name,
        key=key,
        help="The built-in network, or one trained or uploaded in this session.",
        width=230,
    )


def _built_in_label() -> str:
    """Return the name of the built-in network, with its accuracy if its file can be read and states it."""
    try:
        return f"{SHIPPED} ({percent(shared_resources.shipped_reader().about['scores']['test']['right'])})"
    except (DataError, LookupError, TypeError):
        return SHIPPED
