"""Rooms are filled and seen only by those in them, survive everything else, and are gone when they end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import func, select

from classroom import codes
from classroom.database import DIGITS, MEMBERS, ROOMS
from classroom.room_digits import NoRoomError
from classroom.rooms import HOURS
from data.dataset import DIGITS as NAMES
from data.dataset import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from classroom.rooms import Rooms
    from tests.unit.classroom.conftest import Clock, NewRooms

LINE = [np.array([[100.0, 50.0], [100.04, 350.0]])]
HOOK = [np.array([[100.0, 50.0], [100.0, 350.0], [300.0, 350.0]]), np.array([[200.0, 200.0]])]


def code(rooms: Rooms, token: str) -> str:
    return rooms.seat(token).room.code


def labels(rooms: Rooms, token: str) -> list[int]:
    return rooms.digits(token).dataset.labels.tolist()


def test_what_pupils_draw_comes_into_one_dataset(rooms: Rooms) -> None:
    teacher = rooms.open("7B", ["A", "B"])
    ada, grace = (rooms.join(code(rooms, teacher), name) for name in ("Ada", "Grace"))
    rooms.add(ada, 1, LINE)
    rooms.add(grace, 0, HOOK)
    rooms.add(ada, 0, LINE)
    for token in (teacher, ada, grace):
        digits = rooms.digits(token)
        assert digits.dataset.name == "Room 7B"
        assert digits.dataset.classes == ("A", "B")
        assert digits.dataset.labels.tolist() == [1, 0, 0]
        assert (digits.dataset.images.max(axis=1) == 255).all()
        assert (digits.dataset.images[0] == digits.dataset.images[2]).all()
        assert [each.by for each in digits.collection.drawings] == ["Ada", "Grace", "Ada"]
        assert [each.nickname for each in digits.members] == ["", "Ada", "Grace"]
        assert [each.is_teacher for each in digits.members] == [True, False, False]
        assert digits.counts().tolist() == [[0, 0], [1, 1], [1, 0]]


def test_a_room_without_digits_says_so(rooms: Rooms) -> None:
    teacher = rooms.open("", NAMES)
    with pytest.raises(DataError, match="nothing in this room to train on yet"):
        _ = rooms.digits(teacher).dataset


def test_another_replica_sees_and_does_the_same(new_rooms: NewRooms) -> None:
    here, there = new_rooms(), new_rooms()
    teacher = here.open("7B", NAMES)
    pupil = there.join(code(here, teacher))
    for number in range(3):
        (here, there)[number % 2].add(pupil, number, LINE)
        assert labels(here, teacher) == labels(there, teacher) == list(range(number + 1))
    here.strike_out(teacher, here.digits(teacher).ids[1])
    assert labels(there, pupil) == [0, 2]
    there.close(teacher)
    with pytest.raises(NoRoomError, match="closed"):
        here.digits(pupil)


def test_one_room_never_shows_in_another(rooms: Rooms) -> None:
    first, second = rooms.open("First", NAMES), rooms.open("Second", NAMES)
    in_first, in_second = rooms.join(code(rooms, first), "Ada"), rooms.join(code(rooms, second), "Grace")
    rooms.add(in_first, 1, LINE)
    rooms.add(in_second, 2, LINE)
    assert [each.nickname for each in rooms.digits(first).members] == ["", "Ada"]
    assert [each.nickname for each in rooms.digits(in_second).members] == ["", "Grace"]
    assert labels(rooms, first) == labels(rooms, in_first) == [1]
    assert labels(rooms, second) == labels(rooms, in_second) == [2]
    (theirs,) = rooms.digits(second).ids
    rooms.strike_out(first, theirs)
    rooms.strike_out(in_first, theirs)
    assert labels(rooms, second) == [2]
    rooms.strike_out(second, theirs)
    rooms.bring_back(first, theirs)
    rooms.bring_back(in_first, theirs)
    assert len(rooms.digits(second)) == 0
    rooms.close(first)
    assert rooms.seat(in_second).room.name == "Second"


def test_a_teacher_strikes_out_anything_and_a_pupil_their_own(rooms: Rooms) -> None:
    teacher = rooms.open("", NAMES)
    ada, grace = (rooms.join(code(rooms, teacher), name) for name in ("Ada", "Grace"))
    rooms.add(ada, 1, LINE)
    rooms.add(grace, 2, LINE)
    adas, graces = rooms.digits(teacher).ids
    rooms.strike_out(ada, graces)
    assert labels(rooms, teacher) == [1, 2]
    rooms.strike_out(ada, adas)
    assert labels(rooms, teacher) == [2]
    assert rooms.digits(teacher).counts().sum() == 1
    rooms.bring_back(grace, adas)
    assert labels(rooms, teacher) == [2]
    rooms.bring_back(ada, adas)
    assert labels(rooms, teacher) == [1, 2]
    rooms.strike_out(teacher, graces)
    rooms.bring_back(grace, graces)
    assert labels(rooms, teacher) == [1], "What the teacher struck out stays out."
    rooms.bring_back(teacher, graces)
    assert labels(rooms, teacher) == [1, 2]


def test_a_pupil_takes_back_their_own_digits_only(new_rooms: NewRooms) -> None:
    rooms, replica = new_rooms(), new_rooms()
    teacher = rooms.open("", NAMES)
    ada, grace = (rooms.join(code(rooms, teacher), name) for name in ("Ada", "Grace"))
    for label, token in enumerate((ada, grace, ada)):
        rooms.add(token, label, LINE)
    assert labels(rooms, teacher) == labels(replica, teacher) == [0, 1, 2]
    first, graces, last = rooms.digits(teacher).ids
    for token in (ada, teacher):
        rooms.take_back(token, graces)
    assert labels(rooms, teacher) == [0, 1, 2]
    rooms.take_back(ada, last)
    rooms.take_back(ada, first)
    assert labels(rooms, teacher) == labels(replica, teacher) == [1]
    rooms.add(ada, 3, LINE)
    assert labels(rooms, teacher) == labels(replica, teacher) == [1, 3]


def rows(rooms: Rooms) -> list[int]:
    with rooms.database.reading() as connection:
        return [connection.execute(select(func.count(table.c.id))).scalar_one() for table in (ROOMS, MEMBERS, DIGITS)]


def test_only_its_teacher_closes_a_room_and_then_it_is_gone(rooms: Rooms) -> None:
    teacher = rooms.open("", NAMES)
    typed = code(rooms, teacher)
    pupil = rooms.join(typed)
    rooms.add(pupil, 1, LINE)
    with pytest.raises(NoRoomError, match="Only the teacher"):
        rooms.close(pupil)
    assert rows(rooms) == [1, 2, 1]
    rooms.close(teacher)
    assert rows(rooms) == [0, 0, 0]
    assert not rooms._gallery._kept, "Its digits are not in memory either."
    for use in (rooms.seat, rooms.digits, rooms.close, lambda token: rooms.add(token, 1, LINE)):
        with pytest.raises(NoRoomError, match="This room is closed, and its drawings are deleted"):
            use(pupil)
    with pytest.raises(NoRoomError, match="No open room has this code"):
        rooms.join(typed)


def test_a_room_ends_after_a_day(rooms: Rooms, clock: Clock) -> None:
    teacher = rooms.open("", NAMES)
    typed = code(rooms, teacher)
    pupil = rooms.join(typed)
    rooms.add(pupil, 1, LINE)
    assert labels(rooms, pupil) == [1]
    clock.seconds += HOURS * 3600
    rooms.sweep()
    assert rooms.seat(pupil).room.code == typed
    clock.seconds += 3600
    for use in (rooms.seat, rooms.digits, lambda token: rooms.add(token, 1, LINE), lambda _: rooms.join(typed)):
        with pytest.raises(NoRoomError):
            use(pupil)
    rooms.sweep()
    assert rows(rooms) == [0, 0, 0]
    assert not rooms._gallery._kept


def test_a_clock_set_back_prolongs_a_room_s_day_and_loses_nothing(rooms: Rooms, clock: Clock) -> None:
    pupil = rooms.join(code(rooms, rooms.open("", NAMES)))
    rooms.add(pupil, 1, LINE)
    clock.seconds -= 5 * 3600
    rooms.add(pupil, 0, LINE)
    rooms.sweep()
    assert labels(rooms, pupil) == [1, 0]
    clock.seconds += (5 + HOURS) * 3600
    rooms.sweep()
    assert labels(rooms, pupil) == [1, 0]
    clock.seconds += 3600
    rooms.sweep()
    assert rows(rooms) == [0, 0, 0]


def test_a_room_that_has_ended_makes_place_for_another(new_rooms: NewRooms, clock: Clock) -> None:
    rooms = new_rooms(rooms=1)
    rooms.open("", NAMES)
    clock.seconds += (HOURS + 1) * 3600
    rooms.open("", NAMES)
    assert rows(rooms) == [1, 1, 0]


def full(rooms: Rooms, name: str) -> Callable[[], object]:
    """Fill a server or a room up to a limit of 2, and return a call that exceeds it."""
    teacher = rooms.open("", ["A" * 2, "B"])
    pupil = rooms.join(code(rooms, teacher))
    match name:
        case "rooms":
            rooms.open("", NAMES)
            return lambda: rooms.open("", NAMES)
        case "pupils":
            rooms.join(code(rooms, teacher))
            return lambda: rooms.join(code(rooms, teacher))
        case "digits":
            rooms.add(teacher, 0, LINE)
            rooms.add(pupil, 0, LINE)
            return lambda: rooms.add(pupil, 0, LINE)
        case "digits_of_one":
            rooms.add(pupil, 0, LINE)
            rooms.add(teacher, 0, LINE)
            rooms.add(pupil, 0, LINE)
            rooms.strike_out(pupil, rooms.digits(pupil).ids[0])
            return lambda: rooms.add(pupil, 0, LINE)
        case "points":
            rooms.add(pupil, 0, LINE)
            return lambda: rooms.add(pupil, 0, HOOK)
        case "room_name":
            rooms.open("7B", NAMES)
            return lambda: rooms.open("7BC", NAMES)
        case "nickname":
            rooms.join(code(rooms, teacher), "Al")
            return lambda: rooms.join(code(rooms, teacher), "Ada")
    raise AssertionError(name)


LIMITS = ("rooms", "pupils", "digits", "digits_of_one", "points", "room_name", "nickname")


@pytest.mark.parametrize("name", LIMITS)
def test_each_limit_is_kept_and_what_was_there_stays(new_rooms: NewRooms, name: str) -> None:
    rooms = new_rooms(**{name: 2})
    too_much = full(rooms, name)
    before = rows(rooms)
    with pytest.raises(DataError, match=f"Too many {name}"):
        too_much()
    assert rows(rooms) == before


@pytest.mark.parametrize("name", ["rooms", "pupils", "digits", "digits_of_one"])
def test_replicas_that_write_at_once_stay_within_the_limits(new_rooms: NewRooms, name: str) -> None:
    """Each would find room for one more if it checked before the other had written."""
    replicas = [new_rooms(**{name: 6}) for _ in range(2)]
    for rooms in replicas:
        limit = getattr(rooms._limits, name)
        limit.takes = 0.01
    teacher = replicas[0].open("", NAMES)
    pupil = replicas[0].join(code(replicas[0], teacher))
    meet = threading.Barrier(8)
    refused: list[str] = []

    def act(rooms: Rooms) -> None:
        meet.wait()
        for _ in range(2):
            try:
                match name:
                    case "rooms":
                        rooms.open("", NAMES)
                    case "pupils":
                        rooms.join(code(rooms, teacher))
                    case _:
                        rooms.add(pupil, 0, LINE)
            except DataError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=act, args=(replicas[number % 2],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(refused) == {f"Too many {name}."}
    opened, members, digits = rows(replicas[0])
    assert {"rooms": opened, "pupils": members - 1, "digits": digits, "digits_of_one": digits}[name] == 6


@pytest.mark.parametrize("classes", [["A"], ["A", "A"], ["A", "\u202e"], ["A", "B" * 41]])
def test_classes_that_cannot_be_told_apart_are_refused(rooms: Rooms, classes: list[str]) -> None:
    with pytest.raises(DataError, match="class name"):
        rooms.open("", classes)


def test_text_is_kept_as_it_is_on_one_line(rooms: Rooms) -> None:
    teacher = rooms.open(" <b>7B</b>\n ", ["<i>a</i>", "ä 漢'\";--"])
    pupil = rooms.join(code(rooms, teacher), "\u202e*Ada*\x00\tL ")
    seat = rooms.seat(pupil)
    assert (seat.nickname, seat.room.name, seat.room.classes) == (
        "*Ada* L",
        "<b>7B</b>",
        ("<i>a</i>", "ä 漢'\";--"),
    )


@pytest.mark.parametrize(
    "strokes", [[], [np.empty((0, 2))], [np.array([[np.nan, 1.0]])], [np.array([[np.inf, 1.0], [1.0, 1.0]])]]
)
def test_a_digit_without_ink_is_refused(rooms: Rooms, strokes: list[np.ndarray]) -> None:
    teacher = rooms.open("", NAMES)
    with pytest.raises(DataError, match="nothing on the paper"):
        rooms.add(teacher, 1, strokes)
    assert rows(rooms) == [1, 1, 0]


@pytest.mark.parametrize("label", [-1, 10])
def test_a_digit_of_no_class_is_refused(rooms: Rooms, label: int) -> None:
    teacher = rooms.open("", NAMES)
    with pytest.raises(DataError, match="no such class"):
        rooms.add(teacher, label, LINE)


def test_nothing_is_kept_of_a_pupil_but_strokes_class_and_nickname(rooms: Rooms) -> None:
    teacher = rooms.open("7B", NAMES)
    pupil = rooms.join(code(rooms, teacher), "Ada")
    rooms.add(pupil, 3, LINE)
    with rooms.database.reading() as connection:
        (digit,) = connection.execute(select(DIGITS)).mappings().all()
        (_, member) = connection.execute(select(MEMBERS).order_by(MEMBERS.c.id)).mappings().all()
    assert dict(digit) == {
        "id": digit["id"],
        "room": digit["room"],
        "member": member["id"],
        "label": 3,
        "strokes": [[[100.0, 50.0], [100.0, 350.0]]],
        "struck_by": None,
    }
    assert dict(member) == {
        "id": member["id"],
        "room": digit["room"],
        "token": codes.fingerprint(pupil),
        "nickname": "Ada",
        "is_teacher": False,
    }
    assert pupil not in str(member), "Someone who reads the database cannot act for her."


def test_a_code_has_sixty_bits_that_are_read_without_doubt() -> None:
    assert np.log2(len(codes.ALPHABET)) * codes.LENGTH >= 60
    assert not set(codes.ALPHABET) & set("0O1IL")
    many = [codes.new_code() for _ in range(500)]
    assert len(set(many)) == len(many)
    seen = np.array([[codes.ALPHABET.index(each) for each in code] for code in many])
    assert all(len(set(column)) == len(codes.ALPHABET) for column in seen.T), "Every place can be any character."


@pytest.mark.parametrize("form", [str, str.lower, codes.in_groups, lambda code: f" {' '.join(code)}\n"])
def test_a_code_can_be_typed_in_any_form(form: Callable[[str], str]) -> None:
    code = codes.new_code()
    assert codes.typed_code(form(code)) == code


@pytest.mark.parametrize("text", ["", "ABCD", "O" * 13, "A" * 14, "A" * 1_000_000, "AAAA-AAAA-AAAÄ", "' OR 1=1; --"])
def test_what_cannot_be_a_code_is_never_looked_up(text: str) -> None:
    assert codes.typed_code(text) == ""
