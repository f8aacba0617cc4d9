"""The database of the rooms: an SQLite file, or a PostgreSQL server shared by several replicas."""

import asyncio
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from data.dataset import DataError
from language.translation import _

FILE = "rooms.sqlite3"
"""The name of the SQLite file in its folder; SQLite keeps two more files beside it while it is in use."""

PATIENCE = 10
"""Seconds to wait for the database, or for others to finish writing, before a visitor is told that it is busy."""

_OPENING = 0x5EED
"""The key of the PostgreSQL lock held while tables are created or a room is opened; the same in all replicas."""

_METADATA = MetaData()


def _table(name: str, *columns: Column[Any]) -> Table:
    """Return a table whose ids are never reused, so that data kept under a closed room's id match no other room."""
    return Table(name, _METADATA, Column("id", Integer, primary_key=True), *columns, sqlite_autoincrement=True)


def _reference(name: str, to: str) -> Column[int]:
    return Column(name, ForeignKey(f"{to}.id", ondelete="CASCADE"), nullable=False, index=True)


ROOMS = _table(
    "rooms",
    Column("code", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("classes", JSON, nullable=False),
    Column("ends", Integer, nullable=False),  # hours since 1970
    Column("revision", Integer, nullable=False, default=0),  # counts the changes
)
MEMBERS = _table(
    "members",
    _reference("room", "rooms"),
    Column("token", String, nullable=False, unique=True),  # its fingerprint
    Column("nickname", String, nullable=False),
    Column("is_teacher", Boolean, nullable=False),
)
DIGITS = _table(
    "digits",
    _reference("room", "rooms"),
    _reference("member", "members"),
    Column("label", Integer, nullable=False),
    Column("strokes", JSON, nullable=False),  # [[[x, y], …], …] in pixels of the canvas
    Column("struck_by", Integer),  # the id of a member
)


class StorageError(DataError):
    """The database cannot be used. The message is for visitors; the log says why."""

    def __init__(self) -> None:
        """Give every failure the same message: a visitor cannot fix the database."""
        super().__init__(_("The rooms cannot be reached at the moment. What was saved is kept: try again in a minute."))


class Database:
    """The tables, created when they are first used.

    Attributes:
        file: The SQLite file; None with PostgreSQL.
    """

    def __init__(self, where: Path | str) -> None:
        """Choose a database without connecting to it.

        Args:
            where: The folder for the SQLite file, or the address of a PostgreSQL database, such as
                postgresql://user:password@host/name.

        Raises:
            ValueError: The address is not a PostgreSQL address, or the PostgreSQL driver is not installed.
        """
        self.file = where / FILE if isinstance(where, Path) else None
        self._engine = _sqlite(self.file) if self.file is not None else _postgresql(str(where))
        self._is_ready = False
        self._preparing = Lock()

    def may_hold_rooms(self) -> bool:
        """Return whether there can be rooms: the SQLite file is created with the first one."""
        return self.file is None or self.file.exists()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection for a transaction that only reads.

        Raises:
            StorageError: The database failed.
        """
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection for a transaction, committed at the end of the block unless it raises an error.

        Committed changes survive a crash of this process and, with SQLite, of the machine.

        Raises:
            StorageError: The database failed, and nothing in it has changed.
        """
        with self._transaction(writes=True) as connection:
            yield connection

    def erase_remains(self) -> None:
        """Purge deleted data from SQLite's write-ahead log too; PostgreSQL's own housekeeping does so in time.

        Raises:
            StorageError: The database failed.
        """
        if self.file is not None:
            with _in_a_sentence(), self._engine.connect() as connection:
                connection.rollback()  # no transaction may be open
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        with suppress(RuntimeError):  # no event loop runs in this thread
            asyncio.get_running_loop()
            raise AssertionError("the database would stop the server's event loop: use a thread")
        with _in_a_sentence():
            self._prepare()
            connection = self._engine.connect()
            if writes:
                connection = connection.execution_options(writes=True)
            elif self.file is None:  # a transaction reads a single snapshot; SQLite always does so
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection, connection.begin():
                yield connection

    def _prepare(self) -> None:
        """Create the tables if they do not exist."""
        with self._preparing:
            if self._is_ready:
                return
            if self.file is not None:
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.file.touch(mode=0o600)
            with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
                one_at_a_time(connection)
                _METADATA.create_all(connection)
            self._is_ready = True


def one_at_a_time(connection: Connection) -> None:
    """Wait until no other transaction that has called this is open. With SQLite, only one writes at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_OPENING)))


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Log a database error, without the values that were to be stored, and raise StorageError instead."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        logging.getLogger(__name__).error("The database of the rooms failed: %s", error)  # noqa: TRY400 - one line
        raise StorageError from None


def _sqlite(file: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": PATIENCE},
        pool_timeout=PATIENCE,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's connection
        connection.isolation_level = None  # else sqlite3 begins transactions itself, too late
        for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {setting}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads before it writes would fail if another wrote in between, so it waits at the start.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(address: str) -> Engine:
    if re.match(r"postgres(ql)?(\+\w+)?://", address) is None:
        raise ValueError("the address of the database must begin with postgresql://")
    try:
        return create_engine(
            make_url(address).set(drivername="postgresql+psycopg"),
            connect_args={"connect_timeout": PATIENCE, "options": f"-c statement_timeout={1000 * PATIENCE}"},
            pool_pre_ping=True,  # the server may have restarted
            pool_timeout=PATIENCE,
            hide_parameters=True,
        )
    except ModuleNotFoundError:
        raise ValueError('PostgreSQL needs its driver: pip install "psycopg[binary]"') from None
