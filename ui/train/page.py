"""Train: live training, with settings that can be changed while it runs."""

from dataclasses import replace

import streamlit as st
from markupsafe import Markup

from data.dataset import DataError, example_noun
from training.pace import FULL_SPEED
from training.presets import PRESETS, Preset
from training.run_snapshot import Snapshot, State
from training.settings import Settings
from ui import routes
from ui.state.runs import RefusedSettings
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.train.downloads import downloads
from ui.train.mistakes import measure_on_test, mistakes
from ui.train.network_view import network_view
from ui.train.problems import problem_line
from ui.train.replay_slider import replay_slider
from ui.train.run_view import ReplayedStep, RunView, TrainState, run_view
from ui.train.weights_upload import weights_upload
from ui.widgets import charts, messages, run_settings
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.next_step import next_step
from ui.widgets.number_format import loss, percent
from ui.widgets.palette import palette
from ui.workarounds.click_once import once

TEMPLATES = Templates("train/page.html.j2")

REDRAW_SECONDS = 0.24
"""Seconds between redraws of the curves."""

PICTURES_SECONDS = 2.0
"""Seconds between redraws of the weights, digits and problem line, which cost more and change less."""

SPEEDS = {"1/s": 1.0, "10/s": 10.0, "100/s": 100.0, "Full": FULL_SPEED}

PLOTS: dict[charts.Quantity, int] = {"loss": 155, "accuracy": 175}
"""The plots from top to bottom, and their heights in pixels."""


def page() -> None:
    """Show the page."""
    session = Session.attach()
    if session.settings_replaced:
        run_settings.set_widgets(session.settings)
        session.settings_replaced = False
    view = run_view(session.runs)
    with st.container(key="train_head"):
        st.html(_head(view))
        _presets(session)
    with st.container(key="train_desk"):
        with st.container(key="settings"):
            _settings()
        if view is None:
            return
        running = view.run.state is State.RUNNING
        with st.container(key="progress"):
            _run_controls(session, view)
            live_fragment(_status_and_curves, REDRAW_SECONDS if running else None)(running)
            below_plots = st.container(key="looking")
            live_fragment(problem_line, PICTURES_SECONDS if running else None)()
        with st.container(key="inside"):
            live_fragment(network_view, PICTURES_SECONDS if running else None)()
            live_fragment(mistakes, PICTURES_SECONDS if running else None)()
            with below_plots:  # last: its redraw tells the slider that everything it controls has been drawn
                replay_slider(view)
            _test_and_draw(session, view)
            downloads(session, view.run)
            weights_upload(session)
    next_step(routes.TRAIN)


def _head(view: RunView | None) -> Markup:
    if view and view.need_new_run:
        return TEMPLATES.head(lead=run_settings.need_of_a_new_run(view.need_new_run), is_waiting=True)
    lead = view.preset.watch if view and view.preset else "Change α, λ and more while it trains."
    return TEMPLATES.head(lead=lead, is_waiting=False)


def _presets(session: Session) -> None:
    """Offer preset settings; choosing one starts a run and says what to look for."""
    with st.popover(
        "Presets", key=f"presets_{session.runs.number}", help="Settings worth trying, and what to look for."
    ):
        for number, preset in enumerate(PRESETS):
            st.button(
                preset.name,
                key=f"preset_{number}",
                on_click=once(_start_preset),
                args=(session, preset),
                type="tertiary",
            )


def _start_preset(session: Session, preset: Preset) -> None:
    session.replace_settings(preset.settings(session.settings))
    _start_run(session)


@st.fragment
def _settings() -> None:
    """Show the settings; most take effect at the next step of a running network."""
    session, state = Session.current(), page_state(TrainState)
    session.settings = run_settings.settings_panel(session)
    view = run_view(session.runs)
    if view is None:
        _start_run(session)
        st.rerun(scope="app")
    need_new_run = view.run.change(session.settings)
    if need_new_run != view.need_new_run:
        view.need_new_run = need_new_run
        if need_new_run:
            st.toast(run_settings.need_of_a_new_run(need_new_run))
        st.rerun(scope="app")
    if state.refused is not None and state.refused.settings == session.settings:
        messages.problem(state.refused.reason)


def _start_run(session: Session) -> None:
    """Start a run with the chosen settings; if their data are unavailable, keep the current run and say why."""
    state = page_state(TrainState)
    state.refused = None
    try:
        session.runs.begin(session.settings)
    except DataError as error:
        state.refused = RefusedSettings(session.settings, str(error))
        if session.runs.current is None:
            default = Settings()
            session.runs.begin(
                replace(
                    session.settings, dataset=default.dataset, dev_size=default.dev_size, test_size=default.test_size
                )
            )


def _run_controls(session: Session, view: RunView) -> None:
    """Show the buttons to start, step, stop and replace the run, and its speed."""
    run = view.run
    running = run.state is State.RUNNING

    @once
    def train() -> None:
        run.start()
        session.runs.train()

    @once
    def step() -> None:
        run.step()
        session.runs.train()

    @once
    def epoch() -> None:
        run.epoch()
        session.runs.train()

    with st.container(key="drive", horizontal=True, gap="small", vertical_alignment="bottom"):
        label, on_click = ("Pause", once(run.pause)) if running else ("Train", train)
        st.button(label, key="train", type="primary", on_click=on_click, width=96)
        st.button("Step", key="step", on_click=step, disabled=running, help="One mini-batch, then pause.")
        st.button("Epoch", key="epoch", on_click=epoch, disabled=running, help="To the end of the epoch, then pause.")
        st.button("Reset", key="reset", on_click=once(view.reset), help="Go back to the same initial weights.")
        st.button(
            "New run",
            key="new_run",
            type="primary" if view.need_new_run else "secondary",
            on_click=once(_start_run),
            args=(session,),
            help="Start a new network with the current settings. This run's network is kept for drawing.",
        )
        speed = st.segmented_control(
            "Speed",
            list(SPEEDS),
            default="Full",
            required=True,
            key="speed",
            persist_state="session",
            help="Steps per second, from slow motion to full speed.",
        )
        run.set_speed(SPEEDS[speed or "Full"])
        if run.state is State.RUNNING:
            session.runs.train()  # apply a new speed immediately, not after the next step at the old speed


def _status_and_curves(running: bool) -> None:  # noqa: FBT001 - whether it was training when the page was drawn
    """Show the status line and the curves; during training this fragment reruns four times a second."""
    view = run_view(Session.current().runs)
    if view is None:
        return
    run = view.run
    snapshot, colours, replayed = run.snapshot(), palette(), view.replayed
    st.html(_status(snapshot, example_noun(run.split.train.classes)))
    for quantity, height in PLOTS.items():
        st.html(_curve_title(quantity, snapshot, replayed))
        st.vega_lite_chart(
            charts.curve_points(snapshot.measurements, snapshot.changes, quantity, view.replayed_step),
            charts.curves(
                quantity,
                colours,
                height=height,
                steps_shown=quantity == "accuracy",
                changed=bool(snapshot.changes),
            ),
            key=f"{quantity}_curves",
            alt=f"Train and dev {quantity} by step",
        )
    if running and snapshot.state is not State.RUNNING:
        st.rerun(scope="app")


def _status(snapshot: Snapshot, examples: str) -> Markup:
    """Return the status line: state, position, speed and time left, with a progress bar.

    The replay slider (replay_slider.js) reads the checkpoint steps from it.
    """
    return TEMPLATES.status(
        snapshot=snapshot,
        is_ready=snapshot.state is State.READY,
        noun=examples,
        speed=snapshot.examples_per_second,
        time_left=None if snapshot.seconds_left is None else _duration(snapshot.seconds_left),
    )


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"
    return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:02.0f} min"


def _curve_title(quantity: charts.Quantity, snapshot: Snapshot, replayed: ReplayedStep | None) -> Markup:
    """Return the title of a plot with the latest or replayed values of its two curves, which double as the legend."""
    shown = snapshot.measurements[-1] if replayed is None else replayed.measurement
    if quantity == "accuracy":
        train, dev = percent(shown.train_accuracy), percent(shown.dev_accuracy)
    else:
        train, dev = loss(shown.train_loss), loss(shown.dev_loss)
    return TEMPLATES.curve_title(
        quantity=quantity, train=train, dev=dev, replayed_step=None if replayed is None else replayed.checkpoint.step
    )


def _test_and_draw(session: Session, view: RunView) -> None:
    """Offer to measure on test and to try a drawing on this network; show the test result once available."""
    with st.container(key="after", horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Measure on test",
            key="test",
            on_click=once(measure_on_test),
            args=(view,),
            help="Use the test set once, after you have chosen your settings.",
        )
        st.button("Try it with your drawing", key="draw_for_run", on_click=once(_draw_with_run), args=(session,))
    if view.test_result is not None:
        test, result = view.run.split.test, view.test_result
        st.html(
            TEMPLATES.test_result(
                accuracy=result.outcomes.evaluation.accuracy,
                total=len(test),
                noun=example_noun(test.classes),
                step=result.step,
            )
        )


def _draw_with_run(session: Session) -> None:
    session.networks.choose_run()
    routes.go_to(routes.DRAW)
