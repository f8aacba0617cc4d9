"""The network selector, shared by all pages that have one."""

from collections.abc import Sequence

import streamlit as st

from data.dataset import DataError
from language.translation import _
from training.percentages import accuracy, percent
from ui.state import shared_resources, streamlit_state
from ui.state.network_names import SHIPPED, SMALL, network_title
from ui.widgets.number_format import count

LINKED = {"built-in": SHIPPED, "small": SMALL}
"""The networks that every visitor has, by their names in links."""


def link_name(network: str) -> str:
    """Return the name of a network in a link; the small network's name if other visitors do not have it."""
    return next((name for name, each in LINKED.items() if each == network), "small")


def choose_network(names: Sequence[str], chosen: str, key: str) -> str:
    """Show a select box of networks and return the name of the selected one: initially `chosen`, or else the first."""
    built_in, help_text = network_title(SHIPPED), _("The built-in network, or one trained or uploaded in this session.")
    if (measured := _built_in_accuracy()) is not None:
        built_in = f"{built_in} ({percent(measured[0])})"
        share, of = accuracy(*measured), count(measured[1])
        help_text += " " + _("The built-in one reads {share} of {count} test digits.", share=share, count=of)
    if not streamlit_state.has_widget(key) and chosen in names:
        streamlit_state.set_widget(key, chosen)
    return st.selectbox(
        _("Network"),
        names,
        format_func=lambda name: built_in if name == SHIPPED else network_title(name),
        key=key,
        help=help_text,
        width=230,
    )


def _built_in_accuracy() -> tuple[float, int] | None:
    """Return the built-in network's test accuracy and the number of test digits, if its file states them."""
    try:
        about = shared_resources.shipped_reader().about
        return float(about["scores"]["test"]["right"]), int(about["examples"]["test"])
    except (DataError, LookupError, TypeError):
        return None
