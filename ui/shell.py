"""Page configuration, style and navigation."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from data.dataset import DataError
from language import translation
from language.translation import _
from training.run_record import shown_name
from ui import routes
from ui.break_it import page as break_it
from ui.collect import page as collect
from ui.compare import page as compare
from ui.dataset import page as dataset
from ui.draw import page as draw
from ui.look import page as look
from ui.serving.graceful_stop import STOP
from ui.state import language
from ui.state.address import write_task
from ui.state.lost_run import memory_of
from ui.state.script_turns import script_turn
from ui.state.session import Session
from ui.state.shared_resources import scheduler
from ui.state.streamlit_state import is_embedded, page_state
from ui.train import page as train
from ui.widgets import messages
from ui.widgets.array_images import data_uri
from ui.widgets.language_switch import language_switch
from ui.widgets.linked_drawing import put_on_paper
from ui.widgets.menu import menu
from ui.widgets.next_step import next_step
from ui.widgets.palette import palette, variables
from ui.widgets.shortcuts import shortcuts
from ui.widgets.task_bar import task_bar
from ui.widgets.work_menu import work_menu
from ui.workarounds.closed_tab_log import silence_closed_tabs
from ui.workarounds.component_reports import read_any_report
from ui.workarounds.component_values import read_components_plainly
from ui.workarounds.dropped_messages import send_last_messages
from ui.workarounds.number_fields import number_fields
from ui.workarounds.page_switch import drop_redraws_of_other_pages
from ui.workarounds.page_top import show_page_top
from ui.workarounds.streamlit_words import have_streamlit_speak
from ui.workarounds.tab_token import keep_in_tab
from ui.workarounds.theme_change import follow_theme
from ui.workarounds.widget_lookup import look_up_one_widget

STATIC = Path(__file__).parent / "static"
ICON = data_uri((STATIC / "icon.png").read_bytes())
"""As a data URI, because Streamlit rereads a file with every script run."""

look_up_one_widget()
read_components_plainly()
read_any_report()
send_last_messages()
translation.ask(language.of_visitor)
routes.set_contents(
    {
        routes.DRAW: draw.page,
        routes.TRAIN: train.page,
        routes.LOOK: look.page,
        routes.BREAK_IT: break_it.page,
        routes.COMPARE: compare.page,
        routes.DATASET: dataset.page,
        routes.COLLECT: collect.page,
    }
)


def main() -> None:
    """Show the page at the URL."""
    with script_turn():
        _show_page()


def _show_page() -> None:
    silence_closed_tabs()
    scheduler()
    session = Session.attach()
    chosen = st.navigation([routes.page(route) for route in routes.ROUTES], position="hidden")
    route = next(route for route in routes.ROUTES if route.url_path == chosen.url_path)
    st.set_page_config(page_title=route.tab_title, page_icon=ICON, layout="wide")
    st.html(f"<style>{variables(palette())}</style>")  # the style sheet itself is in the page that the server sends
    follow_theme()
    if not is_embedded():
        menu(routes.ROUTES, route)
    show_page_top(chosen.url_path)
    keep_in_tab(session.memory())
    put_on_paper(session)
    _notices(session, chosen.url_path)
    if chosen.url_path != page_state(ShownPage).path and route is not routes.TRAIN and (task := session.task_on(route)):
        write_task(task)
    page_state(ShownPage).path = chosen.url_path
    task_bar(session, route)
    try:
        chosen.run()
    except DataError as error:  # a file that comes with the app is missing or damaged
        messages.problem(str(error))
        next_step(route)
    if not is_embedded():
        work_menu(session)
    shortcuts()
    language_switch()
    number_fields()
    have_streamlit_speak()
    drop_redraws_of_other_pages()


@dataclass
class ShownPage:
    """The URL path of the page last shown."""

    path: str | None = None


@dataclass
class AddressNotice:
    """What was wrong with an address, and the path of the page that it opened."""

    sentences: str = ""
    page: str = ""


def _notices(session: Session, page: str) -> None:
    """Say above the page that the server is about to stop, which run is gone, and what was wrong with the address."""
    if STOP.is_near:
        stops = _("This server is about to stop. Download what you want to keep.")
        st.html(Markup("<p class='notice' id='stop_notice'>{}</p>").format(stops))
    if memory_of(session.runs) is not None:
        session.lost_run = None
    if session.lost_run is not None:
        with st.container(key="lost_run", horizontal=True, vertical_alignment="center"):
            gone = _("{run} is no longer on the server. Its settings are kept.", run=shown_name(session.lost_run.name))
            st.html(Markup("<p class='notice'>{}</p>").format(gone))
            if page != routes.TRAIN.url_path:
                st.page_link(routes.page(routes.TRAIN), label=_("Train it again"))
    notice = page_state(AddressNotice)
    if session.address_problems:
        notice.sentences, notice.page, session.address_problems = session.address_problems, page, ""
    if notice.sentences and notice.page == page:
        st.html(Markup("<p class='notice' id='address_notice'>{}</p>").format(notice.sentences))
    else:
        notice.sentences = ""
