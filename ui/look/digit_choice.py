"""The choice of a digit: the visitor's drawing, one opened from another page, or a dev digit."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data.dataset import DIGITS, IMAGE_SIDE, Examples
from language.translation import N_, _, ngettext
from models.reader import Reader
from ui import routes
from ui.look import link_choices
from ui.state import streamlit_state
from ui.state.digit_sources import ImageSource, InspectedDigit, PictureSource
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.state.task import whole_number
from ui.widgets import canvas
from ui.widgets.linked_drawing import DIGIT, shown_digit
from ui.widgets.number_format import count
from ui.widgets.task_bar import fixed

SOURCE_KEY, CLASS_KEY, NUMBER_KEY = "digit_source", "digit_class", "digit_number"
DRAWING, OPENED, DEV = "drawing", "opened", "dev"
ALL = N_("All")

MEASURED = 500
"""Number of dev digits searched for uncertain ones."""

OFFERED = 20
"""Number of uncertain digits offered, one after another."""


@dataclass
class ShownDigit:
    """The index of the dev digit last shown, from 0."""

    place: int = 0


def parameters() -> dict[str, str]:
    """Return the number of the dev digit last shown, from 1, as the parameter of a link."""
    return {DIGIT: str(page_state(ShownDigit).place + 1)}


def choose_digit(session: Session, network: str, reader: Reader) -> InspectedDigit:
    """Show the digits to choose from and return the one chosen."""
    dev, task = session.networks.dev_examples(network, reader), session.task_on(routes.LOOK)
    if not task.is_free("digit") and (drawn := shown_digit(task)) is not None:
        if task.shows("digit"):
            fixed(_("Digit"), drawn.title)
        return drawn
    if not task.is_free("digit") and len(dev):
        place = min(whole_number(task.state, "digit"), len(dev)) - 1
        if task.shows("digit"):
            fixed(_("Digit"), count(place + 1))
        return _dev_digit(dev, reader, place)
    drawing = _drawing(session)
    opened = None if session.inspection is None else session.inspection.digit
    names = {
        **({DRAWING: drawing.title} if drawing else {}),
        **({OPENED: opened.title} if opened else {}),
        **({DEV: _("A dev digit") if dev.classes == DIGITS else _("A dev image")} if len(dev) else {}),
    }
    if streamlit_state.has_widget(SOURCE_KEY) and streamlit_state.widget_value(SOURCE_KEY) not in names:
        select(next(iter(names)))
    source = st.segmented_control(
        _("Digit") if reader.classes == DIGITS else _("Image"),
        list(names),
        format_func=lambda key: names.get(key, key),
        required=True,
        default=next(iter(names)),
        key=SOURCE_KEY,
        persist_state="session",
        help=_("Your drawing, a digit opened from the Train page, or one from the dev set."),
    )
    if source == DRAWING and drawing:
        link_choices.note_drawing(is_digit=True)
        return drawing
    if source == OPENED and opened:
        link_choices.leave_out(_("The digit opened from another page is not in the link: it opens with a dev digit."))
        return opened
    return _dev_digit(dev, reader, _choose_dev_digit(dev, reader))


def select(source: str) -> None:
    """Select DRAWING, OPENED or DEV; before the widgets are drawn, or in a callback."""
    streamlit_state.set_widget(SOURCE_KEY, source)


def select_dev_digit(place: int) -> None:
    """Select a dev digit by its index, from 0; call this as `select`."""
    select(DEV)
    streamlit_state.set_widget(CLASS_KEY, ALL)
    streamlit_state.set_widget(NUMBER_KEY, place + 1)


def most_uncertain_first(reader: Reader, dev: Examples) -> NDArray[np.int64]:
    """Return the indices (k,) of the first dev digits: narrowly misread ones, then those read with least certainty.

    A narrowly misread digit is one whose true class is almost as probable as the class read, so that a single step of
    gradient descent can correct it. Digits of a class unknown to the reader come last.
    """
    images, labels = dev.take(limit=MEASURED)
    classes = np.array([reader.classes.index(name) if name in reader.classes else -1 for name in dev.classes])
    truths = classes[labels]
    with np.errstate(over="ignore", invalid="ignore"):  # the weights may be about to diverge
        shares = np.nan_to_num(reader.probabilities(images))
    of_truth = np.where(truths < 0, 1.0, shares[np.arange(len(truths)), truths])
    misread = (truths >= 0) & (shares.argmax(axis=1) != truths)
    return np.argsort(np.where(misread, -of_truth, 1 + of_truth), kind="stable")


def _select_uncertain(reader: Reader, dev: Examples, place: int) -> None:
    """Select the most uncertain digit or, if the digit at `place` is among the first few, the one after it."""
    first = most_uncertain_first(reader, dev)[:OFFERED]
    (at,) = np.nonzero(first == place)
    select_dev_digit(int(first[(at[0] + 1) % len(first) if len(at) else 0]))


def _drawing(session: Session) -> InspectedDigit | None:
    """Return the drawing or photo on the Draw page; None if the canvas is blank."""
    source = canvas.digit_source(session.canvas)
    if source is None:
        return None
    return InspectedDigit(source, None, _("your photo") if isinstance(source, PictureSource) else _("your drawing"))


def _choose_dev_digit(dev: Examples, reader: Reader) -> int:
    """Choose a dev digit by class and number; return its index, from 0."""
    with st.container(key="dev_digit", horizontal=True, gap="small", vertical_alignment="bottom"):
        options = [ALL, *dev.classes]
        if streamlit_state.has_widget(CLASS_KEY) and streamlit_state.widget_value(CLASS_KEY) not in options:
            streamlit_state.set_widget(CLASS_KEY, ALL)
        chosen = st.selectbox(
            _("Class"),
            options,
            format_func=lambda name: _(name) if name == ALL else name,
            key=CLASS_KEY,
            width=96,
            persist_state="session",
        )
        label = dev.classes.index(chosen) if chosen != ALL else None
        of_class = dev.rows if label is None else dev.rows_of(label)
        rows = of_class if len(of_class) else dev.rows
        if streamlit_state.has_widget(NUMBER_KEY) and streamlit_state.widget_value(NUMBER_KEY) > len(rows):
            streamlit_state.set_widget(NUMBER_KEY, 1)
        number = st.number_input(
            _("Number"),
            min_value=1,
            max_value=len(rows),
            step=1,
            key=NUMBER_KEY,
            width=128,
            persist_state="session",
            help=_which(len(rows), of_digits=dev.classes == DIGITS),
        )
        place = int(np.flatnonzero(dev.rows == rows[int(number) - 1])[0])
        st.button(
            _("Uncertain"),
            key="uncertain_digit",
            on_click=_select_uncertain,
            args=(reader, dev, place),
            help=_("The one that this network finds hardest to tell apart. Press again for the next."),
        )
    page_state(ShownDigit).place = place
    return place


def _which(size: int, *, of_digits: bool) -> str:
    """Return help text for the number that chooses a digit, or another image, in a class of this size."""
    if of_digits:
        return ngettext(
            "The only dev digit of this class.",
            "Which of the {count} dev digits of this class.",
            size,
            count=count(size),
        )
    return ngettext(
        "The only dev image of this class.", "Which of the {count} dev images of this class.", size, count=count(size)
    )


def _dev_digit(dev: Examples, reader: Reader, place: int) -> InspectedDigit:
    """Return the dev digit at an index, from 0."""
    images, labels = dev.take(dev.rows[[place]])
    name = dev.classes[labels[0]]
    known = reader.classes.index(name) if name in reader.classes else None
    number = count(place + 1)
    origin = _("dev digit {number}", number=number) if dev.classes == DIGITS else _("dev image {number}", number=number)
    return InspectedDigit(ImageSource(images[0].reshape(IMAGE_SIDE, IMAGE_SIDE)), known, origin)
