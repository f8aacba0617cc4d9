"""The choice of a digit: the visitor's drawing, one opened from another page, or a dev digit."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data.dataset import IMAGE_SIDE, Examples, example_noun
from ink.picture_files import Picture
from models.reader import Reader
from ui.state import streamlit_state
from ui.state.digit_sources import ImageSource, InspectedDigit, PictureSource
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import canvas

SOURCE_KEY, CLASS_KEY, NUMBER_KEY = "digit_source", "digit_class", "digit_number"
DRAWING, OPENED, DEV = "drawing", "opened", "dev"
ALL = "All"


@dataclass
class SeenDigits:
    """The digits available from other pages when this page was last drawn.

    Attributes:
        inspected: The digit opened here from another page.
        strokes: The strokes on the canvas.
        below: The photo on the canvas, and the digit beneath the strokes.
    """

    inspected: InspectedDigit | None = None
    strokes: list[dict[str, Any]] = field(default_factory=list)
    below: tuple[Picture | None, NDArray[np.uint8] | None] = (None, None)


def choose_digit(session: Session, reader: Reader) -> InspectedDigit:
    """Show the digits to choose from and return the one chosen."""
    dev = session.networks.dev_examples(session.networks.chosen, reader)
    drawing = _drawing(session)
    names = {
        **({DRAWING: drawing.origin.capitalize()} if drawing else {}),
        **({OPENED: session.inspected_digit.origin.capitalize()} if session.inspected_digit else {}),
        **({DEV: f"A dev {example_noun(dev.classes, 1)}"} if len(dev) else {}),
    }
    _switch_to_latest(session, list(names))
    source = st.segmented_control(
        example_noun(reader.classes, 1).capitalize(),
        list(names),
        format_func=lambda key: names.get(key, key),
        required=True,
        default=next(iter(names)),
        key=SOURCE_KEY,
        persist_state="session",
        help="Your drawing, a digit opened from the Train page, or one from the dev set.",
    )
    if source == DRAWING and drawing:
        return drawing
    if source == OPENED and session.inspected_digit:
        return session.inspected_digit
    return _dev_digit(dev, reader)


def _switch_to_latest(session: Session, sources: list[str]) -> None:
    """Select the latest drawing or opened digit; deselect a source that is gone."""
    seen, content = page_state(SeenDigits), session.canvas
    drawn = content.drawing.objects != seen.strokes or any(
        now is not before
        for now, before in zip((content.uploaded.picture, content.edited_digit), seen.below, strict=True)
    )
    if session.inspected_digit is not seen.inspected:
        streamlit_state.set_widget(SOURCE_KEY, OPENED)
    elif drawn and DRAWING in sources:
        streamlit_state.set_widget(SOURCE_KEY, DRAWING)
    elif streamlit_state.has_widget(SOURCE_KEY) and streamlit_state.widget_value(SOURCE_KEY) not in sources:
        streamlit_state.set_widget(SOURCE_KEY, sources[0])
    seen.inspected, seen.strokes = session.inspected_digit, content.drawing.objects
    seen.below = (content.uploaded.picture, content.edited_digit)


def _drawing(session: Session) -> InspectedDigit | None:
    """Return the drawing or photo on the Draw page; None if it is blank."""
    source = canvas.digit_source(session.canvas)
    if source is None:
        return None
    return InspectedDigit(source, None, "your photo" if isinstance(source, PictureSource) else "your drawing")


def _dev_digit(dev: Examples, reader: Reader) -> InspectedDigit:
    """Choose a dev digit by class and number."""
    with st.container(key="dev_digit", horizontal=True, gap="small"):
        options = [ALL, *dev.classes]
        if streamlit_state.has_widget(CLASS_KEY) and streamlit_state.widget_value(CLASS_KEY) not in options:
            streamlit_state.set_widget(CLASS_KEY, ALL)
        chosen = st.selectbox("Class", options, key=CLASS_KEY, width=96, persist_state="session")
        label = dev.classes.index(chosen) if chosen != ALL else None
        of_class = dev.rows if label is None else dev.rows_of(label)
        rows = of_class if len(of_class) else dev.rows
        if streamlit_state.has_widget(NUMBER_KEY) and streamlit_state.widget_value(NUMBER_KEY) > len(rows):
            streamlit_state.set_widget(NUMBER_KEY, 1)
        number = st.number_input(
            "Number",
            min_value=1,
            max_value=len(rows),
            step=1,
            key=NUMBER_KEY,
            width=128,
            persist_state="session",
            help=f"Which of the {len(rows):,} dev {example_noun(dev.classes)} of this class.",
        )
    images, labels = dev.take(rows[int(number) - 1 :][:1])
    place = int(np.flatnonzero(dev.rows == rows[int(number) - 1])[0]) + 1
    name = dev.classes[labels[0]]
    known = reader.classes.index(name) if name in reader.classes else None
    return InspectedDigit(
        ImageSource(images[0].reshape(IMAGE_SIDE, IMAGE_SIDE)), known, f"dev {example_noun(dev.classes, 1)} {place:,}"
    )
