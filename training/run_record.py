"""Records of past runs: settings, history and result, but no network; and short names that distinguish runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from nn.trainer import Position
from training.history import Change, Measurement
from training.run_snapshot import Snapshot, State
from training.settings import SETTINGS, Settings

MEASUREMENTS = 500
"""The maximum number of measurements kept of a run: as many as a plot can show."""


def run_name(number: int) -> str:
    """Return the name of a run, given its number (from 1)."""
    return f"Run {number}"


@dataclass(frozen=True)
class Record:
    """The course of a run, without its network.

    Attributes:
        number: The run's number within the session, from 1.
        state: Its state when it was recorded.
        settings: The settings of its last step.
        position: Steps and epochs completed.
        seconds: Time spent in steps and measurements, on one thread.
        measurements: Accuracy and loss by step, oldest first: at least one, with the first and the last of the run.
        changes: The settings changed during training, oldest first.
    """

    number: int
    state: State
    settings: Settings
    position: Position
    seconds: float
    measurements: tuple[Measurement, ...]
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, number: int, snapshot: Snapshot) -> Self:
        """Return the record of the run in a snapshot.

        A setting changed after the last step, say to prepare the next run, had no effect on this one and is omitted.
        """
        step = snapshot.position.step
        unused = {each.name: each.before for each in snapshot.changes if each.step >= step}
        return cls(
            number,
            snapshot.state,
            replace(snapshot.settings, **unused),
            snapshot.position,
            snapshot.seconds,
            _evenly_spaced(snapshot.measurements),
            tuple(each for each in snapshot.changes if each.step < step),
        )

    def values(self, name: str) -> tuple[Any, ...]:
        """Return the values that a setting had during the run, oldest first."""
        changes = [each for each in self.changes if each.name == name]
        return (*(each.before for each in changes), changes[-1].after if changes else getattr(self.settings, name))

    def describe(self, name: str) -> str:
        """Return a setting as text: "0.1", "0.1 → 0.3" if it was changed once, "0.1 → … → 0.5" if more often."""
        values = [SETTINGS[name].format(each) for each in self.values(name)]
        return " → ".join(values if len(values) < 3 else (values[0], "…", values[-1]))


def differing(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the names of the settings in which runs differ, in the order of SETTINGS."""
    return tuple(name for name in SETTINGS if len({each.values(name) for each in records}) > 1)


def names(records: Sequence[Record]) -> dict[int, str]:
    """Return a name for each run, by number, with its distinguishing settings, such as "Run 2 · α 0.3".

    Values shared by most runs are omitted.
    """
    parts: dict[int, list[str]] = {each.number: [run_name(each.number)] for each in records}
    for name in differing(records):
        values = [each.describe(name) for each in records]
        for record, value in zip(records, values, strict=True):
            if 2 * values.count(value) <= len(values):
                parts[record.number].append(SETTINGS[name].in_words(value))
    return {number: " · ".join(each) for number, each in parts.items()}


def _evenly_spaced(measurements: tuple[Measurement, ...]) -> tuple[Measurement, ...]:
    """Return at most MEASUREMENTS of them, evenly spaced, including the first and the last."""
    stride = -(-(len(measurements) - 1) // (MEASUREMENTS - 1)) or 1
    return (*measurements[:-1:stride], measurements[-1])
