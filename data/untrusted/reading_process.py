"""Read an untrusted file in a separate process, with limited time, memory and output.

Each file gets its own process, copied from one kept waiting with all readers imported, which ends with the file. It
returns JSON and the bytes of arrays, so that even a process that has been taken over cannot make the server unpickle
anything; with pebble or concurrent.futures, it could.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from data.dataset import DataError
from data.untrusted.raw_arrays import UnusableFileError
from language.translation import _, current, speaking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

    from numpy.typing import NDArray

Plain = tuple[Any, "Sequence[NDArray[Any]]"]
"""What a reader returns: a JSON-compatible value, and arrays of the types below."""

_TYPES = {"|u1", "<i8", "<f4", "<f8"}
MOST_OUTPUT = 2**29
"""The maximum bytes of arrays. The largest datasets that are read have 2 × 150,000 images: 236 MB."""
_MOST_TEXT = 2**23

MOST_SECONDS = 20
"""The maximum processor time for the largest tables and arrays."""

BY_THE_CLOCK = 10
"""How many times its processor time a file may take by the clock, on a busy machine."""

_PREPARED_AFTER = 5.0
"""Seconds after which the waiting process is started, to give the first page priority."""

_CONTEXT: Any = multiprocessing.get_context("forkserver" if hasattr(os, "fork") else "spawn")


@dataclass(frozen=True)
class Limits:
    """What reading a file may cost beyond an empty process.

    Attributes:
        seconds: Seconds of processor time; BY_THE_CLOCK times as many by the clock.
        memory: Bytes of memory.
    """

    seconds: int
    memory: int

    @classmethod
    def of(cls, size: int, most_seconds: int = MOST_SECONDS) -> Limits:
        """Return the limits for a file of this many bytes: larger files may cost more, up to `most_seconds`."""
        megabytes = size / 2**20
        return cls(min(int(2 + megabytes), most_seconds), min(int(250 + 15 * megabytes), 500) * 2**20)


def prepare(modules: Sequence[str]) -> None:
    """Start the waiting process soon, with these modules imported, so that the first file is read without delay."""
    if _CONTEXT.get_start_method() == "forkserver":
        from multiprocessing import forkserver

        _CONTEXT.set_forkserver_preload(list(modules))
        timer = threading.Timer(_PREPARED_AFTER, forkserver.ensure_running)
        timer.daemon = True
        timer.start()


def answer(reader: Callable[..., Plain], *files: bytes, name: str, most_seconds: int = MOST_SECONDS) -> Plain:
    """Return what a reader returns for files when called in a separate process.

    Args:
        reader: A module-level function, or a partial of one, that takes the files.
        files: The bytes of each file.
        name: What error messages call them.
        most_seconds: The maximum processor time, however large they are.

    Raises:
        DataError: The reader refused the files, or they exceed the limits.
    """
    limits = Limits.of(sum(map(len, files)), most_seconds)
    exceeded = DataError(
        _(
            "{name} is damaged, or needs more time or memory than a file of its size may take: choose another file.",
            name=name,
        )
    )
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_work, args=(theirs, limits, reader, len(files), current()), daemon=True)
    timer = threading.Timer(BY_THE_CLOCK * limits.seconds, process.kill)
    timer.daemon = True
    with ours, theirs:
        try:
            process.start()
            theirs.close()
            timer.start()
            for file in files:
                ours.send_bytes(file)
            head, arrays = _received(ours)
        except (OSError, EOFError, ValueError, TypeError, LookupError):  # it died, or its answer is malformed
            raise exceeded from None
        finally:
            timer.cancel()
            if process.pid is not None:
                process.kill()
                process.join()
            process.close()
    if "refused" in head:
        raise DataError(str(head["refused"]))
    return head.get("value"), arrays


def _received(connection: Connection) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Return the head of an answer and its arrays, after checking their types and shapes against their bytes."""
    head = json.loads(connection.recv_bytes(_MOST_TEXT))
    arrays: list[NDArray[Any]] = []
    left = MOST_OUTPUT
    for dtype, shape in head.get("arrays", []):
        if dtype not in _TYPES:
            raise ValueError(dtype)
        content = connection.recv_bytes(left)
        left -= len(content)
        arrays.append(np.frombuffer(content, dtype).reshape(shape))
    return head, arrays


def _work(connection: Connection, limits: Limits, reader: Callable[..., Plain], count: int, language: str) -> None:
    """Receive files, read them and answer in the visitor's language: the main function of the process."""
    files = [connection.recv_bytes() for _file in range(count)]
    _limit(limits, spent=sum(map(len, files)))
    arrays: Sequence[NDArray[Any]] = ()
    try:
        with threadpool_limits(limits=1, user_api="blas"), quietly(), speaking(language):
            value, arrays = reader(*files)
        head = {"value": value, "arrays": [(array.dtype.str, array.shape) for array in arrays]}
    except (DataError, UnusableFileError) as refusal:
        head = {"refused": str(refusal)}
    except MemoryError:
        return
    connection.send_bytes(json.dumps(head).encode())
    for array in arrays:
        connection.send_bytes(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep libraries' messages about a file out of the server's log: warnings, and what C writes to standard error."""
    log = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(log, 2)
            os.close(log)


def _limit(limits: Limits, spent: int) -> None:
    """Have the operating system end this process if it exceeds its limits, and keep it from writing files."""
    with contextlib.suppress(ImportError):  # on Windows, where only the wall-clock time is limited
        import resource

        used = round(time.process_time())
        for kind, limit in (
            (resource.RLIMIT_CPU, used + limits.seconds),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(kind, (limit, limit))
        with contextlib.suppress(FileNotFoundError):  # only Linux reports the memory already counted
            status = Path("/proc/self/status").read_text(encoding="ascii")
            before = int(status.partition("VmData:")[2].split()[0]) * 1024 - spent
            resource.setrlimit(resource.RLIMIT_DATA, (before + limits.memory,) * 2)
