"""The task that a link has set, above its page; on other pages, the way back to it."""

from typing import Literal

import streamlit as st
from markupsafe import Markup

from language.translation import N_, _
from ui import routes
from ui.routes import Route
from ui.state.session import Session
from ui.state.streamlit_state import is_embedded

HEADING = N_("Your task")


def fixed(label: str, value: str, width: Literal["stretch", "content"] = "content") -> None:
    """Show a control that a task has fixed, in a row of controls or as wide as its column."""
    words = Markup("<p class='fixed' title='{}'><span>{}</span> <b>{}</b></p>")
    st.html(words.format(_("Fixed by the task."), label, value), width=width)


def task_bar(session: Session, page: Route) -> None:
    """Show the task of this page, if there is one, and the button to leave it."""
    task = session.task
    if not task or (is_embedded() and not task.text):
        return
    with st.container(key="task", horizontal=True, vertical_alignment="center", gap="small"):
        if page.path == task.page:
            st.html(
                Markup("<section id='task' aria-label='{}'>{}</section>").format(_(HEADING), task.text or _(HEADING))
            )
        else:
            (on,) = (route for route in routes.ROUTES if route.path == task.page)
            st.html(Markup("<p class='note'>{}</p>").format(_("Your task is on the page {page}.", page=_(on.title))))
            st.page_link(routes.page(on), label=_("Back to your task"), icon=":material/arrow_back:")
        if not is_embedded():
            st.button(
                _("Leave this task"),
                key="leave_task",
                type="tertiary",
                on_click=session.leave_task,
                help=_("All controls come back. Your runs and drawings stay."),
            )
