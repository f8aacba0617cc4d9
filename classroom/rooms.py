"""Rooms: opened by a teacher, joined with a code, filled with digits, and gone when closed or after a day."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from sqlalchemy import and_, delete, func, insert, select, update

from classroom.codes import fingerprint, new_code, new_token, typed_code
from classroom.database import DIGITS, MEMBERS, ROOMS, Database, StorageError, one_at_a_time
from classroom.room_digits import CLOSED, Gallery, NoRoomError, Room, RoomDigits
from data.dataset import DataError
from data.label_schemes import class_names
from ink.collection import simplified
from language.translation import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement, Connection

HOURS = 24
"""A room closes at the end of the hour in which it reaches this age."""

_HOUR = 3600


class Limit(Protocol):
    """The largest amount of something that is allowed."""

    def check(self, amount: float) -> None:
        """Raise DataError, with a sentence for the visitor, if this much is more than allowed."""


@dataclass(frozen=True)
class Limits:
    """The limits of a room, and of this server.

    Attributes:
        rooms: Open rooms.
        pupils: Pupils in a room.
        digits: Digits in a room, including those struck out.
        digits_of_one: Digits of one member, including those struck out.
        points: Points in a digit.
        room_name: Characters in the name of a room.
        nickname: Characters in a nickname.
    """

    rooms: Limit
    pupils: Limit
    digits: Limit
    digits_of_one: Limit
    points: Limit
    room_name: Limit
    nickname: Limit


@dataclass(frozen=True)
class Seat:
    """One member's place in a room.

    Attributes:
        room: The room.
        member: The id of the member.
        nickname: The member's nickname; may be empty.
        is_teacher: Whether the member opened the room.
    """

    room: Room
    member: int
    nickname: str
    is_teacher: bool


class Rooms:
    """The rooms of a server. Each member acts with a secret token, valid only in that member's room."""

    def __init__(
        self,
        database: Database,
        limits: Limits,
        clock: Callable[[], float] = time.time,  # noqa: TID251 - a room's day goes on while the server is stopped
    ) -> None:
        """Keep rooms in a database.

        Args:
            database: Where they are kept.
            limits: What they may hold.
            clock: Returns the seconds since 1970.
        """
        self.database = database
        self._limits = limits
        self._clock = clock
        self._gallery = Gallery(database)

    def open(self, name: str, classes: Sequence[str]) -> str:
        """Open a room, and return the teacher's token.

        Args:
            name: Any text; may be empty.
            classes: The classes of its digits; see data.label_schemes.class_names.

        Raises:
            DataError: A text is too long, the classes cannot be used, or there are too many rooms.
            StorageError: The database failed.
        """
        self._limits.room_name.check(len(name))
        names = class_names(classes)
        with self.database.writing() as connection:
            one_at_a_time(connection)
            self._delete_ended(connection)
            self._limits.rooms.check(_count(connection, ROOMS.c.id) + 1)
            room = {"code": new_code(), "name": _plain(name), "classes": names, "ends": self._hour() + HOURS}
            (number,) = connection.execute(insert(ROOMS).values(room).returning(ROOMS.c.id)).one()
            return _add_member(connection, number, "", is_teacher=True)

    def join(self, code: str, nickname: str = "") -> str:
        """Join a room as a pupil, and return the pupil's token.

        Args:
            code: The code as typed.
            nickname: Any text; may be empty.

        Raises:
            NoRoomError: No open room has this code.
            DataError: The nickname is too long, or the room is full.
            StorageError: The database failed.
        """
        self._limits.nickname.check(len(nickname))
        code = typed_code(code)
        if not code:
            raise NoRoomError(_(_WRONG_CODE))
        with self.database.writing() as connection:
            changed = update(ROOMS).where(ROOMS.c.code == code, self._is_open).values(revision=ROOMS.c.revision + 1)
            found = connection.execute(changed.returning(ROOMS.c.id)).one_or_none()
            if found is None:
                raise NoRoomError(_(_WRONG_CODE))
            pupils = and_(MEMBERS.c.room == found.id, MEMBERS.c.is_teacher.is_(False))
            self._limits.pupils.check(_count(connection, MEMBERS.c.id, pupils) + 1)
            return _add_member(connection, found.id, _plain(nickname), is_teacher=False)

    def seat(self, token: str) -> Seat:
        """Return the place of the member with a token.

        Raises:
            NoRoomError: The room is closed, or there was none.
            StorageError: The database failed.
        """
        with self.database.reading() as connection:
            return self._seat(connection, token)

    def look(self, token: str) -> tuple[Seat, RoomDigits]:
        """Return the place of the member with a token, and the digits of the room, including those struck out.

        Raises:
            NoRoomError: The room is closed.
            StorageError: The database failed.
        """
        seat = self.seat(token)
        return seat, self._gallery.digits(seat.room)

    def digits(self, token: str) -> RoomDigits:
        """Return the digits of the room of the member with a token; raises the same errors as `look`."""
        return self.look(token)[1]

    def add(self, token: str, label: int, strokes: Sequence[NDArray[np.float64]]) -> None:
        """Add a digit to the room. Once this returns, the digit survives a crash of the server.

        Args:
            token: The token of the member who drew it.
            label: Its class, an index into the room's classes.
            strokes: Each (n, 2): x and y in pixels of the canvas, y growing downward; at least one point.

        Raises:
            NoRoomError: The room is closed.
            DataError: The digit has too many points or none, or there are too many digits.
            StorageError: The database failed.
        """
        self._limits.points.check(sum(map(len, strokes)))
        if not any(map(len, strokes)) or not all(np.isfinite(stroke).all() for stroke in strokes):
            raise DataError(_("There is nothing on the paper yet."))
        drawn = [stroke.tolist() for stroke in simplified(strokes)]
        with self._changing(token) as (connection, seat):
            if not 0 <= label < len(seat.room.classes):
                raise DataError(_("The room has no such class."))
            self._limits.digits.check(_count(connection, DIGITS.c.id, DIGITS.c.room == seat.room.id) + 1)
            self._limits.digits_of_one.check(_count(connection, DIGITS.c.id, DIGITS.c.member == seat.member) + 1)
            digit = {"room": seat.room.id, "member": seat.member, "label": label, "strokes": drawn}
            connection.execute(insert(DIGITS).values(digit))

    def take_back(self, token: str, digit: int) -> None:
        """Delete one of the member's own digits.

        Raises:
            NoRoomError: The room is closed.
            StorageError: The database failed.
        """
        with self._changing(token) as (connection, seat):
            connection.execute(delete(DIGITS).where(DIGITS.c.id == digit, DIGITS.c.member == seat.member))

    def strike_out(self, token: str, digit: int) -> None:
        """Leave a digit out of the dataset: the teacher may strike out any in the room, a pupil only their own.

        Raises:
            NoRoomError: The room is closed.
            StorageError: The database failed.
        """
        with self._changing(token) as (connection, seat):
            chosen = and_(_theirs(seat, digit), DIGITS.c.struck_by.is_(None))
            connection.execute(update(DIGITS).where(chosen).values(struck_by=seat.member))

    def bring_back(self, token: str, digit: int) -> None:
        """Restore a digit that was struck out; a pupil cannot restore one struck out by the teacher.

        Raises:
            NoRoomError: The room is closed.
            StorageError: The database failed.
        """
        with self._changing(token) as (connection, seat):
            chosen = _theirs(seat, digit)
            if not seat.is_teacher:
                chosen = and_(chosen, DIGITS.c.struck_by == seat.member)
            connection.execute(update(DIGITS).where(chosen).values(struck_by=None))

    def close(self, token: str) -> None:
        """Delete a room and everything in it; only its teacher can.

        Raises:
            NoRoomError: The room is closed already, or the token is not its teacher's.
            StorageError: The database failed.
        """
        with self.database.writing() as connection:
            seat = self._seat(connection, token)
            if not seat.is_teacher:
                raise NoRoomError(_("Only the teacher of a room can close it."))
            connection.execute(delete(ROOMS).where(ROOMS.c.id == seat.room.id))
        with suppress(StorageError):  # the next sweep does it
            self.sweep()

    def sweep(self) -> None:
        """Delete expired rooms, and the remains of closed ones.

        Raises:
            StorageError: The database failed.
        """
        with self.database.writing() as connection:
            self._delete_ended(connection)
            rooms = connection.execute(select(ROOMS.c.id)).scalars().all()
        self._gallery.keep_only(rooms)
        self.database.erase_remains()

    def _hour(self) -> int:
        return int(self._clock() // _HOUR)

    @property
    def _is_open(self) -> ColumnElement[bool]:
        return ROOMS.c.ends >= self._hour()

    def _delete_ended(self, connection: Connection) -> None:
        connection.execute(delete(ROOMS).where(ROOMS.c.ends < self._hour()))

    @contextmanager
    def _changing(self, token: str) -> Iterator[tuple[Connection, Seat]]:
        """Count a change to a member's room, which no other transaction changes until this one ends.

        Raises:
            NoRoomError: The room is closed, perhaps since the caller last looked.
            StorageError: The database failed.
        """
        with self.database.writing() as connection:
            seat = self._seat(connection, token)
            changed = update(ROOMS).where(ROOMS.c.id == seat.room.id).values(revision=ROOMS.c.revision + 1)
            if connection.execute(changed).rowcount == 0:
                raise NoRoomError(_(CLOSED))
            yield connection, seat

    def _seat(self, connection: Connection, token: str) -> Seat:
        room = (ROOMS.c.id, ROOMS.c.code, ROOMS.c.name, ROOMS.c.classes, ROOMS.c.revision)
        asked = select(MEMBERS.c.id.label("member"), MEMBERS.c.nickname, MEMBERS.c.is_teacher, *room)
        asked = asked.join_from(MEMBERS, ROOMS).where(MEMBERS.c.token == fingerprint(token), self._is_open)
        found = connection.execute(asked).one_or_none()
        if found is None:
            raise NoRoomError(_(CLOSED))
        about = Room(found.id, found.code, found.name, tuple(found.classes), found.revision)
        return Seat(about, found.member, found.nickname, found.is_teacher)


_WRONG_CODE = N_("No open room has this code. Check each letter, or ask your teacher.")


def _plain(text: str) -> str:
    """Return a text on one line, without unprintable characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _count(connection: Connection, column: ColumnElement[int], where: ColumnElement[bool] | None = None) -> int:
    asked = select(func.count(column))
    return connection.execute(asked if where is None else asked.where(where)).scalar_one()


def _add_member(connection: Connection, room: int, nickname: str, *, is_teacher: bool) -> str:
    """Add a member to a room, and return the token."""
    token = new_token()
    member = {"room": room, "token": fingerprint(token), "nickname": nickname, "is_teacher": is_teacher}
    connection.execute(insert(MEMBERS).values(member))
    return token


def _theirs(seat: Seat, digit: int) -> ColumnElement[bool]:
    """Return the SQL condition that selects a digit if a member may strike it out."""
    theirs = and_(DIGITS.c.id == digit, DIGITS.c.room == seat.room.id)
    return theirs if seat.is_teacher else and_(theirs, DIGITS.c.member == seat.member)
