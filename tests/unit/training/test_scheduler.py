"""The scheduler gives fair turns and no extra ones, and leaves no thread when there is nothing to train."""

import logging
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

import pytest

from data.dataset import Split
from tests.unit.training.runs import by_hand, stepped, weights
from training.run import Run
from training.run_snapshot import State
from training.scheduler import PAUSE_SECONDS, SLICE_SECONDS, Schedulable, Scheduler
from training.settings import Settings

pytestmark = pytest.mark.slow

PATIENCE = 10.0
"""Seconds to wait for something that should happen at once."""


def wait_until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.001)


def training_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "training"]


class FakeRun:
    """Returns or raises the next of `results` at each turn, then repeats the last one."""

    def __init__(self, *results: float | Exception | None, turns: list["FakeRun"] | None = None) -> None:
        self.results = list(results)
        self.turns: list[FakeRun] = [] if turns is None else turns
        self.calls = 0

    def advance(self, seconds: float) -> float | None:
        assert seconds == SLICE_SECONDS
        self.calls += 1
        self.turns.append(self)
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, Exception):
            raise result
        return result


class HeldRun(FakeRun):
    """Stays in its first turn until released."""

    def __init__(self, *results: float | Exception | None) -> None:
        super().__init__(*results)
        self.begun, self.released = threading.Event(), threading.Event()

    def advance(self, seconds: float) -> float | None:
        if not self.calls:
            self.begun.set()
            assert self.released.wait(PATIENCE)
        return super().advance(seconds)


class RecordingScheduler(Scheduler):
    """A scheduler whose runs are all removed at the end of a test."""

    def __init__(self, threads: int | None = None) -> None:
        super().__init__(threads)
        self.added: list[Schedulable] = []

    def add(self, run: Schedulable) -> None:
        self.added.append(run)
        super().add(run)


@pytest.fixture(params=[1, 2, 4])
def threads(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture
def scheduler(threads: int) -> Iterator[RecordingScheduler]:
    assert not training_threads()
    scheduler = RecordingScheduler(threads)
    yield scheduler
    for run in scheduler.added:
        if isinstance(run, HeldRun):
            run.released.set()
        scheduler.remove(run)
    wait_until(lambda: not training_threads())


def test_there_are_as_many_threads_as_runs_up_to_the_limit(scheduler: RecordingScheduler, threads: int) -> None:
    """Otherwise an idle app would hold threads, or twenty runs would compete for two cores."""
    assert training_threads() == []
    for count in range(1, 7):
        scheduler.add(FakeRun(0.0))
        assert len(training_threads()) == min(count, threads)


def test_a_run_added_again_takes_no_second_thread_and_is_due_at_once(scheduler: RecordingScheduler) -> None:
    run = FakeRun(3600.0)
    for calls in range(1, 6):
        scheduler.add(run)
        wait_until(lambda: run.calls >= calls)  # noqa: B023 - called within this iteration
        assert len(training_threads()) == 1


@pytest.mark.parametrize("last", [None, ValueError("failed")])
def test_threads_end_when_the_last_run_stops_or_fails(scheduler: RecordingScheduler, last: Exception | None) -> None:
    runs = [FakeRun(*[0.0] * 5, last) for _ in range(6)]
    for run in runs:
        scheduler.add(run)
    wait_until(lambda: not training_threads())
    assert [run.calls for run in runs] == [6] * 6


@pytest.mark.parametrize("want", [0.0, 3600.0])
def test_threads_end_at_once_when_the_last_run_is_removed(scheduler: RecordingScheduler, want: float) -> None:
    """Otherwise the run of a closed tab would hold a thread for as long as it was waiting."""
    runs = [FakeRun(want) for _ in range(4)]
    for run in runs:
        scheduler.add(run)
    wait_until(lambda: all(run.calls for run in runs))
    for run in runs:
        scheduler.remove(run)
    wait_until(lambda: not training_threads())


def test_threads_start_again_after_they_have_ended(scheduler: RecordingScheduler) -> None:
    run = FakeRun(None)
    for calls in (1, 2, 3):
        scheduler.add(run)
        wait_until(lambda: not training_threads())
        assert run.calls == calls


@pytest.mark.parametrize(("cores", "most"), [(1, 1), (2, 2), (4, 4), (8, 4), (None, 1)])
def test_runs_are_trained_on_all_cores_of_a_small_machine(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, most: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    scheduler, runs = Scheduler(), [HeldRun(None) for _ in range(6)]
    for run in runs:
        scheduler.add(run)
    assert len(training_threads()) == most
    for run in runs:
        run.released.set()
    wait_until(lambda: not training_threads())


@pytest.mark.parametrize("threads", [1], indirect=True)
@pytest.mark.parametrize("count", [2, 8])
def test_runs_take_turns(scheduler: RecordingScheduler, count: int) -> None:
    turns: list[FakeRun] = []
    first, runs = HeldRun(None), [FakeRun(*[0.0] * 30, None, turns=turns) for _ in range(count)]
    for run in (first, *runs):
        scheduler.add(run)
    first.released.set()
    wait_until(lambda: not training_threads())
    assert turns == runs * 31


@pytest.mark.parametrize("threads", [1], indirect=True)
@pytest.mark.parametrize("seconds", [0.03, 0.05, 0.07])
def test_a_run_with_long_pieces_of_work_has_no_larger_share(scheduler: RecordingScheduler, seconds: float) -> None:
    """Otherwise a large batch of one visitor would slow down all others."""
    shares: dict[float, float] = defaultdict(float)

    class Working(FakeRun):
        def __init__(self, seconds: float) -> None:
            super().__init__(0.0)
            self.seconds = seconds

        def advance(self, seconds: float) -> float | None:
            began = time.monotonic()
            time.sleep(self.seconds)
            shares[self.seconds] += time.monotonic() - began
            return super().advance(seconds)

    long, short = Working(seconds), Working(SLICE_SECONDS)
    scheduler.add(long)
    wait_until(lambda: long.calls >= 5)
    shares.clear()
    scheduler.add(short)
    wait_until(lambda: sum(shares.values()) > 1.5)
    scheduler.remove(long)
    scheduler.remove(short)
    assert 1 / 1.3 < shares[seconds] / shares[SLICE_SECONDS] < 1.3


def test_a_run_is_never_in_two_threads_at_once(scheduler: RecordingScheduler) -> None:
    """Otherwise two threads could step one network at once and corrupt its weights."""
    inside: Counter[FakeRun] = Counter()
    most: Counter[FakeRun] = Counter()

    class Counting(FakeRun):
        def advance(self, seconds: float) -> float | None:
            inside[self] += 1
            most[self] = max(most[self], inside[self])
            time.sleep(0.0005)
            inside[self] -= 1
            return super().advance(seconds)

    runs = [Counting(*[0.0] * 20, None) for _ in range(3)]
    for _ in range(10):
        for run in runs:
            scheduler.add(run)
        time.sleep(0.001)
    wait_until(lambda: not training_threads())
    assert set(most.values()) == {1}


def test_a_removed_run_has_no_further_turn(scheduler: RecordingScheduler) -> None:
    """`remove` may return while the run is still in its last time slice."""
    run, other = HeldRun(0.0), FakeRun(0.0)
    scheduler.add(run)
    assert run.begun.wait(PATIENCE)
    scheduler.remove(run)
    scheduler.add(other)
    run.released.set()
    wait_until(lambda: other.calls > 20)
    assert run.calls == 1


def test_removing_a_run_that_is_not_trained_does_nothing(scheduler: RecordingScheduler) -> None:
    other = FakeRun(0.0)
    scheduler.add(other)
    scheduler.remove(FakeRun(0.0))
    before = other.calls
    wait_until(lambda: other.calls > before)


@pytest.mark.parametrize("ending", [None, 3600.0, ValueError("the old start failed")])
@pytest.mark.parametrize("removed_before", [False, True])
def test_a_run_added_again_during_its_last_slice_continues(
    scheduler: RecordingScheduler, ending: float | Exception | None, removed_before: bool
) -> None:
    """Otherwise pressing Train just as a pause takes effect would show Training but take no step."""
    run = HeldRun(ending, 0.0)
    scheduler.add(run)
    assert run.begun.wait(PATIENCE)
    if removed_before:
        scheduler.remove(run)
    scheduler.add(run)
    run.released.set()
    wait_until(lambda: run.calls > 5)


def test_a_run_that_waits_is_not_called_early(scheduler: RecordingScheduler) -> None:
    class Timed(FakeRun):
        def __init__(self) -> None:
            super().__init__(0.0)
            self.begun: list[float] = []
            self.ended: list[float] = []

        def advance(self, seconds: float) -> float | None:
            self.begun.append(time.monotonic())
            super().advance(seconds)
            self.ended.append(time.monotonic())
            return 0.05 if self.calls < 4 else None

    slow, busy = [Timed() for _ in range(2)], FakeRun(0.0)
    for run in (*slow, busy):
        scheduler.add(run)
    wait_until(lambda: all(run.calls == 4 for run in slow))
    for each in slow:
        assert all(begun - ended >= 0.05 for ended, begun in zip(each.ended, each.begun[1:], strict=False))
    assert busy.calls > 20


def test_runs_that_only_wait_cost_nothing(scheduler: RecordingScheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that polls the clock would take a core away from the pages."""
    readings: list[None] = []

    class CountingClock:
        @staticmethod
        def monotonic() -> float:
            readings.append(None)
            return time.monotonic()

    monkeypatch.setattr("training.scheduler.time", CountingClock)
    runs = [FakeRun(0.0, 0.3, None) for _ in range(4)]
    for run in runs:
        scheduler.add(run)
    wait_until(lambda: not training_threads())
    assert [run.calls for run in runs] == [3] * 4
    assert len(readings) < 150


def test_training_pauses_briefly_and_then_resumes_by_itself(scheduler: RecordingScheduler) -> None:
    run = FakeRun(0.0)
    scheduler.add(run)
    wait_until(lambda: run.calls > 10)
    asked = time.monotonic()
    scheduler.pause_briefly()
    time.sleep(PAUSE_SECONDS / 5)  # the current turn ends
    before = run.calls
    wait_until(lambda: run.calls > before)
    assert time.monotonic() >= asked + PAUSE_SECONDS


def test_training_gets_half_the_time_however_often_it_is_paused(scheduler: RecordingScheduler) -> None:
    run = FakeRun(0.0)
    scheduler.add(run)
    training_time, end = 0.0, time.monotonic() + 8 * PAUSE_SECONDS
    while (now := time.monotonic()) < end:
        before = run.calls
        scheduler.pause_briefly()
        time.sleep(PAUSE_SECONDS / 50)
        if run.calls > before:
            training_time += time.monotonic() - now
    assert training_time > 3 * PAUSE_SECONDS


def test_a_run_that_fails_is_dropped_and_logged_and_the_others_continue(
    scheduler: RecordingScheduler, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise the failure of one run would silently stop all training."""
    failing, others = FakeRun(0.0, ZeroDivisionError("its very own"), 0.0), [FakeRun(0.0) for _ in range(3)]
    for run in (failing, *others):
        scheduler.add(run)
    wait_until(lambda: failing.calls == 2)
    before = [other.calls for other in others]
    wait_until(lambda: all(other.calls > calls + 20 for other, calls in zip(others, before, strict=True)))
    assert failing.calls == 2
    wait_until(lambda: bool(caplog.records))
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "its very own"
    scheduler.add(failing)
    wait_until(lambda: failing.calls > 5)


@pytest.mark.parametrize("threads", [2], indirect=True)
def test_each_run_ends_with_the_weights_that_it_would_have_alone(scheduler: RecordingScheduler, split: Split) -> None:
    """Threads share only the cores; paused and finished runs leave the scheduler."""
    settings_of_runs = [
        Settings(hidden_size=8, batch_size=16, learning_rate=0.02, epochs=20, seed=seed) for seed in range(4)
    ]
    runs = [Run(each, split, classes=4) for each in settings_of_runs]
    for run in runs:
        run.start()
        scheduler.add(run)
    runs[0].pause()
    wait_until(lambda: not training_threads())
    assert [run.state for run in runs] == [State.PAUSED, *[State.FINISHED] * 3]
    for settings, run in zip(settings_of_runs, runs, strict=True):
        snapshot = run.snapshot()
        assert weights(snapshot.network) == stepped(by_hand(settings, split), snapshot.position.step)
