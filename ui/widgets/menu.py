"""The menu: a row at the top of a wide screen, a bar at the bottom of a phone; with it, presentation and shortcuts.

Streamlit's own menu becomes a sidebar behind an unlabelled button on a phone.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from ui import routes
from ui.routes import Route
from ui.state import streamlit_state
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("widgets/menu.html.j2")
WORDMARK = (Path(__file__).parents[1] / "static" / "wordmark.svg").read_text(encoding="utf-8")
KEY = "menu"


@dataclass(frozen=True)
class Shortcut:
    """A key that presses a button.

    Attributes:
        key: As in JavaScript's `KeyboardEvent.key`, in lower case.
        name: The key as it is written on a keyboard.
        action: What it does, on the pages that have the button.
        button: The key of the Streamlit button, or the id of a button of the menu.
    """

    key: str
    name: str
    action: str
    button: str


SHORTCUTS = (
    Shortcut(" ", "Space", "Train or pause", "train"),
    Shortcut("s", "S", "Take one step", "step"),
    Shortcut("r", "R", "Reset the network", "reset"),
    Shortcut("c", "C", "Clear the paper", "clear"),
    Shortcut("z", "Z", "Undo the last stroke", "undo"),
    Shortcut("p", "P", "Present: larger type, only the pictures and curves", "present"),
    Shortcut("?", "?", "Show these shortcuts", "show_shortcuts"),
)

_component = st.components.v2.component(
    "digit_lab.menu", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False
)


def menu(pages: Sequence[Route], current: Route) -> None:
    """Show a link to each page, the presentation switch and the list of shortcuts.

    Args:
        pages: In menu order; the wordmark leads to the first.
        current: The page shown below.
    """
    html = TEMPLATES.menu(pages=pages, current=current.path, wordmark=Markup(WORDMARK), shortcuts=SHORTCUTS)  # noqa: S704 - our own file
    data = {"html": html, "shortcuts": json.dumps([asdict(each) for each in SHORTCUTS])}
    _component(key=KEY, data=data, on_page_change=lambda: _go_to_clicked(pages))


def _go_to_clicked(pages: Sequence[Route]) -> None:
    clicked = streamlit_state.widget_value(KEY).page
    for page in pages:
        if page.path == clicked:
            routes.go_to(page)
