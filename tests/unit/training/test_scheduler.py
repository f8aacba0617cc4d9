"""The threads that train all runs: fair turns, no turn too many, and nothing left when there is nothing to train."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from data.dataset import Split
from nn.network import Network
from nn.optimizers import OPTIMIZERS
from nn.trainer import Trainer
from training.run import Run
from training.run_snapshot import State
from training.scheduler import SLICE, WAY, Scheduler, Trainable
from training.settings import Settings

PATIENCE = 10.0
"""Seconds after which what should have happened will not; a test that holds never waits for them."""


def wait_until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.001)


def training_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "training"]


class FakeRun:
    """Wants what it is told to: each turn takes the next of `wants`; the last one stands for all that follow."""

    def __init__(self, *wants: float | Exception | None, turns: list["FakeRun"] | None = None) -> None:
        self.wants = list(wants)
        self.turns: list[FakeRun] = [] if turns is None else turns
        self.calls = 0

    def advance(self, seconds: float) -> float | None:
        assert seconds == SLICE
        self.calls += 1
        self.turns.append(self)
        want = self.wants.pop(0) if len(self.wants) > 1 else self.wants[0]
        if isinstance(want, Exception):
            raise want
        return want


class HeldRun(FakeRun):
    """Stays in its first turn until it is let go."""

    def __init__(self, *wants: float | Exception | None) -> None:
        super().__init__(*wants)
        self.begun, self.let_go = threading.Event(), threading.Event()

    def advance(self, seconds: float) -> float | None:
        if not self.calls:
            self.begun.set()
            assert self.let_go.wait(PATIENCE)
        return super().advance(seconds)


class Watched(Scheduler):
    """A scheduler whose runs are all removed at the end of a test, whatever became of it."""

    def __init__(self, threads: int | None = None) -> None:
        super().__init__(threads)
        self.added: list[Trainable] = []

    def add(self, run: Trainable) -> None:
        self.added.append(run)
        super().add(run)


@pytest.fixture(params=[1, 2, 4])
def threads(request: pytest.FixtureRequest) -> int:
    count: int = request.param
    return count


@pytest.fixture
def scheduler(threads: int) -> Iterator[Watched]:
    assert not training_threads()
    scheduler = Watched(threads)
    yield scheduler
    for run in scheduler.added:
        if isinstance(run, HeldRun):
            run.let_go.set()
        scheduler.remove(run)
    wait_until(lambda: not training_threads())


def test_threads_come_with_the_first_run_and_are_never_more_than_runs_or_allowed(
    scheduler: Watched, threads: int
) -> None:
    """A page that only draws would hold threads, or twenty runs would fight over two cores."""
    assert training_threads() == []
    for count in range(1, 7):
        scheduler.add(FakeRun(0.0))
        assert len(training_threads()) == min(count, threads)


def test_a_run_added_many_times_takes_one_thread(scheduler: Watched) -> None:
    run = FakeRun(3600.0)
    for calls in range(1, 6):
        scheduler.add(run)
        wait_until(lambda: run.calls >= calls)  # noqa: B023 - asked within its round
        assert len(training_threads()) == 1


def test_threads_go_when_the_last_run_has_enough(scheduler: Watched) -> None:
    runs = [FakeRun(*[0.0] * 5, None) for _ in range(6)]
    for run in runs:
        scheduler.add(run)
    wait_until(lambda: not training_threads())
    assert [run.calls for run in runs] == [6] * 6


@pytest.mark.parametrize("want", [0.0, 3600.0])
def test_threads_go_at_once_when_the_last_run_is_removed(scheduler: Watched, want: float) -> None:
    """The run of a closed tab would hold a thread, for an hour if it was waiting for its moment."""
    runs = [FakeRun(want) for _ in range(4)]
    for run in runs:
        scheduler.add(run)
    wait_until(lambda: all(run.calls for run in runs))
    for run in runs:
        scheduler.remove(run)
    wait_until(lambda: not training_threads())


def test_threads_come_again_after_they_were_gone(scheduler: Watched) -> None:
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
        run.let_go.set()
    wait_until(lambda: not training_threads())


@pytest.mark.parametrize("threads", [1], indirect=True)
@pytest.mark.parametrize("count", [2, 8])
def test_runs_have_their_turns_one_after_the_other(scheduler: Watched, count: int) -> None:
    turns: list[FakeRun] = []
    first, runs = HeldRun(None), [FakeRun(*[0.0] * 30, None, turns=turns) for _ in range(count)]
    for run in (first, *runs):
        scheduler.add(run)
    first.let_go.set()
    wait_until(lambda: not training_threads())
    assert turns == runs * 31


def test_a_run_is_never_in_two_threads_at_once(scheduler: Watched) -> None:
    """Two threads would step one network at once, and each undo half of what the other did."""
    inside: Counter[FakeRun] = Counter()
    most: Counter[FakeRun] = Counter()

    class Jealous(FakeRun):
        def advance(self, seconds: float) -> float | None:
            inside[self] += 1
            most[self] = max(most[self], inside[self])
            time.sleep(0.0005)
            inside[self] -= 1
            return super().advance(seconds)

    runs = [Jealous(*[0.0] * 20, None) for _ in range(3)]
    for _ in range(10):
        for run in runs:
            scheduler.add(run)
        time.sleep(0.001)
    wait_until(lambda: not training_threads())
    assert set(most.values()) == {1}


def test_a_removed_run_has_no_further_turn(scheduler: Watched) -> None:
    """Removing returns while the slice is in hand, which is the last."""
    run, other = HeldRun(0.0), FakeRun(0.0)
    scheduler.add(run)
    assert run.begun.wait(PATIENCE)
    scheduler.remove(run)
    scheduler.add(other)
    run.let_go.set()
    wait_until(lambda: other.calls > 20)
    assert run.calls == 1


def test_removing_a_run_that_is_not_trained_does_nothing(scheduler: Watched) -> None:
    other = FakeRun(0.0)
    scheduler.add(other)
    scheduler.remove(FakeRun(0.0))
    before = other.calls
    wait_until(lambda: other.calls > before)


@pytest.mark.parametrize("ending", [None, 3600.0, ValueError("the old start failed")])
@pytest.mark.parametrize("removed_before", [False, True])
def test_a_run_set_off_again_while_its_last_slice_is_in_hand_goes_on(
    scheduler: Watched, ending: float | Exception | None, removed_before: bool
) -> None:
    """Train, pressed in the instant in which a pause takes effect, would say Training and take no step."""
    run = HeldRun(ending, 0.0)
    scheduler.add(run)
    assert run.begun.wait(PATIENCE)
    if removed_before:
        scheduler.remove(run)
    scheduler.add(run)
    run.let_go.set()
    wait_until(lambda: run.calls > 5)


def test_a_run_that_waits_for_its_moment_is_not_called_before(scheduler: Watched) -> None:
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


def test_a_run_that_waits_is_called_at_once_when_it_is_set_off_again(scheduler: Watched) -> None:
    run = FakeRun(3600.0)
    scheduler.add(run)
    wait_until(lambda: run.calls == 1)
    scheduler.add(run)
    wait_until(lambda: run.calls == 2)


def test_runs_that_only_wait_cost_nothing(scheduler: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that asks over and over whether the moment has come would take the core from the pages."""
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


def test_training_gives_way_for_a_moment_and_then_goes_on_by_itself(scheduler: Watched) -> None:
    run = FakeRun(0.0)
    scheduler.add(run)
    wait_until(lambda: run.calls > 10)
    asked = time.monotonic()
    scheduler.give_way()
    time.sleep(WAY / 5)  # the turn in hand ends
    before = run.calls
    wait_until(lambda: run.calls > before)
    assert time.monotonic() >= asked + WAY


def test_training_has_half_the_time_however_often_it_is_to_give_way(scheduler: Watched) -> None:
    run = FakeRun(0.0)
    scheduler.add(run)
    turned, end = 0.0, time.monotonic() + 8 * WAY
    while (now := time.monotonic()) < end:
        before = run.calls
        scheduler.give_way()
        time.sleep(WAY / 50)
        if run.calls > before:
            turned += time.monotonic() - now
    assert turned > 3 * WAY


def test_a_run_that_fails_is_dropped_and_logged_and_the_others_go_on(
    scheduler: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    """One person's failure would stop everyone's training, silently."""
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


def test_threads_go_when_all_runs_have_failed(scheduler: Watched) -> None:
    for _ in range(6):
        scheduler.add(FakeRun(ValueError("no")))
    wait_until(lambda: not training_threads())


@pytest.mark.parametrize("threads", [2], indirect=True)
def test_runs_of_several_people_learn_what_each_would_learn_alone(scheduler: Watched, split: Split) -> None:
    """Threads that share the cores must share nothing else; a paused one leaves, a finished one too."""
    told = [Settings(hidden_size=8, batch_size=16, learning_rate=0.02, epochs=20, seed=seed) for seed in range(4)]
    runs = [Run(each, split, classes=4) for each in told]
    for run in runs:
        run.start()
        scheduler.add(run)
    runs[0].pause()
    wait_until(lambda: not training_threads())
    assert [run.state for run in runs] == [State.PAUSED, *[State.FINISHED] * 3]
    for settings, run in zip(told, runs, strict=True):
        trainer = Trainer(
            Network.initialize((784, 8, 4), rng=np.random.default_rng((settings.seed, 1))),
            OPTIMIZERS["descent"].make(),
            split.train.images,
            split.train.labels,
            split.train.rows,
            learning_rate=0.02,
            batch_size=16,
            rng=np.random.default_rng((settings.seed, 2)),
        )
        for _ in range(run.snapshot().position.step):
            trainer.step()
        for learned, expected in zip(run.snapshot().network.parameters, trainer.network.parameters, strict=True):
            assert learned.tobytes() == expected.tobytes()
