"""Two runs that differ in one setting, trained side by side: from the same beginning, at the same pace."""

from dataclasses import dataclass, replace
from typing import Any

from data.dataset import Split
from training.run import Run
from training.run_snapshot import State
from training.settings import SETTINGS, Settings

CHANGEABLE = (
    "learning_rate",
    "l2",
    "batch_size",
    "optimizer",
    "distortion",
    "hidden_size",
    "hidden_layers",
    "activation",
    "initializer",
)
"""The settings of which one may differ: the others decide what is learned from, how long, and where chance begins."""

OTHER_WEIGHTS = ("hidden_size", "hidden_layers", "initializer")
"""Those with which the first weights cannot be the same: they have another shape, or are drawn by another rule."""

_PATIENCE = 0.002
"""Seconds after which a run that is ahead looks again whether it is still."""


@dataclass(frozen=True)
class OneChange:
    """One setting that is to differ between two runs.

    Attributes:
        base: The settings of the first.
        name: The setting that differs, one of CHANGEABLE.
        value: Its value in the second.
    """

    base: Settings
    name: str
    value: Any

    def __post_init__(self) -> None:
        if self.name not in CHANGEABLE:
            raise ValueError(f"name must be one of {', '.join(CHANGEABLE)}; got {self.name!r}")
        if self.value == getattr(self.base, self.name):
            label = SETTINGS[self.name].label
            raise ValueError(f"{label} must differ from the first run's; got {self.value!r} for both")

    @property
    def other(self) -> Settings:
        """The settings of the second run."""
        return replace(self.base, **{self.name: self.value})


class Lane:
    """One of two runs in training: it waits while it is ahead of the other, so that both can be watched at one pace.

    Ahead is whoever has learned from more examples; where the batches are as large as one another, that are steps.
    """

    def __init__(self, run: Run, other: Run) -> None:
        """Train `run` no further than `other`, but for a slice."""
        self._run = run
        self._other = other

    def advance(self, seconds: float) -> float | None:
        """Train as the run does; return seconds until it wants to go on, None when it does not."""
        both_train = self._run.state is State.RUNNING and self._other.state is State.RUNNING
        if both_train and self._run.examples_seen > self._other.examples_seen:
            return _PATIENCE
        return self._run.advance(seconds)

    def release_memory(self) -> None:
        """Release memory that can be filled again."""
        self._run.release_memory()


class SideBySide:
    """Two runs from the same seed, on the same split, with one setting changed.

    Each draws its weights and the order of its digits from the seed alone, so both begin with the same weights, where
    the shapes allow, and see the digits in the same order.

    Attributes:
        runs: The first and the second.
        lanes: The same, for the scheduler.
    """

    def __init__(self, change: OneChange, split: Split) -> None:
        """Draw both networks and make ready.

        Args:
            change: What differs.
            split: The digits to learn from and to measure on, of the base's dataset, seed and sizes.

        Raises:
            ValueError: See `Run`.
        """
        first, second = (Run(settings, split, len(split.train.classes)) for settings in (change.base, change.other))
        self.runs = (first, second)
        self.lanes = (Lane(first, second), Lane(second, first))

    @property
    def training(self) -> bool:
        """Whether one of them trains."""
        return any(run.state is State.RUNNING for run in self.runs)

    @property
    def over(self) -> bool:
        """Whether neither can go on: each has come to its last epoch, or diverged."""
        return all(run.state in {State.FINISHED, State.DIVERGED} for run in self.runs)

    def start(self) -> None:
        """Train both from where they are, each to its last epoch; one that is over stays as it is."""
        for run in self.runs:
            if run.state in {State.READY, State.PAUSED}:
                run.start()

    def pause(self) -> None:
        """Stop both before their next step."""
        for run in self.runs:
            run.pause()
