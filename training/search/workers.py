"""Where the trials of a search are worked on: the cores of this machine, or the workers of a Dask cluster."""

import contextlib
import multiprocessing
import os
import pickle
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from data.dataset import Split
from nn.evaluation import Evaluation
from training.search.trial import Outcome, look_at_test, try_out
from training.settings import Settings

_Came = TypeVar("_Came")


class ClusterError(ValueError):
    """A cluster that cannot be used. The message is one plain sentence for a person."""


class Workers(Protocol):
    """Some workers that have the digits; leaving the context ends what they have in hand.

    Attributes:
        count: How many there are.
        died: What a future raises whose worker died over it; the other futures are not touched by that.
    """

    count: int
    died: type[Exception] | tuple[type[Exception], ...]

    def submit(self, settings: Settings) -> Future[Outcome]:
        """Have a trial worked on; cancelling the future ends it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def cores() -> int:
    """Return how many processes this machine can work with at once."""
    return os.cpu_count() or 1


class Processes:
    """Processes of this machine, one for each core unless told otherwise. One that dies is replaced."""

    # The second comes of all that wait when a process dies before it has taken any of them up.
    died: type[Exception] | tuple[type[Exception], ...] = (ProcessExpired, BrokenProcessPool)

    def __init__(self, split: Split, count: int | None = None) -> None:
        self.count = count or cores()
        # Whoever starts a process waits until it has read what it was given, and would wait without end for one that
        # dies before. It is given the name of a file, which is less than a pipe holds.
        self._folder = tempfile.TemporaryDirectory(prefix="digit-lab-search-", ignore_cleanup_errors=True)
        self._digits = Path(self._folder.name) / "digits.pickle"
        self._digits.write_bytes(pickle.dumps(split))
        self._pool = self._started()
        self._stopped = False
        self._futures: list[Future[Any]] = []

    def submit(self, settings: Settings) -> Future[Outcome]:
        """See Workers."""
        return self._begin(_try_out_here, settings)

    def test(self, settings: Settings) -> Future[Evaluation]:
        """Have the settings that were chosen trained on train and dev and looked at on test; else as `submit`."""
        return self._begin(_look_at_test_here, settings)

    def stop(self) -> None:
        """End all that was begun, of which comes CancelledError, and let nothing more begin. Returns at once."""
        self._stopped = True
        # The pool goes first: it would replace the processes of futures that are cancelled, which takes seconds.
        self._pool.stop()
        for future in self._futures:
            if future.cancel():
                with contextlib.suppress(RuntimeError):  # where the pool came first
                    future.set_running_or_notify_cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._pool.join()
        self._folder.cleanup()

    def _begin(self, work: Callable[[Settings], _Came], settings: Settings) -> Future[_Came]:
        if not self._pool.active and not self._stopped:
            self._pool.join()
            self._pool = self._started()
        future: Future[_Came] = self._pool.submit(work, None, settings)
        self._futures.append(future)
        return future

    def _started(self) -> ProcessPool:
        # Fork would copy a server's threads and locks in whatever state they are.
        context = multiprocessing.get_context("spawn")
        return ProcessPool(self.count, initializer=self._initializer, initargs=(self._digits,), context=context)

    @staticmethod
    def _initializer(digits: Path) -> None:
        """Have a process know what it learns from: read once, and not sent with each trial."""
        global _digits  # noqa: PLW0603 - a process has no other place for it
        _digits = pickle.loads(digits.read_bytes())  # noqa: S301 - our own, in a folder that only we may enter


_digits: Split
"""What a process learns from, where it is one of `Processes`."""


def _try_out_here(settings: Settings) -> Outcome:
    return try_out(settings, _digits)


def _look_at_test_here(settings: Settings) -> Evaluation:
    return look_at_test(settings, _digits)


class Cluster:
    """The workers of a Dask scheduler. Each needs this project and its packages, of the same versions."""

    died: type[Exception] | tuple[type[Exception], ...]

    def __init__(self, split: Split, address: str) -> None:
        """Connect, and send the digits to all workers.

        Raises:
            ClusterError: When dask.distributed is not installed, or no scheduler with workers is at the address.
        """
        try:
            from distributed import Client, KilledWorker
        except ImportError:
            raise ClusterError(
                "A cluster needs dask.distributed: run pip install -r requirements-cluster.txt first."
            ) from None
        self.died = KilledWorker
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
        self._executor = self._client.get_executor(pure=False)

    def submit(self, settings: Settings) -> Future[Outcome]:
        """See Workers."""
        future: Future[Outcome] = self._executor.submit(try_out, settings, self._split)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
