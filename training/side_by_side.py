"""Train two runs that differ in one setting side by side, from the same initial weights and at the same pace."""

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
"""The settings that may differ. The others determine the data, the seed and the number of epochs."""

CHANGES_INITIAL_WEIGHTS = ("hidden_size", "hidden_layers", "initializer")
"""Settings that affect the shape of the initial weights or how they are drawn."""

_RETRY_SECONDS = 0.002
"""How long a run that is ahead of the other waits before comparing again."""


@dataclass(frozen=True)
class OneChange:
    """One setting in which two runs differ.

    Attributes:
        base: The settings of the first run.
        name: The setting that differs, one of CHANGEABLE.
        value: Its value in the second run.
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


class PacedRun:
    """One of two runs, which waits whenever it is ahead of the other, so that the two can be compared live.

    The run that has trained on more examples is ahead.
    """

    def __init__(self, run: Run, other: Run) -> None:
        self._run = run
        self._other = other

    def advance(self, seconds: float) -> float | None:
        """Train for about this long unless ahead; return the seconds until it can continue, or None if stopped."""
        both_train = self._run.state is State.RUNNING and self._other.state is State.RUNNING
        if both_train and self._run.examples_seen > self._other.examples_seen:
            return _RETRY_SECONDS
        return self._run.advance(seconds)

    def release_memory(self) -> None:
        """Release memory that can be allocated again."""
        self._run.release_memory()


class SideBySide:
    """Two runs with the same seed and split, and one setting changed.

    The seed alone determines the initial weights and the order of the examples, so the two runs start with the same
    weights, unless the shapes differ, and see the examples in the same order.

    Attributes:
        runs: The first and the second run.
        paced_runs: The same two, for the scheduler.
    """

    def __init__(self, change: OneChange, split: Split) -> None:
        """Initialize both networks.

        Args:
            change: The setting that differs.
            split: The examples to train and measure on: the base's dataset, split with its seed and sizes.

        Raises:
            ValueError: See `Run`.
        """
        first, second = (Run(settings, split, len(split.train.classes)) for settings in (change.base, change.other))
        self.runs = (first, second)
        self.paced_runs = (PacedRun(first, second), PacedRun(second, first))

    @property
    def training(self) -> bool:
        """Whether at least one run is training."""
        return any(run.state is State.RUNNING for run in self.runs)

    @property
    def over(self) -> bool:
        """Whether both runs have finished or diverged."""
        return all(run.state in {State.FINISHED, State.DIVERGED} for run in self.runs)

    def start(self) -> None:
        """Train both runs to their last epochs; one that has finished or diverged is not changed."""
        for run in self.runs:
            if run.state in {State.READY, State.PAUSED}:
                run.start()

    def pause(self) -> None:
        """Stop both runs before their next step."""
        for run in self.runs:
            run.pause()
