"""The history of a run: accuracy and loss by step, and the settings changed during training."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import pandas as pd

from training.settings import SETTINGS

LIMIT = 1_000
"""Measurements kept at the most. Past that every second one is dropped, so that a long run does not grow.

It is even, for the first and the newest to stay then.
"""


@dataclass(frozen=True)
class Measurement:
    """Accuracy (a share in [0, 1]) and cross-entropy (nats) after `step` steps; `epoch` counts passes, in parts."""

    step: int
    epoch: float
    train_loss: float
    dev_loss: float
    train_accuracy: float
    dev_accuracy: float


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
    """The measurements of a run, oldest first, at most LIMIT of them: evenly chosen ones, and always the newest.

    Attributes:
        changes: The settings changed, oldest first.
    """

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._measurements: list[Measurement] = []
        self._added = 0
        self._stays = 1  # each measurement whose number divides by this stays; it doubles whenever they are thinned

    def add(self, measurement: Measurement) -> None:
        """Append a measurement; one of the same step is replaced."""
        if self._measurements and self._measurements[-1].step == measurement.step:
            self._measurements[-1] = measurement
            return
        if (self._added - 1) % self._stays:
            self._measurements.pop()
        self._measurements.append(measurement)
        self._added += 1
        if len(self._measurements) > LIMIT:
            self._measurements = self._measurements[::2]
            self._stays *= 2

    def measurements(self) -> tuple[Measurement, ...]:
        """Return the measurements as they stand, for someone who reads while the run goes on."""
        return tuple(self._measurements)


def to_csv(measurements: Sequence[Measurement], changes: Sequence[Change]) -> str:
    """Return the measurements as CSV, one per line; the column `changed` lists the settings changed since the last."""
    frame = pd.DataFrame([asdict(each) for each in measurements], columns=[each.name for each in fields(Measurement)])
    notes: list[list[str]] = [[] for _ in measurements]
    for change in changes:
        line = next((i for i, each in enumerate(measurements) if each.step > change.step), len(notes) - 1)
        setting = SETTINGS[change.name]
        before, after = setting.format(change.before), setting.format(change.after)
        notes[line].append(f"{setting.label} {before} to {after} at step {change.step}")
    return frame.assign(changed=["; ".join(each) for each in notes]).to_csv(index=False)
