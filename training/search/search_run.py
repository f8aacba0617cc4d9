"""A search for the best hidden size and λ as a person drives it: begun, watched, cancelled, gone on with, tested once.

It works in a thread and in processes of its own, so that a page only has to ask how far it is.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, Self, TypeVar

from data.dataset import Split
from training.search.candidates import best_of, search
from training.search.trial import DIVERGED, Outcome
from training.search.turns import Turns
from training.search.workers import Processes, cores
from training.settings import Settings

_Came = TypeVar("_Came")

_FIXED_COST = 20
"""A step with so many hidden units more takes twice as long as one with hardly any (benchmarks.growth)."""

logger = logging.getLogger(__name__)


class SearchState(Enum):
    """Where a search stands, in the words that a person reads."""

    READY = "Ready"
    WAITING = "Waiting"
    SEARCHING = "Searching"
    TESTING = "Testing"
    CANCELLED = "Cancelled"
    INTERRUPTED = "Interrupted"
    FAILED = "Failed"
    FINISHED = "Finished"


GOING = (SearchState.WAITING, SearchState.SEARCHING, SearchState.TESTING)
"""The states in which something is under way, or waits for its turn."""


@dataclass(frozen=True)
class SearchSnapshot:
    """A search at one moment.

    Attributes:
        state: Where it stands.
        trials: All that is tried, in the order of the grid.
        outcomes: What came of those that are done.
        in_hand: Those that are trained right now.
        processes: On how many processes at the most.
        ahead: How many other searches come before, where it waits.
        seconds_left: How long it will take, as far as can be said; None before a trial is done.
        tested: Accuracy on test, 0 to 1, of settings that it was looked at with.
    """

    state: SearchState
    trials: tuple[Settings, ...]
    outcomes: Mapping[Settings, Outcome]
    in_hand: frozenset[Settings]
    processes: int
    ahead: int
    seconds_left: float | None
    tested: Mapping[Settings, float]

    @property
    def going(self) -> bool:
        """Whether something is under way, or waits for its turn."""
        return self.state in GOING

    @property
    def left(self) -> list[Settings]:
        """What there is still to try; a trial that was given up is tried again."""
        return _left(self.trials, self.outcomes)

    @property
    def best(self) -> Outcome | None:
        """The best so far by dev; None where no trial has come to a good end."""
        return best_of(list(self.outcomes.values()))


class SearchRun:
    """One search. It may be asked and told from any thread, and no call waits for a trial to end."""

    def __init__(
        self,
        trials: Sequence[Settings],
        split: Split,
        turns: Turns,
        before: "SearchRun | None" = None,
        make: Callable[[Split, int], Processes] = Processes,
    ) -> None:
        """Make ready.

        Args:
            trials: What is to be tried: different settings, which say the same of the data.
            split: The digits of these settings.
            turns: Say when it may work; shared by the searches of this machine, for whose cores the processes of two
                would be too many.
            before: A search whose outcomes are taken over, where it was of the same data.
            make: Makes so many processes that have these digits.
        """
        self._trials = tuple(trials)
        self._split = split
        self._turns = turns
        self._make = make
        self._processes = min(cores(), len(self._trials))
        self._lock = threading.Lock()
        self._state = SearchState.READY
        self._stretch = _Stretch()
        self._ends_at: float | None = None
        self._outcomes: dict[Settings, Outcome] = {}
        self._tested: dict[Settings, float] = {}
        if before is not None and before._split.train.images is split.train.images:  # noqa: SLF001 - one of its own kind
            with before._lock:  # noqa: SLF001
                self._outcomes, self._tested = dict(before._outcomes), dict(before._tested)  # noqa: SLF001

    @property
    def trials(self) -> tuple[Settings, ...]:
        """All that is tried."""
        return self._trials

    def start(self) -> None:
        """Try what is left."""
        self._begin(self._search, SearchState.SEARCHING)

    def look_at_test(self) -> None:
        """Train the best on train and dev and look at test, once all is tried; what was tested is not tested again."""
        told = self.snapshot()
        if told.best is not None and not told.left and told.best.settings not in told.tested:
            self._begin(partial(self._test, told.best.settings), SearchState.TESTING)

    def cancel(self) -> None:
        """End what is under way; what is done is kept, and `start` goes on with the rest."""
        self._end(SearchState.CANCELLED)

    def interrupt(self) -> None:
        """Do as `cancel`, where the person is not there to ask for it."""
        self._end(SearchState.INTERRUPTED)

    def snapshot(self) -> SearchSnapshot:
        """Return where it stands."""
        with self._lock:
            return SearchSnapshot(
                self._state,
                self._trials,
                {each: self._outcomes[each] for each in self._trials if each in self._outcomes},
                self._stretch.in_hand(),
                self._processes,
                self._turns.ahead_of(self._stretch),
                None if self._ends_at is None else max(self._ends_at - time.monotonic(), 0.0),
                dict(self._tested),
            )

    def _begin(self, work: Callable[["_Stretch"], None], doing: SearchState) -> None:
        with self._lock:
            if self._state in GOING:
                return
            self._stretch = _Stretch()
            self._state, self._ends_at = SearchState.WAITING, None
            given = (self._stretch, work, doing)
        threading.Thread(target=self._work, args=given, name="search", daemon=True).start()

    def _work(self, stretch: "_Stretch", work: Callable[["_Stretch"], None], doing: SearchState) -> None:
        """What the thread does: a stretch of work, unless it is ended, in its turn."""
        then = SearchState.FINISHED
        try:
            self._turns.take(stretch)
            self._go_over(stretch, doing)
            work(stretch)
        except CancelledError:
            return
        except Exception:
            logger.exception("A search failed.")
            then = SearchState.FAILED
        finally:
            self._turns.leave(stretch)
        self._go_over(stretch, then)

    def _go_over(self, stretch: "_Stretch", state: SearchState) -> None:
        """Be in another state, unless the stretch was ended meanwhile."""
        with self._lock:
            if not stretch.over:
                self._state = state

    def _end(self, state: SearchState) -> None:
        with self._lock:
            if self._state not in GOING:
                return
            self._stretch.end()
            # Where nothing is left to try, it was test that was to be looked at.
            self._state = state if _left(self._trials, self._outcomes) else SearchState.FINISHED
            self._ends_at = None
        self._turns.look_again()

    def _search(self, stretch: "_Stretch") -> None:
        left = self.snapshot().left
        with _Held(self._make(self._split, min(self._processes, len(left))), stretch) as workers:
            began, done = time.monotonic(), 0.0
            for outcome in search(left, workers):
                now = time.monotonic()
                done += _cost(outcome.settings)
                # Those in hand are done by half, as far as one knows.
                sure = done + sum(map(_cost, stretch.in_hand())) / 2
                with self._lock:
                    self._outcomes[outcome.settings] = outcome
                    self._ends_at = now + (now - began) * max(sum(map(_cost, left)) - sure, 0.0) / sure

    def _test(self, chosen: Settings, stretch: "_Stretch") -> None:
        with _Held(self._make(self._split, 1), stretch) as workers:
            accuracy = workers.test(chosen).result().accuracy
        with self._lock:
            self._tested[chosen] = accuracy


class _Stretch:
    """Some work under way, which another thread may end.

    Attributes:
        over: Whether it was ended.
    """

    def __init__(self) -> None:
        self.over = False
        self._lock = threading.Lock()
        self._processes: Processes | None = None
        self._futures: dict[Future[Any], Settings] = {}

    def begin(
        self, processes: Processes, submit: Callable[[Settings], Future[_Came]], settings: Settings
    ) -> Future[_Came]:
        """Have processes begin something for these settings, which ends where all is ended.

        Raises:
            CancelledError: All was ended before.
        """
        with self._lock:
            self._processes = processes
        self._expect_to_go_on()
        try:
            future = submit(settings)  # not under the lock: the first one starts the processes, which takes seconds
        except RuntimeError:
            self._expect_to_go_on()
            raise
        with self._lock:
            self._futures[future] = settings
            if self.over:
                processes.stop()  # they may have started after they were told to before
        return future

    def end(self) -> None:
        """End all that was begun, and let nothing more begin."""
        with self._lock:
            self.over = True
            if self._processes is not None:
                self._processes.stop()

    def in_hand(self) -> frozenset[Settings]:
        """Return what is worked on right now."""
        with self._lock:
            return frozenset(settings for future, settings in self._futures.items() if future.running())

    def _expect_to_go_on(self) -> None:
        if self.over:
            raise CancelledError


class _Held:
    """Processes of which all that they are given belongs to a stretch of work."""

    def __init__(self, processes: Processes, stretch: _Stretch) -> None:
        self.count, self.died = processes.count, processes.died
        self._processes = processes
        self._stretch = stretch

    def submit(self, settings: Settings) -> Future[Outcome]:
        return self._stretch.begin(self._processes, self._processes.submit, settings)

    def test(self, settings: Settings) -> Future[Any]:
        return self._stretch.begin(self._processes, self._processes.test, settings)

    def __enter__(self) -> Self:
        self._processes.__enter__()
        return self

    def __exit__(self, *given: object) -> None:
        self._processes.__exit__(*given)


def _left(trials: Sequence[Settings], outcomes: Mapping[Settings, Outcome]) -> list[Settings]:
    """Return the trials without an outcome, and those that were given up."""
    return [each for each in trials if each not in outcomes or outcomes[each].trouble not in {"", DIVERGED}]


def _cost(settings: Settings) -> float:
    """About how long a trial takes, beside others of its search."""
    return float(_FIXED_COST + settings.hidden_size)
