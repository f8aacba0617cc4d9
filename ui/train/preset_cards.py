"""Presets as cards: each asks a question and starts the run that answers it."""

from dataclasses import dataclass

import streamlit as st

from training.presets import PRESETS, Preset
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.train.run_controls import start_run
from ui.train.run_view import RunView
from ui.widgets.html_templates import Templates
from ui.workarounds.click_once import once

TEMPLATES = Templates("train/preset_cards.html.j2")


@dataclass
class PresetState:
    """How many runs were started from a preset."""

    started: int = 0


def preset_cards(session: Session) -> None:
    """Offer the presets in an expander, which closes when a run starts."""
    with (
        st.expander("Experiments", key=f"experiments_{page_state(PresetState).started}"),
        st.container(key="preset_cards", horizontal=True, gap="small"),
    ):
        for number, preset in enumerate(PRESETS):
            with st.container(key=f"preset_card_{number}", gap="small"):
                st.html(TEMPLATES.card(preset=preset))
                st.button(
                    f"Try {preset.name}", key=f"preset_{number}", on_click=once(_start_preset), args=(session, preset)
                )


def what_to_watch(view: RunView) -> None:
    """Say what to watch in a run that a preset started, or that trains on wrong labels."""
    train = view.run.split.train
    if view.preset is not None:
        st.html(TEMPLATES.what_to_watch(preset=view.preset))
    elif train.true_labels is not None:
        st.html(TEMPLATES.wrong_labels(wrong=view.wrong_labels, total=len(train)))


def _start_preset(session: Session, preset: Preset) -> None:
    page_state(PresetState).started += 1
    session.replace_settings(preset.settings(session.settings))
    if start_run(session) and session.runs.current is not None:
        session.runs.current.start()
        session.runs.train()
