"""The next step: each page ends in a question, and a link to the page that answers it."""

from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from ui import routes
from ui.routes import Route
from ui.state.streamlit_state import is_embedded


@dataclass(frozen=True)
class NextStep:
    """Where a page leads.

    Attributes:
        question: The question that the page leaves open.
        link: The label of the link, an invitation.
        to: The page that answers it.
    """

    question: str
    link: str
    to: Route


STEPS = {
    routes.DRAW: NextStep("How did it learn to read?", "Train a network yourself", routes.TRAIN),
    routes.TRAIN: NextStep("What happens in one of those steps?", "Follow a single step in numbers", routes.LOOK),
    routes.LOOK: NextStep("How much of it does the answer need?", "Break it and see", routes.BREAK_IT),
    routes.BREAK_IT: NextStep("Would other settings learn better?", "Compare two runs", routes.COMPARE),
    routes.COMPARE: NextStep("What do they all learn from?", "Look at the digits", routes.DATASET),
    routes.DATASET: NextStep("Could it learn from yours?", "Collect your own", routes.COLLECT),
    routes.COLLECT: NextStep("Can it read a new one?", "Draw it", routes.DRAW),
}
"""The path through the app: Draw, Train, Look, Break it, Compare, Dataset, Collect, and back to Draw."""


def next_step(route: Route) -> None:
    """Show the step that follows this page, except in a frame; a page calls it last."""
    if is_embedded():
        return
    step = STEPS[route]
    with st.container(key="next_step", horizontal=True, vertical_alignment="center"):
        st.html(Markup("<p>{}</p>").format(step.question), width="content")
        st.page_link(routes.page(step.to), label=step.link, icon=":material/arrow_forward:", icon_position="right")
