"""Look back along a run: a slider that moves what the page shows of its network through the training."""

from pathlib import Path

import streamlit as st

from ui import session

KEY = "look_back"

# A slider of Streamlit's own tells only where it was let go, and its ends cannot move while it is held.
_slider = st.components.v2.component(
    "look_back", js=(Path(__file__).parent / "scrub.js").read_text(encoding="utf-8"), isolate_styles=False
)


def scrub(shown: int | None) -> None:
    """Show the slider, along the steps as the plots above it have them.

    Args:
        shown: The step looked back at when the page was drawn; where it is another, all of the page is drawn anew.
    """
    mine = session.current()
    run = mine.run
    if run is None:
        return
    step = mine.step_looked_at
    if step != shown:
        st.rerun(scope="app")
    kept = {each.step for each in run.checkpoints.kept()} | ({step} if step is not None else set())
    _slider(
        key=KEY,
        data={"steps": sorted(kept), "now": run.snapshot().position.step, "look": step},
        on_look_change=_move,
    )


def _move() -> None:
    """Look where the slider was moved; it names a step, or none for now."""
    match session.widget(KEY).get("look"):
        case {"step": int(step)}:
            session.current().look_back(step)
        case {"step": None}:
            session.current().look_back(None)
