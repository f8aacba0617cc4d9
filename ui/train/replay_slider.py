"""The replay slider, which shows the whole page at an earlier step of the run."""

from pathlib import Path

import streamlit as st

from ui.state import streamlit_state
from ui.state.session import Session
from ui.train.run_view import RunView, run_view

KEY = "look_back"

# Streamlit's own slider reports only its final position, and its range cannot grow during a drag.
_slider = st.components.v2.component(
    "look_back", js=(Path(__file__).parent / "replay_slider.js").read_text(encoding="utf-8"), isolate_styles=False
)


def replay_slider(view: RunView) -> None:
    """Show the slider, aligned with the x axis of the plots; each move redraws the page.

    It reads the available steps from the status line: passing them in through a separate fragment halved the redraw
    rate of 20 sessions.
    """
    _slider(key=KEY, data={"step": view.replayed_step, "sent": view.replay_sent}, on_look_change=_move)


def _move() -> None:
    """Replay the step reported by the slider; None means the latest."""
    view = run_view(Session.current().runs)
    if view is None:
        return
    match streamlit_state.widget_value(KEY).get("look"):
        case {"step": int() | None as step, "sent": int(sent)}:
            view.replay(step)
            view.replay_sent = sent
