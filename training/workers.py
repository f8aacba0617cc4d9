"""Where the trials of a search are worked on: the cores of this machine, or the workers of a Dask cluster."""

import contextlib
import multiprocessing
import os
from concurrent.futures import Future
from typing import Any, Protocol, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from data.dataset import Split
from nn.evaluation import Evaluation
from training.settings import Settings
from training.trials import Outcome, look_at_test, try_out

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
    died: type[Exception]

    def submit(self, settings: Settings) -> Future[Outcome]:
        """Have a trial worked on; cancelling the future ends it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def cores() -> int:
    """Return how many processes this machine can work with at once."""
    return os.cpu_count() or 1


class Processes:
    """Processes of this machine, one for each core unless told otherwise. One that dies is replaced."""

    died: type[Exception] = ProcessExpired

    def __init__(self, split: Split, count: int | None = None) -> None:
        self.count = count or cores()
        # Fork would copy a server's threads and locks in whatever state they are.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPool(self.count, initializer=_take_up, initargs=(split,), context=context)
        self._futures: list[Future[Any]] = []

    def submit(self, settings: Settings) -> Future[Outcome]:
        """See Workers."""
        return self._begun(self._pool.submit(_try_out_here, None, settings))

    def test(self, settings: Settings) -> Future[Evaluation]:
        """Have the settings that were chosen trained on train and dev and looked at on test; else as `submit`."""
        return self._begun(self._pool.submit(_look_at_test_here, None, settings))

    def stop(self) -> None:
        """End all that was begun, of which comes CancelledError, and let nothing more begin. Returns at once."""
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

    def _begun(self, future: Future[_Came]) -> Future[_Came]:
        self._futures.append(future)
        return future


_digits: Split
"""What a process learns from, where it is one of `Processes`: sent to it once, and not with each trial."""


def _take_up(split: Split) -> None:
    global _digits  # noqa: PLW0603 - see above
    _digits = split


def _try_out_here(settings: Settings) -> Outcome:
    return try_out(settings, _digits)


def _look_at_test_here(settings: Settings) -> Evaluation:
    return look_at_test(settings, _digits)


class Cluster:
    """The workers of a Dask scheduler. Each needs this project and its packages, of the same versions."""

    died: type[Exception]

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
