"""Asks for a prediction, and says what came beside it; for presets and for tasks."""

import streamlit as st

from training.prediction import Prediction
from ui.widgets import messages


def choose(prediction: Prediction, key: str) -> str | None:
    """Show the choices of a prediction, and return the chosen one."""
    return st.segmented_control(
        messages.plain(prediction.question),
        prediction.choices,
        format_func=messages.plain,
        key=key,
        on_change="ignore",
        persist_state="session",
    )
