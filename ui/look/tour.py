"""A short guided tour of the Look page on the first visit; it can be skipped or repeated.

Each stop is part of the page, above its subject, so that it covers nothing; the browser shows one at a time.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

from language.translation import N_, _
from ui.look.link_choices import task_here
from ui.state.streamlit_state import page_state
from ui.widgets.html_templates import Templates
from ui.workarounds.component_file import component_from_file

TEMPLATES = Templates("look/tour.html.j2")

Place = Literal["digit", "step", "check", "unit", "evidence"]

STOPS: dict[Place, tuple[str, str]] = {
    "digit": (N_("Choose a digit."), N_("Your drawing or a dev digit, and a network to look into.")),
    "step": (N_("Take one step."), N_("Press Play, and watch it in the network and in the equations below.")),
    "check": (N_("Check the maths."), N_("Measure the slope for any weight and compare it with the equations.")),
    "unit": (
        N_("Look inside a unit."),
        N_("Its weights times the input, summed up. Pick another unit from the pictures."),
    ),
    "evidence": (
        N_("See the evidence."),
        N_("Each class adds up what the units contribute. Click a bar to open its unit."),
    ),
}
"""The title and text of each stop, in order."""

_component = component_from_file(Path(__file__).with_suffix(".js"))


@dataclass
class TourState:
    """How often the tour was started, and whether it is over."""

    begun: int = 1
    over: bool = False


def tour_button() -> None:
    """Show the button that starts the tour."""
    st.button(_("Tour"), key="take_tour", on_click=_start, help=_("A guided tour of this page in five stops."))


def _start() -> None:
    state = page_state(TourState)
    state.begun, state.over = state.begun + 1, False


def _end() -> None:
    page_state(TourState).over = True


def tour_stop(place: Place) -> None:
    """Mark the place of a stop: above its subject."""
    if not page_state(TourState).over and not task_here():
        title, text = STOPS[place]
        st.html(TEMPLATES.stop(place=list(STOPS).index(place), total=len(STOPS), title=_(title), text=_(text)))


def tour() -> None:
    """Run the tour until it is over, except during a task, which gives its own instructions."""
    state = page_state(TourState)
    if task_here():
        return
    _component()(key="tour", data={"begun": 0 if state.over else state.begun}, on_over_change=_end)
