"""The Train page's view of its run: the replayed step, selected mistakes and test result."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from training.checkpoints import Checkpoint
from training.diagnosis import Finding
from training.history import Measurement
from training.presets import PRESETS, Preset
from training.run import Run
from training.run_snapshot import Snapshot, State
from training.settings import Settings
from ui.state.runs import RefusedSettings, Runs
from ui.state.streamlit_state import page_state
from ui.train.mistake_selection import MeasuredOutcomes, MistakeSelection


@dataclass(frozen=True, eq=False)
class ReplayedStep:
    """An earlier step of a run: its network, and the values on the curves."""

    checkpoint: Checkpoint
    measurement: Measurement


@dataclass
class RunView:
    """The view of one run.

    Attributes:
        run: The run.
        preset: The preset it started from, if any.
        need_new_run: The changed settings that require a new run, with their values.
        test_result: The last measurement on test.
        mistakes: The selection of mistakes.
        replayed: The step displayed; None means the latest.
        replay_sent: When the browser sent the request last answered, by its own clock, so that it knows the answer.
        finding: The problem last diagnosed, if any.
        diagnosed: The step, state and settings of that diagnosis; None before the first.
        diagnosed_at: When that was, in seconds on the monotonic clock.
    """

    run: Run
    preset: Preset | None
    need_new_run: dict[str, Any] = field(default_factory=dict)
    test_result: MeasuredOutcomes | None = None
    mistakes: MistakeSelection = field(default_factory=MistakeSelection)
    replayed: ReplayedStep | None = None
    replay_sent: int | None = None
    finding: Finding | None = None
    diagnosed: tuple[int, State, Settings] | None = None
    diagnosed_at: float = 0.0

    @cached_property
    def wrong_labels(self) -> int:
        """How many training examples were given a wrong label."""
        return self.run.split.train.wrong_labels

    @property
    def replayed_step(self) -> int | None:
        """The number of the step displayed; None means the latest."""
        return None if self.replayed is None else self.replayed.checkpoint.step

    def replay(self, step: int | None) -> None:
        """Show the run at the checkpoint nearest to a step; None shows its current state."""
        self.replayed = None
        if step is not None:
            checkpoint = min(self.run.snapshot().checkpoints, key=lambda each: abs(each.step - step))
            self.replayed = ReplayedStep(checkpoint, self.run.measure(checkpoint))

    def reset(self) -> None:
        """Reset the run to its initial weights."""
        self.run.reset()
        self.test_result = self.replayed = None

    def shown(self, snapshot: Snapshot | None = None) -> Checkpoint:
        """Return the displayed network with its step; `snapshot` is one just taken of the run, if there is one."""
        if self.replayed is not None:
            return self.replayed.checkpoint
        return (snapshot or self.run.snapshot()).checkpoint

    @property
    def when(self) -> str:
        """The displayed step, in words."""
        return "now" if self.replayed_step is None else f"at step {self.replayed_step:,}"


@dataclass
class TrainState:
    """State of the Train page between reruns.

    Attributes:
        view: The view of the latest run.
        refused: The last settings rejected for a new run.
    """

    view: RunView | None = None
    refused: RefusedSettings | None = None


def run_view(runs: Runs) -> RunView | None:
    """Return the view of the current run, created when the run begins; None before the first run."""
    state = page_state(TrainState)
    if runs.current is None:
        return None
    if state.view is None or state.view.run is not runs.current:
        settings = runs.current.settings
        state.view = RunView(runs.current, next((each for each in PRESETS if each.matches(settings)), None))
    return state.view
