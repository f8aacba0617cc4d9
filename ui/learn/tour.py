"""A short guided tour of the Learn page on the first visit; it can be skipped or repeated."""

from dataclasses import dataclass

import streamlit as st

from ui.state.streamlit_state import page_state
from ui.widgets.html_templates import Templates, clickable_html

TEMPLATES = Templates("learn/tour.html.j2")

STOPS = (
    ("specimen", "Choose a digit", "Your drawing or a dev digit, and a network to look into."),
    ("inspector", "Look inside a unit", "Its weights times the input, summed up. Pick another unit from the pictures."),
    ("logits", "See the evidence", "Each class adds up what the units contribute. Click a bar to open its unit."),
    ("one_step", "Take one step", "Hover over a symbol in an equation to see its numbers. Change α and λ."),
    ("gradient_check", "Check the maths", "Measure the slope for any weight and compare it with the equations."),
)
"""Each stop: the id of the element it shows, a title, and what to do there."""


@dataclass
class TourState:
    """The index of the current stop; None when the tour is over."""

    stop: int | None = 0


def tour_button() -> None:
    """Show the button that starts the tour."""
    st.button("Tour", key="take_tour", on_click=_start, help="A guided tour of this page in five stops.")


def _start() -> None:
    page_state(TourState).stop = 0


@st.fragment
def tour() -> None:
    """Show the current stop until the tour is over."""
    at = page_state(TourState).stop
    if at is None:
        return
    element, title, text = STOPS[at]
    html = TEMPLATES.stop(
        element=element,
        title=title,
        text=text,
        number=at + 1,
        total=len(STOPS),
        previous=STOPS[at - 1][0] if at else None,
        next=STOPS[at + 1][0] if at + 1 < len(STOPS) else None,
    )
    with st.container(key="tour"):
        clickable_html(html, "tour_stop", _move)


def _move(button: str) -> None:
    state = page_state(TourState)
    if state.stop is None:
        return
    state.stop = {"back": max(state.stop - 1, 0), "next": min(state.stop + 1, len(STOPS) - 1), "leave": None}[button]
