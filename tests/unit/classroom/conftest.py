"""Rooms in each kind of database: an SQLite file, and a real PostgreSQL server."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from classroom.database import Database
from classroom.rooms import Limits, Rooms
from data.dataset import DataError
from testing.postgresql import NoPostgreSQLError, PostgreSQL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = 1_700_000_000.0
"""Seconds since 1970 at the beginning of each test."""


@dataclass
class Most:
    """A limit, and how many seconds a check of it takes."""

    limit: int
    sentence: str
    takes: float = 0.0

    def check(self, amount: float) -> None:
        time.sleep(self.takes)
        if amount > self.limit:
            raise DataError(self.sentence)


def limits(**changed: int) -> Limits:
    """Return limits that no test reaches, except for those given."""
    most = {
        "rooms": 1_000,
        "pupils": 1_000,
        "digits": 1_000,
        "digits_of_one": 1_000,
        "points": 1_000,
        "room_name": 40,
        "nickname": 20,
    }
    return Limits(**{name: Most(limit, f"Too many {name}.") for name, limit in (most | changed).items()})


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = START

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    try:
        server = PostgreSQL()
    except NoPostgreSQLError as error:
        pytest.skip(str(error))
    with server:
        yield server


NewRooms = Callable[..., Rooms]


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a new, empty database is."""
    if request.param == "sqlite":
        return tmp_path / "rooms"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture
def new_rooms(where: Path | str, clock: Clock) -> Iterator[NewRooms]:
    """Open the same rooms again, as another replica or a restarted server would; limits are given by name."""
    opened: list[Rooms] = []

    def begin(**changed: int) -> Rooms:
        opened.append(Rooms(Database(where), limits(**changed), clock))
        return opened[-1]

    yield begin
    for rooms in opened:
        rooms.database.close()


@pytest.fixture
def rooms(new_rooms: NewRooms) -> Rooms:
    return new_rooms()
