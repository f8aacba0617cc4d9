"""Changing the settings of a run while it trains: from which step they apply, and what is recorded."""

from dataclasses import replace
from typing import Any

import pytest

from data.dataset import Split
from nn.augmentation import DISTORTIONS
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.schedules import SCHEDULES
from nn.trainer import Trainer
from tests.unit.training.runs import (
    CLASSES,
    SETTINGS_HERE,
    SLICE,
    STEPS_PER_EPOCH,
    Clock,
    by_hand,
    finish,
    stepped,
    take_step,
    train,
    weights,
)
from training.history import Change
from training.run import Run
from training.run_snapshot import State
from training.settings import FIXED, FULL_BATCH, Settings


def change_by_hand(trainer: Trainer, name: str, value: float | str) -> None:
    """Change one setting of a trainer."""
    if name == "optimizer":
        trainer.optimizer = Optimizer(OPTIMIZERS[str(value)])
    elif name == "batch_size":
        trainer.batch_size = int(value)
    elif name == "distortion":
        trainer.distortion = DISTORTIONS["on"].distortion
    elif name == "schedule":
        trainer.schedule = SCHEDULES[str(value)]
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
        ("schedule", "cosine"),
        ("warm_up", 500),
        ("dropout", 0.5),
        ("label_smoothing", 0.1),
        ("clip_norm", 0.1),
    ],
)
def test_a_live_setting_applies_from_the_very_next_step(
    split: Split, clock: Clock, optimizer: str, name: str, value: float | str
) -> None:
    """A change must not need a restart, apply a step late, or be recorded at the wrong step."""
    settings = replace(SETTINGS_HERE, optimizer=optimizer)
    run, trainer = Run(settings, split, CLASSES), by_hand(settings, split)
    run.start()
    run.advance(SLICE)
    changed: dict[str, Any] = {name: value}
    assert run.change(replace(settings, **changed)) == ()
    at = run.snapshot()
    assert at.state is State.RUNNING
    assert 0 < at.position.step < 3 * STEPS_PER_EPOCH
    assert getattr(at.settings, name) == value
    assert at.changes == (Change(at.position.step, name, getattr(settings, name), value),)
    assert weights(run) == stepped(trainer, at.position.step)
    change_by_hand(trainer, name, value)
    end = train(run)
    assert end.state is State.FINISHED
    assert weights(run) == stepped(trainer, end.position.step - at.position.step)
    assert end.changes == at.changes


def test_a_setting_changed_before_the_first_step_is_not_recorded(run: Run, split: Split) -> None:
    settings = replace(SETTINGS_HERE, learning_rate=0.05, optimizer="adam", epochs=1)
    run.change(settings)
    assert finish(run).changes == ()
    assert weights(run) == stepped(by_hand(settings, split), STEPS_PER_EPOCH)


def test_several_changes_between_two_steps_are_recorded_as_one(run: Run) -> None:
    """Otherwise dragging a slider over ten values while paused would leave ten marks at one step."""
    take_step(run)
    for alpha in (0.03, 0.05, 0.07):
        run.change(replace(SETTINGS_HERE, learning_rate=alpha, l2=1.0))
    assert run.snapshot().changes == (
        Change(1, "l2", 0.0, 1.0),
        Change(1, "learning_rate", 0.02, 0.07),
    )
    run.change(SETTINGS_HERE)
    assert run.snapshot().changes == ()


def test_the_number_of_epochs_is_recorded_once_alpha_has_followed_a_schedule(run: Run) -> None:
    """Only then does it affect a step; a script without it would reach different weights."""
    take_step(run)
    run.change(replace(SETTINGS_HERE, epochs=5))
    assert run.snapshot().changes == ()
    run.change(replace(SETTINGS_HERE, epochs=5, schedule="cosine"))
    take_step(run)
    run.change(replace(SETTINGS_HERE, epochs=5))
    take_step(run)
    run.change(replace(SETTINGS_HERE, epochs=6))
    assert run.snapshot().changes == (
        Change(1, "schedule", "constant", "cosine"),
        Change(2, "schedule", "cosine", "constant"),
        Change(3, "epochs", 5, 6),
    )


def test_fixed_settings_are_reported_and_not_applied(run: Run, split: Split) -> None:
    other = Settings(
        dataset="another",
        dev_size=50,
        test_size=60,
        hidden_layers=3,
        hidden_size=16,
        activation="tanh",
        activation_2="sigmoid",
        activation_3="sigmoid",
        initializer="glorot",
        seed=5,
        wrong_labels=10,
        wrong_from="1",
        wrong_to="2",
        per_class=100,
        imbalance=5,
        left_out="3",
        learning_rate=0.05,
        l2=1.0,
        batch_size=32,
        optimizer="adam",
        epochs=2,
    )
    assert set(run.change(other)) == set(FIXED)
    applied = replace(SETTINGS_HERE, learning_rate=0.05, l2=1.0, batch_size=32, optimizer="adam", epochs=2)
    assert run.settings == applied
    assert run.snapshot().network.sizes == (784, 8, CLASSES)
    steps = finish(run).position.step
    assert weights(run) == stepped(by_hand(applied, split), steps)
    assert run.change(replace(applied, seed=6)) == ("seed",)


def test_switching_the_optimizer_and_back_between_steps_keeps_its_state(split: Split) -> None:
    settings = replace(SETTINGS_HERE, optimizer="adam")
    run, trainer = Run(settings, split, CLASSES), by_hand(settings, split)
    for _ in range(3):
        take_step(run)
        run.change(SETTINGS_HERE)
        run.change(settings)
    assert weights(run) == stepped(trainer, 3)
    assert run.snapshot().changes == ()


def test_the_penalty_of_a_decoupled_decay_is_not_part_of_the_loss(split: Split) -> None:
    run = Run(replace(SETTINGS_HERE, l2=10.0, optimizer="adam", learning_rate=0.001), split, CLASSES)
    run.step()
    run.advance(60.0)
    run.change(replace(run.settings, optimizer="adamw"))
    run.step()
    run.advance(60.0)
    first, *_, last = run.snapshot().measurements
    assert first.penalty > 0
    assert last.penalty == 0
