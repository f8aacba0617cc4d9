"""The history of a run: accuracy and loss by step, and the settings changed during training."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from nn.schedules import SCHEDULES, alpha_in_effect
from nn.uncertainty import wilson
from training.settings import LIVE, SETTINGS, Settings

LIMIT = 1_000
"""The maximum number of measurements. Beyond it, every second one is dropped to bound memory.

It is even, so that dropping every second one keeps the first and the last.
"""


@dataclass(frozen=True)
class Measurement:
    """The network after `step` steps; `epoch` counts passes, with fractions.

    Attributes:
        train_loss, dev_loss: Cross-entropy, in nats.
        train_accuracy, dev_accuracy: In [0, 1].
        penalty: λ/(2m) Σ‖W‖², with the λ of that step.
        true_accuracy: Accuracy on train by the true labels if some of the given labels are wrong; otherwise None.
    """

    step: int
    epoch: float
    train_loss: float
    dev_loss: float
    train_accuracy: float
    dev_accuracy: float
    penalty: float = 0.0
    true_accuracy: float | None = None

    @property
    def objective(self) -> float:
        """What training minimizes, measured on train without dropout or label smoothing: the loss plus the penalty."""
        return self.train_loss + self.penalty


@dataclass(frozen=True)
class Change:
    """A setting changed during training.

    Attributes:
        step: The last step taken with the old value; the new value applies from the next step.
        name: The name of the setting, a key of SETTINGS.
        before: The old value.
        after: The new value.
    """

    step: int
    name: str
    before: Any
    after: Any


class History:
    """The measurements of a run, oldest first: at most LIMIT, evenly spaced, and always including the latest.

    Attributes:
        changes: The settings changed during training, oldest first.
        added: How many measurements have been added, including those since replaced or dropped.
        stride: Measurements whose index is a multiple of this are kept; it doubles whenever they are thinned.
    """

    def __init__(
        self,
        changes: Iterable[Change] = (),
        measurements: Iterable[Measurement] = (),
        added: int = 0,
        stride: int = 1,
    ) -> None:
        """Begin empty, or continue another history."""
        self.changes = list(changes)
        self.added, self.stride = added, stride
        self._measurements = list(measurements)

    def add(self, measurement: Measurement) -> None:
        """Append a measurement, replacing an earlier one of the same step."""
        if self._measurements and self._measurements[-1].step == measurement.step:
            self._measurements[-1] = measurement
            return
        if (self.added - 1) % self.stride:
            self._measurements.pop()
        self._measurements.append(measurement)
        self.added += 1
        if len(self._measurements) > LIMIT:
            self._measurements = self._measurements[::2]
            self.stride *= 2

    def record_changes(self, step: int, before: Settings, after: Settings) -> None:
        """Record the live settings that changed after a step; under a constant α, the number of epochs does not count.

        Several changes of a setting between two steps count as one, or as none if the value is restored.
        """
        changed = [each.before for each in self.changes if each.name == "schedule"]
        is_constant = {before.schedule, after.schedule, *changed} == {"constant"}
        for name in LIVE:
            old, new = getattr(before, name), getattr(after, name)
            if old == new or (name == "epochs" and is_constant):
                continue
            for earlier in [each for each in self.changes if (each.step, each.name) == (step, name)]:
                self.changes.remove(earlier)
                old = earlier.before
            if old != new:
                self.changes.append(Change(step, name, old, new))

    def measurements(self) -> tuple[Measurement, ...]:
        """Return the current measurements; later additions do not affect the tuple."""
        return tuple(self._measurements)


def alphas(
    measurements: Sequence[Measurement], settings: Settings, changes: Sequence[Change], examples: int
) -> list[float]:
    """Return the learning rate of the step that led to each measurement; for the first one, that of the next step.

    Under a schedule, it may be off by one batch if the batch size changed within the epoch.

    Args:
        measurements: Oldest first.
        settings: The latest settings of the run.
        changes: The settings changed during training, oldest first.
        examples: m, the number of training examples.
    """
    then, undone, found = dict(vars(settings)), list(changes), []
    for each in reversed(measurements):
        step = max(each.step, 1)
        while undone and undone[-1].step >= step:
            change = undone.pop()
            then[change.name] = change.before
        done = round(each.epoch * examples)
        if done:
            batch = min(then["batch_size"], examples)
            done -= ((done - 1) % examples) % batch + 1
        factor = SCHEDULES[then["schedule"]].factor
        share = done / (then["epochs"] * examples)
        found.append(alpha_in_effect(then["learning_rate"], factor, share, then["warm_up"], step))
    return found[::-1]


def to_csv(
    measurements: Sequence[Measurement], changes: Sequence[Change], dev_examples: int, alphas: Sequence[float]
) -> str:
    """Return the measurements as CSV, one per line.

    `dev_low` and `dev_high` are the 95% interval of the accuracy on dev, on `dev_examples` examples; `alpha` is the
    learning rate that led to the measurement, `objective` the train loss plus the penalty, and `changed` lists the
    settings changed since the last. `true_accuracy`, on train by the true labels, is present if some given are wrong.
    """
    frame = pd.DataFrame([asdict(each) for each in measurements], columns=[each.name for each in fields(Measurement)])
    frame["dev_low"], frame["dev_high"] = wilson(frame["dev_accuracy"].to_numpy(np.float64), dev_examples)
    frame["alpha"] = alphas
    frame["objective"] = frame["train_loss"] + frame.pop("penalty")
    if frame["true_accuracy"].isna().all():
        del frame["true_accuracy"]
    notes: list[list[str]] = [[] for _ in measurements]
    for change in changes:
        line = next((i for i, each in enumerate(measurements) if each.step > change.step), len(notes) - 1)
        setting = SETTINGS[change.name]
        before, after = setting.plain(change.before), setting.plain(change.after)
        notes[line].append(f"{setting.label} {before} to {after} at step {change.step}")
    return frame.assign(changed=["; ".join(each) for each in notes]).to_csv(index=False)
