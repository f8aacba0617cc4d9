"""A short guided tour of the Learn page, for a first visit; it can be left at once and taken again."""

import streamlit as st

from ui.learn.clickable_html import picks
from ui.state.session import Session

STOPS = (
    (
        "specimen",
        "Choose a digit",
        "Your drawing from the Draw page, or one held out for dev. And a network to look into.",
    ),
    ("inspector", "Look into a unit", "Its weights, times the input, summed up. Pick another one from the pictures."),
    ("logits", "See what speaks", "Each class is a sum of what the units say. A bar takes you to its unit."),
    ("one_step", "Take one step", "Point at a symbol in an equation: its numbers light up. Turn α and λ."),
    ("gradient_check", "Do not believe it", "Measure the slope of any weight, and compare it with the equations."),
)
"""The part of the page that each stop is about, its title, and what can be done there."""

BACK, NEXT, LEAVE = "back", "next", "leave"


def call_again(session: Session) -> None:
    """Show the button that begins the tour anew."""
    st.button(
        "Tour",
        key="take_tour",
        on_click=_begin,
        args=(session,),
        help="A guided tour of this page, in five short stops.",
    )


def _begin(session: Session) -> None:
    session.study.tour = 0


@st.fragment
def tour() -> None:
    """Show the stop of the tour where the person is, if they are on it."""
    at = Session.current().study.tour
    if at is None:
        return
    _, title, text = STOPS[at]
    last = at == len(STOPS) - 1
    back = _button(BACK, "Back", STOPS[at - 1][0]) if at else ""
    leave = "" if last else _button(LEAVE, "Skip", "")
    onward = _button(LEAVE, "Done", "") if last else _button(NEXT, "Next", STOPS[at + 1][0], first=True)
    with st.container(key="tour"):
        picks(
            f"<section class='tour' aria-label='Guided tour' data-at='{STOPS[at][0]}'><p class='note'>{at + 1} of"
            f" {len(STOPS)}</p><h2>{title}</h2><p role='status'>{text}</p>"
            f"<div>{leave}<span></span>{back}{onward}</div></section>",
            "tour_stop",
            _turn,
        )


def _button(turn: str, label: str, show: str, *, first: bool = False) -> str:
    kind = " class='first'" if first else ""
    return f"<button type='button'{kind} data-pick='{turn}' data-show='{show}'>{label}</button>"


def _turn(turn: str) -> None:
    study = Session.current().study
    if study.tour is None:
        return
    study.tour = {BACK: max(study.tour - 1, 0), NEXT: min(study.tour + 1, len(STOPS) - 1), LEAVE: None}[turn]
