"""The choice of the digit to break (the visitor's drawing or a dev digit) and of the class that attacks aim at."""

import numpy as np
import streamlit as st

from data.dataset import IMAGE_SIDE, Examples
from language.numbers import whole
from language.translation import N_, _
from ui.break_it.break_state import BreakState
from ui.state import streamlit_state
from ui.state.digit_sources import DigitSource, ImageSource
from ui.state.session import Session
from ui.widgets import canvas
from ui.widgets.linked_drawing import shown_digit
from ui.widgets.small_canvas import small_canvas
from ui.widgets.task_bar import fixed

SOURCE_KEY, NUMBER_KEY, TARGET_KEY = "break_source", "break_number", "break_target"
DRAWING, DEV = N_("Your drawing"), N_("Dev digit")
# Translators: an attack may aim at any other class than the true one.
NO_TARGET = N_("Any other")


def open_with(session: Session, state: BreakState) -> None:
    """Choose the digit and the target that a task opens with."""
    state.drawing = _drawn(session)
    streamlit_state.set_widget(SOURCE_KEY, DEV if shown_digit(state.task) is None else DRAWING)
    streamlit_state.set_widget(NUMBER_KEY, state.setup.digit or 1)
    streamlit_state.set_widget(TARGET_KEY, state.setup.target or NO_TARGET)


def shows_drawing() -> bool:
    """Return whether the visitor's drawing is chosen."""
    return streamlit_state.has_widget(SOURCE_KEY) and streamlit_state.widget_value(SOURCE_KEY) == DRAWING


def chosen_number() -> int:
    """Return the number of the dev digit that is chosen, from 1."""
    return int(streamlit_state.widget_value(NUMBER_KEY)) if streamlit_state.has_widget(NUMBER_KEY) else 1


def choose_digit(session: Session, state: BreakState) -> tuple[DigitSource, str | None] | None:
    """Choose your drawing, on a canvas, or a dev digit; return a dev digit and its class, or None for your drawing.

    A task may have its own drawing, whose class is unknown.
    """
    dev = state.shown[0].dev
    if not state.task.is_free("digit"):
        if (of_task := shown_digit(state.task)) is not None:
            if state.task.shows("digit"):
                fixed(_("Digit"), of_task.title)
            return of_task.source, None
        number = min(state.setup.digit or 1, len(dev))
        if state.task.shows("digit"):
            fixed(_(DEV), whole(number))
        return _dev_digit(dev, number)
    is_blank = canvas.digit_source(session.canvas) is None
    if _drawn(session) != state.drawing and not is_blank:  # a new drawing becomes the digit to break
        streamlit_state.set_widget(SOURCE_KEY, DRAWING)
    source = st.segmented_control(
        _("Digit"), [DRAWING, DEV], default=DEV if is_blank else DRAWING, format_func=_, required=True, key=SOURCE_KEY,
        persist_state="session", help=_("Your drawing is the one on Draw."),
    )  # fmt: skip
    if source == DRAWING:
        canvas.take_up_report(session.canvas)
        with st.container(key="own_paper", gap="xsmall"):
            small_canvas(_("It is broken as you draw."))
    state.drawing = _drawn(session)
    if source == DRAWING:
        return None
    if not len(dev):
        return _dev_digit(dev, 1)
    if streamlit_state.has_widget(NUMBER_KEY) and streamlit_state.widget_value(NUMBER_KEY) > len(dev):
        streamlit_state.set_widget(NUMBER_KEY, 1)
    number = st.number_input(
        _("Number"), min_value=1, max_value=len(dev), step=1, key=NUMBER_KEY, width=128, persist_state="session",
        help=_("Which of the {count} dev digits.", count=whole(len(dev))),
    )  # fmt: skip
    return _dev_digit(dev, int(number))


def _drawn(session: Session) -> tuple[int, ...]:
    """Return a value that changes with the content of the canvas."""
    content = session.canvas
    return content.drawing.revision, len(content.drawing.objects), content.uploaded.uploads


def _dev_digit(dev: Examples, number: int) -> tuple[DigitSource, str | None]:
    """Return a dev digit, by its number from 1, and its class; a blank digit if there are no dev digits."""
    if not len(dev):
        return ImageSource(np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)), None
    images, labels = dev.take(dev.rows[[number - 1]])
    return ImageSource(images[0].reshape(IMAGE_SIDE, IMAGE_SIDE)), dev.classes[labels[0]]


def aim_at_any() -> None:
    """Have attacks aim at any class other than the true one."""
    streamlit_state.set_widget(TARGET_KEY, NO_TARGET)


def choose_target(state: BreakState) -> None:
    """Choose the class that attacks aim at."""
    classes = state.shown[0].reader.classes
    if not state.task.is_free("target"):
        state.target = classes.index(state.setup.target) if state.setup.target in classes else None
        if state.task.shows("target"):
            fixed(_("Attacks aim at"), _(NO_TARGET) if state.target is None else classes[state.target])
        return
    options = [NO_TARGET, *classes]
    if streamlit_state.has_widget(TARGET_KEY) and streamlit_state.widget_value(TARGET_KEY) not in options:
        streamlit_state.set_widget(TARGET_KEY, NO_TARGET)
    chosen = st.selectbox(
        _("Attacks aim at"), options, key=TARGET_KEY, width=130, persist_state="session",
        format_func=lambda target: _(NO_TARGET) if target == NO_TARGET else target,
        help=_("Any other: away from the true class. Otherwise towards this one, whatever the digit."),
    )  # fmt: skip
    state.target = None if chosen == NO_TARGET else classes.index(chosen)
