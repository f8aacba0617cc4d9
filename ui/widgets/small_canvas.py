"""A small canvas for pages that follow its strokes; it shares its drawing with Draw."""

import streamlit as st

from language.translation import _
from ui.state.session import Session
from ui.widgets import canvas, messages


def small_canvas(hint: str) -> None:
    """Show the canvas of the Draw page at a smaller size; `hint` tells screen readers what follows its strokes."""
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
