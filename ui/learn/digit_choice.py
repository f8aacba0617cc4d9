"""Which digit is followed: the drawing, the one brought from another page, or one of the dev digits."""

import numpy as np
import streamlit as st

from data.dataset import SIDE, Examples, noun
from models.reader import Reader
from ui.state import session
from ui.state.network_inputs import Pictured, Scanned, Specimen
from ui.state.session import Session
from ui.widgets import canvas

SOURCE_KEY, CLASS_KEY, NUMBER_KEY = "digit_source", "digit_class", "digit_number"
DRAWING, BROUGHT, DEV = "drawing", "brought", "dev"
ALL = "All"


def choose_digit(mine: Session, reader: Reader) -> Specimen:
    """Show what can be chosen, and return the digit that is."""
    of_run = mine.run is not None and mine.chosen_network == mine.run_name
    dev = mine.run.split.dev if mine.run and of_run else mine.dev_of(mine.chosen_network, reader)
    drawing = _drawing(mine)
    names = {
        **({DRAWING: drawing.origin.capitalize()} if drawing else {}),
        **({BROUGHT: mine.specimen.origin.capitalize()} if mine.specimen else {}),
        **({DEV: f"A dev {noun(dev.classes, 1)}"} if len(dev) else {}),
    }
    _take_the_newest(mine, list(names))
    source = st.segmented_control(
        noun(reader.classes, 1).capitalize(),
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
    if source == BROUGHT and mine.specimen:
        return mine.specimen
    return _dev_digit(dev, reader)


def _take_the_newest(mine: Session, sources: list[str]) -> None:
    """Turn to what a person pointed at last on another page, and away from what is not there any more."""
    study, at_hand = mine.study, (mine.paper.drawing.objects, mine.paper.brought.picture, mine.paper.beneath)
    strokes, *below = study.seen_drawing
    drawn = at_hand[0] != strokes or any(now is not then for now, then in zip(at_hand[1:], below, strict=True))
    if mine.specimen is not study.seen_specimen:
        session.set_widget(SOURCE_KEY, BROUGHT)
    elif drawn and DRAWING in sources:
        session.set_widget(SOURCE_KEY, DRAWING)
    elif session.has_widget(SOURCE_KEY) and session.widget(SOURCE_KEY) not in sources:
        session.set_widget(SOURCE_KEY, sources[0])
    study.seen_specimen, study.seen_drawing = mine.specimen, at_hand


def _drawing(mine: Session) -> Specimen | None:
    """What lies on the canvas of the Draw page; None when it is blank."""
    hand = canvas.at_hand(mine.paper)
    if hand is None:
        return None
    return Specimen(hand, None, "your picture" if isinstance(hand, Pictured) else "your drawing")


def _dev_digit(dev: Examples, reader: Reader) -> Specimen:
    """One of the dev digits, by class and number."""
    with st.container(key="dev_digit", horizontal=True, gap="small"):
        wanted = [ALL, *dev.classes]
        if session.has_widget(CLASS_KEY) and session.widget(CLASS_KEY) not in wanted:
            session.set_widget(CLASS_KEY, ALL)
        chosen = st.selectbox("Class", wanted, key=CLASS_KEY, width=96, persist_state="session")
        label = dev.classes.index(chosen) if chosen != ALL else None
        of_class = dev.rows if label is None else dev.rows_of(label)
        rows = of_class if len(of_class) else dev.rows
        if session.has_widget(NUMBER_KEY) and session.widget(NUMBER_KEY) > len(rows):
            session.set_widget(NUMBER_KEY, 1)
        number = st.number_input(
            "Number",
            min_value=1,
            max_value=len(rows),
            step=1,
            key=NUMBER_KEY,
            width=128,
            persist_state="session",
            help=f"Which of the {len(rows):,} dev {noun(dev.classes)} of this class.",
        )
    images, labels = dev.take(rows[int(number) - 1 :][:1])
    place = int(np.flatnonzero(dev.rows == rows[int(number) - 1])[0]) + 1
    name = dev.classes[labels[0]]
    known = reader.classes.index(name) if name in reader.classes else None
    return Specimen(Scanned(images[0].reshape(SIDE, SIDE)), known, f"dev {noun(dev.classes, 1)} {place:,}")
