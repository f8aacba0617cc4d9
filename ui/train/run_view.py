"""The Train page's view of its run: the replayed step, selected mistakes and test result."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from training.diagnosis import Finding
from training.history import Measurement
from training.presets import PRESETS, Preset
from training.run_snapshot import Snapshot, State
from training.settings import Settings
from ui.state.runs import RefusedSettings, Runs
from ui.state.streamlit_state import page_state
from ui.train.mistake_selection import LatestOutcomes, MeasuredOutcomes, MistakeSelection
from ui.widgets.replay_slider import Replay


@dataclass
class RunView(Replay):
    """The view of one run.

    Attributes:
        preset: The preset that started the run, if any.
        predicted: What the visitor predicted for it, a number or the index of a choice.
        need_new_run: The changed settings that require a new run, with their values.
        test_result: The last measurement on test.
        mistakes: The selection of mistakes.
        doubts: The outcomes on train, for the labels that the network doubts.
        measured: The values of the curves at the replayed step, if any.
        finding: The problem last diagnosed, if any.
        diagnosed: The step, state, settings and language of that diagnosis; None before the first.
        diagnosed_at: The time of that diagnosis, in seconds on the monotonic clock.
    """

    preset: Preset | None = None
    predicted: float | None = None
    need_new_run: dict[str, Any] = field(default_factory=dict)
    test_result: MeasuredOutcomes | None = None
    mistakes: MistakeSelection = field(default_factory=MistakeSelection)
    doubts: LatestOutcomes = field(default_factory=LatestOutcomes)
    measured: Measurement | None = None
    finding: Finding | None = None
    diagnosed: tuple[int, State, Settings, str] | None = None
    diagnosed_at: float = 0.0

    @cached_property
    def wrong_labels(self) -> int:
        """How many training examples were given a wrong label."""
        return self.run.split.train.wrong_labels

    def replay(self, step: int | None) -> None:
        """Show and measure the run at the checkpoint nearest to a step; None shows its current state."""
        super().replay(step)
        self.measured = None if self.replayed is None else self.run.measure(self.replayed)

    def snapshot(self) -> Snapshot:
        """Return the run as shown: as it is now, or as it was at the replayed step."""
        now = self.run.snapshot()
        return now if self.replayed is None or self.measured is None else now.at(self.replayed, self.measured)

    def reset(self) -> None:
        """Reset the run to its initial weights."""
        self.run.reset()
        self.test_result = self.replayed = self.measured = None


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
        before = state.view
        state.view = RunView(runs.current, preset=next((each for each in PRESETS if each.matches(settings)), None))
        if before is not None and not before.run.begun:
            state.view.predicted = before.predicted  # a changed setting rebuilt it
    return state.view
