"""The replay slider, which shows a whole page at an earlier step of the run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from language.translation import _
from training.checkpoints import Checkpoint
from training.run import Run
from training.run_snapshot import Snapshot
from ui.state import streamlit_state
from ui.widgets.number_format import count
from ui.workarounds.component_file import component_from_file

KEY = "look_back"

# Streamlit's own slider reports only its final position, and its range cannot grow during a drag.
_slider = component_from_file(Path(__file__).with_suffix(".js"))


@dataclass
class Replay:
    """The step of a run that a page shows.

    Attributes:
        run: The run.
        replayed: The earlier step displayed; None means the latest.
        replay_sent: When the browser, by its own clock, sent the request last answered, to match it with the answer.
    """

    run: Run
    replayed: Checkpoint | None = None
    replay_sent: int | None = None

    @property
    def replayed_step(self) -> int | None:
        """The number of the step displayed; None means the latest."""
        return None if self.replayed is None else self.replayed.step

    def replay(self, step: int | None) -> None:
        """Show the run at the checkpoint nearest to a step; None shows its current state."""
        self.replayed = None
        if step is not None:
            self.replayed = min(self.run.snapshot().checkpoints, key=lambda each: abs(each.step - step))

    def shown(self, snapshot: Snapshot | None = None) -> Checkpoint:
        """Return the displayed network with its step; `snapshot` is a recent snapshot of the run, if there is one."""
        return self.replayed or (snapshot or self.run.snapshot()).checkpoint

    @property
    def when(self) -> str:
        """The displayed step, in words."""
        if self.replayed_step is None:
            return _("now")
        return _("at step {step}", step=count(self.replayed_step))


def replay_slider(current: Callable[[], Replay | None], within: str, *, along_curves: bool) -> None:
    """Show the slider; each move redraws the page. Draw it last: its redraw signals that everything else is drawn.

    It reads the available steps from the element `#status` (`data-now` and `data-kept`): passing them in through a
    separate fragment halves the redraw rate of 20 sessions.

    Args:
        current: Returns the replay, also when the slider is moved; None once there is nothing left to replay.
        within: The key of the container of the slider, the status and the curves.
        along_curves: Whether to align it with the step axis of curves; otherwise the checkpoints are evenly spaced.
    """

    def move() -> None:
        """Replay the step reported by the slider; None means the latest."""
        replay = current()
        if replay is None:
            return
        match streamlit_state.widget_value(KEY).get("look"):
            case {"step": int() | None as step, "sent": int(sent)}:
                replay.replay(step)
                replay.replay_sent = sent

    shown = current()
    if shown is not None:
        data = {
            "step": shown.replayed_step,
            "sent": shown.replay_sent,
            "within": f".st-key-{within}",
            "curves": along_curves,
        }
        _slider()(key=KEY, data=data, on_look_change=move)
