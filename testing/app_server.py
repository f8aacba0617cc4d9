"""Serve the real app with the command that users run, in a fresh home directory."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[1]

UNNEEDED = (".git", ".venv*", ".*_cache", "docs", "tests")
"""What a copy of the app does not need, as patterns for `shutil.ignore_patterns`."""


class Server:
    """A process that serves the app on a free port of 127.0.0.1; as a context manager, it stops the process on exit.

    Attributes:
        url: the address of the app, without a trailing slash.
        pid: the process id.
        log: the file that receives its output.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        root: Path = ROOT,
        module: Sequence[str] = ("streamlit", "run", "app.py"),
    ) -> None:
        """Start serving `root / "app.py"` and return once it responds.

        Args:
            folder: an empty folder for the server's home, caches and log.
            environment: variables for this server only, such as DIGIT_LAB_MNIST; it inherits none of the tests'
                settings for the app, Streamlit or BLAS.
            root: the folder to start it in.
            module: the Python module that serves it, and its arguments.

        Raises:
            RuntimeError: the server exited or did not respond within 30 s; the message includes its log.
        """
        self.log = folder / "server.log"
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._read_up_to = 0
        self._command, self._root = [sys.executable, "-m", *module], root
        self._environment = _environment(folder, port) | dict(environment or {})
        self.start()

    def start(self) -> None:
        """Start serving; after `kill`, at the same address and in the same home directory.

        Raises:
            RuntimeError: the server exited or did not respond within 30 s; the message includes its log.
        """
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.pid = self._process.pid
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise

    def tracebacks(self) -> str:
        """Return what was logged since the last call if it contains a traceback, else an empty string."""
        content = self.log.read_bytes()
        new = content[self._read_up_to :].decode(errors="replace")
        self._read_up_to = len(content)
        return new if "Traceback (most recent call last)" in new or "Uncaught" in new else ""

    def is_running(self) -> bool:
        """Return whether the process has not ended."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Terminate the process; kill it after 10 s."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """Kill the process, as `kill -9` does, without giving it a chance to clean up."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            with (
                contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2),
            ):
                return
            time.sleep(0.05)
        raise RuntimeError(f"The app was not served:\n{self.log.read_text(errors='replace')}")


def _environment(folder: Path, port: int) -> dict[str, str]:
    ours = ("STREAMLIT_", "DIGIT_LAB_", "OPENBLAS_", "OMP_", "XDG_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return inherited | {
        "HOME": str(folder),
        "PYTHONUNBUFFERED": "1",
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_HEADLESS": "true",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
