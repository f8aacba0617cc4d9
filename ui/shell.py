"""Page configuration, style and navigation."""

from pathlib import Path

import streamlit as st

from ui import routes
from ui.compare import page as compare
from ui.dataset import page as dataset
from ui.draw import page as draw
from ui.learn import page as learn
from ui.state.shared_resources import scheduler
from ui.train import page as train
from ui.widgets.palette import Palette, palette, variables
from ui.workarounds.closed_tab_log import silence_closed_tabs
from ui.workarounds.page_top import show_page_top

STATIC = Path(__file__).parent / "static"
STYLE = STATIC / "style.css"
WORDMARK = STATIC / "wordmark.svg"
ICON = STATIC / "icon.png"

PAGES = {
    routes.DRAW: draw.page,
    routes.TRAIN: train.page,
    routes.COMPARE: compare.page,
    routes.LEARN: learn.page,
    routes.DATASET: dataset.page,
}
routes.set_contents(PAGES)


def main() -> None:
    """Show the page at the URL."""
    st.set_page_config(page_title="Digit Lab", page_icon=ICON, layout="wide")
    silence_closed_tabs()
    scheduler()
    chosen = st.navigation([routes.page(route) for route in PAGES], position="top")
    st.logo(_wordmark(palette()), size="large")
    st.html(f"<style>{variables(palette())}\n{STYLE.read_text()}</style>")
    show_page_top(chosen.url_path)
    chosen.run()


def _wordmark(colours: Palette) -> str:
    """Return the wordmark as SVG with the theme's colours filled in: an image cannot use the page's CSS variables."""
    return WORDMARK.read_text().replace('"accent"', f'"{colours.accent}"').replace('"ink"', f'"{colours.ink}"')
