"""Look: the inside of a network, in several views."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from language.translation import N_, _
from models.reader import Reader
from ui import routes
from ui.look import digit_map, dreams, engine, landscape, link_choices, one_digit, tour
from ui.look.link_choices import LinkChoices
from ui.look.starting_point import (
    NETWORK_KEY,
    ONE_DIGIT,
    TASKS,
    VIEW_KEY,
    LookState,
    choose_starting_point,
    left_out,
    parameters,
    view_of,
)
from ui.routes import CAME_FROM
from ui.state.network_names import SMALL
from ui.state.session import Session
from ui.state.streamlit_state import page_state, query_parameter
from ui.widgets.network_choice import choose_network
from ui.widgets.next_step import next_step
from ui.widgets.task_bar import fixed
from ui.widgets.task_panel import set_a_task
from ui.widgets.view_choice import choose_view


@dataclass(frozen=True)
class View:
    """One way to look at a network.

    Attributes:
        heading: Returns the heading and its lead for the network shown.
        show: Draws the content below the heading, given the session and the network, by name and as a reader.
        tool: Draws a button beside the choice of the network, if there is one.
        left_out: A sentence about parts of the view that a link cannot hold; empty if there are none.
    """

    heading: Callable[[Reader], Markup]
    show: Callable[[Session, str, Reader], None]
    tool: Callable[[], None] | None = None
    left_out: str = ""


RUN_LEFT_OUT = N_("This view is empty until your pupils have trained a run.")

VIEWS: Mapping[str, View] = {
    ONE_DIGIT: View(one_digit.heading, one_digit.show, tour.tour_button),
    N_("Map"): View(digit_map.heading, digit_map.show),
    N_("Dreams"): View(dreams.heading, dreams.show),
    N_("Engine"): View(engine.heading, engine.show, left_out=RUN_LEFT_OUT),
    N_("Landscape"): View(landscape.heading, landscape.show, left_out=RUN_LEFT_OUT),
}
"""The views by name, in the order offered; the first is the default."""

WAYS_BACK = {
    routes.DRAW: N_("Back to your drawing"),
    routes.TRAIN: N_("Back to Train"),
    routes.COMPARE: N_("Back to Compare"),
}
"""The pages that send digits here, and the label of the link back to each."""


def page() -> None:
    """Show the page."""
    session = Session.attach()
    choose_starting_point(session, VIEWS)
    state, task = page_state(LookState), session.task_on(routes.LOOK)
    _way_back()
    view = VIEWS[choose_view(VIEWS, VIEW_KEY) if task.is_free("view") else view_of(task, VIEWS)]
    with st.container(key="look_head", horizontal=True, vertical_alignment="bottom"):
        heading = st.container()
        if task.is_free("network"):
            state.network = choose_network([*session.networks.names(), SMALL], state.network, NETWORK_KEY)
        elif task.shows("network"):
            fixed(_("Network"), _(state.network))
        if view.tool is not None and not task:
            view.tool()
    choices = page_state(LinkChoices)
    choices.begin_view()
    problems = st.container(key="choice_problems")
    reader = session.networks.reader(state.network)
    heading.html(view.heading(reader))
    view.show(session, state.network, reader)
    if view.left_out:
        link_choices.leave_out(_(view.left_out))
    choices.is_complete = True
    if choices.problems:
        problems.html(Markup("<p class='notice'>{}</p>").format(" ".join(choices.problems.values())))
    set_a_task(TASKS, parameters, left_out)
    next_step(routes.LOOK)


def _way_back() -> None:
    """Link to the page that sent the visitor here, which then appears as it was left."""
    for origin, label in WAYS_BACK.items():
        if query_parameter(CAME_FROM) == origin.path:
            with st.container(key="way_back"):
                st.page_link(routes.page(origin), label=_(label), icon=":material/arrow_back:")
