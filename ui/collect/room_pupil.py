"""A pupil's view of a room: what to draw next, what the pupil has drawn, and training on everybody's drawings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from classroom.room_digits import RoomDigits
from ink.collection import Collection
from language.numbers import whole
from language.translation import _
from ui.collect.start_training import ROOM, train_on
from ui.state.room_visit import RoomVisit
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import messages
from ui.widgets.canvas import Stroke
from ui.widgets.collected_drawings import Row, collected_drawings
from ui.widgets.drawing_pad import LONG_PAUSE, PAUSE, Pad, drawing_pad
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("collect/together.html.j2")


@dataclass
class PupilDesk:
    """What a pupil is asked for.

    Attributes:
        pad: The paper.
        asked: The class now asked for, an index.
        stays: Whether it is asked for until another is chosen.
    """

    pad: Pad = field(default_factory=lambda: Pad("canvas_room"))
    asked: int = 0
    stays: bool = False

    def ask(self, own: Collection) -> None:
        """Ask for the first class with the fewest of the pupil's drawings, unless the current one is to stay."""
        if not self.stays or self.asked >= len(own.classes):
            self.asked, self.stays = int(own.counts.argmin()), False


def show(session: Session) -> None:
    """Show the view."""
    with st.container(key="collect_desk"):
        _draw()
    st.button(_("Leave the room"), key="leave_room", type="tertiary", on_click=session.room_visit.leave)


@st.fragment
def _draw() -> None:
    """Show the paper and the pupil's own drawings; a drawing redraws only this."""
    visit, desk = Session.current().room_visit, page_state(PupilDesk)
    seat, digits = visit.seat, visit.digits
    if seat is None or digits is None:  # the room was closed
        st.rerun(scope="app")
    ids, own = drawn_by(digits, seat.member)
    if desk.pad.is_blank:  # while the pupil draws, keep the class asked for
        desk.ask(own)
    with st.container(key="pad"):
        st.html(TEMPLATES.asked(name=own.classes[desk.asked], drawn=int(own.counts[desk.asked])))
        drawing_pad(
            desk.pad,
            pause=PAUSE if max(map(len, own.classes)) == 1 else LONG_PAUSE,
            on_drawn=partial(_take, visit, desk),
            on_taken_back=partial(_take_back, visit, desk),
        )
    with st.container(key="collected"):
        st.html(TEMPLATES.pupil(name=digits.room.name, nickname=seat.nickname, drawings=len(digits), own=len(own.kept)))
        if visit.problem:
            messages.problem(visit.problem)
        collected_drawings(_rows(ids, own, desk), on_struck=partial(_strike, visit), on_asked=partial(_ask_for, desk))
        train_on(digits.collection, ROOM)


def drawn_by(digits: RoomDigits, member: int) -> tuple[list[int], Collection]:
    """Return the ids of a member's drawings, and the drawings."""
    places = [place for place, author in enumerate(digits.authors) if author == member]
    drawings = tuple(digits.collection.drawings[place] for place in places)
    return [digits.ids[place] for place in places], Collection(digits.room.classes, drawings)


def _rows(ids: Sequence[int], own: Collection, desk: PupilDesk) -> list[Row]:
    counts = own.counts
    return [
        Row(
            name=name,
            said=whole(int(counts[label])),
            drawings=[pair for pair in zip(ids, own.drawings, strict=True) if pair[1].label == label],
            is_asked=label == desk.asked,
            stays=desk.stays and label == desk.asked,
        )
        for label, name in enumerate(own.classes)
    ]


def _take(visit: RoomVisit, desk: PupilDesk, strokes: Sequence[Stroke]) -> None:
    visit.problem = ""
    visit.add(desk.asked, strokes)
    visit.refresh()


def _take_back(visit: RoomVisit, desk: PupilDesk) -> None:
    if visit.seat is None or visit.digits is None:
        return
    ids, own = drawn_by(visit.digits, visit.seat.member)
    if ids:
        desk.asked = own.drawings[-1].label
        visit.attempt(lambda: visit.take_back(ids[-1]))
        visit.refresh()


def _strike(visit: RoomVisit, digit: int, is_struck: bool) -> None:  # noqa: FBT001 - as `on_struck` calls it
    visit.attempt(lambda: visit.strike(digit, is_struck=is_struck))
    visit.refresh()


def _ask_for(desk: PupilDesk, label: int | None) -> None:
    desk.stays = label is not None
    if label is not None:
        desk.asked = label
