"""Controlling a run: settings and seed alone determine its training, whatever buttons are pressed and when."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from data.dataset import Split
from nn.optimizers import Floats
from nn.trainer import Position
from tests.unit.training.runs import (
    CLASSES,
    OVERSHOOTING,
    SETTINGS_HERE,
    SLICE,
    STEPS_PER_EPOCH,
    TICK,
    Clock,
    by_hand,
    finish,
    measured,
    stepped,
    take_step,
    train,
    weights,
)
from training.pace import FULL_SPEED, constant, ease_in
from training.run import Run
from training.run_snapshot import State
from training.settings import FULL_BATCH, Settings


def test_a_new_run_is_ready_and_measured_and_waits_for_start(run: Run, split: Split) -> None:
    assert run.advance(SLICE) is None
    snapshot = run.snapshot()
    assert (snapshot.state, snapshot.position, snapshot.message) == (State.READY, Position(0, 0, 0), "")
    assert (snapshot.examples, snapshot.last_epoch) == (240, 3)
    assert (snapshot.examples_per_second, snapshot.seconds_left, snapshot.progress) == (0, None, 0)
    assert measured(run) == [0]
    assert weights(run) == weights(by_hand(SETTINGS_HERE, split).network)


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS_HERE,
        replace(SETTINGS_HERE, optimizer="adam", l2=1.0, activation="tanh", initializer="glorot", hidden_layers=2),
        replace(SETTINGS_HERE, optimizer="momentum", activation="sigmoid", initializer="uniform", batch_size=128),
        replace(SETTINGS_HERE, optimizer="rmsprop", learning_rate=0.001, hidden_layers=0, seed=9),
    ],
)
def test_an_undisturbed_run_takes_the_steps_of_its_settings(settings: Settings, split: Split) -> None:
    run = Run(settings, split, CLASSES)
    steps = finish(run).position.step
    assert steps == 3 * -(-240 // settings.batch_size)
    assert weights(run) == stepped(by_hand(settings, split), steps)


def test_another_seed_gives_other_weights(split: Split) -> None:
    networks = [Run(replace(SETTINGS_HERE, seed=seed), split, CLASSES).snapshot().network for seed in (4, 5)]
    assert weights(networks[0]) != weights(networks[1])


ACTIONS: dict[str, Callable[[Run], object]] = {
    "start": Run.start,
    "pause": Run.pause,
    "step": Run.step,
    "epoch": Run.epoch,
    "snapshot": Run.snapshot,
    "slow": lambda run: run.set_speed(constant(50.0)),
    "fast": lambda run: run.set_speed(constant(FULL_SPEED)),
    "easing in": lambda run: run.set_speed(ease_in),
    "the same settings": lambda run: run.change(SETTINGS_HERE),
    "a sliver": lambda run: run.advance(2.5 * TICK),
    "a slice": lambda run: run.advance(SLICE),
    "all": train,
}


@given(st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=20), st.sampled_from([5, 512]))
@hypothesis_settings(max_examples=100, deadline=None, database=None, derandomize=True)
def test_the_same_seed_gives_the_same_weights_however_the_run_is_controlled(
    split: Split, actions: list[str], piece: int
) -> None:
    """Pausing, taking a snapshot, limiting the speed or stepping must not change what is learned."""
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr("training.run.time", clock)
        for user in ("nn.trainer", "training.curve_measurement"):
            patch.setattr(f"{user}.examples_per_piece", lambda _: piece)
        run = Run(SETTINGS_HERE, split, CLASSES)
        for action in actions:
            ACTIONS[action](run)
            clock.now += 0.05
        snapshot = run.snapshot()
        assert weights(snapshot.network) == stepped(by_hand(SETTINGS_HERE, split), snapshot.position.step)
    assert snapshot.position.epoch == snapshot.position.step // STEPS_PER_EPOCH
    assert [each.step for each in snapshot.measurements] == sorted({each.step for each in snapshot.measurements})
    assert not snapshot.changes


def test_step_takes_one_step_and_pauses(run: Run) -> None:
    for step in (1, 2, 3):
        run.step()
        assert run.state is State.RUNNING
        snapshot = train(run)
        assert (snapshot.state, snapshot.position) == (State.PAUSED, Position(step, 0, 16 * step))
        assert snapshot.measurements[-1].step == step


def test_epoch_trains_to_the_end_of_the_current_epoch_and_pauses(run: Run) -> None:
    take_step(run)
    for epoch in (1, 2):
        run.epoch()
        snapshot = train(run)
        assert (snapshot.state, snapshot.position) == (State.PAUSED, Position(epoch * STEPS_PER_EPOCH, epoch, 0))
        assert snapshot.measurements[-1].epoch == epoch


def test_a_paused_run_takes_no_step_and_continues_where_it_stopped(run: Run, clock: Clock) -> None:
    run.start()
    assert run.advance(SLICE) == 0
    run.pause()
    paused = run.snapshot()
    assert run.advance(SLICE) is None
    assert run.snapshot().position == paused.position
    assert paused.state is State.PAUSED
    assert 0 < paused.position.step < 3 * STEPS_PER_EPOCH
    assert paused.measurements[-1].step == paused.position.step
    assert finish(run).position.step == 3 * STEPS_PER_EPOCH


def test_pause_does_nothing_to_a_run_that_is_not_training(run: Run) -> None:
    run.pause()
    assert run.snapshot().state is State.READY
    finish(run)
    run.pause()
    assert run.snapshot().state is State.FINISHED


def test_a_finished_run_can_be_started_for_as_many_epochs_again(run: Run, split: Split) -> None:
    trainer = by_hand(SETTINGS_HERE, split)
    for last in (3, 6, 9):
        run.start()
        assert run.snapshot().last_epoch == last
        snapshot = train(run)
        assert (snapshot.state, snapshot.position) == (State.FINISHED, Position(last * STEPS_PER_EPOCH, last, 0))
        assert (snapshot.progress, snapshot.seconds_left) == (1, None)
        assert weights(run) == stepped(trainer, 3 * STEPS_PER_EPOCH)


@pytest.mark.parametrize(("epochs", "end"), [(2, 30), (5, 75), (1, 21)])
def test_the_number_of_epochs_can_be_changed_during_training(run: Run, epochs: int, end: int) -> None:
    """Fewer epochs than already done end the run at its next step. The steps themselves do not change."""
    for _ in range(20):
        take_step(run)
    run.start()
    assert run.change(replace(SETTINGS_HERE, epochs=epochs)) == ()
    snapshot = train(run)
    assert (snapshot.state, snapshot.position.step, snapshot.last_epoch) == (State.FINISHED, end, epochs)
    assert not snapshot.changes


def test_a_finished_run_with_more_epochs_continues_to_the_new_last_epoch(run: Run) -> None:
    finish(run)
    run.change(replace(SETTINGS_HERE, epochs=4))
    assert finish(run).position.epoch == 4


@pytest.mark.parametrize("batch_size", [FULL_BATCH, 4096])
def test_a_full_batch_takes_one_step_an_epoch(split: Split, batch_size: int) -> None:
    settings = replace(SETTINGS_HERE, batch_size=batch_size, epochs=5)
    run = Run(settings, split, CLASSES)
    assert finish(run).position == Position(5, 5, 0)
    assert weights(run) == stepped(by_hand(replace(settings, batch_size=FULL_BATCH), split), 5)


@pytest.mark.parametrize("when", ["Ready", "Training", "Paused", "Finished", "Diverged"])
def test_reset_restores_the_initial_weights_and_repeats_the_training(split: Split, clock: Clock, when: str) -> None:
    settings = OVERSHOOTING if when == "Diverged" else replace(SETTINGS_HERE, optimizer="adam")
    run, fresh = Run(settings, split, CLASSES), Run(settings, split, CLASSES)
    if when != "Ready":
        run.start()
        run.advance(SLICE)
    if when == "Paused":
        run.pause()
    elif when != "Training":
        train(run)
    assert run.state is State(when)
    run.reset()
    assert run.advance(SLICE) is None
    reset, begun = run.snapshot(), fresh.snapshot()
    for name in ("state", "settings", "position", "last_epoch", "measurements", "changes", "message", "reproducible"):
        assert getattr(reset, name) == getattr(begun, name)
    for each in (run, fresh):
        assert weights(each) == weights(by_hand(settings, split).network)
        finish(each)
    assert weights(run) == weights(fresh)
    assert [each.step for each in run.snapshot().measurements] == [each.step for each in fresh.snapshot().measurements]


def test_reset_keeps_changed_settings_and_clears_the_list_of_changes(run: Run, split: Split) -> None:
    take_step(run)
    settings = replace(SETTINGS_HERE, learning_rate=0.05, epochs=2)
    run.change(settings)
    finish(run)
    run.start()
    run.reset()
    assert (run.settings, run.snapshot().changes, run.snapshot().last_epoch) == (settings, (), 2)
    finish(run)
    assert weights(run) == stepped(by_hand(settings, split), 2 * STEPS_PER_EPOCH)


def test_a_snapshot_does_not_change_while_the_run_continues(run: Run) -> None:
    before = run.snapshot()
    kept = weights(before.network)
    after = finish(run)
    assert weights(before.network) == kept != weights(after.network)
    assert len(before.measurements) == len(before.checkpoints) == 1


@pytest.mark.parametrize(("error", "reason"), [(MemoryError, "ran out of memory"), (ZeroDivisionError, "step failed")])
def test_a_step_that_fails_halfway_pauses_the_run_with_its_last_good_weights(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: type[Exception], reason: str
) -> None:
    run.step()
    train(run)
    good = run.snapshot()

    def half_a_step(theta: Floats, *_: object) -> None:
        theta[: len(theta) // 2] = np.nan
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(run._trainer.optimizer, "update", half_a_step)
        run.start()
        with pytest.raises(error):
            run.advance(SLICE)
    snapshot = run.snapshot()
    assert snapshot.state is State.PAUSED
    assert reason in snapshot.message
    assert "Train" in snapshot.message
    assert not snapshot.reproducible
    assert snapshot.position == good.position
    assert weights(snapshot.network) == weights(good.network)
    run.start()
    assert run.snapshot().message == ""
    assert train(run).state is State.FINISHED


def test_a_run_without_training_examples_is_rejected(split: Split) -> None:
    nothing = replace(split.train, rows=np.empty(0, np.int64))
    with pytest.raises(ValueError, match="at least one"):
        Run(SETTINGS_HERE, replace(split, train=nothing), CLASSES)


def test_a_step_after_the_last_epoch_extends_the_run_by_one_epoch(run: Run) -> None:
    finish(run)
    take_step(run)
    assert run.snapshot().last_epoch == SETTINGS_HERE.epochs + 1
