"""The network selector, shared by all pages that have one."""

import streamlit as st

from ui.state import shared_resources, streamlit_state
from ui.state.networks import SHIPPED
from ui.state.session import Session


def network_chosen(session: Session, key: str) -> str:
    """Return the chosen network's name, even before the select box with this key is drawn."""
    name = streamlit_state.widget_value(key) if streamlit_state.has_widget(key) else session.networks.chosen
    return str(name) if name in session.networks.names() else SHIPPED


def choose_network(session: Session, key: str) -> None:
    """Show a select box of the available networks with this key, and use the chosen one."""
    names, accuracy = session.networks.names(), shared_resources.shipped_reader().about["scores"]["test"]["right"]
    if not streamlit_state.has_widget(key) and session.networks.chosen in names:
        streamlit_state.set_widget(key, session.networks.chosen)
    session.networks.chosen = st.selectbox(
        "Network",
        names,
        format_func=lambda name: f"{name} ({accuracy:.1%})" if name == SHIPPED else name,
        key=key,
        help="The built-in network, or one trained or uploaded in this session.",
        width=230,
    )
