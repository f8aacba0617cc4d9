"""A visitor's place in a classroom: opening, joining, drawing in and leaving a room, each within the budgets."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlencode, urlsplit

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from classroom.codes import typed_code
from classroom.room_digits import NoRoomError, RoomDigits
from classroom.rooms import Rooms, Seat
from data.dataset import DataError, Dataset
from language.translation import _
from ui.serving.budgets import (
    ALL_CODES_A_MINUTE,
    CODES_A_MINUTE,
    DRAWINGS_A_MINUTE,
    ROOMS_AN_HOUR,
    Allowance,
    Budget,
    OverBudgetError,
)
from ui.serving.local_network import announced
from ui.state import shared_resources, streamlit_state

ROOM, TEACHER = "room", "teacher"
"""The query parameters of links to a room: one holds its code, for pupils; the other the teacher's token."""

_LONGEST_TOKEN = 64
_HOUR = 3600

_counting = threading.Lock()
_all_codes = Allowance(ALL_CODES_A_MINUTE.limit, ALL_CODES_A_MINUTE.limit / 60)
_openings: dict[str, Allowance] = {}
"""How many rooms each network address may still open; addresses with their full allowance are left out."""


class RoomVisit:
    """The place of one session in a room, if it has one.

    Attributes:
        token: The secret token that identifies the visitor in the room; empty outside rooms.
        seat: The place, as last looked up; None outside rooms and before the first look.
        digits: The digits of the room, as last looked up; they stay when the room closes.
        offered: The room code in the link that the visitor opened, unchecked; empty if there was none.
        came_by_link: Whether a link to a room was opened, until the page shows where it leads.
        problem: A sentence that says why the last attempt failed or that the room is closed; empty if all is well.
    """

    def __init__(self) -> None:
        """Start outside rooms."""
        self.token = ""
        self.seat: Seat | None = None
        self.digits: RoomDigits | None = None
        self.offered = ""
        self.came_by_link = False
        self.problem = ""
        self._codes = Allowance(CODES_A_MINUTE.limit, CODES_A_MINUTE.limit / 60)
        self._drawings = Allowance(DRAWINGS_A_MINUTE.limit, DRAWINGS_A_MINUTE.limit / 60)

    def take_up(self, token: object) -> None:
        """Return to a room with a token from a tab or a link; `look` checks the token, which may be anything."""
        if isinstance(token, str) and 0 < len(token) <= _LONGEST_TOKEN:
            self._enter(token)

    def take_up_link(self) -> None:
        """Take a room's code or a teacher's token from the address, unchecked, and remove it there."""
        token, code = streamlit_state.taken_parameter(TEACHER), streamlit_state.taken_parameter(ROOM)
        if token or code:
            self.take_up(token)
            self.offered = code[:_LONGEST_TOKEN]
            self.came_by_link = True

    def attempt(self, act: Callable[[], None]) -> bool:
        """Try to do something, keep the reason for a failure in `problem`, and return whether it succeeded."""
        self.problem = ""
        try:
            act()
        except DataError as problem:
            self.problem = str(problem)
        return not self.problem

    def open(self, name: str, classes: Sequence[str]) -> None:
        """Open a room as its teacher.

        Raises:
            DataError: See Rooms.open; also if this network address has opened too many.
        """
        address = st.context.ip_address  # None for this machine
        if address is not None:
            with _counting:
                for each in [known for known, allowed in _openings.items() if allowed.is_whole]:
                    del _openings[each]
                allowed = _openings.setdefault(address, Allowance(ROOMS_AN_HOUR.limit, ROOMS_AN_HOUR.limit / _HOUR))
                _take(allowed, ROOMS_AN_HOUR)
        self._enter(self._rooms.open(name, classes))

    def join(self, code: str, nickname: str) -> None:
        """Join a room as a pupil.

        Raises:
            DataError: See Rooms.join; also if too many codes were tried.
        """
        with _counting:
            _take(self._codes, CODES_A_MINUTE)
            _take(_all_codes, ALL_CODES_A_MINUTE)
        self._enter(self._rooms.join(code, nickname))

    def look(self) -> RoomDigits:
        """Return the digits of the room as they are now.

        Raises:
            NoRoomError: The room is closed; `problem` says so.
            StorageError: The database failed.
        """
        with self._until_closed():
            self.seat, self.digits = self._rooms.look(self.token)
        return self.digits

    def add(self, label: int, strokes: Sequence[NDArray[np.float64]]) -> None:
        """Add a drawing of a class.

        Raises:
            DataError: See Rooms.add; also if too many were added within a minute.
        """
        _take(self._drawings, DRAWINGS_A_MINUTE)
        with self._until_closed():
            self._rooms.add(self.token, label, strokes)

    def take_back(self, digit: int) -> None:
        """Delete one of the visitor's own drawings.

        Raises:
            DataError: See Rooms.take_back.
        """
        with self._until_closed():
            self._rooms.take_back(self.token, digit)

    def strike(self, digit: int, *, is_struck: bool) -> None:
        """Strike out a drawing, or bring it back.

        Raises:
            DataError: See Rooms.strike_out and Rooms.bring_back.
        """
        with self._until_closed():
            (self._rooms.strike_out if is_struck else self._rooms.bring_back)(self.token, digit)

    def close(self) -> None:
        """Delete the room as its teacher.

        Raises:
            DataError: See Rooms.close.
        """
        with self._until_closed():
            self._rooms.close(self.token)
        self.leave()

    def leave(self) -> None:
        """Leave the room; drawings stay in it, and the visitor keeps the digits that were last looked up."""
        self.token, self.seat = "", None

    def is_offered_another(self) -> bool:
        """Return whether the visitor followed a link to a room other than the one they are in."""
        return self.seat is not None and bool(self.offered) and typed_code(self.offered) != self.seat.room.code

    @property
    def dataset_name(self) -> str:
        """The name of the room's digits among the datasets; empty if the visitor has seen none."""
        return "" if self.digits is None else self.digits.room.dataset_name

    def dataset(self) -> Dataset:
        """Return the digits as they were last looked up.

        Raises:
            DataError: There are none.
        """
        if self.digits is None:
            raise DataError(_("You are in no room."))
        return self.digits.dataset

    def refresh(self) -> None:
        """Look up the digits of the room again, if it still exists."""
        if self.token:
            with suppress(DataError):
                self.look()

    @property
    def _rooms(self) -> Rooms:
        return shared_resources.rooms()

    def _enter(self, token: str) -> None:
        self.token, self.seat, self.digits, self.problem = token, None, None, ""

    @contextmanager
    def _until_closed(self) -> Iterator[None]:
        """Leave the room if it turns out to be closed."""
        try:
            yield
        except NoRoomError as gone:
            self.problem = str(gone)
            self.leave()
            raise


def link_to(parameter: str, value: str) -> str:
    """Return the address of the current page with a parameter, as other machines can reach it.

    A teacher who serves a local network may have opened the app as localhost, which pupils cannot reach.
    """
    here = urlsplit(str(st.context.url or ""))
    origin = f"{here.scheme}://{here.netloc}"
    if here.hostname in {"localhost", "127.0.0.1"} and announced():
        origin = announced()[0]
    return f"{origin}{here.path}?{urlencode({parameter: value})}"


def _take(allowed: Allowance, budget: Budget) -> None:
    """Take one from the allowance of a budget.

    Raises:
        OverBudgetError: There is none left.
    """
    if not allowed.take(1):
        raise OverBudgetError(str(budget))
