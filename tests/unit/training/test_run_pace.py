"""Timing of a run: when it is measured, how fast it trains, and that callers wait for at most one step."""

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
    finish,
    measured,
    stepped,
    train,
    train_for,
    weights,
)
from training import history
from training.pace import FULL_SPEED, constant
from training.run import Run
from training.run_snapshot import Snapshot, State

pytestmark = pytest.mark.slow


def test_a_normal_run_learns_and_its_measurements_are_finite(split: Split) -> None:
    """Each synthetic class has its own pattern, so a network that learns at all classifies every digit."""
    run = Run(replace(SETTINGS_HERE, epochs=40), split, CLASSES)
    snapshot = finish(run)
    for each in snapshot.measurements:
        assert np.isfinite([each.train_loss, each.dev_loss]).all()
        assert 0 <= each.train_accuracy <= 1
        assert 0 <= each.dev_accuracy <= 1
        assert each.epoch == each.step / STEPS_PER_EPOCH
    assert abs(snapshot.measurements[0].dev_loss - np.log(CLASSES)) < 1
    assert snapshot.measurements[-1].dev_accuracy == 1
    assert snapshot.measurements[-1].train_loss < 0.2


def test_measurements_are_the_cross_entropy_and_accuracy_of_the_current_network(run: Run, split: Split) -> None:
    last = finish(run).measurements[-1]
    network = run.snapshot().network
    for part, loss, accuracy in (
        (split.train, last.train_loss, last.train_accuracy),
        (split.dev, last.dev_loss, last.dev_accuracy),
    ):
        images, labels = part.take()
        probabilities = network.probabilities((images / 255).astype(np.float32))
        assert accuracy == np.mean(probabilities.argmax(axis=1) == labels)
        assert loss == pytest.approx(-np.log(probabilities[np.arange(len(labels)), labels]).mean(), rel=1e-4)


def test_each_of_the_first_steps_is_measured(run: Run) -> None:
    """Most of the change happens there; otherwise the curves would start with a straight line."""
    finish(run)
    assert measured(run)[:11] == list(range(11))


@pytest.mark.parametrize("speed", [1.0, 5.0, 10.0, 100.0])
def test_at_a_limited_speed_curves_are_measured_four_times_a_second_or_at_each_step(
    split: Split, clock: Clock, speed: float
) -> None:
    clock.tick = 1e-6
    run = Run(replace(SETTINGS_HERE, batch_size=1, epochs=100), split, CLASSES)
    run.set_speed(constant(speed))
    run.start()
    train_for(run, clock, 12 + 10 / speed)
    assert max(after - before for before, after in pairwise(measured(run))) <= max(1, speed / 4)


@pytest.mark.parametrize(("train_size", "dev_size"), [(240, 40), (240, 10), (30, 200)])
def test_at_full_speed_measuring_takes_a_tenth_of_the_time(split: Split, train_size: int, dev_size: int) -> None:
    """Forward plus backward costs about twice as much as forward, so measuring a digit costs half of training on it."""
    parts = Split(
        replace(split.train, rows=split.train.rows[:train_size]),
        replace(split.dev, rows=np.resize(split.dev.rows, dev_size)),
        split.test,
    )
    run = Run(replace(SETTINGS_HERE, batch_size=1, epochs=24_000 // train_size), parts, CLASSES)
    snapshot = finish(run)
    regular = [each for each in measured(run) if 50 * (train_size + dev_size) < each < snapshot.position.step]
    gap = min(after - before for before, after in pairwise(regular))
    assert (train_size + dev_size) / 2 <= gap / 10


def test_early_curves_are_measured_closely(split: Split) -> None:
    """Otherwise the curves of a short run would have only a handful of points."""
    run = Run(replace(SETTINGS_HERE, batch_size=1, epochs=10), split, CLASSES)
    finish(run)
    assert all(after - before <= max(1, after / 10) for before, after in pairwise(measured(run)))


def test_a_long_run_keeps_a_bounded_history_with_its_first_and_latest_steps(
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


def test_curves_are_still_measured_at_full_speed_after_hours_of_slow_motion(
    split: Split, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frequent measurements early must not delay the later ones."""
    monkeypatch.setattr(history, "LIMIT", 20)
    clock.tick = 1e-6
    run = Run(replace(SETTINGS_HERE, batch_size=1, epochs=100), split, CLASSES)
    run.set_speed(constant(1.0))
    run.start()
    train_for(run, clock, 500)
    run.set_speed(constant(FULL_SPEED))
    before = run.snapshot().position.step
    clock.tick = TICK
    train_for(run, clock, 1.5)
    assert run.snapshot().position.step > before + 1000
    assert measured(run)[-1] > before + 400


@pytest.mark.parametrize("speed", [1.0, 10.0, 100.0])
def test_a_limited_speed_is_kept(split: Split, clock: Clock, speed: float) -> None:
    """Ten seconds allow 10 × speed steps, plus the first, which is due at once."""
    clock.tick = 1e-6
    run = Run(replace(SETTINGS_HERE, epochs=1000), split, CLASSES)
    run.set_speed(constant(speed))
    run.start()
    assert abs(train_for(run, clock, 10) - 10 * speed) <= 1


def test_steps_missed_while_the_machine_was_busy_are_not_made_up_for(run: Run, clock: Clock) -> None:
    """Otherwise slow motion would end in a burst of steps."""
    clock.tick = 1e-6
    run.change(replace(SETTINGS_HERE, epochs=1000))
    run.set_speed(constant(10.0))
    run.start()
    train_for(run, clock, 1)
    clock.now += 60
    assert train_for(run, clock, 1) <= 12


def test_at_full_speed_it_never_waits(run: Run, clock: Clock) -> None:
    run.set_speed(constant(1.0))
    run.set_speed(constant(FULL_SPEED))
    run.start()
    while (wait := run.advance(SLICE)) is not None:
        assert wait == 0
    assert clock.now - 1_000 < 3 * TICK * 3 * STEPS_PER_EPOCH


def test_a_new_speed_applies_at_once(run: Run, clock: Clock) -> None:
    clock.tick = 1e-6
    run.set_speed(constant(0.1))
    run.start()
    wait = run.advance(SLICE)
    assert wait is not None
    assert wait > 9
    run.set_speed(constant(20.0))
    assert train_for(run, clock, 1) >= 19


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_an_invalid_speed_is_rejected_and_the_old_one_kept(run: Run, clock: Clock, speed: float) -> None:
    clock.tick = 1e-6
    run.change(replace(SETTINGS_HERE, epochs=1000))
    run.set_speed(constant(20.0))
    with pytest.raises(ValueError, match=rf"^steps_per_second must be above 0; got {speed}$"):
        run.set_speed(constant(speed))
    run.start()
    assert abs(train_for(run, clock, 2) - 40) <= 1


def test_the_rate_and_the_time_left_agree_with_the_clock(split: Split, clock: Clock) -> None:
    clock.tick = 1e-6
    run = Run(replace(SETTINGS_HERE, epochs=100), split, CLASSES)
    run.set_speed(constant(10.0))
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


def test_the_rate_follows_a_new_speed_within_seconds(split: Split, clock: Clock) -> None:
    """Otherwise, after a change to slow motion, the time left would be based on full speed for minutes."""
    run = Run(replace(SETTINGS_HERE, epochs=1000), split, CLASSES)
    run.start()
    train_for(run, clock, 3)
    assert run.snapshot().examples_per_second > 5_000
    clock.tick = 1e-6
    run.set_speed(constant(2.0))
    train_for(run, clock, 3)
    assert run.snapshot().examples_per_second == pytest.approx(32, rel=0.1)


@pytest.mark.parametrize(
    ("call", "step_after"),
    [
        (Run.snapshot, 1),
        (Run.pause, 1),
        (Run.start, 1),
        (lambda run: run.change(replace(SETTINGS_HERE, optimizer="adam")), 1),
        (lambda run: run.set_speed(constant(5.0)), 1),
        (Run.reset, 0),
    ],
    ids=["snapshot", "pause", "start", "change", "set_speed", "reset"],
)
def test_a_caller_waits_for_the_current_step_and_not_for_the_time_slice(
    run: Run, monkeypatch: pytest.MonkeyPatch, call: Callable[[Run], object], step_after: int
) -> None:
    """Otherwise a page would freeze for the whole slice, here a minute, or see the run mid-step."""
    in_step, released = threading.Event(), threading.Event()
    steps: list[None] = []
    take = run._trainer.advance

    def held_step() -> float | None:
        steps.append(None)
        in_step.set()
        assert released.wait(10)
        return take()

    monkeypatch.setattr(run._trainer, "advance", held_step)
    run.start()
    slices: list[float | None] = []
    trainer = threading.Thread(target=lambda: slices.append(run.advance(60)))
    caller = threading.Thread(target=call, args=(run,))
    trainer.start()
    assert in_step.wait(10)
    caller.start()
    end = time.monotonic() + 10
    while not run._waiting and caller.is_alive() and time.monotonic() < end:
        time.sleep(0.001)
    returned_mid_step = not run._waiting
    released.set()
    trainer.join(10)
    caller.join(10)
    assert not returned_mid_step
    assert (slices, len(steps)) == ([0.0], 1)
    assert run.snapshot().position.step == step_after


def test_a_new_slice_lets_waiting_callers_go_first(run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock alone would be reacquired by the thread that just released it."""
    run.start()
    run._waiting.append(None)
    monkeypatch.setattr(clock, "sleep", lambda _: run._waiting.clear())
    assert run.advance(SLICE) == 0
    assert run.snapshot().position.step > 0


def test_a_snapshot_from_another_thread_has_the_weights_of_its_very_step(split: Split) -> None:
    """Otherwise weights would be shown under the wrong step number, or read mid-step."""
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


def test_measurements_are_the_same_after_memory_was_released(split: Split) -> None:
    released_run, other = Run(SETTINGS_HERE, split, CLASSES), Run(SETTINGS_HERE, split, CLASSES)
    tracemalloc.start()
    try:
        released_run.release_memory()
        released_run.reset()  # measures, which allocates the memory while it is traced
        held = tracemalloc.get_traced_memory()[0]
        released_run.release_memory()
        released_bytes = held - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert released_bytes >= 80 * 784 * 4  # 40 train and 40 dev digits, as float32
    for run in (released_run, other):
        run.start()
    assert len(train(other).measurements) > 2
    assert train(released_run).measurements == train(other).measurements
