"""Train: live training, with settings that can be changed while it runs."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup

from data.built_in import DATASETS
from language.translation import N_, _
from models.reader import Reader
from models.weights import SavedNetwork
from training.prediction import QUANTITIES
from training.run import Run
from training.run_snapshot import State
from training.settings import SETTINGS, Settings
from ui import routes
from ui.state.address import SPEED, as_parameters
from ui.state.network_names import network_title
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.train.alpha_finder import alpha_finder
from ui.train.doubted_labels import doubted_labels
from ui.train.downloads import downloads
from ui.train.mistakes import mistakes
from ui.train.network_view import network_view
from ui.train.preset_cards import preset_cards
from ui.train.problems import problem_line
from ui.train.progress import status_and_curves
from ui.train.run_controls import (
    INSIDE,
    OF_THE_DATA,
    awaited_prediction,
    follow_settings,
    offer_new_run,
    run_controls,
    show_offers,
    start_run,
)
from ui.train.run_sheet import run_sheet
from ui.train.run_view import RunView, TrainState, run_view
from ui.train.sample_digits import sample_digits
from ui.train.weights_upload import weights_upload
from ui.widgets import canvas, linked_drawing, messages, predictions, run_settings
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.live_reading import live_reading
from ui.widgets.next_step import next_step
from ui.widgets.replay_slider import replay_slider
from ui.widgets.small_canvas import small_canvas
from ui.widgets.task_panel import TaskPage, follow, set_a_task

TEMPLATES = Templates("train/page.html.j2")

REDRAW_SECONDS = 0.24
"""Seconds between redraws of the curves, the network and the reading of the drawing, while few runs train."""

PICTURES_SECONDS = 2.0
"""Seconds between redraws of the digits, mistakes and problem line, which cost more and change less."""


TASKS = TaskPage(
    routes.TRAIN,
    controls={run_settings.address_of(name): setting.label for name, setting in SETTINGS.items()}
    | {SPEED: N_("Speed"), INSIDE: N_("Digits, mistakes and downloads")},
    cannot_be_fixed=(SPEED, INSIDE),
    usual=("alpha", "l2"),
    measured=tuple(name for name, quantity in QUANTITIES.items() if quantity.value is not None),
)


def page() -> None:
    """Show the page.

    The containers are laid out in static/style.css: in columns on a wide screen; stacked on a phone, with the buttons
    and the curves in view while settings are changed. They are nested as little as possible, because before each
    redraw Streamlit copies the containers around a fragment, each with all of its own ancestors.
    """
    session = Session.attach()
    if session.settings_replaced:
        run_settings.set_widgets(session.settings)
    if session.runs.current is None and page_state(TrainState).refused is None:
        start_run(session)  # first, so that the page is drawn once
    view = run_view(session.runs)
    running, task = view is not None and view.run.state is State.RUNNING, session.task_on(routes.TRAIN)
    changing = running or session.runs.is_repeating
    often, seldom = REDRAW_SECONDS if changing else None, PICTURES_SECONDS if running else None
    with st.container(key="train_head"):
        st.html(_head(view))
        if not task:
            preset_cards(session, view)
    if view is not None:
        predictions.ask(awaited_prediction(session, view), "prediction", partial(setattr, view, "predicted"))
        run_controls(session, view)
    with st.container(key="train_desk"):
        with st.container(key="settings"):
            _settings(session.runs.current)
        session.settings_replaced = False  # only now, so that a page interrupted earlier sets its widgets again
        if view is not None:  # None at first, or if no data can be read
            _drawing_and_run(often)
            below_curves = st.container(key="below_curves")
            if task.shows(INSIDE):
                with st.container(key="inside"):
                    live_fragment(sample_digits, seldom)()
                    live_fragment(_mistakes_and_doubts, seldom)()
                    downloads(session, view)
                    weights_upload(session)
            with below_curves:  # last: its redraw tells the slider that everything it controls has been drawn
                live_fragment(problem_line, seldom)()
                replay_slider(lambda: run_view(Session.current().runs), "train_desk", along_curves=True)
    run_sheet(session)
    set_a_task(TASKS, _parameters, _left_out)
    next_step(routes.TRAIN)


def _parameters() -> dict[str, str]:
    """Return the settings, the speed and the drawing as the parameters of a link, without the visitor's own dataset."""
    session = Session.current()
    settings = session.settings
    if settings.dataset not in DATASETS:
        default = Settings()
        settings = replace(settings, **{name: getattr(default, name) for name in OF_THE_DATA})
    return as_parameters(settings, session.speed) | linked_drawing.parameters(session.canvas)


def _left_out() -> list[str]:
    """Return sentences about what a link to the page cannot hold."""
    session = Session.current()
    found = [linked_drawing.left_out(session.canvas)]
    if session.settings.dataset not in DATASETS:
        found.append(_("Your own dataset is not in the link: it opens with the embedded digits."))
    run = session.runs.current
    if run is not None and run.initial is not None:
        name = network_title(run.initial.name)
        found.append(_("The weights of {name} are not in the link: it begins with those of the seed.", name=name))
    return found


def _head(view: RunView | None) -> Markup:
    if view and view.need_new_run:
        return TEMPLATES.head(lead=run_settings.need_of_a_new_run(view.need_new_run), is_waiting=True)
    if Session.current().task_on(routes.TRAIN):
        return TEMPLATES.head(lead="", is_waiting=False)
    lead = _("Change α, λ and more while it trains.")
    if view is not None and view.run.initial is not None:
        lead = _("Began with the weights of {name}.", name=network_title(view.run.initial.name))
    return TEMPLATES.head(lead=lead, is_waiting=False)


@st.fragment
def _settings(drawn: Run | None) -> None:
    """Show the settings; most take effect at the next step of a running network. A different run redraws the page."""
    session, state = Session.current(), page_state(TrainState)
    view = run_view(session.runs)
    refusal = st.empty() if view is None else None  # above the settings, if there is no run to see
    run_settings.settings_panel(session, below=_below_setting)
    epochs_to_train = None if view is None else view.run.epochs_to_train
    need_new_run = follow_settings(session, view)
    if session.runs.current is not drawn:
        st.rerun(scope="app")
    if view is not None and need_new_run != view.need_new_run:
        view.need_new_run = need_new_run
        st.rerun(scope="app")
    if view is not None and view.run.state is State.FINISHED and view.run.epochs_to_train != epochs_to_train:
        st.rerun(scope="app")  # a button shows how many there are
    if state.refused is not None and state.refused.settings == session.settings:
        with refusal or st.container():
            messages.problem(state.refused.reason)
    show_offers(need_new_run)
    follow(TASKS, _parameters)


def _below_setting(name: str, value: Any) -> None:  # noqa: ANN401 - the setting's own type
    """Show what belongs below a setting: the offer of a new run and, after the schedule, the α finder."""
    offer_new_run(name, value)
    session = Session.current()
    may_take = session.task_on(routes.TRAIN).is_free(run_settings.address_of("learning_rate"))
    if name == "warm_up" and may_take and session.runs.current is not None:
        alpha_finder(session, session.runs.current)


@st.fragment
def _drawing_and_run(redraw_seconds: float | None) -> None:
    """Show the canvas and the run, redrawn at this interval while it trains; a stroke redraws only this."""
    canvas.take_up_report(Session.current().canvas)
    paper = st.container(key="own_paper", gap="xsmall")
    live_fragment(_run, redraw_seconds)(redraw_seconds is not None)
    with paper:  # after its reading, which visitors wait for
        small_canvas(_("The network in training reads it."))
    follow(TASKS, _parameters)


def _mistakes_and_doubts() -> None:
    """Show what the network misreads, and which labels it doubts."""
    mistakes()
    doubted_labels()


def _run(changing: bool) -> None:  # noqa: FBT001 - whether it was training or being repeated when the page was drawn
    """Show the progress of the run, its reading of the drawing and the network; during a stroke, only this is redrawn.

    All of this is one fragment, because Streamlit spends more time on redrawing a fragment than this takes to draw.
    """
    runs = Session.current().runs
    view = run_view(runs)
    if view is None:
        return
    snapshot = view.run.snapshot()
    shown = view.shown(snapshot)
    reader = Reader(SavedNetwork(shown.network, {"classes": list(view.run.split.train.classes)}))
    with st.container(key="progress"):
        status_and_curves(view, snapshot)
    with st.container(key="own_reading", gap="xsmall"):
        content = Session.current().canvas
        st.html(TEMPLATES.own_reading(is_blank=canvas.digit_source(content) is None, when=view.when))
        live = live_reading(content, reader)
    with st.container(key="network"):
        network_view(view, shown, reader, live)
    if changing and not (snapshot.state is State.RUNNING or runs.is_repeating):
        st.rerun(scope="app")
