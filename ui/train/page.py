"""Train: a network of one's own, live, with its settings turned while it runs."""

from dataclasses import replace

import streamlit as st
from markupsafe import Markup

from data.dataset import DataError, example_noun
from training.pace import FULL_SPEED
from training.presets import PRESETS, Preset
from training.run_snapshot import Snapshot, State
from training.settings import Settings
from ui.state.runs import RefusedSettings
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.train.export_and_upload import take_away
from ui.train.mistakes import mistakes
from ui.train.network_view import inside
from ui.train.problems import trouble
from ui.train.replay_slider import scrub
from ui.train.run_view import ReplayedStep, RunView, TrainState, run_view
from ui.widgets import charts, messages, run_settings
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.number_format import loss, percent
from ui.widgets.palette import palette
from ui.workarounds.click_once import once

TEMPLATES = Templates("train/page.html.j2")

REDRAW_SECONDS = 0.24
"""Between two looks at the curves."""

PICTURES_SECONDS = 2.0
"""Between two looks at the weights, the test digits and what goes wrong, which cost more and change less."""

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
            _drive(session, view)
            live_fragment(_live, REDRAW_SECONDS if running else None)(running)
            below_plots = st.container(key="looking")
            live_fragment(trouble, PICTURES_SECONDS if running else None)()
        with st.container(key="inside"):
            live_fragment(inside, PICTURES_SECONDS if running else None)()
            live_fragment(mistakes, PICTURES_SECONDS if running else None)()
            with below_plots:  # last: once it is told that it was moved, all that moves with it is drawn
                scrub(view)
            take_away(session, view)


def _head(view: RunView | None) -> Markup:
    if view and view.need_new_run:
        return TEMPLATES.head(lead=run_settings.need_of_a_new_run(view.need_new_run), is_waiting=True)
    lead = view.preset.watch if view and view.preset else "Change α, λ and more while it trains."
    return TEMPLATES.head(lead=lead, is_waiting=False)


def _presets(session: Session) -> None:
    """Offer settings worth trying; one that is chosen begins a run, and says what to watch."""
    with st.popover(
        "Presets", key=f"presets_{session.runs.number}", help="Settings worth trying, and what to look for."
    ):
        for number, preset in enumerate(PRESETS):
            st.button(
                preset.name,
                key=f"preset_{number}",
                on_click=once(_take),
                args=(session, preset),
                type="tertiary",
            )


def _take(session: Session, preset: Preset) -> None:
    session.replace_settings(preset.settings(session.settings))
    _begin(session)


@st.fragment
def _settings() -> None:
    """Show the settings; what a running network can take up takes hold at its next step."""
    session, state = Session.current(), page_state(TrainState)
    session.settings = run_settings.settings_panel(session)
    view = run_view(session.runs)
    if view is None:
        _begin(session)
        st.rerun(scope="app")
    need_new_run = view.run.change(session.settings)
    if need_new_run != view.need_new_run:
        view.need_new_run = need_new_run
        if need_new_run:
            st.toast(run_settings.need_of_a_new_run(need_new_run))
        st.rerun(scope="app")
    if state.refused is not None and state.refused.settings == session.settings:
        messages.problem(state.refused.reason)


def _begin(session: Session) -> None:
    """Begin a run with the settings wanted; where their data cannot be had, say why and keep the run there is."""
    state = page_state(TrainState)
    state.refused = None
    try:
        session.runs.begin(session.settings)
    except DataError as error:
        state.refused = RefusedSettings(session.settings, str(error))
        if session.runs.current is None:
            own = Settings()
            session.runs.begin(
                replace(session.settings, dataset=own.dataset, dev_size=own.dev_size, test_size=own.test_size)
            )


def _drive(session: Session, view: RunView) -> None:
    """The buttons that drive a run, and its speed."""
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
        label, pressed = ("Pause", once(run.pause)) if running else ("Train", train)
        st.button(label, key="train", type="primary", on_click=pressed, width=96)
        st.button("Step", key="step", on_click=step, disabled=running, help="One mini-batch, then pause.")
        st.button("Epoch", key="epoch", on_click=epoch, disabled=running, help="To the end of the epoch, then pause.")
        st.button("Reset", key="reset", on_click=once(view.reset), help="Go back to the same initial weights.")
        st.button(
            "New run",
            key="new_run",
            type="primary" if view.need_new_run else "secondary",
            on_click=once(_begin),
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
            session.runs.train()  # a new speed takes hold now, not when the run would have gone on at the old one


def _live(running: bool) -> None:  # noqa: FBT001 - whether it was training when the page was drawn
    """Show where the run stands; while it trains this part runs again four times a second."""
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
    """One line: the state of the run, its progress and speed, and the time left.

    The replay slider (replay_slider.js) reads the steps of the checkpoints from it.
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
    """The title of a plot, with the latest or the replayed values of its two curves, which are its legend too."""
    shown = snapshot.measurements[-1] if replayed is None else replayed.measurement
    if quantity == "accuracy":
        train, dev = percent(shown.train_accuracy), percent(shown.dev_accuracy)
    else:
        train, dev = loss(shown.train_loss), loss(shown.dev_loss)
    return TEMPLATES.curve_title(
        quantity=quantity, train=train, dev=dev, replayed_step=None if replayed is None else replayed.checkpoint.step
    )
