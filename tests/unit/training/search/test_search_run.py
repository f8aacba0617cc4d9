"""Searches give the same results on any workers, survive dying ones, can be cancelled and resumed, and take turns."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from multiprocessing import resource_tracker, spawn
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from distributed import LocalCluster

from data import csv_files
from nn.evaluation import Evaluation
from tests.unit.training.runs import OVERSHOOTING, SETTINGS_HERE
from training.search import search_run
from training.search.search_run import GIVEN_UP, SearchRun, SearchSnapshot, SearchState, run_trials
from training.search.trial import Outcome, PairOutcome, best_of, evaluate_on_test, grid, run_trial
from training.search.workers import Cluster, ProcessDiedError, Processes, cores

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from data.dataset import Split
    from training.search.workers import Result, Workers
    from training.settings import Settings

pytestmark = pytest.mark.slow

TRIALS = grid(SETTINGS_HERE, (4, 8), (0.0, 10.0))
ENDLESS = [replace(each, epochs=100_000) for each in TRIALS]


def outcomes_of(trials: list[Settings], workers: Workers) -> dict[Settings, Outcome]:
    return {each.settings: each for outcomes, _ in run_trials(trials, workers) for each in outcomes}


def expected(trials: list[Settings], split: Split) -> dict[Settings, Outcome]:
    return {each: run_trial(each, split) for each in trials}


def wait_until(
    search: SearchRun, condition: Callable[[SearchSnapshot], bool], timeout_seconds: float = 180
) -> SearchSnapshot:
    deadline = time.monotonic() + timeout_seconds
    while not condition(snapshot := search.snapshot()):
        assert time.monotonic() < deadline, f"timed out; the search is {snapshot.state.value}"
        time.sleep(0.01)
    return snapshot


def wait_until_over(search: SearchRun) -> SearchSnapshot:
    return wait_until(search, lambda snapshot: not snapshot.active)


def processes_end(timeout_seconds: float = 60) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not multiprocessing.active_children()


def niceness(_settings: Settings, _split: Split) -> int:
    return os.nice(0)


# Workers


def test_workers_let_pages_go_first(split: Split) -> None:
    with Processes(split, 1) as workers:
        assert workers.submit(niceness, TRIALS[0]).result() >= min(os.nice(0) + 10, 19)


@pytest.mark.parametrize(
    "unfinished",
    [
        "from training.search.workers import Processes; Processes(None, 1)",
        (
            "import time; from data import csv_files; from training.search.search_run import SearchRun;"
            " from training.settings import Settings; split = csv_files.embedded().split(0, 500, 500);"
            " SearchRun([Settings()], split, start_workers=lambda *_: time.sleep(600)).start()"
        ),
    ],
    ids=["its workers", "a search"],
)
def test_unfinished_work_does_not_keep_a_server_from_ending(unfinished: str) -> None:
    """A thread that is not a daemon would be waited for indefinitely."""
    subprocess.run([sys.executable, "-c", unfinished], cwd=Path(__file__).parents[4], check=True, timeout=60)


def test_processes_find_what_each_trial_finds_alone(split: Split) -> None:
    with Processes(split, 2) as workers:
        assert workers.count == 2
        assert outcomes_of(TRIALS, workers) == expected(TRIALS, split)


def test_a_cluster_finds_the_same(split: Split) -> None:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1") as cluster,
        Cluster(split, cluster.scheduler_address) as workers,
    ):
        assert workers.count == 2
        assert outcomes_of(TRIALS, workers) == expected(TRIALS, split)


class DyingProcesses(Processes):
    """Processes that are killed during one of the trials."""

    deaths = 2

    def __init__(self, split: Split, count: int) -> None:
        super().__init__(split, count)
        self.submissions: Counter[Settings] = Counter()

    def submit(self, function: Callable[[Settings, Split], Result], settings: Settings) -> Future[Result]:
        self.submissions[settings] += 1
        if settings == TRIALS[1] and self.submissions[settings] <= self.deaths:
            return super().submit(_die, settings)
        return super().submit(function, settings)


def _die(*_: object) -> Result:  # type: ignore[type-var]
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _fail(*_: object) -> Result:  # type: ignore[type-var]
    raise OSError("no more processes")


def test_a_process_that_dies_costs_only_its_trial_which_is_retried(split: Split) -> None:
    with DyingProcesses(split, 2) as workers:
        assert outcomes_of(TRIALS, workers) == expected(TRIALS, split)
    assert [workers.submissions[each] for each in TRIALS] == [1, 3, 1, 1]


def test_a_process_that_dies_while_it_starts_is_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It dies before reading its arguments; the pipe buffers only 64 kB, so larger arguments would block the parent."""
    python, died = tmp_path / "python", tmp_path / "died"
    python.write_text(f'#!/bin/sh\n[ -e {died} ] && exec {sys.executable} "$@"\ntouch {died}\nsleep 0.3\n')
    python.chmod(0o700)
    resource_tracker.ensure_running()
    monkeypatch.setattr(spawn, "_python_exe", os.fsencode(python))
    digits = csv_files.embedded()
    split = digits.split(0, *digits.default_sizes)
    with Processes(split, 1) as workers:
        assert outcomes_of(TRIALS[:1], workers) == expected(TRIALS[:1], split)
    assert died.exists()


@pytest.mark.parametrize("is_idle", [False, True], ids=["busy", "idle"])
def test_processes_killed_from_outside_at_any_moment_cost_only_their_call(split: Split, is_idle: bool) -> None:
    """As the operating system does when memory runs out. A pool with one pipe for all workers loses such calls."""
    with Processes(split, 2) as workers:
        futures = [workers.submit(run_trial, each) for each in (TRIALS[:2] if is_idle else ENDLESS[:2])]
        while len(multiprocessing.active_children()) < 2:
            time.sleep(0.01)
        if is_idle:
            assert [future.result() for future in futures] == list(expected(TRIALS[:2], split).values())
        for process in multiprocessing.active_children():
            process.kill()
        if not is_idle:
            for future in futures:
                with pytest.raises(ProcessDiedError):
                    future.result(60)
        assert outcomes_of(TRIALS, workers) == expected(TRIALS, split)
    assert not multiprocessing.active_children()


def test_a_call_is_answered_where_no_process_can_be_started_or_its_function_fails(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that nobody answers keeps its search waiting for ever."""
    with Processes(split, 1) as workers:
        with pytest.raises(OSError, match="no more processes"):
            workers.submit(_fail, TRIALS[0]).result(60)
        monkeypatch.setattr(SpawnProcess, "start", _fail)
        workers.submit(_die, TRIALS[0]).exception(60)
        with pytest.raises(OSError, match="no more processes"):
            workers.submit(run_trial, TRIALS[0]).result(60)
        endless = workers.submit(run_trial, TRIALS[0])
    with pytest.raises(ProcessDiedError):
        endless.result(0)


# A search in the background


def test_a_search_finds_what_each_trial_finds_alone_and_leaves_no_process(split: Split) -> None:
    search = SearchRun(TRIALS, split)
    assert search.snapshot().state is SearchState.READY
    search.start()
    snapshot = wait_until_over(search)
    assert snapshot.state is SearchState.FINISHED
    assert snapshot.outcomes == expected(TRIALS, split)
    best = best_of(snapshot.outcomes.values())
    assert best is not None
    assert snapshot.best == PairOutcome((best,))
    assert snapshot.remaining == []
    assert snapshot.seconds_left == pytest.approx(0, abs=1)
    assert processes_end()


def test_the_best_is_tested_after_all_trials_and_only_once(split: Split) -> None:
    counts = []

    def start_workers(split: Split, count: int) -> Processes:
        counts.append(count)
        return Processes(split, count)

    search = SearchRun(TRIALS, split, start_workers=start_workers)
    search.test_best()
    assert search.snapshot().state is SearchState.READY, "nothing has been tried"
    search.start()
    best = wait_until_over(search).best
    assert best is not None
    assert search.snapshot().tested == {}
    search.test_best()
    snapshot = wait_until_over(search)
    assert snapshot.tested == {best.settings: evaluate_on_test(best.settings, split).accuracy}
    assert snapshot.state is SearchState.FINISHED
    assert counts == [min(cores(), 4), 1]
    for tested in (search, SearchRun(TRIALS, split, earlier=search)):
        tested.test_best()
        assert not tested.snapshot().active


def test_a_cancelled_search_keeps_its_outcomes_and_continues_with_the_rest(split: Split) -> None:
    slow = [TRIALS[0], *(replace(each, epochs=150) for each in TRIALS[1:])]
    search = SearchRun(slow, split)
    search.start()
    wait_until(search, lambda snapshot: bool(snapshot.outcomes))
    search.cancel()
    cancelled = search.snapshot()
    assert cancelled.state is SearchState.CANCELLED
    assert 1 <= len(cancelled.outcomes) < 4
    search.start()
    finished = wait_until_over(search)
    assert all(finished.outcomes[each] is outcome for each, outcome in cancelled.outcomes.items())
    assert finished.outcomes == expected(slow, split)


def test_an_interrupted_search_ends_its_processes_however_long_the_trials_are(split: Split) -> None:
    search = SearchRun(ENDLESS, split)
    search.start()
    assert wait_until(search, lambda snapshot: bool(snapshot.running)).running <= set(ENDLESS)
    search.interrupt()
    assert search.snapshot().state is SearchState.INTERRUPTED
    assert search.snapshot().running == frozenset()
    assert processes_end()


def test_one_search_runs_at_a_time_and_a_cancelled_one_leaves_the_queue(split: Split) -> None:
    first, second, third = SearchRun(ENDLESS, split), SearchRun(TRIALS, split), SearchRun(TRIALS, split)
    first.start()
    wait_until(first, lambda snapshot: snapshot.state is SearchState.SEARCHING)
    second.start()
    third.start()
    assert second.snapshot().searches_ahead == 1
    assert third.snapshot().searches_ahead == 2
    assert third.snapshot().state is SearchState.WAITING
    second.cancel()
    wait_until(third, lambda snapshot: snapshot.searches_ahead == 1)
    first.cancel()
    assert wait_until_over(third).state is SearchState.FINISHED
    assert second.snapshot().outcomes == {}


def test_a_search_can_start_again_before_its_last_start_has_ended(split: Split) -> None:
    search = SearchRun(TRIALS, split)
    for _ in range(3):
        search.start()
        search.cancel()
    search.start()
    assert len(wait_until_over(search).outcomes) == 4


def test_a_search_reuses_outcomes_only_if_they_are_of_the_same_data(split: Split) -> None:
    search = SearchRun(TRIALS[:2], split)
    search.start()
    outcomes = wait_until_over(search).outcomes
    assert SearchRun(TRIALS, split, earlier=search).snapshot().outcomes == outcomes
    other_dev = replace(split, dev=replace(split.dev, rows=split.test.rows))
    assert SearchRun(TRIALS, other_dev, earlier=search).snapshot().outcomes == {}
    copied = replace(split, train=replace(split.train, images=split.train.images.copy()))
    assert SearchRun(TRIALS, copied, earlier=search).snapshot().outcomes == {}


def test_a_trial_whose_processes_keep_dying_is_given_up_and_can_be_tried_again(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DyingProcesses, "deaths", 3)
    search = SearchRun(TRIALS[:2], split, start_workers=DyingProcesses)
    search.start()
    snapshot = wait_until_over(search)
    assert [snapshot.outcomes[each].failure for each in TRIALS[:2]] == ["", GIVEN_UP]
    assert snapshot.remaining == [TRIALS[1]]
    monkeypatch.setattr(DyingProcesses, "deaths", 0)
    search.start()
    assert wait_until_over(search).outcomes == expected(TRIALS[:2], split)


def test_a_trial_that_diverged_is_not_tried_again(split: Split) -> None:
    search = SearchRun([OVERSHOOTING, SETTINGS_HERE], split)
    search.start()
    snapshot = wait_until_over(search)
    assert snapshot.outcomes[OVERSHOOTING].failure == "diverged"
    assert snapshot.remaining == []
    assert snapshot.best is not None
    assert snapshot.best.settings == SETTINGS_HERE


def test_an_error_fails_the_search_and_lets_the_next_one_run(split: Split) -> None:
    def fail(split: Split, count: int) -> Processes:
        raise OSError("no more processes")

    search = SearchRun(TRIALS, split, start_workers=fail)
    search.start()
    assert wait_until_over(search).state is SearchState.FAILED
    other = SearchRun(TRIALS[:1], split)
    other.start()
    assert wait_until_over(other).state is SearchState.FINISHED


def test_a_search_hands_over_in_the_middle_of_a_long_trial_and_goes_on_afterwards(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise one visitor's long search would keep all others waiting until it ends."""
    monkeypatch.setattr(search_run, "_FIRST_LONG_TURN_SECONDS", 0.1)
    first = SearchRun(ENDLESS, split)
    first.start()
    wait_until(first, lambda snapshot: snapshot.state is SearchState.SEARCHING)
    monkeypatch.undo()
    second = SearchRun(TRIALS[:1], split)
    second.start()
    assert wait_until_over(second).state is SearchState.FINISHED
    wait_until(first, lambda snapshot: snapshot.state is SearchState.SEARCHING)
    first.cancel()
    assert processes_end()


def test_a_search_hands_over_when_a_trial_ends_past_its_turn(split: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_run, "_TURN_SECONDS", 0.0)
    first, second = SearchRun([TRIALS[0], *ENDLESS], split), SearchRun(TRIALS[:1], split)
    first.start()
    second.start()
    assert wait_until_over(second).state is SearchState.FINISHED
    assert first.snapshot().outcomes == expected(TRIALS[:1], split)
    first.cancel()
    assert processes_end()


@pytest.mark.parametrize("kind", ["search", "test"])
def test_a_search_stops_after_its_time_and_can_be_started_again(split: Split, kind: str) -> None:
    """Testing the best takes as long as a trial."""
    earlier = SearchRun(ENDLESS, split)
    if kind == "test":
        measured = Evaluation(1.0, 0.0)
        earlier._outcomes = {each: Outcome(each, measured, measured) for each in ENDLESS}
    search = SearchRun(ENDLESS, split, earlier, most_seconds=0.1)
    for _ in range(2):
        search.start() if kind == "search" else search.test_best()
        stopped = wait_until_over(search)
        assert stopped.state is SearchState.STOPPED
        assert (len(stopped.remaining), stopped.tested) == (len(ENDLESS) if kind == "search" else 0, {})
    assert processes_end()
