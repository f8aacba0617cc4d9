"""Acknowledged drawings survive whatever happens to a server or a disk, and deleted ones do not."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from classroom.database import Database, StorageError
from classroom.rooms import Rooms
from data.dataset import DIGITS
from tests.unit.classroom.conftest import limits
from tests.unit.classroom.test_rooms import LINE, code, labels

if TYPE_CHECKING:
    from testing.postgresql import PostgreSQL

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
SENTENCE = "The rooms cannot be reached at the moment. What was saved is kept: try again in a minute."

TEACHER = """
import sys
from pathlib import Path
from classroom.database import Database
from classroom.rooms import Rooms
from tests.unit.classroom.conftest import limits
from tests.unit.classroom.test_rooms import LINE
where, token = sys.argv[1:]
rooms = Rooms(Database(where if "://" in where else Path(where)), limits(digits=100_000, digits_of_one=100_000))
number = 0
while True:
    rooms.add(token, 0, LINE)
    number += 1
    print(number, flush=True)
"""


def test_what_was_acknowledged_survives_kill_9(where: Path | str) -> None:
    rooms = Rooms(Database(where), limits())
    token = rooms.open("7B", DIGITS)
    rooms.database.close()
    command = [sys.executable, "-c", TEACHER, str(where), token]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        for _ in range(30):
            server.stdout.readline()
        server.kill()
        acknowledged = 30 + len(server.stdout.read().split())
    again = Rooms(Database(where), limits())
    assert acknowledged <= len(again.digits(token)) <= acknowledged + 1
    again.add(token, 0, LINE)
    again.database.close()


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_a_closed_room_leaves_nothing_in_the_files(tmp_path: Path) -> None:
    rooms = Rooms(Database(tmp_path), limits())

    @event.listens_for(rooms.database._engine, "connect", insert=True)
    def _as_most_builds_of_sqlite(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA secure_delete = OFF").close()

    teacher = rooms.open("Sevenbee", DIGITS)
    typed = code(rooms, teacher)
    pupil = rooms.join(typed, "Adalovelace")
    for _ in range(20):
        rooms.add(pupil, 1, LINE)
    secrets = [b"Sevenbee", b"Adalovelace", b"100.0, 350.0", typed.encode()]
    assert all(each in everything(tmp_path) for each in secrets)
    rooms.close(teacher)
    assert not any(each in everything(tmp_path) for each in secrets)
    rooms.database.close()
    assert not any(each in everything(tmp_path) for each in secrets)


def test_no_file_comes_before_the_first_room_and_only_the_server_reads_it(tmp_path: Path) -> None:
    rooms = Rooms(Database(tmp_path / "new"), limits())
    assert not rooms.database.may_hold_rooms()
    assert not (tmp_path / "new").exists()
    rooms.open("", DIGITS)
    assert rooms.database.may_hold_rooms()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "new").iterdir()} == {0o600}
    rooms.database.close()


def test_each_commit_is_on_the_disk_before_it_is_acknowledged(tmp_path: Path) -> None:
    database = Database(tmp_path)
    with database.writing() as connection:
        settings = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        found = [connection.exec_driver_sql(f"PRAGMA {setting}").scalar_one() for setting in settings]
    assert found == ["wal", 2, 1, 1]
    database.close()


def test_a_full_disk_is_reported_and_nothing_is_lost(tmp_path: Path) -> None:
    rooms = Rooms(Database(tmp_path), limits())
    token = rooms.open("", DIGITS)
    rooms.add(token, 1, LINE)

    @event.listens_for(rooms.database._engine, "begin")
    def _fill(connection: object) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

    def add_many() -> None:
        for _ in range(1_000):
            rooms.add(token, 2, LINE)

    with pytest.raises(StorageError, match="What was saved is kept"):
        add_many()
    kept = labels(rooms, token)
    event.remove(rooms.database._engine, "begin", _fill)
    with rooms.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    rooms.add(token, 3, LINE)
    assert labels(rooms, token) == [*kept, 3]
    assert kept[:2] == [1, 2]
    rooms.database.close()


@pytest.mark.parametrize("begins", [True, False], ids=["from its beginning", "in its middle"])
def test_a_damaged_file_is_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture, *, begins: bool) -> None:
    rooms = Rooms(Database(tmp_path), limits())
    token = rooms.open("Sevenbee", DIGITS)
    for _ in range(50):
        rooms.add(token, 1, LINE)
    rooms.database.close()
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    content[0 if begins else 4096 : len(content)] = b"damaged " * (len(content) // 8)
    file.write_bytes(content)
    again = Rooms(Database(tmp_path), limits())
    for use in (lambda: again.digits(token), lambda: again.add(token, 1, LINE), lambda: again.open("Sevenbee", DIGITS)):
        with pytest.raises(StorageError) as error:
            use()
        assert str(error.value) == SENTENCE
    assert "The database of the rooms failed" in caplog.text
    assert "Sevenbee" not in caplog.text
    again.database.close()


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    rooms = Rooms(Database(tmp_path / "file" / "folder"), limits())
    with pytest.raises(StorageError):
        rooms.open("", DIGITS)


def test_a_failing_postgresql_is_reported_and_used_again_once_it_is_back(postgresql: PostgreSQL) -> None:
    rooms = Rooms(Database(postgresql.new_database()), limits())
    token = rooms.open("", DIGITS)
    rooms.add(token, 1, LINE)
    postgresql.stop()
    try:
        for use in (rooms.seat, rooms.digits, lambda _: rooms.add(token, 2, LINE)):
            with pytest.raises(StorageError) as error:
                use(token)
            assert str(error.value) == SENTENCE
    finally:
        postgresql.start()
    rooms.add(token, 3, LINE)
    assert labels(rooms, token) == [1, 3]
    rooms.database.close()


def test_the_event_loop_of_the_server_never_waits_for_the_database(tmp_path: Path) -> None:
    rooms = Rooms(Database(tmp_path), limits())

    async def handle() -> None:
        with pytest.raises(AssertionError, match="use a thread"):
            rooms.open("", DIGITS)
        await asyncio.to_thread(rooms.open, "", DIGITS)

    asyncio.run(handle())
    rooms.database.close()


@pytest.mark.parametrize("address", ["mysql://host/rooms", "sqlite:///rooms", "nonsense", ""])
def test_an_address_that_is_not_postgresql_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="must begin with postgresql://"):
        Database(address)


@pytest.mark.parametrize("address", ["postgresql://host/rooms", "postgres://host/rooms", "postgresql+psycopg2://h/r"])
def test_any_postgresql_address_is_accepted(address: str) -> None:
    database = Database(address)
    assert database._engine.dialect.driver == "psycopg"
    assert database.may_hold_rooms()
