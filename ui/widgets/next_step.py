"""The next step: each page ends in a question, and a link to the page that answers it."""

from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from language.translation import N_, _
from ui import routes
from ui.routes import Route
from ui.state.streamlit_state import is_embedded


@dataclass(frozen=True)
class NextStep:
    """The step that follows a page.

    Attributes:
        question: The question that the page leaves open.
        link: The label of the link, an invitation.
        to: The page that answers the question.
    """

    question: str
    link: str
    to: Route


STEPS = {
    routes.DRAW: NextStep(N_("How did it learn to read?"), N_("Train a network yourself"), routes.TRAIN),
    routes.TRAIN: NextStep(
        N_("What happens in one of those steps?"), N_("Follow a single step in numbers"), routes.LOOK
    ),
    routes.LOOK: NextStep(N_("How much of it does the answer need?"), N_("Break it and see"), routes.BREAK_IT),
    routes.BREAK_IT: NextStep(N_("Would other settings learn better?"), N_("Compare two runs"), routes.COMPARE),
    routes.COMPARE: NextStep(N_("What do they all learn from?"), N_("Look at the digits"), routes.DATASET),
    routes.DATASET: NextStep(N_("Could it learn from yours?"), N_("Collect your own"), routes.COLLECT),
    routes.COLLECT: NextStep(N_("Can it read a new one?"), N_("Draw it"), routes.DRAW),
}
"""The path through the app: Draw, Train, Look, Break it, Compare, Dataset, Collect, and back to Draw."""


def next_step(route: Route) -> None:
    """Show the step that follows this page, except in a frame; a page calls this last."""
    if is_embedded():
        return
    step = STEPS[route]
    with st.container(key="next_step", horizontal=True, vertical_alignment="center"):
        st.html(Markup("<p>{}</p>").format(_(step.question)), width="content")
        st.page_link(routes.page(step.to), label=_(step.link), icon=":material/arrow_forward:", icon_position="right")
