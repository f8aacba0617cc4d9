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
from ui.widgets.menu import menu
from ui.widgets.palette import palette, variables
from ui.workarounds.closed_tab_log import silence_closed_tabs
from ui.workarounds.no_delay import send_without_delay
from ui.workarounds.page_top import show_page_top
from ui.workarounds.theme_change import follow_theme

STATIC = Path(__file__).parent / "static"
STYLE = STATIC / "style.css"
ICON = STATIC / "icon.png"

PAGES = {
    routes.DRAW: draw.page,
    routes.TRAIN: train.page,
    routes.LEARN: learn.page,
    routes.COMPARE: compare.page,
    routes.DATASET: dataset.page,
}
routes.set_contents(PAGES)


def main() -> None:
    """Show the page at the URL."""
    st.set_page_config(page_title="Digit Lab", page_icon=ICON, layout="wide")
    silence_closed_tabs()
    send_without_delay()
    scheduler()
    chosen = st.navigation([routes.page(route) for route in PAGES], position="hidden")
    st.html(f"<style>{variables(palette())}\n{STYLE.read_text()}</style>")
    follow_theme()
    menu(list(PAGES), next(route for route in PAGES if route.title == chosen.title))
    show_page_top(chosen.url_path)
    chosen.run()
