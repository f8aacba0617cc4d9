"""Together: a class draws in one room, which its teacher opens and closes, and everybody trains on all the drawings."""

import streamlit as st
from markupsafe import Markup

from classroom.room_digits import NoRoomError
from data.dataset import DIGITS, DataError
from language.translation import N_, _
from ui.collect import room_pupil, room_teacher
from ui.collect.classes import checked
from ui.serving.budgets import (
    CLASS_LETTERS,
    COLLECTED_CLASSES,
    NICKNAME,
    PUPIL_DRAWINGS,
    ROOM_DRAWINGS,
    ROOM_NAME,
    ROOM_PUPILS,
)
from ui.state import streamlit_state
from ui.state.room_visit import RoomVisit
from ui.state.session import Session
from ui.widgets import messages
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("collect/together.html.j2")

LEAD = N_("Draw with a class, and train on what everybody has drawn.")

_CODE, _NICKNAME, _NAME, _CLASSES = "join_code", "join_nickname", "open_name", "open_classes"

_LONGEST_CODE = 24


def show(session: Session) -> None:
    """Show the view: the room that the visitor is in, or the ways into one."""
    visit = session.room_visit
    if visit.token:
        try:
            visit.look()
        except NoRoomError:
            pass  # the visit keeps the reason
        except DataError as problem:
            messages.problem(str(problem))
            st.button(_("Try again"), key="room_again")
            return
    if visit.seat is None:
        _ways_in(visit)
        return
    if visit.is_offered_another():
        messages.hint(_("You are in a room already. Leave it to join the one that your link leads to."))
    (room_teacher if visit.seat.is_teacher else room_pupil).show(session)


def _ways_in(visit: RoomVisit) -> None:
    if visit.problem:
        messages.hint(visit.problem)
    with st.container(key="room_ways_in"):
        with st.form("join_room", border=False):
            st.html(Markup("<h2 class='section'>{}</h2>").format(_("Join a room")))
            if visit.offered:
                streamlit_state.set_widget(_CODE, visit.offered)
                visit.offered = ""
            st.text_input(
                # Translators: by which a room is joined, such as XXXX-XXXX-XXXXX.
                _("Code"),
                key=_CODE,
                max_chars=_LONGEST_CODE,
                placeholder="XXXX-XXXX-XXXXX",
                autocomplete="off",
            )
            st.text_input(
                _("Nickname"),
                key=_NICKNAME,
                max_chars=NICKNAME.limit,
                autocomplete="off",
                help=_("For your teacher. Leave it empty if you like."),
            )
            st.form_submit_button(_("Join"), key="join", type="primary", on_click=_join, args=(visit,))
        with st.form("open_room", border=False):
            st.html(Markup("<h2 class='section'>{}</h2>").format(_("Open a room")))
            st.text_input(
                _("Name of the room"), key=_NAME, max_chars=ROOM_NAME.limit, placeholder="7B", autocomplete="off"
            )
            if not streamlit_state.has_widget(_CLASSES):
                streamlit_state.set_widget(_CLASSES, ", ".join(DIGITS))
            st.text_input(
                _("What to draw"),
                key=_CLASSES,
                max_chars=COLLECTED_CLASSES.limit * (CLASS_LETTERS.limit + 2),
                help=_("Two or more names, separated by commas."),
                autocomplete="off",
            )
            st.form_submit_button(_("Open a room"), key="open", on_click=_open, args=(visit,))
    st.html(TEMPLATES.promise(pupils=ROOM_PUPILS.limit, drawings=ROOM_DRAWINGS.limit, of_one=PUPIL_DRAWINGS.limit))


def _join(visit: RoomVisit) -> None:
    code, nickname = streamlit_state.widget_value(_CODE), streamlit_state.widget_value(_NICKNAME)
    visit.attempt(lambda: visit.join(code, nickname))


def _open(visit: RoomVisit) -> None:
    name, classes = streamlit_state.widget_value(_NAME), streamlit_state.widget_value(_CLASSES)
    visit.attempt(lambda: visit.open(name, checked(classes)))
