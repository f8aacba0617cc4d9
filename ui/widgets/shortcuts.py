"""Keyboard shortcuts, their list, the switch to presentation mode, and the address of the app to show to a class."""

from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from language.translation import N_
from ui.serving.local_network import announced
from ui.widgets.html_templates import Templates
from ui.widgets.qr_code import qr_code

TEMPLATES = Templates("widgets/shortcuts.html.j2", qr_code=qr_code)


@dataclass(frozen=True)
class Shortcut:
    """A key that presses a button.

    Attributes:
        key: As in JavaScript's `KeyboardEvent.key`, in lower case.
        name: The key as labelled on a keyboard.
        action: What it does, on the pages that have the button.
        button: The key of the Streamlit button, or the id of a menu button.
    """

    key: str
    name: str
    action: str
    button: str


SHORTCUTS = (
    Shortcut(" ", N_("Space"), N_("Train or pause"), "train"),
    Shortcut(" ", N_("Space"), N_("Keep the drawing and go on to the next"), "next_drawing"),
    Shortcut("s", "S", N_("Take one step"), "step"),
    Shortcut("r", "R", N_("Reset the network"), "reset"),
    Shortcut("c", "C", N_("Clear the paper"), "clear"),
    Shortcut("z", "Z", N_("Undo the last stroke"), "undo"),
    Shortcut("p", "P", N_("Present: larger type, only the pictures and curves"), "present"),
    Shortcut("?", "?", N_("Show these shortcuts"), "show_shortcuts"),
)

_component = st.components.v2.component(
    "digit_lab.shortcuts", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False
)


def shortcuts() -> None:
    """Show the tools beside the menu, and make the shortcuts work.

    Called after the page, so that the keyboard reaches the page's own controls first.
    """
    html = TEMPLATES.tools(shortcuts=SHORTCUTS, addresses=announced())
    data = {"html": html, "shortcuts": [asdict(each) for each in SHORTCUTS]}
    _component(key="shortcuts", data=data)
