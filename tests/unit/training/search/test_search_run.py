"""A search as a person drives it keeps what is done, works in its turn, and leaves no process behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.unit.training.runs import OVERSHOOTING, SETTINGS_HERE
from training.search.candidates import best_of, grid
from training.search.search_run import SearchRun, SearchSnapshot, SearchState
from training.search.trial import look_at_test, try_out
from training.search.turns import Turns
from training.search.workers import Processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.dataset import Split
    from training.search.trial import Outcome
    from training.settings import Settings

TRIALS = grid(SETTINGS_HERE, (4, 8), (0.0, 10.0))
ENDLESS = [replace(each, epochs=100_000) for each in TRIALS]


def until(search: SearchRun, happened: Callable[[SearchSnapshot], bool], seconds: float = 60) -> SearchSnapshot:
    end = time.monotonic() + seconds
    while not happened(told := search.snapshot()):
        assert time.monotonic() < end, f"it did not happen; the search is {told.state.value}"
        time.sleep(0.01)
    return told


def until_over(search: SearchRun) -> SearchSnapshot:
    return until(search, lambda told: not told.going)


def no_process_is_left(seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while multiprocessing.active_children() and time.monotonic() < end:
        time.sleep(0.05)
    return not multiprocessing.active_children()


@pytest.fixture
def turns() -> Turns:
    return Turns()


def test_it_finds_what_each_trial_alone_comes_to_and_leaves_no_process(split: Split, turns: Turns) -> None:
    search = SearchRun(TRIALS, split, turns)
    assert search.snapshot().state is SearchState.READY
    search.start()
    told = until_over(search)
    assert told.state is SearchState.FINISHED
    assert told.outcomes == {each: try_out(each, split) for each in TRIALS}
    assert told.best == best_of(list(told.outcomes.values()))
    assert told.left == []
    assert told.seconds_left == pytest.approx(0, abs=1)
    assert no_process_is_left()


def test_test_is_looked_at_once_all_is_tried_and_then_never_again(split: Split, turns: Turns) -> None:
    search = SearchRun(TRIALS, split, turns)
    search.look_at_test()
    assert search.snapshot().state is SearchState.READY, "nothing is tried yet"
    search.start()
    best = until_over(search).best
    assert best is not None
    search.look_at_test()
    told = until_over(search)
    assert told.tested == {best.settings: look_at_test(best.settings, split).accuracy}
    assert told.state is SearchState.FINISHED
    search.look_at_test()
    assert not search.snapshot().going, "test was looked at"
    again = SearchRun(TRIALS, split, turns, before=search)
    again.look_at_test()
    assert not again.snapshot().going, "the same search was tested before"


def test_cancelled_it_keeps_what_is_done_and_goes_on_with_what_is_left(split: Split, turns: Turns) -> None:
    slow = [TRIALS[0], *(replace(each, epochs=150) for each in TRIALS[1:])]
    search = SearchRun(slow, split, turns)
    search.start()
    until(search, lambda told: len(told.outcomes) >= 1)
    search.cancel()
    told = search.snapshot()
    assert told.state is SearchState.CANCELLED
    assert 1 <= len(told.outcomes) < 4
    assert no_process_is_left()
    search.start()
    after = until_over(search)
    assert {each: after.outcomes[each] for each in told.outcomes} == told.outcomes
    assert after.outcomes == {each: try_out(each, split) for each in slow}


def test_what_is_cancelled_ends_at_once_however_long_its_trials_are(split: Split, turns: Turns) -> None:
    search = SearchRun(ENDLESS, split, turns)
    search.start()
    told = until(search, lambda told: bool(told.in_hand))
    assert told.in_hand <= set(ENDLESS)
    search.interrupt()
    assert search.snapshot().state is SearchState.INTERRUPTED
    assert no_process_is_left()
    assert search.snapshot().in_hand == frozenset()


def test_a_second_search_waits_for_its_turn_and_one_that_is_cancelled_there_stands_in_nobodys_way(
    split: Split, turns: Turns
) -> None:
    first, second, third = (SearchRun(ENDLESS, split, turns), *(SearchRun(TRIALS, split, turns) for _ in range(2)))
    first.start()
    until(first, lambda told: told.state is SearchState.SEARCHING)
    second.start()
    until(second, lambda told: told.ahead == 1)
    third.start()
    assert until(third, lambda told: told.ahead == 2).state is SearchState.WAITING
    second.cancel()
    until(third, lambda told: told.ahead == 1)
    first.cancel()
    assert until_over(third).state is SearchState.FINISHED
    assert second.snapshot().outcomes == {}


def test_started_again_while_it_ends_it_works_after_that(split: Split, turns: Turns) -> None:
    search = SearchRun(TRIALS, split, turns)
    for _ in range(3):
        search.start()
        search.cancel()
    search.start()
    assert len(until_over(search).outcomes) == 4


def test_another_search_takes_over_what_is_known_of_the_same_data_and_no_other(split: Split, turns: Turns) -> None:
    search = SearchRun(TRIALS[:2], split, turns)
    search.start()
    known = until_over(search).outcomes
    assert SearchRun(TRIALS, split, turns, before=search).snapshot().outcomes == known
    copied = replace(split, train=replace(split.train, images=split.train.images.copy()))
    assert SearchRun(TRIALS, copied, turns, before=search).snapshot().outcomes == {}


class Mortal(Processes):
    """Processes that die over one trial for as long as they are told to."""

    mortal = True

    def submit(self, settings: Settings) -> Future[Outcome]:
        if self.mortal and settings == TRIALS[1]:
            return self._pool.submit(_die, None)  # type: ignore[arg-type]
        return super().submit(settings)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_dies_costs_its_own_trial_and_that_can_be_tried_again(
    split: Split, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = SearchRun(TRIALS, split, turns, make=Mortal)
    search.start()
    told = until_over(search)
    assert [bool(told.outcomes[each].trouble) for each in TRIALS] == [False, True, False, False]
    assert told.left == [TRIALS[1]]
    monkeypatch.setattr(Mortal, "mortal", False)
    search.start()
    assert until_over(search).outcomes == {each: try_out(each, split) for each in TRIALS}


def test_one_that_diverges_is_done_with(split: Split, turns: Turns) -> None:
    search = SearchRun([OVERSHOOTING, SETTINGS_HERE], split, turns)
    search.start()
    told = until_over(search)
    assert told.outcomes[OVERSHOOTING].trouble == "diverged"
    assert told.left == []
    assert told.best is not None
    assert told.best.settings == SETTINGS_HERE


def test_an_error_of_ours_ends_the_search_and_gives_the_turn_away(split: Split, turns: Turns) -> None:
    def broken(split: Split, count: int) -> Processes:
        raise OSError("no more processes")

    search = SearchRun(TRIALS, split, turns, make=broken)
    search.start()
    assert until_over(search).state is SearchState.FAILED
    other = SearchRun(TRIALS[:1], split, turns)
    other.start()
    assert until_over(other).state is SearchState.FINISHED


class Waiter:
    """One that may want its turn no more."""

    over = False


def test_whoever_wants_their_turn_no_more_does_not_get_it() -> None:
    turns, who = Turns(), Waiter()
    who.over = True
    with pytest.raises(CancelledError):
        turns.take(who)
    turns.leave(who)
    turns.take(other := Waiter())
    assert turns.ahead_of(other) == 0
