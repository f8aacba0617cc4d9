"""The choice of a digit: the visitor's drawing, one opened from another page, or a dev digit."""

import numpy as np
import streamlit as st

from data.dataset import IMAGE_SIDE, Examples, example_noun
from models.reader import Reader
from ui.state import streamlit_state
from ui.state.network_inputs import Pictured, Scanned, Specimen
from ui.state.session import Session
from ui.widgets import canvas

SOURCE_KEY, CLASS_KEY, NUMBER_KEY = "digit_source", "digit_class", "digit_number"
DRAWING, OPENED, DEV = "drawing", "opened", "dev"
ALL = "All"


def choose_digit(session: Session, reader: Reader) -> Specimen:
    """Show the digits to choose from and return the one chosen."""
    of_run = session.run is not None and session.chosen_network == session.run_name
    dev = session.run.split.dev if session.run and of_run else session.dev_of(session.chosen_network, reader)
    drawing = _drawing(session)
    names = {
        **({DRAWING: drawing.origin.capitalize()} if drawing else {}),
        **({OPENED: session.specimen.origin.capitalize()} if session.specimen else {}),
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
    if source == OPENED and session.specimen:
        return session.specimen
    return _dev_digit(dev, reader)


def _switch_to_latest(session: Session, sources: list[str]) -> None:
    """Select what the visitor last drew or opened on another page; deselect a source that is gone."""
    study, at_hand = (
        session.study,
        (session.paper.drawing.objects, session.paper.brought.picture, session.paper.beneath),
    )
    strokes, *below = study.seen_drawing
    drawn = at_hand[0] != strokes or any(now is not then for now, then in zip(at_hand[1:], below, strict=True))
    if session.specimen is not study.seen_specimen:
        streamlit_state.set_widget(SOURCE_KEY, OPENED)
    elif drawn and DRAWING in sources:
        streamlit_state.set_widget(SOURCE_KEY, DRAWING)
    elif streamlit_state.has_widget(SOURCE_KEY) and streamlit_state.widget_value(SOURCE_KEY) not in sources:
        streamlit_state.set_widget(SOURCE_KEY, sources[0])
    study.seen_specimen, study.seen_drawing = session.specimen, at_hand


def _drawing(session: Session) -> Specimen | None:
    """The drawing or photo on the Draw page; None if it is blank."""
    hand = canvas.at_hand(session.paper)
    if hand is None:
        return None
    return Specimen(hand, None, "your picture" if isinstance(hand, Pictured) else "your drawing")


def _dev_digit(dev: Examples, reader: Reader) -> Specimen:
    """A dev digit, chosen by class and number."""
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
    return Specimen(
        Scanned(images[0].reshape(IMAGE_SIDE, IMAGE_SIDE)), known, f"dev {example_noun(dev.classes, 1)} {place:,}"
    )
