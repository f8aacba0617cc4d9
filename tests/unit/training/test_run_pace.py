"""How a run keeps time: when it is measured, how fast it goes, and that whoever asks it waits for a step at most."""

import threading
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from data.dataset import Split
from tests.unit.training.runs import (
    CLASSES,
    SETTINGS_HERE,
    SLICE,
    STEPS_PER_EPOCH,
    TICK,
    Clock,
    by_hand,
    measured,
    stepped,
    train,
    train_for,
    weights,
)
from training import history
from training.pace import FULL_SPEED
from training.run import Run
from training.run_snapshot import Snapshot, State


def test_a_normal_run_is_measured_in_finite_numbers_and_learns(split: Split) -> None:
    """The made-up digits are told apart by their pattern: a network that learns at all reads every one."""
    run = Run(replace(SETTINGS_HERE, epochs=40), split, CLASSES)
    run.start()
    snapshot = train(run)
    for each in snapshot.measurements:
        assert np.isfinite([each.train_loss, each.dev_loss]).all()
        assert 0 <= each.train_accuracy <= 1
        assert 0 <= each.dev_accuracy <= 1
        assert each.epoch == each.step / STEPS_PER_EPOCH
    assert abs(snapshot.measurements[0].dev_loss - np.log(CLASSES)) < 1
    assert snapshot.measurements[-1].dev_accuracy == 1
    assert snapshot.measurements[-1].train_loss < 0.2


def test_the_measurements_are_cross_entropy_and_accuracy_of_the_present_network(run: Run, split: Split) -> None:
    run.start()
    last = train(run).measurements[-1]
    network = run.snapshot().network
    for part, loss, accuracy in (
        (split.train, last.train_loss, last.train_accuracy),
        (split.dev, last.dev_loss, last.dev_accuracy),
    ):
        images, labels = part.take()
        probabilities = network.probabilities((images / 255).astype(np.float32))
        assert accuracy == np.mean(probabilities.argmax(axis=1) == labels)
        assert loss == pytest.approx(-np.log(probabilities[np.arange(len(labels)), labels]).mean(), rel=1e-4)


def test_the_first_steps_are_each_measured(run: Run) -> None:
    """Most of the change is there: the curves would begin with a straight line."""
    run.start()
    train(run)
    assert measured(run)[:11] == list(range(11))


@pytest.mark.parametrize("speed", [1.0, 5.0, 10.0, 100.0])
def test_at_a_limited_speed_the_curves_move_at_least_four_times_a_second_or_at_each_step(
    split: Split, clock: Clock, speed: float
) -> None:
    clock.tick = 1e-6
    run = Run(replace(SETTINGS_HERE, batch_size=1, epochs=100), split, CLASSES)
    run.set_speed(speed)
    run.start()
    train_for(run, clock, 12 + 10 / speed)
    assert max(after - before for before, after in pairwise(measured(run))) <= max(1, speed / 4)


@pytest.mark.parametrize(("train_size", "dev_size"), [(240, 40), (240, 10), (30, 200)])
def test_at_full_speed_measuring_takes_a_tenth_of_the_work(split: Split, train_size: int, dev_size: int) -> None:
    """Forward and back is twice forward, where most weights are in the first layer: a digit measured costs a half."""
    parts = Split(
        replace(split.train, rows=split.train.rows[:train_size]),
        replace(split.dev, rows=np.resize(split.dev.rows, dev_size)),
        split.test,
    )
    run = Run(replace(SETTINGS_HERE, batch_size=1, epochs=24_000 // train_size), parts, CLASSES)
    run.start()
    snapshot = train(run)
    regular = [each for each in measured(run) if 50 * (train_size + dev_size) < each < snapshot.position.step]
    gap = min(after - before for before, after in pairwise(regular))
    assert (train_size + dev_size) / 2 <= gap / 10


def test_early_curves_are_measured_closely(split: Split) -> None:
    """A run of few steps would be drawn by a handful of points, and bend where nothing bends."""
    run = Run(replace(SETTINGS_HERE, batch_size=1, epochs=10), split, CLASSES)
    run.start()
    train(run)
    assert all(after - before <= max(1, after / 10) for before, after in pairwise(measured(run)))


def test_a_very_long_run_keeps_a_bounded_history_from_first_to_newest(
    split: Split, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LIMIT", 20)
    run = Run(replace(SETTINGS_HERE, epochs=200), split, CLASSES)
    run.start()
    while run.advance(SLICE) is not None:
        steps = measured(run)
        assert len(steps) <= 20
        assert steps[0] == 0
        assert steps[-1] >= 0.9 * run.snapshot().position.step - 1
        assert steps == sorted(set(steps))
    assert (run.state, measured(run)[-1]) == (State.FINISHED, 200 * STEPS_PER_EPOCH)


def test_hours_of_slow_motion_leave_the_curves_alive_at_full_speed(
    split: Split, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was looked at closely would be paid for by looking never again."""
    monkeypatch.setattr(history, "LIMIT", 20)
    clock.tick = 1e-6
    run = Run(replace(SETTINGS_HERE, batch_size=1, epochs=100), split, CLASSES)
    run.set_speed(1.0)
    run.start()
    train_for(run, clock, 500)
    run.set_speed(FULL_SPEED)
    before = run.snapshot().position.step
    clock.tick = TICK
    train_for(run, clock, 1.5)
    assert run.snapshot().position.step > before + 1000
    assert measured(run)[-1] > before + 400


@pytest.mark.parametrize("speed", [1.0, 10.0, 100.0])
def test_a_limited_speed_is_kept(split: Split, clock: Clock, speed: float) -> None:
    """Ten seconds hold ten times the speed, and the one step that comes at once."""
    clock.tick = 1e-6
    run = Run(replace(SETTINGS_HERE, epochs=1000), split, CLASSES)
    run.set_speed(speed)
    run.start()
    assert abs(train_for(run, clock, 10) - 10 * speed) <= 1


def test_a_step_too_many_is_not_made_up_for_after_the_machine_was_busy_elsewhere(run: Run, clock: Clock) -> None:
    """Slow motion would end in a rush that nobody asked for."""
    clock.tick = 1e-6
    run.change(replace(SETTINGS_HERE, epochs=1000))
    run.set_speed(10.0)
    run.start()
    train_for(run, clock, 1)
    clock.now += 60
    assert train_for(run, clock, 1) <= 12


def test_at_full_speed_it_never_waits(run: Run, clock: Clock) -> None:
    run.set_speed(1.0)
    run.set_speed(FULL_SPEED)
    run.start()
    while (wait := run.advance(SLICE)) is not None:
        assert wait == 0
    assert clock.now - 1_000 < 2 * TICK * 3 * STEPS_PER_EPOCH


def test_another_speed_takes_hold_at_once(run: Run, clock: Clock) -> None:
    clock.tick = 1e-6
    run.set_speed(0.1)
    run.start()
    wait = run.advance(SLICE)
    assert wait is not None
    assert wait > 9
    run.set_speed(20.0)
    assert train_for(run, clock, 1) >= 19


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_speed_that_is_none_is_refused_and_the_one_before_stays(run: Run, clock: Clock, speed: float) -> None:
    clock.tick = 1e-6
    run.change(replace(SETTINGS_HERE, epochs=1000))
    run.set_speed(20.0)
    with pytest.raises(ValueError, match=rf"^steps_per_second must be above 0; got {speed}$"):
        run.set_speed(speed)
    run.start()
    assert abs(train_for(run, clock, 2) - 40) <= 1


def test_examples_a_second_and_the_time_left_are_those_of_the_clock(split: Split, clock: Clock) -> None:
    clock.tick = 1e-6
    run = Run(replace(SETTINGS_HERE, epochs=100), split, CLASSES)
    run.set_speed(10.0)
    run.start()
    for _ in range(3):
        train_for(run, clock, 3)
        snapshot = run.snapshot()
        left = 100 * 240 - snapshot.position.step * 16
        assert snapshot.examples_per_second == pytest.approx(160, rel=0.02)
        assert snapshot.seconds_left == pytest.approx(left / 160, rel=0.02)
        assert snapshot.progress == pytest.approx(1 - left / 24_000)
    run.pause()
    assert (run.snapshot().examples_per_second, run.snapshot().seconds_left) == (0, None)


def test_the_rate_follows_another_speed_within_seconds(split: Split, clock: Clock) -> None:
    """From full speed to slow motion the time left would stay that of full speed for minutes."""
    run = Run(replace(SETTINGS_HERE, epochs=1000), split, CLASSES)
    run.start()
    train_for(run, clock, 3)
    assert run.snapshot().examples_per_second > 5_000
    clock.tick = 1e-6
    run.set_speed(2.0)
    train_for(run, clock, 3)
    assert run.snapshot().examples_per_second == pytest.approx(32, rel=0.1)


@pytest.mark.parametrize(
    ("ask", "left_at"),
    [
        (Run.snapshot, 1),
        (Run.pause, 1),
        (Run.start, 1),
        (lambda run: run.change(replace(SETTINGS_HERE, optimizer="adam")), 1),
        (lambda run: run.set_speed(5.0), 1),
        (Run.reset, 0),
    ],
    ids=["snapshot", "pause", "start", "change", "set_speed", "reset"],
)
def test_whoever_asks_waits_for_the_step_in_hand_and_not_for_the_slice(
    run: Run, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Run], object], left_at: int
) -> None:
    """A page would stand still for as long as the slice lasts, here a minute, or take its look in mid-step."""
    in_step, let_go = threading.Event(), threading.Event()
    steps: list[None] = []
    take = run._trainer.step

    def held_step() -> float:
        steps.append(None)
        in_step.set()
        assert let_go.wait(10)
        return take()

    monkeypatch.setattr(run._trainer, "step", held_step)
    run.start()
    slices: list[float | None] = []
    trainer = threading.Thread(target=lambda: slices.append(run.advance(60)))
    asker = threading.Thread(target=ask, args=(run,))
    trainer.start()
    assert in_step.wait(10)
    asker.start()
    end = time.monotonic() + 10
    while not run._waiting and asker.is_alive() and time.monotonic() < end:
        time.sleep(0.001)
    answered_in_mid_step = not run._waiting
    let_go.set()
    trainer.join(10)
    asker.join(10)
    assert not answered_in_mid_step
    assert (slices, len(steps)) == ([0.0], 1)
    assert run.snapshot().position.step == left_at


def test_a_new_slice_lets_those_go_first_who_wait_already(
    run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock alone goes to whoever is quickest, which is the slice that has just let it go."""
    run.start()
    run._waiting.append(None)
    monkeypatch.setattr(clock, "sleep", lambda _: run._waiting.clear())
    assert run.advance(SLICE) == 0
    assert run.snapshot().position.step > 0


def test_a_snapshot_from_another_thread_has_the_weights_of_its_very_step(split: Split) -> None:
    """Weights would be shown under the number of another step, or read in the middle of one."""
    run = Run(replace(SETTINGS_HERE, epochs=100_000), split, CLASSES)
    run.start()
    done = threading.Event()
    failures: list[BaseException] = []

    def keep_training() -> None:
        try:
            while not done.is_set():
                run.advance(SLICE)
        except BaseException as failure:
            failures.append(failure)
            raise

    trainer = threading.Thread(target=keep_training)
    trainer.start()
    snapshots: list[Snapshot] = []
    try:
        for _ in range(150):
            snapshots.append(run.snapshot())
            time.sleep(0.001)
    finally:
        done.set()
        trainer.join(10)
    assert not failures
    assert snapshots[-1].position.step > 30
    by_step = by_hand(SETTINGS_HERE, split)
    for snapshot in snapshots:
        step = snapshot.position.step
        assert weights(snapshot.network) == stepped(by_step, step - by_step.position.step), step
        assert snapshot.position == by_step.position
        assert snapshot.checkpoint.epoch == step / STEPS_PER_EPOCH
        known = [each.step for each in snapshot.measurements]
        assert known == sorted(set(known))
        assert known[-1] <= step
        assert max(each.step for each in snapshot.checkpoints) <= step


def test_a_run_nobody_looks_at_gives_memory_back_and_measures_the_same_afterwards(split: Split) -> None:
    resting, other = Run(SETTINGS_HERE, split, CLASSES), Run(SETTINGS_HERE, split, CLASSES)
    tracemalloc.start()
    try:
        resting.release_memory()
        resting.reset()  # measures, and so fills its memory while that is counted
        held = tracemalloc.get_traced_memory()[0]
        resting.release_memory()
        given_back = held - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert given_back >= 80 * 784 * 4  # 40 digits of train and 40 of dev, as float32
    for run in (resting, other):
        run.start()
    assert len(train(other).measurements) > 2
    assert train(resting).measurements == train(other).measurements
