"""Train two runs that differ in one setting side by side, from the same initial weights and at the same pace.

Both can be repeated with several seeds, to see how much of the difference is chance. A single run can be repeated too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from data.dataset import Split
from training.run import Run
from training.run_snapshot import Snapshot, State
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
    "dropout",
    "label_smoothing",
    "clip_norm",
    "schedule",
    "warm_up",
)
"""The settings that may differ. The others determine the data, the seed and the number of epochs."""

CHANGES_INITIAL_WEIGHTS = ("hidden_size", "hidden_layers", "initializer")
"""Settings that affect the shape of the initial weights or how they are drawn."""

MOST_SEEDS = 10
"""The maximum number of seeds with which both runs are repeated."""

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


def with_seeds(settings: Settings, seeds: int) -> list[Settings]:
    """Return settings with their own seed and the seeds that follow it, `seeds` in all."""
    return [replace(settings, seed=settings.seed + each) for each in range(seeds)]


class PacedRuns:
    """The runs of one side, which wait whenever they are ahead of the other, so that the two can be compared live.

    To the scheduler they are one run: each turn trains the run that has seen the fewest examples. A side is ahead if
    its furthest-behind run has seen more examples than that of the other side.
    """

    def __init__(self, runs: Sequence[Run], others: Sequence[Run]) -> None:
        self._runs = runs
        self._others = others

    def advance(self, seconds: float) -> float | None:
        """Train for about this long unless ahead; return the seconds until it can continue, or None if stopped."""
        run, other = _furthest_behind(self._runs), _furthest_behind(self._others)
        if run is None:
            return None
        if other is not None and run.examples_seen > other.examples_seen:
            return _RETRY_SECONDS
        wait = run.advance(seconds)
        return 0.0 if wait is None and _furthest_behind(self._runs) is not None else wait

    def release_memory(self) -> None:
        """Release memory that can be allocated again."""
        for run in self._runs:
            run.release_memory()


def _furthest_behind(runs: Sequence[Run]) -> Run | None:
    """Return the run that has seen the fewest examples, of those in training."""
    training = [run for run in runs if run.state is State.RUNNING]
    return min(training, key=lambda run: run.examples_seen, default=None)


class SideBySide:
    """Two runs with the same seed and split and one setting changed, and both repeated with the seeds that follow.

    The seed alone determines the initial weights and the order of the examples, so the two runs start with the same
    weights, unless the shapes differ, and see the examples in the same order. The split stays that of the first seed.

    Attributes:
        sides: The runs without and with the change, one for each seed.
        paced_runs: The same two sides, for the scheduler.
    """

    def __init__(self, change: OneChange, split: Split, seeds: int = 1) -> None:
        """Initialize all networks.

        Args:
            change: The setting that differs.
            split: The examples to train and measure on: the base's dataset, split with its seed and sizes.
            seeds: The number of seeds, starting from that of the base.

        Raises:
            ValueError: See `Run`.
        """
        classes = len(split.train.classes)
        first, second = (
            tuple(Run(each, split, classes) for each in with_seeds(settings, seeds))
            for settings in (change.base, change.other)
        )
        self.sides = (first, second)
        self.paced_runs = (PacedRuns(first, second), PacedRuns(second, first))

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs."""
        return (*self.sides[0], *self.sides[1])

    @property
    def training(self) -> bool:
        """Whether at least one run is training."""
        return any(run.state is State.RUNNING for run in self.runs)

    @property
    def over(self) -> bool:
        """Whether all runs have finished or diverged."""
        return all(run.state in {State.FINISHED, State.DIVERGED} for run in self.runs)

    def start(self) -> None:
        """Train all runs to their last epochs; a run that has finished or diverged is left as it is."""
        for run in self.runs:
            if run.state in {State.READY, State.PAUSED}:
                run.start()

    def pause(self) -> None:
        """Stop all runs before their next step."""
        for run in self.runs:
            run.pause()


def can_be_repeated(snapshot: Snapshot) -> bool:
    """Return whether a run is over and its settings never changed, so that it can be repeated with other seeds."""
    is_over = snapshot.state is State.FINISHED and snapshot.last_epoch == snapshot.settings.epochs
    return is_over and snapshot.reproducible and not snapshot.changes


class Repeats:
    """Repeats of a finished run, with the seeds that follow its own, on the same examples.

    They are measured at the same steps as the run, so that all curves can be overlaid.

    Attributes:
        runs: One for each seed, ascending.
        paced_runs: The same, for the scheduler.
    """

    def __init__(self, run: Run) -> None:
        """Prepare to repeat a run."""
        self._run, self._seen = run, run.examples_seen
        self.runs: list[Run] = []
        self.paced_runs = PacedRuns(self.runs, ())

    def start(self, seeds: int) -> None:
        """Start repeats with this many more seeds."""
        run, known = self._run, 1 + len(self.runs)
        steps = {each.step for each in run.snapshot().measurements}
        for settings in with_seeds(run.settings, known + seeds)[known:]:
            self.runs.append(Run(settings, run.split, len(run.split.train.classes), run.initial, steps))
            self.runs[-1].start()

    def stop(self) -> None:
        """Stop, and drop the repeats that are not over."""
        for run in self.runs:
            run.pause()
        self.runs[:] = [run for run in self.runs if run.state in {State.FINISHED, State.DIVERGED}]

    @property
    def are_of_its_end(self) -> bool:
        """Whether the run is still at the point where it was repeated."""
        return self._run.state is State.FINISHED and self._run.examples_seen == self._seen

    @property
    def training(self) -> bool:
        """Whether at least one is training."""
        return any(run.state is State.RUNNING for run in self.runs)

    @property
    def progress(self) -> float:
        """The share of the examples of all seeds that have been trained on, in [0, 1]; 1 once none is training."""
        seen = sum(self._seen if run.state is not State.RUNNING else run.examples_seen for run in self.runs)
        return min(seen / max(self._seen * len(self.runs), 1), 1.0)
