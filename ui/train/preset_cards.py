"""Presets as cards: each asks a question, may take a prediction, and starts what answers it: a run, or another page."""

from dataclasses import dataclass

import streamlit as st

from training.curve_measurement import measured_examples
from training.percentages import accuracy, percent
from training.presets import PRESETS
from training.run_snapshot import Snapshot, State
from ui import routes
from ui.state.session import Session
from ui.state.streamlit_state import page_state, widget_value
from ui.train.run_controls import start_run
from ui.train.run_view import RunView, run_view
from ui.widgets.html_templates import Templates
from ui.widgets.preset_results import PresetResult, PresetResults, what_to_watch
from ui.workarounds.click_once import once

TEMPLATES = Templates("train/preset_cards.html.j2")


@dataclass
class PresetState:
    """How many presets were started."""

    started: int = 0


def preset_cards(session: Session, view: RunView | None) -> None:
    """Offer the presets in an expander, which closes when a run starts."""
    results = page_state(PresetResults).results
    if view is not None and view.preset is not None and (came := _result(view, view.run.snapshot())) is not None:
        results[view.preset.name] = came
    with (
        st.expander("Experiments", key=f"experiments_{page_state(PresetState).started}"),
        st.container(key="preset_cards", horizontal=True, gap="small"),
    ):
        for number, preset in enumerate(PRESETS):
            with st.container(key=f"preset_card_{number}", gap="small"):
                came = results.get(preset.name)
                st.html(TEMPLATES.card(preset=preset, came=came))
                if preset.prediction is not None:
                    st.segmented_control(
                        preset.prediction.question,
                        preset.prediction.choices,
                        key=f"prediction_{number}",
                        on_change="ignore",
                        persist_state="session",
                    )
                st.button(
                    f"Try {preset.name}",
                    key=f"preset_{number}",
                    on_click=once(_start_preset),
                    args=(session, number),
                )


def explain(view: RunView, snapshot: Snapshot) -> None:
    """Say what to watch in a run that a preset started, or that trains on wrong labels; then, what came of it."""
    train = view.run.split.train
    if view.preset is not None:
        what_to_watch(view.preset, _result(view, snapshot))
    elif train.true_labels is not None:
        st.html(TEMPLATES.wrong_labels(wrong=view.wrong_labels, total=len(train)))


def _result(view: RunView, snapshot: Snapshot) -> PresetResult | None:
    """Return what came of a preset beside what was predicted, once its run has finished with its settings unchanged."""
    preset = view.preset
    if preset is None or preset.prediction is None or snapshot.state is not State.FINISHED:
        return None
    if snapshot.changes or not preset.matches(snapshot.settings):
        return None
    share = float(getattr(snapshot.measurements[-1], preset.prediction.measured))
    on_dev = preset.prediction.measured == "dev_accuracy"
    measured = accuracy(share, measured_examples(len(view.run.split.dev))) if on_dev else percent(share)
    return PresetResult(view.predicted, preset.prediction.choice(share), measured)


def _start_preset(session: Session, number: int) -> None:
    """Start the run of a preset, or open the page that shows it."""
    preset = PRESETS[number]
    page_state(PresetState).started += 1
    predicted = None if preset.prediction is None else widget_value(f"prediction_{number}")
    if preset.page:
        page_state(PresetResults).send(preset, predicted)
        routes.go_to(next(each for each in routes.ROUTES if each.path == preset.page), routes.TRAIN)
        return
    session.replace_settings(preset.settings(session.settings))
    if start_run(session) and session.runs.current is not None:
        view = run_view(session.runs)
        if view is not None:
            view.predicted = predicted
        session.runs.current.start()
        session.runs.train()
