"""Follow a change of theme while a page is open.

Streamlit 1.67.0 recolours its own elements when the system's theme changes, but does not rerun the script, so our
pictures and charts keep the old theme's colours until the next rerun (its documentation of `st.context.theme` says
so). To see it: without this, switch the system's theme while the Train page is open.

Delete this once Streamlit reruns the script when its theme changes.
"""

from pathlib import Path

import streamlit as st

from ui.workarounds.component_file import component_from_file

_component = component_from_file(Path(__file__).with_suffix(".js"))


def follow_theme() -> None:
    """Switch the colours of style.css at once, and rerun the page, when the theme changes."""
    _component()(key="theme_change", data={"drawn_in": st.context.theme.type}, on_changed_change=lambda: None)
