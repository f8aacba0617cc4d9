"""Show each page from the top.

Streamlit 1.67.0 keeps the previous page's scroll position after `st.switch_page` (streamlit/streamlit#3201, closed as
fixed).

Delete this once "Try your drawing" on the Train page leads to the top of the Draw page without it.
"""

from pathlib import Path

import streamlit as st

_component = st.components.v2.component(
    "digit_lab.page_top", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False
)


def show_page_top(page: str) -> None:
    """Scroll to the top if `page` has changed."""
    _component(key="page_top", data={"page": page})
