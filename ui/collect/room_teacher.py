"""The teacher's view of a room: how to join it, how it grows by pupil and class, and which drawings to strike out."""

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from classroom.codes import in_groups
from classroom.room_digits import Member, NoRoomError, RoomDigits
from data.dataset import DataError
from ink.collection import Collection
from language.numbers import whole
from language.translation import _
from ui.collect.start_training import ROOM as FOR_ROOM
from ui.collect.start_training import train_on
from ui.state.room_visit import ROOM, TEACHER, RoomVisit, link_to
from ui.state.session import Session
from ui.widgets import messages
from ui.widgets.collected_drawings import Row, collected_drawings
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.qr_code import qr_code_source
from ui.workarounds.persistent_download import download_button

TEMPLATES = Templates("collect/together.html.j2")

REDRAW_SECONDS = 2.0

EVERYBODY = 0
"""Represents all pupils where a pupil is chosen by id."""

MOST_SHOWN = 24
"""Drawings shown of each class: the newest."""


def show(session: Session) -> None:
    """Show the view."""
    visit = session.room_visit
    assert visit.seat is not None
    room, link = visit.seat.room, link_to(ROOM, visit.seat.room.code)
    st.html(
        TEMPLATES.board(name=room.name, code=in_groups(room.code).split("-"), link=link, picture=qr_code_source(link))
    )
    with st.container(key="room_growth"):
        live_fragment(_growth, REDRAW_SECONDS)()
    with st.container(key="room_actions", horizontal=True, gap="small"):
        with st.popover(_("Come back later"), key="room_way_back", help=_("A link to this room, for you only.")):
            warning = _("Whoever has this link can close the room. Keep it for yourself.")
            st.html(Markup("<p class='note'>{}</p>").format(warning))
            st.code(link_to(TEACHER, visit.token), language=None, wrap_lines=True)
        download_button(
            _("Strokes"),
            lambda: _latest(visit).strokes(),
            file_name="room.json",
            mime="application/json",
            key="room_strokes",
            help=_(
                "All drawings, stroke by stroke, with nicknames. “{view}” can bring them back.",
                view=_("Your handwriting"),
            ),
        )
        download_button(
            "CSV",
            lambda: _latest(visit).csv(),
            file_name="room.csv",
            mime="text/csv",
            key="room_csv",
            help=_("The drawings as images, without those struck out."),
        )
        with st.popover(_("Close the room"), key="room_close"):
            warning = _("Closing deletes all its drawings and nicknames, for everybody and for good.")
            st.html(Markup("<p>{}</p>").format(warning))
            st.button(_("Close and delete"), key="close_room", type="primary", on_click=_close)


def _latest(visit: RoomVisit) -> Collection:
    """Return the drawings of the room as they are now."""
    visit.refresh()
    return Collection() if visit.digits is None else visit.digits.collection


def _close() -> None:
    visit = Session.current().room_visit
    if visit.attempt(visit.close):
        visit.problem = _("The room is closed, and its drawings are deleted.")


def _growth() -> None:
    """Show the digits in the room, updated continually."""
    visit = Session.current().room_visit
    try:
        visit.look()
    except NoRoomError:
        st.rerun(scope="app")
    except DataError as problem:
        messages.problem(str(problem))
    if visit.problem:
        messages.problem(visit.problem)
    digits = visit.digits
    if digits is None:
        return
    names = names_of(digits.members)
    counts = digits.counts()
    listed = [
        (names[member.id], counts[place].tolist())
        for place, member in enumerate(digits.members)
        if not member.is_teacher
    ]
    with st.container(key="room_numbers"):
        st.html(
            TEMPLATES.growth(
                classes=digits.room.classes, members=listed, totals=counts.sum(axis=0).tolist(), drawings=len(digits)
            )
        )
        train_on(digits.collection, FOR_ROOM)
    with st.container(key="room_drawings"):
        pupils = [EVERYBODY, *(member.id for member in digits.members if not member.is_teacher)]
        chosen = st.selectbox(
            _("Drawings by"),
            pupils,
            format_func=lambda member: names.get(member, _("Everybody")),
            key="room_drawings_by",
            help=_(
                "The newest {count} of each. Press one to strike it out, and again to bring it back.", count=MOST_SHOWN
            ),
            width=220,
        )
        collected_drawings(rows(digits, chosen), on_struck=_strike)


def names_of(members: Sequence[Member]) -> dict[int, str]:
    """Return the name of each member, by id: the nickname, or the pupil's number in order of joining."""
    pupils = [member for member in members if not member.is_teacher]
    return {
        member.id: member.nickname or _("Pupil {number}", number=number)
        for number, member in enumerate(pupils, start=1)
    }


def rows(digits: RoomDigits, author: int) -> list[Row]:
    """Return the newest drawings of each class, by everybody or by one author, each with its id as its place."""
    drawings = [
        (number, drawn)
        for number, by, drawn in zip(digits.ids, digits.authors, digits.collection.drawings, strict=True)
        if author in {EVERYBODY, by}
    ]
    found = []
    for label, name in enumerate(digits.room.classes):
        of_class = [(number, drawn) for number, drawn in drawings if drawn.label == label]
        kept = sum(not drawn.struck for _number, drawn in of_class)
        found.append(Row(name, whole(kept), of_class[-MOST_SHOWN:]))
    return found


def _strike(digit: int, is_struck: bool) -> None:  # noqa: FBT001 - as `on_struck` calls it
    visit = Session.current().room_visit
    visit.attempt(lambda: visit.strike(digit, is_struck=is_struck))
