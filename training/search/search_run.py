"""The search for the best hidden size and λ: start, cancel, resume, test once, and snapshots for the page.

`run_trials` is the loop; `SearchRun` runs it in a thread, and the page only requests snapshots.
"""

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field
from enum import Enum
from functools import partial

import numpy as np

from data.dataset import Split
from language.translation import N_
from nn.uncertainty import overlap
from training.search.trial import (
    DIVERGED,
    Outcome,
    PairOutcome,
    best_of,
    evaluate_on_test,
    pairs_of,
    run_trial,
)
from training.search.workers import Processes, Workers, cores
from training.settings import Settings

ATTEMPTS = 3
"""A trial is abandoned after this many workers have died in it."""
GIVEN_UP = f"given up: its process was ended {ATTEMPTS} times, as happens when memory is short"

_POLL_SECONDS = 0.1
"""How often the loop reports the running trials and checks for cancellation."""

_FIXED_COST = 20
"""A step with this many hidden units takes about twice as long as one with very few (benchmarks.growth)."""

_TURN_SECONDS = 30.0
"""While other searches wait, a search hands over after the first trial to end past this time, ..."""
_FIRST_LONG_TURN_SECONDS = 300.0
"""... or in the middle of a long one, which restarts in the next turn; that is twice as long, so any trial ends."""

_queue: list[threading.Event] = []
"""The cancel events of the searches in this process; only the first search runs, because it uses every core."""

_queue_changed = threading.Condition()
"""Held to change the queue or to cancel a search in it; notifies the searches that wait."""

logger = logging.getLogger(__name__)


def run_trials(trials: Sequence[Settings], workers: Workers) -> Iterator[tuple[list[Outcome], frozenset[Settings]]]:
    """Run trials; at least every 0.1 seconds, yield the new outcomes and the trials that are running."""
    futures = {workers.submit(run_trial, settings): settings for settings in trials}
    deaths: Counter[Settings] = Counter()
    while futures:
        outcomes = []
        for future in wait(futures, _POLL_SECONDS, FIRST_COMPLETED).done:
            settings = futures.pop(future)
            try:
                outcomes.append(future.result())
            except workers.worker_died:
                deaths[settings] += 1
                if deaths[settings] < ATTEMPTS:
                    futures[workers.submit(run_trial, settings)] = settings
                else:
                    outcomes.append(Outcome.failed(settings, GIVEN_UP))
        yield outcomes, frozenset(settings for future, settings in futures.items() if future.running())


class SearchState(Enum):
    """The state of a search; each value is for `_`."""

    READY = N_("Ready")
    WAITING = N_("Waiting")
    SEARCHING = N_("Searching")
    TESTING = N_("Testing")
    CANCELLED = N_("Cancelled")
    INTERRUPTED = N_("Interrupted")
    STOPPED = N_("Stopped")
    FAILED = N_("Failed")
    FINISHED = N_("Finished")


_ACTIVE = (SearchState.WAITING, SearchState.SEARCHING, SearchState.TESTING)


@dataclass(frozen=True)
class SearchSnapshot:
    """A search at one instant.

    Attributes:
        state: Its state.
        trials: All trials, in the order of the grid, with the seeds of a pair one after another.
        outcomes: The outcomes of the finished trials.
        running: The trials that are running.
        searches_ahead: The number of searches ahead in the queue.
        seconds_left: An estimate; None before the first outcome.
        tested: Accuracy on test, 0 to 1, by the settings measured on it.
        dev_examples: The number of examples in dev, on all of which trials are measured.
        test_examples: The number of examples in test.
    """

    state: SearchState
    trials: tuple[Settings, ...]
    outcomes: Mapping[Settings, Outcome]
    running: frozenset[Settings]
    searches_ahead: int
    seconds_left: float | None
    tested: Mapping[Settings, float]
    dev_examples: int
    test_examples: int

    @property
    def active(self) -> bool:
        """Whether the search is waiting, running or testing."""
        return self.state in _ACTIVE

    @property
    def remaining(self) -> list[Settings]:
        """The trials still to run, including abandoned ones, but not diverged ones, which would only diverge again."""
        done = {settings for settings, each in self.outcomes.items() if each.failure in {"", DIVERGED}}
        return [each for each in self.trials if each not in done]

    @property
    def seeds(self) -> int:
        """The number of seeds with which each pair is tried."""
        return len({each.seed for each in self.trials})

    @property
    def pairs(self) -> list[PairOutcome]:
        """The outcomes of the pairs that have been tried with all seeds."""
        return pairs_of(self.trials, self.outcomes)

    @property
    def best(self) -> PairOutcome | None:
        """The best pair on dev so far, by its means over the seeds, if any succeeded."""
        return best_of(self.pairs)

    @property
    def within_chance(self) -> tuple[int, int]:
        """How many other pairs are within chance of the best (their 95% intervals overlap), and how many there are."""
        succeeded = [each for each in self.pairs if not each.failure]
        best = best_of(succeeded)
        others = [each for each in succeeded if each is not best]
        near = [each for each in others if best and overlap(each.dev.accuracy, best.dev.accuracy, self.dev_examples)]
        return len(near), len(others)


@dataclass(frozen=True)
class _Turn:
    """What a search may do before it hands over.

    Attributes:
        cancelled: Set when the search is cancelled.
        seconds: How long it may work while others wait.
        seconds_left: How long it may work in any case.
        began: When it began to work, on the monotonic clock.
    """

    cancelled: threading.Event
    seconds: float
    seconds_left: float
    began: float = field(default_factory=time.monotonic)

    @property
    def worked(self) -> float:
        """The seconds since it began."""
        return time.monotonic() - self.began

    def is_over(self, *, is_after_trial: bool = False) -> bool:
        """Return whether it is time to hand over, or to stop."""
        seconds = _TURN_SECONDS if is_after_trial else self.seconds
        return self.worked >= self.seconds_left or (len(_queue) > 1 and self.worked >= seconds)


class SearchRun:
    """One search. Any method may be called from any thread, and returns at once."""

    def __init__(
        self,
        trials: Sequence[Settings],
        split: Split,
        earlier: "SearchRun | None" = None,
        start_workers: Callable[[Split, int], Workers] = Processes,
        most_seconds: float = math.inf,
    ) -> None:
        """Prepare the search.

        Args:
            trials: Distinct settings, which select this split; other seeds share the split of the first.
            split: The examples.
            earlier: A search whose outcomes are reused if it used the same data, split in the same way.
            start_workers: Starts the given number of workers with the examples.
            most_seconds: How long it may work each time it is started, in all its turns.
        """
        self._trials = tuple(trials)
        self._split = split
        self._start_workers = start_workers
        self._most_seconds = most_seconds
        self._lock = threading.RLock()
        self._cancelled = threading.Event()
        self._state = SearchState.READY
        self._running: frozenset[Settings] = frozenset()
        self._ends_at: float | None = None
        self._outcomes: dict[Settings, Outcome] = {}
        self._tested: dict[Settings, float] = {}
        if earlier is not None and _are_the_same(earlier._split, split):  # noqa: SLF001 - the same class
            with earlier._lock:  # noqa: SLF001
                self._outcomes, self._tested = dict(earlier._outcomes), dict(earlier._tested)  # noqa: SLF001

    def start(self) -> None:
        """Run the remaining trials."""
        self._begin(SearchState.SEARCHING, self._search)

    def test_best(self) -> None:
        """Train the best on train and dev and measure it on test, once and only after all trials."""
        snapshot = self.snapshot()
        if snapshot.best is not None and not snapshot.remaining and snapshot.best.settings not in snapshot.tested:
            self._begin(SearchState.TESTING, partial(self._test, snapshot.best.settings))

    def cancel(self) -> None:
        """Stop. Outcomes are kept, and `start` resumes with the remaining trials."""
        self._stop(SearchState.CANCELLED)

    def interrupt(self) -> None:
        """Stop like `cancel`, because the page has lost its connection."""
        self._stop(SearchState.INTERRUPTED)

    def snapshot(self) -> SearchSnapshot:
        """Return the search at this instant."""
        with self._lock:
            queue = list(_queue)
            return SearchSnapshot(
                self._state,
                self._trials,
                {each: self._outcomes[each] for each in self._trials if each in self._outcomes},
                self._running,
                queue.index(self._cancelled) if self._cancelled in queue else 0,
                None if self._ends_at is None else max(self._ends_at - time.monotonic(), 0.0),
                dict(self._tested),
                len(self._split.dev),
                len(self._split.test),
            )

    def _begin(self, state: SearchState, work: Callable[[_Turn], bool]) -> None:
        with self._lock:
            if self._state not in _ACTIVE:
                self._state, self._ends_at, self._cancelled = SearchState.WAITING, None, threading.Event()
                with _queue_changed:
                    _queue.append(self._cancelled)
                threading.Thread(target=self._run, args=(state, work, self._cancelled), daemon=True).start()

    def _run(self, state: SearchState, work: Callable[[_Turn], bool], cancelled: threading.Event) -> None:
        """Take turns with other searches until the work is done or the time is up; runs in a thread."""
        end_state, seconds_left, long_turn = SearchState.FINISHED, self._most_seconds, _FIRST_LONG_TURN_SECONDS
        try:
            while end_state is SearchState.FINISHED:
                with _queue_changed:
                    _queue_changed.wait_for(lambda: _queue[0] is cancelled or cancelled.is_set())
                if cancelled.is_set():
                    break
                self._enter(state, cancelled)
                turn = _Turn(cancelled, long_turn, seconds_left)
                if work(turn):
                    break
                seconds_left, long_turn = seconds_left - turn.worked, 2 * long_turn
                if seconds_left > 0:
                    self._enter(SearchState.WAITING, cancelled)
                    with _queue_changed:
                        _queue.remove(cancelled)
                        _queue.append(cancelled)
                        _queue_changed.notify_all()
                else:
                    end_state = SearchState.STOPPED
        except Exception:
            logger.exception("A search failed.")
            end_state = SearchState.FAILED
        finally:
            with _queue_changed:
                _queue.remove(cancelled)
                _queue_changed.notify_all()
        self._enter(end_state, cancelled)

    def _enter(self, state: SearchState, cancelled: threading.Event) -> None:
        with self._lock:
            if not cancelled.is_set():
                self._state, self._running = state, frozenset()
                if state is SearchState.WAITING:
                    self._ends_at = None

    def _stop(self, state: SearchState) -> None:
        with self._lock:
            if self._state in _ACTIVE:
                with _queue_changed:
                    self._cancelled.set()
                    _queue_changed.notify_all()
                # If no trials remain, the test was stopped.
                self._state = state if self.snapshot().remaining else SearchState.FINISHED
                self._running, self._ends_at = frozenset(), None

    def _search(self, turn: _Turn) -> bool:
        """Run the remaining trials; return whether nothing is left to do, rather than that the turn is over."""
        remaining = self.snapshot().remaining
        cost_left = sum(map(_cost, remaining))
        with self._start_workers(self._split, min(cores(), len(remaining))) as workers:
            started, cost_done = time.monotonic(), 0.0
            for outcomes, running in run_trials(remaining, workers):
                with self._lock:
                    if turn.cancelled.is_set():
                        return True
                    self._running = running
                    self._outcomes |= {each.settings: each for each in outcomes}
                    if outcomes:
                        cost = sum(_cost(each.settings) for each in outcomes)
                        cost_done, cost_left = cost_done + cost, cost_left - cost
                        half_done = sum(map(_cost, running)) / 2  # running trials are half done on average
                        now = time.monotonic()
                        rate = (cost_done + half_done) / (now - started)
                        self._ends_at = now + (cost_left - half_done) / rate
                if cost_left and turn.is_over(is_after_trial=bool(outcomes)):
                    return False
        return True

    def _test(self, settings: Settings, turn: _Turn) -> bool:
        """Measure settings on test; return the same as `_search`."""
        with self._start_workers(self._split, 1) as workers:
            future = workers.submit(evaluate_on_test, settings)
            while not turn.cancelled.is_set():
                if wait([future], _POLL_SECONDS).done:
                    with self._lock:
                        self._tested[settings] = future.result().accuracy
                    break
                if turn.is_over():
                    return False
        return True


def _are_the_same(first: Split, second: Split) -> bool:
    """Return whether two splits hold the same examples in the same parts."""
    return first.train.images is second.train.images and all(
        np.array_equal(one.rows, other.rows) and np.array_equal(one.labels[one.rows], other.labels[other.rows])
        for one, other in ((first.train, second.train), (first.dev, second.dev))
    )


def _cost(settings: Settings) -> float:
    """Return the approximate duration of a trial, relative to the others."""
    return float(_FIXED_COST + settings.hidden_size)
