"""A small canvas beside what follows its strokes; what is drawn on it is drawn on Draw, too."""

import streamlit as st

from language.translation import _
from ui.state.session import Session
from ui.widgets import canvas, messages


def small_canvas(hint: str) -> None:
    """Show the canvas of the Draw page at a smaller size; `hint` says to screen readers what follows it."""
    content = Session.current().canvas
    with st.container(key="drawing"):
        canvas.canvas(content.drawing, hint=hint)
    if content.drawing.over:
        messages.hint(str(content.drawing.over))
    st.button(
        _("Clear"),
        key="clear",
        disabled=not content.drawing.objects and content.edited_digit is None,
        on_click=content.clear,
        type="tertiary",
    )
