"""Which network reads: the same choice on every page that asks for it."""

import streamlit as st

from ui.state import session, shared_resources
from ui.state.session import SHIPPED, Session


def network_chosen(mine: Session, key: str) -> str:
    """Return the name of the network that reads, also above the select box of this key."""
    name = session.widget(key) if session.has_widget(key) else mine.chosen_network
    return str(name) if name in mine.network_names() else SHIPPED


def choose_network(mine: Session, key: str) -> None:
    """Show the networks that there are in a select box of this key, and have the chosen one read from now on."""
    names, accuracy = mine.network_names(), shared_resources.shipped_reader().about["scores"]["test"]["right"]
    if not session.has_widget(key) and mine.chosen_network in names:
        session.set_widget(key, mine.chosen_network)
    mine.chosen_network = st.selectbox(
        "Network",
        names,
        format_func=lambda name: f"{name} ({accuracy:.1%})" if name == SHIPPED else name,
        key=key,
        help="The built-in network, or one trained or uploaded in this session.",
        width=230,
    )
