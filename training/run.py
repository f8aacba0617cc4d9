"""A training run as a person drives it: start, pause, step, change, reset, and snapshots for whoever looks on."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import Examples, Split
from nn.batches import Labels, as_inputs
from nn.evaluation import Evaluation, evaluate
from nn.network import Network
from nn.optimizers import OPTIMIZERS
from nn.trainer import Diverged, Position, Trainer
from training.checkpoints import Checkpoint, Checkpoints
from training.history import Change, History, Measurement
from training.settings import DISTORTION, FIXED, FULL_BATCH, LIVE, SETTINGS, Settings

FULL_SPEED = float("inf")
"""The speed, in steps a second, that stands for as fast as the machine goes."""

MEASURED = 1_000
"""Digits of train and of dev that the curves are measured on at the most, so that measuring stays cheap."""

_FIRST_STEPS = 10
"""So many first steps are each measured, and later ones a tenth of the way on from the last: change slows like that."""

_LEARNED_PER_MEASURED = 5
"""Digits learned from between measurements for each digit measured on, which costs half as much: a tenth in time."""

_LOOKS = 5.0
"""Measurements a second at a limited speed, one a step at the most: someone is watching the curves grow."""


_FAILED = "Training stopped: a step failed in a way not foreseen, and the log says how. Press Train to try it again."


class State(Enum):
    """Where a run stands."""

    READY = "Ready"
    RUNNING = "Training"
    PAUSED = "Paused"
    FINISHED = "Finished"
    DIVERGED = "Diverged"


@dataclass(frozen=True)
class Snapshot:
    """A run at one moment.

    Attributes:
        state: Where it stands.
        settings: What it is told at present.
        position: Steps taken, epochs finished, examples seen of the present epoch.
        last_epoch: The epoch after which it ends by itself.
        examples: m, the number of training examples.
        examples_per_second: Over the last seconds of training; 0 when it does not train.
        seconds: Spent in its steps and measurements so far, on one thread.
        measurements: Accuracy and loss along the steps, oldest first.
        changes: Settings changed on the way, oldest first.
        message: A sentence for the person when something happened; otherwise empty.
        retraceable: Whether settings and changes tell all that was done: no step of the way went wrong.
    """

    state: State
    settings: Settings
    position: Position
    last_epoch: int
    examples: int
    examples_per_second: float
    seconds: float
    measurements: tuple[Measurement, ...]
    changes: tuple[Change, ...]
    message: str
    retraceable: bool

    @property
    def progress(self) -> float:
        """The share of its epochs that is done, in [0, 1]."""
        return min(1.0, (self.position.epoch + self.position.seen / self.examples) / self.last_epoch)

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the last epoch at the present rate; None when it does not train."""
        left = (self.last_epoch - self.position.epoch) * self.examples - self.position.seen
        return max(0, left) / self.examples_per_second if self.examples_per_second else None


class Run:
    """One network in training, with its settings and its history.

    Its methods may be called from any thread; each waits at most for the step in hand. The network changes only in
    `advance`, which the scheduler calls, and in `reset`.
    """

    def __init__(self, settings: Settings, split: Split, classes: int) -> None:
        """Draw the network and make ready.

        Args:
            settings: What the run is told.
            split: The digits to learn from and to measure on; shared, only read.
            classes: The number of classes to tell apart.

        Raises:
            ValueError: When the split has no training digit or its labels do not fit the classes.
        """
        self.split = split
        self._settings = settings
        self._classes = classes
        self._lock = threading.Lock()
        self._waiting: deque[None] = deque()  # its append and pop are atomic, a counter's are not
        self._speed = FULL_SPEED
        self._last_epoch = settings.epochs
        self._train_sample = _Sample(split.train)
        self._dev_sample = _Sample(split.dev)
        self._begin()

    def start(self) -> None:
        """Train to the last epoch; where that is reached, for as many epochs again."""
        with self._between_steps():
            if self._trainer.position.epoch >= self._last_epoch:
                self._last_epoch = self._trainer.position.epoch + self._settings.epochs
            self._set_off(lambda position: position.epoch >= self._last_epoch, State.FINISHED)

    def pause(self) -> None:
        """Stop before the next step."""
        with self._between_steps():
            if self.state is State.RUNNING:
                self._stop(State.PAUSED)

    def step(self) -> None:
        """Take one step, then pause."""
        with self._between_steps():
            self._last_epoch = max(self._last_epoch, self._trainer.position.epoch + 1)
            goal = self._trainer.position.step + 1
            self._set_off(lambda position: position.step >= goal, State.PAUSED)

    def epoch(self) -> None:
        """Train to the end of the present epoch, then pause."""
        with self._between_steps():
            goal = self._trainer.position.epoch + 1
            self._last_epoch = max(self._last_epoch, goal)
            self._set_off(lambda position: position.epoch >= goal, State.PAUSED)

    def reset(self) -> None:
        """Go back to the very same initial weights, with the settings as they are now."""
        with self._between_steps():
            self._begin()

    def change(self, settings: Settings) -> tuple[str, ...]:
        """Take up the live ones of `settings` at the next step.

        Returns:
            The names of the others that differ from this run's: they need a new run.
        """
        with self._between_steps():
            before = self._settings
            self._settings = replace(before, **{name: getattr(settings, name) for name in LIVE})
            if self._trainer.position.step:
                self._record_changes(before, self._settings)
            if before.epochs != self._settings.epochs:
                self._last_epoch = self._settings.epochs
            self._hand_to_trainer()
            return tuple(name for name in FIXED if getattr(settings, name) != getattr(before, name))

    def set_speed(self, steps_per_second: float) -> None:
        """Train at so many steps a second at the most; FULL_SPEED for no limit.

        Raises:
            ValueError: When it is not above 0.
        """
        if not steps_per_second > 0:
            raise ValueError(f"steps_per_second must be above 0; got {steps_per_second}")
        with self._between_steps():
            if steps_per_second != self._speed:
                self._speed = steps_per_second
                self._due = time.monotonic()
                self._recent.clear()

    @property
    def state(self) -> State:
        """Where the run stands."""
        return self._state

    @property
    def settings(self) -> Settings:
        """What the run is told at present."""
        return self._settings

    @property
    def examples_seen(self) -> int:
        """How many examples it has learned from so far, told at once: a step in hand may be counted or not."""
        position = self._trainer.position
        return position.epoch * self._trainer.examples + position.seen

    def snapshot(self) -> Snapshot:
        """Return the run as it is between two steps."""
        with self._between_steps():
            return Snapshot(
                state=self.state,
                settings=self._settings,
                position=self._trainer.position,
                last_epoch=self._last_epoch,
                examples=self._trainer.examples,
                examples_per_second=self._rate(),
                seconds=self._seconds,
                measurements=self._history.measurements(),
                changes=tuple(self._history.changes),
                message=self._message,
                retraceable=self._retraceable,
            )

    def network(self) -> Network:
        """Return a copy of the network as it is between two steps."""
        with self._between_steps():
            return self._trainer.network.copy()

    def now(self) -> Checkpoint:
        """Return the step at which it is between two steps, with a copy of the network as it is there."""
        with self._between_steps():
            return Checkpoint(self._trainer.position.step, self._epochs(), self._trainer.network.copy())

    @property
    def checkpoints(self) -> Checkpoints:
        """What can be looked back at: other ones after each reset."""
        return self._checkpoints

    def measure(self, checkpoint: Checkpoint) -> Measurement:
        """Return what the curves show, or would, at a checkpoint of this run."""
        train = self._train_sample.evaluate(checkpoint.network)
        dev = self._dev_sample.evaluate(checkpoint.network)
        return Measurement(
            step=checkpoint.step,
            epoch=checkpoint.epoch,
            train_loss=train.loss,
            dev_loss=dev.loss,
            train_accuracy=train.accuracy,
            dev_accuracy=dev.accuracy,
        )

    def advance(self, seconds: float) -> float | None:
        """Train for about so many seconds, or to the next moment that someone else asks for the run.

        Returns:
            Seconds until it wants to go on; None when it does not train any more.

        Raises:
            Exception: What went wrong in a step unforeseen; the run is paused then, and says so.
        """
        until = time.monotonic() + seconds
        while self._waiting:
            time.sleep(0.0002)  # a lock alone would be taken again before whoever waits for it wakes up
        with self._lock:
            began = time.monotonic()
            self._recent.append((began, self.examples_seen))
            try:
                return self._steps(until, seconds)
            finally:
                self._seconds += time.monotonic() - began

    def rest(self) -> None:
        """Give back the memory that can be filled again: nobody looks on for now. Returns at once."""
        self._train_sample.rest()
        self._dev_sample.rest()

    @contextmanager
    def _between_steps(self) -> Iterator[None]:
        """Hold the run still; the slice of training in hand ends at its next step."""
        self._waiting.append(None)
        try:
            with self._lock:
                yield
        finally:
            self._waiting.pop()

    def _begin(self) -> None:
        """Draw the network of the seed and stand before the first step."""
        seed, train = self._settings.seed, self.split.train
        network = Network.initialize(
            (train.images.shape[1], *self._settings.hidden_sizes, self._classes),
            rng=np.random.default_rng((seed, 1)),
            activation=self._settings.activation,
            initializer=self._settings.initializer,
        )
        self._optimizer = self._settings.optimizer
        self._retraceable = True
        self._trainer = Trainer(
            network,
            OPTIMIZERS[self._optimizer].make(),
            train.images,
            train.labels,
            train.rows,
            learning_rate=self._settings.learning_rate,
            batch_size=1,
            rng=np.random.default_rng((seed, 2)),
        )
        self._hand_to_trainer()
        self._history = History()
        self._checkpoints = Checkpoints(network)
        self._checkpoints.add(0, network)
        self._last_epoch = self._settings.epochs
        self._recent: deque[tuple[float, int]] = deque(maxlen=100)
        self._due = 0.0
        self._seconds = 0.0
        self._stop(State.READY)

    def _hand_to_trainer(self) -> None:
        """Set the live settings where they take hold: at the next step."""
        settings, trainer = self._settings, self._trainer
        trainer.learning_rate = settings.learning_rate
        trainer.l2 = settings.l2
        trainer.distortion = DISTORTION if settings.distortion == "on" else None
        trainer.batch_size = trainer.examples if settings.batch_size == FULL_BATCH else settings.batch_size

    def _record_changes(self, before: Settings, after: Settings) -> None:
        """Record the settings that changed; the number of epochs is not one of them, since it affects no step.

        Several changes of a setting between two steps count as one, and as none if its value is restored.
        """
        step, changes = self._trainer.position.step, self._history.changes
        for name in LIVE:
            old, new = getattr(before, name), getattr(after, name)
            if old == new or name == "epochs":
                continue
            for earlier in [each for each in changes if (each.step, each.name) == (step, name)]:
                changes.remove(earlier)
                old = earlier.before
            if old != new:
                changes.append(Change(step, name, old, new))

    def _set_off(self, reached: Callable[[Position], bool], then: State) -> None:
        """Train until `reached`, then take up the state `then`."""
        self._reached, self._then = reached, then
        self._message = ""
        self._recent.clear()
        self._due = time.monotonic()
        self._state = State.RUNNING

    def _stop(self, state: State, message: str = "") -> None:
        self._state = state
        self._message = message
        self._measure()

    def _steps(self, until: float, seconds: float) -> float | None:
        """Take the steps of a slice of so many seconds; see `advance`."""
        while self.state is State.RUNNING:
            now = time.monotonic()
            if now >= until or self._waiting:
                return 0.0
            if now < self._due:
                return self._due - now
            self._due = max(self._due, now - seconds) + 1 / self._speed
            try:
                self._take_step()
            except Exception:
                self._state, self._message, self._retraceable = State.PAUSED, _FAILED, False
                raise
        return None

    def _take_step(self) -> None:
        # Only now: one that is turned and turned back between two steps has forgotten nothing.
        if self._optimizer != self._settings.optimizer:
            self._optimizer = self._settings.optimizer
            self._trainer.optimizer = OPTIMIZERS[self._optimizer].make()
        try:
            self._trainer.step()
        except Diverged as diverged:
            self._retraceable = False
            self._stop(State.DIVERGED, _what_to_try(diverged, self._settings))
            return
        position = self._trainer.position
        if position.step == self._checkpoints.next_step:
            self._checkpoints.add(self._epochs(), self._trainer.network)
        if self._reached(position):
            self._stop(self._then)
        elif position.step - self._measured_at >= self._apart(position.step):
            self._measure()

    def _apart(self, step: int) -> int:
        """Steps between measurements at a step: close where the curves bend, and rare enough to cost little."""
        measured = len(self._train_sample) + len(self._dev_sample)
        affordable = _LEARNED_PER_MEASURED * measured / self._trainer.batch_size
        return max(1, int(min(step / _FIRST_STEPS, affordable, self._speed / _LOOKS)))

    def _measure(self) -> None:
        here = Checkpoint(self._trainer.position.step, self._epochs(), self._trainer.network)
        self._measured_at = here.step
        self._history.add(self.measure(here))

    def _epochs(self) -> float:
        return self.examples_seen / self._trainer.examples

    def _rate(self) -> float:
        """Examples a second from the beginning of the oldest slice remembered to that of the newest."""
        if self.state is not State.RUNNING or not self._recent:
            return 0.0
        (since, before), (until, after) = self._recent[0], self._recent[-1]
        return (after - before) / (until - since) if until > since else 0.0


class _Sample:
    """The first digits of a part of the split, ready for the network: what the curves are measured on."""

    def __init__(self, examples: Examples) -> None:
        self._examples = examples
        self._ready: tuple[NDArray[np.floating[Any]], Labels] | None = None

    def __len__(self) -> int:
        return min(MEASURED, len(self._examples))

    def evaluate(self, network: Network) -> Evaluation:
        if (ready := self._ready) is None:
            images, labels = self._examples.take(limit=MEASURED)
            self._ready = ready = as_inputs(images), labels
        with np.errstate(over="ignore", invalid="ignore"):  # weights may be huge just before a divergence
            return evaluate(network, *ready)

    def rest(self) -> None:
        """Give the memory back until it is wanted again."""
        self._ready = None


def _what_to_try(diverged: Diverged, settings: Settings) -> str:
    """Say in plain words what a divergence is and what to do."""
    options = [alpha for alpha in SETTINGS["learning_rate"].options if alpha <= settings.learning_rate / 10]
    smaller = max(options, default=min(SETTINGS["learning_rate"].options))
    return (
        f"The loss grew past every number at step {diverged.step:,}: with α = {settings.learning_rate:g} each step"
        f" overshoots. The last good weights are kept. Try α = {smaller:g}, then Reset."
    )
