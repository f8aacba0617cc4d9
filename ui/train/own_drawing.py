"""Your drawing on the Train page: a small canvas, and how the network in training reads what is on it."""

import streamlit as st

from models.reader import Reader
from models.weights import SavedNetwork
from ui.state.session import Session
from ui.train.run_view import run_view
from ui.widgets import canvas
from ui.widgets.answer import probability_bars
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("train/own_drawing.html.j2")


def small_canvas() -> None:
    """Show the canvas of the Draw page at a smaller size; what is drawn here is drawn there too."""
    content = Session.current().canvas
    with st.container(key="drawing"):
        canvas.canvas(content.drawing)
        if len(content.drawing.objects) > content.uploaded.strokes_under:
            content.uploaded.remove()
    st.button(
        "Clear",
        key="clear",
        disabled=not content.drawing.objects and content.edited_digit is None,
        on_click=content.clear,
        type="tertiary",
    )


def own_reading() -> None:
    """Show how the network reads the drawing at the displayed step; its place has the same size without a drawing."""
    session = Session.current()
    view = run_view(session.runs)
    if view is None:
        return
    classes = view.run.split.train.classes
    source = canvas.digit_source(session.canvas)
    if source is None:
        st.html(TEMPLATES.no_drawing(classes=classes))
        return
    reader = Reader(SavedNetwork(view.shown().network, {"classes": list(classes)}))
    reading = source.read(reader)
    st.html(
        TEMPLATES.reading(
            name="–" if reading.digit is None else reader.classes[reading.digit],
            when=view.when,
            bars=probability_bars(reading, reader),
        )
    )
