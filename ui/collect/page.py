"""Collect: drawings of digits, or of the visitor's own classes, to train a network on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from language.translation import N_, _
from ui import routes
from ui.collect import own_handwriting, together
from ui.state.session import Session
from ui.state.streamlit_state import has_widget, set_widget
from ui.widgets.next_step import next_step
from ui.widgets.view_choice import choose_view

VIEW_KEY, TOGETHER = "collect_view", N_("Together")


@dataclass(frozen=True)
class View:
    """One way to collect.

    Attributes:
        lead: What to do there, in a sentence below the heading.
        show: Draws the content below the heading.
    """

    lead: str
    show: Callable[[Session], None]


VIEWS: Mapping[str, View] = {
    N_("Your handwriting"): View(
        N_("Draw a few of each, and train a network on them."),
        own_handwriting.show,
    ),
    TOGETHER: View(together.LEAD, together.show),
}
"""The views by name, in the order offered; the first is the default."""


def page() -> None:
    """Show the page."""
    session = Session.attach()
    visit = session.room_visit
    if visit.came_by_link or (visit.token and not has_widget(VIEW_KEY)):
        set_widget(VIEW_KEY, TOGETHER)
        visit.came_by_link = False
    view = VIEWS[choose_view(VIEWS, VIEW_KEY)]
    with st.container(key="collect_head", horizontal=True, vertical_alignment="bottom"):
        st.html(Markup("<h1>{}</h1><p class='lead'>{}</p>").format(_("Collect"), _(view.lead)), width="stretch")
    view.show(session)
    next_step(routes.COLLECT)
