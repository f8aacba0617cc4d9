"""A run as a person drives it: whatever is pressed when, it is the training that its settings and its seed say."""

import threading
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.dataset import Split
from nn.network import Network
from nn.optimizers import OPTIMIZERS
from nn.trainer import Diverged, Position, Trainer
from training import history
from training.history import Change
from training.run import FULL_SPEED, Run, Snapshot, State
from training.settings import DISTORTION, FIXED, FULL_BATCH, SETTINGS, Settings

SETTINGS_HERE = Settings(
    dataset="made up",
    hidden_size=8,
    seed=4,
    batch_size=16,
    learning_rate=0.02,
    epochs=3,
    dev_size=40,
    test_size=40,
)
STEPS_PER_EPOCH = 15
CLASSES = 4
SLICE = 0.02
TICK = 0.001

OVERSHOOTING = replace(SETTINGS_HERE, learning_rate=10.0, l2=1000.0)
"""αλ/m is 42 here: each step turns the weights round and makes them 41 times as large."""


class Clock:
    """Stands in for the time module: it moves on by `tick` whenever it is read, and else only when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.tick = TICK

    def monotonic(self) -> float:
        self.now += self.tick
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("training.run.time", clock)
    return clock


@pytest.fixture
def run(split: Split) -> Run:
    return Run(SETTINGS_HERE, split, CLASSES)


def by_hand(told: Settings, split: Split) -> Trainer:
    """What a run of these settings must do, without a run: initial weights, then steps, from the seed alone."""
    network = Network.initialize(
        (784, *told.hidden_sizes, CLASSES),
        rng=np.random.default_rng((told.seed, 1)),
        activation=told.activation,
        initializer=told.initializer,
    )
    return Trainer(
        network,
        OPTIMIZERS[told.optimizer].make(),
        split.train.images,
        split.train.labels,
        split.train.rows,
        learning_rate=told.learning_rate,
        l2=told.l2,
        batch_size=told.batch_size or len(split.train),
        rng=np.random.default_rng((told.seed, 2)),
    )


def stepped(trainer: Trainer, steps: int) -> bytes:
    """The weights after so many more steps by hand."""
    for _ in range(steps):
        trainer.step()
    return weights(trainer.network)


def weights(network: Network) -> bytes:
    return b"".join(parameter.tobytes() for parameter in network.parameters)


def train(run: Run) -> Snapshot:
    """Slice after slice, until the run wants no more."""
    for _ in range(10_000):
        if run.advance(SLICE) is None:
            return run.snapshot()
    raise AssertionError("the run never came to an end")


def train_for(run: Run, clock: Clock, seconds: float) -> int:
    """Do as the scheduler does for so long on the clock; return how many steps were taken."""
    before, end = run.snapshot().position.step, clock.now + seconds
    while clock.now < end:
        wait = run.advance(SLICE)
        assert wait is not None
        clock.now += min(wait, end - clock.now) if clock.now < end else 0
    return run.snapshot().position.step - before


def measured(run: Run) -> list[int]:
    return [each.step for each in run.snapshot().measurements]


def test_a_new_run_is_ready_and_measured_and_does_not_train_before_it_is_told_to(run: Run, split: Split) -> None:
    assert run.advance(SLICE) is None
    snapshot = run.snapshot()
    assert (snapshot.state, snapshot.position, snapshot.message) == (State.READY, Position(0, 0, 0), "")
    assert (snapshot.examples, snapshot.steps_per_epoch, snapshot.last_epoch) == (240, STEPS_PER_EPOCH, 3)
    assert (snapshot.examples_per_second, snapshot.seconds_left, snapshot.progress) == (0, None, 0)
    assert measured(run) == [0]
    assert weights(run.network()) == weights(by_hand(SETTINGS_HERE, split).network)


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
    assert weights(run.network()) == stepped(by_hand(told, split), steps)


def test_another_seed_gives_other_weights(split: Split) -> None:
    networks = [Run(replace(SETTINGS_HERE, seed=seed), split, CLASSES).network() for seed in (4, 5)]
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
        snapshot, network = run.snapshot(), run.network()
    assert weights(network) == stepped(by_hand(SETTINGS_HERE, split), snapshot.position.step)
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
        assert weights(run.network()) == stepped(trainer, 3 * STEPS_PER_EPOCH)


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
    assert run.snapshot().steps_per_epoch == 1
    run.start()
    assert train(run).position == Position(5, 5, 0)
    assert weights(run.network()) == stepped(by_hand(replace(told, batch_size=FULL_BATCH), split), 5)


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
    assert run.snapshot() == fresh.snapshot()
    assert run.advance(SLICE) is None
    for each in (run, fresh):
        assert weights(each.network()) == weights(by_hand(told, split).network)
        each.start()
        train(each)
    assert weights(run.network()) == weights(fresh.network())
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
    assert weights(run.network()) == stepped(by_hand(told, split), 2 * STEPS_PER_EPOCH)


def hand_over(trainer: Trainer, name: str, value: float | str) -> None:
    """Change one thing of a trainer by hand."""
    if name == "optimizer":
        trainer.optimizer = OPTIMIZERS[str(value)].make()
    elif name == "batch_size":
        trainer.batch_size = int(value) or trainer.examples
    elif name == "distortion":
        trainer.distortion = DISTORTION
    else:
        setattr(trainer, name, value)


@pytest.mark.parametrize("optimizer", ["descent", "adam"])
@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("learning_rate", 0.003, ("0.02", "0.003")),
        ("l2", 10.0, ("0", "10")),
        ("batch_size", 64, ("16", "64")),
        ("batch_size", FULL_BATCH, ("16", "Full")),
        ("optimizer", "momentum", None),
        ("distortion", "on", ("Off", "On")),
    ],
)
def test_a_live_setting_takes_hold_at_the_very_next_step_of_a_running_network(
    split: Split, clock: Clock, optimizer: str, name: str, value: float | str, read: tuple[str, str] | None
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
    before, after = read or (OPTIMIZERS[optimizer].label, "Momentum")
    assert at.changes == (Change(at.position.step, SETTINGS[name].label, before, after),)
    assert weights(run.network()) == stepped(trainer, at.position.step)
    hand_over(trainer, name, value)
    end = train(run)
    assert end.state is State.FINISHED
    assert weights(run.network()) == stepped(trainer, end.position.step - at.position.step)
    assert end.changes == at.changes


def test_a_setting_turned_before_the_first_step_is_no_change_on_the_way(run: Run, split: Split) -> None:
    told = replace(SETTINGS_HERE, learning_rate=0.05, optimizer="adam", epochs=1)
    run.change(told)
    run.start()
    assert train(run).changes == ()
    assert weights(run.network()) == stepped(by_hand(told, split), STEPS_PER_EPOCH)


def test_only_what_took_hold_at_a_step_is_a_change(run: Run) -> None:
    """A slider dragged over ten values while the run is paused would leave ten marks on one spot."""
    run.step()
    train(run)
    for alpha in (0.03, 0.05, 0.07):
        run.change(replace(SETTINGS_HERE, learning_rate=alpha, l2=1.0))
    assert run.snapshot().changes == (
        Change(1, "L2 penalty λ", "0", "1"),
        Change(1, "Learning rate α", "0.02", "0.07"),
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
    assert run.network().sizes == (784, 8, CLASSES)
    run.start()
    steps = train(run).position.step
    assert weights(run.network()) == stepped(by_hand(taken_up, split), steps)
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
    assert weights(run.network()) == weights(trainer.network)
    assert all(np.isfinite(parameter).all() for parameter in run.network().parameters)
    assert run.advance(SLICE) is None


def test_a_divergence_is_told_in_plain_words_with_alpha_and_what_to_try(split: Split) -> None:
    run = Run(OVERSHOOTING, split, CLASSES)
    run.start()
    snapshot = train(run)
    assert f"at step {snapshot.position.step + 1}" in snapshot.message
    assert "α = 10 " in snapshot.message
    assert "Try α = 1," in snapshot.message
    assert "Reset" in snapshot.message
    assert not any(word in snapshot.message.lower() for word in ("nan", "inf", "overflow", "error", "exception"))
    run.reset()
    assert run.snapshot().message == ""


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
    largest = max(float(np.abs(W).max()) for W in run.network().weights)
    run.start()
    assert run.snapshot().message == ""
    snapshot = train(run)
    assert snapshot.state is State.FINISHED
    assert snapshot.position.step > stopped.position.step
    assert max(float(np.abs(W).max()) for W in run.network().weights) < largest


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
    network = run.network()
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
        (Run.network, 1),
        (Run.pause, 1),
        (Run.start, 1),
        (lambda run: run.change(replace(SETTINGS_HERE, optimizer="adam")), 1),
        (lambda run: run.set_speed(5.0), 1),
        (Run.reset, 0),
    ],
    ids=["snapshot", "network", "pause", "start", "change", "set_speed", "reset"],
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


def test_a_look_from_another_thread_always_sees_a_whole_step(split: Split) -> None:
    """A look in the middle of a step would crash, or show weights of one step under the number of another."""
    told = replace(SETTINGS_HERE, epochs=100_000)
    run = Run(told, split, CLASSES)
    run.start()
    enough = threading.Event()
    failures: list[BaseException] = []

    def keep_training() -> None:
        try:
            while not enough.is_set():
                run.advance(SLICE)
        except BaseException as failure:
            failures.append(failure)
            raise

    trainer = threading.Thread(target=keep_training)
    trainer.start()
    looks: list[tuple[Snapshot, bytes, Snapshot]] = []
    try:
        for _ in range(150):
            looks.append((run.snapshot(), weights(run.network()), run.snapshot()))
            time.sleep(0.001)
    finally:
        enough.set()
        trainer.join(10)
    assert not failures
    assert looks[-1][2].position.step > 30
    numbers = [snapshot.position.step for before, _, after in looks for snapshot in (before, after)]
    assert numbers == sorted(numbers)
    for snapshot in (snapshot for before, _, after in looks for snapshot in (before, after)):
        epoch, steps = divmod(snapshot.position.step, STEPS_PER_EPOCH)
        assert (snapshot.position.epoch, snapshot.position.seen) == (epoch, 16 * steps)
        known = [each.step for each in snapshot.measurements]
        assert known == sorted(set(known))
        assert known[-1] <= snapshot.position.step
    by_step = by_hand(told, split)
    for before, copied, after in looks:
        stepped(by_step, before.position.step - by_step.position.step)
        possible = {weights(by_step.network)}
        while by_step.position.step < after.position.step:
            possible.add(stepped(by_step, 1))
        assert copied in possible


def test_a_copy_of_the_network_does_not_learn(run: Run) -> None:
    before = run.network()
    kept = weights(before)
    run.start()
    train(run)
    assert weights(before) == kept != weights(run.network())


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
    run.start()
    assert run.snapshot().message == ""
    assert train(run).state is State.FINISHED


def test_a_run_without_digits_to_learn_from_is_refused(split: Split) -> None:
    nothing = replace(split.train, rows=np.empty(0, np.int64))
    with pytest.raises(ValueError, match="at least one"):
        Run(SETTINGS_HERE, replace(split, train=nothing), CLASSES)


def test_a_run_nobody_looks_at_gives_memory_back_and_measures_the_same_afterwards(split: Split) -> None:
    resting, other = Run(SETTINGS_HERE, split, CLASSES), Run(SETTINGS_HERE, split, CLASSES)
    tracemalloc.start()
    try:
        resting.rest()
        resting.reset()  # measures, and so fills its memory while that is counted
        held = tracemalloc.get_traced_memory()[0]
        resting.rest()
        given_back = held - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert given_back >= 80 * 784 * 4  # 40 digits of train and 40 of dev, as float32
    for run in (resting, other):
        run.start()
    assert len(train(other).measurements) > 2
    assert train(resting).measurements == train(other).measurements


def test_a_step_past_the_last_epoch_belongs_to_a_further_one(run: Run) -> None:
    run.start()
    train(run)
    run.step()
    train(run)
    assert run.snapshot().last_epoch == SETTINGS_HERE.epochs + 1
