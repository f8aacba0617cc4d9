"""A run as a person drives it: whatever is pressed when, it is the training that its settings and its seed say."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.dataset import Split
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.trainer import Diverged, Position, Trainer
from tests.unit.training.runs import (
    CLASSES,
    OVERSHOOTING,
    SETTINGS_HERE,
    SLICE,
    STEPS_PER_EPOCH,
    TICK,
    Clock,
    by_hand,
    measured,
    stepped,
    train,
    weights,
)
from training.history import Change
from training.pace import FULL_SPEED
from training.run import Run
from training.run_snapshot import State
from training.settings import DISTORTION, FIXED, FULL_BATCH, Settings


def test_a_new_run_is_ready_and_measured_and_does_not_train_before_it_is_told_to(run: Run, split: Split) -> None:
    assert run.advance(SLICE) is None
    snapshot = run.snapshot()
    assert (snapshot.state, snapshot.position, snapshot.message) == (State.READY, Position(0, 0, 0), "")
    assert (snapshot.examples, snapshot.last_epoch) == (240, 3)
    assert (snapshot.examples_per_second, snapshot.seconds_left, snapshot.progress) == (0, None, 0)
    assert measured(run) == [0]
    assert weights(run.snapshot().network) == weights(by_hand(SETTINGS_HERE, split).network)


@pytest.mark.parametrize(
    "told",
    [
        SETTINGS_HERE,
        replace(SETTINGS_HERE, optimizer="adam", l2=1.0, activation="tanh", initializer="glorot", hidden_layers=2),
        replace(SETTINGS_HERE, optimizer="momentum", activation="sigmoid", initializer="uniform", batch_size=128),
        replace(SETTINGS_HERE, optimizer="rmsprop", learning_rate=0.001, hidden_layers=0, seed=9),
    ],
)
def test_left_alone_it_takes_the_very_steps_of_its_settings(told: Settings, split: Split) -> None:
    run = Run(told, split, CLASSES)
    run.start()
    steps = train(run).position.step
    assert steps == 3 * -(-240 // told.batch_size)
    assert weights(run.snapshot().network) == stepped(by_hand(told, split), steps)


def test_another_seed_gives_other_weights(split: Split) -> None:
    networks = [Run(replace(SETTINGS_HERE, seed=seed), split, CLASSES).snapshot().network for seed in (4, 5)]
    assert weights(networks[0]) != weights(networks[1])


ACTIONS: dict[str, Callable[[Run], object]] = {
    "start": Run.start,
    "pause": Run.pause,
    "step": Run.step,
    "epoch": Run.epoch,
    "a look": Run.snapshot,
    "slow": lambda run: run.set_speed(50.0),
    "fast": lambda run: run.set_speed(FULL_SPEED),
    "the same settings": lambda run: run.change(SETTINGS_HERE),
    "a sliver": lambda run: run.advance(2.5 * TICK),
    "a slice": lambda run: run.advance(SLICE),
    "all": train,
}


@given(st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None, database=None, derandomize=True)
def test_the_same_seed_gives_the_same_weights_whatever_is_pressed_when(split: Split, pressed: list[str]) -> None:
    """A pause, a look, a speed or a single step would change what is learned, by a bit or by a batch."""
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr("training.run.time", clock)
        run = Run(SETTINGS_HERE, split, CLASSES)
        for action in pressed:
            ACTIONS[action](run)
            clock.now += 0.05
        snapshot = run.snapshot()
    assert weights(snapshot.network) == stepped(by_hand(SETTINGS_HERE, split), snapshot.position.step)
    assert snapshot.position.epoch == snapshot.position.step // STEPS_PER_EPOCH
    assert [each.step for each in snapshot.measurements] == sorted({each.step for each in snapshot.measurements})
    assert not snapshot.changes


def test_one_step_is_one_step_then_it_pauses(run: Run) -> None:
    for step in (1, 2, 3):
        run.step()
        assert run.state is State.RUNNING
        snapshot = train(run)
        assert (snapshot.state, snapshot.position) == (State.PAUSED, Position(step, 0, 16 * step))
        assert snapshot.measurements[-1].step == step


def test_one_epoch_goes_to_the_end_of_the_present_one_then_it_pauses(run: Run) -> None:
    run.step()
    train(run)
    for epoch in (1, 2):
        run.epoch()
        snapshot = train(run)
        assert (snapshot.state, snapshot.position) == (State.PAUSED, Position(epoch * STEPS_PER_EPOCH, epoch, 0))
        assert snapshot.measurements[-1].epoch == epoch


def test_paused_it_takes_no_step_and_starts_again_where_it_stood(run: Run, clock: Clock) -> None:
    run.start()
    assert run.advance(SLICE) == 0
    run.pause()
    paused = run.snapshot()
    assert run.advance(SLICE) is None
    assert run.snapshot().position == paused.position
    assert paused.state is State.PAUSED
    assert 0 < paused.position.step < 3 * STEPS_PER_EPOCH
    assert paused.measurements[-1].step == paused.position.step
    run.start()
    assert train(run).position.step == 3 * STEPS_PER_EPOCH


def test_a_pause_leaves_a_run_that_does_not_train_as_it_is(run: Run) -> None:
    run.pause()
    assert run.snapshot().state is State.READY
    run.start()
    train(run)
    run.pause()
    assert run.snapshot().state is State.FINISHED


def test_it_finishes_after_its_epochs_and_start_goes_on_for_as_many_again(run: Run, split: Split) -> None:
    trainer = by_hand(SETTINGS_HERE, split)
    for last in (3, 6, 9):
        run.start()
        assert run.snapshot().last_epoch == last
        snapshot = train(run)
        assert (snapshot.state, snapshot.position) == (State.FINISHED, Position(last * STEPS_PER_EPOCH, last, 0))
        assert (snapshot.progress, snapshot.seconds_left) == (1, None)
        assert weights(run.snapshot().network) == stepped(trainer, 3 * STEPS_PER_EPOCH)


@pytest.mark.parametrize(("epochs", "end"), [(2, 30), (5, 75), (1, 21)])
def test_the_number_of_epochs_may_be_changed_while_it_trains(run: Run, epochs: int, end: int) -> None:
    """Fewer than it has done already end it at its next step; and no step is another one for it."""
    for _ in range(20):
        run.step()
        train(run)
    run.start()
    assert run.change(replace(SETTINGS_HERE, epochs=epochs)) == ()
    snapshot = train(run)
    assert (snapshot.state, snapshot.position.step, snapshot.last_epoch) == (State.FINISHED, end, epochs)
    assert not snapshot.changes


def test_more_epochs_let_a_finished_run_go_on_to_just_there(run: Run) -> None:
    run.start()
    train(run)
    run.change(replace(SETTINGS_HERE, epochs=4))
    run.start()
    assert train(run).position.epoch == 4


@pytest.mark.parametrize("batch_size", [FULL_BATCH, 4096])
def test_a_full_batch_takes_one_step_an_epoch(split: Split, batch_size: int) -> None:
    told = replace(SETTINGS_HERE, batch_size=batch_size, epochs=5)
    run = Run(told, split, CLASSES)
    run.start()
    assert train(run).position == Position(5, 5, 0)
    assert weights(run.snapshot().network) == stepped(by_hand(replace(told, batch_size=FULL_BATCH), split), 5)


@pytest.mark.parametrize("when", ["Ready", "Training", "Paused", "Finished", "Diverged"])
def test_reset_goes_back_to_the_very_same_initial_weights_and_the_same_training(
    split: Split, clock: Clock, when: str
) -> None:
    told = OVERSHOOTING if when == "Diverged" else replace(SETTINGS_HERE, optimizer="adam")
    run, fresh = Run(told, split, CLASSES), Run(told, split, CLASSES)
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
        assert weights(each.snapshot().network) == weights(by_hand(told, split).network)
        each.start()
        train(each)
    assert weights(run.snapshot().network) == weights(fresh.snapshot().network)
    assert [each.step for each in run.snapshot().measurements] == [each.step for each in fresh.snapshot().measurements]


def test_reset_keeps_the_settings_turned_and_forgets_that_they_were(run: Run, split: Split) -> None:
    run.step()
    train(run)
    told = replace(SETTINGS_HERE, learning_rate=0.05, epochs=2)
    run.change(told)
    run.start()
    train(run)
    run.start()
    run.reset()
    assert (run.settings, run.snapshot().changes, run.snapshot().last_epoch) == (told, (), 2)
    run.start()
    train(run)
    assert weights(run.snapshot().network) == stepped(by_hand(told, split), 2 * STEPS_PER_EPOCH)


def hand_over(trainer: Trainer, name: str, value: float | str) -> None:
    """Change one thing of a trainer by hand."""
    if name == "optimizer":
        trainer.optimizer = Optimizer(OPTIMIZERS[str(value)])
    elif name == "batch_size":
        trainer.batch_size = int(value) or trainer.examples
    elif name == "distortion":
        trainer.distortion = DISTORTION
    else:
        setattr(trainer, name, value)


@pytest.mark.parametrize("optimizer", ["descent", "adam"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", 0.003),
        ("l2", 10.0),
        ("batch_size", 64),
        ("batch_size", FULL_BATCH),
        ("optimizer", "momentum"),
        ("distortion", "on"),
    ],
)
def test_a_live_setting_takes_hold_at_the_very_next_step_of_a_running_network(
    split: Split, clock: Clock, optimizer: str, name: str, value: float | str
) -> None:
    """It would need a restart, come a step late, or stand at another step than the plots and the history say."""
    told = replace(SETTINGS_HERE, optimizer=optimizer)
    run, trainer = Run(told, split, CLASSES), by_hand(told, split)
    run.start()
    run.advance(SLICE)
    changed: dict[str, Any] = {name: value}
    assert run.change(replace(told, **changed)) == ()
    at = run.snapshot()
    assert at.state is State.RUNNING
    assert 0 < at.position.step < 3 * STEPS_PER_EPOCH
    assert getattr(at.settings, name) == value
    assert at.changes == (Change(at.position.step, name, getattr(told, name), value),)
    assert weights(run.snapshot().network) == stepped(trainer, at.position.step)
    hand_over(trainer, name, value)
    end = train(run)
    assert end.state is State.FINISHED
    assert weights(run.snapshot().network) == stepped(trainer, end.position.step - at.position.step)
    assert end.changes == at.changes


def test_a_setting_turned_before_the_first_step_is_no_change_on_the_way(run: Run, split: Split) -> None:
    told = replace(SETTINGS_HERE, learning_rate=0.05, optimizer="adam", epochs=1)
    run.change(told)
    run.start()
    assert train(run).changes == ()
    assert weights(run.snapshot().network) == stepped(by_hand(told, split), STEPS_PER_EPOCH)


def test_only_what_took_hold_at_a_step_is_a_change(run: Run) -> None:
    """A slider dragged over ten values while the run is paused would leave ten marks on one spot."""
    run.step()
    train(run)
    for alpha in (0.03, 0.05, 0.07):
        run.change(replace(SETTINGS_HERE, learning_rate=alpha, l2=1.0))
    assert run.snapshot().changes == (
        Change(1, "l2", 0.0, 1.0),
        Change(1, "learning_rate", 0.02, 0.07),
    )
    run.change(SETTINGS_HERE)
    assert run.snapshot().changes == ()


def test_what_cannot_change_in_a_run_is_reported_and_not_taken_up(run: Run, split: Split) -> None:
    other = Settings(
        dataset="another",
        dev_size=50,
        test_size=60,
        hidden_layers=2,
        hidden_size=16,
        activation="tanh",
        initializer="glorot",
        seed=5,
        learning_rate=0.05,
        l2=1.0,
        batch_size=32,
        optimizer="adam",
        epochs=2,
    )
    assert set(run.change(other)) == set(FIXED)
    taken_up = replace(SETTINGS_HERE, learning_rate=0.05, l2=1.0, batch_size=32, optimizer="adam", epochs=2)
    assert run.settings == taken_up
    assert run.snapshot().network.sizes == (784, 8, CLASSES)
    run.start()
    steps = train(run).position.step
    assert weights(run.snapshot().network) == stepped(by_hand(taken_up, split), steps)
    assert run.change(replace(taken_up, seed=6)) == ("seed",)


def test_a_divergence_stops_at_that_step_and_keeps_the_last_good_weights(split: Split) -> None:
    trainer = by_hand(OVERSHOOTING, split)
    with pytest.raises(Diverged) as diverged:
        stepped(trainer, 100)
    run = Run(OVERSHOOTING, split, CLASSES)
    run.start()
    snapshot = train(run)
    assert snapshot.state is State.DIVERGED
    assert snapshot.position.step == diverged.value.step - 1
    assert weights(run.snapshot().network) == weights(trainer.network)
    assert all(np.isfinite(parameter).all() for parameter in run.snapshot().network.parameters)
    assert run.advance(SLICE) is None


def test_a_divergence_is_told_in_plain_words_with_alpha_and_what_to_try(split: Split) -> None:
    run = Run(OVERSHOOTING, split, CLASSES)
    run.start()
    snapshot = train(run)
    assert f"at step {snapshot.position.step + 1}" in snapshot.message
    assert "α = 10," in snapshot.message
    assert "Try α = 1," in snapshot.message
    assert "Reset" in snapshot.message
    assert not any(word in snapshot.message.lower() for word in ("nan", "inf", "overflow", "error", "exception"))
    assert not snapshot.reproducible
    run.reset()
    assert run.snapshot().message == ""
    assert run.snapshot().reproducible


def test_what_to_try_after_a_divergence_works(split: Split) -> None:
    """Its advice, a smaller α and Reset, would lead nowhere."""
    run = Run(OVERSHOOTING, split, CLASSES)
    run.start()
    train(run)
    run.change(replace(OVERSHOOTING, learning_rate=0.01, epochs=20))
    run.reset()
    run.start()
    snapshot = train(run)
    assert (snapshot.state, snapshot.message) == (State.FINISHED, "")
    assert snapshot.measurements[-1].train_loss < snapshot.measurements[0].train_loss


def test_training_can_go_on_from_the_last_good_weights_with_a_smaller_alpha(split: Split) -> None:
    run = Run(OVERSHOOTING, split, CLASSES)
    run.start()
    stopped = train(run)
    run.change(replace(OVERSHOOTING, learning_rate=0.01))
    largest = max(float(np.abs(W).max()) for W in run.snapshot().network.weights)
    run.start()
    assert run.snapshot().message == ""
    snapshot = train(run)
    assert snapshot.state is State.FINISHED
    assert snapshot.position.step > stopped.position.step
    assert max(float(np.abs(W).max()) for W in run.snapshot().network.weights) < largest


def test_an_optimizer_that_is_turned_back_before_a_step_has_forgotten_nothing(split: Split) -> None:
    told = replace(SETTINGS_HERE, optimizer="adam")
    run, trainer = Run(told, split, CLASSES), by_hand(told, split)
    for _ in range(3):
        run.step()
        train(run)
        run.change(SETTINGS_HERE)
        run.change(told)
    assert weights(run.snapshot().network) == stepped(trainer, 3)
    assert run.snapshot().changes == ()


def test_a_snapshot_stays_as_it_was_while_the_run_goes_on(run: Run) -> None:
    before = run.snapshot()
    kept = weights(before.network)
    run.start()
    after = train(run)
    assert weights(before.network) == kept != weights(after.network)
    assert len(before.measurements) == len(before.checkpoints) == 1


def test_a_step_that_fails_unforeseen_pauses_the_run_and_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would say that it trains for ever, and take no step."""
    with monkeypatch.context() as patch:
        patch.setattr(run._trainer, "step", lambda: 1 / 0)
        run.start()
        with pytest.raises(ZeroDivisionError):
            run.advance(SLICE)
    snapshot = run.snapshot()
    assert snapshot.state is State.PAUSED
    assert "Train" in snapshot.message
    assert not snapshot.reproducible
    run.start()
    assert run.snapshot().message == ""
    assert train(run).state is State.FINISHED


def test_a_run_without_digits_to_learn_from_is_refused(split: Split) -> None:
    nothing = replace(split.train, rows=np.empty(0, np.int64))
    with pytest.raises(ValueError, match="at least one"):
        Run(SETTINGS_HERE, replace(split, train=nothing), CLASSES)


def test_a_step_past_the_last_epoch_belongs_to_a_further_one(run: Run) -> None:
    run.start()
    train(run)
    run.step()
    train(run)
    assert run.snapshot().last_epoch == SETTINGS_HERE.epochs + 1
