"""The digits of a room, cached once for the whole server so that only new ones are read from the database."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sqlalchemy import select

from classroom.database import DIGITS, MEMBERS, ROOMS, Database, StorageError
from data.dataset import DataError, Dataset
from data.dataset_names import of_room
from ink.collection import Collection
from ink.stroke_files import DrawnDigit
from language.translation import N_, _

if TYPE_CHECKING:
    from collections.abc import Container

    from numpy.typing import NDArray

MOST_ROOMS = 16
"""Rooms whose digits are kept in memory; 5,000 digits take 10 MB."""

CLOSED = N_("This room is closed, and its drawings are deleted.")


class NoRoomError(DataError):
    """The room does not exist, or no longer does. The message is one sentence to show to the visitor."""


@dataclass(frozen=True)
class Room:
    """What every member of a room knows about it.

    Attributes:
        id: The id.
        code: The code with which others join.
        name: The name; may be empty.
        classes: The names of its classes.
        revision: How many changes were made to it.
    """

    id: int
    code: str
    name: str
    classes: tuple[str, ...]
    revision: int

    @property
    def dataset_name(self) -> str:
        """The name of its drawings as a dataset. It is a key, and so the same in every language."""
        return of_room(self.name)


class Member(NamedTuple):
    """A member of a room.

    Attributes:
        id: The id.
        nickname: The nickname; may be empty.
        is_teacher: Whether the member is the teacher.
    """

    id: int
    nickname: str
    is_teacher: bool


@dataclass(frozen=True, eq=False)
class RoomDigits:
    """A snapshot of the digits of a room, in order of arrival.

    Attributes:
        room: The room, as it was then.
        members: All members of the room, in order of arrival.
        collection: The drawings, each with its author's nickname.
        ids: The ids of the drawings.
        authors: The id of the member who drew each.
        struck_by: The id of the member who struck out each; 0 if nobody did.
    """

    room: Room
    members: tuple[Member, ...]
    collection: Collection
    ids: tuple[int, ...] = ()
    authors: tuple[int, ...] = ()
    struck_by: tuple[int, ...] = ()

    def __len__(self) -> int:
        """Return how many digits are not struck out."""
        return self.struck_by.count(0)

    def counts(self) -> NDArray[np.int64]:
        """Return how many digits of each member and class are not struck out: (members, classes)."""
        counts = np.zeros((len(self.members), len(self.room.classes)), np.int64)
        places = {member.id: place for place, member in enumerate(self.members)}
        for author, drawn in zip(self.authors, self.collection.drawings, strict=True):
            counts[places[author], drawn.label] += not drawn.struck
        return counts

    @cached_property
    def dataset(self) -> Dataset:
        """The digits that are not struck out.

        Raises:
            DataError: There are none.
        """
        if not len(self):
            raise DataError(_("There is nothing in this room to train on yet."))
        return self.collection.dataset(self.room.dataset_name)


class _Kept:
    """The last known digits of one room, and the lock for updating them."""

    def __init__(self) -> None:
        self.alone = threading.Lock()
        self.digits: RoomDigits | None = None


class Gallery:
    """The digits of the most recently viewed rooms."""

    def __init__(self, database: Database) -> None:
        """Start empty."""
        self._database = database
        self._kept: dict[int, _Kept] = {}
        self._changing = threading.Lock()

    def digits(self, room: Room) -> RoomDigits:
        """Return the digits of a room as of its revision or later.

        Raises:
            NoRoomError: The room is closed.
            StorageError: The database failed.
        """
        with self._changing:
            kept = self._kept[room.id] = self._kept.pop(room.id, _Kept())
            for oldest in list(self._kept)[:-MOST_ROOMS]:
                del self._kept[oldest]
        with kept.alone:
            if kept.digits is None or kept.digits.room.revision < room.revision:
                kept.digits = self._updated(room, kept.digits)
            return kept.digits

    def keep_only(self, rooms: Container[int]) -> None:
        """Forget the digits of all other rooms."""
        with self._changing:
            self._kept = {room: kept for room, kept in self._kept.items() if room in rooms}

    def _updated(self, room: Room, before: RoomDigits | None) -> RoomDigits:
        """Return the digits of a room, given an earlier snapshot: strokes are read only for digits added since."""
        before = before or RoomDigits(room, (), Collection(room.classes))
        with self._database.reading() as connection:
            revision = connection.execute(select(ROOMS.c.revision).where(ROOMS.c.id == room.id)).scalar_one_or_none()
            if revision is None:
                raise NoRoomError(_(CLOSED))
            columns = (DIGITS.c.id, DIGITS.c.member, DIGITS.c.label, DIGITS.c.strokes)
            is_new = (DIGITS.c.room == room.id) & (DIGITS.c.id > max(before.ids, default=0))
            new = connection.execute(select(*columns).where(is_new).order_by(DIGITS.c.id)).all()
            there = connection.execute(select(DIGITS.c.id, DIGITS.c.struck_by).where(DIGITS.c.room == room.id)).all()
            asked = select(MEMBERS.c.id, MEMBERS.c.nickname, MEMBERS.c.is_teacher)
            found = connection.execute(asked.where(MEMBERS.c.room == room.id).order_by(MEMBERS.c.id)).all()
        members = tuple(Member(*row) for row in found)
        names = {member.id: member.nickname for member in members}
        struck_by = {row.id: row.struck_by or 0 for row in there}
        known = zip(before.ids, before.authors, before.collection.drawings, strict=True)
        digits = [each for each in known if each[0] in struck_by]
        digits += [(row.id, row.member, DrawnDigit(row.label, _arrays(row.strokes), names[row.member])) for row in new]
        return RoomDigits(
            replace(room, revision=revision),
            members,
            Collection(room.classes, tuple(_struck(drawn, bool(struck_by[each])) for each, _, drawn in digits)),
            tuple(each for each, _, _ in digits),
            tuple(author for _, author, _ in digits),
            tuple(struck_by[each] for each, _, _ in digits),
        )


def _struck(drawn: DrawnDigit, is_struck: bool) -> DrawnDigit:  # noqa: FBT001 - as the field
    """Return a drawing, struck out or not; the same object, with its cached image, if this changes nothing."""
    return drawn if drawn.struck == is_struck else replace(drawn, struck=is_struck)


def _arrays(strokes: list[list[list[float]]]) -> tuple[NDArray[np.float64], ...]:
    """Return stored strokes as arrays (n, 2).

    Raises:
        StorageError: They are not valid strokes.
    """
    try:
        return tuple(np.array(stroke, np.float64).reshape(-1, 2) for stroke in strokes)
    except (ValueError, TypeError):
        raise StorageError from None
