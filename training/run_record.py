"""What stays of a run: what it was told, how it went, and what it came to; and what tells runs from one another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from nn.trainer import Position
from training.history import Change, Measurement
from training.run import Snapshot, State
from training.settings import SETTINGS, Settings

MEASUREMENTS = 500
"""Measurements that stay of a run at the most: what a plot can show."""


def run_name(number: int) -> str:
    """Return what the run of that number, from 1, is called."""
    return f"Run {number}"


@dataclass(frozen=True)
class Record:
    """A run as it went, without its network.

    Attributes:
        number: Which run of the session it was, from 1.
        state: Where it stood.
        settings: What it was told when it took its last step.
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
        """Return what stays of the run of that number, as it is now.

        A setting that was turned after its last step, as one does before another run, has done nothing to it.
        """
        step = snapshot.position.step
        untaken = {_setting(each): each.before for each in snapshot.changes if each.step >= step}
        return cls(
            number,
            snapshot.state,
            replace(snapshot.settings, **{name: _option(name, before) for name, before in untaken.items()}),
            snapshot.position,
            snapshot.seconds,
            _fewer(snapshot.measurements),
            tuple(each for each in snapshot.changes if each.step < step),
        )

    def changes_of(self, name: str) -> tuple[Change, ...]:
        """Return the changes of one setting, oldest first."""
        return tuple(each for each in self.changes if _setting(each) == name)

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
    words: dict[int, list[str]] = {each.number: [run_name(each.number)] for each in records}
    for name in differing(records):
        told = [each.told(name) for each in records]
        for record, value in zip(records, told, strict=True):
            if 2 * told.count(value) <= len(told):
                words[record.number].append(SETTINGS[name].phrase.format(value))
    return {number: " · ".join(each) for number, each in words.items()}


def _setting(change: Change) -> str:
    """Return the name of the setting that was turned."""
    return next(name for name, setting in SETTINGS.items() if setting.label == change.name)


def _option(name: str, read: str) -> Any:  # noqa: ANN401 - the setting's own type
    """Return the option of a setting that a person reads so."""
    return next(option for option in SETTINGS[name].options if SETTINGS[name].read(option) == read)


def _fewer(measurements: tuple[Measurement, ...]) -> tuple[Measurement, ...]:
    """Return MEASUREMENTS of them at the most, evenly chosen, the first and the last among them."""
    apart = -(-(len(measurements) - 1) // (MEASUREMENTS - 1)) or 1
    return (*measurements[:-1:apart], measurements[-1])
