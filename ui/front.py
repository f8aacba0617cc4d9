"""Page configuration, the look, and navigation."""

from pathlib import Path

import streamlit as st

from ui import navigation
from ui.palette import Palette, palette, variables
from ui.server_log import keep_quiet_about_closed_tabs
from ui.shared import scheduler

STYLE = Path(__file__).parent / "style.css"
WORDMARK = Path(__file__).parent / "wordmark.svg"
ICON = Path(__file__).parent / "icon.png"

_page_top = st.components.v2.component(
    "digit_lab.page_top", js=(Path(__file__).parent / "page_top.js").read_text(), isolate_styles=False
)


def main() -> None:
    """Show the page that the address asks for."""
    st.set_page_config(page_title="Digit Lab", page_icon=ICON, layout="wide")
    keep_quiet_about_closed_tabs()
    scheduler()
    pages = [navigation.draw(), navigation.train(), navigation.compare(), navigation.learn(), navigation.dataset()]
    chosen = st.navigation(pages, position="top")
    st.logo(_wordmark(palette()), size="large")
    st.html(f"<style>{variables(palette())}\n{STYLE.read_text()}</style>")
    _page_top(key="page_top", data={"page": chosen.url_path})
    chosen.run()


def _wordmark(colours: Palette) -> str:
    """The name of the app as SVG, in the colours of the theme: an image cannot ask the page for them."""
    return WORDMARK.read_text().replace('"accent"', f'"{colours.accent}"').replace('"ink"', f'"{colours.ink}"')
