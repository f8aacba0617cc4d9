"""The menu of pages: a row at the top of a wide screen, a bar at the bottom of a phone.

Streamlit's own menu becomes a sidebar behind an unlabelled button on a phone.
"""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from language.translation import _
from ui import routes
from ui.routes import Route
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("widgets/menu.html.j2")
WORDMARK = (Path(__file__).parents[1] / "static" / "wordmark.svg").read_text(encoding="utf-8")


_component = st.components.v2.component(
    "digit_lab.menu", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False
)


def menu(pages: Sequence[Route], current: Route) -> None:
    """Show a link to each page, in this order; the wordmark leads to the first."""
    html = TEMPLATES.menu(pages=pages, current=current.path, wordmark=Markup(WORDMARK))  # noqa: S704 - our own file
    _component(key="menu", data={"html": html})
    # The browser changes pages with these links. A callback would race with the redraws of the page that it leaves.
    with st.container(key="menu_links"):
        for page in pages:
            st.page_link(routes.page(page), label=_(page.title))
