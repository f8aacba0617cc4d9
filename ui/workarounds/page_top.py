"""Show each page from the top, with the mobile menu closed.

Streamlit 1.67.0 keeps the previous page's scroll position after `st.switch_page` (streamlit/streamlit#3201, closed as
fixed; menu links do reset it). With `st.navigation(position="top")` on a narrow screen, it leaves the menu open over
the new page (streamlit/streamlit#7509, closed as not reproducible).

Delete this once tests/browser/test_every_page.py passes without it, and "Try it with your drawing" at the foot of the
Train page leads to the top of the Draw page.
"""

from pathlib import Path

import streamlit as st

_component = st.components.v2.component(
    "digit_lab.page_top", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False
)


def show_page_top(page: str) -> None:
    """Scroll to the top and close the menu if `page` has changed."""
    _component(key="page_top", data={"page": page})
