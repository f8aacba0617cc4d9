"""Which digit is followed: the drawing, the one brought from another page, or one of the dev digits."""

import numpy as np
import streamlit as st

from data.dataset import IMAGE_SIDE, Examples, example_noun
from models.reader import Reader
from ui.state import streamlit_state
from ui.state.network_inputs import Pictured, Scanned, Specimen
from ui.state.session import Session
from ui.widgets import canvas

SOURCE_KEY, CLASS_KEY, NUMBER_KEY = "digit_source", "digit_class", "digit_number"
DRAWING, BROUGHT, DEV = "drawing", "brought", "dev"
ALL = "All"


def choose_digit(session: Session, reader: Reader) -> Specimen:
    """Show what can be chosen, and return the digit that is."""
    of_run = session.run is not None and session.chosen_network == session.run_name
    dev = session.run.split.dev if session.run and of_run else session.dev_of(session.chosen_network, reader)
    drawing = _drawing(session)
    names = {
        **({DRAWING: drawing.origin.capitalize()} if drawing else {}),
        **({BROUGHT: session.specimen.origin.capitalize()} if session.specimen else {}),
        **({DEV: f"A dev {example_noun(dev.classes, 1)}"} if len(dev) else {}),
    }
    _take_the_newest(session, list(names))
    source = st.segmented_control(
        example_noun(reader.classes, 1).capitalize(),
        list(names),
        format_func=lambda key: names.get(key, key),
        required=True,
        default=next(iter(names)),
        key=SOURCE_KEY,
        persist_state="session",
        help="Your drawing from the Draw page, one brought from the Train page, or one that is held out to measure on.",
    )
    if source == DRAWING and drawing:
        return drawing
    if source == BROUGHT and session.specimen:
        return session.specimen
    return _dev_digit(dev, reader)


def _take_the_newest(session: Session, sources: list[str]) -> None:
    """Turn to what a person pointed at last on another page, and away from what is not there any more."""
    study, at_hand = (
        session.study,
        (session.paper.drawing.objects, session.paper.brought.picture, session.paper.beneath),
    )
    strokes, *below = study.seen_drawing
    drawn = at_hand[0] != strokes or any(now is not then for now, then in zip(at_hand[1:], below, strict=True))
    if session.specimen is not study.seen_specimen:
        streamlit_state.set_widget(SOURCE_KEY, BROUGHT)
    elif drawn and DRAWING in sources:
        streamlit_state.set_widget(SOURCE_KEY, DRAWING)
    elif streamlit_state.has_widget(SOURCE_KEY) and streamlit_state.widget_value(SOURCE_KEY) not in sources:
        streamlit_state.set_widget(SOURCE_KEY, sources[0])
    study.seen_specimen, study.seen_drawing = session.specimen, at_hand


def _drawing(session: Session) -> Specimen | None:
    """What lies on the canvas of the Draw page; None when it is blank."""
    hand = canvas.at_hand(session.paper)
    if hand is None:
        return None
    return Specimen(hand, None, "your picture" if isinstance(hand, Pictured) else "your drawing")


def _dev_digit(dev: Examples, reader: Reader) -> Specimen:
    """One of the dev digits, by class and number."""
    with st.container(key="dev_digit", horizontal=True, gap="small"):
        wanted = [ALL, *dev.classes]
        if streamlit_state.has_widget(CLASS_KEY) and streamlit_state.widget_value(CLASS_KEY) not in wanted:
            streamlit_state.set_widget(CLASS_KEY, ALL)
        chosen = st.selectbox("Class", wanted, key=CLASS_KEY, width=96, persist_state="session")
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
