"""Your drawing on the Train page: a small canvas, and how the network in training reads what is on it."""

import streamlit as st

from language.translation import _
from models.reader import Reader
from ui.state.session import Session
from ui.widgets import canvas, messages
from ui.widgets.html_templates import Templates
from ui.widgets.live_reading import LiveReading, live_reading

TEMPLATES = Templates("train/page.html.j2")


def small_canvas() -> None:
    """Show the canvas of the Draw page at a smaller size; what is drawn here is drawn there too."""
    content = Session.current().canvas
    with st.container(key="drawing"):
        canvas.canvas(content.drawing, hint=_("The network in training reads it."))
    if content.drawing.over:
        messages.hint(str(content.drawing.over))
    st.button(
        _("Clear"),
        key="clear",
        disabled=not content.drawing.objects and content.edited_digit is None,
        on_click=content.clear,
        type="tertiary",
    )


def own_reading(reader: Reader, when: str) -> LiveReading:
    """Show how the network in training reads the drawing, and return what was read; `when` is the step in words."""
    content = Session.current().canvas
    st.html(TEMPLATES.own_reading(is_blank=canvas.digit_source(content) is None, when=when))
    return live_reading(content, reader)
