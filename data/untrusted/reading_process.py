"""Read a stranger's file in a process of its own, with limited time, memory and output.

Each file gets a process that is copied from one kept waiting with all readers imported, and ends with it. What comes
back is JSON and the bytes of arrays, so that even a process that has been taken over cannot have the server unpickle
anything; pebble and concurrent.futures would.
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
"""What a reader hands back: a value that JSON can hold, and arrays of the types below."""

_TYPES = {"|u1", "<i8", "<f4", "<f8"}
MOST_OUTPUT = 2**29
"""Bytes of arrays. The largest datasets that are read have 2 × 150,000 images: 236 MB."""
_MOST_TEXT = 2**23

BY_THE_CLOCK = 10
"""How many times as long as the processor's time a file may take, on a machine with much to do."""

_PREPARED_AFTER = 5.0
"""Seconds after which the waiting process is started: the first page comes first."""

_CONTEXT: Any = multiprocessing.get_context("forkserver" if hasattr(os, "fork") else "spawn")
_slots = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))
"""As many files as cores are read at once."""


@dataclass(frozen=True)
class Limits:
    """What a file may cost beyond an empty process.

    Attributes:
        seconds: Of processor time; BY_THE_CLOCK times as long by the clock.
        memory: Bytes.
    """

    seconds: int
    memory: int

    @classmethod
    def of(cls, size: int) -> Limits:
        """Return the limits for a file of so many bytes: who sends more may have more read."""
        megabytes = size / 2**20
        return cls(min(int(2 + megabytes), 20), min(int(250 + 15 * megabytes), 500) * 2**20)


def prepare(modules: Sequence[str]) -> None:
    """Have the waiting process import these modules, and start it soon, so that the first file is read at once."""
    if _CONTEXT.get_start_method() == "forkserver":
        from multiprocessing import forkserver

        _CONTEXT.set_forkserver_preload(list(modules))
        timer = threading.Timer(_PREPARED_AFTER, forkserver.ensure_running)
        timer.daemon = True
        timer.start()


def answer(reader: Callable[..., Plain], *files: bytes, name: str) -> Plain:
    """Return what a reader makes of files, called in a process of its own.

    Args:
        reader: A function of a module, or a partial of one; takes the files.
        files: The bytes of each file.
        name: How error messages call them.

    Raises:
        DataError: The reader refused the files, or they exceed the limits.
    """
    limits = Limits.of(sum(map(len, files)))
    exceeded = DataError(
        _(
            "{name} is damaged, or needs more time or memory than a file of its size may take: choose another file.",
            name=name,
        )
    )
    with _slots:
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
            except (OSError, EOFError, ValueError, TypeError, LookupError):  # it died, or does not answer as it should
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
    """Return the head of an answer and its arrays, whose types and shapes are compared with their bytes."""
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
    """Receive files, read them and answer in the language of who waits: what the process does."""
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
    """Keep out of the server's log what libraries say of a file: warnings, and what C writes to standard error."""
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
    """Have the operating system end this process beyond its limits, and keep it from writing files."""
    with contextlib.suppress(ImportError):  # on Windows, where only the time by the clock is limited
        import resource

        used = round(time.process_time())
        for kind, limit in (
            (resource.RLIMIT_CPU, used + limits.seconds),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(kind, (limit, limit))
        with contextlib.suppress(FileNotFoundError):  # only Linux says how much memory it counts
            status = Path("/proc/self/status").read_text(encoding="ascii")
            before = int(status.partition("VmData:")[2].split()[0]) * 1024 - spent
            resource.setrlimit(resource.RLIMIT_DATA, (before + limits.memory,) * 2)
