"""A snapshot of a run: everything about it at one instant, including its weights."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

from language.translation import N_
from nn.network import Network
from nn.schedules import SCHEDULES, alpha_in_effect
from nn.trainer import Position
from training.checkpoint_signs import settings_at
from training.checkpoints import Checkpoint
from training.early_stopping import Return
from training.history import Change, Measurement, alphas
from training.settings import Settings
from training.stop_messages import Tell


class State(Enum):
    """What a run is doing; each value is for `_`."""

    READY = N_("Ready")
    RUNNING = N_("Training")
    PAUSED = N_("Paused")
    FINISHED = N_("Finished")
    DIVERGED = N_("Diverged")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run between two steps, unaffected by later training.

    Attributes:
        state: What the run is doing.
        settings: The settings of the next step.
        position: Steps taken, epochs completed, examples seen in the current epoch.
        network: The network after that many steps, read-only.
        last_epoch: The epoch after which the run finishes.
        alpha: The learning rate in effect at the next step.
        examples: m, the number of training examples.
        examples_per_second: Averaged over the last few seconds of training; 0 when it is not training.
        seconds: Time spent in steps and measurements so far, on one thread.
        measurements: Accuracy and loss by step, oldest first.
        changes: The settings changed during training, oldest first.
        returns: Early stopping's returns to the best weights, oldest first.
        checkpoints: Weights at earlier steps, oldest first.
        tell: Returns `message`.
        reproducible: Whether settings and changes determine the weights: false once a step has failed or diverged.
    """

    state: State
    settings: Settings
    position: Position
    network: Network
    last_epoch: int
    alpha: float
    examples: int
    examples_per_second: float
    seconds: float
    measurements: tuple[Measurement, ...]
    changes: tuple[Change, ...]
    returns: tuple[Return, ...]
    checkpoints: tuple[Checkpoint, ...]
    tell: Tell
    reproducible: bool

    @property
    def message(self) -> str:
        """A sentence in the reader's language, such as why the run stopped; empty if there is none."""
        return self.tell()

    @property
    def checkpoint(self) -> Checkpoint:
        """The network together with its step and epoch."""
        epoch = (self.position.epoch * self.examples + self.position.seen) / self.examples
        return Checkpoint(self.position.step, epoch, self.network)

    def at(self, checkpoint: Checkpoint, measured: Measurement) -> Self:
        """Return the run as it was at one of its checkpoints, except for its state: it holds nothing later."""
        step, done = checkpoint.step, round(checkpoint.epoch * self.examples)
        settings = settings_at(step - 1, self.settings, self.changes)
        share, factor = checkpoint.epoch / settings.epochs, SCHEDULES[settings.schedule].factor
        return replace(
            self,
            settings=settings,
            position=Position(step, done // self.examples, done % self.examples),
            network=checkpoint.network,
            alpha=alpha_in_effect(settings.learning_rate, factor, share, settings.warm_up, step + 1),
            measurements=(*(each for each in self.measurements if each.step < step), measured),
            changes=tuple(each for each in self.changes if each.step < step),
            returns=tuple(each for each in self.returns if each.step < step),
            checkpoints=tuple(each for each in self.checkpoints if each.step <= step),
        )

    @property
    def alphas(self) -> list[float]:
        """The learning rate of the step that led to each measurement."""
        return alphas(self.measurements, self.settings, self.changes, self.examples)

    @property
    def is_scheduled(self) -> bool:
        """Whether α ever differed from that of the settings."""
        before = {(each.name, each.before) for each in self.changes}
        schedules = {self.settings.schedule, *(value for name, value in before if name == "schedule")}
        warm_ups = {self.settings.warm_up, *(value for name, value in before if name == "warm_up")}
        return schedules != {"constant"} or warm_ups != {0}

    @property
    def has_returned(self) -> bool:
        """Whether the network is that of the best epoch rather than the last."""
        return bool(self.returns) and self.returns[-1].step == self.position.step

    @property
    def progress(self) -> float:
        """The fraction of the epochs completed, in [0, 1]."""
        return min(1.0, self.checkpoint.epoch / self.last_epoch)

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the end of the last epoch at the current rate; None if it is not training."""
        left = (self.last_epoch - self.position.epoch) * self.examples - self.position.seen
        return max(0, left) / self.examples_per_second if self.examples_per_second else None
