"""What stays of a run: what it was told, how it went, and what it came to; and what tells runs from one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from nn.trainer import Position
from training.history import Change, Measurement
from training.run import Snapshot, State
from training.settings import SETTINGS, Settings

MEASUREMENTS = 500
"""Measurements that stay of a run at the most: what a plot can show."""


@dataclass(frozen=True)
class Record:
    """A run as it went, without its network.

    Attributes:
        number: Which run of the session it was, from 1.
        state: Where it stood.
        settings: What it was told at the end.
        position: How far it came.
        seconds: Spent in its steps and measurements, on one thread.
        measurements: Accuracy and loss along the steps, oldest first, the first and the last among them: at least one.
        changes: Settings changed on the way, oldest first.
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
        """Return what stays of the run of that number, as it is now."""
        return cls(
            number,
            snapshot.state,
            snapshot.settings,
            snapshot.position,
            snapshot.seconds,
            _fewer(snapshot.measurements),
            snapshot.changes,
        )

    def changes_of(self, name: str) -> tuple[Change, ...]:
        """Return the changes of one setting, oldest first."""
        return tuple(each for each in self.changes if each.name == SETTINGS[name].label)

    def told(self, name: str) -> str:
        """Return a setting as a person reads it; one that was turned on the way with what it was before."""
        turned = self.changes_of(name)
        if not turned:
            return SETTINGS[name].read(getattr(self.settings, name))
        between = ["…"] if len(turned) > 1 else []
        return " → ".join([turned[0].before, *between, turned[-1].after])


def differing(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the names of the settings in which runs differ, in the order of the table of settings."""
    return tuple(name for name in SETTINGS if len({each.told(name) for each in records}) > 1)


def names(records: Sequence[Record]) -> dict[int, str]:
    """Return what runs are called, by number: each with what is particular to it, such as "Run 2 · α 0.3".

    What more than half of them share goes without saying. So two runs that differ are called by different things.
    """
    words: dict[int, list[str]] = {each.number: [f"Run {each.number}"] for each in records}
    for name in differing(records):
        told = [each.told(name) for each in records]
        for record, value in zip(records, told, strict=True):
            if 2 * told.count(value) <= len(told):
                words[record.number].append(SETTINGS[name].phrase.format(value))
    return {number: " · ".join(each) for number, each in words.items()}


def _fewer(measurements: tuple[Measurement, ...]) -> tuple[Measurement, ...]:
    """Return MEASUREMENTS of them at the most, evenly chosen, the first and the last among them."""
    apart = -(-(len(measurements) - 1) // (MEASUREMENTS - 1)) or 1
    return (*measurements[:-1:apart], measurements[-1])
