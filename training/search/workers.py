"""The workers that run the trials of a search: processes on this machine, or a Dask cluster."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Protocol, Self, TypeVar

from data.dataset import Split
from training.settings import Settings

Result = TypeVar("Result")

_NICENESS = 10
"""On a busy machine, pages and the networks that train on them go first."""


class ClusterError(ValueError):
    """The cluster cannot be used. The message is one plain sentence."""


class Workers(Protocol):
    """An executor whose workers have the examples. Leaving its context ends all submitted calls.

    Attributes:
        count: The number of workers.
        worker_died: The error raised by the future of a call whose worker died.
    """

    count: int
    worker_died: type[Exception] | tuple[type[Exception], ...]

    def submit(self, function: Callable[[Settings, Split], Result], settings: Settings) -> Future[Result]:
        """Call a function of this project with the settings and the examples, in a worker."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def cores() -> int:
    """Return the number of processes that this machine can run in parallel."""
    return os.cpu_count() or 1


class ProcessDiedError(RuntimeError):
    """A process died during a call, for example because the operating system ran out of memory."""


class Processes:
    """Processes on this machine, by default one per core. A process that dies is replaced.

    Each process has its own pipe, so that a process killed at any moment loses its call and nothing else. Where
    processes share a pipe and its lock, as in pebble's pool, a call may wait forever for a process that died while
    taking it (https://github.com/noxdafox/pebble/issues/153).
    """

    worker_died: type[Exception] | tuple[type[Exception], ...] = ProcessDiedError

    def __init__(self, split: Split, count: int | None = None) -> None:
        """Start no process yet; each is sent the examples once, with its first call."""
        self.count = count or cores()
        self._split = split
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[Settings, Split], Any], Settings] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._stopped = False
        self._processes: list[_Process] = []
        self._threads = [threading.Thread(target=self._pass_calls_on, daemon=True) for _ in range(self.count)]
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[[Settings, Split], Result], settings: Settings) -> Future[Result]:
        """See Workers."""
        future: Future[Result] = Future()
        self._calls.put((future, function, settings))
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.kill()
        for _thread in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()

    def _pass_calls_on(self) -> None:
        """Pass calls to one process, or to a new one if it dies; runs in a thread."""
        process = None
        if hasattr(os, "nice"):  # on Linux, for this thread and the processes that it starts
            os.nice(_NICENESS)
        for future, function, settings in iter(self._calls.get, None):
            future.set_running_or_notify_cancel()
            try:
                process = process or self._start()
                future.set_result(process.answer(function, settings))
            except Exception as error:  # noqa: BLE001 - raised where the result is asked for
                if isinstance(error, ProcessDiedError):
                    process = None
                future.set_exception(error)

    def _start(self) -> "_Process":
        with self._lock:
            if self._stopped:
                raise ProcessDiedError
            process = _Process(self._split)
            self._processes = [*(each for each in self._processes if each.is_alive), process]
            return process


class _Process:
    """One process, started with spawn: fork would copy a server's threads and locks in an arbitrary state."""

    def __init__(self, split: Split) -> None:
        """Start the process.

        Raises:
            OSError: The operating system has no room for it.
        """
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._unsent: Split | None = split
        self._process = context.Process(target=_answer_calls, args=(theirs,), daemon=True)
        with theirs:
            self._process.start()

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def answer(self, function: Callable[[Settings, Split], Result], settings: Settings) -> Result:
        """Return what the function returns in the process, or raise what it raises.

        Raises:
            ProcessDiedError: The process died before it answered.
        """
        try:
            if self._unsent is not None:
                self._pipe.send(self._unsent)
                self._unsent = None
            self._pipe.send((function, settings))
            answer = self._pipe.recv()
        except (OSError, EOFError):
            self.kill()
            raise ProcessDiedError from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.join()


def _answer_calls(pipe: Connection) -> None:
    """Receive the examples, then answer calls until the pipe is closed: the main function of each process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the process that started it
    with contextlib.suppress(EOFError, BrokenPipeError):
        split = pipe.recv()
        while True:
            function, settings = pipe.recv()
            try:
                answer = function(settings, split)
            except Exception as error:  # noqa: BLE001 - raised by `answer` above
                answer = error
            pipe.send(answer)


class Cluster:
    """The workers of a Dask scheduler. Each needs this project and its packages, in the same versions."""

    worker_died: type[Exception] | tuple[type[Exception], ...]

    def __init__(self, split: Split, address: str) -> None:
        """Connect, and send the examples to all workers.

        Raises:
            ClusterError: dask.distributed is not installed, or no scheduler with workers answers at the address.
        """
        try:
            from distributed import Client, KilledWorker
        except ImportError:
            raise ClusterError(
                "A cluster needs dask.distributed: run pip install -r requirements-cluster.txt first."
            ) from None
        self.worker_died = KilledWorker
        try:
            self._client = Client(address, timeout="10s")
        except (OSError, ValueError):
            raise ClusterError(
                f"No Dask scheduler answers at {address}: give an address such as tcp://127.0.0.1:8786."
            ) from None
        self.count = len(self._client.scheduler_info(n_workers=-1)["workers"])
        if not self.count:
            self._client.close()
            raise ClusterError(
                f"The Dask scheduler at {address} has no workers: start some with dask worker {address}."
            )
        (self._split,) = self._client.scatter([split], broadcast=True)
        self._executor: Any = self._client.get_executor(pure=False)

    def submit(self, function: Callable[[Settings, Split], Result], settings: Settings) -> Future[Result]:
        """See Workers."""
        return self._executor.submit(function, settings, self._split)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
