"""Presets as cards: each asks a question, may take a prediction, and starts a run or opens a page that answers it."""

from dataclasses import dataclass

import streamlit as st

from language.translation import _
from training.curve_measurement import measured_examples
from training.prediction import Outcome, Prediction
from training.presets import PRESETS
from training.run_snapshot import Snapshot, State
from ui import routes
from ui.state.session import Session
from ui.state.streamlit_state import page_state, widget_value
from ui.train.run_controls import start_run
from ui.train.run_view import RunView, run_view
from ui.widgets import predictions
from ui.widgets.html_templates import Templates
from ui.widgets.preset_results import PresetResults, what_to_watch
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
        st.expander(_("Experiments"), key=f"experiments_{page_state(PresetState).started}"),
        st.container(key="preset_cards", horizontal=True, gap="small"),
    ):
        for number, preset in enumerate(PRESETS):
            with st.container(key=f"preset_card_{number}", gap="small"):
                came = results.get(preset.name)
                st.html(TEMPLATES.card(preset=preset, came=came))
                if preset.prediction is not None:
                    predictions.choose(preset.prediction, f"prediction_{number}")
                st.button(
                    _("Try {name}", name=_(preset.name)),
                    key=f"preset_{number}",
                    on_click=once(_start_preset),
                    args=(session, number),
                )


def explain(view: RunView, snapshot: Snapshot) -> None:
    """Show the prediction or, for a run that a preset started, what to watch; afterwards, the outcome."""
    train, task = view.run.split.train, Session.current().task_on(routes.TRAIN)
    if task.prediction is not None:
        predictions.what_came(_of_task(task.prediction, view, snapshot))
    elif view.preset is not None and not task:
        what_to_watch(view.preset, _result(view, snapshot))
    elif train.true_labels is not None:
        st.html(TEMPLATES.wrong_labels(wrong=view.wrong_labels, total=len(train)))


def question_and_answer(view: RunView, snapshot: Snapshot) -> tuple[str, str]:
    """Return a run's question, from a task or preset, and the prediction with its outcome; each may be empty."""
    task = Session.current().task_on(routes.TRAIN)
    if task:
        asked = task.prediction
        came = None if asked is None else _of_task(asked, view, snapshot)
        question = "\n".join(filter(None, (task.text, "" if asked is None else _(asked.question))))
    else:
        came, question = _result(view, snapshot), "" if view.preset is None else _(view.preset.question)
    return question, predictions.in_words(came) if came is not None and (came.said or came.measured) else ""


def _of_task(prediction: Prediction, view: RunView, snapshot: Snapshot) -> Outcome:
    """Return the prediction made in a task, and its outcome once the run is over."""
    return _outcome(prediction, view, snapshot) or Outcome(prediction, view.predicted)


def _result(view: RunView, snapshot: Snapshot) -> Outcome | None:
    """Return a preset's prediction and outcome, once its run has finished with unchanged settings."""
    preset = view.preset
    if preset is None or preset.prediction is None or snapshot.changes or not preset.matches(snapshot.settings):
        return None
    return _outcome(preset.prediction, view, snapshot)


def _outcome(prediction: Prediction, view: RunView, snapshot: Snapshot) -> Outcome | None:
    """Return a run's outcome beside the prediction, once the run is over."""
    if snapshot.state not in {State.FINISHED, State.DIVERGED}:
        return None
    last, quantity = snapshot.measurements[-1], prediction.quantity
    if quantity is None or quantity.value is None:
        return Outcome(prediction, view.predicted)
    examples = measured_examples(len(view.run.split.dev)) if prediction.measured == "dev_accuracy" else 0
    return Outcome(prediction, view.predicted, quantity.value(last), examples)


def _start_preset(session: Session, number: int) -> None:
    """Start the run of a preset, or open the page that shows the preset."""
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
