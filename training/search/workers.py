"""The workers that run the trials of a search: processes on this machine, or a Dask cluster."""

import multiprocessing
import os
import pickle
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from data.dataset import Split
from training.settings import Settings

Result = TypeVar("Result")


class ClusterError(ValueError):
    """A cluster that cannot be used. The message is one plain sentence."""


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


class Processes:
    """Processes on this machine, by default one per core. A process that dies is replaced.

    Uses a pebble pool, because `ProcessPoolExecutor` fails every trial when a process dies, and cannot end a running
    trial.
    """

    # A process that dies while starting fails every pending call with BrokenProcessPool.
    worker_died: type[Exception] | tuple[type[Exception], ...] = (ProcessExpired, BrokenProcessPool)

    def __init__(self, split: Split, count: int | None = None) -> None:
        """Write the examples to a file, from which each process reads them once."""
        self.count = count or cores()
        self._folder = tempfile.TemporaryDirectory(prefix="digit-lab-search-", ignore_cleanup_errors=True)
        self._path = Path(self._folder.name) / "split.pickle"
        self._path.write_bytes(pickle.dumps(split))
        self._pool = self._new_pool()

    def submit(self, function: Callable[[Settings, Split], Result], settings: Settings) -> Future[Result]:
        """See Workers."""
        if not self._pool.active:  # broken by a process that died while starting
            self._pool.join()
            self._pool = self._new_pool()
        # Send the file's name, not its megabytes: the parent would wait forever if a process died without reading a
        # full pipe.
        return self._pool.submit(_call, None, function, settings, self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.stop()
        self._pool.join()
        self._folder.cleanup()

    def _new_pool(self) -> ProcessPool:
        # Fork would copy the threads and locks of a server in an arbitrary state.
        return ProcessPool(self.count, context=multiprocessing.get_context("spawn"))


def _call(function: Callable[[Settings, Split], Result], settings: Settings, path: Path) -> Result:
    return function(settings, _split(path))


@cache
def _split(path: Path) -> Split:
    return pickle.loads(path.read_bytes())  # noqa: S301 - our own file, in a private folder


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
