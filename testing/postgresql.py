"""A PostgreSQL server for the tests: `python -m testing.postgresql` finds one that starts, or installs it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg

from testing.debian import install_from_debian

if TYPE_CHECKING:
    from collections.abc import Iterator

HOW_TO_MEND = (
    "The tests of rooms need PostgreSQL: install it (on Debian: apt-get install postgresql), or name the folder of its "
    "programs in the variable POSTGRESQL."
)
USER = "lab"


class NoPostgreSQLError(RuntimeError):
    """No PostgreSQL server starts; the message explains how to install one."""


class PostgreSQL:
    """A context manager for a server with its own database and socket in a temporary folder.

    PostgreSQL refuses to run as root. If the tests do, it runs as the user that Debian's package creates, or as nobody.
    """

    def __init__(self) -> None:
        """Start the server.

        Raises:
            NoPostgreSQLError: No server is installed, or it does not start.
        """
        self._programs = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="digit-lab-postgresql-", dir="/tmp"))  # paths of sockets are short
        self._as_user = _unprivileged()
        if self._as_user:
            os.chown(self._folder, self._as_user["user"], self._as_user["group"])
        self._data = self._folder / "data"
        self._databases = 0
        try:
            self._initialize()
            self.start()
        except BaseException:
            shutil.rmtree(self._folder)
            raise

    def new_database(self) -> str:
        """Create an empty database and return its address."""
        self._databases += 1
        name = f"rooms_{self._databases}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._address(name)

    def start(self) -> None:
        """Start the server that `stop` stopped.

        Raises:
            NoPostgreSQLError: It does not start within 30 s.
        """
        settings = ["listen_addresses=", f"unix_socket_directories={self._folder}", "fsync=off", "max_connections=60"]
        options = [part for setting in settings for part in ("-c", setting)]
        command = [str(self._programs / "postgres"), "-D", str(self._data), *options]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log, **self._as_user)
        end = time.monotonic() + 30
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self._address("postgres")):
                return
            time.sleep(0.05)
        self.stop()
        raise NoPostgreSQLError(f"PostgreSQL did not start.\n{HOW_TO_MEND}")

    def stop(self) -> None:
        """Stop the server at once, like a crash; `start` recovers what was committed."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)  # disconnects all clients without waiting for them
        self._process.wait(30)
        shutil.rmtree(self._folder)

    def _initialize(self) -> None:
        options = ["--auth=trust", f"--username={USER}", "--no-sync", "--encoding=UTF8", "--no-locale"]
        command = [str(self._programs / "initdb"), "-D", str(self._data), *options]
        made = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False, **self._as_user)
        if made.returncode:
            raise NoPostgreSQLError(f"initdb failed: {made.stderr.strip()[-300:]}\n{HOW_TO_MEND}")

    def _address(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self._folder}"


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs, the newest if there are several."""

    def found() -> Iterator[Path]:
        if named := os.environ.get("POSTGRESQL"):
            yield Path(named)
            return
        if postgres := shutil.which("postgres"):
            yield Path(postgres).parent
        yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)

    for folder in found():
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise NoPostgreSQLError(HOW_TO_MEND)


def _unprivileged() -> dict[str, Any]:
    """Return the arguments that run a process as an unprivileged user; none if we are not root."""
    if os.geteuid() != 0:
        return {}
    names = {each.pw_name: each for each in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _version() -> str:
    """Return the name and version of the server that the tests will use.

    Raises:
        NoPostgreSQLError: No server starts.
    """
    with PostgreSQL() as server, psycopg.connect(server.new_database()) as connection:
        return f"PostgreSQL {connection.info.parameter_status('server_version')}"


def main() -> None:
    """Ensure that a server starts; print which one, or how to fix it."""
    try:
        try:
            print(_version())
        except NoPostgreSQLError:
            if os.environ.get("POSTGRESQL"):
                raise
            install_from_debian("postgresql")
            print(_version())
    except NoPostgreSQLError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
