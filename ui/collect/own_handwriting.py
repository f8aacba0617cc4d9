"""Your handwriting: the page asks for one drawing after another, and shows what has been drawn."""

import streamlit as st

from ui.state.session import Session
from ui.widgets.number_format import count


def show(session: Session) -> None:
    """Show the view."""
    st.html(f"<p class='note'>{count(len(session.collection.kept))} drawings so far.</p>")
