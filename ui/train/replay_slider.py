"""Look back along a run: a slider that moves what the page shows of its network through the training."""

from pathlib import Path

import streamlit as st

from ui.state import streamlit_state
from ui.state.session import Session
from ui.train.run_view import RunView, run_view

KEY = "look_back"

# A slider of Streamlit's own tells only where it was let go, and its ends cannot move while it is held.
_slider = st.components.v2.component(
    "look_back", js=(Path(__file__).parent / "replay_slider.js").read_text(encoding="utf-8"), isolate_styles=False
)


def scrub(view: RunView) -> None:
    """Show the slider, along the steps as the plots have them; whenever it is moved, the page is drawn anew.

    It reads the steps off the status line: in a fragment of its own, to be told them, it halved how often the pages of
    20 sessions were redrawn.
    """
    _slider(key=KEY, data={"look": view.replayed_step}, on_look_change=_move)


def _move() -> None:
    """Look where the slider was moved; it names a step, or none for now."""
    view = run_view(Session.current().runs)
    if view is None:
        return
    match streamlit_state.widget_value(KEY).get("look"):
        case {"step": int(step)}:
            view.replay(step)
        case {"step": None}:
            view.replay(None)
