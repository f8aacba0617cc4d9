"""A training run that can be started, paused, stepped, changed, reset and observed, from any thread."""

import threading
import time
from collections import deque
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Self

from data.dataset import Split
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.trainer import Diverged, Position
from training.checkpoints import Checkpoint, Checkpoints, most_kept
from training.curve_measurement import CurveMeasurement
from training.early_stopping import EarlyStopping, Return
from training.history import History, Measurement
from training.initial_trainer import Start, configure, initial_trainer, network_bytes, trainer_bytes
from training.pace import Pace, SpeedLimit
from training.run_snapshot import Snapshot, State
from training.run_state import RunState
from training.settings import FIXED, LIVE, Settings
from training.stop_messages import Tell, divergence, ending, failure, nothing, out_of_memory


def most_bytes(settings: Settings, inputs: int, classes: int) -> int:
    """Return the memory that a run of these settings takes by its end, without its examples."""
    network = network_bytes(settings, inputs, classes)
    return trainer_bytes(settings, inputs, classes) + network * (1 + most_kept(network))  # and the best weights


class Run:
    """One network in training, with its settings and its history.

    Its methods may be called from any thread; each waits for the current piece of a step at most. The network changes
    only in `advance`, which the scheduler calls, and in `reset`.
    """

    def __init__(
        self,
        settings: Settings,
        split: Split,
        classes: int,
        start: Start | None = None,
        measured_at: Container[int] | None = None,
        saved: RunState | None = None,
    ) -> None:
        """Initialize the network.

        Args:
            settings: The settings of the run.
            split: The examples to train and measure on; shared, never written to.
            classes: The number of classes.
            start: The initial weights, of a network with these settings; drawn from the seed by default.
            measured_at: The steps to measure at, besides each at which it stops; by default as many as are cheap.
            saved: Another run of these settings, to continue from; see `restored`.

        Raises:
            ValueError: The split has no training examples, or its labels do not fit the classes; see `restored`.
        """
        self.split = split
        self.initial = start
        self._settings = settings
        self._classes = classes
        self._lock = threading.Lock()
        self._waiting: deque[None] = deque()  # callers waiting for the lock; append and pop are atomic, unlike += 1
        self._last_epoch = settings.epochs
        self._state = State(State.READY)
        self._pace = Pace()
        self._curves = CurveMeasurement(split, measured_at)
        if saved is None:
            self._initialize()
        else:
            self._restore(saved)

    @classmethod
    def restored(cls, saved: RunState, split: Split, classes: int) -> Self:
        """Return a run that continues where another was, to the same weights; if it was training, it is now paused.

        Args:
            saved: What `whole` returned for the other run.
            split: Its examples.
            classes: The number of classes.

        Raises:
            ValueError: The saved run does not fit its own settings or the examples.
        """
        return cls(saved.settings, split, classes, saved.start, saved=saved)

    def whole(self) -> RunState:
        """Return everything that the rest of the run depends on, besides its examples."""
        with self._between_pieces():
            return RunState(
                settings=self._settings,
                state=self._state,
                optimizer=self._optimizer,
                trainer=self._trainer.state(),
                last_epoch=self._last_epoch,
                seconds=self._seconds,
                reproducible=self._reproducible,
                changes=tuple(self._history.changes),
                measurements=self._history.measurements(),
                measurements_added=self._history.added,
                measurement_stride=self._history.stride,
                returns=tuple(self._returns),
                early_stopping=copy(self._early_stopping),
                checkpoints=self._checkpoints.kept(),
                checkpoint_stride=self._checkpoints.stride,
                start=self.initial,
            )

    def start(self) -> None:
        """Train to the last epoch; if it is already done, train for the same number of epochs again."""
        with self._between_pieces():
            self._last_epoch = self._trainer.position.epoch + self.epochs_to_train
            self._train_until(lambda position: position.epoch >= self._last_epoch, State.FINISHED)

    def pause(self) -> None:
        """Stop before the next step."""
        with self._between_pieces():
            if self.state is State.RUNNING:
                self._stop(State.PAUSED)

    def step(self) -> None:
        """Take one step, then pause."""
        with self._between_pieces():
            self._last_epoch = max(self._last_epoch, self._trainer.position.epoch + 1)
            goal = self._trainer.position.step + 1
            self._train_until(lambda position: position.step >= goal, State.PAUSED)

    def epoch(self) -> None:
        """Train to the end of the current epoch, then pause."""
        with self._between_pieces():
            goal = self._trainer.position.epoch + 1
            self._last_epoch = max(self._last_epoch, goal)
            self._train_until(lambda position: position.epoch >= goal, State.PAUSED)

    def reset(self) -> None:
        """Go back to the same initial weights, keeping the current settings."""
        with self._between_pieces():
            self._initialize()

    def change(self, settings: Settings) -> tuple[str, ...]:
        """Apply the live settings among `settings` from the next step on.

        Returns:
            The names of the other settings that differ from this run's, which need a new run.
        """
        with self._between_pieces():
            before = self._settings
            self._settings = replace(before, **{name: getattr(settings, name) for name in LIVE})
            if before != self._settings:
                self._trainer.abandon_step()  # it takes the new values
            if self._trainer.position.step:
                self._history.record_changes(self._trainer.position.step, before, self._settings)
            if not self._settings.patience:
                self._early_stopping = EarlyStopping()
            if before.epochs != self._settings.epochs:
                self._last_epoch = self._settings.epochs
            configure(self._trainer, self._settings)
            return tuple(name for name in FIXED if getattr(settings, name) != getattr(before, name))

    def set_speed(self, limit: SpeedLimit) -> None:
        """Limit the speed, from the next step on. The weights after a step do not depend on it."""
        with self._between_pieces():
            if limit is not self._pace.limit:
                self._pace.limit = limit
                self._pace.restart(time.monotonic())

    @property
    def state(self) -> State:
        """The current state of the run."""
        return self._state

    @property
    def most_bytes(self) -> int:
        """The memory that the run takes by its end, without its examples."""
        return most_bytes(self._settings, self.split.train.images.shape[1], self._classes)

    @property
    def begun(self) -> bool:
        """Whether training has begun since the initial weights were drawn."""
        return self._state is not State.READY

    @property
    def settings(self) -> Settings:
        """The settings of the next step."""
        return self._settings

    @property
    def epochs_to_train(self) -> int:
        """The epochs until `start` would stop: those left or, after the last, as many as the settings say."""
        left = self._last_epoch - self._trainer.position.epoch
        return left if left > 0 else self._settings.epochs

    @property
    def examples_seen(self) -> int:
        """Examples trained on so far, with or without the current step; does not wait."""
        position = self._trainer.position
        return position.epoch * self._trainer.examples + position.seen

    def snapshot(self) -> Snapshot:
        """Return the run between two steps: the only way to access its position, measurements and weights."""
        with self._between_pieces():
            return Snapshot(
                state=self.state,
                settings=self._settings,
                position=self._trainer.position,
                network=self._trainer.network.copy().freeze(),
                last_epoch=self._last_epoch,
                alpha=self._trainer.alpha,
                examples=self._trainer.examples,
                examples_per_second=self._pace.examples_per_second() if self.state is State.RUNNING else 0.0,
                seconds=self._seconds,
                measurements=self._history.measurements(),
                changes=tuple(self._history.changes),
                returns=tuple(self._returns),
                checkpoints=self._checkpoints.kept(),
                tell=self._tell,
                reproducible=self._reproducible,
            )

    def measure(self, checkpoint: Checkpoint) -> Measurement:
        """Return accuracy, loss and penalty at a checkpoint, on the same examples as the curves."""
        with self._between_pieces():
            l2 = self._l2_at(checkpoint.step)
        return self._curves.measure(checkpoint, l2)

    def advance(self, seconds: float) -> float | None:
        """Train for about this long, or until another thread needs the run.

        Returns:
            Seconds until the run is ready to continue; None when it has stopped.

        Raises:
            Exception: An unexpected error in a step; the run is then paused, with a message.
        """
        until = time.monotonic() + seconds
        while self._waiting:
            time.sleep(0.0002)  # without it, this thread takes the lock again before a waiting thread wakes up
        with self._lock:
            began = time.monotonic()
            self._pace.record_progress(began, self.examples_seen)
            try:
                return self._take_steps(until, seconds)
            finally:
                self._seconds += time.monotonic() - began

    def release_memory(self) -> None:
        """Release memory that can be allocated again, for when nobody is watching. Returns at once."""
        self._curves.release_memory()

    @contextmanager
    def _between_pieces(self) -> Iterator[None]:
        """Hold the lock between two pieces of work; a time slice in progress ends after its current one."""
        self._waiting.append(None)
        try:
            with self._lock:
                yield
        finally:
            self._waiting.pop()

    def _initialize(self) -> None:
        """Draw the initial weights from the seed, and go back to step 0."""
        self._trainer = initial_trainer(self._settings, self.split, self._classes, self.initial)
        self._optimizer, network = self._settings.optimizer, self._trainer.network
        self._history = History()
        self._early_stopping = EarlyStopping()
        self._returns: list[Return] = []
        self._measuring: Iterator[None] | None = None  # a measurement of the current weights that has begun
        self._checkpoints = Checkpoints(network)
        self._checkpoints.add(0, network)
        self._last_epoch = self._settings.epochs
        self._reproducible = True
        self._seconds = 0.0
        self._pace.restart(0.0)
        self._stop(State.READY)

    def _restore(self, saved: RunState) -> None:
        """Continue where another run of the same settings was, paused if it was training."""
        self._trainer = initial_trainer(self._settings, self.split, self._classes, self.initial)
        self._optimizer, network = saved.optimizer, self._trainer.network
        self._trainer.optimizer = Optimizer(OPTIMIZERS[saved.optimizer])
        self._trainer.restore(saved.trainer)
        self._history = History(saved.changes, saved.measurements, saved.measurements_added, saved.measurement_stride)
        self._early_stopping, self._returns = copy(saved.early_stopping), list(saved.returns)
        self._checkpoints = Checkpoints(network, saved.checkpoints, saved.checkpoint_stride)
        self._last_epoch, self._seconds, self._reproducible = saved.last_epoch, saved.seconds, saved.reproducible
        self._measuring = None
        self._measured_at = saved.trainer.position.step
        self._tell = nothing
        if saved.state is State.RUNNING:
            self._stop(State.PAUSED)
            return
        self._state, best = saved.state, saved.early_stopping.best
        if saved.state is State.DIVERGED:
            self._tell = partial(divergence, self._measured_at + 1, self._settings.learning_rate)
        elif saved.state is State.FINISHED and best is not None:
            self._tell = partial(ending, best.epoch, 0)

    def _train_until(self, reached: Callable[[Position], bool], then: State) -> None:
        """Train until the position satisfies `reached`, then go to the state `then`."""
        self._reached, self._then = reached, then
        self._tell = nothing
        self._pace.restart(time.monotonic())
        self._state = State.RUNNING

    def _stop(self, state: State, tell: Tell = nothing) -> None:
        self._state = state
        self._tell = tell
        self._measure()

    def _take_steps(self, until: float, seconds: float) -> float | None:
        """Take the steps of a slice of this many seconds; see `advance`."""
        while self.state is State.RUNNING:
            now = time.monotonic()
            if now >= until or self._waiting:
                return 0.0
            try:
                if self._measuring is not None:
                    if next(self._measuring, True):
                        self._measuring = None
                    continue
                if self._trainer.between_steps:
                    if wait := self._pace.wait(now):
                        return wait
                    self._begin_step(now, seconds)
                self._advance_step()
            except Exception as error:
                self._state, self._reproducible = State.PAUSED, False
                self._tell = out_of_memory if isinstance(error, MemoryError) else failure
                raise
        return None

    def _begin_step(self, now: float, seconds: float) -> None:
        self._pace.begin_step(self._trainer.position.step, now, catch_up=seconds)
        # Not in `change`: switching the optimizer and back between two steps must not lose its state.
        if self._optimizer != self._settings.optimizer:
            self._optimizer = self._settings.optimizer
            self._trainer.optimizer = Optimizer(OPTIMIZERS[self._optimizer])

    def _advance_step(self) -> None:
        """Process the next piece of a step; after the last piece, finish the step."""
        try:
            if self._trainer.advance() is None:
                return
        except Diverged as diverged:
            self._reproducible = False
            self._stop(State.DIVERGED, partial(divergence, diverged.step, self._settings.learning_rate))
            return
        position = self._trainer.position
        if position.step == self._checkpoints.next_step:
            self._checkpoints.add(self.examples_seen / self._trainer.examples, self._trainer.network)
        if self._reached(position):
            self._stop(self._then)
        elif self._must_be_judged or position.step - self._measured_at >= self._curves.interval(
            position.step, self._trainer.batch_size, self._pace.limit(position.step)
        ):
            self._measuring = self._measurement()

    def _measure(self) -> None:
        """Add a measurement of the current weights to the history."""
        for _piece in self._measuring or self._measurement():
            pass
        self._measuring = None

    def _measurement(self) -> Iterator[None]:
        """Do what `_measure` does, in pieces."""
        trainer = self._trainer
        self._measured_at = trainer.position.step
        here = Checkpoint(self._measured_at, self.examples_seen / trainer.examples, trainer.network)
        measured = yield from self._curves.in_pieces(here, self._l2_at(self._measured_at))
        self._history.add(measured)
        if not self._must_be_judged:
            return
        gives_up = self._early_stopping.gives_up(here, measured.dev_loss, self._settings.patience)
        best = self._early_stopping.best
        if best is None or not (gives_up or self._state is State.FINISHED):
            return
        if best.step < here.step:
            self._early_stopping.go_on()
            self._returns.append(Return(here.step, best.step))
            trainer.go_back(best.network.vector)
            self._history.add((yield from self._curves.in_pieces(here, self._l2_at(here.step))))
        self._state = State.FINISHED
        self._tell = partial(ending, best.epoch, self._settings.patience if gives_up else 0)

    @property
    def _must_be_judged(self) -> bool:
        """Whether an epoch has just ended whose loss early stopping must compare."""
        position = self._trainer.position
        return bool(self._settings.patience and position.step and not position.seen)

    def _l2_at(self, step: int) -> float:
        """Return the λ in the loss of a step: 0 if its optimizer's decay was decoupled."""
        later = [each for each in self._history.changes if each.step >= step]
        optimizer = next((each.before for each in later if each.name == "optimizer"), self._settings.optimizer)
        l2 = next((each.before for each in later if each.name == "l2"), self._settings.l2)
        return 0.0 if OPTIMIZERS[optimizer].decoupled_decay else float(l2)
