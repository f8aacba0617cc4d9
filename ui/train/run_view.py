"""What the Train page remembers of the run that it shows: the step replayed, the mistakes chosen, the test result."""

from dataclasses import dataclass, field

from training.checkpoints import Checkpoint
from training.history import Measurement
from training.presets import PRESETS, Preset
from training.run import Run
from ui.state.runs import RefusedSettings, Runs
from ui.state.streamlit_state import page_state
from ui.train.mistake_selection import MeasuredOutcomes, MistakeSelection


@dataclass(frozen=True, eq=False)
class ReplayedStep:
    """An earlier step of a run: the network there, and what the curves show."""

    checkpoint: Checkpoint
    measurement: Measurement


@dataclass
class RunView:
    """What is shown of one run.

    Attributes:
        run: The run.
        preset: The one that it began with.
        need_new_run: The names of settings chosen that only a new run can apply.
        test_result: The last measurement on test.
        mistakes: Which mistakes are looked at.
        replayed: The step that is shown; None for the latest.
    """

    run: Run
    preset: Preset | None
    need_new_run: tuple[str, ...] = ()
    test_result: MeasuredOutcomes | None = None
    mistakes: MistakeSelection = field(default_factory=MistakeSelection)
    replayed: ReplayedStep | None = None

    @property
    def replayed_step(self) -> int | None:
        """The number of the step that is shown; None for the latest."""
        return None if self.replayed is None else self.replayed.checkpoint.step

    def replay(self, step: int | None) -> None:
        """Show the run at its checkpoint nearest to a step; with None, as it is now."""
        self.replayed = None
        if step is not None:
            checkpoint = min(self.run.snapshot().checkpoints, key=lambda each: abs(each.step - step))
            self.replayed = ReplayedStep(checkpoint, self.run.measure(checkpoint))

    def reset(self) -> None:
        """Take the run back to its initial weights."""
        self.run.reset()
        self.test_result = self.replayed = None

    def shown(self) -> Checkpoint:
        """Return the network that is shown, with its step."""
        return self.run.snapshot().checkpoint if self.replayed is None else self.replayed.checkpoint

    @property
    def when(self) -> str:
        """Which step is shown, in words."""
        return "now" if self.replayed_step is None else f"at step {self.replayed_step:,}"


@dataclass
class TrainState:
    """What the Train page remembers.

    Attributes:
        view: What is shown of the latest run.
        refused: The settings last refused for a new run.
        upload_problem: Why the weights uploaded last cannot be used; empty when they can.
    """

    view: RunView | None = None
    refused: RefusedSettings | None = None
    upload_problem: str = ""


def run_view(runs: Runs) -> RunView | None:
    """Return what is shown of the current run, which begins afresh with each run; None before the first."""
    state = page_state(TrainState)
    if runs.current is None:
        return None
    if state.view is None or state.view.run is not runs.current:
        settings = runs.current.settings
        state.view = RunView(runs.current, next((each for each in PRESETS if each.matches(settings)), None))
    return state.view
